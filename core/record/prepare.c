/*
 * prepare - steps 1-4, over a snapshot: rights, old rows, revisions, what may
 * be written, normal forms, defaults, handlers before the save.
 *
 * Nothing is written, so it may be done again: each time from the values that
 * were bound, over the rows as they are by then. A create without expressions,
 * references to follow or handlers needs no snapshot and takes none.
 */
#include "base/id.h"
#include "record/pipe.h"

/* --- step 1: rights ---------------------------------------------------------- */

static enum access_op access_of(enum record_op op)
{
    switch (op) {
    case RECORD_CREATE:
        return ACCESS_CREATE;
    case RECORD_UPDATE:
        return ACCESS_UPDATE;
    case RECORD_DELETE:
    case RECORD_RESTORE:
        break;
    }
    return ACCESS_DELETE;
}

static const char *words_of(enum record_op op)
{
    switch (op) {
    case RECORD_CREATE:
        return "create";
    case RECORD_UPDATE:
        return "change";
    case RECORD_DELETE:
        return "delete";
    case RECORD_RESTORE:
        break;
    }
    return "restore";
}

static void not_found(struct save *s, struct work *w)
{
    char id[ID_TEXT_BYTES + 1] = "";

    if (w->item->id > 0)
        id_format(w->item->id, id);
    item_fail(s, w, RC_NOTFOUND, "", NULL, "not_found",
              "There is no %.*s \"%s\".", STR_ARG(w->item->entity->name), id);
}

static void check_rights(struct save *s, struct work *w)
{
    const struct entity *e = w->item->entity;

    if (!access_sees(s->who, e))
        not_found(s, w);
    else if (!access_may(s->who, access_of(w->item->op), e))
        item_fail(s, w, RC_DENIED, "", NULL, "denied",
                  "You may not %s records of %.*s; an administrator can give "
                  "you the right.",
                  words_of(w->item->op), STR_ARG(e->label.base));
}

/* --- step 1: old rows ------------------------------------------------------------ */

static int by_id(const void *a, const void *b)
{
    int64_t x = (*(struct work *const *)a)->item->id;
    int64_t y = (*(struct work *const *)b)->item->id;

    return (x > y) - (x < y);
}

static void take_old(struct save *s, struct work *w, struct query_record *r)
{
    struct record_item *item = w->item;

    if (!r || (r->is_deleted && item->op != RECORD_RESTORE)) {
        not_found(s, w);
        return;
    }
    item->old = r;
    item->rev = r->rev;
    if (item->if_rev >= 0 && item->if_rev != r->rev)
        item_fail(s, w, RC_CONFLICT, "E_CONFLICT", NULL, "conflict",
                  "This record was changed since you read it: it is at "
                  "revision %lld, you had %lld. Read it again.",
                  (long long)r->rev, (long long)item->if_rev);
}

/* The works of one entity, by id, which are read in one statement. */
static enum rc load_entity(struct save *s, struct work **v, size_t n,
                           struct err *err)
{
    const struct entity *e = v[0]->item->entity;
    int64_t *ids = ARENA_ARRAY(s->arena, int64_t, n);
    struct query_record *found = NULL;
    struct db *db;
    size_t n_ids = 0, n_found = 0, k = 0, i;
    enum rc rc = pipe_db(s, &db, err);

    if (rc != RC_OK)
        return rc;
    if (!ids)
        return pipe_nomem(err);
    qsort(v, n, sizeof *v, by_id);
    for (i = 0; i < n; i++)
        if (n_ids == 0 || ids[n_ids - 1] != v[i]->item->id)
            ids[n_ids++] = v[i]->item->id;
    rc = query_load(db, s->m, e, ids, n_ids, s->arena, &found, &n_found, err);
    for (i = 0; rc == RC_OK && i < n; i++) {
        int64_t id = v[i]->item->id;

        while (k < n_found && found[k].id < id)
            k++;
        if (i > 0 && v[i - 1]->item->id == id)
            item_fail(s, v[i], RC_INVALID, "", NULL, "repeated",
                      "This record is in the batch already; write all its "
                      "changes in one request.");
        else
            take_old(s, v[i],
                     k < n_found && found[k].id == id ? &found[k] : NULL);
    }
    return rc;
}

static bool wants_old(const struct work *w)
{
    const struct record_item *item = w->item;

    return item->op != RECORD_CREATE &&
           (!item->failed || (w->bound_failed && item->rc == RC_INVALID));
}

static enum rc load_old(struct save *s, struct err *err)
{
    struct work **v = NULL;
    size_t i, k, n;
    enum rc rc = RC_OK;

