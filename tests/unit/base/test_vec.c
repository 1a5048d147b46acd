/* vec: a growing array in an arena. */
#include "base/vec.h"

#include "base/str.h"
#include "support/test.h"

TEST(vec, keeps_what_was_pushed_in_order)
{
    struct arena a;
    VEC(int64_t) v = {0};
    int64_t i;

    arena_init(&a, 1 << 20);
    for (i = 0; i < 1000; i++)
        CHECK(VEC_PUSH(&a, &v, i * i));
    CHECK(v.n == 1000);
    for (i = 0; i < 1000; i++)
        CHECK_I64(v.v[i], i * i);
    arena_release(&a);
}

TEST(vec, takes_structs_written_in_place)
{
    struct arena a;
    VEC(struct str) v = {0};

    arena_init(&a, 1 << 20);
    CHECK(VEC_PUSH(&a, &v, (struct str){"ab", 2}));
    CHECK(VEC_PUSH(&a, &v, STR("c")));
    CHECK_STR(v.v[0], "ab");
    CHECK_STR(v.v[1], "c");
    arena_release(&a);
}

TEST(vec, a_push_without_room_changes_nothing)
{
    struct arena a;
    VEC(int64_t) v = {0};

    arena_init(&a, 64); /* eight of them */
    while (VEC_PUSH(&a, &v, 7))
        ;
    CHECK(v.n == 8);
    CHECK(v.cap == 8);
    CHECK_I64(v.v[7], 7);
    CHECK(arena_failed(&a));
    arena_release(&a);
}

TEST(vec, refuses_a_size_that_overflows)
{
    struct arena a;
    size_t cap = SIZE_MAX / 2 + 1;
    void *v = NULL;

    arena_init(&a, SIZE_MAX);
    CHECK(!vec_grow(&a, &v, &cap, 8));
    cap = SIZE_MAX / 8;
    CHECK(!vec_grow(&a, &v, &cap, 8));
    CHECK(v == NULL);
    arena_release(&a);
}
