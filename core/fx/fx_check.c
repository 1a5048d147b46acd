/*
 * fx_check - literals, comparisons, logic; arithmetic is in fx_check_num, names
 * in fx_path, functions in fx_call, aggregates in fx_agg.
 */
#include "fx/fx_check.h"

#include "base/decimal.h"

static const struct fx_node *check_number(struct fx_check *c,
                                          const struct fx_syn *s)
{
    ptrdiff_t point = str_chr(s->text, '.');
    size_t places = point < 0 ? 0 : s->text.n - (size_t)point - 1;
    int64_t v;

    if (places > DECIMAL_MAX_SCALE)
        return fx_refuse(c, "F206", s->at, s->length,
                         "A number has at most %d decimal places.",
                         (int)DECIMAL_MAX_SCALE);
    if (decimal_parse(s->text, (int)places, &v) != DECIMAL_OK)
        return fx_refuse(c, "F206", s->at, s->length,
                         "This number is too large.");
    if (places == 0)
        return fx_make_const(c, fx_type_of(FX_INT), s, value_int(v));
    return fx_make_const(c, fx_type_number((int)places), s,
                         value_dec(v, (uint8_t)places));
}

static const struct fx_node *check_param(struct fx_check *c,
                                         const struct fx_syn *s)
{
    static const char WANTED[] = "There is no parameter \":%.*s\"%s%.*s%s";
    const struct fx_opts *o = c->opts;
    struct fx_type type;
    struct str *names, near;
    struct fx_node *n;
    const struct fx_node *made;

    for (size_t i = 0; i < o->n_params; i++) {
        if (!str_eq(o->params[i].name, s->text))
            continue;
        type = o->params[i].type;
        made = fx_make(c, FX_OP_PARAM, type, s, NULL, 0);
        if (!made)
            return NULL;
        memcpy(&n, &made, sizeof n);
        n->u.param = i;
        n->needs = FX_NEEDS_PARAM;
        return n;
    }
    names = ARENA_ARRAY(c->arena, struct str, o->n_params + 1);
    if (!names)
        return fx_check_nomem(c);
    for (size_t i = 0; i < o->n_params; i++)
        names[i] = o->params[i].name;
    near = str_nearest(s->text, names, o->n_params);
    return fx_refuse(c, "F207", s->at, s->length, WANTED,
                     STR_ARG(str_sub(s->text, 0, 60)),
                     near.n ? "; did you mean \":" : "", STR_ARG(near),
                     near.n ? "\"?" : ".");
}

/* --- comparison ----------------------------------------------------------- */

bool fx_has_column(const struct fx_node *n)
{
    return fx_node_is_fixed(n) ||
           (n->op == FX_OP_PATH && n->u.path.root != FX_ROOT_USER);
}

static const struct fx_node *check_order(struct fx_check *c, enum fx_op op,
                                         const struct fx_syn *s,
                                         const struct fx_node **args,
                                         const struct fx_type *t)
{
    const struct fx_node *n;

    switch (t->kind) {
    case FX_NULL:
    case FX_INT:
    case FX_DEC:
    case FX_MONEY:
    case FX_FLOAT:
    case FX_DATE:
    case FX_INSTANT:
    case FX_TIME:
    case FX_DUR:
    case FX_TEXT:
        break;
    case FX_BOOL:
    case FX_CHOICE:
    case FX_REF:
    case FX_ANYREF:
    case FX_LIST:
    case FX_FILE:
        return fx_refuse(c, "F210", s->sign_at, 2,
                         "%.*s is %.*s, which has no order; use = or in.",
                         STR_ARG(fx_words(c, args[0])),
                         STR_ARG(fx_type_words(c, &args[0]->type)));
    }
    n = fx_make(c, op, fx_type_of(FX_BOOL), s, args, 2);
    if (t->kind == FX_TEXT &&
        !(fx_has_column(args[0]) && fx_has_column(args[1])))
        n = fx_no_sql(n, "the database orders only text that is a field");
    return n;
}

const struct fx_node *fx_check_equal(struct fx_check *c, enum fx_op op,
                                     const struct fx_syn *s,
                                     const struct fx_node *l,
                                     const struct fx_node *r)
{
    const struct fx_node *args[2] = {l, r};
    struct fx_type t;

    if (!l || !r)
        return NULL;
    if (l->type.kind == FX_LIST || r->type.kind == FX_LIST)
        return fx_refuse(c, "F210", s->sign_at ? s->sign_at : s->at, 1,
                         "A list does not compare; use in: 'a' in tags, or "
                         "is empty.");
    if (!fx_unify(c, args, 2, FX_TO_COMPARE, &t))
        return NULL;
    return fx_make(c, op, fx_type_of(FX_BOOL), s, args, 2);
}

