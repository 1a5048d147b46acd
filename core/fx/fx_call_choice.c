/*
 * fx_call_choice - functions that give back one of their arguments: if, switch,
 * coalesce, nullif, min, max, clamp, pick. Most are ifs in other words.
 */
#include "fx/fx_check.h"

static const struct fx_node *boolean(struct fx_check *c,
                                     const struct fx_node *n, const char *what)
{
    const struct fx_type t = fx_type_of(FX_BOOL);

    return fx_fit(c, n, &t, what);
}

static const struct fx_node *choose(struct fx_check *c, const struct fx_syn *s,
                                    enum fx_op op, const struct fx_node **args,
                                    size_t first, size_t n)
{
    struct fx_type t;

    if (!fx_unify(c, args + first, n - first, FX_TO_CHOOSE, &t))
        return NULL;
    return fx_make(c, op, t, s, args, n);
}

static const struct fx_node *check_if(struct fx_check *c,
                                      const struct fx_syn *s,
                                      const struct fx_node **args)
{
    args[0] = boolean(c, args[0], "if needs");
    return args[0] ? choose(c, s, FX_OP_IF, args, 1, 3) : NULL;
}

/* Nested ifs from the back; the results have one type. */
static const struct fx_node *check_switch(struct fx_check *c,
                                          const struct fx_syn *s,
                                          const struct fx_node **args)
{
    size_t pairs = (s->n - 1) / 2;
    const struct fx_node **results =
        ARENA_ARRAY(c->arena, const struct fx_node *, pairs + 1);
    const struct fx_node *n, *part[3];
    struct fx_type t;

    if (!results)
        return fx_check_nomem(c);
    for (size_t i = 0; i < pairs; i++)
        results[i] = args[2 + 2 * i];
    results[pairs] = s->n % 2 == 0
                         ? args[s->n - 1]
                         : fx_make_const(c, fx_type_of(FX_NULL), s, VALUE_NULL);
    if (!results[pairs] || !fx_unify(c, results, pairs + 1, FX_TO_CHOOSE, &t))
        return NULL;
    n = results[pairs];
    for (size_t i = pairs; i-- > 0 && n;) {
        part[0] = fx_check_equal(c, FX_OP_EQ, s, args[0], args[1 + 2 * i]);
        part[1] = results[i];
        part[2] = n;
        n = part[0] ? fx_make(c, FX_OP_IF, t, s, part, 3) : NULL;
    }
    return n;
}

static const struct fx_node *check_nullif(struct fx_check *c,
                                          const struct fx_syn *s,
                                          const struct fx_node **args)
{
    const struct fx_node *part[3];
    struct fx_type t;

    if (!fx_unify(c, args, 2, FX_TO_CHOOSE, &t))
        return NULL;
    part[0] = fx_check_equal(c, FX_OP_EQ, s, args[0], args[1]);
    part[1] = fx_make_const(c, t, s, VALUE_NULL);
    part[2] = args[0];
    return part[0] && part[1] ? fx_make(c, FX_OP_IF, t, s, part, 3) : NULL;
}

static bool ordered(struct fx_check *c, const struct fx_fn *fn,
                    const struct fx_node *n)
{
    enum fx_kind k = n->type.kind;

    if (fx_is_number(&n->type) || k == FX_DATE || k == FX_INSTANT ||
        k == FX_TIME || k == FX_DUR || k == FX_NULL)
        return true;
    fx_refuse(c, "F210", n->at, n->length,
              "%s needs numbers or dates; %.*s is %.*s.", fn->name,
              STR_ARG(fx_words(c, n)), STR_ARG(fx_type_words(c, &n->type)));
    return false;
}

static const struct fx_node *check_extreme(struct fx_check *c,
                                           const struct fx_syn *s,
                                           const struct fx_fn *fn,
                                           const struct fx_node **args)
{
    struct fx_type t;

    if (!fx_unify(c, args, s->n, FX_TO_CHOOSE, &t))
        return NULL;
    for (size_t i = 0; i < s->n; i++)
        if (!ordered(c, fn, args[i]))
            return NULL;
    return fx_make(c, fn->id == FX_F_MIN ? FX_OP_MIN : FX_OP_MAX, t, s, args,
                   s->n);
}

/* null stays null; a null bound bounds nothing. */
static const struct fx_node *check_clamp(struct fx_check *c,
                                         const struct fx_syn *s,
                                         const struct fx_fn *fn,
                                         const struct fx_node **args)
{
    const struct fx_node *part[3], *two[2];
    struct fx_type t;

    if (!fx_unify(c, args, 3, FX_TO_CHOOSE, &t))
        return NULL;
    for (size_t i = 0; i < 3; i++)
        if (!ordered(c, fn, args[i]))
            return NULL;
    two[0] = args[0];
    two[1] = args[2];
    two[1] = fx_make(c, FX_OP_MIN, t, s, two, 2);
    two[0] = args[1];
    part[0] = fx_make(c, FX_OP_EMPTY, fx_type_of(FX_BOOL), s, args, 1);
    part[1] = fx_make_const(c, t, s, VALUE_NULL);
    part[2] = two[1] ? fx_make(c, FX_OP_MAX, t, s, two, 2) : NULL;
    return part[0] && part[1] && part[2] ? fx_make(c, FX_OP_IF, t, s, part, 3)
                                         : NULL;
}

static const struct fx_node *check_pick(struct fx_check *c,
                                        const struct fx_syn *s,
                                        const struct fx_fn *fn,
                                        const struct fx_node **args)
{
    struct fx_type t;

    return fx_unify(c, args, s->n, FX_TO_CHOOSE, &t)
               ? fx_make_call(c, fn->id, t, s, args, s->n)
               : NULL;
}

const struct fx_node *fx_check_choice(struct fx_check *c,
                                      const struct fx_syn *s,
                                      const struct fx_fn *fn,
                                      const struct fx_node **args)
{
    switch ((int)fn->id) {
    case FX_F_IF:
        return check_if(c, s, args);
    case FX_F_SWITCH:
        return check_switch(c, s, args);
    case FX_F_COALESCE:
        return choose(c, s, FX_OP_COALESCE, args, 0, s->n);
    case FX_F_NULLIF:
        return check_nullif(c, s, args);
    case FX_F_CLAMP:
        return check_clamp(c, s, fn, args);
    case FX_F_PICK:
        return check_pick(c, s, fn, args);
    default: /* min, max */
        return check_extreme(c, s, fn, args);
    }
}
