/*
 * What expressions give: operators, null rules, functions, change, chance.
 */
#include "base/time.h"
#include "fx/fx_ast.h"
#include "test.h"
#include "fx_world.h"

static const int64_t NOW_MS = INT64_C(1774741500000); /* 2026-03-28T23:45Z */

struct scene {
    struct arena arena;
    struct fx_world world;
    struct fx_world_row *deal, *old, *account;
    const struct tz *tz;
    struct value params[5];
};

static void set(struct fx_world_row *r, const char *name, struct value v)
{
    r->v[fx_world_index(r->entity, name)] = v;
}

static struct value text(const char *s)
{
    return value_text(str_c(s));
}

static struct value euros(int64_t minor)
{
    return (struct value){.kind = V_MONEY,
                          .scale = 2,
                          .cur = "USD",
                          .u.i = minor,
                          .base = minor / 2};
}

static void add_line(struct scene *s, int64_t id, int64_t qty, int64_t price,
                     const char *kind)
{
    struct fx_world_row *r = fx_world_add(&s->world, &FX_LINE, id);

    set(r, "deal", value_ref(1));
    set(r, "qty", qty ? value_int(qty) : VALUE_NULL);
    set(r, "price", value_dec(price, 2));
    set(r, "kind", text(kind));
    set(r, "product", text(kind));
    set(r, "done", value_bool(qty > 1));
}

static void begin(struct scene *s)
{
    struct fx_world_row *boss, *user;

    *s = (struct scene){.tz = NULL};
    arena_init(&s->arena, 8 << 20);
    fx_world_init(&s->world, &s->arena, 40);
    CHECK_RC(tz_load(STR("Europe/Vienna"), &s->arena, &s->tz, NULL), RC_OK);
    s->deal = fx_world_add(&s->world, &FX_DEAL, 1);
    set(s->deal, "name", text("Caf\303\251 One"));
    set(s->deal, "stage", text("won"));
    set(s->deal, "qty", value_int(3));
    set(s->deal, "price", value_dec(1250, 2));
    set(s->deal, "rate", value_dec(12345, 4));
    set(s->deal, "amount", euros(10001));
    set(s->deal, "due_on", value_date(date_from_ymd(2026, 1, 31)));
    set(s->deal, "opened_at", value_instant(NOW_MS));
    set(s->deal, "at", (struct value){.kind = V_TIME, .u.i = 570});
    set(s->deal, "took", (struct value){.kind = V_DUR, .u.i = 5400000});
    set(s->deal, "active", value_bool(true));
    set(s->deal, "account", value_ref(2));
    set(s->deal, "regarding",
        (struct value){.kind = V_ANYREF, .ent = 2, .u.i = 2});
    set(s->deal, "big", value_int(INT64_MAX));
    s->account = fx_world_add(&s->world, &FX_ACCOUNT, 2);
    set(s->account, "name", text("Acme"));
    set(s->account, "credit", euros(500));
    user = fx_world_add(&s->world, &FX_PERSON, 3);
    set(user, "name", text("Ann"));
    set(user, "manager", value_ref(4));
    boss = fx_world_add(&s->world, &FX_PERSON, 4);
    set(boss, "name", text("Bob"));
    add_line(s, 10, 2, 150, "rent");
    add_line(s, 11, 0, 100, "buy");
    add_line(s, 12, 1, 199, "rent");
    s->world.data.user = user;
    s->params[0] = value_int(2);
    s->params[1] = value_dec(1000, 2);
    s->params[2] = text("won");
}

static void end(struct scene *s)
{
    arena_release(&s->arena);
}

static struct fx_frame frame_of(struct scene *s)
{
    return (struct fx_frame){.data = &s->world.data,
                             .row = s->deal,
                             .old = s->old,
                             .params = s->params,
                             .now_ms = NOW_MS,
                             .tz = s->tz,
                             .arena = &s->arena,
                             .seed = 7};
}

static struct str give(struct scene *s, const char *source, unsigned use)
{
    const struct fx_expr *x = fx_world_compile(&s->arena, source, use);
    const struct fx_frame f = frame_of(s);
    struct value v = VALUE_NULL;
    struct err err = ERR_INIT;
    enum rc rc = fx_eval(x, &f, &v, &err);

    if (rc != RC_OK)
        return str_fmt(&s->arena, "%s %s", rc_name(rc), err.text);
    return fx_world_print(&s->arena, &v);
}