    for (i = 0; i < s->b->n; i++)
        s->b->items[i].old = NULL;
    for (i = 0; rc == RC_OK && i < s->b->n; i++) {
        if (!wants_old(&s->work[i]) || s->work[i].item->old)
            continue;
        if (!v)
            v = ARENA_ARRAY(s->arena, struct work *, s->b->n);
        if (!v)
            return pipe_nomem(err);
        for (k = i, n = 0; k < s->b->n; k++)
            if (wants_old(&s->work[k]) && !s->work[k].item->old &&
                s->work[k].item->entity == s->work[i].item->entity)
                v[n++] = &s->work[k];
        rc = load_entity(s, v, n, err);
    }
    return rc;
}

/* --- step 1: rows this principal may reach --------------------------------------- */

/* Without a predicate there is nothing to ask. */
enum rc pipe_reach(struct save *s, const struct entity *e, int64_t id,
                   bool *out, struct err *err)
{
    struct db_stmt *st = NULL;
    struct sqlb q;
    struct db *db = NULL;
    size_t bare;
    bool has_row = true;
    enum rc rc;

    sqlb_init(&q, db_dialect(s->ctx->store), s->arena);
    sqlb_lit(&q, "SELECT 1 FROM ");
    sqlb_ident(&q, e->table);
    sqlb_lit(&q, " t0 WHERE ");
    sqlb_col(&q, 0, IDENT("id"));
    sqlb_lit(&q, " = ");
    sqlb_bind_i64(&q, id);
    bare = q.text.n;
    rc = access_rows(s->who, s->m, e, 0, &q, err);
    if (rc == RC_OK && q.text.n > bare) {
        rc = pipe_db(s, &db, err);
        if (rc == RC_OK)
            rc = sqlb_prepare(&q, db, NULL, &st, err);
        if (rc == RC_OK)
            rc = db_step(st, &has_row, err);
        db_stmt_release(st);
    }
    sqlb_release(&q);
    if (rc == RC_OK)
        *out = has_row;
    return rc;
}

static enum rc check_reach(struct save *s, struct work *w, struct err *err)
{
    bool may = true;
    enum rc rc = pipe_reach(s, w->item->entity, w->item->id, &may, err);

    if (rc == RC_OK && !may)
        not_found(s, w);
    return rc;
}

/* --- step 1: what is to be ---------------------------------------------------------- */

/* v: the old row with what was given laid over; a create is the given alone. */
static enum rc merge(struct save *s, struct work *w, struct err *err)
{
    struct record_item *item = w->item;
    size_t n = item->entity->n_fields, i;
    const struct value *base = item->old ? item->old->v : w->given;
    struct value *v = ARENA_ARRAY(s->arena, struct value, n + 1);

    if (!v)
        return pipe_nomem(err);
    memcpy(v, base, n * sizeof *v);
    for (i = 0; item->old && i < n; i++)
        if (field_set_has(&item->given, (int)i))
            v[i] = w->given[i];
    item->v = v;
    return RC_OK;
}

/* What a new record has before anybody says anything; shown to handlers too. */
static enum rc begin_system(struct save *s, struct work *w, struct err *err)
{
    struct record_item *item = w->item;
    struct shape *shape = pipe_shape(s, item->entity);

    if (!shape)
        return pipe_nomem(err);
    if (item->op != RECORD_CREATE)
        return RC_OK;
    item->rev = 1;
    item->v[shape->id] = value_ref(item->id);
    item->v[shape->rev] = value_int(1);
    item->v[shape->created_at] = value_instant(s->now_ms);
    item->v[shape->updated_at] = value_instant(s->now_ms);
    item->v[shape->created_by] =
        s->who->user ? value_ref(s->who->user) : VALUE_NULL;
    item->v[shape->updated_by] = item->v[shape->created_by];
    item->v[shape->deleted_at] = VALUE_NULL;
    return RC_OK;
}

/* --- step 2: fields ---------------------------------------------------------------- */

static const struct value *old_value(const struct work *w,
                                     const struct field *f)
{
    static const struct value NOTHING = {.kind = V_NULL};

    return w->item->old ? &w->item->old->v[f->index] : &NOTHING;
}

static void refuse_readonly(struct save *s, struct work *w,
                            const struct field *f)
{
    if ((f->flags & FIELD_SYSTEM) && str_is(f->name, "rev"))
        item_fail(s, w, RC_INVALID, "", f, "readonly",
                  "\"rev\" is counted by the system; leave it out, or send the "
                  "revision you read as If-Match.");
    else if (f->flags & FIELD_SYSTEM)
        item_fail(s, w, RC_INVALID, "", f, "readonly",
                  "\"%.*s\" is kept by the system; leave it out.",
                  STR_ARG(f->name));
    else
        item_fail(s, w, RC_INVALID, "", f, "readonly",
                  "\"%.*s\" is read only; leave it out.",
                  STR_ARG(f->label.base));
}

