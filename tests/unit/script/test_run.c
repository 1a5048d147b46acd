/* Runs in workers: what a caller of script_run sees. */
#include "runtime/script_stage.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "test.h"

TEST(run, a_script_answers_with_the_value_it_returns)
{
    struct script_stage s;

    script_stage_open(&s);
    CHECK_RC(script_stage_run(&s, "return {n = 1 + 1, d = dec.new('1.50')}"),
             RC_OK);
    CHECK_I64(script_at(&s.result.value, STR("n"))->u.i, 2);
    CHECK_I64(script_at(&s.result.value, STR("d"))->u.i, 150);
    CHECK(s.result.usage.steps > 0 && s.result.usage.memory_peak > 1000);
    script_stage_close(&s);
}

TEST(run, the_named_function_gets_the_argument)
{
    struct script_stage s;

    script_stage_open(&s);
    s.run.function = STR("twice");
    s.run.arg = script_int(21);
    CHECK_RC(script_stage_run(
                 &s, "local M = {} function M.twice(n) return n * 2 end "
                     "return M"),
             RC_OK);
    CHECK_I64(s.result.value.u.i, 42);
    s.run.function = STR("thrice");
    CHECK_RC(script_stage_run(&s, "return {}"), RC_SCRIPT);
    CHECK_HAS(s.err.text, "thrice");
    script_stage_close(&s);
}

TEST(run, other_sources_are_imported_once_and_never_in_a_circle)
{
    struct script_source sources[] = {
        {STR_INIT("main"), STR_INIT("local a = import 'acme:a'\n"
                                    "return a.n + import('acme:a').n")},
        {STR_INIT("acme:a"),
         STR_INIT("print('loaded') return {n = import('b').n}")},
        {STR_INIT("b"), STR_INIT("return {n = 4}")}};
    struct script_stage s;

    script_stage_open(&s);
    s.run.sources = sources;
    s.run.n_sources = 3;
    CHECK_RC(script_stage_run(&s, ""), RC_OK);
    CHECK_I64(s.result.value.u.i, 8);
    CHECK_CSTR(s.log, "loaded\n");
    sources[2].text = STR("return import 'acme:a'");
    CHECK_RC(script_stage_run(&s, ""), RC_SCRIPT);
    CHECK_CSTR(s.err.code, "E_CYCLE");
    script_stage_close(&s);
}

TEST(run, an_error_says_where_it_was_raised)
{
    struct script_stage s;

    script_stage_open(&s);
    CHECK_RC(script_stage_run(&s, "local x\n\nreturn x.y"), RC_SCRIPT);
    CHECK_CSTR(s.err.code, "E_SCRIPT");
    CHECK_STR(s.result.problem.file, "main");
    CHECK_I64(s.result.problem.line, 3);
    CHECK_HAS(s.err.text, "attempt to index a nil value");
    CHECK(str_find(s.result.problem.trace, STR("main:3")) >= 0);
    CHECK_RC(script_stage_run(&s, "local x =\n= 2"), RC_SCRIPT);
    CHECK_I64(s.result.problem.line, 2);
    script_stage_close(&s);
}

TEST(run, what_an_author_fails_with_arrives_whole)
{
    struct script_stage s;

    script_stage_open(&s);
    CHECK_RC(script_stage_run(&s, "\nfail('E_VALIDATION', 'Too late.', "
                                  "{field = 'due_on', details = {n = 3}})"),
             RC_SCRIPT);
    CHECK_CSTR(s.err.code, "E_VALIDATION");
    CHECK_CSTR(s.err.text, "Too late.");
    CHECK_STR(s.result.problem.field, "due_on");
    CHECK_I64(s.result.problem.line, 2);
    CHECK_I64(script_at(&s.result.problem.details, STR("n"))->u.i, 3);
    script_stage_close(&s);
}

