/*
 * store_publish - from what is installed to what shall be, in two halves: one
 * that only reads (compile, plan), one in the writer (DDL, definitions, names,
 * the new generation: all or nothing).
 *
 * A removed package whose records are kept stays as an archive: compiled, so
 * that its records can be read and exported, but in no menu and not written to.
 */
#include "model/store_rows.h"

#include <stdio.h>

#include "base/vec.h"

enum {
    PARSE_MAX_BYTES = 256 << 20,
    COMMIT_MAX_BYTES = 64 << 20,
    ASIDE_MAX = 64 /* things of local an upgrade sets aside */
};

/* --- prepare -------------------------------------------------------------- */

static enum rc no_memory(struct err *err)
{
    return FAIL(err, RC_NOMEM, "There is no memory to publish.");
}

/* A copy that package_parse may put its trees in. */
static struct package_src *copy_source(struct arena *a,
                                       const struct package_src *from)
{
    struct package_src *src = ARENA_NEW(a, struct package_src);
    size_t i;

    if (!src)
        return NULL;
    *src = *from;
    src->previous = NULL;
    src->files = ARENA_ARRAY(a, struct package_file, from->n + 1);
    for (i = 0; src->files && i < from->n; i++)
        src->files[i] = (struct package_file){from->files[i].path,
                                              from->files[i].text, NULL};
    return src->files ? src : NULL;
}

static const struct package *find_package(const struct model *m, struct str id)
{
    size_t i;

    for (i = 0; m && i < m->n_packages; i++)
        if (str_eq(m->packages[i]->id, id))
            return m->packages[i];
    return NULL;
}

static bool add(struct arena *a, struct package_list *out,
                const struct package_src *from, bool is_archived)
{
    struct package_src *src = copy_source(a, from);

    if (!src || !VEC_PUSH(a, out, src))
        return false;
    src->is_archived = is_archived;
    return true;
}

static enum rc wanted_packages(const struct model *current,
                               const struct store_change *change,
                               struct arena *a, struct package_list *out,
                               struct err *err)
{
    size_t i;

    for (i = 0; current && i < current->n_packages; i++) {
        const struct package *p = current->packages[i];
        bool removed = change->remove.n && str_eq(p->id, change->remove);

        if ((change->put && str_eq(p->id, change->put->id)) ||
            (removed && !change->keep_records))
            continue;
        if (!add(a, out, p->sources, p->is_archived || removed))
            return no_memory(err);
    }
    if (change->put && !add(a, out, change->put, false))
        return no_memory(err);
    return RC_OK;
}

static const struct package_src *local_of(const struct package_list *packages)
{
    size_t i;

    for (i = 0; i < packages->n; i++)
        if (str_is(packages->v[i]->id, "local"))
            return packages->v[i];
    return NULL;
}

static enum rc put_local(struct package_list *packages,
                         const struct package_src *local, struct arena *a,
                         struct err *err)
{
    struct package_src *copy = copy_source(a, local);
    size_t i;

    if (!copy)
        return no_memory(err);
    for (i = 0; i < packages->n; i++)
        if (str_is(packages->v[i]->id, "local"))
            packages->v[i] = copy;
    return RC_OK;
}

/* What an upgrade beneath it makes of `local`, put into its place. */
static enum rc upgrade_beneath(const struct model *current,
                               const struct store_change *change,
                               struct package_list *packages, struct arena *a,
                               struct messages *ms, struct upgrade *up,
                               bool *can_change, struct err *err)
{
    const struct package *was =
        change->put ? find_package(current, change->put->id) : NULL;
    const struct package *local = find_package(current, STR("local"));
    enum rc rc;

    if (!was || !local || was == local || str_is(was->id, "sys"))
        return RC_OK;
    rc = upgrade_local(was->sources, change->put, local->sources, a, ms, up,
                       err);
    *can_change = true;
    return rc == RC_OK && up->local ? put_local(packages, up->local, a, err)
                                    : rc;
}

