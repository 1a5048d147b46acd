/* buf: bytes up to a ceiling; the first failure sticks. */
#include "base/buf.h"

#include "base/arena.h"
#include "support/test.h"

TEST(buf, appends_text_numbers_and_formats)
{
    struct buf b;

    buf_init(&b, 1000);
    CHECK_STR(buf_view(&b), "");
    buf_add(&b, STR("a"));
    buf_addc(&b, 'b');
    buf_adds(&b, "cd");
    buf_adds(&b, NULL);
    buf_add(&b, STR_NONE);
    buf_add_i64(&b, INT64_MIN);
    buf_addf(&b, "[%s %d]", "x", 7);
    buf_addf(&b, "%s", "");
    CHECK_STR(buf_view(&b), "abcd-9223372036854775808[x 7]");
    CHECK_RC(b.failed, RC_OK);
    buf_release(&b);
}

TEST(buf, grows_through_many_sizes)
{
    struct buf b;
    int i;

    buf_init(&b, 1 << 20);
    for (i = 0; i < 20000; i++)
        buf_addf(&b, "%05d", i);
    CHECK(b.n == 100000);
    CHECK_STR(str_sub(buf_view(&b), 5 * 12345, 5), "12345");
    buf_release(&b);
}

TEST(buf, can_be_filled_to_the_ceiling_and_no_further)
{
    struct buf b;

    buf_init(&b, 10);
    buf_addf(&b, "%s", "0123456789");
    CHECK_RC(b.failed, RC_OK);
    buf_addc(&b, 'x');
    CHECK_RC(b.failed, RC_LIMIT);
    CHECK(b.n == 10);
    buf_reset(&b);
    buf_addf(&b, "%s", "0123456789x");
    CHECK_RC(b.failed, RC_LIMIT);
    CHECK(b.n == 0);
    buf_release(&b);
}

TEST(buf, after_a_failure_nothing_is_appended_until_a_reset)
{
    struct buf b;

    buf_init(&b, 4);
    buf_add(&b, STR("too long"));
    buf_addc(&b, 'x');
    buf_add_i64(&b, 1);
    buf_addf(&b, "y");
    CHECK(!buf_reserve(&b, 0));
    CHECK(b.n == 0);
    buf_reset(&b);
    buf_addc(&b, 'x');
    CHECK_STR(buf_view(&b), "x");
    buf_release(&b);
}

TEST(buf, a_ceiling_of_nothing_takes_nothing)
{
    struct buf b;
    struct arena a;
    struct str out = STR_NONE;

    arena_init(&a, 100);
    buf_init(&b, 0);
    buf_add(&b, STR(""));
    buf_addf(&b, "%s", "");
    CHECK_RC(buf_finish(&b, &a, &out, NULL), RC_OK);
    CHECK(out.p != NULL && out.n == 0);
    buf_addc(&b, 'x');
    CHECK_RC(buf_finish(&b, &a, &out, NULL), RC_LIMIT);
    buf_release(&b);
    arena_release(&a);
}

TEST(buf, survives_sizes_that_overflow)
{
    struct buf b;

    buf_init(&b, SIZE_MAX);
    buf_addc(&b, 'x');
    CHECK(!buf_reserve(&b, SIZE_MAX));
    CHECK(b.failed != RC_OK);
    buf_reset(&b);
    CHECK(!buf_reserve(&b, SIZE_MAX - 1));
    CHECK(b.failed != RC_OK);
    CHECK(b.n == 0);
    buf_release(&b);
}

TEST(buf, finish_copies_and_names_the_ceiling_when_it_was_too_low)
{
    struct buf b;
    struct arena a;
    struct str out = STR_INIT("untouched");
    struct err err = ERR_INIT;

    arena_init(&a, 100);
    buf_init(&b, 8);
    buf_add(&b, STR("123456789"));
    CHECK_RC(buf_finish(&b, &a, &out, &err), RC_LIMIT);
    CHECK_HAS(err.text, "8 bytes");
    CHECK_STR(out, "untouched");
    buf_reset(&b);
    buf_add(&b, STR("12345678"));
    CHECK_RC(buf_finish(&b, &a, &out, &err), RC_OK);
    buf_reset(&b);
    buf_add(&b, STR("other"));
    CHECK_STR(out, "12345678");
    buf_release(&b);
    arena_release(&a);
}

TEST(buf, finish_into_a_full_arena_is_nomem)
{
    struct buf b;
    struct arena a;
    struct str out = STR_INIT("untouched");

    arena_init(&a, 0);
    buf_init(&b, 8);
    buf_addc(&b, 'x');
    CHECK_RC(buf_finish(&b, &a, &out, NULL), RC_NOMEM);
    CHECK_STR(out, "untouched");
    buf_release(&b);
    arena_release(&a);
}

TEST(buf, can_be_released_twice_and_used_again)
{
    struct buf b = {0};

    buf_release(&b);
    buf_init(&b, 10);
    buf_addc(&b, 'x');
    buf_release(&b);
    buf_release(&b);
    buf_addc(&b, 'y');
    CHECK_STR(buf_view(&b), "y");
    buf_release(&b);
}

TEST(buf, survives_any_failed_allocation)
{
    WITH_EACH_ALLOC_FAILING (i) {
        struct buf b;
        struct arena a;
        struct str out = STR_NONE;
        enum rc rc;

        arena_init(&a, 1 << 20);
        buf_init(&b, 1 << 20);
        buf_addf(&b, "%0300d", 1);
        buf_addf(&b, "%01000d", 2);
        rc = buf_finish(&b, &a, &out, NULL);
        CHECK(rc == RC_OK || rc == RC_NOMEM);
        CHECK(out.n == (rc == RC_OK ? 1300 : 0));
        buf_release(&b);
        arena_release(&a);
    }
}
