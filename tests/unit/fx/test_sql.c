/*
 * The SQL of both dialects against goldens, overflow in both targets, what is
 * bound, the joins of paths.
 */
#include "base/limits.h"
#include "base/time.h"
#include "fx/fx_ast.h"
#include "test.h"
#include "fx_world.h"

static const char *const GOLDEN[] = {
    "stage = 'won' and amount ge 5000",
    "name in ('won', null, note)",
    "qty = null",
    "name <> 'x'",
    "name = note",
    "not (qty lt 3 or active)",
    "active",
    "active = false",
    "account.name = 'Acme' and account.parent.city ne account.city",
    "owner = user.id",
    "owner.manager = user.manager",
    "due_on lt today() - 3 days",
    "due_on + 3 days lt today()",
    "days_between(due_on, today()) gt 30",
    "now() - opened_at gt 3 days",
    "due_on + 1 months lt today()",
    "opened_at = '2026-03-29'",
    "opened_at le today()",
    "date(opened_at) = due_on",
    "due_on = '2026-02-28'",
    "start_of(due_on, month) = end_of(start_on, quarter)",
    "iso_week(due_on) = 9",
    "year(due_on) = 2026",
    "qty + 1 gt price",
    "qty * price / rate gt 2.5",
    "round(price * rate, 2) = 3",
    "min(qty, price) lt max(qty, 2, price * 3)",
    "contains(name, '\303\204b') and starts(name, 'Ab') and ends(name, 'x')",
    "contains(note, 'Ab')",
    "name lt 'M'",
    "'a' in tags and tags is not empty",
    "regarding = account or is(regarding, 'crm:account')",
    "count(lines where kind = 'rent' and qty gt this.qty) gt 2",
    "sum(lines.qty * lines.price) gt 100",
    "avg(lines.price where supplier.active) gt 5",
    "exists(account.deals where id ne this.id)",
    "first(lines.product) = 'x'",
    "qty in list(lines.qty)",
    "count(visits) = 0",
    "id in :ids",
    "stage in :codes",
    "if(active, name, note) .. '!' = 'x!'",
    "switch(qty, 1, 'a', 2, 'b', 'c') = left(name, 1)",
    "pad_left(name, 5, '0') = repeat(note, qty)",
    "took gt 2 h",
    "hour(opened_at) lt 12",
    "weight * 2 gt qty",
    "qty gt 1 and 1 + 1 = 2",
};

static struct arena arena;

/* As SQL writes them, so that a test may EXECUTE the PostgreSQL golden. */
static void add_bind(struct buf *b, const struct value *v)
{
    if (v->kind == V_TEXT)
        buf_addf(b, "'%.*s'", STR_ARG(v->u.s));
    else if (v->kind == V_LIST) {
        buf_adds(b, "ARRAY[");
        for (size_t i = 0; i < v->u.list.n; i++) {
            buf_adds(b, i ? ", " : "");
            buf_add_i64(b, v->u.list.v[i].u.i);
        }
        buf_adds(b, "]");
    } else
        buf_add(b, fx_world_print(&arena, v));
}

static void add_binds(struct buf *b, const struct sqlb *q)
{
    buf_adds(b, "--");
    for (size_t i = 0; i < q->n_binds; i++) {
        buf_adds(b, i ? ", " : "(");
        add_bind(b, &q->binds[i]);
    }
    buf_adds(b, q->n_binds ? ")\n" : "\n");
}

static enum rc emit(const char *source, enum db_dialect dialect, struct buf *b,
                    struct err *err)
{
    struct value ids[2] = {value_ref(7), value_ref(9)};
    struct value codes[2] = {value_text(STR("won")), value_text(STR("new"))};
    struct value params[5] = {value_int(2), value_dec(100, 2),
                              value_text(STR("won"))};
    const struct fx_sql_frame frame = {
        .params = params, .now_ms = INT64_C(1774741500000), .user = 3};
    const struct fx_expr *x = fx_world_compile(&arena, source, FX_USE_FILTER);
    struct fx_from from;
    struct sqlb q;
    struct str sql;
    enum rc rc;

