/*
 * bench_script - what a script costs. A line of JSON each:
 *
 *     bench_script [RUNS]
 *
 *   round    an empty script: worker, fresh state, result     us
 *   rule     a rule of twelve lines over a record             us
 *   call     one nested call of the host, within a run        us
 *   load     a source of 64 KiB, compiled                     us
 *   spawn    a worker that has to be forked first             us
 *   rss      the largest peak of a worker                     KiB
 *
 * The middle one of RUNS (2000), after a tenth of them to warm up.
 */
#include <inttypes.h>
#include <unistd.h>

#include "script/channel.h"
#include "script/script.h"

static enum rc bench_nothing(struct script_call *call, struct err *err)
{
    (void)err;
    call->out = *script_arg(call, 0);
    return RC_OK;
}

static const struct script_module *const *modules(void)
{
    static const struct script_fn FNS[] = {{"bench.nothing", "bench.nothing(v)",
                                            SCRIPT_ALL, 0, "", "", NULL,
                                            bench_nothing}};
    static const struct script_module BENCH = {
        .name = "bench", .doc = "", .fns = FNS, .n = 1};
    static const struct script_module *all[32];
    size_t n = 0;

    for (; script_modules()[n]; n++)
        all[n] = script_modules()[n];
    all[n++] = &BENCH;
    all[n] = NULL;
    return all;
}

static int by_size(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

static void must(enum rc rc, const struct err *err)
{
    if (rc == RC_OK)
        return;
    fprintf(stderr, "bench_script: %s\n", err->text);
    exit(1);
}

static void say(const char *name, int64_t *us, int n, int per)
{
    qsort(us, (size_t)n, sizeof *us, by_size);
    printf("{\"name\":\"script.%s\",\"median_us\":%.1f,\"p99_us\":%.1f,"
           "\"n\":%d}\n",
           name, (double)us[n / 2] / per, (double)us[n - 1 - n / 100] / per, n);
}

static void measure(struct script_pool *pool, const char *name,
                    const char *text, enum script_class class, int n, int per)
{
    struct script_source source = {STR("main"), str_c(text)};
    struct script_run run = {.class = class,
                             .phase = SCRIPT_BEFORE,
                             .owner = STR("bench"),
                             .name = STR("bench"),
                             .sources = &source,
                             .n_sources = 1,
                             .now_ms = 1772348400000};
    int64_t *us = calloc((size_t)n, sizeof *us);
    struct arena a;

    arena_init(&a, 16 << 20);
    for (int i = -n / 10; i < n && us; i++) {
        struct script_result result;
        struct err err = ERR_INIT;
        int64_t begin = channel_now_us();

        arena_reset(&a);
        must(script_run(pool, &run, &a, &result, &err), &err);
        if (i >= 0)
            us[i] = channel_now_us() - begin;
    }
    if (us)
        say(name, us, n, per);
    arena_release(&a);
    free(us);
}

static const char RULE[] =
    "local M = {}\n"
    "function M.score(rec)\n"
    "  local s = 0\n"
    "  if rec.amount > money.new(50000, 'EUR') then s = s + 30 end\n"
    "  if rec.tier == 'gold' then s = s + 20 end\n"
    "  if rec.source == 'referral' then s = s + 10 end\n"
    "  rec.score = s\n"
    "  rec.due = date.add(date.today(), 14, 'days')\n"
    "  rec.title = text.trim(rec.title) .. ' (' .. s .. ')'\n"
    "  return rec\n"
    "end\n"
    "return M.score {amount = money.new('60000', 'EUR'), tier = 'gold',\n"
    "  source = 'web', title = ' A deal '}";

/* Each worker of a fresh pool does one run: what a first run waits for. */
static void measure_spawn(struct script_launcher *launcher, int n)
{
    struct script_config config = {.launcher = launcher, .modules = modules()};
    int64_t *us = calloc((size_t)n, sizeof *us);
    struct err err = ERR_INIT;

    for (int i = 0; i < n && us; i++) {
        struct script_pool *pool;
        int64_t begin = channel_now_us();

        must(script_pool_open(&config, &pool, &err), &err);
        us[i] = channel_now_us() - begin;
        script_pool_close(pool);
    }
    if (us)
        say("spawn", us, n, 1);
    free(us);
}

/* 64 KiB of small functions, each in a block of its own: no local too many. */
static char *large_source(void)
{
    enum { SOURCE_BYTES = 64 << 10 };
    char *text = calloc(1, SOURCE_BYTES);
    size_t at = 0;

    while (text && at + 100 < SOURCE_BYTES)
        at += (size_t)snprintf(text + at, SOURCE_BYTES - at,
                               "do local function f(a, b) return a + b end "
                               "f(%zu, 1) end\n",
                               at);
    return text;
}

int main(int argc, char **argv)
{
    int n = argc > 1 ? (int)strtol(argv[1], NULL, 10) : 2000;
    struct script_launcher launcher;
    struct script_pool_stats stats;
    struct script_config config = {.modules = modules()};
    struct script_pool *pool;
    struct err err = ERR_INIT;
    char *large = large_source();

    if (argc == 2 && strcmp(argv[1], SCRIPT_LAUNCHER_VERB) == 0)
        return script_launcher_main(modules());
    must(script_launcher_start(&launcher, &err), &err);
    config.launcher = &launcher;
    must(script_pool_open(&config, &pool, &err), &err);
    if (n < 1100)
        n = 1100; /* past the first worker's thousand: its peak is known then */
    measure(pool, "round", "return 1", SCRIPT_RULE, n, 1);
    script_pool_stats(pool, &stats);
    measure(pool, "rule", RULE, SCRIPT_RULE, n, 1);
    measure(pool, "call", "for i = 1, 100 do bench.nothing(i) end",
            SCRIPT_ACTION, n / 10, 100);
    if (large)
        measure(pool, "load", large, SCRIPT_ACTION, n / 10, 1);
    script_pool_close(pool);
    measure_spawn(&launcher, 100);
    printf("{\"name\":\"script.rss\",\"kib\":%" PRId64 "}\n",
           stats.worker_rss_kib);
    script_launcher_stop(&launcher);
    free(large);
    return 0;
}
