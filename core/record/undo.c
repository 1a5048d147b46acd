/*
 * undo - a transaction taken back, as a transaction of its own.
 *
 * Per record: what it created goes to the bin, what it deleted comes back, what
 * it changed gets the values of before, where a field still has what the
 * transaction wrote. What that was is the before-image of the next change of
 * the field, by revision, else the value now.
 *
 * The undo is saved at the revisions it looked at; overtaken, it looks again.
 *
 * With skip_conflicts what cannot be taken back stays, whatever the reason: a
 * field that was changed since, a record that another one needs by now.
 */
#include "base/id.h"
#include "record/pipe.h"

enum { UNDO_TRIES = 4 };

static const char SQL_TXN[] = "SELECT undone_by, n FROM sys_txn WHERE id = ?1";
static const char SQL_CHANGES[] =
    "SELECT n, ent, rec, op, rev, before FROM sys_chg WHERE txn = ?1"
    " ORDER BY n ASC";
static const char SQL_LATER[] =
    "SELECT before FROM sys_chg WHERE rec = ?1 AND ent = ?2 AND rev > ?3"
    " AND before IS NOT NULL ORDER BY rev ASC";

/* All that the transaction did to one record. */
struct change {
    const struct entity *e;
    int64_t rec, rev; /* the last revision it made         */
    bool created, deleted, restored;
    const struct json **before; /* by field: the first value it replaced */
    struct change *next;
};

struct undo {
    const struct record_ctx *ctx;
    const struct model *m;
    struct db *db;
    struct arena *arena;
    struct issues *issues;
    struct undo_result *out;
    struct record_batch batch;
    struct change *first, *last;
    bool skip;
};

/* --- reading the journal -------------------------------------------------------- */

static enum rc check_txn(struct undo *u, int64_t txn, struct err *err)
{
    struct db_stmt *st = NULL;
    bool has_row = false;
    char id[ID_TEXT_BYTES + 1] = "";
    enum rc rc = db_prepare(u->db, STR(SQL_TXN), &st, err);

    if (rc == RC_OK) {
        db_bind_i64(st, 1, txn);
        rc = db_step(st, &has_row, err);
    }
    if (txn > 0 && txn <= ID_MAX)
        id_format(txn, id);
    if (rc == RC_OK && !has_row)
        rc = FAIL(err, RC_NOTFOUND, "There is no transaction \"%s\".", id);
    else if (rc == RC_OK && !db_col_null(st, 0))
        rc = FAIL(err, RC_CONFLICT,
                  "Transaction \"%s\" was undone already; undo that undo to "
                  "get it back.",
                  id);
    else if (rc == RC_OK && db_col_i64(st, 1) == 0)
        rc = FAIL(err, RC_INVALID,
                  "Transaction \"%s\" changed no records, so there is nothing "
                  "to undo.",
                  id);
    db_stmt_release(st);
    return rc;
}

static struct change *change_of(struct undo *u, const struct entity *e,
                                int64_t rec)
{
    struct change *c = u->first;

    while (c && (c->rec != rec || c->e != e))
        c = c->next;
    if (c)
        return c;
    c = ARENA_NEW(u->arena, struct change);
    if (!c)
        return NULL;
    c->e = e;
    c->rec = rec;
    c->before = ARENA_ARRAY(u->arena, const struct json *, e->n_fields + 1);
    if (!c->before)
        return NULL;
    if (u->last)
        u->last->next = c;
    else
        u->first = c;
    u->last = c;
    return c;
}

/* Fields that are gone, or have come to be another type's, are left alone. */
static enum rc keep_before(struct undo *u, struct change *c, struct str text,
                           struct err *err)
{
    struct query_before *image = NULL;
    size_t n = 0, i;
    enum rc rc = query_before_image(c->e, text, u->arena, &image, &n, err);

    for (i = 0; rc == RC_OK && i < n; i++)
        if (!c->before[image[i].field->index])
            c->before[image[i].field->index] = image[i].was;
    return rc;
}