    params[3] = (struct value){.kind = V_LIST, .u.list = {ids, 2}};
    params[4] = (struct value){.kind = V_LIST, .u.list = {codes, 2}};
    sqlb_init(&q, dialect, &arena);
    fx_from_init(&from, fx_world_schema(), fx_world_tables(), &FX_DEAL, 0,
                 &arena);
    rc = fx_from_expr(&from, x, err);
    sqlb_lit(&q, "SELECT t0.id");
    if (rc == RC_OK)
        rc = fx_from_emit(&from, &q, err);
    sqlb_lit(&q, " WHERE ");
    if (rc == RC_OK)
        rc = fx_emit_where(x, &from, &frame, &q, err);
    if (rc == RC_OK)
        rc = sqlb_text(&q, &sql, err);
    if (rc == RC_OK && b) {
        buf_addf(b, "-- %s\n", source);
        buf_add(b, sql);
        buf_adds(b, ";\n");
        add_binds(b, &q);
    }
    sqlb_release(&q);
    return rc;
}

static void check_golden(enum db_dialect dialect, const char *path)
{
    struct buf b;
    struct err err = ERR_INIT;

    arena_init(&arena, 16 << 20);
    buf_init(&b, 1 << 20);
    for (size_t i = 0; i < sizeof GOLDEN / sizeof *GOLDEN; i++)
        CHECK_RC(emit(GOLDEN[i], dialect, &b, &err), RC_OK);
    golden_check(path, buf_view(&b));
    buf_release(&b);
    arena_release(&arena);
}

TEST(fx_sql, sqlite_is_as_it_was)
{
    check_golden(DB_SQLITE, "fx_sqlite.sql");
}

TEST(fx_sql, postgres_is_as_it_was)
{
    check_golden(DB_POSTGRES, "fx_postgres.sql");
}

TEST(fx_sql, literals_are_never_in_the_text)
{
    struct buf b;
    struct err err = ERR_INIT;
    struct str text;

    arena_init(&arena, 16 << 20);
    buf_init(&b, 1 << 20);
    CHECK_RC(emit("name = 'zzq' and note ne 'zzq' and contains(name, 'zzq') "
                  "and stage in ('won') and 'zzq' .. name = 'zzq'",
                  DB_SQLITE, &b, &err),
             RC_OK);
    text = buf_view(&b);
    text = str_sub(text, (size_t)str_chr(text, '\n') + 1, text.n);
    text = str_sub(text, 0, (size_t)str_chr(text, '\n'));
    CHECK(str_find(text, STR("zzq")) < 0);
    CHECK(str_find(text, STR("won")) < 0);
    buf_release(&b);
    arena_release(&arena);
}

/* The filter of a ref field, while the record with the field is a draft. */
TEST(fx_sql, binds_what_is_known_of_a_record_in_memory)
{
    const struct fx_opts opts = {.schema = fx_world_schema(),
                                 .entity = &FX_ACCOUNT,
                                 .this_entity = &FX_DEAL,
                                 .use = FX_USE_FILTER};
    const struct fx_expr *x = NULL;
    struct fx_fault fault = {.code = ""};
    struct err err = ERR_INIT;
    struct fx_world w;
    struct fx_world_row *draft;
    struct fx_sql_frame frame = {.now_ms = 0};
    struct fx_from from;
    struct sqlb q;

    arena_init(&arena, 1 << 20);
    fx_world_init(&w, &arena, 4);
    draft = fx_world_add(&w, &FX_DEAL, 9);
    draft->v[fx_world_index(&FX_DEAL, "name")] = value_text(STR("here"));
    CHECK_RC(fx_compile(STR("active and city = this.name .. '!'"), &opts,
                        &arena, &x, &fault),
             RC_OK);
    fx_from_init(&from, fx_world_schema(), fx_world_tables(), &FX_ACCOUNT, 0,
                 &arena);
    sqlb_init(&q, DB_SQLITE, &arena);
    CHECK_RC(fx_emit_where(x, &from, &frame, &q, &err), RC_BUG);
    sqlb_release(&q);
    sqlb_init(&q, DB_SQLITE, &arena);
    frame.data = &w.data;
    frame.outer = draft;
    CHECK_RC(fx_emit_where(x, &from, &frame, &q, &err), RC_OK);
    CHECK_I64(q.n_binds, 2); /* its key, then itself */
    CHECK_STR(q.binds[1].u.s, "here!");
    sqlb_release(&q);
    arena_release(&arena);
}

