/*
 * fx_check_num - the types of + - * / % and of units.
 */
#include "base/decimal.h"
#include "fx/fx_check.h"

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

const struct fx_node *fx_times(struct fx_check *c, const struct fx_syn *s,
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
    return fx_times(c, s, n, is_minus ? -by : by);
}

const struct fx_node *fx_check_unit(struct fx_check *c, const struct fx_syn *s)
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
    n = fx_times(c, s, n, unit == FX_U_DAY ? 86400000 : 1);
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

const struct fx_node *fx_check_arithmetic(struct fx_check *c,
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
const struct fx_node *fx_check_plus_unit(struct fx_check *c,
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

bool fx_is_moment(const struct fx_node *n)
{
    return is_day_or_instant(n) || fx_is_literal_text(n);
}
