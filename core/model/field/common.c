/* See common.h and field.h. */
#include "model/field/common.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/decimal.h"
#include "base/id.h"
#include "base/utf8.h"

enum { REJECT_TEXT_BYTES = 400 };

enum rc field_reject(const struct field_in *in, const struct field *f,
                     const char *code, const char *fmt, ...)
{
    char text[REJECT_TEXT_BYTES];
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    issues_add(in->issues, f->name, code, "%s", text);
    return RC_INVALID;
}

enum rc accept_any(const struct field_in *in, const struct field *f,
                   struct value *v)
{
    (void)in;
    (void)f;
    (void)v;
    return RC_OK;
}

/* --- text ------------------------------------------------------------------ */

size_t text_columns(const struct field *f,
                    struct field_column out[FIELD_MAX_COLUMNS])
{
    (void)f;
    out[0] = (struct field_column){"", DB_T_TEXT};
    return 1;
}

size_t text_key_columns(const struct field *f,
                        struct field_column out[FIELD_MAX_COLUMNS])
{
    (void)f;
    out[0] = (struct field_column){"", DB_T_TEXT};
    out[1] = (struct field_column){"k", DB_T_TEXT};
    return 2;
}

struct fx_type text_fx(const struct field *f)
{
    (void)f;
    return (struct fx_type){.kind = FX_TEXT, .fold = FOLD_POINTS};
}

/* What every door for text refuses: bytes that are no UTF-8, and NUL. */
static enum rc text_accept(const struct field_in *in, const struct field *f,
                           struct str s, struct value *out)
{
    if (utf8_invalid(s) >= 0)
        return field_reject(in, f, "invalid_utf8",
                            "This text is not valid UTF-8; send it as UTF-8.");
    if (str_chr(s, '\0') >= 0)
        return field_reject(
            in, f, "nul_character",
            "The character U+0000 cannot be stored; remove it.");
    *out = s.n == 0 ? VALUE_NULL : value_text(s);
    return RC_OK;
}

enum rc text_parse_json(const struct field_in *in, const struct field *f,
                        const struct json *v, struct value *out)
{
    if (v->kind == JSON_NULL) {
        *out = VALUE_NULL;
        return RC_OK;
    }
    if (v->kind != JSON_STR)
        return field_reject(in, f, "wrong_type",
                            "\"%.*s\" is text; write it in quotes.",
                            STR_ARG(f->name));
    return text_accept(in, f, v->u.s, out);
}

enum rc text_parse_text(const struct field_in *in, const struct field *f,
                        struct str s, struct value *out)
{
    return text_accept(in, f, s, out);
}

void text_write_json(const struct model *m, const struct field *f,
                     const struct value *v, struct json_w *w)
{
    (void)m;
    (void)f;
    json_w_str(w, v->u.s);
}

void text_write_text(const struct model *m, const struct field *f,
                     const struct value *v, struct buf *b)
{
    (void)m;
    (void)f;
    buf_add(b, v->u.s);
}

enum rc text_store(const struct field *f, const struct value *v,
                   struct arena *a, struct value *cols, struct err *err)
{
    (void)f;
    (void)a;
    (void)err;
    cols[0] = v->kind == V_NULL ? VALUE_NULL : value_text(v->u.s);
    return RC_OK;
}

enum rc text_key_store(const struct field *f, const struct value *v,
                       struct arena *a, struct value *cols, struct err *err)
{
    struct str key = STR_NONE;
    enum rc rc;

    (void)f;
    if (v->kind == V_NULL) {
        cols[0] = cols[1] = VALUE_NULL;
        return RC_OK;
    }
    rc = utf8_fold(v->u.s, FOLD_POINTS, a, &key, err);
    if (rc != RC_OK)
        return rc;
    cols[0] = value_text(v->u.s);
    cols[1] = value_text(key);
    return RC_OK;
}

enum rc text_load(const struct field *f, struct db_stmt *st, int first,
                  struct arena *a, struct value *out, struct err *err)
{
    struct str s;

    (void)f;
    (void)a;
    (void)err;
    s = db_col_str(st, first);
    *out = s.p ? value_text(s) : VALUE_NULL;
    return RC_OK;
}

enum rc text_limits(const struct field_in *in, const struct field *f,
                    const struct value *v, int64_t otherwise)
{
    int64_t points = (int64_t)utf8_count(v->u.s);
    int64_t max = f->has_max ? f->max : otherwise;

    if (points > max)
        return field_reject(in, f, "too_long",
                            "This text has %lld characters; at most %lld fit.",
                            (long long)points, (long long)max);
    if (f->has_min && points < f->min)
        return field_reject(
            in, f, "too_short",
            "This text has %lld characters; at least %lld are needed.",
            (long long)points, (long long)f->min);
    return RC_OK;
}