/* Conditions speak of the record as it stands, or of the draft of a new one. */
static enum rc may_write(struct save *s, struct work *w, const struct field *f,
                         struct err *err)
{
    /* what people may not write, the platform does: the size of a file */
    bool may_all = s->trusted || s->who->kind == PRINCIPAL_SYSTEM;
    bool readonly = false;
    enum rc rc;

    if ((f->flags & FIELD_SYSTEM) ||
        (!may_all && (f->flags & FIELD_READONLY))) {
        refuse_readonly(s, w, f);
        return RC_OK;
    }
    if (!access_writes_field(s->who, f)) {
        item_fail(s, w, RC_DENIED, "", f, "denied",
                  "You may not change \"%.*s\".", STR_ARG(f->label.base));
        return RC_OK;
    }
    if (!f->readonly_when || may_all)
        return RC_OK;
    rc = rows_true_old(s, f->readonly_when, w, &readonly, err);
    if (rc == RC_OK && readonly)
        item_fail(s, w, RC_INVALID, "", f, "readonly",
                  "\"%.*s\" cannot be changed now.", STR_ARG(f->label.base));
    return rc;
}

static enum rc take_field(struct save *s, struct work *w,
                          const struct field_in *in, const struct field *f,
                          struct err *err)
{
    struct value *v = &w->item->v[f->index];
    const struct value *old = old_value(w, f);
    enum rc rc;

    /* What reads answered may be sent back; a form sends all its fields. */
    if (w->item->op == RECORD_CREATE && v->kind == V_NULL)
        return RC_OK;
    if (w->item->op != RECORD_CREATE && value_eq(v, old)) {
        *v = *old;
        return RC_OK;
    }
    if (v->kind != V_NULL) {
        rc = f->type->validate(in, f, v);
        if (rc == RC_INVALID)
            item_failed(w, RC_INVALID, "");
        else if (rc != RC_OK)
            return rc == RC_NOMEM ? pipe_nomem(err) : rc;
        if (v->kind == V_TEXT && v->u.s.n == 0) /* all of it was trimmed */
            *v = VALUE_NULL;
    }
    if (w->item->op != RECORD_CREATE && value_eq(v, old))
        return RC_OK;
    return may_write(s, w, f, err);
}

static enum rc take_fields(struct save *s, struct work *w, struct err *err)
{
    const struct entity *e = w->item->entity;
    struct field_in in = {.model = s->m,
                          .arena = s->arena,
                          .issues = s->issues,
                          .lang = model_lang(s->m, s->who->lang)};
    struct str was = issues_enter(s, w->item);
    size_t i;
    enum rc rc = RC_OK;

    for (i = 0; rc == RC_OK && i < e->n_fields; i++)
        if (field_set_has(&w->item->given, (int)i))
            rc = take_field(s, w, &in, e->fields[i], err);
    issues_leave(s, was);
    return rc;
}

/* --- step 3: defaults ---------------------------------------------------------------- */

static enum rc take_default(struct save *s, struct work *w,
                            const struct field *f, struct err *err)
{
    struct value v = VALUE_NULL;
    enum rc rc;

    if (f->initial_state && !f->initial) {
        w->item->v[f->index] = value_text(f->initial_state->code);
        return RC_OK;
    }
    if (f == f->entity->owner && !f->initial) {
        if (s->who->user)
            w->item->v[f->index] = value_ref(s->who->user);
        return RC_OK;
    }
    if (!f->initial)
        return RC_OK;
    rc = rows_eval(s, f->initial, w, &v, err);
    if (rc != RC_OK)
        return rc;
    if (value_fit(s->m, f, &v))
        w->item->v[f->index] = v;
    else
        item_fail(s, w, RC_INVALID, "", f, "bad_default",
                  "The default of \"%.*s\" does not fit the field; fill it in.",
                  STR_ARG(f->label.base));
    return RC_OK;
}

static enum rc take_defaults(struct save *s, struct work *w, struct err *err)
{
    const struct entity *e = w->item->entity;
    size_t i;
    enum rc rc = RC_OK;

    for (i = e->n_system; rc == RC_OK && i < e->n_fields; i++) {
        const struct field *f = e->fields[i];
        bool is_given = field_set_has(&w->item->given, (int)i);

        /* A record stands somewhere, even when told to stand nowhere; who may
           not write a field did not mean to empty it. */
        if (is_given && w->item->v[f->index].kind == V_NULL &&
            (f->initial_state || (f->flags & FIELD_READONLY)))
            is_given = false;
        if (!is_given)
            rc = take_default(s, w, f, err);
    }
    return rc;
}

