/*
 * save - one save from the caller's side: prepare on this thread, apply in the
 * writer, again when it was overtaken.
 *
 * A save that other writes overtake twice is prepared in the writer, where
 * nothing can. One that meets a new generation is bound to it by names: the
 * caller keeps its own items, with the values as written.
 */
#include <stdarg.h>
#include <stdio.h>

#include "base/clock.h"
#include "record/pipe.h"

enum {
    SAVE_REBINDS = 12, /* generations one save may meet: two build at once */
    SAVE_TEXT_BYTES = 400,
};

enum rc pipe_nomem(struct err *err)
{
    return FAIL(err, RC_NOMEM, "There is no memory to save this.");
}

/* --- what is wrong with an item ------------------------------------------------ */

struct str issues_enter(struct save *s, const struct record_item *item)
{
    struct str was = s->issues->prefix;

    s->issues->prefix = item->path;
    return was;
}

void issues_leave(struct save *s, struct str was)
{
    s->issues->prefix = was;
}

void item_failed(struct work *w, enum rc rc, const char *code)
{
    struct record_item *item = w->item;

    /* what may not be done at all matters more than how it was written */
    if (item->failed && (item->rc != RC_INVALID || rc == RC_INVALID))
        return;
    item->failed = true;
    item->rc = rc;
    item->code = code;
}

/* Is there something at this field already? One reason is enough. */
static bool is_said(const struct save *s, const struct record_item *item,
                    const struct field *f)
{
    size_t i;

    for (i = 0; i < s->issues->n; i++) {
        struct str path = s->issues->v[i].path;

        if (path.n == item->path.n + f->name.n && !s->issues->v[i].is_warning &&
            str_starts(path, item->path) && str_ends(path, f->name))
            return true;
    }
    return false;
}

static void say(struct save *s, const struct record_item *item,
                const struct field *f, const char *issue, bool is_warning,
                const char *text)
{
    struct str was = issues_enter(s, item);
    struct str path = f ? f->name : item_path(item);

    if (!f)
        s->issues->prefix = STR("");
    if (is_warning)
        issues_warn(s->issues, path, issue, "%s", text);
    else
        issues_add(s->issues, path, issue, "%s", text);
    issues_leave(s, was);
}

void item_fail(struct save *s, struct work *w, enum rc rc, const char *code,
               const struct field *f, const char *issue, const char *fmt, ...)
{
    char text[SAVE_TEXT_BYTES];
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    item_failed(w, rc, code);
    if (!f || !is_said(s, w->item, f))
        say(s, w->item, f, issue, false, text);
}

void item_warn(struct save *s, struct work *w, const struct field *f,
               const char *issue, const char *fmt, ...)
{
    char text[SAVE_TEXT_BYTES];
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    say(s, w->item, f, issue, true, text);
}

enum rc pipe_answer(struct save *s, struct err *err)
{
    const struct record_item *bad = NULL;
    size_t errors = s->issues->errors, i;

    for (i = 0; !bad && i < s->b->n; i++)
        if (s->b->items[i].failed)
            bad = &s->b->items[i];
    if (!bad)
        return RC_OK;
    for (i = 0; errors == 1 && i < s->issues->n; i++)
        if (!s->issues->v[i].is_warning)
            return FAIL_CODE(err, bad->rc, bad->code, "%.*s",
                             STR_ARG(s->issues->v[i].message));
    return FAIL_CODE(err, bad->rc, bad->code,
                     "Nothing was saved: there are %zu problems; see the "
                     "issues.",
                     errors);
}

/* The paths tell whom a handler meant; a path of nobody is the first's. */
void pipe_blame(struct save *s, size_t from, struct record_item *const *items,
                size_t n)
{
    size_t i, k, best;

    for (i = from; n && i < s->issues->n; i++) {
        if (s->issues->v[i].is_warning)
            continue;
        for (best = 0, k = 1; k < n; k++)
            if (str_starts(s->issues->v[i].path, items[k]->path) &&
                items[k]->path.n > 0)
                best = k;
        if (!items[best]->failed) {
            items[best]->failed = true;
            items[best]->rc = RC_INVALID;
            items[best]->code = "";
        }
    }
}

