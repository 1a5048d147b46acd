/*
 * fx_call - calls: how many arguments, of which types, and for the functions
 * that are another way to write something else, that something. Those that
 * choose among their arguments are in fx_call_choice.c, those that speak of a
 * field in fx_call_field.c, dates in fx_call_date.c.
 */
#include <stdio.h>

#include "base/decimal.h"
#include "fx/fx_check.h"

static void *wrong_count(struct fx_check *c, const struct fx_syn *s,
                         const struct fx_fn *fn)
{
    return fx_refuse(c, "F203", s->at, s->length,
                     "%s was given %zu argument%s; write %s.", fn->name, s->n,
                     s->n == 1 ? "" : "s", fn->call);
}

static void *unknown_function(struct fx_check *c, const struct fx_syn *s)
{
    struct str names[FX_F_COUNT_OF], near, name = s->names[0].text;

    for (size_t i = 0; i < FX_F_COUNT_OF; i++)
        names[i] = str_c(fx_fn_all()[i].name);
    near = str_nearest(name, names, FX_F_COUNT_OF);
    return fx_refuse(
        c, "F202", s->names[0].at, (uint32_t)name.n,
        "There is no function \"%.*s\"%s%.*s%s", STR_ARG(str_sub(name, 0, 60)),
        near.n ? "; did you mean \"" : "", STR_ARG(near), near.n ? "\"?" : ".");
}

/* Whether the function may stand here at all. */
static bool allowed(struct fx_check *c, const struct fx_syn *s,
                    const struct fx_fn *fn)
{
    uint32_t length = (uint32_t)s->names[0].text.n;

    if (fn->where & FX_W_LATER)
        fx_refuse(c, "F221", s->at, length,
                  "%s() is not available yet in this version.", fn->name);
    else if ((fn->where & FX_W_CONDITION) && !(c->opts->use & FX_USE_CONDITION))
        fx_refuse(c, "F220", s->at, length,
                  "%s() is known only in the condition of a rule, a check or "
                  "a guard: there is no record before the save here.",
                  fn->name);
    else if ((fn->where & FX_W_SEED) && !(c->opts->use & FX_USE_SEED))
        fx_refuse(c, "F220", s->at, length,
                  "%s() is for seeds only: elsewhere an expression has to "
                  "give the same again.",
                  fn->name);
    else if (s->n < (size_t)fn->min || (fn->max >= 0 && s->n > (size_t)fn->max))
        wrong_count(c, s, fn);
    else if (s->where && fn->group != FX_G_RELATIONS && fn->id != FX_F_MIN &&
             fn->id != FX_F_MAX)
        fx_refuse(c, "F200", s->where->at, s->where->length,
                  "where belongs to an aggregate, such as count(lines where "
                  "...).");
    return c->rc == RC_OK;
}

/* --- by shape ------------------------------------------------------------- */

static const struct fx_node *fit_letter(struct fx_check *c, char letter,
                                        const struct fx_node *n,
                                        const char *what)
{
    const struct fx_type text = fx_type_of(FX_TEXT), whole = fx_type_of(FX_INT),
                         instant = fx_type_of(FX_INSTANT);

    switch (letter) {
    case 'T':
        return fx_fit(c, n, &text, what);
    case 'I':
        return fx_fit(c, n, &whole, what);
    case 'D':
        return fx_as_date(c, n, what);
    case 'M':
        return n->type.kind == FX_TIME ? n : fx_fit(c, n, &instant, what);
    default: /* N */
        if (fx_is_number(&n->type))
            return n;
        if (fx_is_null(n))
            return fx_fit(c, n, &whole, what);
        return fx_refuse(
            c, "F210", n->at, n->length, "%s a number; %.*s is %.*s.", what,
            STR_ARG(fx_words(c, n)), STR_ARG(fx_type_words(c, &n->type)));
    }
}