TEST(run, the_host_answers_on_the_thread_that_waits)
{
    struct script_stage s;

    script_stage_open(&s);
    CHECK_RC(script_stage_run(&s,
                              "local v = probe.echo({1, 'a', dec.new('2.5')})\n"
                              "assert(v[1] == 1 and v[2] == 'a')\n"
                              "assert(v[3] == dec.new('2.5'))\n"
                              "return probe.echo(probe.echo(7))"),
             RC_OK);
    CHECK_I64(s.result.value.u.i, 7);
    CHECK_I64(s.host_calls, 3);
    CHECK_RC(script_stage_run(
                 &s, "local ok, e = pcall(probe.fail, 'E_CONFLICT', 'Old.')\n"
                     "assert(not ok and e.code == 'E_CONFLICT')\n"
                     "assert(tostring(e) == 'Old.')\n"
                     "probe.fail('E_LOCKED', 'Locked.')"),
             RC_SCRIPT);
    CHECK_CSTR(s.err.code, "E_LOCKED");
    script_stage_close(&s);
}

TEST(run, arguments_and_answers_may_be_large_but_not_without_end)
{
    struct script_stage s;

    script_stage_open(&s);
    CHECK_RC(script_stage_run(&s, "local s = ('x'):rep(900000)\n"
                                  "return #probe.echo(s)"),
             RC_OK);
    CHECK_I64(s.result.value.u.i, 900000);
    CHECK_RC(script_stage_run(&s, "local s = ('x'):rep(600000)\n"
                                  "probe.echo(s, s)"),
             RC_SCRIPT);
    CHECK_CSTR(s.err.code, "E_TYPE");
    script_stage_close(&s);
}

TEST(run, a_nested_run_has_only_the_time_its_caller_has_left)
{
    struct script_budget budget;
    struct script_stage s;

    script_stage_open(&s);
    script_budget_init(&budget);
    s.run.budget = &budget;
    CHECK_RC(script_stage_run(
                 &s, "probe.sleep(150)\n"
                     "probe.nest('probe.sleep(140) while true do end')"),
             RC_SCRIPT);
    CHECK_CSTR(s.err.code, "E_LIMIT");
    CHECK(s.took_us < 450000);
    script_stage_close(&s);
}

TEST(run, a_function_is_refused_outside_its_phases)
{
    struct script_stage s;

    script_stage_open(&s);
    CHECK_RC(script_stage_run(&s, "probe.later()"), RC_SCRIPT);
    CHECK_CSTR(s.err.code, "E_PHASE");
    CHECK_HAS(s.err.text, "allowed in: async");
    s.run.phase = SCRIPT_ASYNC;
    CHECK_RC(script_stage_run(&s, "probe.later()"), RC_OK);
    script_stage_close(&s);
}

TEST(run, the_second_breach_of_a_quota_ends_the_run)
{
    struct script_budget budget;
    struct script_stage s;

    script_stage_open(&s);
    CHECK_RC(script_stage_run(&s, "for i = 1, 20 do probe.query() end\n"
                                  "local ok, e = pcall(probe.query)\n"
                                  "assert(not ok and e.code == 'E_QUOTA')\n"
                                  "return 'went on'"),
             RC_OK);
    CHECK_I64(s.host_calls, 20);
    CHECK_I64(s.result.usage.used[SCRIPT_QUERIES], 20);
    CHECK_RC(script_stage_run(&s, "while true do pcall(probe.query) end"),
             RC_SCRIPT);
    CHECK_CSTR(s.err.code, "E_QUOTA");
    CHECK_HAS(s.err.text, "20 queries");
    /* All of a transaction together: 100, in runs of 20. */
    script_budget_init(&budget);
    budget.queries = 5;
    s.run.budget = &budget;
    CHECK_RC(script_stage_run(&s, "for i = 1, 6 do probe.query() end"),
             RC_SCRIPT);
    CHECK_HAS(s.err.text, "transaction");
    CHECK_I64(budget.depth, 0);
    script_stage_close(&s);
}

TEST(run, a_run_within_a_run_takes_another_worker_and_has_a_depth)
{
    struct script_budget budget;
    struct script_stage s;

    script_stage_open(&s);
    script_budget_init(&budget);
    s.run.budget = &budget;
    CHECK_RC(script_stage_run(&s, "return probe.nest('return 40') + 2"), RC_OK);
    CHECK_I64(s.result.value.u.i, 42);
    CHECK_RC(script_stage_run(&s,
                              "local text = ... or 'return probe.nest((...))'\n"
                              "return probe.nest(text)"),
             RC_SCRIPT);
    CHECK_CSTR(s.err.code, "E_CYCLE");
    CHECK_I64(budget.depth, 0);
    CHECK(budget.cpu_us < 2000000);
    script_stage_close(&s);
}

