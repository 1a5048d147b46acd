/* What base shares between threads: the key of str_hash, jansson's allocator,
   the log. The preset tsan watches. */
#include <pthread.h>
#include <stdatomic.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/log.h"
#include "support/test.h"

enum { THREADS = 4, ROUNDS = 200 };

static uint64_t hashes[THREADS];
static atomic_int whole_lines;

static void count_line(void *arg, struct str line)
{
    (void)arg;
    if (str_starts(line, STR("time=")) && str_ends(line, STR(" event=x k=v\n")))
        atomic_fetch_add(&whole_lines, 1);
}

static void *work(void *arg)
{
    uint64_t *hash = arg;
    struct arena a;
    int good = 0, i;

    arena_init(&a, 1 << 20);
    *hash = str_hash(STR("the same in each thread"));
    for (i = 0; i < ROUNDS; i++) {
        const struct json *v = NULL;

        arena_reset(&a);
        if (json_parse(STR("{\"a\":[1,2.5,\"x\"],\"b\":null}"), &a, &v, NULL) ==
                RC_OK &&
            json_at(v, "a")->u.array.n == 3)
            good++;
        if (json_parse(STR("{\"a\":1,\"a\":2}"), &a, &v, NULL) == RC_SYNTAX)
            good++;
        log_info("x", KV("k", STR("v")));
    }
    arena_release(&a);
    return good == 2 * ROUNDS ? arg : NULL;
}

TEST(threads, share_base_without_harm)
{
    pthread_t t[THREADS];
    int i;

    atomic_store(&whole_lines, 0);
    log_set_sink(count_line, NULL);
    for (i = 0; i < THREADS; i++)
        CHECK(pthread_create(&t[i], NULL, work, &hashes[i]) == 0);
    for (i = 0; i < THREADS; i++) {
        void *result = NULL;

        CHECK(pthread_join(t[i], &result) == 0);
        CHECK(result == &hashes[i]);
        CHECK(hashes[i] == hashes[0]);
    }
    log_set_sink(NULL, NULL);
    CHECK_I64(atomic_load(&whole_lines), THREADS * ROUNDS);
}
