/*
 * email - one address, stored in lower case.
 *
 * The syntax is the useful part of RFC 5321: local@domain.tld without quotes,
 * comments or address literals, UTF-8 allowed on both sides (RFC 6531).
 */
#include "base/utf8.h"
#include "model/field/common.h"

enum { EMAIL_MAX_BYTES = 254, LOCAL_MAX_BYTES = 64, LABEL_MAX_BYTES = 63 };

static bool local_byte(unsigned char c)
{
    return c >= 0x80 || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           (c != 0 && strchr("!#$%&'*+/=?^_`{|}~.-", c) != NULL);
}

static bool local_ok(struct str s)
{
    size_t i;

    if (s.n == 0 || s.n > LOCAL_MAX_BYTES || s.p[0] == '.' ||
        s.p[s.n - 1] == '.' || str_find(s, STR("..")) >= 0)
        return false;
    for (i = 0; i < s.n; i++) {
        if (!local_byte((unsigned char)s.p[i]))
            return false;
    }
    return true;
}

static bool label_ok(struct str s)
{
    size_t i;

    if (s.n == 0 || s.n > LABEL_MAX_BYTES || s.p[0] == '-' ||
        s.p[s.n - 1] == '-')
        return false;
    for (i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];

        if (!(c >= 0x80 || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
              c == '-'))
            return false;
    }
    return true;
}

static bool domain_ok(struct str s)
{
    struct str rest = s, label;
    int labels = 0;

    while (str_split(&rest, '.', &label)) {
        if (!label_ok(label))
            return false;
        labels++;
    }
    return labels >= 2 && s.p[s.n - 1] != '.';
}

static enum rc validate(const struct field_in *in, const struct field *f,
                        struct value *v)
{
    struct str s = str_lower_ascii(in->arena, str_trim(v->u.s));
    ptrdiff_t at;

    if (s.p == NULL)
        return RC_NOMEM;
    at = str_chr(s, '@');
    if (s.n > EMAIL_MAX_BYTES || at < 0 ||
        !local_ok(str_sub(s, 0, (size_t)at)) ||
        !domain_ok(str_sub(s, (size_t)at + 1, s.n)))
        return field_reject(in, f, "invalid_email",
                            "This is no e-mail address; write it as "
                            "name@example.com.");
    v->u.s = s;
    return RC_OK;
}

static const char *const ATTRIBUTES[] = {NULL};
static const char *const OPERATORS[] = {"contains", "=",     "ne", "starts",
                                        "in",       "empty", NULL};

const struct field_type FIELD_TYPE_EMAIL = {
    .name = "email",
    .summary = "An e-mail address, stored in lower case.",
    .traits = FIELD_SORTS | FIELD_GROUPS | FIELD_SEARCHES | FIELD_HAS_KEY |
              FIELD_UNIQUES,
    .attributes = ATTRIBUTES,
    .operators = OPERATORS,
    .fx = text_fx,
    .columns = text_key_columns,
    .parse_json = text_parse_json,
    .parse_text = text_parse_text,
    .validate = validate,
    .write_json = text_write_json,
    .write_text = text_write_text,
    .store = text_key_store,
    .load = text_load,
};