TEST(run, a_transaction_whose_scripts_used_up_their_time_runs_no_more)
{
    struct script_budget budget;
    struct script_stage s;

    script_stage_open(&s);
    script_budget_init(&budget);
    budget.cpu_us = 4000; /* 2 M steps take longer */
    s.run.budget = &budget;
    CHECK_RC(script_stage_run(&s, "while true do end"), RC_SCRIPT);
    CHECK_CSTR(s.err.code, "E_LIMIT");
    CHECK(s.result.usage.cpu_us < 60000);
    CHECK_RC(script_stage_run(&s, "return 1"), RC_SCRIPT);
    CHECK_HAS(s.err.text, "transaction");
    script_stage_close(&s);
}

TEST(run, workers_are_used_again_and_ended_after_a_breach)
{
    struct script_pool_stats stats;
    struct script_stage s;

    script_stage_open(&s);
    for (int i = 0; i < 20; i++)
        CHECK_RC(script_stage_run(&s, "return 1"), RC_OK);
    script_pool_stats(s.pool, &stats);
    CHECK_I64(stats.spawned, 1);
    CHECK_I64(stats.runs, 20);
    CHECK_RC(script_stage_run(&s, "while true do end"), RC_SCRIPT);
    CHECK_RC(script_stage_run(&s, "return 1"), RC_OK);
    script_pool_stats(s.pool, &stats);
    CHECK_I64(stats.spawned, 2);
    CHECK_I64(stats.limits, 1);
    CHECK_I64(stats.busy, 0);
    script_stage_close(&s);
}

TEST(run, five_breaches_switch_a_script_off_until_it_is_reset)
{
    struct script_stage s;

    script_stage_open(&s);
    for (int i = 0; i < 5; i++) {
        CHECK_RC(script_stage_run(&s, "local s = ('x'):rep(2000000)"),
                 RC_SCRIPT);
        CHECK_CSTR(s.err.code, "E_LIMIT");
        CHECK(!s.result.is_disabled);
    }
    CHECK_I64(s.tripped, 1);
    CHECK_RC(script_stage_run(&s, "return 1"), RC_SCRIPT);
    CHECK(s.result.is_disabled);
    CHECK_HAS(s.err.text, "switched off");
    s.run.name = STR("another");
    CHECK_RC(script_stage_run(&s, "return 1"), RC_OK);
    s.run.name = STR("test");
    CHECK(script_breaker_is_open(s.pool, s.run.owner, s.run.name));
    script_breaker_reset(s.pool, s.run.owner, s.run.name);
    CHECK_RC(script_stage_run(&s, "return 1"), RC_OK);
    script_stage_close(&s);
}

TEST(run, a_launcher_that_is_gone_is_said_and_breaks_nothing_else)
{
    struct script_stage s;

    script_stage_open(&s);
    kill(s.launcher.pid, SIGKILL);
    /* Its workers die with it, in a moment; each says so once. */
    for (int i = 0; i < 1000 && s.rc != RC_IO; i++) {
        script_stage_run(&s, "return 1");
        CHECK(s.rc == RC_OK || s.rc == RC_IO || s.rc == RC_SCRIPT);
        usleep(1000);
    }
    CHECK_RC(s.rc, RC_IO);
    CHECK_HAS(s.err.text, "launcher");
    script_stage_close(&s);
}

/* --- turns -------------------------------------------------------------------------------- */

struct sleeper {
    struct script_stage *s;
    struct str owner;
    enum rc rc;
    pthread_t thread;
};

static void *sleep_in_a_script(void *arg)
{
    struct sleeper *z = arg;
    struct script_run run = z->s->run;
    struct script_source source = {STR("main"),
                                   STR("probe.sleep(170) return 1")};
    struct script_result result;
    struct arena a;

    arena_init(&a, 1 << 20);
    run.sources = &source;
    run.owner = z->owner;
    z->rc = script_run(z->s->pool, &run, &a, &result, NULL);
    arena_release(&a);
    return NULL;
}

