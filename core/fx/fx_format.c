/*
 * fx_format - format(x, pattern).
 *
 * Numbers: "0" without places, "0.00" with as many as there are zeros behind
 * the point, "#,##0.00" with groups of three; text before and after stays.
 * Dates and times: YYYY YY MM M DD D hh h mm; everything else stays.
 */
#include "base/buf.h"
#include "base/decimal.h"
#include "base/time.h"
#include "fx/fx_num.h"
#include "fx/fx_run.h"
#include "fx/fx_text.h"

enum { FORMAT_MAX_BYTES = 1024, DAY_MS = 86400000 };

static bool is_number_char(char c)
{
    return c == '0' || c == '#' || c == ',' || c == '.';
}

static void add_grouped(struct buf *b, struct str digits)
{
    for (size_t i = 0; i < digits.n; i++) {
        if (i && (digits.n - i) % 3 == 0)
            buf_addc(b, ',');
        buf_addc(b, digits.p[i]);
    }
}

static void add_number(struct buf *b, int64_t v, int scale, bool groups)
{
    char text[DECIMAL_TEXT_BYTES];
    struct str s = str_of(text, decimal_format(v, scale, text));
    ptrdiff_t point = str_chr(s, '.');
    size_t whole = point < 0 ? s.n : (size_t)point;
    size_t sign = s.p[0] == '-' ? 1 : 0;

    if (!groups) {
        buf_add(b, s);
        return;
    }
    buf_add(b, str_of(s.p, sign));
    add_grouped(b, str_of(s.p + sign, whole - sign));
    buf_add(b, str_of(s.p + whole, s.n - whole));
}

static bool format_number(struct buf *b, int64_t v, int scale,
                          struct str pattern)
{
    size_t from = 0, to, places = 0;
    ptrdiff_t point;
    struct str mask;

    while (from < pattern.n && !is_number_char(pattern.p[from]))
        from++;
    for (to = from; to < pattern.n && is_number_char(pattern.p[to]);)
        to++;
    mask = str_of(pattern.p + from, to - from);
    point = str_chr(mask, '.');
    if (point >= 0)
        places = mask.n - (size_t)point - 1;
    if (places > DECIMAL_MAX_SCALE)
        places = DECIMAL_MAX_SCALE;
    if (!fx_rescale(v, scale, (int)places, &v))
        return false;
    buf_add(b, str_of(pattern.p, from));
    if (mask.n)
        add_number(b, v, (int)places, str_chr(mask, ',') >= 0);
    buf_add(b, str_of(pattern.p + to, pattern.n - to));
    return true;
}

static void format_moment(struct buf *b, struct ymd d, int64_t minutes,
                          struct str pattern)
{
    struct {
        const char *mark, *print;
        int v;
    } marks[] = {
        {"YYYY", "%04d", d.year},
        {"YY", "%02d", d.year % 100},
        {"MM", "%02d", d.month},
        {"M", "%d", d.month},
        {"DD", "%02d", d.day},
        {"D", "%d", d.day},
        {"hh", "%02d", (int)(minutes / 60)},
        {"h", "%d", (int)(minutes / 60)},
        {"mm", "%02d", (int)(minutes % 60)},
    };

    for (size_t at = 0; at < pattern.n;) {
        struct str rest = str_of(pattern.p + at, pattern.n - at);
        size_t i = 0, n = sizeof marks / sizeof *marks;

        while (i < n && !str_starts(rest, str_c(marks[i].mark)))
            i++;
        if (i == n) {
            buf_addc(b, rest.p[0]);
            at++;
            continue;
        }
        if (marks[i].print[1] == 'd')
            buf_add_i64(b, marks[i].v);
        else if (marks[i].print[2] == '2')
            buf_addf(b, "%02d", marks[i].v);
        else
            buf_addf(b, "%04d", marks[i].v);
        at += strlen(marks[i].mark);
    }
}

static enum rc without_pattern(const struct value *v, const struct fx_type *t,
                               struct buf *b)
{
    char text[40];

    switch (v->kind) {
    case V_INT:
    case V_DEC:
    case V_MONEY:
        buf_add(b, str_of(text, decimal_format(v->u.i, fx_scale(t), text)));
        break;
    case V_FLOAT:
        buf_addf(b, "%.15g", v->u.f);
        break;
    case V_DATE:
        buf_add(b, str_of(text, date_format(v->u.i, text)));
        break;
    case V_INSTANT:
        buf_add(b, str_of(text, instant_format(v->u.i, text)));
        break;
    case V_TIME:
        buf_addf(b, "%02d:%02d", (int)(v->u.i / 60), (int)(v->u.i % 60));
        break;
    case V_NULL:
    case V_BOOL:
    case V_TEXT:
    case V_DUR:
    case V_REF:
    case V_ANYREF:
    case V_LIST:
        break;
    }
    return RC_OK;
}

enum rc fx_text_format(struct fx_run *r, const struct fx_node *n,
                       const struct value *a, struct value *out)
{
    const struct fx_type *t = &n->args[0]->type;
    struct str pattern = n->n > 1 ? a[1].u.s : STR_NONE, s;
    int64_t v = a[0].u.i, day = v, minutes = 0;
    int scale = fx_scale(t);
    struct buf b;
    enum rc rc = RC_OK;

    buf_init(&b, FORMAT_MAX_BYTES);
    if (n->n < 2)
        rc = without_pattern(&a[0], t, &b);
    else if (fx_is_number(t)) {
        if (a[0].kind == V_FLOAT) {
            double f = a[0].u.f * 1e6;

            v = f > -9.2e18 && f < 9.2e18 ? (int64_t)(f < 0 ? f - 0.5 : f + 0.5)
                                          : INT64_MAX;
            scale = 6;
        }
        if (v == INT64_MAX || !format_number(&b, v, scale, pattern))
            rc = fx_overflow(r, n);
    } else {
        if (a[0].kind == V_INSTANT) {
            int64_t local = v + tz_offset_ms(fx_zone(r), v);

            day = tz_local_date(fx_zone(r), v);
            minutes = (local - day * DAY_MS) / 60000;
        } else if (a[0].kind == V_TIME) {
            day = 0;
            minutes = v;
        }
        format_moment(&b, date_to_ymd(day), minutes, pattern);
    }
    if (rc == RC_OK)
        rc = buf_finish(&b, r->frame->arena, &s, r->err);
    buf_release(&b);
    if (rc == RC_OK)
        *out = value_text(s);
    return rc;
}