/* Compile; where it is only local that does not go with the new version, without
   what does not. */
static enum rc compile(struct db *db, const struct model *current,
                       struct package_list *packages, bool can_change,
                       struct upgrade *up, struct arena *a, struct arena *trees,
                       struct messages *ms, struct model **next,
                       struct err *err)
{
    int64_t generation = current ? current->generation + 1 : 1;
    int i;
    enum rc rc = RC_INVALID;

    for (i = 0; i < ASIDE_MAX; i++) {
        struct messages before = *ms, said = {0};
        const struct package_src *local;
        enum rc set;

        rc = store_compile(db, packages, up, generation, trees, ms, next, err);
        if (rc != RC_INVALID || !can_change)
            return rc;
        local = local_of(packages);
        messages_init(&said, a);
        set = local ? upgrade_set_aside(local, ms, a, &said, up, err)
                    : RC_NOTFOUND;
        if (set == RC_NOTFOUND || said.n == 0)
            return rc;
        if (set == RC_OK)
            set = put_local(packages, up->local, a, err);
        if (set != RC_OK)
            return set;
        ms->n = before.n;
        ms->errors = before.errors;
        ms->warnings = before.warnings;
        messages_file(ms, said.v[0].file, SEVERITY_REVIEW, said.v[0].code,
                      "%.*s", STR_ARG(said.v[0].text));
    }
    return rc;
}

/* What an upgrade replaces, for the reviews. That it may not pass the checks of
   today is nobody's concern. */
static enum rc add_previous(const struct model *current,
                            const struct store_change *change,
                            struct package_list *packages, struct arena *a,
                            struct err *err)
{
    const struct package *p =
        change->put ? find_package(current, change->put->id) : NULL;
    struct package_src *previous;
    struct messages ignored;
    enum rc rc;

    if (!p)
        return RC_OK;
    previous = copy_source(a, p->sources);
    if (!previous)
        return no_memory(err);
    messages_init(&ignored, a);
    rc = package_parse(previous, a, &ignored, err);
    packages->v[packages->n - 1]->previous = previous;
    return rc;
}

static bool same_files(const struct package_src *a, const struct package_src *b)
{
    size_t i;

    if (a->n != b->n)
        return false;
    for (i = 0; i < a->n; i++)
        if (!str_eq(a->files[i].path, b->files[i].path) ||
            !str_eq(a->files[i].text, b->files[i].text))
            return false;
    return true;
}

/* Are these the definitions that are installed? */
static bool is_installed(const struct model *current,
                         const struct package_src *src)
{
    const struct package *p = find_package(current, src->id);
    const struct package_src *now = p ? p->sources : NULL;

    if (!now)
        return src->n == 0;
    return now == src || same_files(now, src);
}

static enum rc check_change(const struct model *current,
                            const struct store_change *change, struct err *err)
{
    if (change->base && !is_installed(current, change->base))
        return FAIL(err, RC_CONFLICT,
                    "The definitions were changed meanwhile; look at what is "
                    "there now and make the change again.");
    if (!change->remove.n)
        return RC_OK;
    if (str_is(change->remove, "sys"))
        return FAIL(err, RC_DENIED,
                    "\"sys\" is the platform itself and cannot be removed.");
    if (!find_package(current, change->remove))
        return FAIL(err, RC_NOTFOUND, "There is no package \"%.*s\" to remove.",
                    STR_ARG(change->remove));
    return RC_OK;
}

static void name_plan(struct plan *plan, const struct model *current,
                      const struct model *next,
                      const struct store_change *change)
{
    struct str id = change->put ? change->put->id : change->remove;
    const struct package *was = find_package(current, id);
    const struct package *is = find_package(next, id);

    plan->package = id;
    plan->from = was ? was->version : STR("");
    plan->to = is && !is->is_archived ? is->version : STR("");
}

