/*
 * From text to types: what is refused, where, with which remedy.
 */
#include "base/limits.h"
#include "base/buf.h"
#include "fx/fx_ast.h"
#include "fx/fx_fn.h"
#include "test.h"
#include "fx_world.h"

static struct arena arena;

static void begin(void)
{
    arena_init(&arena, 8 << 20);
}

static void end(void)
{
    arena_release(&arena);
}

struct refused {
    const char *source, *code;
    uint32_t at;
    const char *part; /* of the message */
};

static void check_refused(const struct refused *list, size_t n, unsigned use)
{
    for (size_t i = 0; i < n; i++) {
        struct fx_fault f;

        begin();
        f = fx_world_fault(&arena, list[i].source, use);
        if (strcmp(f.code, list[i].code) != 0 || f.at != list[i].at ||
            !strstr(f.text, list[i].part))
            test_fail(__FILE__, __LINE__, "%s: %s at %u: %s", list[i].source,
                      f.code, f.at, f.text);
        CHECK(f.at <= strlen(list[i].source));
        end();
    }
}
#define REFUSED(use, ...)                                                      \
    check_refused((const struct refused[]){__VA_ARGS__},                       \
                  sizeof((const struct refused[]){__VA_ARGS__}) /              \
                      sizeof(struct refused),                                  \
                  use)

/* clang-format off */
TEST(fx_parse, says_where_the_grammar_is_left)
{
    REFUSED(FX_USE_VALUE,
        {"", "F200", 0, "empty"},
        {"   ", "F200", 0, "empty"},
        {"1 +", "F200", 3, "ends here; a value is missing"},
        {"(1", "F200", 2, "closing parenthesis"},
        {"1)", "F200", 1, "\")\" is not expected"},
        {"qty qty", "F200", 4, "an operator"},
        {"if(1,", "F200", 5, "a value"},
        {"name.", "F200", 5, "name after the point"},
        {"a < b < c", "F200", 6, "join them with and"},
        {"qty == 1", "F200", 4, "Write = to compare"},
        {"qty != 1", "F200", 4, "<> or ne"},
        {"active && active", "F200", 7, "Write and"},
        {"name || note", "F200", 5, ".. to join text"},
        {"!active", "F200", 0, "Write not"},
        {"'abc", "F200", 0, "not closed"},
        {"3days", "F200", 0, "space before a unit"},
        {"qty ; 1", "F200", 4, "no meaning"},
        {"qty \303\227 2", "F200", 4, "in quotes"},
        {"name is nothing", "F200", 8, "empty"},
        {"qty not 3", "F200", 8, "in (not in)"},
        {"qty in 3", "F200", 7, "list in parentheses"},
        {"qty in ()", "F200", 8, "a value"},
        {"1.1234567891", "F206", 0, "9 decimal places"},
        {"99999999999999999999", "F206", 0, "too large"},
        {"9223372036854775807 + 1", "F206", 0, "too large a number"},
        {"len('a' where 1)", "F200", 14, "where belongs"});
}

TEST(fx_check, suggests_what_was_meant)
{
    REFUSED(FX_USE_FILTER,
        {"stge = 'won'", "F201", 0, "unknown field \"stge\" on deal; did you mean \"stage\"?"},
        {"account.nme = 'x'", "F201", 8, "on account; did you mean \"name\"?"},
        {"stage = won", "F201", 8, "Put text in quotes: 'won'"},
        {"len = 3", "F201", 0, "len is a function; write len(text)"},
        {"containz(name, 'a')", "F202", 0, "did you mean \"contains\"?"},
        {"stage = 'wonn'", "F211", 8, "did you mean \"won\"?"},
        {"stage in ('new', 'zzz')", "F211", 17, "the options are new, won, lost"},
        {"'x' in tags", "F211", 0, "the options are a, b, vip"},
        {"price = :min_pric", "F207", 8, "did you mean \":min_price\"?"},
        {"is(regarding, 'crm:dael')", "F201", 14, "There is no entity"});
}