static enum rc read_change(struct undo *u, struct db_stmt *st, struct err *err)
{
    const struct entity *e = model_entity_no(u->m, (int)db_col_i64(st, 1));
    struct change *c = e ? change_of(u, e, db_col_i64(st, 2)) : NULL;

    if (!e) /* its package is gone, its records with it */
        return RC_OK;
    if (!c)
        return pipe_nomem(err);
    c->rev = db_col_i64(st, 4);
    switch ((enum record_op)db_col_i64(st, 3)) {
    case RECORD_CREATE:
        c->created = true;
        break;
    case RECORD_UPDATE:
        if (!db_col_null(st, 5))
            return keep_before(u, c, db_col_str(st, 5), err);
        break;
    case RECORD_DELETE:
        c->deleted = true;
        break;
    case RECORD_RESTORE:
        c->restored = true;
        break;
    }
    return RC_OK;
}

static enum rc read_changes(struct undo *u, int64_t txn, struct err *err)
{
    struct db_stmt *st = NULL;
    bool has_row = true;
    enum rc rc = db_prepare(u->db, STR(SQL_CHANGES), &st, err);

    if (rc == RC_OK)
        db_bind_i64(st, 1, txn);
    while (rc == RC_OK && has_row) {
        rc = db_step(st, &has_row, err);
        if (rc == RC_OK && has_row)
            rc = read_change(u, st, err);
    }
    db_stmt_release(st);
    return rc;
}

/* --- what happened since ------------------------------------------------------------ */

/* Text of old values lies in the arena; what does not parse any more is null,
   and differs from whatever is there. */
static enum rc to_value(struct undo *u, const struct field *f,
                        const struct json *v, struct value *out, bool *fits,
                        struct err *err)
{
    struct issues unsaid;
    struct field_in in = {
        .model = u->m, .arena = u->arena, .issues = &unsaid, .lang = -1};
    enum rc rc;

    issues_init(&unsaid, u->arena);
    *out = VALUE_NULL;
    *fits = true;
    rc = f->type->parse_json(&in, f, v, out);
    if (rc == RC_NOMEM)
        return pipe_nomem(err);
    *fits = rc == RC_OK;
    return RC_OK;
}

static enum rc find_later(struct undo *u, const struct change *c,
                          struct db_stmt *st, const struct json **after,
                          struct err *err)
{
    struct query_before *image = NULL;
    size_t n = 0, i;
    enum rc rc =
        query_before_image(c->e, db_col_str(st, 0), u->arena, &image, &n, err);

    for (i = 0; rc == RC_OK && i < n; i++)
        if (!after[image[i].field->index])
            after[image[i].field->index] = image[i].was;
    return rc;
}

/* By field: what it was after the transaction, where it changed since. */
static enum rc values_after(struct undo *u, const struct change *c,
                            const struct json ***out, struct err *err)
{
    const struct json **after =
        ARENA_ARRAY(u->arena, const struct json *, c->e->n_fields + 1);
    struct db_stmt *st = NULL;
    bool has_row = true;
    enum rc rc;

    if (!after)
        return pipe_nomem(err);
    rc = db_prepare(u->db, STR(SQL_LATER), &st, err);
    if (rc == RC_OK) {
        db_bind_i64(st, 1, c->rec);
        db_bind_i64(st, 2, c->e->number);
        db_bind_i64(st, 3, c->rev);
    }
    while (rc == RC_OK && has_row) {
        rc = db_step(st, &has_row, err);
        if (rc == RC_OK && has_row)
            rc = find_later(u, c, st, after, err);
    }
    db_stmt_release(st);
    if (rc == RC_OK)
        *out = after;
    return rc;
}

static enum rc is_overtaken(struct undo *u, const struct field *f,
                            const struct json *after,
                            const struct query_record *now, bool *out,
                            struct err *err)
{
    struct value v;
    bool fits;
    enum rc rc;

    *out = false;
    if (!after)
        return RC_OK;
    rc = to_value(u, f, after, &v, &fits, err);
    if (rc == RC_OK)
        *out = !fits || !value_eq(&v, &now->v[f->index]);
    return rc;
}

