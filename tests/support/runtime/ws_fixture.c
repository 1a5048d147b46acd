#include "support/runtime/ws_fixture.h"

#include <stdio.h>
#include <unistd.h>

#include "support/model_fixture.h"
#include "support/test.h"

static enum rc create(struct db *db, void *arg, struct arena *a,
                      struct err *err)
{
    static const struct settings SETTINGS = {"EUR", STR_INIT("UTC"),
                                             STR_INIT("en")};
    const int64_t *now = arg;

    (void)a;
    return store_create(db, &SETTINGS, *now, err);
}

static void begin(struct ws_fixture *f)
{
    *f = (struct ws_fixture){0};
    arena_init(&f->arena, 512 << 20);
    clock_manual_init(&f->clock, INT64_C(1790000000000));
    f->ws.name = STR("main");
    f->ws.clock = &f->clock.clock;
    memset(f->ws.secret, 7, sizeof f->ws.secret);
    f->who = principal_system(SOURCE_CLI);
    f->ws.slot = model_slot_new();
    f->ws.changed = bell_new();
    CHECK(f->ws.slot && f->ws.changed);
}

static void create_sys(struct ws_fixture *f)
{
    struct db_job job = {.run = create, .arg = &f->clock.now};

    CHECK_RC(db_write(f->ws.store, &job, &f->arena, &f->err), RC_OK);
    CHECK_RC(ws_put(f, fixture_folder(&f->arena, "sys", "schemas/sys")), RC_OK);
}

void ws_fixture_open(struct ws_fixture *f)
{
    begin(f);
    CHECK_RC(db_open_memory(&f->clock.clock, &f->ws.store, &f->err), RC_OK);
    create_sys(f);
}

void ws_fixture_open_file(struct ws_fixture *f, const char *path,
                          const char *vfs)
{
    struct db_config config = {.path = path, .create = true, .vfs = vfs};
    bool is_new = access(path, F_OK) != 0;
    struct model *m = NULL;
    struct messages ms;
    struct db *db = NULL;

    begin(f);
    config.clock = &f->clock.clock;
    CHECK_RC(db_open(&config, &f->ws.store, &f->err), RC_OK);
    if (is_new) {
        create_sys(f);
        return;
    }
    messages_init(&ms, &f->arena);
    CHECK_RC(db_read_begin(f->ws.store, NULL, &db, &f->err), RC_OK);
    CHECK_RC(store_load(db, &m, &ms, &f->err), RC_OK);
    db_read_end(db);
    model_slot_publish(f->ws.slot, m);
}

/* An index is named by a number that counts up, so it is told by what it
   indexes. */
static const char FACTS[] =
    "WITH f(l) AS ("
    " SELECT 'schema ' || type || ' ' || tbl_name || ' ' || CASE type WHEN"
    "  'index' THEN substr(sql, instr(sql, ' ON ')) ELSE sql END"
    "  FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 's\\_%' "
    "ESCAPE '\\'"
    " UNION ALL SELECT 'pkg ' || id || ' ' || version || ' ' || position || ' '"
    "  || state FROM sys_pkg"
    " UNION ALL SELECT 'file ' || package || ' ' || path || ' ' || data FROM"
    "  sys_pkg_file"
    " UNION ALL SELECT 'name ' || kind || ' ' || logical || ' ' || CASE WHEN"
    "  kind IN ('u', 'i') THEN '' ELSE physical END FROM sys_name WHERE"
    "  physical <> ''"
    " UNION ALL SELECT 'kv ' || package || ' ' || key FROM sys_kv"
    " UNION ALL SELECT 'seq ' || name FROM sys_seq"
    " UNION ALL SELECT 'search ' || ent FROM s_ent WHERE ent NOT IN (SELECT"
    "  number FROM sys_name WHERE physical <> '')"
    " UNION ALL SELECT 'chg ' || ent FROM sys_chg WHERE ent NOT IN (SELECT"
    "  number FROM sys_name WHERE physical <> ''))"
    " SELECT group_concat(l, char(10)) FROM (SELECT l FROM f ORDER BY l)";

void ws_fixture_close(struct ws_fixture *f)
{
    db_close(f->ws.store);
    model_slot_free(f->ws.slot);
    bell_free(f->ws.changed);
    arena_release(&f->arena);
}

struct package_src *ws_package(struct ws_fixture *f, const char *id,
                               const struct ws_file *files)
{
    struct fixture_file v[32];
    size_t n = 0;

    for (; files[n].path; n++)
        v[n] = (struct fixture_file){files[n].path, files[n].text};
    v[n] = (struct fixture_file){NULL, NULL};
    return fixture_texts(&f->arena, id, v);
}

enum rc ws_install(struct ws_fixture *f, const struct store_change *change)
{
    enum rc rc;

    messages_init(&f->messages, &f->arena);
    f->plan = (struct plan){.arena = &f->arena};
    rc = package_apply(&f->ws, &f->who, change, &f->arena, &f->plan,
                       &f->messages, &f->result, &f->err);
    if (rc != RC_OK && getenv("WS_SHOW"))
        fprintf(stderr, "%s\n", f->err.text);
    return rc;
}

enum rc ws_put(struct ws_fixture *f, const struct package_src *src)
{
    struct store_change change = {.put = src};

    return ws_install(f, &change);
}

static enum rc exec_run(struct db *db, void *arg, struct arena *a,
                        struct err *err)
{
    (void)a;
    return db_exec(db, str_c(arg), err);
}

enum rc ws_exec(struct ws_fixture *f, const char *sql)
{
    struct arena text; /* a constant is no argument of a job */
    struct db_job job = {.run = exec_run};
    enum rc rc;

    arena_init(&text, 65536);
    job.arg = (void *)(uintptr_t)str_cstr(&text, str_c(sql));
    rc = db_write(f->ws.store, &job, &text, &f->err);
    arena_release(&text);
    return rc;
}

static void read_one(struct ws_fixture *f, const char *sql, int64_t *i,
                     struct str *s)
{
    struct db_stmt *st = NULL;
    struct db *db = NULL;
    bool found = false;

    CHECK_RC(db_read_begin(f->ws.store, NULL, &db, &f->err), RC_OK);
    CHECK_RC(db_prepare(db, str_c(sql), &st, &f->err), RC_OK);
    CHECK_RC(db_step(st, &found, &f->err), RC_OK);
    if (found && i)
        *i = db_col_i64(st, 0);
    if (found && s)
        *s = str_copy(&f->arena, db_col_str(st, 0));
    db_stmt_release(st);
    db_read_end(db);
}

int64_t ws_i64(struct ws_fixture *f, const char *sql)
{
    int64_t v = 0;

    read_one(f, sql, &v, NULL);
    return v;
}

struct str ws_text(struct ws_fixture *f, const char *sql)
{
    struct str s = STR("");

    read_one(f, sql, NULL, &s);
    return s;
}

const char *ws_facts(struct ws_fixture *f)
{
    return str_cstr(&f->arena, ws_text(f, FACTS));
}