static void check_all(const char *const (*list)[2], size_t n, unsigned use)
{
    struct scene s;

    begin(&s);
    for (size_t i = 0; i < n; i++) {
        struct str got = give(&s, list[i][0], use);

        if (!str_eq(got, str_c(list[i][1])))
            test_fail(__FILE__, __LINE__, "%s gives %.*s, not %s", list[i][0],
                      STR_ARG(got), list[i][1]);
    }
    end(&s);
}
#define GIVES(...)                                                             \
    check_all((const char *const[][2]){__VA_ARGS__},                           \
              sizeof((const char *const[][2]){__VA_ARGS__}) /                  \
                  sizeof(const char *const[2]),                                \
              FX_USE_VALUE)

/* clang-format off */
TEST(fx_eval, computes_exactly)
{
    GIVES({"1 + 2 * 3", "7"}, {"(1 + 2) * 3", "9"}, {"-2 - -3", "1"},
          {"0.1 + 0.2", "0.3"}, {"price * qty", "37.50"},
          {"price * rate", "15.431250"}, {"rate * rate * rate", "1.881365964"},
          {"1 / 3", "0.333333"}, {"2 / 3", "0.666667"}, {"-2 / 3", "-0.666667"},
          {"0.0000005 / 1", "0.000001"}, {"7 % 3", "1"}, {"-7 % 3", "-1"},
          {"7.5 % 2", "1.5"}, {"7 % 0", "null"}, {"1 / 0", "null"},
          {"1 / (qty - 3)", "null"}, {"round(2.5)", "3"}, {"round(-2.5)", "-3"},
          {"round(2.345, 2)", "2.35"}, {"round(price, 5)", "12.50"},
          {"floor(-0.5)", "-1"}, {"ceil(-0.5)", "0"}, {"trunc(12.99)", "12"},
          {"weight", "null"}, {"-qty", "-3"}, {"abs(-qty)", "3"});
}

TEST(fx_eval, money_is_its_base_amount_inside)
{
    GIVES({"amount", "100.01 USD"}, {"amount + 0", "50.00"},
          {"amount * 0.5", "25.00"}, {"amount / 3", "16.67"},
          {"amount / account.credit", "20.000000"}, {"amount = 50", "true"},
          {"amount gt 50", "false"}, {"if(active, amount, 0)", "50.00"},
          {"coalesce(amount, 1)", "50.00"}, {"account.credit", "5.00 USD"},
          {"round(amount * 1.01, 0)", "51.00"}, {"floor(amount / 7)", "7.00"},
          {"max(amount, account.credit)", "50.00"},
          {"amount in (1, 50.00)", "true"});
}

TEST(fx_eval, null_follows_three_rules)
{
    GIVES({"qty + null", "null"}, {"note is empty", "true"},
          {"note = null", "true"}, {"note <> 'a'", "true"},
          {"note = 'a'", "false"}, {"note lt 'a'", "false"},
          {"not (note lt 'a')", "true"}, {"note ge 'a'", "false"},
          {"'a' .. note .. 'b'", "ab"}, {"null = null", "true"},
          {"weight lt 1 or weight ge 1", "false"},
          {"note in ('a', null)", "true"}, {"note not in ('a')", "true"},
          {"qty in (1, null)", "false"}, {"len(note)", "null"},
          {"contains(note, 'a')", "false"}, {"not contains(note, 'a')", "true"},
          {"if(null, 1, 2)", "2"}, {"null and true", "false"},
          {"not null", "true"}, {"min(null, 3, null)", "3"},
          {"max(null, weight)", "null"}, {"clamp(weight, 1, 2)", "null"},
          {"clamp(9, null, 2)", "2"}, {"coalesce(null, null)", "null"},
          {"nullif(qty, 3)", "null"}, {"nullif(qty, 4)", "3"},
          {"switch(note, 'a', 1, null, 2)", "2"},
          {"switch(qty, 1, 'a')", "null"}, {"is_blank(null)", "true"},
          {"start_on + 1 days", "null"}, {"account.parent.name", "null"},
          {"tags is empty", "true"}, {"len(tags)", "0"},
          {"'a' in tags", "false"});
}