static struct fx_type letter_type(char letter, const struct fx_node *first)
{
    switch (letter) {
    case 'T':
        return fx_type_of(FX_TEXT);
    case 'I':
        return fx_type_of(FX_INT);
    case 'B':
        return fx_type_of(FX_BOOL);
    case 'F':
        return fx_type_of(FX_FLOAT);
    default: /* 1 */
        return first ? first->type : fx_type_of(FX_NULL);
    }
}

static bool needs_key(enum fx_fn_id fn)
{
    return fn == FX_F_CONTAINS || fn == FX_F_STARTS || fn == FX_F_ENDS;
}

static const struct fx_node *by_shape(struct fx_check *c,
                                      const struct fx_syn *s,
                                      const struct fx_fn *fn,
                                      const struct fx_node **args)
{
    char what[40];
    const char *shape = fn->shape;
    size_t i = 0;
    const struct fx_node *n;

    snprintf(what, sizeof what, "%s needs", fn->name);
    for (; *shape && *shape != '>'; shape++) {
        if (*shape == '?' || i == s->n)
            continue;
        args[i] = fit_letter(c, *shape, args[i], what);
        if (!args[i++])
            return NULL;
    }
    n = fx_make_call(c, fn->id, letter_type(shape[1], s->n ? args[0] : NULL), s,
                     args, s->n);
    if (n && needs_key(fn->id))
        for (i = 0; i < 2; i++)
            if (!fx_has_column(args[i]))
                fx_no_sql(n, "the database looks only into text that is a "
                             "field");
    return n;
}

/* --- functions with rules of their own ------------------------------------ */

bool fx_check_no_lists(struct fx_check *c, const struct fx_fn *fn,
                       const struct fx_node *const *args, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (args[i]->type.kind == FX_LIST) {
            fx_refuse(c, "F210", args[i]->at, args[i]->length,
                      "%s does not take a list; %.*s is one.", fn->name,
                      STR_ARG(fx_words(c, args[i])));
            return false;
        }
    return true;
}

/* round floor ceil trunc: args[1] says the places of a round. */
static const struct fx_node *check_round(struct fx_check *c,
                                         const struct fx_syn *s,
                                         const struct fx_fn *fn,
                                         const struct fx_node **args)
{
    struct fx_type t;
    int64_t places = 0;

    args[0] = fit_letter(c, 'N', args[0],
                         fn->id == FX_F_ROUND   ? "round needs"
                         : fn->id == FX_F_FLOOR ? "floor needs"
                         : fn->id == FX_F_CEIL  ? "ceil needs"
                                                : "trunc needs");
    if (!args[0])
        return NULL;
    if (s->n == 2) {
        if (args[1]->op != FX_OP_CONST || args[1]->type.kind != FX_INT ||
            fx_is_null(args[1]) || args[1]->u.constant.u.i < 0 ||
            args[1]->u.constant.u.i > DECIMAL_MAX_SCALE)
            return fx_refuse(c, "F203", args[1]->at, args[1]->length,
                             "round needs its places as a plain number from 0 "
                             "to %d.",
                             (int)DECIMAL_MAX_SCALE);
        places = args[1]->u.constant.u.i;
    } else
        args[1] = fx_make_const(c, fx_type_of(FX_INT), s, value_int(0));
    if (!args[1])
        return NULL;
    if (args[0]->type.kind == FX_FLOAT) {
        t = fx_type_number((int)places);
        if (fn->id == FX_F_ROUND)
            return fx_cast(c, args[0], t);
        return fx_no_sql(fx_make_call(c, fn->id, t, s, args, 2),
                         "a float becomes an exact number");
    }
    if (places >= fx_scale(&args[0]->type))
        return args[0];
    t = args[0]->type.kind == FX_MONEY ? args[0]->type
                                       : fx_type_number((int)places);
    return fx_make_call(c, fn->id, t, s, args, 2);
}