static const struct fx_node *compare(struct fx_check *c, const struct fx_syn *s,
                                     const struct fx_node *l,
                                     const struct fx_node *r)
{
    const struct fx_node *args[2] = {l, r};
    enum fx_op op = s->sign == FX_T_LT   ? FX_OP_LT
                    : s->sign == FX_T_LE ? FX_OP_LE
                    : s->sign == FX_T_GT ? FX_OP_GT
                                         : FX_OP_GE;
    struct fx_type t;

    if (s->sign == FX_T_EQ || s->sign == FX_T_NE)
        return fx_check_equal(c, s->sign == FX_T_EQ ? FX_OP_EQ : FX_OP_NE, s, l,
                              r);
    if (!fx_unify(c, args, 2, FX_TO_COMPARE, &t))
        return NULL;
    return check_order(c, op, s, args, &t);
}

static const struct fx_node *check_binary(struct fx_check *c,
                                          const struct fx_syn *s)
{
    const struct fx_node *l = fx_check_syn(c, s->args[0]), *r;
    bool is_sum = s->sign == FX_T_PLUS || s->sign == FX_T_MINUS;

    if (l && is_sum && s->args[1]->kind == FX_SYN_UNIT && fx_is_moment(l))
        return fx_check_plus_unit(c, s, l);
    r = l ? fx_check_syn(c, s->args[1]) : NULL;
    if (!r)
        return NULL;
    switch ((int)s->sign) {
    case FX_T_EQ:
    case FX_T_NE:
    case FX_T_LT:
    case FX_T_LE:
    case FX_T_GT:
    case FX_T_GE:
        return compare(c, s, l, r);
    default: /* the parser makes no others than + - * / % */
        return fx_check_arithmetic(c, s, l, r);
    }
}

/* --- the rest ------------------------------------------------------------- */

static const struct fx_node *negated(struct fx_check *c, const struct fx_syn *s,
                                     const struct fx_node *n)
{
    return n && s->is_negated
               ? fx_make(c, FX_OP_NOT, fx_type_of(FX_BOOL), s, &n, 1)
               : n;
}

static const struct fx_node **check_args(struct fx_check *c,
                                         const struct fx_syn *s)
{
    const struct fx_node **args =
        ARENA_ARRAY(c->arena, const struct fx_node *, s->n + 1);

    if (!args)
        return fx_check_nomem(c);
    for (size_t i = 0; i < s->n; i++) {
        args[i] = fx_check_syn(c, s->args[i]);
        if (!args[i])
            return NULL;
    }
    return args;
}

static const struct fx_node *check_in(struct fx_check *c,
                                      const struct fx_syn *s)
{
    const struct fx_node **args = check_args(c, s);
    struct fx_type t;

    if (!args)
        return NULL;
    for (size_t i = 0; i < s->n; i++)
        if (args[i]->type.kind == FX_LIST)
            return fx_refuse(c, "F210", args[i]->at, args[i]->length,
                             "%.*s is a list; write 'a' in %.*s, without "
                             "parentheses.",
                             STR_ARG(fx_words(c, args[i])),
                             (int)(args[i]->length > 40 ? 40 : args[i]->length),
                             c->x->source.p + args[i]->at);
    if (!fx_unify(c, args, s->n, FX_TO_COMPARE, &t))
        return NULL;
    return negated(c, s,
                   fx_make(c, FX_OP_IN, fx_type_of(FX_BOOL), s, args, s->n));
}

static const struct fx_node *check_in_list(struct fx_check *c,
                                           const struct fx_syn *s)
{
    const struct fx_node **args = check_args(c, s);
    struct fx_type elem;

    if (!args)
        return NULL;
    if (args[1]->type.kind != FX_LIST)
        return fx_refuse(c, "F210", args[1]->at, args[1]->length,
                         "%.*s is %.*s, not a list; put the values in "
                         "parentheses: in (1, 2).",
                         STR_ARG(fx_words(c, args[1])),
                         STR_ARG(fx_type_words(c, &args[1]->type)));
    elem = (struct fx_type){.kind = args[1]->type.elem,
                            .scale = args[1]->type.scale,
                            .of = args[1]->type.of};
    /* A list of parameters comes without knowing which choice or entity. */
    if (args[1]->op == FX_OP_PARAM && !elem.of &&
        (args[0]->type.kind == FX_CHOICE || args[0]->type.kind == FX_REF) &&
        (elem.kind == FX_TEXT || elem.kind == args[0]->type.kind))
        elem = args[0]->type;
    if (args[0]->type.kind == FX_ANYREF && elem.kind == FX_REF)
        elem = args[0]->type;
    args[0] = fx_fit(c, args[0], &elem, "The list holds values of the type");
    if (!args[0])
        return NULL;
    return negated(c, s,
                   fx_make(c, FX_OP_IN_LIST, fx_type_of(FX_BOOL), s, args, 2));
}

