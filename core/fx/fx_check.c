/*
 * fx_check - operators and literals; names are in fx_path, functions in
 * fx_call, aggregates in fx_agg.
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

/* --- arithmetic ----------------------------------------------------------- */

bool fx_unit_find(struct str word, enum fx_unit *unit, int64_t *times)
{
    static const struct {
        const char *word;
        enum fx_unit unit;
        int64_t times;
    } UNITS[] = {
        {"min", FX_U_MS, 60000},     {"mins", FX_U_MS, 60000},
        {"minute", FX_U_MS, 60000},  {"minutes", FX_U_MS, 60000},
        {"h", FX_U_MS, 3600000},     {"hour", FX_U_MS, 3600000},
        {"hours", FX_U_MS, 3600000}, {"day", FX_U_DAY, 1},
        {"days", FX_U_DAY, 1},       {"week", FX_U_DAY, 7},
        {"weeks", FX_U_DAY, 7},      {"month", FX_U_MONTH, 1},
        {"months", FX_U_MONTH, 1},   {"year", FX_U_MONTH, 12},
        {"years", FX_U_MONTH, 12},
    };

    for (size_t i = 0; i < sizeof UNITS / sizeof *UNITS; i++)
        if (str_eq(word, str_c(UNITS[i].word))) {
            *unit = UNITS[i].unit;
            *times = UNITS[i].times;
            return true;
        }
    return false;
}

static const struct fx_node *times(struct fx_check *c, const struct fx_syn *s,
                                   const struct fx_node *n, int64_t by)
{
    const struct fx_node *args[2] = {n, NULL};

    if (!n || by == 1)
        return n;
    args[1] = fx_make_const(c, fx_type_of(FX_INT), s, value_int(by));
    return args[1] ? fx_make(c, FX_OP_MUL, fx_type_of(FX_INT), s, args, 2)
                   : NULL;
}

/* The count of a unit as a whole number, already times 7, 12, 60000 ... */
static const struct fx_node *unit_count(struct fx_check *c,
                                        const struct fx_syn *s, bool is_minus,
                                        enum fx_unit *unit)
{
    const struct fx_type whole = fx_type_of(FX_INT);
    int64_t by = 1;
    const struct fx_node *n;

    if (!fx_unit_find(s->names[0].text, unit, &by))
        return fx_refuse(c, "F221", s->names[0].at,
                         (uint32_t)s->names[0].text.n,
                         "workdays are not available yet in this version; "
                         "use days.");
    n = fx_check_syn(c, s->args[0]);
    n = n ? fx_fit(c, n, &whole, "A unit counts a") : NULL;
    return times(c, s, n, is_minus ? -by : by);
}

static const struct fx_node *check_unit(struct fx_check *c,
                                        const struct fx_syn *s)
{
    enum fx_unit unit = FX_U_MS;
    const struct fx_node *n = unit_count(c, s, false, &unit);
    const struct fx_node *args[2];

    if (!n)
        return NULL;
    if (unit == FX_U_MONTH)
        return fx_refuse(c, "F213", s->at, s->length,
                         "Months and years have no fixed length; add them to "
                         "a date.");
    n = times(c, s, n, unit == FX_U_DAY ? 86400000 : 1);
    args[0] = n;
    if (!n)
        return NULL;
    if (n->op == FX_OP_CONST)
        return fx_make_const(
            c, fx_type_of(FX_DUR), s,
            fx_is_null(n)
                ? VALUE_NULL
                : (struct value){.kind = V_DUR, .u.i = n->u.constant.u.i});
    return fx_make(c, FX_OP_CAST, fx_type_of(FX_DUR), s, args, 1);
}

static void *need_numbers(struct fx_check *c, const struct fx_syn *s,
                          const struct fx_node *l, const struct fx_node *r)
{
    const char *sign = s->sign == FX_T_PLUS    ? "+"
                       : s->sign == FX_T_MINUS ? "-"
                       : s->sign == FX_T_STAR  ? "*"
                       : s->sign == FX_T_SLASH ? "/"
                                               : "%";
    const struct fx_node *wrong =
        fx_is_number(&l->type) || fx_is_null(l) ? r : l;
    const char *remedy = "";

    if (s->sign == FX_T_PLUS && wrong->type.kind == FX_TEXT)
        remedy = fx_is_literal_text(wrong) && wrong == r
                     ? " Take the quotes off a number, or use \"..\" to join "
                       "text."
                     : " Use \"..\" to join text.";
    else if (l->type.kind == FX_DATE || l->type.kind == FX_INSTANT)
        remedy = " Add a unit: + 3 days.";
    return fx_refuse(c, "F210", s->sign_at, 1,
                     "\"%s\" needs numbers; %.*s is "
                     "%.*s.%s",
                     sign, STR_ARG(fx_words(c, wrong)),
                     STR_ARG(fx_type_words(c, &wrong->type)), remedy);
}