/* --- brackets -------------------------------------------------------------------- */

static const char SQL_STATE[] =
    "SELECT coalesce(max(generation), 0),"
    " (SELECT value FROM sys_meta WHERE key = 'rights') FROM sys_model";

/* Who asks has other rights by now: made anew, and the save begins again. */
static enum rc renew(struct save *s, struct db *db, int64_t rights,
                     struct err *err)
{
    struct principal now = *s->who;
    enum rc rc;

    if (!s->ctx->refresh)
        return FAIL(err, RC_BUSY,
                    "Rights were changed while this was being saved. Nothing "
                    "was written; try again.");
    rc = s->ctx->refresh(s->ctx->refresh_arg, db, &now, err);
    if (rc != RC_OK)
        return rc;
    now.rights = (uint64_t)rights;
    s->refreshed = now;
    s->who = &s->refreshed;
    s->is_stale = true;
    return FAIL(err, RC_CONFLICT, "Rights have changed.");
}

enum rc pipe_state(struct save *s, struct db *db, struct err *err)
{
    struct db_stmt *st = NULL;
    int64_t generation = 0, rights = 0;
    enum rc rc = db_prepare(db, STR(SQL_STATE), &st, err);

    if (rc == RC_OK)
        rc = db_step_row(st, err);
    if (rc == RC_OK) {
        generation = db_col_i64(st, 0);
        (void)str_to_i64(db_col_str(st, 1), &rights);
    }
    db_stmt_release(st);
    if (rc != RC_OK)
        return rc;
    if (generation != s->m->generation) {
        s->is_new_model = true;
        return FAIL(err, RC_CONFLICT, "The definitions have changed.");
    }
    if (s->who->rights && s->who->rights != (uint64_t)rights)
        return renew(s, db, rights, err);
    if (s->seen_rights && s->seen_rights != rights) {
        s->is_stale = true;
        rc = FAIL(err, RC_CONFLICT, "Rights have changed.");
    }
    s->seen_rights = rights;
    return rc;
}

enum rc pipe_db(struct save *s, struct db **out, struct err *err)
{
    struct db *db = NULL;
    enum rc rc;

    if (!s->db) {
        rc = db_read_begin(s->ctx->store, NULL, &db, err);
        if (rc == RC_OK)
            rc = pipe_state(s, db, err);
        if (rc != RC_OK) {
            db_read_end(db);
            return rc;
        }
        s->db = db;
        s->owns_db = true;
    }
    *out = s->db;
    return RC_OK;
}

static void leave_db(struct save *s)
{
    if (s->owns_db)
        db_read_end(s->db);
    s->db = NULL;
    s->owns_db = false;
}

struct query_ctx pipe_query(struct save *s, struct db *db)
{
    return (struct query_ctx){.db = db,
                              .model = s->m,
                              .who = s->who,
                              .arena = s->arena,
                              .now_ms = s->now_ms,
                              .cursor_key = s->ctx->cursor_key,
                              .issues = s->issues};
}

/* --- shapes ------------------------------------------------------------------------ */

static int index_of(const struct entity *e, const char *name)
{
    const struct field *f = entity_field(e, str_c(name));

    return f ? f->index : 0;
}

struct shape *pipe_shape(struct save *s, const struct entity *e)
{
    struct shape *shape;
    size_t i;