static void conflict(struct undo *u, const struct change *c,
                     const struct field *f, const char *why)
{
    char id[ID_TEXT_BYTES + 1];
    struct str path;

    id_format(c->rec, id);
    path = str_fmt(u->arena, "%.*s.%s%s%.*s", STR_ARG(c->e->qname), id,
                   f ? "." : "", f ? (int)f->name.n : 0, f ? f->name.p : "");
    u->out->conflicts++;
    if (u->skip)
        issues_warn(u->issues, path, "conflict", "%s", why);
    else
        issues_add(u->issues, path, "conflict", "%s", why);
}

/* --- one record --------------------------------------------------------------------- */

static enum rc push(struct undo *u, const struct change *c, enum record_op op,
                    const struct query_record *now, struct record_item **out,
                    struct err *err)
{
    struct record_item *item = batch_push(&u->batch, op, c->e, c->rec);
    char id[ID_TEXT_BYTES + 1];

    if (!item)
        return pipe_nomem(err);
    id_format(c->rec, id);
    item->if_rev = now->rev;
    item->path = str_fmt(u->arena, "%.*s.%s.", STR_ARG(c->e->qname), id);
    if (!item->path.p)
        return pipe_nomem(err);
    *out = item;
    return RC_OK;
}

/* Any field that differs from what the transaction left. */
static enum rc any_overtaken(struct undo *u, const struct change *c,
                             const struct json *const *after,
                             const struct query_record *now, bool *out,
                             struct err *err)
{
    bool is = false;
    size_t i;
    enum rc rc = RC_OK;

    for (i = c->e->n_system; rc == RC_OK && !is && i < c->e->n_fields; i++)
        rc = is_overtaken(u, c->e->fields[i], after[i], now, &is, err);
    if (rc == RC_OK)
        *out = is;
    return rc;
}

static enum rc undo_create(struct undo *u, const struct change *c,
                           const struct query_record *now, struct err *err)
{
    const struct json **after = NULL;
    struct record_item *item;
    bool is = false;
    enum rc rc;

    if (now->is_deleted)
        return RC_OK;
    rc = values_after(u, c, &after, err);
    if (rc == RC_OK)
        rc = any_overtaken(u, c, after, now, &is, err);
    if (rc != RC_OK)
        return rc;
    if (is) {
        conflict(u, c, NULL,
                 "This record was changed since it was created; it stays.");
        return RC_OK;
    }
    return push(u, c, RECORD_DELETE, now, &item, err);
}

static enum rc undo_field(struct undo *u, const struct change *c,
                          const struct field *f, const struct json *after,
                          const struct query_record *now,
                          struct record_item *item, struct err *err)
{
    struct value v;
    bool is = false, fits = true;
    enum rc rc = is_overtaken(u, f, after, now, &is, err);

    if (rc == RC_OK)
        rc = to_value(u, f, c->before[f->index], &v, &fits, err);
    if (rc != RC_OK)
        return rc;
    if (is)
        conflict(u, c, f, "This field was changed again since; it stays.");
    else if (!fits || !record_set(item, f, v))
        conflict(u, c, f, "The value from before does not fit the field now.");
    return RC_OK;
}

/* Back from the bin as well when the transaction put it there. */
static enum rc undo_update(struct undo *u, const struct change *c,
                           const struct query_record *now, struct err *err)
{
    const struct json **after = NULL;
    struct record_item *item = NULL;
    bool returns = c->deleted && now->is_deleted;
    size_t i;
    enum rc rc;

    if (now->is_deleted && !returns) {
        conflict(u, c, NULL,
                 "This record is in the bin now; restore it first.");
        return RC_OK;
    }
    rc = values_after(u, c, &after, err);
    if (rc == RC_OK)
        rc = push(u, c, returns ? RECORD_RESTORE : RECORD_UPDATE, now, &item,
                  err);
    for (i = c->e->n_system; rc == RC_OK && i < c->e->n_fields; i++)
        if (c->before[i])
            rc = undo_field(u, c, c->e->fields[i], after[i], now, item, err);
    return rc;
}

