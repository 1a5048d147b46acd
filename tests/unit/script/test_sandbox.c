/* The sandbox in this process: its budgets, its memory, its errors. */
#include <pthread.h>

#include "box.h"
#include "script/match.h"
#include "test.h"

/* A typical rule: modules, closures, patterns, errors, exact values, a log. */
static const char TYPICAL[] =
    "local M = {}\n"
    "local Point = {} Point.__index = Point\n"
    "function Point.new(x) return setmetatable({x = x}, Point) end\n"
    "function Point:twice() return self.x * 2 end\n"
    "function M.score(rec)\n"
    "  local words = text.split('a b c', ' ')\n"
    "  table.sort(words, function(a, b) return a > b end)\n"
    "  local ok, e = pcall(fail, 'E_X', 'No.', {field = 'f', details = {1}})\n"
    "  assert(not ok and e.code == 'E_X')\n"
    "  local total = list.sum({money.new('1.50', 'EUR'), money.new(2, "
    "'EUR')})\n"
    "  log.info(('%s %d'):format(total, 5), {n = 1})\n"
    "  local j = json.decode(json.encode({a = {1, 2}, b = 'x'}))\n"
    "  return {words = table.concat(words, '-'), total = total,\n"
    "    due = date.add(date.today(), 1, 'month'), n = Point.new(4):twice(),\n"
    "    j = j, s = ('k=v'):gsub('(%w)=(%w)', '%2=%1')}\n"
    "end\n"
    "return M.score({})";

TEST(sandbox, survives_any_failed_allocation)
{
    int ran = 0;

    WITH_EACH_ALLOC_FAILING (i) {
        struct box b;

        box_init(&b, TYPICAL);
        sandbox_run(&b.s, &b.arena, &b.end);
        CHECK(b.end.ok || b.end.problem.code.n > 0);
        CHECK(b.end.ok || str_is(b.end.problem.code, "E_LIMIT"));
        CHECK_I64(b.s.live, 0);
        box_release(&b);
        ran++;
    }
    CHECK(ran > 100 || ran == 1); /* without counters nothing fails */
}

TEST(sandbox, gives_back_all_memory_whatever_happened)
{
    static const char *const TEXTS[] = {
        TYPICAL,
        "while true do end",
        "error({})",
        "return ('x'):rep(500000)",
        "local t = {} while true do t[#t + 1] = ('x'):rep(1000) end",
        "local = 1",
        "('x'):gsub('.', error)",
        "table.concat({{}})",
        "string.format('%d', 'x')"};

    for (size_t i = 0; i < sizeof TEXTS / sizeof TEXTS[0]; i++) {
        struct box b;

        box_init(&b, TEXTS[i]);
        sandbox_run(&b.s, &b.arena, &b.end);
        CHECK_I64(b.s.live, 0);
        CHECK(b.end.usage.memory_peak <= b.run.limits.memory);
        box_release(&b);
    }
}

TEST(sandbox, each_budget_names_itself)
{
    static const struct {
        const char *text, *said;
    } CASES[] = {
        {"while true do end", "steps"},
        {"local s = ('x'):rep(100) while true do local a = s .. s .. s .. s"
         " a:upper():lower():reverse() end",
         "E_LIMIT"},
        {"('x'):rep(2000000)", "KiB"},
        {"local t = {} for i = 1, 100 do t[i] = ('x'):rep(500000) end",
         "16 MiB of memory"},
    };

    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        char said[300];
        struct box b;

        box_init(&b, CASES[i].text);
        b.run.limits.cpu_ms = b.run.limits.wall_ms = 5000; /* sanitizers */
        sandbox_run(&b.s, &b.arena, &b.end);
        snprintf(said, sizeof said, "%.*s: %.*s", STR_ARG(b.end.problem.code),
                 STR_ARG(b.end.problem.message));
        CHECK_HAS(said, CASES[i].said);
        box_release(&b);
    }
}

TEST(sandbox, garbage_is_collected_beside_much_that_lives)
{
    struct box b;

    box_init(&b, "local keep = {}\n"
                 "for i = 1, 90 do keep[i] = ('x'):rep(100000) .. i end\n"
                 "for i = 1, 500 do local s = ('y'):rep(100000) .. i end");
    b.run.limits = script_limits_of(SCRIPT_ACTION, 0);
    sandbox_run(&b.s, &b.arena, &b.end);
    CHECK_STR(b.end.problem.message, "");
    CHECK(b.end.ok);
    box_release(&b);
}

