/* Values and messages between the server and a worker that may lie. */
#include "base/arena.h"
#include "script/wire.h"
#include "test.h"

static const struct script_caps CAPS = {1 << 16, 1000};

static bool is_round(const struct script_value *v)
{
    struct arena a;
    struct buf b, again;
    struct script_value got;
    struct str in;
    bool same = false;

    arena_init(&a, 1 << 20);
    buf_init(&b, 1 << 20);
    buf_init(&again, 1 << 20);
    script_encode(&b, v);
    in = buf_view(&b);
    if (script_decode(&in, &CAPS, &a, &got, NULL) == RC_OK && in.n == 0) {
        script_encode(&again, &got);
        same = str_eq(buf_view(&b), buf_view(&again));
    }
    buf_release(&b);
    buf_release(&again);
    arena_release(&a);
    return same;
}

static enum rc decode(const char *bytes, size_t n)
{
    struct arena a;
    struct script_value v;
    struct str in = str_of(bytes, n);
    enum rc rc;

    arena_init(&a, 1 << 20);
    rc = script_decode(&in, &CAPS, &a, &v, NULL);
    if (rc == RC_OK && in.n > 0)
        rc = RC_INVALID;
    arena_release(&a);
    return rc;
}

TEST(wire, every_kind_of_value_comes_back_as_it_was)
{
    struct script_pair pairs[] = {
        {STR_INIT("b"), {.kind = SCRIPT_NULL}},
        {STR_INIT("a"), {.kind = SCRIPT_DATE, .u.i = 20000}}};
    struct script_value items[] = {
        SCRIPT_VALUE_NIL,
        script_bool(true),
        script_int(INT64_MIN),
        {.kind = SCRIPT_FLOAT, .u.f = -0.5},
        script_text(STR("z\xc3\xbc")),
        script_text(STR("")),
        {.kind = SCRIPT_DEC, .scale = 9, .u.i = -1},
        {.kind = SCRIPT_MONEY, .scale = 2, .cur = "EUR", .u.i = 1250},
        {.kind = SCRIPT_INSTANT, .u.i = 1772348400000},
        {.kind = SCRIPT_TIME, .u.i = 1439},
        {.kind = SCRIPT_DUR, .extra = -3, .u.i = 7},
        {.kind = SCRIPT_OBJECT, .extra = 4, .u.i = 77},
        {.kind = SCRIPT_MAP, .u.map = {pairs, 2}},
        {.kind = SCRIPT_LIST}};
    struct script_value list = {
        .kind = SCRIPT_LIST, .u.list = {items, sizeof items / sizeof items[0]}};

    for (size_t i = 0; i < list.u.list.n; i++)
        CHECK(is_round(&items[i]));
    CHECK(is_round(&list));
}

TEST(wire, no_prefix_of_a_value_is_a_value)
{
    struct script_pair pair = {STR_INIT("key"), script_text(STR("text"))};
    struct script_value map = {.kind = SCRIPT_MAP, .u.map = {&pair, 1}};
    struct buf b;

    buf_init(&b, 1 << 16);
    script_encode(&b, &map);
    CHECK_RC(decode(b.p, b.n), RC_OK);
    for (size_t n = 0; n < b.n; n++)
        CHECK_RC(decode(b.p, n), RC_INVALID);
    buf_addc(&b, 0);
    CHECK_RC(decode(b.p, b.n), RC_INVALID);
    buf_release(&b);
}

TEST(wire, what_no_script_can_mean_is_refused)
{
    static const struct {
        const char *bytes;
        size_t n;
    } BAD[] = {
        {"\x0f", 1},                      /* no such kind      */
        {"\x01\x02", 2},                  /* a third boolean   */
        {"\x03\0\0\0\0\0\0\xf0\x7f", 9},  /* infinity          */
        {"\x03\0\0\0\0\0\0\xf8\x7f", 9},  /* not a number      */
        {"\x04\x01\0\0\0\xff", 6},        /* no UTF-8          */
        {"\x04\x01\0\0\0\0", 6},          /* U+0000            */
        {"\x04\xff\xff\xff\xff", 5},      /* a length          */
        {"\x06\x0a\0\0\0\0\0\0\0\0", 10}, /* scale 10          */
        {"\x07\x02"
         "eur\0\0\0\0\0\0\0\0",
         13}, /* no currency       */
        {"\x07\x03"
         "EUR\0\0\0\0\0\0\0\0",
         13},                                        /* not its scale     */
        {"\x08\xff\xff\xff\xff\xff\xff\xff\x7f", 9}, /* a day             */
        {"\x0a\xa0\x05\0\0\0\0\0\0", 9},             /* 24:00             */
        {"\x0d\xff\xff\xff\xff\0\0", 7},             /* four billion nils */
        {"\x0e\x01\0\0\0\x01\0\0\0\0\0", 11},        /* a key with U+0000 */
    };

    for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++)
        CHECK_RC(decode(BAD[i].bytes, BAD[i].n), RC_INVALID);
}

