/* See twin.h. */
#include "support/twin.h"

#include <stdlib.h>

#include "base/vec.h"
#include "db/driver.h"
#include "support/test.h"

enum { BINDS = 1000 };

struct twin_store {
    struct db_store base;
    struct db_driver driver; /* this twin's dialect */
    struct twin_story *story;
    struct db_store *inner;
};

struct twin_db {
    struct db base;
    struct db *inner;
};

struct twin_stmt {
    struct db_stmt base;
    struct db_stmt *inner;
    size_t statement;
    size_t run; /* one of story->runs, while is_running */
    bool is_running;
    size_t n_binds;
    struct twin_value binds[BINDS];
};

static struct twin_story *story_of(const struct twin_stmt *st)
{
    return ((struct twin_store *)st->base.db->store)->story;
}

static struct db *inner_db(struct db *db)
{
    return ((struct twin_db *)db)->inner;
}

static struct db_stmt *inner_stmt(struct db_stmt *st)
{
    return ((struct twin_stmt *)st)->inner;
}

void twin_story_init(struct twin_story *s)
{
    *s = (struct twin_story){.scene = ""};
    arena_init(&s->arena, 64 << 20);
}

void twin_story_release(struct twin_story *s)
{
    arena_release(&s->arena);
}

/* --- brackets -------------------------------------------------------------- */

static void t_close(struct db_store *store)
{
    free(store);
}

static enum rc t_read_begin(struct db_store *store, int64_t deadline_ms,
                            struct db **out, struct err *err)
{
    struct twin_store *t = (struct twin_store *)store;
    struct db_limits limits = {deadline_ms};
    struct twin_db *db = calloc(1, sizeof *db);
    enum rc rc;

    CHECK(db != NULL);
    rc = db_read_begin(t->inner, &limits, &db->inner, err);
    if (rc != RC_OK) {
        free(db);
        return rc;
    }
    db_bracket_init(&db->base, store, false);
    *out = &db->base;
    return RC_OK;
}

static void t_read_end(struct db *db)
{
    db_read_end(inner_db(db));
    free(db);
}

struct outer_job {
    struct twin_store *store;
    const struct db_job *job;
};

static enum rc run_outer(struct db *inner, void *arg, struct arena *a,
                         struct err *err)
{
    struct outer_job *o = arg;
    struct twin_db db = {.inner = inner};
    enum rc rc;

    db_bracket_init(&db.base, &o->store->base, true);
    rc = o->job->run(&db.base, o->job->arg, a, err);
    return db_bracket_verdict(&db.base, rc, err);
}

static enum rc t_write(struct db_store *store, const struct db_job *job,
                       int64_t deadline_ms, struct arena *a, struct err *err)
{
    struct outer_job o = {(struct twin_store *)store, job};
    struct db_job inner = *job;

    inner.run = run_outer;
    inner.arg = &o;
    inner.deadline_ms = deadline_ms;
    inner.alone = true; // a re-run would be told twice
    return db_write(o.store->inner, &inner, a, err);
}

static enum rc t_mark(struct db *db, enum db_mark what, int depth,
                      struct err *err)
{
    (void)depth;
    switch (what) {
    case DB_MARK_SET:
        return db_savepoint(inner_db(db), err);
    case DB_MARK_RELEASE:
        return db_release(inner_db(db), err);
    case DB_MARK_ROLLBACK:
        return db_rollback_to(inner_db(db), err);
    }
    return RC_BUG;
}

static enum rc t_guard(struct db *db, struct str key, struct err *err)
{
    return db_guard(inner_db(db), key, err);
}

/* --- statements ------------------------------------------------------------ */

static bool asks_search(struct str sql)
{
    return str_find(sql, STR("s_word")) >= 0 ||
           str_find(sql, STR("s_all")) >= 0;
}

/* Static text has ?1 in both: a driver of PostgreSQL says $1. */
static struct str as_postgres(struct twin_story *s, struct str sql)
{
    struct str copy = str_copy(&s->arena, sql);

    CHECK(copy.p != NULL);
    for (size_t i = 0; i < copy.n; i++) {
        if (copy.p[i] == '?')
            ((char *)(uintptr_t)copy.p)[i] = '$';
    }
    return copy;
}

/* The number of the statement that is prepared now, and SQLite's text of it. */
static size_t tell(struct twin_store *t, struct str sql, struct str *run)
{
    struct twin_story *s = t->story;
    struct twin_statement one = {.scene = s->scene};
    size_t k;

    if (t->driver.dialect == DB_SQLITE) {
        one.sqlite = str_copy(&s->arena, sql);
        one.is_search = asks_search(sql);
        CHECK(one.sqlite.p != NULL && VEC_PUSH(&s->arena, s, one));
        *run = sql;
        return s->n - 1;
    }
    k = s->told++;
    CHECK(k < s->n);
    *run = s->v[k].sqlite;
    s->v[k].postgres =
        str_eq(sql, *run) ? as_postgres(s, sql) : str_copy(&s->arena, sql);
    return k;
}