TEST(sandbox, cpu_and_wall_time_end_it_too)
{
    struct box b;

    box_init(&b, "while true do end");
    b.run.limits.steps = INT64_MAX / 2;
    b.run.limits.cpu_ms = 10;
    sandbox_run(&b.s, &b.arena, &b.end);
    CHECK_I64(b.end.killed, KILL_CPU);
    CHECK(b.end.usage.cpu_us < 60000);
    box_release(&b);
    box_init(&b, "while true do end");
    b.run.limits.steps = INT64_MAX / 2;
    b.run.limits.cpu_ms = 1000;
    b.run.limits.wall_ms = 10;
    sandbox_run(&b.s, &b.arena, &b.end);
    CHECK_I64(b.end.killed, KILL_WALL);
    box_release(&b);
}

TEST(sandbox, the_same_seed_draws_the_same)
{
    static const char TEXT[] = "return math.random(1000000)";
    int64_t n = box_i64(TEXT);

    CHECK_I64(box_i64(TEXT), n);
    CHECK(box_i64("math.random() return math.random(1000000)") != n);
    CHECK_I64(box_i64("for i = 1, 1000 do local n = math.random(-3, 3)\n"
                      "assert(n >= -3 and n <= 3) end\n"
                      "math.random(math.mininteger, math.maxinteger)\n"
                      "return math.random(5, 5)"),
              5);
    CHECK_HAS(box_error("math.random(2, 1)"), "interval is empty");
}

TEST(sandbox, values_come_out_in_the_order_of_their_keys)
{
    struct box b;

    box_init(&b, "local t = {} for _, k in ipairs {'z', 'b', 'y', 'a'} do\n"
                 "  t[k] = 1 end return t");
    box_run(&b);
    CHECK_I64(b.value.u.map.n, 4);
    CHECK_STR(b.value.u.map.v[0].key, "a");
    CHECK_STR(b.value.u.map.v[3].key, "z");
    box_release(&b);
}

TEST(sandbox, metatables_are_taken_once_and_as_they_are)
{
    CHECK_CSTR(
        box_error(
            "local mt = {__index = {a = 1}}\n"
            "local t = setmetatable({}, mt)\n"
            "mt.__index = {a = 2} mt.__call = print\n"
            "assert(t.a == 1 and not pcall(t))\n"
            "assert(getmetatable(t) == mt)\n"
            "assert(getmetatable(setmetatable({}, mt)) == mt)\n"
            "local v = setmetatable({}, {__add = function() return 5 end,\n"
            "  __eq = function() return true end,\n"
            "  __lt = function() return true end,\n"
            "  __concat = function() return 'c' end,\n"
            "  __len = function() return 9 end, __name = 'V'})\n"
            "assert(v + 1 == 5 and v < v and v .. '' == 'c' and #v == 9)\n"
            "assert(tostring(v) == 'V')"),
        "ok");
}

/* --- local time ------------------------------------------------------------------------- */

TEST(date, local_time_is_the_workspaces)
{
    CHECK_CSTR(
        box_error(
            "local d = date.parse('2026-07-01T12:00:00Z')\n"
            "assert(d.hour == 14 and date.format(d) == '2026-07-01 14:00')\n"
            "assert(date.at(date.new(2026, 7, 1), '14:00') == d)\n"
            "assert(date.start_of(d, 'day').ms == d.ms - 14 * 3600000)\n"
            "local a = date.at(date.new(2026, 3, 28), '08:00')\n"
            "local b = date.add(a, 1, 'day')\n"
            "assert(b.hour == 8 and b.ms - a.ms == 23 * 3600000)\n"
            "assert(date.diff(a, b, 'hours') == 23)\n"
            "assert(date.end_of(d, 'month').date == date.new(2026, 7, 31))\n"
            "assert(date.tz(d, 'America/New_York').offset == -240)"),
        "ok");
    CHECK_HAS(box_error("date.tz(date.now(), 'Nowhere/City')"), "E_NOT_FOUND");
    CHECK_HAS(box_error("date.tz(date.now(), '../../etc/passwd')"), "E_");
}