TEST(fx_check, names_types_and_the_remedy)
{
    REFUSED(FX_USE_VALUE,
        {"qty + note", "F210", 4, "\"+\" needs numbers; \"note\" is text. Use \"..\" to join text."},
        {"qty + '3'", "F210", 4, "Take the quotes off"},
        {"note = 3", "F210", 7, "Put the number in quotes"},
        {"qty = '3'", "F210", 6, "Take the quotes off"},
        {"due_on + 3", "F210", 7, "Add a unit"},
        {"due_on + 3 h", "F213", 9, "no hours"},
        {"3 months gt 2 months", "F213", 0, "no fixed length"},
        {"due_on + 3 workdays", "F221", 11, "not available yet"},
        {"name .. qty", "F210", 8, "format()"},
        {"name .. stage", "F210", 8, "label()"},
        {"amount * amount", "F210", 7, "Money times money"},
        {"qty / amount", "F210", 4, "divided by money"},
        {"account = 'Acme'", "F212", 10, "not an id"},
        {"account = owner", "F210", 10, "reference"},
        {"due_on = '2026-02-30'", "F212", 9, "not a date"},
        {"at lt '25:00'", "F212", 6, "not a time"},
        {"opened_at lt 'x'", "F212", 13, "not a date and time"},
        {"stage lt 'won'", "F210", 6, "no order"},
        {"tags = 'a'", "F210", 5, "use in"},
        {"stage = name", "F210", 8, "option"},
        {"qty and active", "F210", 0, "Compare it with something"},
        {"not name", "F210", 4, "Compare it"},
        {"if(qty, 1, 2)", "F210", 3, "Compare it"},
        {"if(active, 1, 'a')", "F210", 14, ""},
        {"round(qty, qty)", "F203", 11, "plain number from 0"},
        {"round('a')", "F210", 6, "a number"},
        {"left(name)", "F203", 0, "left was given 1 argument; write left(text, n)"},
        {"left(name, 1.5)", "F210", 11, "round()"},
        {"start_of(due_on, decade)", "F213", 17, "day, week, month"},
        {"mod(weight, 2)", "F210", 4, "float"},
        {"lines", "F205", 0, "is a collection; ask for count(lines)"},
        {"sum(lines)", "F205", 4, "needs a field of the collection"},
        {"sum(qty)", "F205", 0, "sum needs a collection"},
        {"sum(lines.product)", "F210", 4, "does not work"},
        {"name.city", "F205", 0, "only a reference has"},
        {"regarding.name", "F221", 0, "not available yet"},
        {"account.parent.parent.parent.parent.parent.name", "F204", 0, "at most 4"},
        {"old.qty", "F220", 0, "old is known only"},
        {"changed(qty)", "F220", 0, "known only in the condition"},
        {"random(1, 2)", "F220", 0, "for seeds only"});
}

TEST(fx_check, says_which_functions_come_later)
{
    for (size_t i = 0; i < FX_F_COUNT_OF; i++) {
        const struct fx_fn *fn = &fx_fn_all()[i];
        struct fx_fault f;
        struct str source;

        if (!(fn->where & FX_W_LATER))
            continue;
        begin();
        source = str_fmt(&arena, "%s(1, 2)", fn->name);
        f = fx_world_fault(&arena, str_cstr(&arena, source), FX_USE_VALUE);
        CHECK_CSTR(f.code, "F221");
        CHECK_HAS(f.text, fn->name);
        CHECK_HAS(f.text, "not available yet in this version");
        end();
    }
}

