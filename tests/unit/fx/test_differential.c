/*
 * The evaluator and SQLite agree on random expressions over random rows: value
 * for value, null for null, overflow for overflow, and on which rows a filter
 * finds.
 *
 * FX_DIFFERENTIAL=N in the environment runs N expressions, FX_SEED another
 * sequence; a failure prints the source and both answers.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/decimal.h"
#include "base/time.h"
#include "base/utf8.h"
#include "db/db.h"
#include "random_fx.h"
#include "test.h"
#include "world.h"

enum { DEALS = 24, ACCOUNTS = 7, LINES = 50, PEOPLE = 4, DEFAULT_RUNS = 250 };

static const int64_t NOW_MS = INT64_C(1774741500000); /* 2026-03-28T23:45Z */

struct stage {
    struct arena rows, scratch;
    struct clock_manual clock;
    struct db_store *store;
    struct db *db;
    struct world world;
    const struct tz *tz;
    struct value params[5], ids[3], codes[2];
    struct dice dice;
    long compiled, failed, overflowed;
};

/* --- rows --------------------------------------------------------------------- */

static struct value maybe(struct dice *d, struct value v)
{
    return dice_roll(d, 5) == 0 ? VALUE_NULL : v;
}

static struct value some_text(struct dice *d)
{
    static const char *const TEXTS[] = {
        "Abc",  "abc",   "ABC corp", "b",  "\303\204b", "stra\303\237e", "a b",
        "x  y", " lead", "trail ",   "12", "\303\251",  "zz\317\202",    "'q'"};

    return maybe(d, value_text(str_c(TEXTS[dice_roll(d, 14)])));
}

static struct value some_date(struct dice *d)
{
    static const int64_t DAYS[] = {20512, 20513, 20484,   20482,   20819,
                                   0,     -1,    -719162, 2932896, 20540};

    if (dice_roll(d, 2))
        return maybe(d, value_date(20450 + dice_roll(d, 120)));
    return maybe(d, value_date(DAYS[dice_roll(d, 10)]));
}

static struct value some_instant(struct dice *d)
{
    /* Around the change to summer time, and long ago. */
    int64_t ms = dice_roll(d, 3) ? NOW_MS + (int64_t)dice_roll(d, 4000000) * 50
                                 : (int64_t)dice_roll(d, 1000000) * 60000;

    return maybe(d, value_instant(ms));
}

static struct value some_code(struct dice *d, const char *a, const char *b)
{
    return maybe(d, value_text(str_c(dice_roll(d, 2) ? a : b)));
}

static void set(struct world_row *r, const char *name, struct value v)
{
    r->v[world_index(r->entity, name)] = v;
}

static void make_people(struct stage *s)
{
    for (int i = 1; i <= PEOPLE; i++) {
        struct world_row *r = world_add(&s->world, &PERSON, 300 + i);

        set(r, "name", some_text(&s->dice));
        set(r, "level", maybe(&s->dice, value_int(dice_roll(&s->dice, 5))));
        set(r, "manager",
            maybe(&s->dice, value_ref(301 + dice_roll(&s->dice, PEOPLE))));
        r->is_deleted = i == 4;
    }
    s->world.user = &s->world.rows[0];
}

static struct value some_money(struct dice *d)
{
    struct value v = {.kind = V_MONEY, .scale = 2, .cur = "EUR"};

    v.u.i = (int64_t)dice_roll(d, 100000) - 5000;
    v.base = v.u.i;
    if (dice_roll(d, 3) == 0) { /* dollars, with a base of their own */
        memcpy(v.cur, "USD", 4);
        v.base = v.u.i * 9 / 10;
    }
    return maybe(d, v);
}