static enum rc prepare(struct db *db, const struct model *current,
                       const struct store_change *change, struct arena *a,
                       struct model **model, struct plan *plan,
                       struct messages *ms, struct err *err)
{
    struct package_list packages = {0};
    struct upgrade up = {0};
    struct arena trees;
    struct model *next = NULL;
    bool is_deletion = change->remove.n && !change->keep_records;
    bool allow_drop = change->allow_drop || is_deletion;
    bool can_change = false;
    enum rc rc;

    arena_init(&trees, PARSE_MAX_BYTES);
    rc = wanted_packages(current, change, &trees, &packages, err);
    if (rc == RC_OK)
        rc = add_previous(current, change, &packages, &trees, err);
    if (rc == RC_OK)
        rc = upgrade_beneath(current, change, &packages, a, ms, &up,
                             &can_change, err);
    up.change = change;
    if (rc == RC_OK)
        rc = compile(db, current, &packages, can_change, &up, a, &trees, ms,
                     &next, err);
    if (rc == RC_OK)
        rc = plan_make(current, next, db, allow_drop, a, plan, err);
    arena_release(&trees);
    if (rc != RC_OK) {
        model_unref(next);
        return rc;
    }
    plan->is_deletion = is_deletion;
    name_plan(plan, current, next, change);
    *model = next;
    return RC_OK;
}

/* A removal that would keep empty tables: rather none, if nothing is in its
   way. What is, is no fault: then the empty tables stay. */
static enum rc try_deletion(struct db *db, const struct model *current,
                            const struct store_change *change, struct arena *a,
                            struct model **model, struct plan *plan)
{
    struct store_change deletion = *change;
    struct plan other = {.arena = a};
    struct model *next = NULL;
    struct messages ms;
    enum rc rc;

    messages_init(&ms, a);
    deletion.keep_records = false;
    rc = prepare(db, current, &deletion, a, &next, &other, &ms, NULL);
    if (rc == RC_NOMEM ||
        (rc == RC_OK && other.n_refused == 0 && !plan_drops_data(&other))) {
        if (rc == RC_OK) {
            model_unref(*model);
            *model = next;
            *plan = other;
        }
        return rc;
    }
    model_unref(next);
    return RC_OK;
}

enum rc store_prepare(struct db *db, const struct model *current,
                      const struct store_change *change, struct arena *a,
                      struct model **model, struct plan *plan,
                      struct messages *ms, struct err *err)
{
    struct model *next = NULL;
    struct plan made = {.arena = a};
    enum rc rc = check_change(current, change, err);

    if (rc == RC_OK)
        rc = prepare(db, current, change, a, &next, &made, ms, err);
    if (rc == RC_OK && change->remove.n && change->keep_records) {
        rc = try_deletion(db, current, change, a, &next, &made);
        if (rc != RC_OK) {
            model_unref(next);
            return FAIL(err, rc, "There is no memory to publish.");
        }
    }
    if (rc != RC_OK)
        return rc;
    *plan = made;
    *model = next;
    return RC_OK;
}

/* --- commit --------------------------------------------------------------- */

static const struct str SQL_DROP_FILES =
    STR_INIT("DELETE FROM sys_pkg_file WHERE package=?1");
static const struct str SQL_DROP_PACKAGE =
    STR_INIT("DELETE FROM sys_pkg WHERE id=?1");
static const struct str SQL_PUT_FILE = STR_INIT(
    "INSERT INTO sys_pkg_file(package, path, data) VALUES(?1, ?2, ?3)");
static const struct str SQL_PUT_PACKAGE =
    STR_INIT("INSERT INTO sys_pkg(id, version, position, installed_at, state)"
             " VALUES(?1, ?2, ?3, ?4, ?5) ON CONFLICT(id) DO UPDATE SET"
             " version=excluded.version, position=excluded.position,"
             " state=excluded.state");
static const struct str SQL_TOUCH =
    STR_INIT("UPDATE sys_pkg SET installed_at=?2 WHERE id=?1");
