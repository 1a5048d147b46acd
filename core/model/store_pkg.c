/*
 * store_pkg - installed packages as they lie in the file, and the model of them.
 */
#include "model/store_rows.h"

#include "base/vec.h"

enum { PARSE_MAX_BYTES = 256 << 20 };

static const struct str SQL_NAMES =
    STR_INIT("SELECT kind, logical, physical, number FROM sys_name"
             " ORDER BY kind, logical");
static const struct str SQL_PACKAGES =
    STR_INIT("SELECT id, state FROM sys_pkg ORDER BY position, id");
static const struct str SQL_FILES = STR_INIT(
    "SELECT path, data FROM sys_pkg_file WHERE package=?1 ORDER BY path");

static enum rc no_memory(struct err *err)
{
    return FAIL(err, RC_NOMEM,
                "There is no memory for the installed definitions.");
}

enum rc store_names(struct db *db, struct arena *a, struct names **out,
                    struct err *err)
{
    struct names *ns = names_new(a);
    struct db_stmt *st = NULL;
    bool has_row = false;
    enum rc rc;

    if (!ns)
        return no_memory(err);
    rc = db_prepare(db, SQL_NAMES, &st, err);
    while (rc == RC_OK) {
        rc = db_step(st, &has_row, err);
        if (rc != RC_OK || !has_row)
            break;
        if (db_col_str(st, 0).n != 1)
            rc = FAIL(err, RC_IO, "The table of names is damaged.");
        else if (!names_know(ns, db_col_str(st, 0).p[0], db_col_str(st, 1),
                             db_col_str(st, 2), (int)db_col_i64(st, 3)))
            rc = no_memory(err);
    }
    db_stmt_release(st);
    if (rc == RC_OK)
        *out = ns;
    return rc;
}

static enum rc read_files(struct db *db, struct arena *a,
                          struct package_src *src, struct err *err)
{
    struct {
        struct package_file *v;
        size_t n, cap;
    } files = {0};
    struct db_stmt *st = NULL;
    bool has_row = false;
    enum rc rc = db_prepare(db, SQL_FILES, &st, err);

    if (rc == RC_OK)
        db_bind_str(st, 1, src->id);
    while (rc == RC_OK) {
        struct package_file f = {0};

        rc = db_step(st, &has_row, err);
        if (rc != RC_OK || !has_row)
            break;
        f.path = str_copy(a, db_col_str(st, 0));
        f.text = str_copy(a, db_col_blob(st, 1));
        if (!f.path.p || !f.text.p || !VEC_PUSH(a, &files, f))
            rc = no_memory(err);
    }
    db_stmt_release(st);
    src->files = files.v;
    src->n = files.n;
    return rc;
}

static enum rc read_list(struct db *db, struct arena *a,
                         struct package_list *out, struct err *err)
{
    struct db_stmt *st = NULL;
    bool has_row = false;
    enum rc rc = db_prepare(db, SQL_PACKAGES, &st, err);

    while (rc == RC_OK) {
        struct package_src *src;

        rc = db_step(st, &has_row, err);
        if (rc != RC_OK || !has_row)
            break;
        src = ARENA_NEW(a, struct package_src);
        if (!src || !VEC_PUSH(a, out, src)) {
            rc = no_memory(err);
            break;
        }
        src->id = str_copy(a, db_col_str(st, 0));
        src->is_archived = str_is(db_col_str(st, 1), "archived");
        if (!src->id.p)
            rc = no_memory(err);
    }
    db_stmt_release(st);
    return rc;
}

static enum rc move_names(struct names *names, const struct upgrade *up,
                          struct err *err)
{
    size_t i;

    for (i = 0; up && i < up->n_renames; i++)
        if (!names_rename(names, 'f', up->renames[i].from, up->renames[i].to) ||
            !names_rename(names, 'm', up->renames[i].from, up->renames[i].to))
            return no_memory(err);
    return RC_OK;
}

/* A field keeps its column under another name. What is not so (any more) is no
   matter: the compile goes by what it finds. */
static enum rc rename_fields(struct names *ns,
                             const struct store_change *change, struct arena *a,
                             struct err *err)
{
    size_t i;

    for (i = 0; change && i < change->n_renames; i++) {
        const struct store_rename *r = &change->renames[i];
        struct str from =
            str_fmt(a, "%.*s.%.*s", STR_ARG(r->entity), STR_ARG(r->from));
        struct str to =
            str_fmt(a, "%.*s.%.*s", STR_ARG(r->entity), STR_ARG(r->to));

        if (!from.p || !to.p)
            return no_memory(err);
        if (!names_has(ns, 'f', from) || names_has(ns, 'f', to))
            continue;
        if (!names_rename(ns, 'f', from, to) ||
            !names_rename(ns, 'm', from, to))
            return no_memory(err);
    }
    return RC_OK;
}

enum rc store_compile(struct db *db, struct package_list *packages,
                      const struct upgrade *up, int64_t generation,
                      struct arena *a, struct messages *ms, struct model **out,
                      struct err *err)
{
    struct settings settings;
    struct names *names;
    size_t i;
    enum rc rc = store_settings(db, a, &settings, err);

    if (rc == RC_OK)
        rc = store_names(db, a, &names, err);
    if (rc == RC_OK)
        rc = move_names(names, up, err);
    if (rc == RC_OK)
        rc = rename_fields(names, up ? up->change : NULL, a, err);
    for (i = 0; rc == RC_OK && i < packages->n; i++)
        rc = package_parse(packages->v[i], a, ms, err);
    if (rc == RC_OK)
        rc = model_compile((const struct package_src *const *)packages->v,
                           packages->n, &settings, names, generation, ms, out,
                           err);
    return rc;
}

enum rc store_load(struct db *db, struct model **out, struct messages *ms,
                   struct err *err)
{
    struct package_list packages = {0};
    struct arena a;
    int64_t generation = 0;
    size_t i;
    enum rc rc;

    arena_init(&a, PARSE_MAX_BYTES);
    rc = store_generation(db, &generation, err);
    if (rc == RC_OK)
        rc = read_list(db, &a, &packages, err);
    for (i = 0; rc == RC_OK && i < packages.n; i++)
        rc = read_files(db, &a, packages.v[i], err);
    if (rc == RC_OK)
        rc = store_compile(db, &packages, NULL, generation, &a, ms, out, err);
    arena_release(&a);
    return rc;
}