TEST(fx_eval, text_compares_exactly_and_orders_folded)
{
    GIVES({"name = 'Caf\303\251 One'", "true"}, {"name = 'cafe one'", "false"},
          {"contains(name, 'CAFE')", "true"}, {"starts(name, 'cafe o')", "true"},
          {"ends(name, 'ONE')", "true"}, {"name le 'cafe one'", "true"},
          {"name lt 'cafe one'", "false"}, {"name gt 'B'", "true"},
          {"contains(name, '')", "true"}, {"starts(name, 'x')", "false"},
          {"upper('\303\244b')", "\303\244B"}, {"len(name)", "8"},
          {"right(name, 0)", ""}, {"right(name, 99)", "Caf\303\251 One"},
          {"left(name, -1)", ""}, {"mid(name, 0, 4)", "Caf\303\251"},
          {"mid(name, 4, 1)", "\303\251"}, {"replace('aaa', 'a', 'bb')", "bbbbbb"},
          {"replace('a', '', 'b')", "a"}, {"repeat('ab', 0)", ""},
          {"len(repeat('a', 999999))", "255"}, {"pad_left('abc', 2, 'x')", "abc"},
          {"pad_left('a', 4, 'xy')", "xyxa"}, {"pad_left('a', 3)", "  a"},
          {"pad_left('a', 3, '')", "a"}, {"split_part('a,b', ',', 3)", "null"},
          {"split_part('a,,b', ',', 2)", ""}, {"split_part('a', '', 1)", "a"},
          {"initials('  ')", ""}, {"initials('x')", "X"},
          {"initials('\303\251a b c')", "\303\251B"}, {"digits('a')", ""},
          {"similar('abc', 'abc')", "true"}, {"similar('abc', 'xyz')", "false"},
          {"similar('', '')", "false"}, {"label(stage)", "Won!"},
          {"'it''s'", "it's"}, {"\"a\"\"b\"", "a\"b"});
}

TEST(fx_eval, dates_clamp_and_end)
{
    GIVES({"due_on + 1 months", "2026-02-28"}, {"due_on + 13 months", "2027-02-28"},
          {"due_on - 11 months", "2025-02-28"}, {"due_on + 1 years", "2027-01-31"},
          {"'2024-02-29' + 1 years", "2025-02-28"}, {"due_on + 1 weeks", "2026-02-07"},
          {"due_on + :n days", "2026-02-02"}, {"due_on + 99999999 days", "null"},
          {"due_on - 9999999 months", "null"}, {"due_on - '2026-01-01'", "2592000000ms"},
          {"today()", "2026-03-29"}, {"now()", "2026-03-28T23:45:00.000Z"},
          {"date(opened_at)", "2026-03-29"}, {"opened_at = '2026-03-29'", "true"},
          {"opened_at le '2026-03-28'", "false"}, {"opened_at ge '2026-03-29'", "true"},
          {"opened_at lt '2026-03-29T00:00:00Z'", "true"},
          {"hour(opened_at)", "0"}, {"minute(opened_at)", "45"},
          {"hour(at)", "9"}, {"at = '09:30'", "true"}, {"at gt '09:29'", "true"},
          {"opened_at + 2 h", "2026-03-29T01:45:00.000Z"},
          {"opened_at + 1 days - opened_at", "86400000ms"},
          {"opened_at + 1 months", "2026-04-28T22:45:00.000Z"},
          {"took gt 1 h", "true"}, {"took + 30 min = 2 h", "true"},
          {"took / 90 min", "1.000000"}, {"took * 2", "10800000ms"},
          {"date(2026, 2, 29)", "null"}, {"date(0, 1, 1)", "null"},
          {"date(2024, 2, 29)", "2024-02-29"}, {"date(2026, 13, 1)", "null"},
          {"start_of('2026-03-29', week)", "2026-03-23"},
          {"end_of('2026-03-29', 'week')", "2026-03-29"},
          {"end_of('2024-02-01', month)", "2024-02-29"},
          {"end_of('9999-12-31', year)", "9999-12-31"},
          {"end_of('9999-12-31', week)", "null"},
          {"start_of(due_on, day)", "2026-01-31"},
          {"iso_week('2021-01-03')", "53"}, {"weekday('2026-03-30')", "1"},
          {"months_between('2026-03-30', '2026-01-31')", "-1"},
          {"months_between('2026-01-31', '2026-02-28')", "0"},
          {"days_between(due_on, today())", "57"});
}