    for (i = 0; i < s->shapes.n; i++)
        if (s->shapes.v[i]->e == e)
            return s->shapes.v[i];
    shape = ARENA_NEW(s->arena, struct shape);
    if (!shape)
        return NULL;
    *shape = (struct shape){.e = e,
                            .id = index_of(e, "id"),
                            .rev = index_of(e, "rev"),
                            .created_at = index_of(e, "created_at"),
                            .created_by = index_of(e, "created_by"),
                            .updated_at = index_of(e, "updated_at"),
                            .updated_by = index_of(e, "updated_by"),
                            .deleted_at = index_of(e, "deleted_at")};
    return VEC_PUSH(s->arena, &s->shapes, shape) ? shape : NULL;
}

/* --- one attempt ---------------------------------------------------------------------- */

void pipe_rewind(struct save *s)
{
    size_t i;

    for (i = 0; i < s->b->n; i++) {
        struct record_item *item = &s->b->items[i];

        item->v = s->work[i].given;
        item->failed = s->work[i].bound_failed;
        item->old = NULL;
        if (!item->failed)
            item->code = "";
    }
    *s->issues = s->bound;
    s->shapes.n = s->shapes.cap = 0;
    s->effects.n = s->effects.cap = 0;
    s->is_stale = s->is_new_model = s->is_dry_end = false;
    s->seen_rights = 0;
}

static bool any_failed(const struct save *s)
{
    size_t i;

    for (i = 0; i < s->b->n; i++)
        if (s->b->items[i].failed)
            return true;
    return false;
}

static bool all_done(const struct save *s)
{
    size_t i;

    for (i = 0; i < s->b->n; i++)
        if (!s->work[i].is_idle && !s->b->items[i].failed)
            return false;
    return !s->ctx->in_tx;
}

/* What is wrong already needs no writer; all the rest of it is said as well. */
static enum rc check_here(struct save *s, struct err *err)
{
    struct db *db;
    enum rc rc = pipe_db(s, &db, err);

    if (rc == RC_OK)
        rc = pipe_check(s, err);
    return rc == RC_OK && !s->b->partial ? pipe_answer(s, err) : rc;
}

static enum rc run_job(struct save *s, struct err *err)
{
    /* handlers may take long, and the group before need not wait for them */
    struct db_job job = {
        .run = pipe_apply, .arg = s, .alone = pipe_has_handlers(s)};
    size_t i;
    enum rc rc = RC_OK;

    s->kept = *s->issues;
    for (i = 0; rc == RC_OK && i < s->b->n; i++) {
        s->work[i].prepared = s->b->items[i].v;
        s->work[i].prepared_changed = s->b->items[i].changed;
        if (!s->prepare_inside)
            rc = search_prepare(s, &s->work[i], err);
    }
    if (rc != RC_OK)
        return rc;
    s->needs_marks = false;
    rc = db_write(s->ctx->store, &job, s->arena, err);
    if (rc != RC_OK && s->needs_marks) {
        *s->issues = s->kept;
        rc = db_write(s->ctx->store, &job, s->arena, err);
    }
    if (rc != RC_OK && s->is_dry_end) {
        if (err)
            err_clear(err);
        rc = RC_OK;
    }
    return rc;
}

static enum rc attempt(struct save *s, struct err *err)
{
    enum rc rc = RC_OK;

    pipe_rewind(s);
    if (s->prepare_inside)
        return run_job(s, err);
    rc = pipe_prepare(s, err);
    if (rc == RC_OK && any_failed(s) && !s->b->partial)
        rc = check_here(s, err);
    else if (rc == RC_OK && all_done(s))
        rc = any_failed(s) ? check_here(s, err) : RC_OK;
    else if (rc == RC_OK) {
        leave_db(s);
        return run_job(s, err);
    }
    leave_db(s);
    return rc;
}

/* --- a new generation --- */

static enum rc save_bound(const struct record_ctx *ctx, const struct model *m,
                          struct record_batch *b, bool trusted, int rebinds,
                          struct issues *issues, struct record_result *out,
                          struct err *err);