/* --- integers -------------------------------------------------------------- */

size_t int_columns(const struct field *f,
                   struct field_column out[FIELD_MAX_COLUMNS])
{
    (void)f;
    out[0] = (struct field_column){"", DB_T_INT};
    return 1;
}

enum rc int_store(const struct field *f, const struct value *v, struct arena *a,
                  struct value *cols, struct err *err)
{
    (void)f;
    (void)a;
    (void)err;
    cols[0] = v->kind == V_NULL ? VALUE_NULL : value_int(v->u.i);
    return RC_OK;
}

/* --- options --------------------------------------------------------------- */

struct fx_type option_fx(const struct field *f)
{
    return (struct fx_type){.kind = FX_CHOICE, .of = f};
}

enum rc option_validate(const struct field_in *in, const struct field *f,
                        struct value *v)
{
    struct str names[64], near;
    size_t n = 0, i;

    if (f->open || field_option(f, v->u.s) != NULL)
        return text_limits(in, f, v, 255);
    for (i = 0; i < f->n_options && n < 64; i++)
        names[n++] = f->options[i]->code;
    near = str_nearest(v->u.s, names, n);
    if (near.n > 0)
        return field_reject(in, f, "unknown_option",
                            "\"%.*s\" is no option of \"%.*s\"; did you mean "
                            "\"%.*s\"?",
                            (int)(v->u.s.n > 60 ? 60 : v->u.s.n), v->u.s.p,
                            STR_ARG(f->name), STR_ARG(near));
    return field_reject(
        in, f, "unknown_option", "\"%.*s\" is no option of \"%.*s\".",
        (int)(v->u.s.n > 60 ? 60 : v->u.s.n), v->u.s.p, STR_ARG(f->name));
}

/* --- the registry ---------------------------------------------------------- */

/* Sorted by name; unit tests assert it. */
static const struct field_type *const TYPES[] = {
    &FIELD_TYPE_ANYREF, &FIELD_TYPE_AUTONUMBER,  &FIELD_TYPE_BOOL,
    &FIELD_TYPE_CHOICE, &FIELD_TYPE_DATE,        &FIELD_TYPE_DATETIME,
    &FIELD_TYPE_DEC,    &FIELD_TYPE_EMAIL,       &FIELD_TYPE_FILE,
    &FIELD_TYPE_ID,     &FIELD_TYPE_INT,         &FIELD_TYPE_LONGTEXT,
    &FIELD_TYPE_MONEY,  &FIELD_TYPE_MULTICHOICE, &FIELD_TYPE_PERCENT,
    &FIELD_TYPE_PHONE,  &FIELD_TYPE_REF,         &FIELD_TYPE_STATUS,
    &FIELD_TYPE_TEXT,   &FIELD_TYPE_URL,         &FIELD_TYPE_USER,
};

size_t field_types(const struct field_type *const **out)
{
    *out = TYPES;
    return sizeof TYPES / sizeof TYPES[0];
}

const struct field_type *field_type_find(struct str name)
{
    size_t lo = 0, hi = sizeof TYPES / sizeof TYPES[0];

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        int order = str_cmp(name, str_c(TYPES[mid]->name));

        if (order == 0)
            return TYPES[mid];
        if (order < 0)
            hi = mid;
        else
            lo = mid + 1;
    }
    return NULL;
}

/* The physical name of each suffix was given by the model at compile. */
size_t field_columns(const struct field *f,
                     struct ident names[FIELD_MAX_COLUMNS],
                     enum db_type types[FIELD_MAX_COLUMNS])
{
    struct field_column columns[FIELD_MAX_COLUMNS];
    size_t n = f->type->columns(f, columns), i;

    for (i = 0; i < n; i++) {
        const char *s = columns[i].suffix;

        types[i] = columns[i].type;
        if (s[0] == '\0')
            names[i] = f->col.main;
        else if (s[0] == 'k')
            names[i] = f->col.key;
        else if (s[0] == 'c')
            names[i] = f->col.cur;
        else if (s[0] == 'b')
            names[i] = f->col.base;
        else if (s[0] == 'r')
            names[i] = f->col.rate;
        else if (s[0] == 'e')
            names[i] = f->col.ent;
        else /* "id" of an anyref */
            names[i] = f->col.main;
    }
    return n;
}

void field_json(const struct model *m, const struct field *f,
                const struct value *v, struct json_w *w)
{
    if (v->kind == V_NULL)
        json_w_null(w);
    else
        f->type->write_json(m, f, v, w);
}
