/*
 * url - a web address. https is put in front when no scheme is given; scheme
 * and host are stored in lower case. Only http and https: what is stored here
 * becomes a link in the browser.
 */
#include "base/buf.h"
#include "model/field/common.h"

enum { URL_MAX_BYTES = 2048 };

static bool host_ok(struct str host)
{
    size_t i;

    if (host.n == 0 || host.n > 253 || host.p[0] == '.' || host.p[0] == '-')
        return false;
    for (i = 0; i < host.n; i++) {
        unsigned char c = (unsigned char)host.p[i];

        if (!(c >= 0x80 || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
              c == '-' || c == '.' || c == ':' || c == '[' || c == ']'))
            return false;
    }
    return true;
}

static bool bytes_ok(struct str s)
{
    size_t i;

    for (i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];

        if (c <= 0x20 || c == 0x7f || c == '"' || c == '<' || c == '>' ||
            c == '\\' || c == '`')
            return false;
    }
    return true;
}

static enum rc bad_url(const struct field_in *in, const struct field *f)
{
    return field_reject(in, f, "invalid_url",
                        "This is no web address; write it as "
                        "https://example.com/page.");
}

static enum rc validate(const struct field_in *in, const struct field *f,
                        struct value *v)
{
    struct str s = str_trim(v->u.s), scheme = STR("https"), rest, host;
    ptrdiff_t at = str_find(s, STR("://"));
    size_t end = 0;

    if (s.n > URL_MAX_BYTES || !bytes_ok(s))
        return bad_url(in, f);
    rest = s;
    if (at >= 0) {
        scheme = str_lower_ascii(in->arena, str_sub(s, 0, (size_t)at));
        rest = str_sub(s, (size_t)at + 3, s.n);
    }
    if (scheme.p == NULL)
        return RC_NOMEM;
    if (!str_is(scheme, "https") && !str_is(scheme, "http"))
        return bad_url(in, f);
    while (end < rest.n && rest.p[end] != '/' && rest.p[end] != '?' &&
           rest.p[end] != '#')
        end++;
    host = str_lower_ascii(in->arena, str_sub(rest, 0, end));
    if (end > 0 && host.p == NULL)
        return RC_NOMEM;
    if (!host_ok(host) || (at < 0 && str_chr(host, '.') < 0))
        return bad_url(in, f);
    s = str_fmt(in->arena, "%.*s://%.*s%.*s", STR_ARG(scheme), STR_ARG(host),
                STR_ARG(str_sub(rest, end, rest.n)));
    if (s.p == NULL)
        return RC_NOMEM;
    v->u.s = s;
    return RC_OK;
}

static const char *const ATTRIBUTES[] = {NULL};
static const char *const OPERATORS[] = {"contains", "=", "ne", "empty", NULL};

const struct field_type FIELD_TYPE_URL = {
    .name = "url",
    .summary = "A web address; https unless it says http.",
    .traits = FIELD_SORTS | FIELD_SEARCHES | FIELD_HAS_KEY | FIELD_UNIQUES,
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