static enum rc t_prepare(struct db *db, const struct db_grant *grant,
                         struct str sql, struct db_stmt **out, struct err *err)
{
    struct twin_stmt *st = calloc(1, sizeof *st);
    enum rc rc;

    CHECK(st != NULL);
    st->base = (struct db_stmt){.driver = db->driver, .db = db};
    st->statement = tell((struct twin_store *)db->store, sql, &sql);
    rc = grant ? db_prepare_as(inner_db(db), grant, sql, &st->inner, err)
               : db_prepare(inner_db(db), sql, &st->inner, err);
    if (rc != RC_OK) {
        free(st);
        return rc;
    }
    *out = &st->base;
    return RC_OK;
}

static void t_reset(struct db_stmt *st)
{
    ((struct twin_stmt *)st)->is_running = false;
    db_stmt_reset(inner_stmt(st));
}

static void t_release(struct db_stmt *st)
{
    db_stmt_release(inner_stmt(st));
    free(st);
}

/* --- parameters ------------------------------------------------------------ */

static void keep(struct db_stmt *base, int i, struct twin_value v)
{
    struct twin_stmt *st = (struct twin_stmt *)base;
    struct arena *a = &story_of(st)->arena;

    CHECK(i >= 1 && i <= BINDS);
    if (v.kind == TWIN_TEXT || v.kind == TWIN_BLOB) {
        v.s = str_copy(a, v.s);
        CHECK(v.s.p != NULL);
    }
    st->binds[i - 1] = v;
    if ((size_t)i > st->n_binds)
        st->n_binds = (size_t)i;
}

static enum rc t_bind_i64(struct db_stmt *st, int i, int64_t v)
{
    keep(st, i, (struct twin_value){.kind = TWIN_INT, .i = v});
    return RC_OK;
}

static enum rc t_bind_f64(struct db_stmt *st, int i, double v)
{
    keep(st, i, (struct twin_value){.kind = TWIN_FLOAT, .f = v});
    return RC_OK;
}

static enum rc t_bind_bool(struct db_stmt *st, int i, bool v)
{
    keep(st, i, (struct twin_value){.kind = TWIN_BOOL, .i = v});
    return RC_OK;
}

static enum rc t_bind_str(struct db_stmt *st, int i, struct str v)
{
    keep(st, i, (struct twin_value){.kind = TWIN_TEXT, .s = v});
    return RC_OK;
}

static enum rc t_bind_blob(struct db_stmt *st, int i, const void *p, size_t n)
{
    keep(st, i, (struct twin_value){.kind = TWIN_BLOB, .s = str_of(p, n)});
    return RC_OK;
}

static enum rc t_bind_null(struct db_stmt *st, int i)
{
    keep(st, i, (struct twin_value){.kind = TWIN_NULL});
    return RC_OK;
}

static enum rc t_bind_ids(struct db_stmt *st, int i, const int64_t *ids,
                          size_t n)
{
    struct twin_story *s = story_of((struct twin_stmt *)st);
    int64_t *copy = ARENA_ARRAY(&s->arena, int64_t, n + 1);

    CHECK(copy != NULL);
    memcpy(copy, ids, n * sizeof *ids);
    keep(st, i, (struct twin_value){.kind = TWIN_IDS, .ids = copy, .n_ids = n});
    return RC_OK;
}

static void bind(struct db_stmt *st, int i, const struct twin_value *v)
{
    switch (v->kind) {
    case TWIN_NULL:
        db_bind_null(st, i);
        return;
    case TWIN_INT:
        db_bind_i64(st, i, v->i);
        return;
    case TWIN_BOOL:
        db_bind_bool(st, i, v->i != 0);
        return;
    case TWIN_FLOAT:
        db_bind_f64(st, i, v->f);
        return;
    case TWIN_TEXT:
        db_bind_str(st, i, v->s);
        return;
    case TWIN_BLOB:
        db_bind_blob(st, i, v->s.p, v->s.n);
        return;
    case TWIN_IDS:
        db_bind_ids(st, i, v->ids, v->n_ids);
        return;
    }
}