TEST(fx_sql, one_path_is_joined_once_and_joins_are_few)
{
    struct fx_from from;
    struct err err = ERR_INIT;
    const void *path[2] = {fx_world_field(&FX_DEAL, "account"),
                           fx_world_field(&FX_ACCOUNT, "parent")};
    int a = 0, b = 0, c = 0;

    arena_init(&arena, 1 << 20);
    fx_from_init(&from, fx_world_schema(), fx_world_tables(), &FX_DEAL, 3,
                 &arena);
    CHECK_RC(fx_from_path(&from, path, 2, &a, &err), RC_OK);
    CHECK_RC(fx_from_path(&from, path, 1, &b, &err), RC_OK);
    CHECK_RC(fx_from_path(&from, path, 2, &c, &err), RC_OK);
    CHECK_I64(from.n, 2);
    CHECK_I64(a, c);
    CHECK_I64(b, 4);
    CHECK_RC(fx_from_path(&from, NULL, 0, &a, &err), RC_OK);
    CHECK_I64(a, 3);
    arena_release(&arena);
}

TEST(fx_sql, refuses_one_join_too_many)
{
    const void *parent = fx_world_field(&FX_ACCOUNT, "parent");
    const void *path[LIMIT_FX_JOINS + 1] = {
        fx_world_field(&FX_DEAL, "account")};
    struct fx_from from;
    struct err err = ERR_INIT;
    int alias = -7;

    for (int i = 1; i <= LIMIT_FX_JOINS; i++)
        path[i] = parent;
    arena_init(&arena, 1 << 20);
    fx_from_init(&from, fx_world_schema(), fx_world_tables(), &FX_DEAL, 0,
                 &arena);
    CHECK_RC(fx_from_path(&from, path, LIMIT_FX_JOINS, &alias, &err), RC_OK);
    alias = -7;
    CHECK_RC(fx_from_path(&from, path, LIMIT_FX_JOINS + 1, &alias, &err),
             RC_LIMIT);
    CHECK_HAS(err.text, "other records by path");
    CHECK_I64(alias, -7);
    arena_release(&arena);
}

TEST(fx_sql, survives_any_failed_allocation)
{
    static const char *const SOURCES[] = {
        "name in ('won', note) and account.name = user.name",
        "count(lines where product = 'a' and supplier.city = 'b') gt 2",
        "due_on lt today() and starts(name, 'ab') and opened_at = due_on",
    };

    for (size_t i = 0; i < sizeof SOURCES / sizeof *SOURCES; i++)
        WITH_EACH_ALLOC_FAILING (k) {
            const struct fx_sql_frame frame = {.user = 3};
            const struct fx_expr *x = NULL;
            struct arena small;
            struct fx_from from;
            struct sqlb q;
            struct str sql;
            enum rc rc;

            WITHOUT_FAULTS
            {
                arena_init(&arena, 1 << 20);
                x = fx_world_compile(&arena, SOURCES[i], FX_USE_FILTER);
            }
            arena_init(&small, 1 << 20);
            sqlb_init(&q, DB_SQLITE, &small);
            fx_from_init(&from, fx_world_schema(), fx_world_tables(), &FX_DEAL,
                         0, &small);
            rc = fx_from_expr(&from, x, NULL);
            if (rc == RC_OK)
                rc = fx_from_emit(&from, &q, NULL);
            if (rc == RC_OK)
                rc = fx_emit_where(x, &from, &frame, &q, NULL);
            if (rc == RC_OK)
                rc = sqlb_text(&q, &sql, NULL);
            CHECK(rc == RC_OK || rc == RC_NOMEM);
            sqlb_release(&q);
            arena_release(&small);
            arena_release(&arena);
        }
}
