/* json: what is written reads back the same, and misuse is told. */
#include "base/json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "support/test.h"

enum { ROOMY = 1 << 20 };

struct out {
    struct buf b;
    struct json_w w;
};

static void start(struct out *o)
{
    buf_init(&o->b, ROOMY);
    json_w_init(&o->w, &o->b);
}

static void done(struct out *o, const char *want)
{
    struct err err = ERR_INIT;

    CHECK_RC(json_w_finish(&o->w, &err), RC_OK);
    CHECK_STR(buf_view(&o->b), want);
    buf_release(&o->b);
}

static void misused(struct out *o)
{
    struct err err = ERR_INIT;

    CHECK_RC(json_w_finish(&o->w, &err), RC_BUG);
    CHECK(err.text[0]);
    buf_release(&o->b);
}

TEST(json_write, puts_commas_where_they_belong)
{
    struct out o;

    start(&o);
    json_obj_begin(&o.w);
    json_kv(&o.w, "name", STR("Renewal"));
    json_kv_i64(&o.w, "rev", 3);
    json_kv_bool(&o.w, "won", false);
    json_k(&o.w, "tags");
    json_arr_begin(&o.w);
    json_w_str(&o.w, STR("a"));
    json_w_null(&o.w);
    json_arr_begin(&o.w);
    json_arr_end(&o.w);
    json_obj_begin(&o.w);
    json_obj_end(&o.w);
    json_w_bool(&o.w, true);
    json_arr_end(&o.w);
    json_k(&o.w, "raw");
    json_w_raw(&o.w, STR("[1]"));
    json_kv_i64(&o.w, "last", INT64_MIN);
    json_obj_end(&o.w);
    done(&o,
         "{\"name\":\"Renewal\",\"rev\":3,\"won\":false,\"tags\":"
         "[\"a\",null,[],{},true],\"raw\":[1],\"last\":-9223372036854775808}");
}

TEST(json_write, ids_and_exact_numbers_are_texts)
{
    struct out o;

    start(&o);
    json_arr_begin(&o.w);
    json_w_id(&o.w, 1);
    json_w_id(&o.w, 0);
    json_w_dec(&o.w, 1250, 2);
    json_w_dec(&o.w, -5, 3);
    json_arr_end(&o.w);
    done(&o, "[\"00000000001\",null,\"12.50\",\"-0.005\"]");
    start(&o);
    json_obj_begin(&o.w);
    json_kv_id(&o.w, "id", 31);
    json_obj_end(&o.w);
    done(&o, "{\"id\":\"0000000000z\"}");
}

TEST(json_write, reals_have_the_fewest_digits_that_read_back)
{
    static const struct {
        double v;
        const char *text;
    } CASES[] = {{0.1, "0.1"},
                 {3.0, "3.0"},
                 {-0.0, "-0.0"},
                 {1e300, "1e+300"},
                 {0.1 + 0.2, "0.30000000000000004"},
                 {1e15, "1e+15"},
                 {123456.75, "123456.75"},
                 {5e-324, "4.94065645841247e-324"},
                 {NAN, "null"},
                 {INFINITY, "null"},
                 {-INFINITY, "null"}};
    struct out o;
    size_t i;

    for (i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        start(&o);
        json_w_f64(&o.w, CASES[i].v);
        if (isfinite(CASES[i].v))
            CHECK(strtod(CASES[i].text, NULL) == CASES[i].v);
        done(&o, CASES[i].text);
    }
}

TEST(json_write, escapes_what_json_needs_and_nothing_else)
{
    struct out o;

    start(&o);
    json_w_str(&o.w, STR("\" \\ / \b\f\n\r\t \x01\x1F\x7F </script> "
                         "\xE2\x80\xA8 \xF0\x9F\x98\x80"));
    done(&o, "\"\\\" \\\\ / \\b\\f\\n\\r\\t \\u0001\\u001f\x7F </script> "
             "\xE2\x80\xA8 \xF0\x9F\x98\x80\"");
    start(&o);
    json_w_str(&o.w, STR("a\0b"));
    done(&o, "\"a\\u0000b\"");
    start(&o);
    json_w_str(&o.w, STR_NONE);
    done(&o, "\"\"");
}

/* Every byte at every place of words around the eight that are looked at. */
TEST(json_write, every_byte_is_escaped_at_every_place)
{
    char text[24], want[64], name[8];
    size_t n, at;
    int c;

    for (c = 0; c < 0x80; c++) {
        const char *escape = name;

        if (c == '"' || c == '\\')
            snprintf(name, sizeof name, "\\%c", c);
        else if (c < ' ')
            snprintf(name, sizeof name, "\\u%04x", (unsigned)c);
        else
            snprintf(name, sizeof name, "%c", c);
        if (c >= '\b' && c <= '\r' && c != '\v')
            snprintf(name, sizeof name, "\\%c", "btn\vfr"[c - '\b']);
        for (n = 1; n <= 20; n++)
            for (at = 0; at < n; at++) {
                struct out o;

                memset(text, 'x', sizeof text);
                text[at] = (char)c;
                snprintf(want, sizeof want, "\"%.*s%s%.*s\"", (int)at,
                         "xxxxxxxxxxxxxxxxxxxx", escape, (int)(n - at - 1),
                         "xxxxxxxxxxxxxxxxxxxx");
                start(&o);
                json_w_str(&o.w, str_of(text, n));
                done(&o, want);
            }
    }
}

TEST(json_write, keys_are_escaped_too)
{
    struct out o;

    start(&o);
    json_obj_begin(&o.w);
    json_kv_i64(&o.w, "a\"b\n", 1);
    json_kv_i64(&o.w, "", 2);
    json_obj_end(&o.w);
    done(&o, "{\"a\\\"b\\n\":1,\"\":2}");
}