TEST(date, sums_are_those_of_a_calendar)
{
    CHECK_CSTR(
        box_error("local d = date.new(2024, 2, 29)\n"
                  "assert(date.add(d, 1, 'year') == date.new(2025, 2, 28))\n"
                  "assert(date.add(d, -1, 'months') == date.new(2024, 1, 29))\n"
                  "assert(date.diff(date.new(2024, 1, 31), d, 'month') == 1)\n"
                  "assert(date.diff(d, date.new(2024, 1, 29), 'month') == -1)\n"
                  "assert(date.start_of(d, 'week') == date.new(2024, 2, 26))\n"
                  "assert(date.end_of(d, 'quarter') == date.new(2024, 3, 31))\n"
                  "assert(tostring(d - date.new(2024, 1, 1)) == 'P59D')\n"
                  "assert(date.dur(1, 'month') + date.dur(36, 'h') ==\n"
                  "  -(-date.dur(1, 'month') - date.dur(36, 'h')))\n"
                  "assert(tostring(date.dur(90, 'min')) == 'PT1H30M')\n"
                  "assert(tostring(date.dur(0, 'min')) == 'PT0S')\n"
                  "assert(#date.range(d, date.new(2024, 6, 1), 'month') == 4)\n"
                  "assert(date.parse('2024-02-30') == nil and date.parse('x') "
                  "== nil)\n"
                  "assert(date.parse('24:00') == nil)\n"
                  "assert(date.format(d, \"'Q' YY MMM ddd HH:mm\") ==\n"
                  "  'Q 24 Feb Thu 00:00')"),
        "ok");
    CHECK_HAS(box_error("date.format(date.today(), 'QQ')"), "letters are");
    CHECK_HAS(box_error("return date.new(2026, 1, 1) + date.dur(1, 'h')"),
              "whole days");
}

/* --- exact numbers ------------------------------------------------------------------------ */

TEST(dec, rounds_and_keeps_scales_as_it_says)
{
    CHECK_CSTR(
        box_error(
            "local function is(v, s) assert(tostring(v) == s, tostring(v)) "
            "end\n"
            "is(dec.new('1.50'), '1.50') is(dec.new('-0.005', 2), '-0.01')\n"
            "is(dec.new('1.5') + dec.new('2.25'), '3.75')\n"
            "is(dec.new('1.5') * dec.new('2.25'), '3.375')\n"
            "is(dec.new(1) / 3, '0.333333') is(dec.new('7.5') % 2, '1.5')\n"
            "is(dec.new('-7.5') % 2, '0.5') is(2 - dec.new('0.1'), '1.9')\n"
            "is(dec.new('2.5'):round(0, 'half_even'), '2')\n"
            "is(dec.new('3.5'):round(0, 'half_even'), '4')\n"
            "is(dec.new('-2.1'):round(0, 'floor'), '-3')\n"
            "is(dec.new('-2.9'):round(0, 'ceil'), '-2')\n"
            "is(dec.new('2.01'):round(1, 'up'), '2.1')\n"
            "assert(dec.new('1.0') == dec.new('1') and dec.new(1) < 2)\n"
            "assert(dec.new('1.0').scale == 1 and dec.new('1') ~= 1)\n"
            "is(money.new('10.005', 'EUR'), '10.01 EUR')\n"
            "is(money.new(10, 'EUR') * dec.new('0.2'), '2.00 EUR')\n"
            "is(3 * money.new(1, 'JPY'), '3 JPY')\n"
            "is(dec.new('1.5') * money.new(3, 'EUR'), '4.50 EUR')\n"
            "is(money.new(10, 'EUR') / 3, '3.33 EUR')\n"
            "is(money.new(10, 'EUR') / money.new(4, 'EUR'), '2.500000')\n"
            "is(-money.new(1, 'EUR'), '-1.00 EUR')\n"
            "assert(money.format(money.new(-1234567, 'EUR'), 'en') ==\n"
            "  '-1,234,567.00 EUR')\n"
            "assert(('%s'):format(dec.new('2.50')) == '2.50')\n"
            "assert('x' .. dec.new('2.50') == 'x2.50')"),
        "ok");
    CHECK_HAS(box_error("dec.new(0.1)"), "not exact");
    CHECK_HAS(box_error("dec.new('1,5')"), "E_TYPE");
    CHECK_HAS(box_error("money.new(1, 'XXX')"), "no currency");
}

/* --- the matcher ---------------------------------------------------------------------------- */

