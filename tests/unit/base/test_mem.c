/* mem and fault: the nth allocation can be made to fail. */
#include "base/mem.h"

#include <stdint.h>

#include "base/fault.h"
#include "support/test.h"

TEST(mem, memory_is_zeroed)
{
    unsigned char *p = mem_alloc(64);
    int i;

    CHECK(p != NULL);
    for (i = 0; i < 64; i++)
        CHECK(p[i] == 0);
    mem_free(p);
}

TEST(mem, no_bytes_are_not_no_memory)
{
    void *p = mem_alloc(0);
    void *q = mem_realloc(NULL, 0);

    CHECK(p != NULL);
    CHECK(q != NULL);
    q = mem_realloc(q, 0);
    CHECK(q != NULL);
    mem_free(p);
    mem_free(q);
    mem_free(NULL);
}

TEST(mem, a_size_that_must_be_a_mistake_is_refused)
{
    CHECK(mem_alloc(SIZE_MAX) == NULL);
    CHECK(mem_realloc(NULL, SIZE_MAX / 2) == NULL);
}

#ifdef PERIGEE_FAULTS
TEST(fault, only_the_nth_allocation_fails)
{
    void *p[4];
    int i;

    fault_alloc_arm(3);
    for (i = 0; i < 4; i++) {
        CHECK(fault_alloc_fired() == (i == 3));
        p[i] = i % 2 ? mem_realloc(NULL, 8) : mem_alloc(8);
    }
    fault_alloc_disarm();
    CHECK(p[0] && p[1] && !p[2] && p[3]);
    for (i = 0; i < 4; i++)
        mem_free(p[i]);
}

TEST(fault, a_failed_realloc_leaves_the_memory)
{
    char *p = mem_alloc(8);

    p[0] = 'x';
    fault_alloc_arm(1);
    CHECK(mem_realloc(p, 1000) == NULL);
    CHECK(fault_alloc_fired());
    CHECK(p[0] == 'x');
    mem_free(p);
}

TEST(fault, disarmed_nothing_fails_and_arming_forgets_the_last_time)
{
    void *p;

    fault_alloc_arm(1);
    CHECK(mem_alloc(1) == NULL);
    fault_alloc_arm(1);
    CHECK(!fault_alloc_fired());
    fault_alloc_disarm();
    p = mem_alloc(1);
    CHECK(p != NULL);
    CHECK(!fault_alloc_fired());
    mem_free(p);
}
#endif
