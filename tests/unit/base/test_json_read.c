/* json: what is read, what is refused and how it is told. */
#include "base/json.h"

#include "base/arena.h"
#include "support/test.h"

struct in {
    struct arena a;
    const struct json *v;
    struct err err;
    enum rc rc;
};

static struct in read_n(const char *p, size_t n)
{
    struct in in = {.err = ERR_INIT};

    arena_init(&in.a, 64 << 20);
    in.rc = json_parse(str_of(p, n), &in.a, &in.v, &in.err);
    CHECK(in.rc == in.err.rc);
    CHECK((in.rc == RC_OK) == (in.v != NULL));
    return in;
}

static struct in read_text(const char *text)
{
    return read_n(text, strlen(text));
}

static void refused(const char *text, enum rc want, const char *words)
{
    struct in in = read_text(text);

    CHECK_RC(in.rc, want);
    CHECK_HAS(in.err.text, words);
    arena_release(&in.a);
}

TEST(json_read, any_value_may_be_the_root)
{
    static const struct {
        const char *text;
        enum json_kind kind;
    } CASES[] = {{"null", JSON_NULL}, {" true ", JSON_BOOL}, {"-7", JSON_INT},
                 {"0.5", JSON_REAL},  {"\"x\"", JSON_STR},   {"[]", JSON_ARRAY},
                 {"{}", JSON_OBJECT}};
    size_t i;

    for (i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        struct in in = read_text(CASES[i].text);

        CHECK_RC(in.rc, RC_OK);
        CHECK(in.v->kind == CASES[i].kind);
        arena_release(&in.a);
    }
}

TEST(json_read, a_record_comes_in_the_order_of_its_text)
{
    char text[] = "{\"z\":1,\"a\":[true,null,\"t\\u00e9xt\"],\"m\":{\"n\":-2}}";
    struct in in = read_text(text);
    const struct json *list;

    CHECK_RC(in.rc, RC_OK);
    memset(text, '!', sizeof text - 1); /* nothing is borrowed */
    CHECK(in.v->u.object.n == 3);
    CHECK_STR(in.v->u.object.v[0].key, "z");
    CHECK_STR(in.v->u.object.v[1].key, "a");
    CHECK_STR(in.v->u.object.v[2].key, "m");
    list = json_at(in.v, "a");
    CHECK(list->u.array.n == 3);
    CHECK(list->u.array.v[0].u.b);
    CHECK(list->u.array.v[1].kind == JSON_NULL);
    CHECK_STR(json_str(&list->u.array.v[2], STR("?")), "t\xC3\xA9xt");
    CHECK_I64(json_at(json_at(in.v, "m"), "n")->u.i, -2);
    arena_release(&in.a);
}

TEST(json_read, numbers_keep_the_digits_they_were_written_with)
{
    struct in in =
        read_text("{\"1\":[1234567890123456.78, "
                  "12.50],\"x2\\\"3\":1E+2,\"s\":\"-4\",\"n\":-0.0,"
                  "\"i\":9223372036854775807,\"j\":-9223372036854775808,"
                  "\"k\":9223372036854775808,\"z\":-0}");
    const struct json *list;

    CHECK_RC(in.rc, RC_OK);
    list = json_at(in.v, "1");
    CHECK_STR(list->u.array.v[0].u.real.text, "1234567890123456.78");
    CHECK_STR(list->u.array.v[1].u.real.text, "12.50");
    CHECK(list->u.array.v[1].u.real.f == 12.5);
    CHECK_STR(json_at(in.v, "x2\"3")->u.real.text, "1E+2");
    CHECK(json_at(in.v, "x2\"3")->u.real.f == 100.0);
    CHECK_STR(json_at(in.v, "n")->u.real.text, "-0.0");
    CHECK_I64(json_at(in.v, "i")->u.i, INT64_MAX);
    CHECK_I64(json_at(in.v, "j")->u.i, INT64_MIN);
    CHECK(json_at(in.v, "k")->kind == JSON_REAL);
    CHECK_STR(json_at(in.v, "k")->u.real.text, "9223372036854775808");
    CHECK(json_at(in.v, "z")->kind == JSON_INT);
    arena_release(&in.a);
}

