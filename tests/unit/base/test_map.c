/* map: from names to pointers. */
#include "base/map.h"

#include "support/test.h"

enum { MANY = 5000 };

static int numbers[MANY];

static bool fill(struct map *m, struct arena *a, int n)
{
    int i;

    for (i = 0; i < n; i++)
        if (!map_put(m, str_fmt(a, "key%d", i), &numbers[i]))
            return false;
    return true;
}

TEST(map, finds_each_of_few_and_of_many)
{
    static const int SIZES[] = {0, 1, 7, 8, 9, 16, 17, MANY};
    size_t s;

    for (s = 0; s < sizeof SIZES / sizeof *SIZES; s++) {
        struct arena a;
        struct map m;
        int i;

        arena_init(&a, 16 << 20);
        map_init(&m, &a);
        CHECK(fill(&m, &a, SIZES[s]));
        CHECK_I64(m.n, SIZES[s]);
        for (i = 0; i < SIZES[s]; i++)
            CHECK(map_find(&m, str_fmt(&a, "key%d", i)) == &numbers[i]);
        CHECK(map_find(&m, STR("key")) == NULL);
        CHECK(!map_has(&m, str_fmt(&a, "key%d", SIZES[s])));
        arena_release(&a);
    }
}

TEST(map, replaces_the_value_of_a_key_it_has)
{
    struct arena a;
    struct map m;

    arena_init(&a, 16 << 20);
    map_init(&m, &a);
    CHECK(fill(&m, &a, 20));
    CHECK(map_put(&m, STR("key3"), &numbers[100]));
    CHECK(map_put(&m, STR("key3"), &numbers[101]));
    CHECK(m.n == 20);
    CHECK(map_find(&m, STR("key3")) == &numbers[101]);
    arena_release(&a);
}

TEST(map, knows_a_key_whose_value_is_null_and_the_empty_key)
{
    struct arena a;
    struct map m;

    arena_init(&a, 1 << 20);
    map_init(&m, &a);
    CHECK(!map_has(&m, STR("")));
    CHECK(map_put(&m, STR("none"), NULL));
    CHECK(map_put(&m, STR_NONE, &numbers[1]));
    CHECK(map_has(&m, STR("none")));
    CHECK(map_find(&m, STR("none")) == NULL);
    CHECK(map_find(&m, STR("")) == &numbers[1]);
    arena_release(&a);
}

TEST(map, is_walked_in_the_order_of_insertion)
{
    struct arena a;
    struct map m;
    size_t i;

    arena_init(&a, 16 << 20);
    map_init(&m, &a);
    CHECK(fill(&m, &a, 100));
    for (i = 0; i < m.n; i++)
        CHECK(str_eq(m.entries[i].key, str_fmt(&a, "key%zu", i)));
    arena_release(&a);
}

TEST(map, stays_whole_when_the_ceiling_stops_it)
{
    size_t ceiling;

    for (ceiling = 0; ceiling < 4096; ceiling += 64) {
        struct arena names, a;
        struct map m;
        size_t i;

        arena_init(&names, 1 << 20);
        arena_init(&a, ceiling);
        map_init(&m, &a);
        for (i = 0; i < 200; i++)
            if (!map_put(&m, str_fmt(&names, "key%zu", i), &numbers[i]))
                break;
        CHECK(i < 200);
        CHECK(m.n == i);
        CHECK(!map_has(&m, str_fmt(&names, "key%zu", i)));
        while (i--)
            CHECK(map_find(&m, str_fmt(&names, "key%zu", i)) == &numbers[i]);
        arena_release(&a);
        arena_release(&names);
    }
}

TEST(map, stays_whole_when_memory_is_gone)
{
    WITH_EACH_ALLOC_FAILING (i) {
        struct arena a;
        struct map m;

        arena_init(&a, 16 << 20);
        map_init(&m, &a);
        if (fill(&m, &a, 1000))
            CHECK(map_find(&m, STR("key999")) == &numbers[999]);
        else
            CHECK(m.n == 0 || map_find(&m, STR("key0")) == &numbers[0]);
        arena_release(&a);
    }
}