TEST(wire, depth_nodes_and_bytes_have_a_ceiling)
{
    char deep[18 * 5 + 1];
    char wide[5 + 1000];
    struct arena a;
    struct script_value v;
    struct str in;
    struct script_caps small = {4, 10};

    memset(deep, 0, sizeof deep);
    for (size_t i = 0; i < 18; i++) {
        deep[i * 5] = SCRIPT_LIST;
        deep[i * 5 + 1] = 1;
    }
    CHECK_RC(decode(deep, sizeof deep), RC_LIMIT);
    CHECK_RC(decode(deep + 10, sizeof deep - 10), RC_OK);

    memset(wide, 0, sizeof wide);
    memcpy(wide, "\x0d\xe8\x03\0\0", 5);
    CHECK_RC(decode(wide, sizeof wide), RC_LIMIT); /* the list is a node too */
    wide[1] = (char)0xe7;
    CHECK_RC(decode(wide, sizeof wide - 1), RC_OK);

    arena_init(&a, 1 << 16);
    in = STR("\x02\0\0\0\0\0\0\0\0");
    CHECK(script_decode(&in, &small, &a, &v, NULL) != RC_OK);
    arena_release(&a);
}

TEST(wire, a_result_with_anything_wrong_in_it_is_refused)
{
    struct script_limits limits = script_limits_of(SCRIPT_RULE, 0);
    struct script_problem p = {.code = STR_INIT("E_SCRIPT"),
                               .message = STR_INIT("It failed."),
                               .file = STR_INIT("scoring"),
                               .line = 14};
    struct wire_result r;
    struct arena a;
    struct buf b;

    arena_init(&a, 1 << 20);
    buf_init(&b, 1 << 16);
    buf_addc(&b, 0);
    for (int i = 0; i < 5; i++)
        wire_put_i64(&b, 7);
    wire_put_problem(&b, &p);
    script_encode(&b, &SCRIPT_VALUE_NIL);
    CHECK_RC(wire_read_result(buf_view(&b), &limits, &a, &r, NULL), RC_OK);
    CHECK(!r.ok);
    CHECK_STR(r.problem.code, "E_SCRIPT");
    CHECK_I64(r.problem.line, 14);
    for (size_t n = 0; n < b.n; n++)
        CHECK_RC(wire_read_result(str_of(b.p, n), &limits, &a, &r, NULL),
                 RC_INVALID);
    b.p[41 + 4] = 'x'; /* the code */
    CHECK_RC(wire_read_result(buf_view(&b), &limits, &a, &r, NULL), RC_INVALID);
    b.p[41 + 4] = 'E';
    b.p[8] = (char)0x80; /* a negative usage */
    CHECK_RC(wire_read_result(buf_view(&b), &limits, &a, &r, NULL), RC_INVALID);
    buf_release(&b);
    arena_release(&a);
}

TEST(wire, a_run_survives_the_way_to_the_worker)
{
    struct script_source sources[] = {
        {STR_INIT("scoring"), STR_INIT("return {}")},
        {STR_INIT("acme.rental:pricing"), STR_INIT("")}};
    struct wire_run run = {.limits = script_limits_of(SCRIPT_JOB, 0),
                           .phase = SCRIPT_ASYNC,
                           .sources = sources,
                           .n_sources = 2,
                           .function = STR_INIT("score"),
                           .lang = STR_INIT("de"),
                           .arg = script_int(5),
                           .now_ms = 1772348400000,
                           .offset_ms = -3600000,
                           .zone = STR_INIT("Europe/Vienna"),
                           .seed = UINT64_C(0xfedcba9876543210)};
    struct wire_run got;
    struct arena a;
    struct buf b;

    arena_init(&a, 1 << 20);
    buf_init(&b, 1 << 16);
    wire_put_run(&b, &run);
    CHECK_RC(wire_read_run(buf_view(&b), &a, &got, NULL), RC_OK);
    CHECK_I64(got.limits.volume, run.limits.volume);
    CHECK_I64(got.offset_ms, -3600000);
    CHECK(got.seed == run.seed);
    CHECK_STR(got.sources[1].name, "acme.rental:pricing");
    CHECK_I64(got.arg.u.i, 5);
    for (size_t n = 0; n < b.n; n++)
        CHECK_RC(wire_read_run(str_of(b.p, n), &a, &got, NULL), RC_INVALID);
    buf_release(&b);
    arena_release(&a);
}

TEST(wire, a_batch_adds_to_its_quotas_and_to_nothing_else)
{
    struct script_limits one = script_limits_of(SCRIPT_RULE, 0);
    struct script_limits many = script_limits_of(SCRIPT_RULE, 500);

    CHECK_I64(many.quota[SCRIPT_ROWS], 1000 + 5000);
    CHECK_I64(many.quota[SCRIPT_WRITES], 50 + 1000);
    CHECK_I64(many.quota[SCRIPT_MAILS], 505);
    CHECK_I64(many.quota[SCRIPT_QUERIES], one.quota[SCRIPT_QUERIES]);
    CHECK_I64(many.steps, one.steps);
    CHECK_I64(many.wall_ms, one.wall_ms);
}
