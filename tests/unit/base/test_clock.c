/* clock: time and randomness come from outside. */
#include "base/clock.h"

#include <string.h>

#include "support/test.h"

TEST(clock, a_manual_clock_moves_only_when_told)
{
    struct clock_manual c;

    clock_manual_init(&c, 1000);
    CHECK_I64(c.clock.now_ms(c.clock.arg), 1000);
    CHECK_I64(c.clock.mono_ms(c.clock.arg), 1000);
    c.now += 5;
    CHECK_I64(c.clock.now_ms(c.clock.arg), 1005);
    CHECK_I64(c.clock.mono_ms(c.clock.arg), 1005);
}

TEST(clock, the_system_knows_the_century_and_never_runs_back)
{
    const struct clock *c = clock_system();
    int64_t before = c->mono_ms(c->arg);

    CHECK(c->now_ms(c->arg) > INT64_C(1735689600000)); /* 2025 */
    CHECK(c->now_ms(c->arg) < INT64_C(4102444800000)); /* 2100 */
    CHECK(c->mono_ms(c->arg) >= before);
}

TEST(clock, random_bytes_fill_all_and_only_what_was_asked)
{
    unsigned char seen[1000] = {0}, p[1002];
    int round, i;

    p[0] = p[1001] = 0x5A;
    for (round = 0; round < 8; round++) {
        random_bytes(p + 1, 1000);
        for (i = 0; i < 1000; i++)
            seen[i] |= p[i + 1];
    }
    CHECK(p[0] == 0x5A && p[1001] == 0x5A);
    for (i = 0; i < 1000; i++) /* 256^-8 that one stays zero by chance */
        CHECK(seen[i] != 0);
    random_bytes(p, 0);
    CHECK(p[0] == 0x5A);
}