static void make_accounts(struct stage *s)
{
    struct dice *d = &s->dice;

    for (int i = 1; i <= ACCOUNTS; i++) {
        struct world_row *r = world_add(&s->world, &ACCOUNT, 100 + i);

        set(r, "name", some_text(d));
        set(r, "city", some_text(d));
        set(r, "credit", some_money(d));
        set(r, "parent", maybe(d, value_ref(101 + dice_roll(d, ACCOUNTS))));
        set(r, "active", maybe(d, value_bool(dice_roll(d, 2))));
        set(r, "score", maybe(d, value_dec(dice_roll(d, 100) - 50, 1)));
        r->is_deleted = i == 3;
    }
}

static struct value some_tags(struct stage *s)
{
    static const char *const TAGS[] = {"a", "b", "vip"};
    struct value v = {.kind = V_LIST};

    v.u.list.v = ARENA_ARRAY(&s->rows, struct value, 3);
    CHECK(v.u.list.v);
    for (size_t i = 0; i < 3; i++)
        if (dice_roll(&s->dice, 3) == 0)
            v.u.list.v[v.u.list.n++] = value_text(str_c(TAGS[i]));
    return v.u.list.n ? v : VALUE_NULL;
}

static void make_deal(struct stage *s, int id)
{
    static const int64_t BIG[] = {INT64_MAX,          INT64_MIN, 3037000500, -1,
                                  900000000000000000, 0,         1};
    struct dice *d = &s->dice;
    struct world_row *r = world_add(&s->world, &DEAL, id);
    struct value any = {.kind = V_ANYREF};

    set(r, "name", some_text(d));
    set(r, "note", some_text(d));
    set(r, "stage", some_code(d, "won", dice_roll(d, 2) ? "new" : "lost"));
    set(r, "tags", some_tags(s));
    set(r, "qty", maybe(d, value_int(dice_roll(d, 9) - 2)));
    set(r, "price", maybe(d, value_dec(dice_roll(d, 20000) - 4000, 2)));
    set(r, "rate", maybe(d, value_dec(dice_roll(d, 30000) - 9000, 4)));
    set(r, "amount", some_money(d));
    set(r, "due_on", some_date(d));
    set(r, "start_on", some_date(d));
    set(r, "opened_at", some_instant(d));
    set(r, "at",
        maybe(d, (struct value){.kind = V_TIME, .u.i = dice_roll(d, 48) * 30}));
    set(r, "took",
        maybe(d, (struct value){.kind = V_DUR,
                                .u.i = dice_roll(d, 200) * 900000}));
    set(r, "active", maybe(d, value_bool(dice_roll(d, 2))));
    set(r, "weight",
        maybe(d,
              (struct value){.kind = V_FLOAT, .u.f = dice_roll(d, 99) / 8.0}));
    set(r, "account", maybe(d, value_ref(101 + dice_roll(d, ACCOUNTS))));
    set(r, "owner", maybe(d, value_ref(301 + dice_roll(d, PEOPLE))));
    any.ent = dice_roll(d, 2) ? 1 : 2;
    any.u.i =
        any.ent == 1 ? 1 + dice_roll(d, DEALS) : 101 + dice_roll(d, ACCOUNTS);
    set(r, "regarding", maybe(d, any));
    set(r, "big", maybe(d, value_int(BIG[dice_roll(d, 7)])));
    r->is_deleted = id == 5;
}

static void make_lines(struct stage *s)
{
    struct dice *d = &s->dice;

    for (int i = 1; i <= LINES; i++) {
        struct world_row *r = world_add(&s->world, &LINE, 500 + i);

        set(r, "deal", maybe(d, value_ref(1 + dice_roll(d, DEALS))));
        set(r, "product", some_text(d));
        set(r, "qty", maybe(d, value_int(dice_roll(d, 7))));
        set(r, "price", maybe(d, value_dec(dice_roll(d, 9000) - 900, 2)));
        set(r, "kind", some_code(d, "rent", "buy"));
        set(r, "done", maybe(d, value_bool(dice_roll(d, 2))));
        set(r, "supplier", maybe(d, value_ref(101 + dice_roll(d, ACCOUNTS))));
        r->is_deleted = i % 11 == 0;
    }
}

/* --- tables ------------------------------------------------------------------- */