TEST(match, finds_what_lua_finds)
{
    CHECK_CSTR(
        box_error(
            "local function is(got, want) if got ~= want then\n"
            "  error(tostring(got) .. ' is not ' .. tostring(want), 2) end "
            "end\n"
            "is(('hello world'):find('o w'), 5)\n"
            "is(('abc'):match('^(a)(b)()'), 'a')\n"
            "is(select(3, ('abc'):match('^(a)(b)()')), 3)\n"
            "is(('  x  '):match('^%s*(.-)%s*$'), 'x')\n"
            "is(('THE (quick) fox'):find('%((%a+)%)'), 5)\n"
            "is(('x(a(b)c)y'):match('%b()'), '(a(b)c)')\n"
            "is(('THE quick'):gsub('%f[%a]%a+', 'w'), 'w w')\n"
            "is(('aXbXc'):gsub('X', '%%'), 'a%b%c')\n"
            "is(('abc'):gsub('', '-'), '-a-b-c-')\n"
            "is(('abc'):gsub('%w', '%0%0', 2), 'aabbc')\n"
            "is(('hello'):gsub('l', {l = 'L'}), 'heLLo')\n"
            "is(('hello'):gsub('l', function() return false end), 'hello')\n"
            "is(('k1=v1'):match('(%w+)=(%w+)'), 'k1')\n"
            "is(('\"a\" \"b\"'):match('([\"\\'])(.-)%1'), '\"')\n"
            "is(('a]b'):match('[]]'), ']') is(('a-b'):match('[a%-]+'), 'a-')\n"
            "is(('ab^'):match('[%^]'), '^') is(('x'):match('[^a-w]'), 'x')\n"
            "is(('äö'):match('[\\128-\\255]+'), 'äö')\n"
            "is(('a\\0b'):find('\\0'), 2) is(('a'):find('', 10), nil)\n"
            "is(('a.b'):find('.', 1, true), 2) is((''):find(''), 1)\n"
            "local n = 0 for _ in ('aaa'):gmatch('a-') do n = n + 1 end\n"
            "is(n, 4) n = 0\n"
            "for k, v in ('a=1, b=2'):gmatch('(%w+)=(%w+)') do n = n + "
            "tonumber(v) end\n"
            "is(n, 3)"),
        "ok");
    CHECK_HAS(box_error("('x'):find('[a')"), "missing ']'");
    CHECK_HAS(box_error("('x'):find('%')"), "ends with '%'");
    CHECK_HAS(box_error("('x'):find('(x')"), "unfinished capture");
    CHECK_HAS(box_error("('x'):find('(x))')"), "invalid pattern capture");
    CHECK_HAS(box_error("('x'):find('%1')"), "invalid capture index");
    CHECK_HAS(box_error("('x'):find('%b')"), "missing arguments");
    CHECK_HAS(box_error("('x'):find('%f')"), "missing '['");
    CHECK_HAS(box_error("('x'):gsub('x', '%2')"), "invalid capture index");
    CHECK_HAS(box_error("('x'):gsub('x', '%')"), "invalid use of '%'");
    CHECK_HAS(box_error("('x'):gsub('x', print)"), "ok");
    CHECK_HAS(box_error("('x'):gsub('x', function() return {} end)"),
              "invalid replacement value");
}

TEST(match, ends_when_its_steps_are_used_up)
{
    char as[40];
    char pattern[200] = "";
    int64_t steps = 10000;
    size_t begin, end;
    struct match m;

    memset(as, 'a', sizeof as);
    for (int i = 0; i < 30; i++)
        memcpy(pattern + 2 * i, "a?", 2);
    memset(pattern + 60, 'a', 41);
    match_init(&m, str_of(as, 34), str_of(pattern, 101), &steps);
    CHECK_I64(match_find(&m, 0, &begin, &end), MATCH_SPENT);
    CHECK(steps < 0);
}

/* --- texts and tables ------------------------------------------------------------------------- */

