/*
 * seed - records that come with a package, through the pipeline like all.
 *
 * `once` and `demo` make a record whose key is not there and never touch one
 * that is; `sync` writes over it. A seed without a key is planted once and
 * remembered (sys_kv). Records wait in a batch until one of them is looked
 * for, so that a hundred cost one commit and may still name each other.
 */
#include "package/seed.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/utf8.h"
#include "model/compile.h"
#include "model/field/field.h"

enum { SEED_ARENA = 512 << 20 };

enum rc seed_no_memory(struct err *err)
{
    return FAIL(err, RC_NOMEM, "There is no memory for the package's records.");
}

/* --- the batch ------------------------------------------------------------------- */

enum rc seed_flush(struct planting *p, struct err *err)
{
    struct record_result result;
    enum rc rc = RC_OK;

    if (p->batch.n > 0)
        rc = record_save(&p->ctx, p->m, &p->batch, p->issues, &result, err);
    record_batch_init(&p->batch, p->arena);
    return rc;
}

/* --- looking up -------------------------------------------------------------------- */

enum rc seed_find_now(struct planting *p, const struct entity *e,
                      const struct field *key, const struct value *v,
                      int64_t *id, struct err *err)
{
    struct query_ctx q;
    struct db *db = NULL;
    enum rc rc = db_read_begin(p->ws->store, NULL, &db, err);

    if (rc != RC_OK)
        return rc;
    q = workspace_query_ctx(p->ws, db, p->m, &p->who, p->arena, p->issues);
    rc = query_find_by(&q, e, key, v, true, id, err);
    db_read_end(db);
    return rc;
}

/* As query_find_by compares: texts by what they fold to. */
static bool same_key(struct planting *p, const struct value *a,
                     const struct value *b)
{
    struct str x = STR_NONE, y = STR_NONE;

    if (a->kind != V_TEXT || b->kind != V_TEXT)
        return value_eq(a, b);
    return utf8_fold(a->u.s, 0, p->arena, &x, NULL) == RC_OK &&
           utf8_fold(b->u.s, 0, p->arena, &y, NULL) == RC_OK && str_eq(x, y);
}

/* *id 0: none. What still waits in the batch is saved before "none" is said. */
static enum rc find(struct planting *p, const struct entity *e,
                    const struct field *key, const struct value *v, int64_t *id,
                    struct err *err)
{
    enum rc rc = seed_find_now(p, e, key, v, id, err);

    if (rc != RC_OK || *id != 0 || p->batch.n == 0)
        return rc;
    for (size_t i = 0; i < p->batch.n; i++) {
        const struct record_item *item = &p->batch.items[i];

        if (item->entity == e && same_key(p, &item->v[key->index], v)) {
            rc = seed_flush(p, err);
            return rc == RC_OK ? seed_find_now(p, e, key, v, id, err) : rc;
        }
    }
    return RC_OK;
}

struct field_in seed_in(struct planting *p)
{
    return (struct field_in){.model = p->m,
                             .arena = p->arena,
                             .issues = p->issues,
                             .lang = -1,
                             .pattern = STR("")};
}

const struct field *seed_key_of(const struct entity *e)
{
    return e->import_key ? e->import_key : e->title_field;
}

/* A ref by what its target is called; "package:entity/KEY" for an anyref. */
static enum rc read_ref(struct planting *p, const struct field *f,
                        struct str text, struct value *out, struct err *err)
{
    const struct entity *target = f->n_targets == 1 ? f->targets[0] : NULL;
    struct field_in in = seed_in(p);
    const struct field *key;
    struct value name = VALUE_NULL;
    ptrdiff_t slash = str_chr(text, '/');
    bool any = f->n_targets != 1;
    int64_t id = 0;
    enum rc rc;

    if (any && slash > 0) {
        target = model_entity(p->m, str_sub(text, 0, (size_t)slash));
        text = str_sub(text, (size_t)slash + 1, text.n);
    }
    key = target ? seed_key_of(target) : NULL;
    if (!key)
        return f->type->parse_text(&in, f, text, out);
    rc = key->type->parse_text(&in, key, text, &name);
    if (rc == RC_OK && name.kind == V_NULL) {
        *out = VALUE_NULL;
        return RC_OK;
    }
    if (rc == RC_OK)
        rc = key->type->validate(&in, key, &name);
    if (rc == RC_OK)
        rc = find(p, target, key, &name, &id, err);
    if (rc != RC_OK)
        return rc;
    if (id == 0) {
        issues_add(p->issues, f->name, "not_found",
                   "There is no %.*s \"%.*s\".", STR_ARG(target->label.base),
                   STR_ARG(text));
        return RC_INVALID;
    }
    *out =
        any ? (struct value){.kind = V_ANYREF, .ent = target->number, .u.i = id}
            : value_ref(id);
    return RC_OK;
}