static const struct str SQL_DROP_NAME =
    STR_INIT("DELETE FROM sys_name WHERE kind=?1 AND logical=?2");
static const struct str SQL_PUT_NAME =
    STR_INIT("INSERT INTO sys_name(kind, logical, physical, number)"
             " VALUES(?1, ?2, ?3, ?4) ON CONFLICT(kind, logical) DO UPDATE SET"
             " physical=excluded.physical, number=excluded.number");
static const struct str SQL_PLAN =
    STR_INIT("INSERT INTO sys_plan(generation, step, words, done)"
             " VALUES(?1, ?2, ?3, ?4)");
/* `user` is a word of its own in some engines. */
static const struct str SQL_MODEL =
    STR_INIT("INSERT INTO sys_model(generation, at, \"user\", hash, note)"
             " VALUES(?1, ?2, ?3, ?4, ?5)");

static enum rc by_id(struct db *db, struct str sql, struct str id,
                     struct err *err)
{
    struct db_stmt *st = NULL;
    enum rc rc = db_prepare(db, sql, &st, err);

    if (rc == RC_OK) {
        db_bind_str(st, 1, id);
        rc = db_step_done(st, err);
    }
    db_stmt_release(st);
    return rc;
}

static enum rc put_files(struct db *db, const struct package_src *src,
                         struct err *err)
{
    struct db_stmt *st = NULL;
    size_t i;
    enum rc rc = by_id(db, SQL_DROP_FILES, src->id, err);

    if (rc == RC_OK)
        rc = db_prepare(db, SQL_PUT_FILE, &st, err);
    for (i = 0; rc == RC_OK && i < src->n; i++) {
        db_stmt_reset(st);
        db_bind_str(st, 1, src->id);
        db_bind_str(st, 2, src->files[i].path);
        db_bind_blob(st, 3, src->files[i].text.p, src->files[i].text.n);
        rc = db_step_done(st, err);
    }
    db_stmt_release(st);
    return rc;
}

/* Every package again: one that came may stand before others. */
static enum rc put_packages(struct db *db, const struct model *next,
                            int64_t now_ms, struct err *err)
{
    struct db_stmt *st = NULL;
    size_t i;
    enum rc rc = db_prepare(db, SQL_PUT_PACKAGE, &st, err);

    for (i = 0; rc == RC_OK && i < next->n_packages; i++) {
        const struct package *p = next->packages[i];

        db_stmt_reset(st);
        db_bind_str(st, 1, p->id);
        db_bind_str(st, 2, p->version);
        db_bind_i64(st, 3, (int64_t)i);
        db_bind_i64(st, 4, now_ms);
        db_bind_str(st, 5, p->is_archived ? STR("archived") : STR("installed"));
        rc = db_step_done(st, err);
    }
    db_stmt_release(st);
    return rc;
}

static enum rc touch(struct db *db, struct str id, int64_t now_ms,
                     struct err *err)
{
    struct db_stmt *st = NULL;
    enum rc rc = db_prepare(db, SQL_TOUCH, &st, err);

    if (rc == RC_OK) {
        db_bind_str(st, 1, id);
        db_bind_i64(st, 2, now_ms);
        rc = db_step_done(st, err);
    }
    db_stmt_release(st);
    return rc;
}

/* As the model has them: what came, and in `local` a local.lock of today, which
   any publish may change. */
static enum rc write_files(struct db *db, const struct model *current,
                           const struct model *next,
                           const struct store_change *change, struct err *err)
{
    const struct package *put =
        change->put ? find_package(next, change->put->id) : NULL;
    const struct package *was = find_package(current, STR("local"));
    const struct package *local = find_package(next, STR("local"));
    enum rc rc = RC_OK;

    if (put)
        rc = put_files(db, put->sources, err);
    if (rc == RC_OK && was && local && local != put &&
        !same_files(was->sources, local->sources))
        rc = put_files(db, local->sources, err);
    return rc;
}