/* date - date, instant - instant, instant + duration, duration + duration;
   NULL without a fault: none of these. */
static const struct fx_node *add_times(struct fx_check *c, enum fx_op op,
                                       const struct fx_syn *s,
                                       const struct fx_node *l,
                                       const struct fx_node *r)
{
    enum fx_kind a = l->type.kind, b = r->type.kind;
    const struct fx_type whole = fx_type_of(FX_INT), dur = fx_type_of(FX_DUR);
    const struct fx_node *args[2] = {l, r}, *days[2] = {r, l};

    if (op == FX_OP_ADD && a == FX_DUR && b == FX_INSTANT) {
        args[0] = r;
        args[1] = l;
        return fx_make(c, op, r->type, s, args, 2);
    }
    if ((a == FX_INSTANT || a == FX_DUR) && b == FX_DUR)
        return fx_make(c, op, l->type, s, args, 2);
    if (op != FX_OP_SUB || a != b || (a != FX_DATE && a != FX_INSTANT))
        return NULL;
    if (a == FX_INSTANT)
        return fx_make(c, op, dur, s, args, 2);
    args[0] = fx_make_call(c, FX_F_DAYS_BETWEEN, whole, s, days, 2);
    args[1] = fx_make_const(c, whole, s, value_int(86400000));
    if (!args[0] || !args[1])
        return NULL;
    args[0] = fx_make(c, FX_OP_MUL, whole, s, args, 2);
    return args[0] ? fx_make(c, FX_OP_CAST, dur, s, args, 1) : NULL;
}

static bool is_day_or_instant(const struct fx_node *n)
{
    return n->type.kind == FX_DATE || n->type.kind == FX_INSTANT;
}

static const struct fx_node *check_add(struct fx_check *c,
                                       const struct fx_syn *s,
                                       const struct fx_node *l,
                                       const struct fx_node *r)
{
    enum fx_op op = s->sign == FX_T_PLUS ? FX_OP_ADD : FX_OP_SUB;
    const struct fx_node *args[2] = {l, r}, *n;
    struct fx_type t;

    if (fx_is_null(l) || fx_is_null(r))
        return fx_make_const(c, fx_is_null(l) ? r->type : l->type, s,
                             VALUE_NULL);
    /* due_on - '2026-01-01' */
    if (op == FX_OP_SUB && is_day_or_instant(l) && fx_is_literal_text(r))
        r = fx_fit(c, r, &l->type, "It must be a");
    else if (op == FX_OP_SUB && is_day_or_instant(r) && fx_is_literal_text(l))
        l = fx_fit(c, l, &r->type, "It must be a");
    if (!l || !r)
        return NULL;
    args[0] = l;
    args[1] = r;
    n = add_times(c, op, s, l, r);
    if (n || c->rc != RC_OK)
        return n;
    if (!fx_is_number(&l->type) || !fx_is_number(&r->type))
        return need_numbers(c, s, l, r);
    if (!fx_unify(c, args, 2, FX_TO_CHOOSE, &t))
        return NULL;
    return fx_make(c, op, t, s, args, 2);
}

static const struct fx_node *to_float(struct fx_check *c,
                                      const struct fx_syn *s, enum fx_op op,
                                      const struct fx_node *l,
                                      const struct fx_node *r)
{
    const struct fx_type f = fx_type_of(FX_FLOAT);
    const struct fx_node *args[2] = {fx_cast(c, l, f), fx_cast(c, r, f)};

    return args[0] && args[1] ? fx_make(c, op, f, s, args, 2) : NULL;
}

static const struct fx_node *check_mul(struct fx_check *c,
                                       const struct fx_syn *s,
                                       const struct fx_node *l,
                                       const struct fx_node *r)
{
    const struct fx_node *args[2] = {l, r};
    int scale = fx_scale(&l->type) + fx_scale(&r->type);

    if (l->type.kind == FX_MONEY && r->type.kind == FX_MONEY)
        return fx_refuse(c, "F210", s->sign_at, 1,
                         "Money times money means nothing; multiply money by "
                         "a number.");
    if (l->type.kind == FX_FLOAT || r->type.kind == FX_FLOAT)
        return to_float(c, s, FX_OP_MUL, l, r);
    if (l->type.kind == FX_MONEY)
        return fx_make(c, FX_OP_MUL, l->type, s, args, 2);
    if (r->type.kind == FX_MONEY)
        return fx_make(c, FX_OP_MUL, r->type, s, args, 2);
    return fx_make(
        c, FX_OP_MUL,
        fx_type_number(scale > DECIMAL_MAX_SCALE ? DECIMAL_MAX_SCALE : scale),
        s, args, 2);
}

enum { DIVISION_PLACES = 6 };