/* --- step 4: before ------------------------------------------------------------------- */

/* The items of one entity from the i-th on, each entity once. */
static size_t group_of(struct save *s, size_t i, struct record_item **v)
{
    const struct entity *e = s->work[i].item->entity;
    size_t n = 0, k;

    for (k = 0; k < i; k++)
        if (s->work[k].item->entity == e && !s->work[k].item->failed)
            return 0;
    for (k = i; k < s->b->n; k++)
        if (s->work[k].item->entity == e && !s->work[k].item->failed)
            v[n++] = s->work[k].item;
    return n;
}

static enum rc run_before(struct save *s, struct err *err)
{
    const struct record_hooks *h = s->ctx->hooks;
    struct record_item **v = NULL;
    struct query_ctx q;
    struct db *db;
    size_t i, n, said;
    enum rc rc = RC_OK;

    for (i = 0; h && h->before && rc == RC_OK && i < s->b->n; i++) {
        const struct record_item *item = s->work[i].item;

        if (item->failed || (h->wants && !h->wants(h->ctx, item->entity)))
            continue;
        if (!v)
            v = ARENA_ARRAY(s->arena, struct record_item *, s->b->n);
        if (!v)
            return pipe_nomem(err);
        n = group_of(s, i, v);
        if (n == 0)
            continue;
        rc = pipe_db(s, &db, err);
        if (rc != RC_OK)
            return rc;
        q = pipe_query(s, db);
        said = s->issues->n;
        rc = h->before(h->ctx, &q, v, n, s->issues, err);
        pipe_blame(s, said, v, n);
    }
    return rc;
}

/* --- all -------------------------------------------------------------------------------- */

void work_compare(struct work *w)
{
    struct record_item *item = w->item;
    size_t i;

    item->changed = (struct field_set){{0}};
    w->is_idle = item->op == RECORD_UPDATE;
    for (i = item->entity->n_system; i < item->entity->n_fields; i++) {
        if (value_eq(&item->v[i], old_value(w, item->entity->fields[i])))
            continue;
        field_set_add(&item->changed, (int)i);
        w->is_idle = false;
    }
    /* out of the bin already: nothing to do */
    if (item->op == RECORD_RESTORE && !item->old->is_deleted)
        w->is_idle = true;
}

/* Steps 2 and 3 of one item. */
static enum rc fill(struct save *s, struct work *w, struct err *err)
{
    enum rc rc = RC_OK;

    if (w->item->op == RECORD_CREATE || w->item->op == RECORD_UPDATE)
        rc = take_fields(s, w, err);
    if (rc == RC_OK && w->item->op == RECORD_CREATE)
        rc = begin_system(s, w, err);
    if (rc == RC_OK && w->item->op == RECORD_CREATE)
        rc = take_defaults(s, w, err);
    return rc;
}

/* Step 1 of one item, after its old row. */
static enum rc begin(struct save *s, struct work *w, struct err *err)
{
    enum rc rc = RC_OK;

    if (w->item->op != RECORD_CREATE)
        rc = check_reach(s, w, err);
    if (rc == RC_OK)
        rc = merge(s, w, err);
    if (rc == RC_OK && !work_out(w))
        pipe_resolve_pending(s, w);
    return rc;
}

static enum rc finish(struct save *s, struct err *err)
{
    size_t i;
    enum rc rc = run_before(s, err);

    for (i = 0; rc == RC_OK && i < s->b->n; i++)
        if (!work_out(&s->work[i]))
            work_compare(&s->work[i]);
    for (i = 0; i < s->b->n; i++)
        s->work[i].failed = s->work[i].item->failed;
    return rc;
}

enum rc pipe_prepare(struct save *s, struct err *err)
{
    size_t i;
    enum rc rc = pipe_take_ids(s, err);

    for (i = 0; rc == RC_OK && i < s->b->n; i++)
        if (!work_out(&s->work[i]) || s->work[i].bound_failed)
            check_rights(s, &s->work[i]);
    if (rc == RC_OK)
        rc = load_old(s, err);
    for (i = 0; rc == RC_OK && i < s->b->n; i++)
        if (!work_out(&s->work[i]))
            rc = begin(s, &s->work[i], err);
    if (rc == RC_OK)
        rc = rows_begin(s, err);
    for (i = 0; rc == RC_OK && i < s->b->n; i++)
        if (!work_out(&s->work[i]))
            rc = fill(s, &s->work[i], err);
    return rc == RC_OK ? finish(s, err) : rc;
}
