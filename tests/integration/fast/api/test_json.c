/* What is a JSON body and what is not, decided before anything is bound. */
#include "support/runtime/api_fixture.h"

/* 'y' well-formed (the answer is not 400), 'n' not. Of our own making, after
   the classes a parser gets wrong. */
static const struct {
    char kind;
    const char *text;
} BODIES[] = {
    {'y', "{}"},
    {'y', " {\t}\r\n"},
    {'y', "[]"},
    {'y', "null"},
    {'y', "true"},
    {'y', "\"text\""},
    {'y', "-0"},
    {'y', "1E+2"},
    {'y', "{\"name\":\"\\u0041\"}"},
    {'y', "{\"name\":\"\\ud834\\udd1e\"}"},
    {'y', "{\"name\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"}"},
    {'y', "{\"\":1}"},
    {'y', "{\"a\":{\"a\":{\"a\":1}}}"},
    {'y', "[1,2,[3,[4]]]"},
    {'y', "{\"name\":\"\xe2\x82\xac\"}"},
    {'y', "{\"name\":\"\xf4\x8f\xbf\xbf\"}"},
    {'y', "{\"name\":\"\x7f\"}"},
    {'y', "{\"staff\":0}"},
    {'y', "{\"staff\":-1}"},
    {'y', "{\"staff\":0.5e1}"},
    {'n', "{"},
    {'n', "}"},
    {'n', "{]"},
    {'n', "[1"},
    {'n', "[1,]"},
    {'n', "[,1]"},
    {'n', "[1 2]"},
    {'n', "{\"a\"}"},
    {'n', "{\"a\":}"},
    {'n', "{\"a\":1,}"},
    {'n', "{\"a\":1 \"b\":2}"},
    {'n', "{a:1}"},
    {'n', "{'a':1}"},
    {'n', "{\"a\":1}}"},
    {'n', "{} {}"},
    {'n', "{}x"},
    {'n', "{}#"},
    {'n', "{/* */}"},
    {'n', "{\"a\":01}"},
    {'n', "{\"a\":1.}"},
    {'n', "{\"a\":.5}"},
    {'n', "{\"a\":+1}"},
    {'n', "{\"a\":1e}"},
    {'n', "{\"a\":0x1}"},
    {'n', "{\"a\":NaN}"},
    {'n', "{\"a\":Infinity}"},
    {'n', "{\"a\":True}"},
    {'n', "{\"a\":nul}"},
    {'n', "{\"a\":\"x}"},
    {'n', "{\"a\":\"\\x\"}"},
    {'n', "{\"a\":\"\\u12\"}"},
    {'n', "{\"a\":\"\\ud834\"}"},
    {'n', "{\"a\":\"\\udd1e\\ud834\"}"},
    {'n', "{\"a\":\"\n\"}"},
    {'n', "{\"a\":\"\t\"}"},
    {'n', "{\"a\":\"\x80\"}"},
    {'n', "{\"a\":\"\xc0\xaf\"}"},
    {'n', "{\"a\":\"\xed\xa0\x80\"}"},
    {'n', "{\"a\":\"\xf5\x80\x80\x80\"}"},
    {'n', "\xef\xbb\xbf{}"},
    {'n', "{\"a\":1,\"a\":1}"},
    {'n', "{\"b\":{\"a\":1,\"\\u0061\":2}}"},
    {'n', " "},
};

TEST(json, a_body_is_strict_json_or_400)
{
    size_t i;

    for (i = 0; i < sizeof BODIES / sizeof *BODIES; i++) {
        struct fix *f = fix();
        int status = call(f, ADMIN, "PATCH", "/api/v1/shop/account/00000000001",
                          NULL, BODIES[i].text);
        bool is_syntax = status == 400;

        if (is_syntax != (BODIES[i].kind == 'n') ||
            (is_syntax && strcmp(at(f, "error.code"), "E_SYNTAX") != 0) ||
            (!is_syntax && status != 404 && status != 422))
            test_fail(__FILE__, __LINE__, "%s answered %d: %s", BODIES[i].text,
                      status, body_text(f));
    }
}

TEST(json, deep_nesting_is_a_limit_not_a_crash)
{
    static char deep[20000];
    struct fix *f = fix();

    memset(deep, '[', sizeof deep);
    CHECK_STATUS(call_bytes(f, ADMIN, "POST", "/api/v1/shop/account", NULL,
                            str_of(deep, sizeof deep)),
                 422);
    CHECK_CSTR(at(f, "error.code"), "E_LIMIT");
}