static const struct fx_node *check_div(struct fx_check *c,
                                       const struct fx_syn *s,
                                       const struct fx_node *l,
                                       const struct fx_node *r)
{
    const struct fx_node *args[2] = {l, r};

    if (r->type.kind == FX_MONEY && l->type.kind != FX_MONEY)
        return fx_refuse(c, "F210", s->sign_at, 1,
                         "A number divided by money means nothing; divide "
                         "money by money or by a number.");
    if (l->type.kind == FX_FLOAT || r->type.kind == FX_FLOAT)
        return to_float(c, s, FX_OP_DIV, l, r);
    if (l->type.kind == FX_MONEY && r->type.kind != FX_MONEY)
        return fx_make(c, FX_OP_DIV, l->type, s, args, 2);
    return fx_make(c, FX_OP_DIV, fx_type_number(DIVISION_PLACES), s, args, 2);
}

static const struct fx_node *check_mod(struct fx_check *c,
                                       const struct fx_syn *s,
                                       const struct fx_node *l,
                                       const struct fx_node *r)
{
    const struct fx_node *args[2] = {l, r};
    struct fx_type t;

    if (l->type.kind == FX_FLOAT || r->type.kind == FX_FLOAT)
        return fx_refuse(c, "F210", s->sign_at, 1,
                         "%s needs whole or decimal numbers, not floats.",
                         "\"%\"");
    if (!fx_unify(c, args, 2, FX_TO_CHOOSE, &t))
        return NULL;
    return fx_make(c, FX_OP_MOD, t, s, args, 2);
}

/* duration * 2, duration / 2, duration / duration */
static const struct fx_node *scale_duration(struct fx_check *c,
                                            const struct fx_syn *s,
                                            const struct fx_node *l,
                                            const struct fx_node *r)
{
    const struct fx_node *args[2] = {l, r};
    bool l_dur = l->type.kind == FX_DUR, r_dur = r->type.kind == FX_DUR;

    if (s->sign == FX_T_STAR && l_dur != r_dur &&
        (l->type.kind == FX_INT || r->type.kind == FX_INT))
        return fx_make(c, FX_OP_MUL, fx_type_of(FX_DUR), s, args, 2);
    if (s->sign == FX_T_SLASH && l_dur && r_dur)
        return fx_make(c, FX_OP_DIV, fx_type_number(DIVISION_PLACES), s, args,
                       2);
    if (s->sign == FX_T_SLASH && l_dur && r->type.kind == FX_INT)
        return fx_make(c, FX_OP_DIV, fx_type_of(FX_DUR), s, args, 2);
    return NULL;
}

static const struct fx_node *arithmetic(struct fx_check *c,
                                        const struct fx_syn *s,
                                        const struct fx_node *l,
                                        const struct fx_node *r)
{
    const struct fx_node *n;

    if (s->sign == FX_T_PLUS || s->sign == FX_T_MINUS)
        return check_add(c, s, l, r);
    if (fx_is_null(l) || fx_is_null(r)) {
        struct fx_type t = fx_is_null(l) ? r->type : l->type;

        return fx_make_const(c, fx_is_number(&t) ? t : fx_type_of(FX_INT), s,
                             VALUE_NULL);
    }
    n = scale_duration(c, s, l, r);
    if (n || c->rc != RC_OK)
        return n;
    if (!fx_is_number(&l->type) || !fx_is_number(&r->type))
        return need_numbers(c, s, l, r);
    if (s->sign == FX_T_STAR)
        return check_mul(c, s, l, r);
    return s->sign == FX_T_SLASH ? check_div(c, s, l, r)
                                 : check_mod(c, s, l, r);
}

/* due_on + 3 days, now() - 2 h: the unit is not a value of its own. */
static const struct fx_node *check_plus_unit(struct fx_check *c,
                                             const struct fx_syn *s,
                                             const struct fx_node *l)
{
    const struct fx_syn *u = s->args[1];
    const struct fx_type date = fx_type_of(FX_DATE);
    enum fx_unit unit = FX_U_MS;
    const struct fx_node *n;

    if (fx_is_literal_text(l))
        l = fx_fit(c, l, &date, "A unit is added to a");
    n = l ? unit_count(c, u, s->sign == FX_T_MINUS, &unit) : NULL;
    if (!n)
        return NULL;
    if (unit == FX_U_MS && l->type.kind == FX_DATE)
        return fx_refuse(c, "F213", u->at, u->length,
                         "A date has no hours; add days, weeks, months or "
                         "years.");
    return fx_make_date_add(c, s, l, n, unit);
}

static bool is_moment(const struct fx_node *n)
{
    return is_day_or_instant(n) || fx_is_literal_text(n);
}

/* --- comparison ----------------------------------------------------------- */

static bool has_key(const struct fx_node *n)
{
    return n->op == FX_OP_PATH || fx_node_is_fixed(n);
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
    if (t->kind == FX_TEXT && !(has_key(args[0]) && has_key(args[1])))
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

    if (l && is_sum && s->args[1]->kind == FX_SYN_UNIT && is_moment(l))
        return check_plus_unit(c, s, l);
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
        return arithmetic(c, s, l, r);
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
        return check_unit(c, s);
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
