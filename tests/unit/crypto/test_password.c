/* password: what fits, what does not, and what is not believed. */
#include "support/test.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <time.h>

#include "base/arena.h"
#include "base/str.h"
#include "crypto/crypto.h"
#include "crypto/gate.h"

/* From the tests of the reference implementation: cheap, so tests are quick. */
static const struct str KNOWN =
    STR_INIT("$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ"
             "$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4");

TEST(password, fits_its_own_hash_and_no_other)
{
    struct arena a;
    struct str encoded = STR_NONE;
    struct str again = STR_NONE;
    struct err err = ERR_INIT;

    arena_init(&a, 1 << 16);
    CHECK_RC(password_hash(STR("correct horse"), &a, &encoded, &err), RC_OK);
    CHECK(str_starts(encoded, STR("$argon2id$v=19$m=19456,t=2,p=1$")));
    CHECK(password_is_current(encoded));
    CHECK_RC(password_verify(STR("correct horse"), encoded, &err), RC_OK);
    CHECK_RC(password_verify(STR("correct hors"), encoded, &err), RC_DENIED);
    CHECK_RC(password_hash(STR("correct horse"), &a, &again, &err), RC_OK);
    CHECK(!str_eq(encoded, again)); // a salt of its own
    arena_release(&a);
}

TEST(password, fits_the_vector_of_the_reference)
{
    CHECK_RC(password_verify(STR("password"), KNOWN, NULL), RC_OK);
    CHECK_RC(password_verify(STR("Password"), KNOWN, NULL), RC_DENIED);
    CHECK(!password_is_current(KNOWN));
}

TEST(password, may_hold_any_bytes)
{
    static char big[4096];
    struct arena a;
    struct str encoded = STR_NONE;

    arena_init(&a, 1 << 16);
    memset(big, 'x', sizeof big);
    CHECK_RC(password_hash(STR("pass\0word"), &a, &encoded, NULL), RC_OK);
    CHECK_RC(password_verify(STR("pass\0word"), encoded, NULL), RC_OK);
    CHECK_RC(password_verify(STR("pass"), encoded, NULL), RC_DENIED);
    CHECK_RC(password_hash(str_of(big, sizeof big), &a, &encoded, NULL), RC_OK);
    CHECK_RC(password_verify(str_of(big, sizeof big), encoded, NULL), RC_OK);
    CHECK_RC(password_verify(STR_NONE, encoded, NULL), RC_DENIED);
    arena_release(&a);
}

static int64_t cpu_us(void)
{
    struct timespec t;

    CHECK(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t) == 0);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

TEST(password, denies_a_bad_hash_at_the_price_of_a_good_one)
{
    static const char *const BAD[] = {
        "",
        "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ",
        "$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR",
        "$argon2id$v=19$m=4194304,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4r",
        "$argon2id$v=19$m=256,t=4000000,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4",
        "$argon2id$v=19$m=256,t=2,p=9999$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEs",
        "$argon2id$v=19$m=-1,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7",
        "$argon2id$v=19$m=",
        "$2y$10$abcdefghijklmnopqrstuv",
        "password",
    };
    int64_t before = cpu_us();
    int64_t good;
    struct arena a;
    struct str encoded = STR_NONE;

    arena_init(&a, 1 << 16);
    CHECK_RC(password_hash(STR("password"), &a, &encoded, NULL), RC_OK);
    good = cpu_us() - before;
    for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++) {
        before = cpu_us();
        CHECK_RC(password_verify(STR("password"), str_c(BAD[i]), NULL),
                 RC_DENIED);
        CHECK(cpu_us() - before > good / 4); // else one could tell by the clock
    }
    CHECK_RC(password_verify(STR("password"), STR_NONE, NULL), RC_DENIED);
    arena_release(&a);
}

TEST(password, denies_a_hash_with_more_behind_it)
{
    struct arena a;
    static char big[1000];

    arena_init(&a, 1 << 16);
    CHECK_RC(password_verify(STR("password"),
                             str_fmt(&a, "%.*s$", STR_ARG(KNOWN)), NULL),
             RC_DENIED);
    memcpy(big, KNOWN.p, KNOWN.n);
    CHECK_RC(password_verify(STR("password"), str_of(big, KNOWN.n + 1), NULL),
             RC_DENIED);
    memset(big + KNOWN.n, 'A', sizeof big - KNOWN.n);
    CHECK_RC(password_verify(STR("password"), str_of(big, sizeof big), NULL),
             RC_DENIED);
    arena_release(&a);
}

TEST(password, says_when_there_is_no_memory_for_the_hash)
{
    WITH_EACH_ALLOC_FAILING (i) {
        struct arena a;
        struct str out = STR_NONE;
        enum rc rc;

        arena_init(&a, 1 << 16);
        rc = password_hash(STR("x"), &a, &out, NULL);
        CHECK(rc == RC_OK || (rc == RC_NOMEM && out.p == NULL));
        arena_release(&a);
    }
}

/* --- the gate -------------------------------------------------------- */

enum { VISITORS = 6, VISITS = 200 };

static struct gate gate = GATE_INIT(2);
static atomic_int inside;
static atomic_int most;
static atomic_int visits;

static void *visit(void *arg)
{
    for (int i = 0; i < VISITS; i++) {
        int now;
        int seen;

        gate_enter(&gate);
        now = atomic_fetch_add(&inside, 1) + 1;
        seen = atomic_load(&most);
        while (now > seen && !atomic_compare_exchange_weak(&most, &seen, now))
            ;
        sched_yield();
        atomic_fetch_sub(&inside, 1);
        atomic_fetch_add(&visits, 1);
        gate_leave(&gate);
    }
    return arg;
}

TEST(gate, lets_two_in_and_no_third_and_keeps_nobody_out)
{
    pthread_t threads[VISITORS];

    for (int i = 0; i < VISITORS; i++)
        CHECK(pthread_create(&threads[i], NULL, visit, NULL) == 0);
    for (int i = 0; i < VISITORS; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    CHECK(atomic_load(&most) <= 2);
    CHECK_I64(atomic_load(&visits), VISITORS * VISITS);
    CHECK_I64(gate.places, 2);
}
