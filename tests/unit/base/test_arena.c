/* arena: memory with one lifetime and a ceiling. */
#include "base/arena.h"

#include <string.h>

#include "base/fault.h"
#include "support/test.h"

enum { ROOMY = 64 << 20 };

static bool is_zero(const unsigned char *p, size_t n)
{
    while (n && p[n - 1] == 0)
        n--;
    return n == 0;
}

TEST(arena, gives_zeroed_memory_aligned_to_16)
{
    struct arena a;
    size_t n;

    arena_init(&a, ROOMY);
    for (n = 0; n < 3000; n += 7) {
        unsigned char *p = arena_alloc(&a, n);

        CHECK(p != NULL);
        CHECK((uintptr_t)p % 16 == 0);
        CHECK(is_zero(p, n));
        memset(p, 0xAA, n);
    }
    arena_release(&a);
}

TEST(arena, is_zeroed_again_after_reset_and_rewind)
{
    struct arena a;
    struct arena_mark m;
    unsigned char *p;

    arena_init(&a, ROOMY);
    m = arena_mark(&a);
    p = arena_alloc(&a, 100);
    memset(p, 0xFF, 100);
    arena_rewind(&a, m);
    p = arena_alloc(&a, 100);
    CHECK(is_zero(p, 100));
    memset(p, 0xFF, 100);
    arena_reset(&a);
    CHECK(is_zero(arena_alloc(&a, 100), 100));
    arena_release(&a);
}

TEST(arena, stops_at_its_ceiling_and_remembers)
{
    struct arena a;

    arena_init(&a, 1024);
    CHECK(arena_alloc(&a, 1024) != NULL);
    CHECK(!arena_failed(&a));
    CHECK(arena_alloc(&a, 1) == NULL);
    CHECK(arena_failed(&a));
    CHECK(a.used == 1024);
    arena_reset(&a);
    CHECK(!arena_failed(&a));
    CHECK(arena_alloc(&a, 1) != NULL);
    arena_release(&a);
}

TEST(arena, survives_sizes_that_overflow)
{
    struct arena a;

    arena_init(&a, SIZE_MAX);
    CHECK(arena_alloc(&a, SIZE_MAX) == NULL);
    CHECK(arena_alloc(&a, SIZE_MAX - 15) == NULL);
    CHECK(arena_alloc(&a, SIZE_MAX - 40) == NULL);
    CHECK(arena_failed(&a));
    arena_reset(&a);
    CHECK(arena_array(&a, SIZE_MAX / 2, 3) == NULL);
    CHECK(arena_failed(&a));
    CHECK(ARENA_ARRAY(&a, int64_t, 0) != NULL);
    CHECK(ARENA_NEW(&a, struct arena) != NULL);
    arena_release(&a);
}

TEST(arena, a_mark_of_an_empty_arena_takes_all_back)
{
    struct arena a;
    struct arena_mark m;
    int i;

    arena_init(&a, ROOMY);
    m = arena_mark(&a);
    for (i = 0; i < 1000; i++)
        CHECK(arena_alloc(&a, 1000) != NULL);
    CHECK(arena_bytes(&a) >= 1000 * 1000);
    arena_rewind(&a, m);
    CHECK(a.used == 0);
    CHECK(arena_bytes(&a) == 0);
    arena_release(&a);
}

TEST(arena, a_rewind_leaves_what_is_older_than_the_mark)
{
    struct arena a;
    struct arena_mark m;
    char *old;
    int i;

    arena_init(&a, ROOMY);
    old = arena_dup(&a, "kept", 5);
    m = arena_mark(&a);
    for (i = 0; i < 100; i++)
        CHECK(arena_alloc(&a, 5000) != NULL);
    arena_rewind(&a, m);
    CHECK_CSTR(old, "kept");
    CHECK(a.used == 16);
    arena_release(&a);
}

TEST(arena, large_pieces_get_blocks_of_their_own)
{
    struct arena a;
    char *small, *large;

    arena_init(&a, ROOMY);
    small = arena_dup(&a, "x", 2);
    large = arena_alloc(&a, 10 << 20);
    CHECK(large != NULL);
    memset(large, 1, 10 << 20);
    CHECK(arena_alloc(&a, 16) != NULL);
    CHECK_CSTR(small, "x");
    arena_release(&a);
}

TEST(arena, a_reset_keeps_a_usual_block_and_gives_back_the_rest)
{
    struct arena a;
    size_t held;
    int i;

    arena_init(&a, ROOMY);
    CHECK(arena_alloc(&a, 5 << 20) != NULL);
    for (i = 0; i < 100; i++)
        CHECK(arena_alloc(&a, 10000) != NULL);
    arena_reset(&a);
    held = arena_bytes(&a);
    CHECK(held > 0);
    CHECK(held <= 256 * 1024);
    CHECK(arena_alloc(&a, 10000) != NULL);
    CHECK(arena_bytes(&a) == held);
    arena_release(&a);
}

TEST(arena, a_reset_after_only_large_pieces_keeps_nothing)
{
    struct arena a;

    arena_init(&a, ROOMY);
    CHECK(arena_alloc(&a, 1 << 20) != NULL);
    arena_reset(&a);
    CHECK(arena_bytes(&a) == 0);
    CHECK(arena_alloc(&a, 1) != NULL);
    arena_release(&a);
}

TEST(arena, can_be_released_empty_twice_and_used_again)
{
    struct arena a = {0};

    arena_release(&a);
    arena_reset(&a);
    arena_init(&a, 100);
    CHECK(arena_alloc(&a, 10) != NULL);
    arena_release(&a);
    arena_release(&a);
    CHECK(arena_alloc(&a, 10) != NULL);
    arena_release(&a);
}

TEST(arena, copies_nothing_and_something)
{
    struct arena a;

    arena_init(&a, ROOMY);
    CHECK(arena_dup(&a, NULL, 0) != NULL);
    CHECK(memcmp(arena_dup(&a, "abc", 3), "abc", 3) == 0);
    arena_release(&a);
}

TEST(arena, without_memory_it_answers_null_and_stays_whole)
{
    WITH_EACH_ALLOC_FAILING (i) {
        struct arena a;
        char *first, *second;

        arena_init(&a, ROOMY);
        first = arena_dup(&a, "one", 4);
        second = arena_alloc(&a, 100000);
        CHECK(arena_failed(&a) == (!first || !second));
        if (first)
            CHECK_CSTR(first, "one");
        arena_release(&a);
    }
}
