/* Values: every type in and out, in all forms that are read. */
#include "contract.h"

static const struct {
    const char *field, *in, *out;
} ROWS[] = {
    {"name", "\"won\"", "won"},
    {"name", "\" byte for byte \\u00e9 e\\u0301 \\n\\t\"",
     " byte for byte \xc3\xa9 e\xcc\x81 \n\t"},
    {"name", "\"\"", "null"},
    {"name", "null", "null"},
    {"note", "\"line\\nline\"", "line\nline"},
    {"mail", "\"ann@example.com\"", "ann@example.com"},
    {"web", "\"https://example.com/a?b=c\"", "https://example.com/a?b=c"},
    {"size", "\"large\"", "large"},
    {"size", "\"\"", "null"},
    {"pieces", "42", "42"},
    {"pieces", "-9007199254740991", "-9007199254740991"},
    {"pieces", "9007199254740991", "9007199254740991"},
    {"weight", "\"12.50\"", "12.50"},
    {"weight", "12.5", "12.50"},
    {"weight", "12", "12.00"},
    {"weight", "\"-0.01\"", "-0.01"},
    {"rebate", "\"12.50\"", "12.50"},
    {"rebate", "12.5", "12.50"},
    {"insured", "true", "true"},
    {"insured", "false", "false"},
    {"price", "{\"amount\":\"1200.00\",\"currency\":\"EUR\"}",
     "{\"amount\":\"1200.00\",\"currency\":\"EUR\"}"},
    {"price", "\"1200.00\"", "{\"amount\":\"1200.00\",\"currency\":\"EUR\"}"},
    {"price", "\"1200.00 USD\"",
     "{\"amount\":\"1200.00\",\"currency\":\"USD\"}"},
    {"price", "\"1200 JPY\"", "{\"amount\":\"1200\",\"currency\":\"JPY\"}"},
    {"price", "null", "null"},
    {"day", "\"2026-03-01\"", "2026-03-01"},
    {"day", "\"0001-01-01\"", "0001-01-01"},
    {"at", "\"2026-03-01T08:00:00.000Z\"", "2026-03-01T08:00:00.000Z"},
    {"at", "\"2026-03-01T08:00:00Z\"", "2026-03-01T08:00:00.000Z"},
    {"at", "\"2026-03-01T09:00:00+01:00\"", "2026-03-01T08:00:00.000Z"},
    {"at", "\"2026-02-28T20:30:00.5-11:30\"", "2026-03-01T08:00:00.500Z"},
    {"extras", "[\"seat\",\"roof\"]", "[\"seat\",\"roof\"]"},
    {"extras", "[]", "null"},
    {"words", "[\"new\",\"a\"]", "[\"new\",\"a\"]"},
    {"asset", "\"\"", "null"},
};

TEST(values, every_type_is_read_in_all_its_forms_and_answered_in_one)
{
    struct fix *f = contract();
    size_t i;

    for (i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        CHECK_STATUS(call(f, ADMIN, "POST", RENTAL, NULL,
                          text(f, "{\"%s\":%s}", ROWS[i].field, ROWS[i].in)),
                     201);
        if (strcmp(at(f, ROWS[i].field), ROWS[i].out) != 0)
            test_fail(__FILE__, __LINE__, "%s %s came back as %s",
                      ROWS[i].field, ROWS[i].in, at(f, ROWS[i].field));
        /* as it was answered it may be sent again, and nothing changes */
        CHECK_STATUS(call(f, ADMIN, "PATCH",
                          text(f, "%s/%s", RENTAL, at(f, "id")), NULL,
                          body_text(f)),
                     200);
        CHECK_CSTR(at(f, "rev"), "1");
    }
}

TEST(values, exact_numbers_come_as_strings_and_counts_as_numbers)
{
    struct fix *f = contract();

    make(f, RENTAL, "{\"pieces\":7,\"weight\":1.1,\"rebate\":5}");
    CHECK_HAS(body_text(f), "\"pieces\":7,");
    CHECK_HAS(body_text(f), "\"weight\":\"1.10\"");
    CHECK_HAS(body_text(f), "\"rebate\":\"5.00\"");
}

TEST(values, links_are_ids_and_an_anyref_names_its_entity)
{
    struct fix *f = contract();
    const char *asset = make(f, ASSET, "{\"name\":\"target\"}");
    const char *user = text(f, "%s", "");

    get(f, "/api/v1/session");
    user = at(f, "user.id");
    make(f, RENTAL,
         text(f,
              "{\"asset\":\"%s\",\"clerk\":\"%s\",\"about\":{\"entity\":"
              "\"acme.rental:asset\",\"id\":\"%s\"}}",
              asset, user, asset));
    CHECK_CSTR(at(f, "asset"), asset);
    CHECK_CSTR(at(f, "clerk"), user);
    CHECK_CSTR(
        at(f, "about"),
        text(f, "{\"entity\":\"acme.rental:asset\",\"id\":\"%s\"}", asset));
    CHECK_STATUS(call(f, ADMIN, "POST", RENTAL, NULL,
                      text(f,
                           "{\"about\":{\"entity\":\"shop:deal\",\"id\":"
                           "\"%s\"}}",
                           asset)),
                 422);
}

