/* The harness itself. */
#include "support/test.h"

#include <stdlib.h>
#include <string.h>

struct view {
    const char *p;
    size_t n;
};

TEST(harness, compares_a_view_with_a_literal)
{
    struct view view = {"deals and more", 5};

    CHECK_STR(view, "deals");
    CHECK_I64(view.n, 5);
    CHECK_CSTR("x", "x");
    CHECK_HAS("one two", "two");
}

TEST(harness, reads_a_file_of_the_source_tree)
{
    size_t n;
    char *text = test_read("CMakePresets.json", &n);

    CHECK_I64(strlen(text), n);
    CHECK_HAS(text, "\"dev\"");
    free(text);
}

TEST(harness, gives_each_call_a_folder_of_its_own)
{
    CHECK(strcmp(test_tmpdir(), test_tmpdir()) != 0);
}

/* A stand-in for the allocator: fails at the n-th use. */
static long left;
static bool fired;

static void arm(long nth)
{
    left = nth;
    fired = false;
}

static bool has_fired(void)
{
    return fired;
}

static void disarm(void)
{
    left = 0;
}

static bool use(void)
{
    if (left > 0 && --left == 0) {
        fired = true;
        return false;
    }
    return true;
}

static const struct test_fault uses = {"use", arm, has_fired, disarm};

TEST(harness, fails_each_use_in_turn_and_then_runs_once_without)
{
    int failures = 0;
    int runs = 0;

    WITH_EACH_FAILING(i, uses)
    {
        bool first = use();
        bool second = use();
        bool third = use();

        CHECK(first == (i != 1));
        CHECK(second == (i != 2));
        failures += !first + !second + !third;
        runs++;
    }
    CHECK_I64(failures, 3);
    CHECK_I64(runs, 4);
    CHECK(use());
}

TEST(harness, shields_a_fixture_from_faults)
{
    int failures = 0;

    WITH_EACH_FAILING(i, uses)
    {
        WITHOUT_FAULTS
        {
            CHECK(use());
            CHECK(use());
        }
        failures += !use();
    }
    CHECK_I64(failures, 1);
}