static void literal(struct buf *b, const struct twin_value *v)
{
    size_t k;

    switch (v->kind) {
    case TWIN_NULL:
        buf_adds(b, "NULL");
        return;
    case TWIN_INT:
        buf_addf(b, "%lld", (long long)v->i);
        return;
    case TWIN_BOOL:
        buf_adds(b, v->i ? "true" : "false");
        return;
    case TWIN_FLOAT:
        buf_addf(b, "%.17g", v->f);
        return;
    case TWIN_TEXT:
        buf_addc(b, '\'');
        for (k = 0; k < v->s.n; k++) {
            if (v->s.p[k] == '\'')
                buf_addc(b, '\'');
            buf_addc(b, v->s.p[k]);
        }
        buf_addc(b, '\'');
        return;
    case TWIN_BLOB:
        buf_adds(b, "'\\x");
        for (k = 0; k < v->s.n; k++)
            buf_addf(b, "%02x", (unsigned char)v->s.p[k]);
        buf_addc(b, '\'');
        return;
    case TWIN_IDS:
        buf_adds(b, "'{");
        for (k = 0; k < v->n_ids; k++)
            buf_addf(b, "%s%lld", k ? "," : "", (long long)v->ids[k]);
        buf_adds(b, "}'");
        return;
    }
}

/* --- rows -------------------------------------------------------------------- */

static struct str literals(struct twin_story *s, const struct twin_stmt *st)
{
    struct str out;
    struct buf b;
    size_t i;

    buf_init(&b, 8 << 20);
    for (i = 0; i < st->n_binds; i++) {
        buf_adds(&b, i ? ", " : "(");
        literal(&b, &st->binds[i]);
    }
    if (i > 0)
        buf_addc(&b, ')');
    out = str_copy(&s->arena, buf_view(&b));
    CHECK(out.p != NULL && b.failed == RC_OK);
    buf_release(&b);
    return out;
}

/* The first run remembers what it binds; the second, whose text may have fewer
   parameters, binds that to what is executed. */
static void begin_run(struct twin_stmt *st)
{
    struct twin_story *s = story_of(st);
    struct twin_run *run;

    if (st->base.driver->dialect == DB_SQLITE) {
        struct {
            struct twin_run *v;
            size_t n, cap;
        } runs = {s->runs, s->n_runs, s->cap_runs};
        struct twin_run one = {.statement = st->statement,
                               .n_binds = st->n_binds};

        one.binds = ARENA_ARRAY(&s->arena, struct twin_value, st->n_binds + 1);
        CHECK(one.binds != NULL && VEC_PUSH(&s->arena, &runs, one));
        memcpy(one.binds, st->binds, st->n_binds * sizeof st->binds[0]);
        s->runs = runs.v;
        s->n_runs = runs.n;
        s->cap_runs = runs.cap;
        st->run = runs.n - 1;
    } else {
        st->run = s->told_runs++;
        CHECK(st->run < s->n_runs);
        s->runs[st->run].values = literals(s, st);
    }
    run = &s->runs[st->run];
    CHECK_I64(run->statement, st->statement);
    run->rows = 0;
    run->outcome = TWIN_LEFT;
    for (size_t i = 0; i < run->n_binds; i++)
        bind(st->inner, (int)i + 1, &run->binds[i]);
}

static enum rc t_step(struct db_stmt *base, bool *has_row, struct err *err)
{
    struct twin_stmt *st = (struct twin_stmt *)base;
    struct twin_run *run;
    enum rc rc;

    if (!st->is_running)
        begin_run(st);
    st->is_running = true;
    rc = db_step(st->inner, has_row, err);
    run = &story_of(st)->runs[st->run];
    if (rc == RC_OK && *has_row)
        run->rows++;
    else
        run->outcome = rc == RC_OK ? TWIN_ENDED : TWIN_FAILED;
    return rc;
}

/* The second run remembers what is asked of its rows. */
static void asked(struct db_stmt *base, int i, const struct twin_value *v)
{
    struct twin_stmt *st = (struct twin_stmt *)base;
    struct twin_story *s = story_of(st);
    struct twin_run *run = &s->runs[st->run];
    struct twin_cell cell = {run->rows - 1, i, STR_NONE};
    struct {
        struct twin_cell *v;
        size_t n, cap;
    } cells = {run->cells, run->n_cells, run->cap_cells};
    struct buf b;

    if (base->driver->dialect == DB_SQLITE)
        return;
    buf_init(&b, 8 << 20);
    if (v->kind == TWIN_BOOL)
        buf_adds(&b, v->i ? "t" : "f");
    else if (v->kind == TWIN_INT)
        buf_addf(&b, "%lld", (long long)v->i);
    else if (v->kind == TWIN_TEXT)
        buf_add(&b, v->s);
    cell.text = str_copy(&s->arena, buf_view(&b));
    buf_release(&b);
    CHECK(cell.text.p != NULL && VEC_PUSH(&s->arena, &cells, cell));
    run->cells = cells.v;
    run->n_cells = cells.n;
    run->cap_cells = cells.cap;
}