/* --- one record ----------------------------------------------------------------------- */

static enum rc read_file(struct planting *p, const struct seed *s,
                         const struct field *f, struct str text,
                         struct value *out, struct err *err)
{
    enum rc rc = seed_take_file(p, s->package, text, out, err);

    if (rc == RC_OK && out->kind == V_NULL) {
        issues_add(p->issues, f->name, "not_found",
                   "The package has no file \"%.*s\".", STR_ARG(text));
        return RC_INVALID;
    }
    return rc;
}

static enum rc read_value(struct planting *p, const struct seed *s,
                          const struct field *f, const struct fx_expr *fx,
                          struct str text, struct value *out, struct err *err)
{
    struct field_in in = seed_in(p);

    if (fx) {
        struct fx_frame frame = {.now_ms =
                                     p->ws->clock->now_ms(p->ws->clock->arg),
                                 .tz = p->m->tz,
                                 .arena = p->arena,
                                 .seed = p->seed++};

        return fx_eval(fx, &frame, out, err);
    }
    if (strcmp(f->type->name, "file") == 0 && str_trim(text).n > 0)
        return read_file(p, s, f, text, out, err);
    if ((f->type->traits & FIELD_POINTS) && text.n > 0 &&
        !(f->type->traits & FIELD_HAS_SIDE))
        return read_ref(p, f, text, out, err);
    return f->type->parse_text(&in, f, text, out);
}

static enum rc known(struct planting *p, const struct seed *s, int64_t *id,
                     struct err *err)
{
    const struct seed_record *r = s->record;
    struct field_in in = seed_in(p);
    struct value v = VALUE_NULL;
    enum rc rc = RC_OK;

    *id = 0;
    for (size_t i = 0; r->key && i < r->n_values; i++) {
        if (r->values[i].field != r->key)
            continue;
        rc = read_value(p, s, r->key, r->values[i].fx, r->values[i].text, &v,
                        err);
        if (rc == RC_OK && v.kind != V_NULL)
            rc = r->key->type->validate(&in, r->key, &v);
        if (rc == RC_OK && v.kind != V_NULL)
            rc = find(p, r->entity, r->key, &v, id, err);
    }
    return rc;
}

static enum rc plant_record(struct planting *p, const struct seed *s,
                            struct err *err)
{
    const struct seed_record *r = s->record;
    struct record_item *item;
    struct value *v;
    int64_t id = 0;
    enum rc rc = known(p, s, &id, err);

    if (rc != RC_OK || (id != 0 && p->mode != SEED_SYNC))
        return rc;
    /* Values first: looking up what they name may save the batch. */
    v = ARENA_ARRAY(p->arena, struct value, r->n_values + 1);
    if (!v)
        return seed_no_memory(err);
    for (size_t i = 0; rc == RC_OK && i < r->n_values; i++)
        rc = read_value(p, s, r->values[i].field, r->values[i].fx,
                        r->values[i].text, &v[i], err);
    if (rc == RC_OK && p->batch.n == LIMIT_BATCH)
        rc = seed_flush(p, err);
    if (rc != RC_OK)
        return rc;
    item = record_add(&p->batch, p->m, id ? RECORD_UPDATE : RECORD_CREATE,
                      r->entity, id);
    if (!item)
        return seed_no_memory(err);
    for (size_t i = 0; i < r->n_values; i++) {
        if (!record_set(item, r->values[i].field, v[i]))
            return seed_no_memory(err);
    }
    return RC_OK;
}

/* --- seeds without a key: once, by a mark ------------------------------------------------- */

struct mark {
    struct str package, key;
};

static enum rc mark_tx(struct db *db, void *arg, struct arena *a,
                       struct err *err)
{
    const struct mark *in = arg;
    struct db_stmt *st = NULL;
    enum rc rc = db_prepare(
        db,
        STR("INSERT INTO sys_kv(package, key, value, expires_at)"
            " VALUES(?1, ?2, 'planted', NULL) ON CONFLICT(package, key)"
            " DO UPDATE SET value = 'planted'"),
        &st, err);

