/*
 * fx_eval_fn - the functions, over values. What SQL also has (fx_sql_fn.c)
 * gives the same there; docs/language/fx.md says what each does.
 */
#include <math.h>

#include "base/buf.h"
#include "base/decimal.h"
#include "base/time.h"
#include "base/utf8.h"
#include "base/vec.h"
#include "fx/fx_num.h"
#include "fx/fx_run.h"
#include "fx/fx_text.h"

enum { DAY_MS = 86400000, MAX_ARGS = 4 };

static enum rc no_memory(struct fx_run *r)
{
    return FAIL(r->err, RC_NOMEM, "There is not enough memory.");
}

/* --- numbers -------------------------------------------------------------- */

static enum rc run_abs(struct fx_run *r, const struct fx_node *n,
                       const struct value *v, struct value *out)
{
    if (v->kind == V_FLOAT) {
        *out = (struct value){.kind = V_FLOAT, .u.f = fabs(v->u.f)};
        return RC_OK;
    }
    if (v->u.i == INT64_MIN)
        return fx_overflow(r, n);
    *out = fx_value_of(&n->type, v->u.i < 0 ? -v->u.i : v->u.i);
    return RC_OK;
}

/* The value cut to `places`, as an integer of that scale. */
static bool cut(enum fx_fn_id fn, int64_t v, int from, int places, int64_t *out)
{
    int64_t d = fx_pow10(from - places);

    if (fn == FX_F_ROUND)
        return fx_rescale(v, from, places, out);
    *out = v / d;
    if (fn == FX_F_FLOOR && v % d < 0)
        (*out)--;
    if (fn == FX_F_CEIL && v % d > 0)
        (*out)++;
    return true;
}

static enum rc run_round(struct fx_run *r, const struct fx_node *n,
                         const struct value *a, struct value *out)
{
    int from = fx_scale(&n->args[0]->type), places = (int)a[1].u.i;
    int64_t v = 0;

    if (a->kind == V_FLOAT) {
        double f = n->u.fn->id == FX_F_FLOOR  ? floor(a->u.f)
                   : n->u.fn->id == FX_F_CEIL ? ceil(a->u.f)
                                              : trunc(a->u.f);

        if (!(f > -9.2e18 && f < 9.2e18))
            return fx_overflow(r, n);
        v = (int64_t)f;
    } else if (!cut(n->u.fn->id, a->u.i, from, places, &v))
        return fx_overflow(r, n);
    /* Money keeps its minor digits: 12.60 to 13.00. */
    if (n->type.kind == FX_MONEY && !fx_rescale(v, places, from, &v))
        return fx_overflow(r, n);
    *out = fx_value_of(&n->type, v);
    return RC_OK;
}

static double to_double(const struct value *v, const struct fx_type *t)
{
    return v->kind == V_FLOAT ? v->u.f
                              : (double)v->u.i / (double)fx_pow10(fx_scale(t));
}

static enum rc run_float(struct fx_run *r, const struct fx_node *n,
                         const struct value *a, struct value *out)
{
    double x = to_double(&a[0], &n->args[0]->type);
    double f = n->u.fn->id == FX_F_SQRT
                   ? sqrt(x)
                   : pow(x, to_double(&a[1], &n->args[1]->type));

    if (isinf(f))
        return fx_overflow(r, n);
    *out = isnan(f) ? VALUE_NULL : (struct value){.kind = V_FLOAT, .u.f = f};
    return RC_OK;
}

/* --- text ----------------------------------------------------------------- */

static enum rc run_match(struct fx_run *r, const struct fx_node *n,
                         const struct value *a, bool *out)
{
    bool ascii = fx_folds_ascii(n->args[0], n->args[1]);
    struct str text, part;
    enum rc rc =
        fx_fold(n->args[0], a[0].u.s, ascii, r->frame->arena, &text, r->err);

    if (rc == RC_OK)
        rc = fx_fold(n->args[1], a[1].u.s, ascii, r->frame->arena, &part,
                     r->err);
    if (rc != RC_OK)
        return rc;
    *out = n->u.fn->id == FX_F_STARTS ? str_starts(text, part)
           : n->u.fn->id == FX_F_ENDS
               ? str_ends(text, part)
               : part.n == 0 || str_find(text, part) >= 0;
    return RC_OK;
}