static const char *column_type(enum fx_kind kind)
{
    return kind == FX_TEXT || kind == FX_CHOICE || kind == FX_DATE ? "TEXT"
           : kind == FX_FLOAT                                      ? "REAL"
                                                                   : "INTEGER";
}

static void exec(struct db *db, const struct buf *b)
{
    struct err err = ERR_INIT;

    if (db_exec(db, buf_view(b), &err) != RC_OK)
        test_fail(__FILE__, __LINE__, "%s: %.*s", err.text, STR_ARG(*b));
}

static void create(struct db *db, const struct world_entity *e)
{
    struct buf b;

    buf_init(&b, 10000);
    buf_addf(&b, "CREATE TABLE \"%s\"(id INTEGER PRIMARY KEY", e->table);
    for (size_t i = 1; i < e->n; i++) {
        const struct world_field *f = &e->fields[i];

        if (f->is_collection || f->kind == FX_LIST)
            continue;
        if (f->kind == FX_ANYREF) {
            buf_addf(&b, ", \"%s__id\" INTEGER, \"%s__ent\" INTEGER", f->name,
                     f->name);
            continue;
        }
        buf_addf(&b, ", \"%s\" %s", f->name, column_type(f->kind));
        if (world_has_key(f))
            buf_addf(&b, ", \"%s__k\" TEXT", f->name);
        if (f->kind == FX_MONEY)
            buf_addf(&b, ", \"%s__cur\" TEXT, \"%s__base\" INTEGER", f->name,
                     f->name);
    }
    buf_adds(&b, ", deleted_at INTEGER) STRICT");
    exec(db, &b);
    buf_release(&b);
}

static void quote(struct buf *b, struct str s)
{
    buf_addc(b, '\'');
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '\'')
            buf_addc(b, '\'');
        buf_addc(b, s.p[i]);
    }
    buf_addc(b, '\'');
}

static void insert_value(struct buf *b, const struct world_field *f,
                         const struct value *v, struct arena *a)
{
    struct str key;
    char day[11];

    buf_adds(b, ", ");
    if (v->kind == V_NULL)
        buf_adds(b, world_has_key(f) || f->kind == FX_ANYREF ? "NULL, NULL"
                    : f->kind == FX_MONEY ? "NULL, NULL, NULL"
                                          : "NULL");
    else if (v->kind == V_TEXT) {
        quote(b, v->u.s);
        if (!world_has_key(f))
            return;
        CHECK_RC(utf8_fold(v->u.s, FOLD_POINTS, a, &key, NULL), RC_OK);
        buf_adds(b, ", ");
        quote(b, key);
    } else if (v->kind == V_DATE)
        quote(b, str_of(day, date_format(v->u.i, day)));
    else if (v->kind == V_MONEY)
        buf_addf(b, "%" PRId64 ", '%s', %" PRId64, v->u.i, v->cur, v->base);
    else if (v->kind == V_ANYREF)
        buf_addf(b, "%" PRId64 ", %d", v->u.i, (int)v->ent);
    else if (v->kind == V_FLOAT)
        buf_addf(b, "%.17g", v->u.f);
    else if (v->kind == V_DUR)
        buf_add_i64(b, v->u.i / 1000);
    else if (v->kind == V_BOOL)
        buf_adds(b, v->u.b ? "1" : "0");
    else
        buf_add_i64(b, v->u.i);
}

static void insert(struct db *db, const struct world_row *r, struct arena *a)
{
    struct buf b;

    buf_init(&b, 20000);
    buf_addf(&b, "INSERT INTO \"%s\" VALUES(%" PRId64, r->entity->table,
             r->v[0].u.i);
    for (size_t i = 1; i < r->entity->n; i++) {
        const struct world_field *f = &r->entity->fields[i];

        if (!f->is_collection && f->kind != FX_LIST)
            insert_value(&b, f, &r->v[i], a);
    }
    buf_adds(&b, r->is_deleted ? ", 1)" : ", NULL)");
    exec(db, &b);
    for (size_t i = 1; i < r->entity->n; i++) {
        const struct value *v = &r->v[i];

        for (size_t k = 0; v->kind == V_LIST && k < v->u.list.n; k++) {
            buf_reset(&b);
            buf_addf(&b, "INSERT INTO \"%s\" VALUES(%" PRId64 ", ",
                     r->entity->fields[i].side, r->v[0].u.i);
            quote(&b, v->u.list.v[k].u.s);
            buf_adds(&b, ")");
            exec(db, &b);
        }
    }
    buf_release(&b);
}

