/*
 * money - an exact amount with its currency.
 *
 * Columns: minor units, __cur, __rate (base per unit of this currency, scaled
 * by 10^9) and __base (minor units of the base currency), by which it is sorted,
 * filtered and summed. In the base currency the rate is one. A currency without
 * a known rate is kept as it is, with no base amount: sums leave it out and the
 * save says so (docs/design/0004-money-without-a-rate.md).
 */
#include "base/decimal.h"
#include "model/field/common.h"

#define RATE_ONE INT64_C(1000000000)

static struct str currency_of(const struct field_in *in, const struct field *f)
{
    return str_c(f->currency[0] != '\0' ? f->currency
                                        : in->model->base_currency);
}

static enum rc take(const struct field_in *in, const struct field *f,
                    struct str amount, struct str currency, struct value *out)
{
    struct value v = {.kind = V_MONEY, .base = VALUE_NO_BASE};
    struct str own = currency_of(in, f);
    int scale;
    size_t i;

    if (currency.n == 0)
        currency = own;
    for (i = 0; i < 3 && i < currency.n; i++) {
        char c = currency.p[i];

        v.cur[i] = (char)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    }
    scale = currency.n == 3 ? currency_scale(v.cur) : -1;
    if (scale < 0)
        return field_reject(in, f, "unknown_currency",
                            "\"%.*s\" is no currency; write its three letters, "
                            "for example %.*s.",
                            (int)(currency.n > 12 ? 12 : currency.n),
                            currency.p, STR_ARG(own));
    if (f->currency[0] != '\0' && !str_eq(str_c(v.cur), own))
        return field_reject(in, f, "wrong_currency", "This amount is in %.*s.",
                            STR_ARG(own));
    v.scale = (uint8_t)scale;
    switch (decimal_parse(amount, scale, &v.u.i)) {
    case DECIMAL_OK:
        break;
    case DECIMAL_OVERFLOW:
        return field_reject(in, f, "out_of_range",
                            "This amount is too large to be kept exactly.");
    case DECIMAL_INEXACT:
        return field_reject(in, f, "too_many_decimals",
                            "%s has %d decimals; round the amount.", v.cur,
                            scale);
    case DECIMAL_SYNTAX:
        return field_reject(in, f, "invalid_number",
                            "This is no amount; write it as 1200.00.");
    }
    if (str_eq(str_c(v.cur), str_c(in->model->base_currency)))
        v.base = v.u.i;
    *out = v;
    return RC_OK;
}

/* "1200.00" or "1200.00 USD" */
static enum rc parse_text(const struct field_in *in, const struct field *f,
                          struct str s, struct value *out)
{
    struct str rest = s, amount, currency = STR_NONE, more;

    if (!str_word(&rest, &amount)) {
        *out = VALUE_NULL;
        return RC_OK;
    }
    if (str_word(&rest, &currency) && str_word(&rest, &more))
        return field_reject(in, f, "invalid_number",
                            "This is no amount; write it as 1200.00 %.*s.",
                            STR_ARG(currency_of(in, f)));
    return take(in, f, amount, currency, out);
}

static enum rc parse_json(const struct field_in *in, const struct field *f,
                          const struct json *v, struct value *out)
{
    const struct json *amount, *currency;
    size_t i;

    if (v->kind == JSON_NULL) {
        *out = VALUE_NULL;
        return RC_OK;
    }
    if (v->kind == JSON_STR)
        return parse_text(in, f, v->u.s, out);
    if (v->kind != JSON_OBJECT)
        return field_reject(in, f, "wrong_type",
                            "\"%.*s\" is an amount; write it as "
                            "{\"amount\":\"1200.00\",\"currency\":\"%.*s\"} or "
                            "\"1200.00\".",
                            STR_ARG(f->name), STR_ARG(currency_of(in, f)));
    amount = json_at(v, "amount");
    currency = json_at(v, "currency");
    for (i = 0; i < v->u.object.n; i++) {
        struct str key = v->u.object.v[i].key;

        if (!str_is(key, "amount") && !str_is(key, "currency"))
            return field_reject(in, f, "unknown_member",
                                "An amount has \"amount\" and \"currency\", "
                                "not \"%.*s\".",
                                (int)(key.n > 40 ? 40 : key.n), key.p);
    }
    if (amount == NULL || amount->kind != JSON_STR ||
        (currency != NULL && currency->kind != JSON_STR))
        return field_reject(
            in, f, "wrong_type",
            "Write the amount as text: \"amount\":\"1200.00\".");
    return take(in, f, amount->u.s, currency == NULL ? STR_NONE : currency->u.s,
                out);
}