static enum rc write_packages(struct db *db, const struct model *current,
                              const struct model *next,
                              const struct store_change *change,
                              const struct plan *plan, int64_t now_ms,
                              struct err *err)
{
    enum rc rc = write_files(db, current, next, change, err);

    if (rc == RC_OK && plan->is_deletion)
        rc = by_id(db, SQL_DROP_FILES, change->remove, err);
    if (rc == RC_OK && plan->is_deletion)
        rc = by_id(db, SQL_DROP_PACKAGE, change->remove, err);
    if (rc == RC_OK)
        rc = put_packages(db, next, now_ms, err);
    if (rc == RC_OK && change->put)
        rc = touch(db, change->put->id, now_ms, err);
    return rc;
}

/* --- names ---------------------------------------------------------------- */

static int compare_names(const struct name_pair *a, const struct name_pair *b)
{
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    return str_cmp(a->logical, b->logical);
}

static enum rc drop_name(struct db_stmt *st, const struct name_pair *p,
                         struct err *err)
{
    db_stmt_reset(st);
    db_bind_str(st, 1, str_of(&p->kind, 1));
    db_bind_str(st, 2, p->logical);
    return db_step_done(st, err);
}

static enum rc put_name(struct db_stmt *st, const struct name_pair *p,
                        struct err *err)
{
    db_stmt_reset(st);
    db_bind_str(st, 1, str_of(&p->kind, 1));
    db_bind_str(st, 2, p->logical);
    db_bind_str(st, 3, p->physical);
    db_bind_i64(st, 4, p->number);
    return db_step_done(st, err);
}

/* Both lists are sorted: only what differs is written. */
static enum rc write_names(struct db *db, const struct model *current,
                           const struct model *next, struct err *err)
{
    struct db_stmt *drop = NULL, *put = NULL;
    size_t n_old = current ? current->n_names : 0, i = 0, k = 0;
    enum rc rc = db_prepare(db, SQL_DROP_NAME, &drop, err);

    if (rc == RC_OK)
        rc = db_prepare(db, SQL_PUT_NAME, &put, err);
    while (rc == RC_OK && (i < n_old || k < next->n_names)) {
        const struct name_pair *was = i < n_old ? &current->names[i] : NULL;
        const struct name_pair *is = k < next->n_names ? &next->names[k] : NULL;
        int order = !was ? 1 : !is ? -1 : compare_names(was, is);

        if (order < 0)
            rc = drop_name(drop, &current->names[i], err);
        else if (order > 0 || !str_eq(was->physical, is->physical) ||
                 was->number != is->number)
            rc = put_name(put, &next->names[k], err);
        i += order <= 0;
        k += order >= 0;
    }
    db_stmt_release(drop);
    db_stmt_release(put);
    return rc;
}

/* --- the record of it ------------------------------------------------------ */

static enum rc write_step(struct db_stmt *st, const struct model *next,
                          size_t i, struct str words, bool done,
                          struct err *err)
{
    db_stmt_reset(st);
    db_bind_i64(st, 1, next->generation);
    db_bind_i64(st, 2, (int64_t)i);
    db_bind_str(st, 3, words);
    db_bind_bool(st, 4, done);
    return db_step_done(st, err);
}

static enum rc write_plan(struct db *db, const struct model *next,
                          const struct plan *plan, struct err *err)
{
    struct db_stmt *st = NULL;
    size_t i;
    enum rc rc = db_prepare(db, SQL_PLAN, &st, err);

    for (i = 0; rc == RC_OK && i < plan->n; i++)
        rc = write_step(st, next, i, plan->steps[i].words, true, err);
    for (i = 0; rc == RC_OK && i < plan->n_review;
         i++) /* still to be looked at */
        rc =
            write_step(st, next, plan->n + i, plan->review[i].text, false, err);
    db_stmt_release(st);
    return rc;
}