static const struct fx_node *check_logic(struct fx_check *c,
                                         const struct fx_syn *s)
{
    const struct fx_type want = fx_type_of(FX_BOOL);
    enum fx_op op = s->kind == FX_SYN_AND  ? FX_OP_AND
                    : s->kind == FX_SYN_OR ? FX_OP_OR
                                           : FX_OP_NOT;
    const char *what = s->kind == FX_SYN_AND  ? "and needs"
                       : s->kind == FX_SYN_OR ? "or needs"
                                              : "not needs";
    const struct fx_node **args = check_args(c, s);

    for (size_t i = 0; args && i < s->n; i++) {
        args[i] = fx_fit(c, args[i], &want, what);
        if (!args[i])
            return NULL;
    }
    return args ? fx_make(c, op, want, s, args, s->n) : NULL;
}

static const struct fx_node *check_cat(struct fx_check *c,
                                       const struct fx_syn *s)
{
    const struct fx_type want = fx_type_of(FX_TEXT);
    const struct fx_node **args = check_args(c, s);

    for (size_t i = 0; args && i < s->n; i++) {
        if (args[i]->type.kind == FX_CHOICE)
            return fx_refuse(c, "F210", args[i]->at, args[i]->length,
                             "\"..\" needs text; %.*s is choice. Use label() "
                             "for what people call it.",
                             STR_ARG(fx_words(c, args[i])));
        args[i] = fx_fit(c, args[i], &want, "\"..\" needs");
        if (!args[i])
            return NULL;
    }
    return args ? fx_make(c, FX_OP_CAT, want, s, args, s->n) : NULL;
}

static const struct fx_node *check_minus(struct fx_check *c,
                                         const struct fx_syn *s)
{
    const struct fx_node *n = fx_check_syn(c, s->args[0]);

    if (!n)
        return NULL;
    if (fx_is_null(n))
        return n;
    if (!fx_is_number(&n->type) && n->type.kind != FX_DUR)
        return fx_refuse(
            c, "F210", s->at, 1, "\"-\" needs a number; %.*s is %.*s.",
            STR_ARG(fx_words(c, n)), STR_ARG(fx_type_words(c, &n->type)));
    return fx_make(c, FX_OP_NEG, n->type, s, &n, 1);
}

static const struct fx_node *check_empty(struct fx_check *c,
                                         const struct fx_syn *s)
{
    const struct fx_node *n = fx_check_syn(c, s->args[0]);

    return n ? negated(c, s,
                       fx_make(c, FX_OP_EMPTY, fx_type_of(FX_BOOL), s, &n, 1))
             : NULL;
}

const struct fx_node *fx_check_syn(struct fx_check *c, const struct fx_syn *s)
{
    if (c->rc != RC_OK)
        return NULL;
    switch (s->kind) {
    case FX_SYN_NUMBER:
        return check_number(c, s);
    case FX_SYN_TEXT:
        return fx_make_const(c, fx_type_of(FX_TEXT), s, value_text(s->text));
    case FX_SYN_TRUE:
    case FX_SYN_FALSE:
        return fx_make_const(c, fx_type_of(FX_BOOL), s,
                             value_bool(s->kind == FX_SYN_TRUE));
    case FX_SYN_NULL:
        return fx_make_const(c, fx_type_of(FX_NULL), s, VALUE_NULL);
    case FX_SYN_PARAM:
        return check_param(c, s);
    case FX_SYN_PATH:
        return fx_check_path(c, s);
    case FX_SYN_CALL:
        return fx_check_call(c, s);
    case FX_SYN_UNIT:
        return fx_check_unit(c, s);
    case FX_SYN_NEG:
        return check_minus(c, s);
    case FX_SYN_BINARY:
        return check_binary(c, s);
    case FX_SYN_NOT:
    case FX_SYN_AND:
    case FX_SYN_OR:
        return check_logic(c, s);
    case FX_SYN_CAT:
        return check_cat(c, s);
    case FX_SYN_IN:
        return check_in(c, s);
    case FX_SYN_IN_LIST:
        return check_in_list(c, s);
    case FX_SYN_EMPTY:
        return check_empty(c, s);
    }
    return NULL;
}