TEST(fx_check, a_filter_needs_a_form_in_the_database)
{
    REFUSED(FX_USE_FILTER,
        {"qty gt 1 and initials(name) = 'AL'", "F220", 13, "\"initials(name)\" cannot be used in a filter"},
        {"contains(name .. note, 'a')", "F220", 0, "looks only into text that is a field"},
        {"name .. '' lt 'b'", "F220", 0, "orders only text that is a field"},
        {"list(lines.qty)", "F220", 0, "not one value"},
        {"contains(user.name, 'a')", "F220", 0, "looks only into text"},
        {"user.manager.name lt 'b'", "F220", 0, "orders only text"},
        {"opened_at + 1 months gt now()", "F220", 0, "months"});
    REFUSED(FX_USE_FILTER | FX_USE_CONDITION,
        {"old.qty = 1", "F220", 0, "while a record is saved"},
        {"changed_to(stage, 'won')", "F220", 0, "no form in the database"});
}
/* clang-format on */

TEST(fx_check, what_needs_no_row_may_stand_in_a_filter)
{
    begin();
    CHECK(fx_has_sql(
        fx_world_compile(&arena, "name = initials('ada l')", FX_USE_FILTER)));
    CHECK(fx_has_sql(fx_world_compile(&arena, "opened_at gt now() - 6 months",
                                      FX_USE_FILTER)));
    end();
}

struct typed {
    const char *source;
    enum fx_kind kind;
    int scale;
};

TEST(fx_check, tracks_types_and_scales)
{
    static const struct typed CASES[] = {
        {"qty + 1", FX_INT, 0},
        {"qty + 1.5", FX_DEC, 1},
        {"price * rate", FX_DEC, 6},
        {"rate * rate * rate", FX_DEC, 9},
        {"price / qty", FX_DEC, 6},
        {"amount * rate", FX_MONEY, 2},
        {"amount / 3", FX_MONEY, 2},
        {"amount / amount", FX_DEC, 6},
        {"amount + 1", FX_MONEY, 2},
        {"round(price)", FX_INT, 0},
        {"round(rate, 2)", FX_DEC, 2},
        {"round(amount, 0)", FX_MONEY, 2},
        {"weight * qty", FX_FLOAT, 0},
        {"qty % 2.50", FX_DEC, 2},
        {"due_on + 1 days", FX_DATE, 0},
        {"due_on - start_on", FX_DUR, 0},
        {"opened_at - 2 h", FX_INSTANT, 0},
        {"if(active, null, price)", FX_DEC, 2},
        {"if(active, amount, 0)", FX_MONEY, 2},
        {"coalesce(qty, price)", FX_DEC, 2},
        {"avg(lines.qty)", FX_DEC, 6},
        {"sum(lines.price)", FX_DEC, 2},
        {"count(lines)", FX_INT, 0},
        {"list(lines.qty)", FX_LIST, 0},
        {"null", FX_NULL, 0},
        {"this", FX_REF, 0},
        {"user", FX_REF, 0},
        {"account.parent", FX_REF, 0},
        {"3 days", FX_DUR, 0},
        {"sqrt(qty)", FX_FLOAT, 0},
    };

    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        const struct fx_expr *x;
        struct fx_type t;

        begin();
        x = fx_world_compile(&arena, CASES[i].source, FX_USE_VALUE);
        t = fx_result(x);
        if (t.kind != CASES[i].kind || fx_scale(&t) != CASES[i].scale)
            test_fail(__FILE__, __LINE__, "%s: kind %d scale %d",
                      CASES[i].source, (int)t.kind, fx_scale(&t));
        end();
    }
}

static enum rc compile_want(const char *source, struct fx_type want,
                            const struct fx_expr **x, struct fx_fault *fault)
{
    const struct fx_opts opts = {.schema = fx_world_schema(),
                                 .entity = &FX_DEAL,
                                 .use = FX_USE_VALUE,
                                 .want = &want};

    return fx_compile(str_c(source), &opts, &arena, x, fault);
}

static void check_want(const char *source, struct fx_type want,
                       const char *result)
{
    const struct fx_expr *x = NULL;
    struct fx_frame frame = {.arena = &arena};
    struct fx_fault fault = {.code = ""};
    struct value v = VALUE_NULL;

    begin();
    CHECK_RC(compile_want(source, want, &x, &fault), RC_OK);
    CHECK_RC(fx_eval(x, &frame, &v, NULL), RC_OK);
    CHECK_STR(fx_world_print(&arena, &v), result);
    end();
}