static enum rc fill_tables(struct db *db, void *arg, struct arena *a,
                           struct err *err)
{
    struct stage *s = arg;

    create(db, &PERSON);
    create(db, &ACCOUNT);
    create(db, &DEAL);
    create(db, &LINE);
    CHECK_RC(db_exec(db,
                     STR("CREATE TABLE m_deal_tags(rec INTEGER, code "
                         "TEXT) STRICT"),
                     err),
             RC_OK);
    for (size_t i = 0; i < s->world.n; i++)
        insert(db, &s->world.rows[i], a);
    return RC_OK;
}

static void open_stage(struct stage *s, uint64_t seed)
{
    struct err err = ERR_INIT;
    const struct db_job job = {.run = fill_tables, .arg = s};
    const struct db_limits limits = {0};

    *s = (struct stage){.dice = {seed}};
    arena_init(&s->rows, 4 << 20);
    arena_init(&s->scratch, 16 << 20);
    clock_manual_init(&s->clock, NOW_MS);
    world_init(&s->world, &s->rows, DEALS + ACCOUNTS + LINES + PEOPLE);
    make_people(s);
    make_accounts(s);
    for (int i = 1; i <= DEALS; i++)
        make_deal(s, i);
    make_lines(s);
    s->world.data.user = s->world.user;
    s->world.arena = &s->scratch;
    CHECK_RC(tz_load(STR("Europe/Vienna"), &s->rows, &s->tz, &err), RC_OK);
    for (int i = 0; i < 3; i++)
        s->ids[i] = value_ref(i == 2 ? 102 : i * 7 + 2);
    s->codes[0] = value_text(STR("won"));
    s->codes[1] = value_text(STR("lost"));
    s->params[0] = value_int(2);
    s->params[1] = value_dec(1999, 2);
    s->params[2] = value_text(STR("won"));
    s->params[3] = (struct value){.kind = V_LIST, .u.list = {s->ids, 3}};
    s->params[4] = (struct value){.kind = V_LIST, .u.list = {s->codes, 2}};
    CHECK_RC(db_open_memory(&s->clock.clock, &s->store, &err), RC_OK);
    CHECK_RC(db_write(s->store, &job, &s->scratch, &err), RC_OK);
    CHECK_RC(db_read_begin(s->store, &limits, &s->db, &err), RC_OK);
}

static void close_stage(struct stage *s)
{
    db_read_end(s->db);
    db_close(s->store);
    arena_release(&s->scratch);
    arena_release(&s->rows);
}

/* --- both sides ----------------------------------------------------------------- */

static struct value read_column(struct db_stmt *st, int i,
                                const struct fx_type *t, struct arena *a)
{
    struct value v = VALUE_NULL;
    int64_t day = 0;

    if (db_col_null(st, i))
        return v;
    switch (t->kind) {
    case FX_TEXT:
    case FX_CHOICE:
        return value_text(str_copy(a, db_col_str(st, i)));
    case FX_BOOL:
        return value_bool(db_col_bool(st, i));
    case FX_DATE:
        CHECK(date_parse(db_col_str(st, i), &day));
        return value_date(day);
    case FX_FLOAT:
        return (struct value){.kind = V_FLOAT, .u.f = db_col_f64(st, i)};
    case FX_DEC:
    case FX_MONEY:
        return value_dec(db_col_i64(st, i), t->scale);
    case FX_DUR:
        return (struct value){.kind = V_DUR, .u.i = db_col_i64(st, i)};
    case FX_NULL:
    case FX_INT:
    case FX_INSTANT:
    case FX_TIME:
    case FX_REF:
    case FX_ANYREF:
    case FX_LIST:
    case FX_FILE:
        break;
    }
    return value_int(db_col_i64(st, i));
}