static const struct fx_node *check_mod_call(struct fx_check *c,
                                            const struct fx_syn *s,
                                            const struct fx_node **args)
{
    struct fx_type t;

    for (size_t i = 0; i < 2; i++) {
        args[i] = fit_letter(c, 'N', args[i], "mod needs");
        if (!args[i])
            return NULL;
        if (args[i]->type.kind == FX_FLOAT)
            return fx_refuse(c, "F210", args[i]->at, args[i]->length,
                             "mod needs whole or decimal numbers; %.*s is a "
                             "float.",
                             STR_ARG(fx_words(c, args[i])));
    }
    return fx_unify(c, args, 2, FX_TO_CHOOSE, &t)
               ? fx_make(c, FX_OP_MOD, t, s, args, 2)
               : NULL;
}

static const struct fx_node *check_date(struct fx_check *c,
                                        const struct fx_syn *s,
                                        const struct fx_fn *fn,
                                        const struct fx_node **args)
{
    const struct fx_type whole = fx_type_of(FX_INT);

    if (s->n == 1)
        return fx_as_date(c, args[0], "date needs a");
    if (s->n != 3)
        return wrong_count(c, s, fn);
    for (size_t i = 0; i < 3; i++) {
        args[i] = fx_fit(c, args[i], &whole, "date needs a");
        if (!args[i])
            return NULL;
    }
    return fx_make_call(c, fn->id, fx_type_of(FX_DATE), s, args, 3);
}

static const struct fx_node *check_contains(struct fx_check *c,
                                            const struct fx_syn *s,
                                            const struct fx_fn *fn,
                                            const struct fx_node **args)
{
    static const struct fx_fn LIKE_STARTS = {
        .name = "contains", .id = FX_F_CONTAINS, .shape = "TT>B"};
    struct fx_type elem;
    const struct fx_node *turned[2] = {args[1], args[0]};

    (void)fn;
    if (args[0]->type.kind != FX_LIST)
        return by_shape(c, s, &LIKE_STARTS, args);
    elem = (struct fx_type){.kind = args[0]->type.elem,
                            .scale = args[0]->type.scale,
                            .of = args[0]->type.of};
    turned[0] = fx_fit(c, args[1], &elem, "The list holds values of the type");
    return turned[0]
               ? fx_make(c, FX_OP_IN_LIST, fx_type_of(FX_BOOL), s, turned, 2)
               : NULL;
}

static const struct fx_node *check_len(struct fx_check *c,
                                       const struct fx_syn *s,
                                       const struct fx_node **args)
{
    const struct fx_node *n;

    if (args[0]->type.kind != FX_LIST) {
        args[0] = fit_letter(c, 'T', args[0], "len needs");
        return args[0]
                   ? fx_make_call(c, FX_F_LEN, fx_type_of(FX_INT), s, args, 1)
                   : NULL;
    }
    n = fx_make_call(c, FX_F_LEN, fx_type_of(FX_INT), s, args, 1);
    if (args[0]->op != FX_OP_PATH)
        n = fx_no_sql(n, "only the members of a field are counted there");
    return n;
}

/* --- dispatch -------------------------------------------------------------- */

/* count() of a field that is a list asks for its members. */
static bool is_list_field(struct fx_check *c, const struct fx_syn *s)
{
    const struct fx_schema *schema = c->schema;
    const struct fx_syn *arg = s->n == 1 ? s->args[0] : NULL;
    const void *entity = c->scope ? c->scope->entity : NULL;
    struct fx_member m = {.kind = FX_M_FIELD};
    size_t i = 0;

    if (!arg || arg->kind != FX_SYN_PATH)
        return false;
    if (str_is(arg->names[0].text, "this")) {
        entity = c->opts->this_entity ? c->opts->this_entity : c->opts->entity;
        i = 1;
    } else if (str_is(arg->names[0].text, "user")) {
        entity = schema->user;
        i = 1;
    }
    for (; entity && i < arg->n_names; i++) {
        if (!schema->member(schema->ctx, entity, arg->names[i].text, &m) ||
            m.kind == FX_M_COLLECTION)
            return false;
        entity = m.type.kind == FX_REF ? m.type.of : NULL;
    }
    return i == arg->n_names && m.type.kind == FX_LIST;
}