TEST(fx_check, brings_the_result_to_what_is_wanted)
{
    const struct fx_world_field *stage = fx_world_field(&FX_DEAL, "stage");

    check_want("'2026-03-01'", (struct fx_type){.kind = FX_DATE}, "2026-03-01");
    check_want("1.005", (struct fx_type){.kind = FX_DEC, .scale = 2}, "1.01");
    check_want("7", (struct fx_type){.kind = FX_MONEY, .scale = 2}, "7.00");
    check_want("null", (struct fx_type){.kind = FX_BOOL}, "null");
    check_want("if(true, 'won', 'new')",
               (struct fx_type){.kind = FX_CHOICE, .of = stage}, "won");
    check_want("'09:30'", (struct fx_type){.kind = FX_TIME}, "09:30");
}

TEST(fx_check, refuses_a_result_that_does_not_fit)
{
    const struct fx_expr *x = NULL;
    struct fx_fault f = {.code = ""};
    const struct fx_world_field *stage = fx_world_field(&FX_DEAL, "stage");

    begin();
    CHECK_RC(compile_want("qty", (struct fx_type){.kind = FX_BOOL}, &x, &f),
             RC_INVALID);
    CHECK_HAS(f.text, "The result must be true or false");
    CHECK_RC(compile_want("1.5", (struct fx_type){.kind = FX_INT}, &x, &f),
             RC_INVALID);
    CHECK_HAS(f.text, "Use round()");
    CHECK_RC(compile_want("if(active, 'won', 'wan')",
                          (struct fx_type){.kind = FX_CHOICE, .of = stage}, &x,
                          &f),
             RC_INVALID);
    CHECK_CSTR(f.code, "F211");
    CHECK_I64(f.at, 18);
    CHECK_RC(
        compile_want("today()", (struct fx_type){.kind = FX_INSTANT}, &x, &f),
        RC_INVALID);
    CHECK_HAS(f.text, "now()");
    CHECK(x == NULL);
    end();
}

/* --- limits ------------------------------------------------------------------- */

static struct fx_fault fault_of_many(const char *before, const char *each,
                                     int n, const char *after)
{
    struct buf b;
    struct fx_fault f;

    buf_init(&b, 1 << 20);
    buf_adds(&b, before);
    for (int i = 0; i < n; i++)
        buf_adds(&b, each);
    buf_adds(&b, after);
    buf_addc(&b, '\0');
    f = fx_world_fault(&arena, b.p, FX_USE_VALUE);
    buf_release(&b);
    return f;
}

TEST(fx_limits, hold_and_name_themselves)
{
    struct fx_fault f;

    begin();
    f = fault_of_many("", "(", LIMIT_FX_DEPTH + 1, "1");
    CHECK_CSTR(f.code, "F204");
    CHECK_HAS(f.text, "nested more than 32");
    f = fault_of_many("", "not ", 200, "active");
    CHECK_CSTR(f.code, "F204");
    f = fault_of_many("", "-", 200, "1");
    CHECK_CSTR(f.code, "F204");
    f = fault_of_many("1", "+1", LIMIT_FX_NODES, "");
    CHECK_HAS(f.text, "more than 400 parts");
    f = fault_of_many("'", "a", LIMIT_FX_BYTES, "'");
    CHECK_HAS(f.text, "8192 bytes");
    f = fault_of_many("abs(", "abs(", LIMIT_FX_DEPTH, "1");
    CHECK_CSTR(f.code, "F204");
    end();
}

