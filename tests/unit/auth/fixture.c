#include "fixture.h"

#include <stdlib.h>

#include "db/ddl.h"
#include "model/store.h"
#include "support/test.h"

/* What auth knows of sys:user, and what the pipeline gives every entity. */
static const struct {
    const char *name;
    enum db_type type;
    const char *key;
} FIELDS[] = {{"id", DB_T_ID, NULL},
              {"rev", DB_T_INT, NULL},
              {"deleted_at", DB_T_INT, NULL},
              {"name", DB_T_TEXT, "name__k"},
              {"email", DB_T_TEXT, "email__k"},
              {"active", DB_T_BOOL, NULL},
              {"admin", DB_T_BOOL, NULL},
              {"lang", DB_T_TEXT, "lang__k"},
              {"tz", DB_T_TEXT, "tz__k"},
              {"theme", DB_T_TEXT, NULL}};
enum { N_FIELDS = sizeof FIELDS / sizeof *FIELDS };

static struct model *make_model(void)
{
    struct model *m = model_new();
    struct entity *e = ARENA_NEW(m->arena, struct entity);

    CHECK(m && e);
    m->generation = 1;
    m->lang = STR("en");
    m->user = e;
    CHECK(ident_make(STR("sys_user"), &e->table));
    map_init(&e->by_name, m->arena);
    e->fields = ARENA_ARRAY(m->arena, struct field *, N_FIELDS);
    e->n_fields = N_FIELDS;
    for (size_t i = 0; i < N_FIELDS; i++) {
        struct field *f = ARENA_NEW(m->arena, struct field);

        f->name = str_c(FIELDS[i].name);
        f->entity = e;
        CHECK(ident_make(f->name, &f->col.main));
        if (FIELDS[i].key)
            CHECK(ident_make(str_c(FIELDS[i].key), &f->col.key));
        e->fields[i] = f;
        CHECK(map_put(&e->by_name, f->name, f));
    }
    return m;
}

static enum rc create(struct db *db, void *arg, struct arena *a,
                      struct err *err)
{
    static const struct settings SETTINGS = {"EUR", STR_INIT("UTC"),
                                             STR_INIT("en")};
    struct ddl_column columns[2 * N_FIELDS] = {0};
    struct ddl_table t = {.name = IDENT("sys_user"), .columns = columns};
    struct str sql = STR_NONE;
    struct sqlb q;
    enum rc rc = store_create(db, &SETTINGS, FIX_NOW, err);

    (void)arg;
    for (size_t i = 0; i < N_FIELDS; i++) {
        struct ddl_column *c = &columns[t.n++];

        CHECK(ident_make(str_c(FIELDS[i].name), &c->name));
        c->type = FIELDS[i].type;
        c->primary = c->not_null = c->type == DB_T_ID;
        if (!FIELDS[i].key)
            continue;
        c = &columns[t.n++];
        CHECK(ident_make(str_c(FIELDS[i].key), &c->name));
        c->type = DB_T_TEXT;
    }
    sqlb_init(&q, db_dialect(db_store_of(db)), a);
    ddl_create_table(&q, &t);
    if (rc == RC_OK)
        rc = sqlb_text(&q, &sql, err);
    if (rc == RC_OK)
        rc = db_exec(db, sql, err);
    sqlb_release(&q);
    return rc;
}

static enum rc exec_tx(struct db *db, void *arg, struct arena *a,
                       struct err *err)
{
    (void)a;
    return db_exec(db, str_c(arg), err);
}

void fix_exec(struct fix *f, const char *sql)
{
    struct db_job job = {.run = exec_tx};

    job.arg = strdup(sql);
    CHECK_RC(db_write(f->ws.store, &job, &f->arena, &f->err), RC_OK);
    free(job.arg);
}

void fix_open(struct fix *f)
{
    struct db_job job = {.run = create};

    memset(f, 0, sizeof *f);
    arena_init(&f->arena, 64 << 20);
    clock_manual_init(&f->clock, FIX_NOW);
    f->ws.name = STR("main");
    f->ws.clock = &f->clock.clock;
    memset(f->ws.secret, 7, sizeof f->ws.secret);
    CHECK_RC(db_open_memory(&f->clock.clock, &f->ws.store, &f->err), RC_OK);
    f->ws.slot = model_slot_new();
    f->ws.changed = bell_new();
    CHECK(f->ws.slot && f->ws.changed);

    CHECK_RC(db_write(f->ws.store, &job, &f->arena, &f->err), RC_OK);
    model_slot_publish(f->ws.slot, make_model());
    fix_exec(f, "INSERT INTO sys_model(generation, at, \"user\", hash)"
                " VALUES(1, 0, 0, x'00')");
}

void fix_close(struct fix *f)
{
    db_close(f->ws.store);
    model_slot_free(f->ws.slot);
    bell_free(f->ws.changed);
    arena_release(&f->arena);
}

void fix_user(struct fix *f, int64_t id, const char *email, bool active,
              bool admin)
{
    char sql[1024];

    snprintf(sql, sizeof sql,
             "INSERT INTO sys_user(id, rev, name, name__k, email, email__k,"
             " active, admin, lang, lang__k) VALUES(%lld, 1, 'Someone',"
             " 'someone', '%s', '%s', %d, %d, 'de', 'de')",
             (long long)id, email, email, active, admin);
    fix_exec(f, sql);
}

int64_t fix_count(struct fix *f, const char *sql)
{
    struct db_stmt *st = NULL;
    struct db *db = NULL;
    int64_t n;

    CHECK_RC(db_read_begin(f->ws.store, NULL, &db, &f->err), RC_OK);
    CHECK_RC(db_prepare(db, str_c(sql), &st, &f->err), RC_OK);
    CHECK_RC(db_step_row(st, &f->err), RC_OK);
    n = db_col_i64(st, 0);
    db_stmt_release(st);
    db_read_end(db);
    return n;
}

static enum rc by(struct fix *f, struct str token, struct auth *out,
                  bool of_token)
{
    const struct model *m = NULL;
    struct db *db = NULL;
    enum rc rc;

    CHECK_RC(workspace_read_begin(&f->ws, &db, &m, &f->err), RC_OK);
    rc = (of_token ? auth_by_token : auth_by_session)(
        db, m, token, f->clock.now, &f->arena, out, &f->err);
    model_unref(m);
    db_read_end(db);
    return rc;
}

enum rc fix_by_session(struct fix *f, struct str token, struct auth *out)
{
    return by(f, token, out, false);
}

enum rc fix_by_token(struct fix *f, struct str token, struct auth *out)
{
    return by(f, token, out, true);
}
