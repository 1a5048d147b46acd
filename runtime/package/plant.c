/* See plant.h. */
#include "package/plant.h"

#include "base/log.h"
#include "base/vec.h"

static const struct str SQL_MARK =
    STR_INIT("INSERT INTO sys_kv(package, key, value) VALUES('sys', ?1, 'due')"
             " ON CONFLICT(package, key) DO UPDATE SET value=excluded.value");
static const struct str SQL_CLEAR =
    STR_INIT("DELETE FROM sys_kv WHERE package='sys' AND key=?1");
static const struct str SQL_MARKED =
    STR_INIT("SELECT key FROM sys_kv WHERE package='sys' AND key>='seeds.'"
             " AND key<'seeds/' ORDER BY key"); /* '/' follows '.' */
enum { PREFIX_BYTES = sizeof "seeds." - 1 };

static enum rc run_key(struct db *db, struct str sql, struct str package,
                       struct err *err)
{
    struct db_stmt *st = NULL;
    struct arena a;
    struct str key;
    enum rc rc;

    arena_init(&a, 4096);
    key = str_fmt(&a, "seeds.%.*s", STR_ARG(package));
    rc = key.p ? db_prepare(db, sql, &st, err)
               : FAIL(err, RC_NOMEM, "There is no memory for a mark.");
    if (rc == RC_OK) {
        db_bind_str(st, 1, key);
        rc = db_step_done(st, err);
    }
    db_stmt_release(st);
    arena_release(&a);
    return rc;
}

enum rc plant_mark(struct db *db, const struct model *next, struct str package,
                   struct err *err)
{
    for (size_t i = 0; i < next->n_seeds; i++) {
        if (str_eq(next->seeds[i]->package, package) &&
            next->seeds[i]->mode != SEED_DEMO)
            return run_key(db, SQL_MARK, package, err);
    }
    return RC_OK;
}

struct clear {
    struct str package;
};

static enum rc clear_tx(struct db *db, void *arg, struct arena *a,
                        struct err *err)
{
    const struct clear *c = arg;

    (void)a;
    return run_key(db, SQL_CLEAR, c->package, err);
}

static enum rc plant(const struct workspace *ws, const struct principal *who,
                     struct str package, struct arena *a, struct err *err)
{
    struct issues issues;
    enum rc rc;

    issues_init(&issues, a);
    rc = package_seed(ws, who, package, SEED_ONCE, a, &issues, err);
    if (rc == RC_OK)
        rc = package_seed(ws, who, package, SEED_SYNC, a, &issues, err);
    if (rc == RC_INVALID && issues.n > 0)
        return FAIL(err, RC_INVALID,
                    "The package is installed, but its records are not all "
                    "there: %.*s: %.*s",
                    STR_ARG(issues.v[0].path), STR_ARG(issues.v[0].message));
    return rc;
}

static bool has_seeds(const struct workspace *ws, struct str package)
{
    const struct model *m = model_slot_ref(ws->slot);
    bool found = false;

    for (size_t i = 0; m && i < m->n_seeds; i++)
        found = found || (str_eq(m->seeds[i]->package, package) &&
                          m->seeds[i]->mode != SEED_DEMO);
    model_unref(m);
    return found;
}

enum rc package_plant(const struct workspace *ws, const struct principal *who,
                      struct str package, struct arena *a, struct err *err)
{
    struct clear c = {package};
    struct db_job job = {.run = clear_tx, .arg = &c};
    enum rc rc, done;

    if (!has_seeds(ws, package))
        return RC_OK;
    rc = plant(ws, who, package, a, err);
    if (rc != RC_OK && rc != RC_INVALID)
        return rc; /* the next start tries again */
    done = db_write(ws->store, &job, a, rc == RC_OK ? err : NULL);
    return rc == RC_OK ? done : rc;
}

/* --- after a kill --------------------------------------------------------------- */

static enum rc marked(const struct workspace *ws, struct arena *a,
                      struct str **out, size_t *n, struct err *err)
{
    VEC(struct str) v = {0};
    struct db_stmt *st = NULL;
    bool has_row = false;
    struct db *db = NULL;
    enum rc rc = db_read_begin(ws->store, NULL, &db, err);

    if (rc != RC_OK)
        return rc;
    rc = db_prepare(db, SQL_MARKED, &st, err);
    while (rc == RC_OK) {
        struct str id;

        rc = db_step(st, &has_row, err);
        if (rc != RC_OK || !has_row)
            break;
        id = db_col_str(st, 0);
        id = str_copy(a, str_sub(id, PREFIX_BYTES, id.n));
        if (!id.p || !VEC_PUSH(a, &v, id))
            rc = FAIL(err, RC_NOMEM, "There is no memory for the packages.");
    }
    db_stmt_release(st);
    db_read_end(db);
    *out = v.v;
    *n = v.n;
    return rc;
}

enum rc package_resume(const struct workspace *ws, struct arena *a,
                       struct err *err)
{
    struct principal who = principal_system(SOURCE_SEED);
    struct str *ids = NULL;
    size_t n = 0;
    enum rc rc = marked(ws, a, &ids, &n, err);

    for (size_t i = 0; rc == RC_OK && i < n; i++) {
        struct err why = ERR_INIT;

        rc = package_plant(ws, &who, ids[i], a, &why);
        if (rc == RC_INVALID) { /* said, and no reason not to start */
            log_warn("package.seed", KV("package", ids[i]),
                     KV("why", str_c(why.text)));
            rc = RC_OK;
        } else if (rc != RC_OK && err) {
            *err = why;
        }
    }
    return rc;
}