TEST(fx_limits, a_filter_of_a_request_has_its_own)
{
    const struct fx_opts opts = {.schema = fx_world_schema(),
                                 .entity = &FX_DEAL,
                                 .use = FX_USE_FILTER,
                                 .max_nodes = 5};
    const struct fx_expr *x = NULL;
    struct fx_fault f = {.code = ""};

    begin();
    CHECK_RC(fx_compile(STR("qty = 1 and qty = 2"), &opts, &arena, &x, &f),
             RC_LIMIT);
    CHECK_HAS(f.text, "more than 5 parts");
    CHECK_RC(fx_compile(STR("qty = 1"), &opts, &arena, &x, &f), RC_OK);
    end();
}

TEST(fx_limits, what_nests_too_high_for_the_database_is_no_filter)
{
    struct buf b;
    struct fx_fault f;

    begin();
    buf_init(&b, 10000);
    buf_adds(&b, "0 = qty");
    for (int i = 0; i < 100; i++)
        buf_adds(&b, " - qty");
    buf_addc(&b, '\0');
    f = fx_world_fault(&arena, b.p, FX_USE_FILTER);
    CHECK_CSTR(f.code, "F220");
    CHECK_HAS(f.text, "nested too high for the database");
    CHECK(!fx_has_sql(fx_world_compile(&arena, b.p, FX_USE_VALUE)));
    buf_release(&b);
    end();
}

TEST(fx_limits, long_chains_are_no_deep_recursion)
{
    struct buf b;
    struct fx_frame frame = {.arena = &arena};
    struct value v = VALUE_NULL;
    const struct fx_expr *x;

    begin();
    buf_init(&b, 100000);
    buf_adds(&b, "len('a')");
    for (int i = 0; i < 120; i++)
        buf_adds(&b, " + len('b')");
    buf_addc(&b, '\0');
    x = fx_world_compile(&arena, b.p, FX_USE_VALUE);
    CHECK_RC(fx_eval(x, &frame, &v, NULL), RC_OK);
    CHECK_I64(v.u.i, 121);
    buf_release(&b);
    end();
}

/* --- what one may ask ------------------------------------------------------------ */

TEST(fx_expr, tells_what_it_reads)
{
    const void *const *h = NULL;
    const struct fx_expr *x;

    begin();
    x = fx_world_compile(&arena,
                         "account.name = name and count(lines where qty gt 1 "
                         "and this.qty lt 3) gt 1 and name ne 'x'",
                         FX_USE_FILTER);
    CHECK_I64(fx_reads(x, &h), 6); /* fields; lines is none */
    CHECK(h[0] == fx_world_field(&FX_DEAL, "account"));
    CHECK(h[1] == fx_world_field(&FX_ACCOUNT, "name"));
    CHECK(h[2] == fx_world_field(&FX_DEAL, "name"));
    CHECK(h[3] == fx_world_field(&FX_LINE, "deal"));
    CHECK(h[4] == fx_world_field(&FX_LINE, "qty"));
    CHECK(h[5] == fx_world_field(&FX_DEAL, "qty"));
    end();
}

TEST(fx_expr, knows_a_plain_path)
{
    const void *const *h = NULL;

    begin();
    CHECK_I64(fx_as_path(
                  fx_world_compile(&arena, " account.city ", FX_USE_VALUE), &h),
              2);
    CHECK(h[0] == fx_world_field(&FX_DEAL, "account"));
    CHECK(h[1] == fx_world_field(&FX_ACCOUNT, "city"));
    CHECK_I64(
        fx_as_path(fx_world_compile(&arena, "this.qty", FX_USE_VALUE), &h), 1);
    CHECK_I64(fx_as_path(fx_world_compile(&arena, "qty + 1", FX_USE_VALUE), &h),
              0);
    CHECK_I64(
        fx_as_path(fx_world_compile(&arena, "user.name", FX_USE_VALUE), &h), 0);
    CHECK_I64(
        fx_as_path(fx_world_compile(&arena, "old.qty", FX_USE_CONDITION), &h),
        0);
    end();
}