static enum rc run_text(struct fx_run *r, const struct fx_node *n,
                        const struct value *a, struct value *out)
{
    struct arena *ar = r->frame->arena;
    struct str s = a[0].u.s, v = STR_NONE;

    switch ((int)n->u.fn->id) {
    case FX_F_LOWER:
        v = str_lower_ascii(ar, s);
        break;
    case FX_F_UPPER:
        v = fx_text_upper(ar, s);
        break;
    case FX_F_TRIM:
        v = str_copy(ar, fx_text_trim(s));
        break;
    case FX_F_LEFT:
        v = str_copy(ar, fx_text_mid(s, 1, a[1].u.i));
        break;
    case FX_F_RIGHT:
        v = str_copy(ar, fx_text_right(s, a[1].u.i));
        break;
    case FX_F_MID:
        v = str_copy(ar, fx_text_mid(s, a[1].u.i, a[2].u.i));
        break;
    case FX_F_REPLACE:
        return fx_text_replace(ar, s, a[1].u.s, a[2].u.s, out, r->err);
    case FX_F_REPEAT:
        return fx_text_repeat(ar, s, a[1].u.i, out, r->err);
    case FX_F_PAD_LEFT:
        return fx_text_pad_left(ar, s, a[1].u.i, n->n > 2 ? a[2].u.s : STR(" "),
                                out, r->err);
    case FX_F_DIGITS:
        v = fx_text_digits(ar, s);
        break;
    case FX_F_INITIALS:
        return fx_text_initials(ar, s, out, r->err);
    case FX_F_SLUG:
        v = utf8_slug(ar, s);
        break;
    default: /* SPLIT_PART */
        if (!fx_text_split_part(s, a[1].u.s, a[2].u.i, &v)) {
            *out = VALUE_NULL;
            return RC_OK;
        }
        v = str_copy(ar, v);
        break;
    }
    if (!v.p)
        return no_memory(r);
    *out = value_text(v);
    return RC_OK;
}

static enum rc run_similar(struct fx_run *r, const struct fx_node *n,
                           const struct value *a, struct value *out)
{
    double least = n->n > 2 ? to_double(&a[2], &n->args[2]->type) : 0.6;
    double part = 0;
    enum rc rc =
        fx_text_similar(r->frame->arena, a[0].u.s, a[1].u.s, &part, r->err);

    if (rc == RC_OK)
        *out = value_bool(part >= least);
    return rc;
}

/* --- dates ---------------------------------------------------------------- */

static int64_t start_of(int64_t day, enum fx_unit unit)
{
    struct ymd d = date_to_ymd(day);

    switch (unit) {
    case FX_U_WEEK:
        return day - (date_weekday(day) - 1);
    case FX_U_MONTH:
        return date_from_ymd(d.year, d.month, 1);
    case FX_U_QUARTER:
        return date_from_ymd(d.year, (d.month - 1) / 3 * 3 + 1, 1);
    case FX_U_YEAR:
        return date_from_ymd(d.year, 1, 1);
    case FX_U_MS:
    case FX_U_DAY:
        break;
    }
    return day;
}

static int64_t end_of(int64_t day, enum fx_unit unit)
{
    struct ymd d = date_to_ymd(start_of(day, unit));
    int months = unit == FX_U_MONTH ? 1 : unit == FX_U_QUARTER ? 3 : 12;
    int month = d.month - 1 + months;

    if (unit == FX_U_WEEK)
        return start_of(day, unit) + 6;
    /* The year 9999 has an end, though nothing follows it. */
    if (d.year == 9999 && month == 12)
        return date_from_ymd(9999, 12, 31);
    return date_from_ymd(d.year + month / 12, month % 12 + 1, 1) - 1;
}

static int64_t months_between(int64_t a, int64_t b)
{
    struct ymd x = date_to_ymd(a), y = date_to_ymd(b);
    int64_t m = (y.year - x.year) * 12 + y.month - x.month;

    if (m > 0 && y.day < x.day)
        m--;
    if (m < 0 && y.day > x.day)
        m++;
    return m;
}

static enum rc run_date(const struct fx_node *n, const struct value *a,
                        struct value *out)
{
    int64_t day = a[0].u.i;
    struct ymd d = date_to_ymd(day);

    switch ((int)n->u.fn->id) {
    case FX_F_YEAR:
        *out = value_int(d.year);
        break;
    case FX_F_MONTH:
        *out = value_int(d.month);
        break;
    case FX_F_DAY:
        *out = value_int(d.day);
        break;
    case FX_F_QUARTER:
        *out = value_int((d.month - 1) / 3 + 1);
        break;
    case FX_F_WEEKDAY:
        *out = value_int(date_weekday(day));
        break;
    case FX_F_ISO_WEEK:
        *out = value_int(date_iso_week(day));
        break;
    case FX_F_DAYS_BETWEEN:
        *out = value_int(a[1].u.i - day);
        break;
    case FX_F_MONTHS_BETWEEN:
        *out = value_int(months_between(day, a[1].u.i));
        break;
    case FX_F_START_OF:
        day = start_of(day, (enum fx_unit)a[1].u.i);
        /* The week of 0001-01-01 begins before the calendar does: never,
           since that is a Monday. */
        *out = value_date(day);
        break;
    default: /* END_OF */
        day = end_of(day, (enum fx_unit)a[1].u.i);
        *out = day > date_from_ymd(9999, 12, 31) ? VALUE_NULL : value_date(day);
        break;
    }
    return RC_OK;
}