static const struct fx_node *with_args(struct fx_check *c,
                                       const struct fx_syn *s,
                                       const struct fx_fn *fn,
                                       const struct fx_node **args)
{
    if (fn->shape[0])
        return by_shape(c, s, fn, args);
    if (fn->id != FX_F_CONTAINS && fn->id != FX_F_LEN && fn->id != FX_F_COUNT &&
        fn->id != FX_F_IS_BLANK && fn->id != FX_F_CHANGED &&
        !fx_check_no_lists(c, fn, args, s->n))
        return NULL;
    switch ((int)fn->id) {
    case FX_F_IF:
    case FX_F_SWITCH:
    case FX_F_COALESCE:
    case FX_F_NULLIF:
    case FX_F_MIN:
    case FX_F_MAX:
    case FX_F_CLAMP:
    case FX_F_PICK:
        return fx_check_choice(c, s, fn, args);
    case FX_F_IS_BLANK:
        return fx_make(c, FX_OP_EMPTY, fx_type_of(FX_BOOL), s, args, 1);
    case FX_F_ROUND:
    case FX_F_FLOOR:
    case FX_F_CEIL:
    case FX_F_TRUNC:
        return check_round(c, s, fn, args);
    case FX_F_MOD:
        return check_mod_call(c, s, args);
    case FX_F_DATE:
        return check_date(c, s, fn, args);
    case FX_F_CONTAINS:
        return check_contains(c, s, fn, args);
    case FX_F_LEN:
    case FX_F_COUNT:
        return check_len(c, s, args);
    case FX_F_IS:
    case FX_F_CHANGED:
    case FX_F_CHANGED_TO:
    case FX_F_CHANGED_FROM:
    case FX_F_FORMAT:
    case FX_F_LABEL:
        return fx_check_field_call(c, s, fn, args);
    case FX_F_TODAY:
        return fx_make_call(c, fn->id, fx_type_of(FX_DATE), s, NULL, 0);
    case FX_F_NOW:
        return fx_make_call(c, fn->id, fx_type_of(FX_INSTANT), s, NULL, 0);
    case FX_F_IS_NEW:
        return fx_make_call(c, fn->id, fx_type_of(FX_BOOL), s, NULL, 0);
    default:
        return fx_refuse(c, "F221", s->at, s->length,
                         "%s() is not available yet in this version.",
                         fn->name);
    }
}

static bool is_aggregate(struct fx_check *c, const struct fx_syn *s,
                         const struct fx_fn *fn)
{
    switch ((int)fn->id) {
    case FX_F_COUNT:
        return !is_list_field(c, s);
    case FX_F_MIN:
    case FX_F_MAX:
        return s->n == 1;
    case FX_F_AVG:
    case FX_F_EXISTS:
    case FX_F_FIRST:
    case FX_F_LAST:
    case FX_F_LIST:
    case FX_F_SUM:
        return true;
    default:
        return false;
    }
}

const struct fx_node *fx_check_call(struct fx_check *c, const struct fx_syn *s)
{
    const struct fx_fn *fn = fx_fn_find(s->names[0].text);
    const struct fx_node **args;

    if (!fn)
        return unknown_function(c, s);
    if (!allowed(c, s, fn))
        return NULL;
    if (is_aggregate(c, s, fn))
        return fx_check_agg(c, s, fn);
    if (fn->id == FX_F_START_OF || fn->id == FX_F_END_OF)
        return fx_check_bounds(c, s, fn);
    if (fn->id == FX_F_DATE_ADD)
        return fx_check_date_add(c, s, fn);
    args = ARENA_ARRAY(c->arena, const struct fx_node *, s->n + 2);
    if (!args)
        return fx_check_nomem(c);
    for (size_t i = 0; i < s->n; i++) {
        args[i] = fx_check_syn(c, s->args[i]);
        if (!args[i])
            return NULL;
    }
    return with_args(c, s, fn, args);
}