/* SELECT value FROM deals WHERE id = ?; also what a filter says. */
static enum rc ask_sql(struct stage *s, const struct fx_expr *x, int64_t id,
                       bool as_filter, struct value *out, struct err *err)
{
    struct fx_sql_frame frame = {.params = s->params,
                                 .now_ms = NOW_MS,
                                 .tz = s->tz,
                                 .user = s->world.user->v[0].u.i};
    struct db_stmt *st = NULL;
    struct fx_from from;
    struct sqlb q;
    struct fx_type t = fx_result(x);
    bool has_row = false;
    enum rc rc;

    sqlb_init(&q, DB_SQLITE, &s->scratch);
    fx_from_init(&from, world_schema(), world_tables(), &DEAL, 0, &s->scratch);
    rc = fx_from_expr(&from, x, err);
    sqlb_lit(&q, "SELECT ");
    if (as_filter)
        sqlb_lit(&q, "1");
    else if (rc == RC_OK)
        rc = fx_emit(x, &from, &frame, &q, err);
    if (rc == RC_OK)
        rc = fx_from_emit(&from, &q, err);
    sqlb_lit(&q, " WHERE ");
    sqlb_col(&q, 0, IDENT("id"));
    sqlb_lit(&q, " = ");
    sqlb_bind_i64(&q, id);
    if (as_filter && rc == RC_OK) {
        sqlb_lit(&q, " AND ");
        rc = fx_emit_where(x, &from, &frame, &q, err);
    }
    if (rc == RC_OK)
        rc = sqlb_prepare(&q, s->db, NULL, &st, err);
    if (rc == RC_OK)
        rc = db_step(st, &has_row, err);
    if (rc == RC_OK && as_filter)
        *out = value_bool(has_row);
    else if (rc == RC_OK)
        *out = has_row ? read_column(st, 0, &t, &s->scratch)
                       : value_text(STR("NO ROW"));
    db_stmt_release(st);
    sqlb_release(&q);
    if (rc != RC_OK) { /* after a failure a bracket is good for nothing more */
        const struct db_limits limits = {0};

        db_read_end(s->db);
        s->db = NULL;
        CHECK_RC(db_read_begin(s->store, &limits, &s->db, NULL), RC_OK);
    }
    return rc;
}

static bool agree(const struct value *c, const struct value *sql,
                  const struct fx_type *t)
{
    struct value v = *c;

    if (v.kind == V_NULL || sql->kind == V_NULL)
        return v.kind == sql->kind;
    if (t->kind == FX_MONEY)
        return v.base == sql->u.i;
    if (v.kind == V_TEXT)
        return sql->kind == V_TEXT && str_eq(v.u.s, sql->u.s);
    if (v.kind == V_BOOL)
        return sql->kind == V_BOOL && v.u.b == sql->u.b;
    if (v.kind == V_FLOAT)
        return sql->kind == V_FLOAT && !(v.u.f < sql->u.f) &&
               !(v.u.f > sql->u.f);
    return v.u.i == sql->u.i;
}

/* Which operand of and, or an engine looks at first, and whether it looks at
   the second when the first is null, is its own affair: where that meets an
   overflow the two may differ. A number in place of an overflow may not be. */
static bool has_choice(const char *source, const struct value *other)
{
    return other->kind == V_NULL || other->kind == V_BOOL ||
           strstr(source, "and") || strstr(source, "or") ||
           strstr(source, "in (") || strstr(source, "where") ||
           strstr(source, "if(") || strstr(source, "switch(") ||
           strstr(source, "min(") || strstr(source, "max(") ||
           strstr(source, "clamp(") || strstr(source, "coalesce(");
}