TEST(strings, behave_at_their_edges_as_luas_do)
{
    CHECK_CSTR(
        box_error(
            "local function is(got, want) if got ~= want then\n"
            "  error(tostring(got) .. ' is not ' .. tostring(want), 2) end "
            "end\n"
            "local s = 'hello'\n"
            "is(s:sub(0), 'hello') is(s:sub(-100, 2), 'he') is(s:sub(4, 2), "
            "'')\n"
            "is(s:sub(math.mininteger, math.maxinteger), 'hello')\n"
            "is(s:byte(0), nil) is(s:byte(-1), 111) is(select('#',\n"
            "  s:byte(1, -1)), 5) is(s:byte(10), nil)\n"
            "is(('x'):rep(-1), '') is(('x'):rep(3, ', '), 'x, x, x')\n"
            "is(('%5d|%-5s|%05.1f'):format(3, 'a', 2.25), '    3|a    "
            "|002.2')\n"
            "is(('%q'):format('a\\n\\0\\0011\"'), "
            "'\"a\\\\\\n\\\\0\\\\0011\\\\\"\"')\n"
            "is(('%.2s|%5.1s|'):format('abc', 'xyz'), 'ab|    x|')\n"
            "is(('%c%x%X%%'):format(65, 255, 255), 'AffFF%')\n"
            "is(('%i'):format(3.0), '3') is(('%s'):format(nil), 'nil')\n"
            "is(('%.3s'):format(('x'):rep(200)), 'xxx')\n"
            "is(#('%s'):format(('x'):rep(200)), 200)\n"
            "is(tostring(1e15), '1e+15') is(tostring(-0.0), '-0.0')\n"
            "is(tonumber('0x10'), 16) is(tonumber('1e1'), 10.0)\n"
            "is(tonumber(' 10 '), 10) is(tonumber('10a'), nil)\n"
            "is(tonumber('zz', 36), 1295) is(tonumber('8', 8), nil)\n"
            "is(tonumber('-ff', 16), -255) is(tonumber(''), nil)\n"
            "is(utf8.len('\\xed\\xa0\\x80'), nil) is(utf8.offset('äb', -1), "
            "3)\n"
            "is(utf8.char(), '') is(select('#', utf8.codepoint('äö', 1, -1)), "
            "2)\n"
            "is(math.floor(-3.5), -4) is(math.floor(1e300), 1e300)\n"
            "is(math.fmod(-6, 4), -2) is(math.tointeger('8'), 8)\n"
            "is(math.abs(math.mininteger), math.mininteger)\n"
            "is(select('#', table.unpack({1, nil, 3}, 1, 3)), 3)\n"
            "is(select(-1, 1, 2), 2) is(#text.split('', ','), 1)\n"
            "is(#text.lines(''), 0) is(#text.lines('\\n\\n'), 2)\n"
            "is(text.truncate('äöü', 2), 'ä…') is(text.pad('ä', 3), 'ä  ')\n"
            "is(text.template('{{a}} {{b.c}} {{', {a = 1}), '1  {{')\n"
            "is(text.phone('123'), nil) is(text.email('x'), nil)"),
        "ok");
    CHECK_HAS(box_error("('%d'):format(1.5)"), "no integer representation");
    CHECK_HAS(box_error("('%d'):format('x')"), "number expected");
    CHECK_HAS(box_error("('%y'):format(1)"), "invalid conversion");
    CHECK_HAS(box_error("('%'):format(1)"), "invalid format string");
    CHECK_HAS(box_error("('%123d'):format(1)"), "invalid");
    CHECK_HAS(box_error("('%p'):format({})"), "invalid conversion '%p'");
    CHECK_HAS(box_error("('%a'):format(1)"), "invalid conversion '%a'");
    CHECK_HAS(box_error("('%d'):format()"), "no value");
    CHECK_HAS(box_error("string.char(256)"), "value out of range");
    CHECK_HAS(box_error("utf8.char(0xD800)"), "no such character");
    CHECK_HAS(box_error("table.insert({}, 5, 1)"), "out of bounds");
    CHECK_HAS(box_error("table.insert({})"), "wrong number");
    CHECK_HAS(box_error("table.sort({1, 'x'})"), "attempt to compare");
    CHECK_HAS(box_error("setmetatable({}, {__metatable = 1})"), "__metatable");
    CHECK_HAS(box_error("list.map({}, 1)"), "function expected");
    CHECK_HAS(box_error("text.upper('\\xff')"), "no UTF-8");
    CHECK_HAS(box_error("json.decode('{\"a\":1,\"a\":2}')"), "E_TYPE");
}

TEST(strings, a_sort_is_stable_and_complete)
{
    CHECK_CSTR(
        box_error(
            "local t = {} for i = 1, 1000 do\n"
            "  t[i] = {k = (i * 7919) % 10, i = i} end\n"
            "table.sort(t, function(a, b) return a.k < b.k end)\n"
            "for i = 2, 1000 do local a, b = t[i - 1], t[i]\n"
            "  assert(a.k < b.k or (a.k == b.k and a.i < b.i)) end\n"
            "local names = list.sort_by({{n = 'b'}, {}, {n = 'a'}}, 'n')\n"
            "assert(names[1].n == 'a' and names[3].n == nil)\n"
            "local down = list.sort_by({{n = 1}, {}, {n = 2}}, 'n', 'down')\n"
            "assert(down[1].n == 2 and down[3].n == nil)\n"
            "local e = {} table.sort(e) assert(#e == 0)"),
        "ok");
}

TEST(log, lines_are_one_line_and_the_data_is_small)
{
    struct box b;

    box_init(&b, "print('a', 1, nil, {})\n"
                 "log.warn('x\\ny', {n = 1})\n"
                 "print()\n"
                 "assert(not pcall(log.info, 'x', {('y'):rep(5000)}))\n"
                 "log.info(('z'):rep(100000))\n"
                 "log.span('s', function() end)");
    box_run(&b);
    CHECK_STR(b.end.problem.message, "");
    CHECK_HAS(b.log, "a 1 nil table\nx\\ny\n\n");
    box_release(&b);
}