TEST(json_write, appends_to_what_the_buf_already_holds)
{
    struct out o;

    start(&o);
    buf_adds(&o.b, "data: ");
    json_w_i64(&o.w, 1);
    done(&o, "data: 1");
}

TEST(json_write, misuse_is_a_bug_of_ours_and_writes_no_more)
{
    struct out o;

    start(&o); /* nothing written */
    misused(&o);
    start(&o); /* two roots */
    json_w_i64(&o.w, 1);
    json_w_i64(&o.w, 2);
    json_arr_begin(&o.w);
    json_k(&o.w, "a");
    json_w_str(&o.w, STR("x"));
    json_arr_end(&o.w);
    CHECK_STR(buf_view(&o.b), "1");
    misused(&o);
    start(&o); /* left open */
    json_arr_begin(&o.w);
    misused(&o);
    start(&o); /* closed as the other kind */
    json_arr_begin(&o.w);
    json_obj_end(&o.w);
    misused(&o);
    start(&o); /* closed once too often */
    json_arr_begin(&o.w);
    json_arr_end(&o.w);
    json_arr_end(&o.w);
    misused(&o);
    start(&o); /* a value without key */
    json_obj_begin(&o.w);
    json_w_i64(&o.w, 1);
    misused(&o);
    start(&o); /* a key without value */
    json_obj_begin(&o.w);
    json_k(&o.w, "a");
    json_obj_end(&o.w);
    misused(&o);
    start(&o); /* two keys */
    json_obj_begin(&o.w);
    json_k(&o.w, "a");
    json_k(&o.w, "b");
    misused(&o);
    start(&o); /* a key in a list, and at the root */
    json_arr_begin(&o.w);
    json_k(&o.w, "a");
    misused(&o);
    start(&o);
    json_k(&o.w, "a");
    misused(&o);
    start(&o); /* raw that is nothing */
    json_w_raw(&o.w, STR_NONE);
    misused(&o);
}

TEST(json_write, sixty_four_levels_are_written_and_one_more_is_a_limit)
{
    struct out o;
    int i;

    start(&o);
    for (i = 0; i < JSON_MAX_DEPTH; i++) {
        if (i % 2) {
            json_obj_begin(&o.w);
            json_k(&o.w, "k");
        } else {
            json_arr_begin(&o.w);
            json_w_i64(&o.w, i);
        }
    }
    json_w_null(&o.w);
    for (i = JSON_MAX_DEPTH; i-- > 0;) {
        if (i % 2)
            json_obj_end(&o.w);
        else
            json_arr_end(&o.w);
    }
    CHECK_RC(json_w_finish(&o.w, NULL), RC_OK);
    buf_release(&o.b);

    start(&o);
    for (i = 0; i < JSON_MAX_DEPTH + 1; i++)
        json_arr_begin(&o.w);
    for (i = 0; i < JSON_MAX_DEPTH + 1; i++)
        json_arr_end(&o.w);
    CHECK_RC(json_w_finish(&o.w, NULL), RC_LIMIT);
    buf_release(&o.b);
}

/* A call reserves a little more than it writes. */
enum { SLACK = STR_I64_BYTES + 1 };

TEST(json_write, the_ceiling_of_the_buf_is_a_limit)
{
    static const char WHOLE[] = "{\"key\":\"te\\\"xt\",\"n\":1}";
    size_t ceiling;

    for (ceiling = 0; ceiling < 60; ceiling++) {
        struct buf b;
        struct json_w w;
        struct err err = ERR_INIT;
        enum rc rc;

        buf_init(&b, ceiling);
        json_w_init(&w, &b);
        json_obj_begin(&w);
        json_kv(&w, "key", STR("te\"xt"));
        json_kv_i64(&w, "n", 1);
        json_obj_end(&w);
        rc = json_w_finish(&w, &err);
        CHECK_RC(rc, ceiling < sizeof WHOLE - 1 + SLACK ? rc : RC_OK);
        CHECK_RC(rc, ceiling < sizeof WHOLE - 1 ? RC_LIMIT : rc);
        CHECK(b.n <= ceiling);
        buf_release(&b);
    }
}

TEST(json_write, a_tree_is_written_as_it_was_read)
{
    static const char TREE[] =
        "{\"a\":[1,-2.50,1E-400,true,false,null,\"t\\n\"],"
        "\"b\":{\"c\":[[],{}]},\"d\":123456789012345678901234567890}";
    struct arena a;
    struct out o;
    const struct json *v = NULL;

    arena_init(&a, ROOMY);
    CHECK_RC(json_parse(STR(TREE), &a, &v, NULL), RC_OK);
    start(&o);
    json_w_tree(&o.w, v);
    done(&o, TREE);
    arena_release(&a);
}

TEST(json_write, a_real_of_our_own_needs_no_text)
{
    struct json v = {.kind = JSON_REAL, .u.real.f = 2.5};
    struct out o;

    start(&o);
    json_w_tree(&o.w, &v);
    done(&o, "2.5");
}

TEST(json_write, survives_any_failed_allocation)
{
    WITH_EACH_ALLOC_FAILING (i) {
        struct buf b;
        struct json_w w;
        enum rc rc;
        int n;

        buf_init(&b, ROOMY);
        json_w_init(&w, &b);
        json_arr_begin(&w);
        for (n = 0; n < 200; n++)
            json_w_str(&w, STR("some \"text\" that grows"));
        json_arr_end(&w);
        rc = json_w_finish(&w, NULL);
        CHECK(rc == RC_OK || rc == RC_NOMEM);
        buf_release(&b);
    }
}
