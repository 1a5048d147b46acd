/* See every_type.h. */
#include "support/every_type.h"

#include <string.h>

const struct every_type EVERY_TYPE[EVERY_TYPE_SAMPLES] = {
    {"text", "a_text", "\"  Grüße, \\\"Welt\\\" \"", "\"Grüße, \\\"Welt\\\"\"",
     "\"x\"", "too_short"},
    {"longtext", "a_longtext", "\"two\\nlines\\t=1\"", "\"two\\nlines\\t=1\"",
     "7", "wrong_type"},
    {"email", "an_email", "\"Ann@Example.COM\"", "\"ann@example.com\"",
     "\"ann@\"", "invalid_email"},
    {"phone", "a_phone", "\"(01) 555 12-34\"", "\"+4315551234\"", "\"12\"",
     "invalid_phone"},
    {"url", "a_url", "\"Example.COM/A?b\"", "\"https://example.com/A?b\"",
     "\"javascript:alert(1)\"", "invalid_url"},
    {"int", "an_int", "42", "42", "1001", "out_of_range"},
    {"dec", "a_dec", "-12.345", "\"-12.345\"", "\"1.2345\"",
     "too_many_decimals"},
    {"percent", "a_percent", "\"12.5\"", "\"12.50\"", "\"100.01\"",
     "out_of_range"},
    {"money", "a_money", "\"1200.5 USD\"",
     "{\"amount\":\"1200.50\",\"currency\":\"USD\"}", "\"1 XXQ\"",
     "unknown_currency"},
    {"bool", "a_bool", "false", "false", "\"maybe\"", "wrong_type"},
    {"date", "a_date", "\"2024-02-29\"", "\"2024-02-29\"", "\"2023-02-29\"",
     "invalid_date"},
    {"datetime", "a_datetime", "\"2026-03-01T09:00:00+01:00\"",
     "\"2026-03-01T08:00:00.000Z\"", "\"2026-03-01 25:00\"",
     "invalid_datetime"},
    {"choice", "a_choice", "\"b\"", "\"b\"", "\"c\"", "unknown_option"},
    {"multichoice", "a_multichoice", "[\"y\",\"x\",\"y\"]", "[\"y\",\"x\"]",
     "[\"z\"]", "unknown_option"},
    {"ref", "a_ref", "\"@account\"", "\"@account\"", "\"nobody\"",
     "invalid_id"},
    {"anyref", "an_anyref", "{\"entity\":\"crm:account\",\"id\":\"@account\"}",
     "{\"entity\":\"crm:account\",\"id\":\"@account\"}",
     "{\"entity\":\"crm:deal\",\"id\":\"@account\"}", "wrong_entity"},
    {"user", "a_user", "\"@user\"", "\"@user\"", "true", "wrong_type"},
    {"autonumber", "an_autonumber", NULL, "\"T-2026-0001\"", "\"T-1\"",
     "readonly"},
    {"file", "a_file", NULL, "null", "\"x\"", "invalid_id"},
    {"status", "a_status", "\"one\"", "\"one\"", "\"three\"", "unknown_option"},
};

struct str every_type_filled(struct arena *a, const char *text,
                             const char *account, const char *user)
{
    const struct {
        const char *name;
        const char *id;
    } names[] = {{"@account", account}, {"@user", user}};
    struct str rest = str_c(text), out = STR("");
    size_t i;

    for (;;) {
        ptrdiff_t at = str_chr(rest, '@');

        for (i = 0; at >= 0 && i < 2; i++) {
            struct str tail = str_sub(rest, (size_t)at, rest.n);

            if (!str_starts(tail, str_c(names[i].name)))
                continue;
            out = str_fmt(a, "%.*s%.*s%s", STR_ARG(out),
                          STR_ARG(str_sub(rest, 0, (size_t)at)), names[i].id);
            rest = str_sub(tail, strlen(names[i].name), tail.n);
            break;
        }
        if (at < 0 || i == 2)
            break;
    }
    return str_fmt(a, "%.*s%.*s", STR_ARG(out), STR_ARG(rest));
}

const char *every_type_body(struct arena *a, const char *account,
                            const char *user)
{
    struct str body = STR("{");
    size_t i;

    for (i = 0; i < EVERY_TYPE_SAMPLES; i++) {
        const struct every_type *t = &EVERY_TYPE[i];

        if (t->good != NULL)
            body =
                str_fmt(a, "%.*s%s\"%s\":%.*s", STR_ARG(body),
                        body.n > 1 ? "," : "", t->field,
                        STR_ARG(every_type_filled(a, t->good, account, user)));
    }
    return str_cstr(a, str_fmt(a, "%.*s}", STR_ARG(body)));
}