static enum rc save_rebound(const struct record_ctx *ctx, const struct model *m,
                            struct record_batch *b, bool trusted, int rebinds,
                            struct issues *issues, struct record_result *out,
                            struct err *err)
{
    struct record_batch again = *b;
    enum rc rc, back;

    again.items = NULL;
    again.n = again.cap = 0;
    rc = rebind_items(m, b, &again, issues, err);
    if (rc == RC_OK)
        rc = save_bound(ctx, m, &again, trusted, rebinds + 1, issues, out, err);
    back = rebind_back(b, &again, rc == RC_OK ? err : NULL);
    return rc == RC_OK ? back : rc;
}

/* --- the save --------------------------------------------------------------------------------- */

enum rc pipe_open(struct save *s, struct err *err)
{
    size_t i;

    s->work = ARENA_ARRAY(s->arena, struct work, s->b->n + 1);
    if (!s->work)
        return pipe_nomem(err);
    for (i = 0; i < s->b->n; i++) {
        struct work *w = &s->work[i];

        w->item = &s->b->items[i];
        w->given = w->item->v;
        w->bound_failed = w->item->failed;
    }
    s->bound = *s->issues;
    buf_init(&s->words, PIPE_TEXT_BYTES);
    buf_init(&s->plain, PIPE_TEXT_BYTES);
    return RC_OK;
}

void pipe_close(struct save *s)
{
    buf_release(&s->words);
    buf_release(&s->plain);
}

static enum rc attempts(struct save *s, struct err *err)
{
    int tries = 0;
    enum rc rc = attempt(s, err);

    while (rc != RC_OK && s->is_stale && !s->prepare_inside) {
        s->prepare_inside = ++tries >= PIPE_PREPARES;
        rc = attempt(s, err);
    }
    return rc;
}

static enum rc save_bound(const struct record_ctx *ctx, const struct model *m,
                          struct record_batch *b, bool trusted, int rebinds,
                          struct issues *issues, struct record_result *out,
                          struct err *err)
{
    struct save s = {.ctx = ctx,
                     .who = ctx->who,
                     .m = m,
                     .b = b,
                     .issues = issues,
                     .arena = b->arena,
                     .trusted = trusted,
                     .now_ms = ctx->clock->now_ms(ctx->clock->arg)};
    const struct model *newer;
    enum rc rc = pipe_open(&s, err);

    if (rc == RC_OK)
        rc = attempts(&s, err);
    pipe_close(&s);
    if (rc != RC_OK && s.is_new_model) {
        pipe_rewind(&s);
        newer = rebinds < SAVE_REBINDS ? rebind_newer(ctx, m) : NULL;
        if (!newer)
            return FAIL(err, RC_BUSY,
                        "The definitions are being changed. Nothing was "
                        "written; try again.");
        rc = save_rebound(ctx, newer, b, trusted, rebinds, issues, out, err);
        model_unref(newer);
        return rc;
    }
    if (rc == RC_CONFLICT && s.is_stale)
        return FAIL(err, RC_BUSY,
                    "Others keep changing what this save needs. "
                    "Nothing was written; try again.");
    if (rc != RC_OK)
        return rc;
    if (err)
        err_clear(err);
    out->txn = s.wrote && !b->dry_run ? s.txn : 0;
    out->generation = m->generation;
    if (out->txn && ctx->committed)
        ctx->committed(ctx->committed_arg, out->txn);
    return RC_OK;
}

enum rc pipe_save(const struct record_ctx *ctx, const struct model *m,
                  struct record_batch *b, bool trusted, struct issues *issues,
                  struct record_result *out, struct err *err)
{
    return save_bound(ctx, m, b, trusted, 0, issues, out, err);
}

enum rc record_save(const struct record_ctx *ctx, const struct model *m,
                    struct record_batch *b, struct issues *issues,
                    struct record_result *out, struct err *err)
{
    return save_bound(ctx, m, b, false, 0, issues, out, err);
}