static void run_make_date(const struct value *a, struct value *out)
{
    bool ok = a[0].u.i >= 1 && a[0].u.i <= 9999 && a[1].u.i >= 1 &&
              a[1].u.i <= 12 && a[2].u.i >= 1 && a[2].u.i <= 31 &&
              date_valid((int)a[0].u.i, (int)a[1].u.i, (int)a[2].u.i);

    *out = ok ? value_date(
                    date_from_ymd((int)a[0].u.i, (int)a[1].u.i, (int)a[2].u.i))
              : VALUE_NULL;
}

static void run_clock(struct fx_run *r, const struct fx_node *n,
                      const struct value *v, struct value *out)
{
    int64_t minutes = v->u.i;

    if (v->kind == V_INSTANT) {
        int64_t local = v->u.i + tz_offset_ms(fx_zone(r), v->u.i);

        minutes = ((local % DAY_MS + DAY_MS) % DAY_MS) / 60000;
    }
    *out = value_int(n->u.fn->id == FX_F_HOUR ? minutes / 60 : minutes % 60);
}

/* --- change --------------------------------------------------------------- */

static bool alike(const struct value *a, const struct value *b)
{
    if (a->kind != V_LIST || b->kind != V_LIST)
        return fx_same(a, b) && (a->kind != V_MONEY || value_eq(a, b));
    if (a->u.list.n != b->u.list.n)
        return false;
    for (size_t i = 0; i < a->u.list.n; i++)
        if (!fx_same(&a->u.list.v[i], &b->u.list.v[i]))
            return false;
    return true;
}

static bool is_nothing(const struct value *v)
{
    return v->kind == V_NULL || (v->kind == V_LIST && v->u.list.n == 0);
}

static enum rc run_changed(struct fx_run *r, const struct fx_node *n,
                           struct value *out)
{
    enum fx_fn_id fn = n->u.fn->id;
    const struct fx_level *l = r->level;
    struct value now = VALUE_NULL, before = VALUE_NULL, v = VALUE_NULL;
    bool changed;
    enum rc rc;

    while (l->outer)
        l = l->outer;
    rc = fx_run_field(r, n->args[0], l->row, &now);
    if (rc == RC_OK)
        rc = fx_run_field(r, n->args[0], r->frame->old, &before);
    if (rc == RC_OK && n->n > 1)
        rc = fx_run_node(r, n->args[1], &v);
    if (rc != RC_OK)
        return rc;
    changed =
        !alike(&now, &before) && !(is_nothing(&now) && is_nothing(&before));
    if (now.kind == V_MONEY)
        now.u.i = now.base;
    if (before.kind == V_MONEY)
        before.u.i = before.base;
    if (fn == FX_F_CHANGED_TO)
        changed = changed && fx_same(&now, &v);
    if (fn == FX_F_CHANGED_FROM)
        changed = changed && r->frame->old && fx_same(&before, &v);
    *out = value_bool(changed);
    return RC_OK;
}

/* --- chance --------------------------------------------------------------- */