TEST(run, two_runs_of_a_package_at_a_time_and_others_beside_them)
{
    struct sleeper z[5];
    struct script_stage s;
    int busy = 0;

    script_stage_open(&s);
    for (int i = 0; i < 5; i++) {
        z[i] = (struct sleeper){.s = &s, .owner = STR("ws/greedy")};
        pthread_create(&z[i].thread, NULL, sleep_in_a_script, &z[i]);
    }
    CHECK_RC(script_stage_run(&s, "return 1"), RC_OK); /* of another package */
    for (int i = 0; i < 5; i++) {
        pthread_join(z[i].thread, NULL);
        busy += z[i].rc == RC_BUSY;
        CHECK(z[i].rc == RC_OK || z[i].rc == RC_BUSY);
    }
    /* Two, two more, and one waited for 250 ms in vain. */
    CHECK(busy >= 1 && busy <= 3);
    script_stage_close(&s);
}

/* --- the check ------------------------------------------------------------------------------ */

static struct script_check check(struct script_stage *s, const char *text)
{
    struct script_source source = {STR("main"), str_c(text)};
    struct script_check c = {NULL, 0};

    arena_reset(&s->arena);
    CHECK_RC(script_check(s->pool, &source, &s->arena, &c, &s->err), RC_OK);
    return c;
}

TEST(check, a_syntax_error_has_its_line_and_column)
{
    struct script_stage s;
    struct script_check c;

    script_stage_open(&s);
    c = check(&s, "local a = 1\nlocal b = = 2\n");
    CHECK_I64(c.n, 1);
    CHECK(c.v[0].is_error);
    CHECK_I64(c.v[0].line, 2);
    CHECK_I64(c.v[0].column, 9);
    c = check(&s, "\x1bLua");
    CHECK_I64(c.n, 1);
    CHECK(c.v[0].is_error);
    script_stage_close(&s);
}

TEST(check, names_that_nothing_declares_are_found_where_they_stand)
{
    struct script_stage s;
    struct script_check c;

    script_stage_open(&s);
    c = check(&s, "local M = {}\n"
                  "function M.f(rec, old)\n"
                  "  for i, v in ipairs(rec.list) do\n"
                  "    local t = {name = v, i}\n"
                  "    rec.total = t.name + totl\n"
                  "  end\n"
                  "  count = 1\n"
                  "  return txt.trim('x'), text.trimm('y')\n"
                  "end\n"
                  "return M\n");
    CHECK_I64(c.n, 4);
    CHECK_I64(c.v[0].line, 5);
    CHECK_I64(c.v[0].column, 26);
    CHECK(!c.v[0].is_error);
    CHECK(str_find(c.v[0].message, STR("\"totl\"")) >= 0);
    CHECK(str_find(c.v[1].message, STR("local count")) >= 0);
    CHECK(str_find(c.v[2].message, STR("did you mean \"text\"")) >= 0);
    CHECK(str_find(c.v[3].message, STR("did you mean \"trim\"")) >= 0);
    script_stage_close(&s);
}

TEST(check, what_is_declared_in_any_way_is_let_be)
{
    struct script_stage s;

    script_stage_open(&s);
    CHECK_I64(
        check(&s, "local a <const>, b = 1, [[x]] -- c\n"
                  "--[==[ nothing ]] ]==]\n"
                  "local function f(x, ...) return f, x, ... end\n"
                  "local o = {}\n"
                  "function o:m() return self, self.q:r() end\n"
                  "for i = 1, 2 do goto next; f(i) ::next:: end\n"
                  "for k, v in (function() local z = 1 return pairs({z}) end)()"
                  " do f(k, v) end\n"
                  "repeat local done = true until done\n"
                  "if a then local q = 1 f(q) elseif b then f(b) else f() end\n"
                  "while a do local w = 0x1p-3 f(w) end\n"
                  "return {[a] = 1, b = 2; c = 3, f = f}, math.pi, "
                  "json.null, _G, _VERSION, 'it\\'s'\n")
            .n,
        0);
    script_stage_close(&s);
}