TEST(fx_eval, aggregates_see_the_children_and_this)
{
    GIVES({"count(lines)", "3"}, {"count(lines.qty)", "2"},
          {"count(lines where kind = 'rent')", "2"}, {"count(lines.done)", "1"},
          {"sum(lines.qty * lines.price)", "4.99"}, {"sum(lines.qty)", "3"},
          {"sum(lines.qty where kind = 'buy')", "0"}, {"avg(lines.qty)", "1.500000"},
          {"avg(lines.price where qty gt 9)", "null"}, {"min(lines.price)", "1.00"},
          {"max(lines.price where qty = 2)", "1.50"}, {"first(lines.qty)", "2"},
          {"last(lines.price)", "1.99"}, {"last(lines.qty where kind = 'buy')", "null"},
          {"exists(lines where price gt this.price)", "false"},
          {"exists(lines where qty lt this.qty)", "true"},
          {"list(lines.qty)", "[2, 1]"}, {"2 in list(lines.qty)", "true"},
          {"list(lines.qty where false) is empty", "true"},
          {"sum(lines.qty) * 2 + 1", "7"}, {"count(account.deals)", "1"},
          {"count(account.deals where id = this.id)", "1"},
          {"count(account.deals where count(lines where kind = 'rent') = 2)", "1"},
          {"count(account.parent.deals)", "0"},
          {"first(lines.product) .. '!'", "rent!"});
}

TEST(fx_eval, people_refs_and_parameters)
{
    GIVES({"user.name", "Ann"}, {"user.manager.name", "Bob"}, {"user", "#3"},
          {"user.id = user", "true"}, {"account.name", "Acme"}, {"this", "#1"},
          {"account = '00000000002'", "true"}, {"account <> '00000000003'", "true"},
          {"regarding = account", "true"}, {"is(regarding, 'crm:account')", "true"},
          {"is(regarding, 'crm:deal')", "false"}, {":n + 1", "3"},
          {"price gt :min_price", "true"}, {"stage = :who", "true"},
          {"stage in ('new', 'won')", "true"}, {"stage not in ('won')", "false"},
          {"id in :ids", "false"});
}

TEST(fx_eval, formats)
{
    GIVES({"format(1234567.891, '#,##0.00')", "1,234,567.89"},
          {"format(-1234, '#,##0')", "-1,234"}, {"format(12, '0')", "12"},
          {"format(2.5, 'EUR 0')", "EUR 3"}, {"format(0.5, '0.000 kg')", "0.500 kg"},
          {"format(due_on, 'D.M.YY')", "31.1.26"},
          {"format(due_on, 'YYYY/MM/DD')", "2026/01/31"},
          {"format(opened_at, 'DD.MM. hh:mm')", "29.03. 00:45"},
          {"format(at, 'h:mm')", "9:30"}, {"format(due_on)", "2026-01-31"},
          {"format(price)", "12.50"}, {"format(null)", "null"},
          {"format(5, '')", ""}, {"format(at)", "09:30"});
}

TEST(fx_eval, overflow_is_an_error_that_quotes)
{
    GIVES({"big + 1", "LIMIT \"big + 1\" gives a number that is too large."},
          {"-big - 2", "LIMIT \"-big - 2\" gives a number that is too large."},
          {"big * 2", "LIMIT \"big * 2\" gives a number that is too large."},
          {"big / 1", "LIMIT \"big / 1\" gives a number that is too large."},
          {"big = 1.5", "LIMIT \"big\" gives a number that is too large."},
          {"abs(-big - 1)", "LIMIT \"abs(-big - 1)\" gives a number that is too large."},
          {"opened_at + 153722867280912 min", "LIMIT \"opened_at + 153722867280912 min\" gives a number that is too large."},
          {"power(big, big)", "LIMIT \"power(big, big)\" gives a number that is too large."});
}
/* clang-format on */

TEST(fx_eval, knows_what_changed)
{
    static const char *const CASES[][2] = {
        {"changed(qty)", "true"},
        {"changed(name)", "false"},
        {"changed(note)", "false"},
        {"changed(amount)", "true"},
        {"changed_to(stage, 'won')", "true"},
        {"changed_to(stage, 'lost')", "false"},
        {"changed_from(stage, 'new')", "true"},
        {"changed_from(stage, null)", "false"},
        {"is_new()", "false"},
        {"old.qty", "1"},
        {"qty gt old.qty", "true"},
        {"old.account.name", "Acme"},
    };
    struct scene s;

    begin(&s);
    s.old = fx_world_add(&s.world, &FX_DEAL, 1);
    for (size_t i = 0; i < FX_DEAL.n; i++)
        s.old->v[i] = s.deal->v[i];
    set(s.old, "qty", value_int(1));
    set(s.old, "stage", text("new"));
    set(s.old, "amount", euros(10002)); /* of the same base amount */
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++)
        CHECK_STR(give(&s, CASES[i][0], FX_USE_CONDITION), CASES[i][1]);
    s.old = NULL;
    CHECK_STR(give(&s, "is_new()", FX_USE_CONDITION), "true");
    CHECK_STR(give(&s, "changed(qty)", FX_USE_CONDITION), "true");
    CHECK_STR(give(&s, "changed(note)", FX_USE_CONDITION), "false");
    CHECK_STR(give(&s, "changed_from(stage, null)", FX_USE_CONDITION), "false");
    CHECK_STR(give(&s, "old.qty", FX_USE_CONDITION), "null");
    end(&s);
}