static enum rc write_generation(struct db *db, const struct model *next,
                                const struct plan *plan, int64_t now_ms,
                                int64_t user, struct err *err)
{
    struct db_stmt *st = NULL;
    char note[160];
    int n =
        snprintf(note, sizeof note, "%.*s %.*s%s%.*s", STR_ARG(plan->package),
                 STR_ARG(plan->from), plan->from.n && plan->to.n ? " to " : "",
                 STR_ARG(plan->to));
    enum rc rc = db_prepare(db, SQL_MODEL, &st, err);

    if (rc == RC_OK) {
        db_bind_i64(st, 1, next->generation);
        db_bind_i64(st, 2, now_ms);
        db_bind_i64(st, 3, user);
        db_bind_blob(st, 4, next->hash, sizeof next->hash);
        db_bind_str(st, 5,
                    str_of(note, n < 0                     ? 0
                                 : (size_t)n < sizeof note ? (size_t)n
                                                           : sizeof note - 1));
        rc = db_step_done(st, err);
    }
    db_stmt_release(st);
    return rc;
}

static const struct str SQL_LOG =
    STR_INIT("INSERT INTO sys_kv(package, key, value) VALUES(?1, ?2, ?3)");

/* Beside the generation: what a builder says of it. */
static enum rc write_log(struct db *db, const struct model *next,
                         const struct store_change *change, struct err *err)
{
    struct db_stmt *st = NULL;
    char key[32];
    int n;
    enum rc rc;

    if (!change->put || !change->log.n)
        return RC_OK;
    n = snprintf(key, sizeof key, "_builder/%012lld",
                 (long long)next->generation);
    rc = db_prepare(db, SQL_LOG, &st, err);
    if (rc == RC_OK) {
        db_bind_str(st, 1, change->put->id);
        db_bind_str(st, 2, str_of(key, (size_t)n));
        db_bind_str(st, 3, change->log);
        rc = db_step_done(st, err);
    }
    db_stmt_release(st);
    return rc;
}

static enum rc check_generation(struct db *db, const struct model *current,
                                struct err *err)
{
    int64_t now, expected = current ? current->generation : 0;
    enum rc rc = store_generation(db, &now, err);

    if (rc == RC_OK && now != expected)
        return FAIL(err, RC_CONFLICT,
                    "The definitions were changed meanwhile (generation %lld, "
                    "not %lld); look at the plan again.",
                    (long long)now, (long long)expected);
    return rc;
}

static enum rc change_tables(struct db *db, const struct model *current,
                             const struct model *next,
                             const struct store_change *change,
                             const struct plan *plan, struct err *err)
{
    int64_t *before = NULL;
    struct arena a;
    enum rc rc;

    arena_init(&a, COMMIT_MAX_BYTES);
    rc = store_count(db, current, next, plan, &a, &before, err);
    if (rc == RC_OK)
        rc = plan_apply(plan, current, next, db, err);
    if (rc == RC_OK)
        rc = store_forget(db, change, plan, &a, err);
    if (rc == RC_OK)
        rc = store_verify(db, next, plan, before, &a, err);
    arena_release(&a);
    return rc;
}

enum rc store_commit(struct db *db, const struct model *current,
                     const struct model *next,
                     const struct store_change *change, const struct plan *plan,
                     int64_t now_ms, int64_t user, struct err *err)
{
    enum rc rc = check_generation(db, current, err);

    if (rc == RC_OK)
        rc = change_tables(db, current, next, change, plan, err);
    if (rc == RC_OK)
        rc = write_packages(db, current, next, change, plan, now_ms, err);
    if (rc == RC_OK)
        rc = write_names(db, current, next, err);
    if (rc == RC_OK)
        rc = write_plan(db, next, plan, err);
    if (rc == RC_OK)
        rc = write_generation(db, next, plan, now_ms, user, err);
    if (rc == RC_OK)
        rc = write_log(db, next, change, err);
    return rc;
}