static enum rc undo_one(struct undo *u, const struct change *c, struct err *err)
{
    struct query_record *now = NULL;
    struct record_item *item;
    size_t n = 0;
    enum rc rc =
        query_load(u->db, u->m, c->e, &c->rec, 1, u->arena, &now, &n, err);

    if (rc != RC_OK)
        return rc;
    if (n == 0) /* erased */
        return RC_OK;
    if (c->created)
        return c->deleted ? RC_OK : undo_create(u, c, now, err);
    if (c->restored && !c->deleted)
        return now->is_deleted ? RC_OK
                               : push(u, c, RECORD_DELETE, now, &item, err);
    return undo_update(u, c, now, err);
}

/* --- the undo ----------------------------------------------------------------------- */

static enum rc plan(struct undo *u, int64_t txn, struct err *err)
{
    const struct change *c;
    enum rc rc = check_txn(u, txn, err);

    if (rc == RC_OK)
        rc = read_changes(u, txn, err);
    for (c = u->first; rc == RC_OK && c; c = c->next)
        rc = undo_one(u, c, err);
    return rc;
}

static enum rc save(struct undo *u, int64_t txn, struct err *err)
{
    struct record_result saved = {0};
    size_t i;
    enum rc rc;

    if (u->out->conflicts > 0 && !u->skip)
        return FAIL(err, RC_CONFLICT,
                    "%d of what this transaction wrote was changed since; "
                    "nothing was undone.",
                    u->out->conflicts);
    u->batch.undoes = txn;
    u->batch.partial = u->skip;
    rc = pipe_save(u->ctx, u->m, &u->batch, true, u->issues, &saved, err);
    if (rc != RC_OK)
        return rc;
    u->out->txn = saved.txn;
    for (i = 0; i < u->batch.n; i++) {
        const struct record_item *item = &u->batch.items[i];

        u->out->conflicts += item->failed;
        u->out->undone +=
            !item->failed && (item->op != RECORD_UPDATE || item->old == NULL ||
                              item->rev != item->old->rev);
    }
    return RC_OK;
}

static enum rc attempt(struct undo *u, int64_t txn, struct err *err)
{
    enum rc rc = db_read_begin(u->ctx->store, NULL, &u->db, err);

    if (rc == RC_OK)
        rc = plan(u, txn, err);
    db_read_end(u->db);
    u->db = NULL;
    return rc == RC_OK ? save(u, txn, err) : rc;
}

/* Overtaken, not refused: a revision it looked at has moved. */
static bool is_overtaken_save(const struct undo *u, enum rc rc)
{
    size_t i;

    for (i = 0; rc == RC_CONFLICT && i < u->batch.n; i++)
        if (u->batch.items[i].failed && u->batch.items[i].rc == RC_CONFLICT &&
            strcmp(u->batch.items[i].code, "E_CONFLICT") == 0)
            return true;
    return false;
}

enum rc record_undo(const struct record_ctx *ctx, int64_t txn,
                    bool skip_conflicts, struct arena *a, struct issues *issues,
                    struct undo_result *out, struct err *err)
{
    struct issues before = *issues;
    struct undo_result result = {0};
    const struct model *m = model_slot_ref(ctx->slot);
    int tries = 0;
    bool again;
    enum rc rc;

    if (!m)
        return FAIL(err, RC_BUSY, "The workspace is not open yet; try again.");
    do {
        struct undo u = {.ctx = ctx,
                         .m = m,
                         .arena = a,
                         .issues = issues,
                         .out = &result,
                         .skip = skip_conflicts};

        *issues = before;
        result = (struct undo_result){0};
        record_batch_init(&u.batch, a);
        rc = attempt(&u, txn, err);
        again = is_overtaken_save(&u, rc) && ++tries < UNDO_TRIES;
    } while (again);
    model_unref(m);
    if (rc == RC_OK)
        *out = result;
    return rc;
}