TEST(json_read, malformed_text_is_told_with_its_place)
{
    static const char *const BAD[] = {
        "[1,]",
        "{\"a\":1,}",
        "{a:1}",
        "[01]",
        "[1.]",
        "[.5]",
        "[+1]",
        "[1e]",
        "nul",
        "'x'",
        "[\"\t\"]",
        "[\"\\x\"]",
        "[1 2]",
        "{\"a\" 1}",
        "[NaN]",
        "[Infinity]",
        "// no\n1",
        "[\"\\ud800\"]",
        "\xEF\xBB\xBF[]",
        "[\"\\u12\"]",
        "[-]",
        "}",
        "{\"a\"}",
        "[1}",
    };
    size_t i;

    for (i = 0; i < sizeof BAD / sizeof *BAD; i++)
        refused(BAD[i], RC_SYNTAX, " at line 1, column ");
    refused("{\n  \"a\": tru\n}", RC_SYNTAX, "line 2");
}

TEST(json_read, a_text_that_ends_too_early_or_goes_on_is_told_so)
{
    refused("", RC_SYNTAX, "JSON");
    refused("  ", RC_SYNTAX, "JSON");
    refused("[", RC_SYNTAX, "ends too early");
    refused("{\"a\":", RC_SYNTAX, "ends too early");
    refused("\"abc", RC_SYNTAX, "ends too early");
    refused("[] []", RC_SYNTAX, "goes on after");
    refused("1 x", RC_SYNTAX, "goes on after");
}

TEST(json_read, nothing_at_all_is_refused)
{
    struct in in = read_n(NULL, 0);

    CHECK_RC(in.rc, RC_SYNTAX);
    arena_release(&in.a);
}

TEST(json_read, a_key_given_twice_is_refused_at_any_depth)
{
    refused("{\"a\":1,\"a\":1}", RC_SYNTAX, "same key twice");
    refused("[{\"b\":{\"a\":1,\"\\u0061\":2}}]", RC_SYNTAX, "same key twice");
}

TEST(json_read, invalid_utf8_is_refused_and_not_echoed)
{
    static const char *const BAD[] = {"\"\xFF\"",
                                      "\"\xC3\"",
                                      "\"\xED\xA0\x80\"",
                                      "\"\xC0\x80\"",
                                      "\"\xF5\x80\x80\x80\"",
                                      "{\"\xE2\x82\":1}"};
    size_t i, j;

    for (i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        struct in in = read_text(BAD[i]);

        CHECK_RC(in.rc, RC_SYNTAX);
        CHECK_HAS(in.err.text, "UTF-8");
        for (j = 0; in.err.text[j]; j++)
            CHECK((in.err.text[j] & 0x80) == 0);
        arena_release(&in.a);
    }
}

TEST(json_read, u0000_is_invalid_in_texts_and_keys_and_malformed_outside)
{
    struct in in;

    refused("[\"a\\u0000b\"]", RC_INVALID, "U+0000");
    refused("{\"a\\u0000\":1}", RC_INVALID, "U+0000");
    in = read_n("[\"a\0b\"]", 7);
    CHECK_RC(in.rc, RC_SYNTAX);
    arena_release(&in.a);
    in = read_n("[]\0", 3);
    CHECK_RC(in.rc, RC_SYNTAX);
    arena_release(&in.a);
    /* behind a number jansson would read on as if it were not there */
    in = read_n("12\0", 3);
    CHECK_RC(in.rc, RC_SYNTAX);
    arena_release(&in.a);
    in = read_n("[\n1\0,2]", 7);
    CHECK_RC(in.rc, RC_SYNTAX);
    CHECK_HAS(in.err.text, "line 2, column 2");
    arena_release(&in.a);
}

TEST(json_read, a_number_no_double_holds_is_invalid)
{
    static char digits[1000];

    refused("[1e400]", RC_INVALID, "too large");
    refused("-1E+999999999999", RC_INVALID, "too large");
    memset(digits, '9', sizeof digits - 1);
    refused(digits, RC_INVALID, "too large");
}

TEST(json_read, a_number_that_vanishes_is_zero_with_its_digits)
{
    struct in in = read_text("1e-400");

    CHECK_RC(in.rc, RC_OK);
    CHECK(in.v->u.real.f == 0.0);
    CHECK_STR(in.v->u.real.text, "1e-400");
    arena_release(&in.a);
}

static enum rc nested(int depth, const char *open, const char *close)
{
    struct buf b;
    struct arena a;
    const struct json *v = NULL;
    enum rc rc;
    int i;

    arena_init(&a, 64 << 20);
    buf_init(&b, 16 << 20);
    for (i = 0; i < depth; i++)
        buf_adds(&b, open);
    buf_adds(&b, "1");
    for (i = 0; i < depth; i++)
        buf_adds(&b, close);
    rc = json_parse(buf_view(&b), &a, &v, NULL);
    CHECK((rc == RC_OK) == (v != NULL));
    buf_release(&b);
    arena_release(&a);
    return rc;
}