TEST(fx_eval, chance_is_the_same_again)
{
    struct scene s;
    struct str first;

    begin(&s);
    first = give(&s, "random(1, 1000000)", FX_USE_SEED);
    CHECK(str_eq(first, give(&s, "random(1, 1000000)", FX_USE_SEED)));
    CHECK_STR(give(&s, "random(5, 5)", FX_USE_SEED), "5");
    CHECK_STR(give(&s, "random(5, 4)", FX_USE_SEED), "null");
    CHECK_STR(give(&s, "pick('a')", FX_USE_SEED), "a");
    CHECK_STR(give(&s, "pick(1, 2, 3) in (1, 2, 3)", FX_USE_SEED), "true");
    end(&s);
}

TEST(fx_eval, a_filter_of_a_ref_has_its_own_this)
{
    const struct fx_opts opts = {.schema = fx_world_schema(),
                                 .entity = &FX_ACCOUNT,
                                 .this_entity = &FX_DEAL,
                                 .use = FX_USE_FILTER};
    const struct fx_expr *x = NULL;
    struct fx_fault fault = {.code = ""};
    struct scene s;
    struct fx_frame f;
    bool yes = false;

    begin(&s);
    CHECK_RC(fx_compile(STR("name = 'Acme' and this.qty = 3"), &opts, &s.arena,
                        &x, &fault),
             RC_OK);
    f = frame_of(&s);
    f.row = s.account;
    f.outer = s.deal;
    CHECK_RC(fx_eval_bool(x, &f, &yes, NULL), RC_OK);
    CHECK(yes);
    f.outer = NULL;
    CHECK_RC(fx_eval_bool(x, &f, &yes, NULL), RC_OK);
    CHECK(!yes);
    end(&s);
}

TEST(fx_eval, refuses_a_value_that_its_field_does_not_promise)
{
    struct scene s;
    struct err err = ERR_INIT;
    struct value v = VALUE_NULL;
    struct fx_frame f;

    begin(&s);
    set(s.deal, "qty", text("three"));
    f = frame_of(&s);
    CHECK_RC(fx_eval(fx_world_compile(&s.arena, "qty + 1", FX_USE_VALUE), &f,
                     &v, &err),
             RC_BUG);
    CHECK_HAS(err.text, "\"qty\" has a value of another type");
    CHECK(v.kind == V_NULL);
    end(&s);
}

TEST(fx_eval, no_row_is_all_null)
{
    struct scene s;
    struct value v = VALUE_NULL;
    struct fx_frame f;

    begin(&s);
    f = frame_of(&s);
    f.row = NULL;
    CHECK_RC(fx_eval(fx_world_compile(&s.arena, "'x' .. name", FX_USE_VALUE),
                     &f, &v, NULL),
             RC_OK);
    CHECK_STR(v.u.s, "x");
    CHECK_RC(fx_eval(fx_world_compile(&s.arena,
                                      "count(lines) + sum(account.deals.qty)",
                                      FX_USE_VALUE),
                     &f, &v, NULL),
             RC_OK);
    CHECK_I64(v.u.i, 0);
    end(&s);
}

TEST(fx_eval, survives_any_failed_allocation)
{
    static const char *const SOURCES[] = {
        "name .. upper(name) .. replace(name, 'a', 'b')",
        "contains(name, 'x') or name lt 'b' or similar(name, 'caf')",
        "list(lines.qty)",
        "format(price, '0.0') .. initials(name) .. pad_left(name, 20)",
    };

    for (size_t i = 0; i < sizeof SOURCES / sizeof *SOURCES; i++)
        WITH_EACH_ALLOC_FAILING (k) {
            struct scene s;
            const struct fx_expr *x = NULL;
            struct value v = VALUE_NULL;
            struct arena small;
            struct fx_frame f;
            enum rc rc;

            WITHOUT_FAULTS
            {
                begin(&s);
                x = fx_world_compile(&s.arena, SOURCES[i], FX_USE_VALUE);
            }
            arena_init(&small, 1 << 20);
            f = frame_of(&s);
            f.arena = &small;
            s.world.arena = &small;
            rc = fx_eval(x, &f, &v, NULL);
            CHECK(rc == RC_OK || rc == RC_NOMEM);
            CHECK(rc == RC_OK || v.kind == V_NULL);
            arena_release(&small);
            end(&s);
        }
}