    (void)a;
    if (rc == RC_OK) {
        db_bind_str(st, 1, in->package);
        db_bind_str(st, 2, in->key);
        rc = db_step_done(st, err);
    }
    db_stmt_release(st);
    return rc;
}

static enum rc is_marked(struct planting *p, const struct mark *mark, bool *out,
                         struct err *err)
{
    struct db_stmt *st = NULL;
    struct db *db = NULL;
    enum rc rc = db_read_begin(p->ws->store, NULL, &db, err);

    if (rc != RC_OK)
        return rc;
    rc = db_prepare(
        db, STR("SELECT value FROM sys_kv WHERE package = ?1 AND key = ?2"),
        &st, err);
    if (rc == RC_OK) {
        db_bind_str(st, 1, mark->package);
        db_bind_str(st, 2, mark->key);
        rc = db_step(st, out, err);
    }
    db_stmt_release(st);
    db_read_end(db);
    return rc;
}

static bool has_key(const struct seed *s)
{
    if (!s->record)
        return s->csv_key != NULL;
    for (size_t i = 0; s->record->key && i < s->record->n_values; i++) {
        if (s->record->values[i].field == s->record->key)
            return true;
    }
    return false;
}

static enum rc plant_one(struct planting *p, const struct seed *s, size_t index,
                         struct err *err)
{
    struct mark mark = {s->package, STR_NONE};
    struct db_job job = {.run = mark_tx, .arg = &mark};
    bool marked = false;
    enum rc rc = RC_OK;

    if (has_key(s))
        return s->record ? plant_record(p, s, err) : seed_csv(p, s, err);
    mark.key = s->record ? str_fmt(p->arena, "seed/%zu", index)
                         : str_fmt(p->arena, "seed/%.*s/%.*s",
                                   STR_ARG(s->csv_file), STR_ARG(s->csv_map));
    if (!mark.key.p)
        return seed_no_memory(err);
    rc = is_marked(p, &mark, &marked, err);
    if (rc != RC_OK || marked)
        return rc;
    rc = s->record ? plant_record(p, s, err) : seed_csv(p, s, err);
    if (rc == RC_OK)
        rc = seed_flush(p, err);
    return rc == RC_OK ? db_write(p->ws->store, &job, p->arena, err) : rc;
}

/* Where in the package, before what the pipeline says. */
static enum rc say_where(struct planting *p, const struct seed *s, enum rc rc,
                         struct err *err)
{
    struct str where = s->record ? s->record->entity->qname : s->csv_file;

    if (rc != RC_INVALID && rc != RC_CONFLICT && rc != RC_SYNTAX)
        return rc;
    if (!issues_any(p->issues))
        issues_add(p->issues, where, "seed", "%s",
                   err && err->text[0] ? err->text : "It cannot be planted.");
    return RC_INVALID;
}

enum rc package_seed(const struct workspace *ws, const struct principal *who,
                     struct str package, enum seed_mode mode, struct arena *a,
                     struct issues *issues, struct err *err)
{
    struct planting p = {.ws = ws,
                         .m = model_slot_ref(ws->slot),
                         .who = principal_system(SOURCE_SEED),
                         .mode = mode,
                         .issues = issues,
                         .seed = 1};
    struct arena scratch;
    size_t nth = 0;
    enum rc rc = RC_OK;

    (void)a;
    (void)who; /* whoever installs: what a package brings is the system's */
    arena_init(&scratch, SEED_ARENA);
    p.arena = &scratch;
    p.ctx = workspace_record_ctx(ws, &p.who);
    record_batch_init(&p.batch, &scratch);
    for (size_t i = 0; rc == RC_OK && p.m && i < p.m->n_seeds; i++) {
        const struct seed *s = p.m->seeds[i];

        if (s->mode != mode || !str_eq(s->package, package) ||
            (!s->record && !s->csv_entity))
            continue;
        rc = plant_one(&p, s, nth++, err);
        if (rc != RC_OK)
            rc = say_where(&p, s, rc, err);
    }
    if (rc == RC_OK)
        rc = seed_flush(&p, err);
    arena_release(&scratch);
    model_unref(p.m);
    return rc;
}