TEST(values, several_options_are_replaced_whole)
{
    struct fix *f = contract();
    const char *one =
        text(f, "%s/%s", RENTAL, make(f, RENTAL, "{\"extras\":[\"roof\"]}"));

    patch(f, one, "{\"extras\":[\"seat\"]}");
    CHECK_CSTR(at(f, "extras"), "[\"seat\"]");
    patch(f, one, "{\"extras\":null}");
    CHECK_CSTR(at(f, "extras"), "null");
}

TEST(values, a_file_is_written_as_id_and_answered_with_its_facts)
{
    struct fix *f = contract();
    const char *id;

    CHECK_STATUS(call(f, ADMIN, "POST",
                      "/api/v1/files?name=a.pdf&type=application/pdf", BYTES,
                      "%PDF"),
                 201);
    id = at(f, "id");
    make(f, RENTAL, text(f, "{\"paper\":\"%s\"}", id));
    CHECK_CSTR(at(f, "paper"),
               text(f,
                    "{\"id\":\"%s\",\"name\":\"a.pdf\",\"size\":4,\"type\":"
                    "\"application/pdf\"}",
                    id));
}

TEST(values, u0000_is_422_and_invalid_utf8_400)
{
    static const char *const NOT_UTF8[] = {"\xff", "\xc0\x80", "\xed\xa0\x80",
                                           "\xf4\x90\x80\x80", "\xe2\x82"};
    struct fix *f = contract();
    size_t i;

    CHECK_STATUS(
        call(f, ADMIN, "POST", RENTAL, NULL, "{\"name\":\"a\\u0000b\"}"), 422);
    CHECK_CSTR(at(f, "error.code"), "E_VALIDATION");
    for (i = 0; i < sizeof NOT_UTF8 / sizeof *NOT_UTF8; i++) {
        CHECK_STATUS(call(f, ADMIN, "POST", RENTAL, NULL,
                          text(f, "{\"name\":\"%s\"}", NOT_UTF8[i])),
                     400);
        CHECK_CSTR(at(f, "error.code"), "E_SYNTAX");
    }
    CHECK_STATUS(call(f, ADMIN, "POST", RENTAL, NULL, "{\"name\":\"\\ud800\"}"),
                 400);
    CHECK_STATUS(
        call(f, ADMIN, "GET", RENTAL "?filter=name%3D'%ff'", NULL, NULL), 400);
}

TEST(values, what_a_type_does_not_take_is_422_under_its_name)
{
    static const struct {
        const char *field, *value;
    } BAD[] = {{"name", "7"},
               {"name", "true"},
               {"name", "[\"x\"]"},
               {"pieces", "\"x\""},
               {"pieces", "1.5"},
               {"pieces", "9007199254740992"},
               {"weight", "\"1.234\""},
               {"weight", "1.234"},
               {"weight", "\"x\""},
               {"price", "\"12.345\""},
               {"price", "\"12 XXXX\""},
               {"price", "{\"amount\":\"1\",\"x\":1}"},
               {"insured", "\"yes\""},
               {"insured", "1"},
               {"day", "\"2026-02-30\""},
               {"day", "\"1.3.2026\""},
               {"day", "20260301"},
               {"at", "\"2026-03-01T09:00:00\""},
               {"size", "\"medium\""},
               {"extras", "\"roof\""},
               {"extras", "[\"none\"]"},
               {"extras", "[1]"},
               {"asset", "\"not-an-id\""},
               {"asset", "\"00000000001\""},
               {"about", "\"00000000001\""},
               {"mail", "\"nobody\""},
               {"paper", "\"00000000001\""},
               {"number", "\"R-1\""}};
    struct fix *f = contract();
    size_t i;

    for (i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        int status = call(f, ADMIN, "POST", RENTAL, NULL,
                          text(f, "{\"%s\":%s}", BAD[i].field, BAD[i].value));

        if (status != 422 || strncmp(at(f, "error.issues.0.path"), BAD[i].field,
                                     strlen(BAD[i].field)) != 0)
            test_fail(__FILE__, __LINE__, "%s %s: %d %s", BAD[i].field,
                      BAD[i].value, status, body_text(f));
    }
}