TEST(fx_expr, is_constant_or_volatile)
{
    begin();
    CHECK(fx_is_constant(fx_world_compile(&arena, "1 + 2", FX_USE_VALUE)));
    CHECK(!fx_is_constant(fx_world_compile(&arena, "today()", FX_USE_VALUE)));
    CHECK(!fx_is_constant(fx_world_compile(&arena, ":n + 2", FX_USE_VALUE)));
    CHECK(fx_is_volatile(
        fx_world_compile(&arena, "due_on lt today()", FX_USE_VALUE)));
    CHECK(fx_is_volatile(
        fx_world_compile(&arena, "owner = user.id", FX_USE_VALUE)));
    CHECK(!fx_is_volatile(fx_world_compile(&arena, "qty = :n", FX_USE_VALUE)));
    CHECK_STR(fx_source(fx_world_compile(&arena, " qty  = 1", FX_USE_VALUE)),
              " qty  = 1");
    end();
}

TEST(fx_expr, renames_byte_for_byte)
{
    const struct fx_expr *x;
    struct str out;
    struct err err = ERR_INIT;

    begin();
    x = fx_world_compile(
        &arena,
        "  qty*2 +sum( lines.qty * lines.price where qty>1 and "
        "this.qty=  lines.qty) -len('qty')",
        FX_USE_VALUE);
    CHECK_RC(fx_rename(x, fx_world_field(&FX_LINE, "qty"), STR("pieces"),
                       &arena, &out, &err),
             RC_OK);
    CHECK_STR(out, "  qty*2 +sum( lines.pieces * lines.price where pieces>1 "
                   "and this.qty=  lines.pieces) -len('qty')");
    CHECK_RC(fx_rename(x, fx_world_field(&FX_DEAL, "qty"), STR("n"), &arena,
                       &out, &err),
             RC_OK);
    CHECK_STR(out, "  n*2 +sum( lines.qty * lines.price where qty>1 and "
                   "this.n=  lines.qty) -len('qty')");
    CHECK_RC(fx_rename(x, fx_world_field(&FX_DEAL, "lines"), STR("rows"),
                       &arena, &out, &err),
             RC_OK);
    CHECK_STR(out, "  qty*2 +sum( rows.qty * rows.price where qty>1 and "
                   "this.qty=  rows.qty) -len('qty')");
    CHECK_RC(fx_rename(x, fx_world_field(&FX_DEAL, "note"), STR("n"), &arena,
                       &out, &err),
             RC_OK);
    CHECK_STR(out, fx_source(x).p ? "  qty*2 +sum( lines.qty * lines.price "
                                    "where qty>1 and this.qty=  lines.qty) "
                                    "-len('qty')"
                                  : "");
    end();
}

TEST(fx_expr, survives_any_failed_allocation)
{
    static const char *const SOURCES[] = {
        "stage in ('won', 'new') and contains(account.name, 'x') or "
        "due_on + 3 days lt today()",
        "sum(lines.qty * lines.price where kind = 'rent' and this.qty gt 1)",
        "switch(qty, 1, 'a', 2, 'b''c', name .. ' ' .. note)",
        "stge = 'won'",
        "qty + 'x' * 'it''s'",
        "round(1.25, 1) + clamp(price, 1, :min_price)",
    };

    for (size_t i = 0; i < sizeof SOURCES / sizeof *SOURCES; i++)
        WITH_EACH_ALLOC_FAILING (k) {
            const struct fx_opts opts = {
                .schema = fx_world_schema(),
                .entity = &FX_DEAL,
                .use = FX_USE_VALUE,
                .params =
                    (const struct fx_param[]){
                        {STR("min_price"), {.kind = FX_DEC, .scale = 2}}},
                .n_params = 1};
            const struct fx_expr *x = NULL;
            struct fx_fault f = {.code = ""};
            enum rc rc;

            begin();
            rc = fx_compile(str_c(SOURCES[i]), &opts, &arena, &x, &f);
            CHECK(rc == RC_OK || rc == RC_NOMEM || rc == RC_INVALID);
            CHECK((rc == RC_OK) == (x != NULL));
            end();
        }
}