/* splitmix64: the same seed gives the same records, and neighbours differ. */
static uint64_t draw(struct fx_run *r)
{
    uint64_t z = r->frame->seed + ++r->draws * UINT64_C(0x9E3779B97F4A7C15);

    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

static enum rc run_random(struct fx_run *r, const struct value *a,
                          struct value *out)
{
    uint64_t span;

    if (a[1].u.i < a[0].u.i) {
        *out = VALUE_NULL;
        return RC_OK;
    }
    span = (uint64_t)a[1].u.i - (uint64_t)a[0].u.i + 1;
    *out = value_int(
        (int64_t)((uint64_t)a[0].u.i + (span ? draw(r) % span : draw(r))));
    return RC_OK;
}

/* --- output --------------------------------------------------------------- */

static enum rc run_label(struct fx_run *r, const struct fx_node *n,
                         const struct value *v, struct value *out)
{
    const struct fx_schema *s = r->x->schema;
    struct str label =
        s->option_label && n->args[0]->type.of
            ? s->option_label(s->ctx, n->args[0]->type.of, v->u.s)
            : STR_NONE;

    *out = value_text(label.n ? label : v->u.s);
    return RC_OK;
}

static enum rc run_is(const struct value *a, struct value *out)
{
    *out = value_bool(a[0].kind == V_ANYREF && a[0].ent == a[2].u.i);
    return RC_OK;
}

/* --- dispatch ------------------------------------------------------------- */

static enum rc with_values(struct fx_run *r, const struct fx_node *n,
                           const struct value *a, struct value *out)
{
    bool is_true = false;
    enum rc rc;

    switch ((int)n->u.fn->id) {
    case FX_F_ABS:
        return run_abs(r, n, a, out);
    case FX_F_ROUND:
    case FX_F_FLOOR:
    case FX_F_CEIL:
    case FX_F_TRUNC:
        return run_round(r, n, a, out);
    case FX_F_SQRT:
    case FX_F_POWER:
        return run_float(r, n, a, out);
    case FX_F_CONTAINS:
    case FX_F_STARTS:
    case FX_F_ENDS:
        rc = run_match(r, n, a, &is_true);
        if (rc == RC_OK)
            *out = value_bool(is_true);
        return rc;
    case FX_F_LEN:
        *out = value_int((int64_t)(a[0].kind == V_LIST ? a[0].u.list.n
                                                       : utf8_count(a[0].u.s)));
        return RC_OK;
    case FX_F_SIMILAR:
        return run_similar(r, n, a, out);
    case FX_F_DATE:
        run_make_date(a, out);
        return RC_OK;
    case FX_F_HOUR:
    case FX_F_MINUTE:
        run_clock(r, n, a, out);
        return RC_OK;
    case FX_F_YEAR:
    case FX_F_MONTH:
    case FX_F_DAY:
    case FX_F_QUARTER:
    case FX_F_WEEKDAY:
    case FX_F_ISO_WEEK:
    case FX_F_DAYS_BETWEEN:
    case FX_F_MONTHS_BETWEEN:
    case FX_F_START_OF:
    case FX_F_END_OF:
        return run_date(n, a, out);
    case FX_F_RANDOM:
        return run_random(r, a, out);
    case FX_F_LABEL:
        return run_label(r, n, a, out);
    case FX_F_FORMAT:
        return fx_text_format(r, n, a, out);
    case FX_F_IS:
        return run_is(a, out);
    case FX_F_LOWER:
    case FX_F_UPPER:
    case FX_F_TRIM:
    case FX_F_LEFT:
    case FX_F_RIGHT:
    case FX_F_MID:
    case FX_F_REPLACE:
    case FX_F_REPEAT:
    case FX_F_PAD_LEFT:
    case FX_F_DIGITS:
    case FX_F_INITIALS:
    case FX_F_SLUG:
    case FX_F_SPLIT_PART:
        return run_text(r, n, a, out);
    default:
        return FAIL(r->err, RC_BUG, "%s() has no evaluation.", n->u.fn->name);
    }
}

enum rc fx_run_call(struct fx_run *r, const struct fx_node *n,
                    struct value *out)
{
    struct value a[MAX_ARGS] = {VALUE_NULL};
    bool is_condition = n->type.kind == FX_BOOL;
    size_t i;

    switch ((int)n->u.fn->id) {
    case FX_F_TODAY:
        *out = value_date(tz_local_date(fx_zone(r), r->frame->now_ms));
        return RC_OK;
    case FX_F_NOW:
        *out = value_instant(r->frame->now_ms);
        return RC_OK;
    case FX_F_IS_NEW:
        *out = value_bool(!r->frame->old);
        return RC_OK;
    case FX_F_CHANGED:
    case FX_F_CHANGED_TO:
    case FX_F_CHANGED_FROM:
        return run_changed(r, n, out);
    case FX_F_PICK:
        return fx_run_node(r, n->args[draw(r) % n->n], out);
    default:
        break;
    }
    for (i = 0; i < n->n && i < MAX_ARGS; i++) {
        enum rc rc;

        a[i] = VALUE_NULL;
        rc = fx_run_node(r, n->args[i], &a[i]);
        if (rc != RC_OK)
            return rc;
        if (a[i].kind != V_NULL)
            continue;
        /* What is nothing has no parts: null, and of a condition, false. An
           empty list has no members. */
        if (n->u.fn->id == FX_F_LEN && n->args[0]->type.kind == FX_LIST)
            *out = value_int(0);
        else
            *out = is_condition ? value_bool(false) : VALUE_NULL;
        return RC_OK;
    }
    return with_values(r, n, a, out);
}