static enum rc validate(const struct field_in *in, const struct field *f,
                        struct value *v)
{
    char bound[DECIMAL_TEXT_BYTES];

    /* min and max are amounts at f->scale, the base currency's */
    if (f->has_min && decimal_cmp(v->u.i, v->scale, f->min, f->scale) < 0) {
        (void)decimal_format(f->min, f->scale, bound);
        return field_reject(in, f, "out_of_range",
                            "This amount must be %s or more.", bound);
    }
    if (f->has_max && decimal_cmp(v->u.i, v->scale, f->max, f->scale) > 0) {
        (void)decimal_format(f->max, f->scale, bound);
        return field_reject(in, f, "out_of_range",
                            "This amount must be %s or less.", bound);
    }
    return RC_OK;
}

static void write_json(const struct model *m, const struct field *f,
                       const struct value *v, struct json_w *w)
{
    (void)m;
    (void)f;
    json_obj_begin(w);
    json_k(w, "amount");
    json_w_dec(w, v->u.i, v->scale);
    json_kv(w, "currency", str_c(v->cur));
    json_obj_end(w);
}

static void write_text(const struct model *m, const struct field *f,
                       const struct value *v, struct buf *b)
{
    char digits[DECIMAL_TEXT_BYTES];

    (void)m;
    (void)f;
    buf_add(b, str_of(digits, decimal_format(v->u.i, v->scale, digits)));
    buf_addc(b, ' ');
    buf_adds(b, v->cur);
}

static size_t columns(const struct field *f,
                      struct field_column out[FIELD_MAX_COLUMNS])
{
    (void)f;
    out[0] = (struct field_column){"", DB_T_INT};
    out[1] = (struct field_column){"cur", DB_T_TEXT};
    out[2] = (struct field_column){"rate", DB_T_INT};
    out[3] = (struct field_column){"base", DB_T_INT};
    return 4;
}

static enum rc store(const struct field *f, const struct value *v,
                     struct arena *a, struct value *cols, struct err *err)
{
    struct str cur;

    (void)f;
    if (v->kind == V_NULL) {
        cols[0] = cols[1] = cols[2] = cols[3] = VALUE_NULL;
        return RC_OK;
    }
    cur = str_copy(a, str_c(v->cur));
    if (cur.p == NULL)
        return FAIL(err, RC_NOMEM, "There is no memory for an amount.");
    cols[0] = value_int(v->u.i);
    cols[1] = value_text(cur);
    cols[2] = v->base == VALUE_NO_BASE ? VALUE_NULL : value_int(RATE_ONE);
    cols[3] = v->base == VALUE_NO_BASE ? VALUE_NULL : value_int(v->base);
    return RC_OK;
}

static enum rc load(const struct field *f, struct db_stmt *st, int first,
                    struct arena *a, struct value *out, struct err *err)
{
    struct value v = {.kind = V_MONEY, .base = VALUE_NO_BASE};
    struct str cur;
    int scale;

    (void)a;
    if (db_col_null(st, first)) {
        *out = VALUE_NULL;
        return RC_OK;
    }
    cur = db_col_str(st, first + 1);
    if (cur.n == 3)
        memcpy(v.cur, cur.p, 3);
    scale = currency_scale(v.cur);
    if (scale < 0)
        return FAIL(err, RC_IO,
                    "Column \"%.*s\" holds no currency; run `perigee doctor`.",
                    STR_ARG(f->col.cur.s));
    v.scale = (uint8_t)scale;
    v.u.i = db_col_i64(st, first);
    if (!db_col_null(st, first + 3))
        v.base = db_col_i64(st, first + 3);
    *out = v;
    return RC_OK;
}

static struct fx_type fx(const struct field *f)
{
    return (struct fx_type){.kind = FX_MONEY, .scale = (uint8_t)f->scale};
}

static const char *const ATTRIBUTES[] = {"currency", "min", "max", NULL};
static const char *const OPERATORS[] = {"=",  "ne", "lt",    "le",
                                        "gt", "ge", "empty", NULL};

const struct field_type FIELD_TYPE_MONEY = {
    .name = "money",
    .summary = "An exact amount of money with its currency.",
    .traits = FIELD_SORTS | FIELD_MEASURES,
    .attributes = ATTRIBUTES,
    .operators = OPERATORS,
    .fx = fx,
    .columns = columns,
    .parse_json = parse_json,
    .parse_text = parse_text,
    .validate = validate,
    .write_json = write_json,
    .write_text = write_text,
    .store = store,
    .load = load,
};