static void compare_row(struct stage *s, const char *source,
                        const struct fx_expr *x, const struct world_row *row)
{
    struct fx_frame frame = {.data = &s->world.data,
                             .row = row,
                             .params = s->params,
                             .now_ms = NOW_MS,
                             .tz = s->tz,
                             .arena = &s->scratch};
    struct err cerr = ERR_INIT, serr = ERR_INIT;
    struct value c = VALUE_NULL, sql = VALUE_NULL;
    struct fx_type t = fx_result(x);
    enum rc crc = fx_eval(x, &frame, &c, &cerr);
    bool as_filter = t.kind == FX_BOOL && dice_roll(&s->dice, 2);
    enum rc src = ask_sql(s, x, row->v[0].u.i, as_filter, &sql, &serr);

    if (as_filter && crc == RC_OK)
        c = value_bool(c.kind == V_BOOL && c.u.b);
    if (crc == RC_LIMIT || src == RC_LIMIT) {
        s->overflowed++;
        if (crc == src || has_choice(source, crc == RC_OK ? &c : &sql))
            return;
    }
    if (crc == RC_OK && src == RC_OK && agree(&c, &sql, &t))
        return;
    test_fail(__FILE__, __LINE__,
              "deal %d: %s\n  C   %s %.*s %s\n  SQL %s %.*s %s",
              (int)row->v[0].u.i, source, rc_name(crc),
              STR_ARG(world_print(&s->scratch, &c)), cerr.text, rc_name(src),
              STR_ARG(world_print(&s->scratch, &sql)), serr.text);
}

static void compare(struct stage *s, const char *source)
{
    static const struct fx_param PARAMS[] = {
        {STR_INIT("n"), {.kind = FX_INT}},
        {STR_INIT("min_price"), {.kind = FX_DEC, .scale = 2}},
        {STR_INIT("who"), {.kind = FX_TEXT}},
        {STR_INIT("ids"), {.kind = FX_LIST, .elem = FX_REF}},
        {STR_INIT("codes"), {.kind = FX_LIST, .elem = FX_TEXT}},
    };
    const struct fx_opts opts = {.schema = world_schema(),
                                 .entity = &DEAL,
                                 .use = FX_USE_VALUE,
                                 .params = PARAMS,
                                 .n_params = 5};
    const struct fx_expr *x = NULL;
    struct fx_fault fault;
    enum rc rc = fx_compile(str_c(source), &opts, &s->scratch, &x, &fault);

    if (rc != RC_OK) {
        CHECK(rc == RC_INVALID || rc == RC_LIMIT);
        s->failed++;
        return;
    }
    if (!fx_has_sql(x)) {
        s->failed++;
        return;
    }
    s->compiled++;
    for (size_t i = 0; i < s->world.n; i++)
        if (s->world.rows[i].entity == &DEAL)
            compare_row(s, source, x, &s->world.rows[i]);
}

static long from_environment(const char *name, long otherwise)
{
    const char *text = getenv(name);

    return text ? strtol(text, NULL, 10) : otherwise;
}

TEST(fx_differential, evaluator_and_sqlite_agree)
{
    long runs = from_environment("FX_DIFFERENTIAL", DEFAULT_RUNS);
    long seed = from_environment("FX_SEED", 20260301);
    struct stage s;
    struct buf b;

    open_stage(&s, (uint64_t)seed);
    buf_init(&b, 100000);
    for (long i = 0; i < runs; i++) {
        struct arena_mark m = arena_mark(&s.scratch);

        buf_reset(&b);
        random_fx(&s.dice, &b);
        buf_addc(&b, '\0');
        CHECK(b.failed == RC_OK);
        compare(&s, b.p);
        arena_rewind(&s.scratch, m);
    }
    buf_release(&b);
    if (getenv("FX_DIFFERENTIAL"))
        fprintf(stderr, "%ld compared, %ld not compiled, %ld rows overflow\n",
                s.compiled, s.failed, s.overflowed);
    CHECK(s.compiled * 2 > s.failed); /* the generator is worth its time */
    close_stage(&s);
}