TEST(json_read, nesting_is_bounded)
{
    CHECK_RC(nested(JSON_MAX_DEPTH, "[", "]"), RC_OK);
    CHECK_RC(nested(JSON_MAX_DEPTH + 1, "[", "]"), RC_LIMIT);
    CHECK_RC(nested(JSON_MAX_DEPTH, "{\"a\":", "}"), RC_OK);
    CHECK_RC(nested(JSON_MAX_DEPTH + 1, "{\"a\":", "}"), RC_LIMIT);
    CHECK_RC(nested(2000, "[", "]"), RC_LIMIT);
    CHECK_RC(nested(100000, "[", "]"), RC_LIMIT);
}

TEST(json_read, finds_members_of_objects_only)
{
    struct in in = read_text("{\"a\":\"x\",\"\":2}");

    CHECK_STR(json_str(json_at(in.v, "a"), STR("?")), "x");
    CHECK_I64(json_at(in.v, "")->u.i, 2);
    CHECK(json_at(in.v, "b") == NULL);
    CHECK(json_at(NULL, "a") == NULL);
    CHECK(json_at(json_at(in.v, "a"), "a") == NULL);
    CHECK_STR(json_str(json_at(in.v, ""), STR("?")), "?");
    CHECK_STR(json_str(NULL, STR("?")), "?");
    arena_release(&in.a);
}

static const char WHOLE[] =
    "{\"mode\":\"atomic\",\"requests\":[{\"n\":1.50,\"big\":"
    "99999999999999999999},"
    "[],{},null,false,\"a longer text \\u00e9 with an escape\"]}";

TEST(json_read, an_arena_too_small_is_nomem)
{
    size_t ceiling;
    enum rc rc = RC_NOMEM;

    for (ceiling = 0; rc != RC_OK; ceiling += 16) {
        struct arena a;
        const struct json *v = NULL;

        CHECK(ceiling < 4096);
        arena_init(&a, ceiling);
        rc = json_parse(STR(WHOLE), &a, &v, NULL);
        CHECK(rc == RC_OK || rc == RC_NOMEM);
        CHECK((rc == RC_OK) == (v != NULL));
        arena_release(&a);
    }
}

/* What fits the arena as ours must not fail for what jansson takes beside it. */
TEST(json_read, the_nodes_beside_ours_do_not_decide)
{
    static const char *const PIECES[] = {"{}",
                                         "[]",
                                         "0",
                                         "1.5",
                                         "\"\"",
                                         "{\"a\":0}",
                                         "[[[{\"k\":{}}]]]",
                                         "\"a text of some length\""};
    size_t i, k;

    for (i = 0; i < sizeof PIECES / sizeof *PIECES; i++) {
        struct buf b;
        struct arena a;
        const struct json *v = NULL;
        size_t need;

        buf_init(&b, 1 << 20);
        buf_addc(&b, '[');
        for (k = 0; k < 5000; k++)
            buf_addf(&b, k ? ",%s" : "%s", PIECES[i]);
        buf_addc(&b, ']');
        arena_init(&a, 64 << 20);
        CHECK_RC(json_parse(buf_view(&b), &a, &v, NULL), RC_OK);
        need = a.used;
        arena_release(&a);
        arena_init(&a, need);
        CHECK_RC(json_parse(buf_view(&b), &a, &v, NULL), RC_OK);
        arena_release(&a);
        arena_init(&a, need / 40); /* stopped long before all is parsed */
        CHECK_RC(json_parse(buf_view(&b), &a, &v, NULL), RC_NOMEM);
        CHECK(a.used == 0);
        arena_release(&a);
        buf_release(&b);
    }
}

TEST(json_read, survives_any_failed_allocation)
{
    WITH_EACH_ALLOC_FAILING (i) {
        struct arena a;
        const struct json *v = NULL;
        struct err err = ERR_INIT;
        enum rc rc;

        arena_init(&a, 1 << 20);
        rc = json_parse(STR(WHOLE), &a, &v, &err);
        CHECK(rc == RC_OK || rc == RC_NOMEM);
        CHECK((rc == RC_OK) == (v != NULL));
        CHECK(rc == RC_OK || strstr(err.text, "memory"));
        arena_release(&a);
    }
}

TEST(json_read, a_failed_allocation_does_not_pass_for_bad_syntax)
{
    WITH_EACH_ALLOC_FAILING (i) {
        struct arena a;
        const struct json *v = NULL;
        enum rc rc;

        arena_init(&a, 1 << 20);
        rc = json_parse(STR("{\"a\":[1,\"x\"],}"), &a, &v, NULL);
        CHECK(rc == RC_SYNTAX || rc == RC_NOMEM);
        arena_release(&a);
    }
}