static bool t_col_null(struct db_stmt *st, int i)
{
    bool is_null = db_col_null(inner_stmt(st), i);

    if (is_null)
        asked(st, i, &(struct twin_value){.kind = TWIN_NULL});
    return is_null;
}

static bool t_col_i64(struct db_stmt *st, int i, int64_t *out)
{
    *out = db_col_i64(inner_stmt(st), i);
    if (!db_col_null(inner_stmt(st), i))
        asked(st, i, &(struct twin_value){.kind = TWIN_INT, .i = *out});
    return true;
}

static bool t_col_f64(struct db_stmt *st, int i, double *out)
{
    *out = db_col_f64(inner_stmt(st), i); // their last digits differ
    return true;
}

static bool t_col_bool(struct db_stmt *st, int i, bool *out)
{
    *out = db_col_bool(inner_stmt(st), i);
    if (!db_col_null(inner_stmt(st), i))
        asked(st, i, &(struct twin_value){.kind = TWIN_BOOL, .i = *out});
    return true;
}

static bool t_col_str(struct db_stmt *st, int i, struct str *out)
{
    *out = db_col_str(inner_stmt(st), i);
    if (!db_col_null(inner_stmt(st), i))
        asked(st, i, &(struct twin_value){.kind = TWIN_TEXT, .s = *out});
    return true;
}

static bool t_col_blob(struct db_stmt *st, int i, struct str *out)
{
    *out = db_col_blob(inner_stmt(st), i);
    return true;
}

static int64_t t_changes(struct db *db)
{
    return db_changes(inner_db(db));
}

static enum rc t_exec(struct db *db, struct str sql, struct err *err)
{
    return db_exec(inner_db(db), sql, err);
}

static void t_cancel(struct db *db)
{
    db_cancel(inner_db(db));
}

static enum rc t_explain(struct db *db, struct str sql, struct arena *a,
                         struct db_plan *out, struct err *err)
{
    return db_explain(inner_db(db), sql, a, out, err);
}

static void t_stats(struct db_store *store, struct db_stats *out)
{
    db_stats(((struct twin_store *)store)->inner, out);
}

static enum rc t_verify(struct db_store *store, struct err *err)
{
    return db_verify(((struct twin_store *)store)->inner, err);
}

static enum rc t_backup(struct db_store *store, const char *path,
                        struct err *err)
{
    return db_backup(((struct twin_store *)store)->inner, path, err);
}

static const struct db_driver TWIN = {
    .close = t_close,
    .read_begin = t_read_begin,
    .read_end = t_read_end,
    .write = t_write,
    .mark = t_mark,
    .guard = t_guard,
    .prepare = t_prepare,
    .release = t_release,
    .reset = t_reset,
    .bind_i64 = t_bind_i64,
    .bind_f64 = t_bind_f64,
    .bind_bool = t_bind_bool,
    .bind_str = t_bind_str,
    .bind_blob = t_bind_blob,
    .bind_null = t_bind_null,
    .bind_ids = t_bind_ids,
    .step = t_step,
    .col_null = t_col_null,
    .col_i64 = t_col_i64,
    .col_f64 = t_col_f64,
    .col_bool = t_col_bool,
    .col_str = t_col_str,
    .col_blob = t_col_blob,
    .changes = t_changes,
    .exec = t_exec,
    .cancel = t_cancel,
    .explain = t_explain,
    .stats = t_stats,
    .verify = t_verify,
    .backup = t_backup,
};

struct db_store *twin_open(struct twin_story *story, struct db_store *inner,
                           const struct clock *clock, enum db_dialect d)
{
    struct twin_store *t = calloc(1, sizeof *t);

    CHECK(t != NULL);
    t->driver = TWIN;
    t->driver.dialect = d;
    t->driver.caps = db_caps(inner);
    t->story = story;
    t->inner = inner;
    t->base = (struct db_store){&t->driver, clock, inner->ids};
    return &t->base;
}

void twin_text(const struct twin_story *s, enum db_dialect d, struct buf *out)
{
    const char *scene = "";

    for (size_t i = 0; i < s->n; i++) {
        const struct twin_statement *one = &s->v[i];
        bool is_known = one->is_search;

        for (size_t k = 0; k < i && !is_known; k++)
            is_known = str_eq(s->v[k].sqlite, one->sqlite) &&
                       str_eq(s->v[k].postgres, one->postgres);
        if (is_known)
            continue;
        if (strcmp(scene, one->scene) != 0)
            buf_addf(out, "-- %s\n", one->scene);
        scene = one->scene;
        buf_add(out, d == DB_SQLITE ? one->sqlite : one->postgres);
        buf_adds(out, ";\n");
    }
}
