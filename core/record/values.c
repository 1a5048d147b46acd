/*
 * values - step 0: what arrives becomes typed values of an item.
 */
#include "base/decimal.h"
#include "base/limits.h"
#include "record/pipe.h"

enum { SHOWN_BYTES = 60 }; /* of a name that is wrong */

/* --- the batch -------------------------------------------------------------- */

void record_batch_init(struct record_batch *b, struct arena *a)
{
    *b = (struct record_batch){.arena = a};
}

struct record_item *batch_push(struct record_batch *b, enum record_op op,
                               const struct entity *e, int64_t id)
{
    struct record_item item = {.op = op,
                               .entity = e,
                               .id = id,
                               .if_rev = -1,
                               .path = STR_INIT(""),
                               .code = ""};
    struct {
        struct record_item *v;
        size_t n, cap;
    } items = {b->items, b->n, b->cap};

    item.v = ARENA_ARRAY(b->arena, struct value, e->n_fields + 1);
    if (!item.v || !VEC_PUSH(b->arena, &items, item))
        return NULL;
    b->items = items.v;
    b->n = items.n;
    b->cap = items.cap;
    return &b->items[b->n - 1];
}

struct record_item *record_add(struct record_batch *b, const struct model *m,
                               enum record_op op, const struct entity *e,
                               int64_t id)
{
    (void)m;
    return b->n < (b->max ? b->max : LIMIT_BATCH) ? batch_push(b, op, e, id)
                                                  : NULL;
}

/* --- kinds ------------------------------------------------------------------ */

static enum value_kind kind_of(const struct field *f)
{
    switch (f->type->fx(f).kind) {
    case FX_TEXT:
    case FX_CHOICE:
        return V_TEXT;
    case FX_INT:
        return V_INT;
    case FX_DEC:
        return V_DEC;
    case FX_MONEY:
        return V_MONEY;
    case FX_FLOAT:
        return V_FLOAT;
    case FX_BOOL:
        return V_BOOL;
    case FX_DATE:
        return V_DATE;
    case FX_INSTANT:
        return V_INSTANT;
    case FX_TIME:
        return V_TIME;
    case FX_DUR:
        return V_DUR;
    case FX_REF:
    case FX_FILE:
        return V_REF;
    case FX_ANYREF:
        return V_ANYREF;
    case FX_LIST:
        return V_LIST;
    case FX_NULL:
        break;
    }
    return V_NULL;
}

bool record_set(struct record_item *item, const struct field *f, struct value v)
{
    if (v.kind != V_NULL && v.kind != kind_of(f))
        return false;
    item->v[f->index] = v;
    field_set_add(&item->given, f->index);
    return true;
}

static bool fit_dec(const struct field *f, struct value *v)
{
    int from = v->kind == V_DEC ? v->scale : 0;
    int64_t scaled;

    if ((v->kind != V_DEC && v->kind != V_INT) ||
        !decimal_rescale(v->u.i, from, f->scale, &scaled))
        return false;
    *v = value_dec(scaled, (uint8_t)f->scale);
    return true;
}

/* What was computed is in the base currency; a number takes the field's. */
static bool fit_money(const struct model *m, const struct field *f,
                      struct value *v)
{
    const char *own = f->currency[0] ? f->currency : m->base_currency;
    const char *cur = v->kind != V_MONEY ? own
                      : v->cur[0]        ? v->cur
                                         : m->base_currency;
    struct value out = {.kind = V_MONEY, .base = VALUE_NO_BASE};
    int scale = currency_scale(cur);
    int from = v->kind == V_INT ? 0 : v->scale;

    if (v->kind != V_MONEY && v->kind != V_DEC && v->kind != V_INT)
        return false;
    if (scale < 0 || (f->currency[0] && strcmp(cur, f->currency) != 0) ||
        !decimal_rescale(v->u.i, from, scale, &out.u.i))
        return false;
    memcpy(out.cur, cur, 3);
    out.scale = (uint8_t)scale;
    if (strcmp(cur, m->base_currency) == 0)
        out.base = out.u.i;
    else if (v->kind == V_MONEY)
        out.base = v->base;
    *v = out;
    return true;
}

bool value_fit(const struct model *m, const struct field *f, struct value *v)
{
    enum value_kind want = kind_of(f);
    int64_t whole;

    if (v->kind == V_NULL)
        return true;
    if (want == V_DEC)
        return fit_dec(f, v);
    if (want == V_MONEY)
        return fit_money(m, f, v);
    if (want == V_INT && v->kind == V_DEC) {
        if (!decimal_rescale(v->u.i, v->scale, 0, &whole))
            return false;
        *v = value_int(whole);
        return true;
    }
    if (v->kind != want)
        return false;
    if (want == V_TEXT && v->u.s.n == 0)
        *v = VALUE_NULL;
    return true;
}

/* --- "$2" ------------------------------------------------------------------- */

/* The number after the dollar, or -1. */
static int request_number(const struct json *v)
{
    int64_t n;

    if (v->kind != JSON_STR || v->u.s.n < 2 || v->u.s.p[0] != '$' ||
        !str_to_i64(str_sub(v->u.s, 1, v->u.s.n), &n) || n < 0 ||
        n >= LIMIT_BATCH)
        return -1;
    return (int)n;
}

static bool bind_pending(struct record_batch *b, struct record_item *item,
                         const struct field *f, int number)
{
    struct {
        struct record_pending *v;
        size_t n, cap;
    } pending = {item->pending, item->n_pending, item->n_pending};
    struct record_pending one = {f, number};

    if (!VEC_PUSH(b->arena, &pending, one))
        return false;
    item->pending = pending.v;
    item->n_pending = pending.n;
    item->v[f->index] = VALUE_NULL;
    field_set_add(&item->given, f->index);
    return true;
}

/* A ref of "$2", an anyref whose id is. */
static int pending_of(const struct field *f, const struct json *v)
{
    const struct json *id;

    if (!(f->type->traits & FIELD_POINTS))
        return -1;
    if (v->kind != JSON_OBJECT)
        return request_number(v);
    id = json_at(v, "id");
    return id ? request_number(id) : -1;
}

/* --- JSON ------------------------------------------------------------------- */

static void unknown_member(struct issues *issues, const struct entity *e,
                           struct str key)
{
    struct str shown = str_sub(key, 0, SHOWN_BYTES);
    struct str near = entity_suggest(e, key);

    if (entity_collection(e, key))
        issues_add(issues, shown, "collection",
                   "\"%.*s\" are records of their own; write them one by one "
                   "or in a batch.",
                   STR_ARG(shown));
    else if (near.n)
        issues_add(issues, shown, "unknown_field",
                   "There is no field \"%.*s\" on %.*s; did you mean "
                   "\"%.*s\"?",
                   STR_ARG(shown), STR_ARG(e->name), STR_ARG(near));
    else
        issues_add(issues, shown, "unknown_field",
                   "There is no field \"%.*s\" on %.*s; take it out.",
                   STR_ARG(shown), STR_ARG(e->name));
}

static enum rc bind_member(struct record_batch *b, struct record_item *item,
                           const struct field_in *in, const struct field *f,
                           const struct json *v, struct err *err)
{
    int number = pending_of(f, v);
    struct value value = VALUE_NULL;
    enum rc rc;

    if (number >= 0)
        return bind_pending(b, item, f, number) ? RC_OK : pipe_nomem(err);
    rc = f->type->parse_json(in, f, v, &value);
    if (rc == RC_OK) {
        item->v[f->index] = value;
        field_set_add(&item->given, f->index);
    }
    if (rc == RC_NOMEM)
        return pipe_nomem(err);
    return rc;
}

static enum rc bind_members(const struct record_ctx *ctx,
                            struct record_batch *b, struct record_item *item,
                            const struct field_in *in, const struct json *body,
                            struct err *err)
{
    bool invalid = false;
    size_t i;

    for (i = 0; i < body->u.object.n; i++) {
        const struct json_member *member = &body->u.object.v[i];
        const struct field *f = entity_field(item->entity, member->key);
        enum rc rc = RC_INVALID;

        if (member->key.n && member->key.p[0] == '_')
            continue;
        /* a hidden field is answered like an unknown one */
        if (f && access_reads_field(ctx->who, f))
            rc = bind_member(b, item, in, f, &member->value, err);
        else
            unknown_member(in->issues, item->entity, member->key);
        if (rc != RC_OK && rc != RC_INVALID)
            return rc;
        invalid = invalid || rc == RC_INVALID;
    }
    return invalid ? FAIL(err, RC_INVALID,
                          "The record has members that do not fit; see the "
                          "issues.")
                   : RC_OK;
}

enum rc record_bind_json(const struct record_ctx *ctx, const struct model *m,
                         struct record_batch *b, struct record_item *item,
                         const struct json *body, struct issues *issues,
                         struct err *err)
{
    struct field_in in = {.model = m,
                          .arena = b->arena,
                          .issues = issues,
                          .lang = model_lang(m, ctx->who->lang)};
    struct str was = issues->prefix;
    enum rc rc;

    if (!access_sees(ctx->who, item->entity))
        return RC_OK; /* step 1 says that there is no such record */
    if (body->kind != JSON_OBJECT) {
        issues_add(issues, item_path(item), "wrong_type",
                   "A record is an object: {\"name\":\"...\"}.");
        rc = FAIL(err, RC_INVALID, "A record is an object of its fields.");
    } else {
        issues->prefix = item->path;
        rc = bind_members(ctx, b, item, &in, body, err);
        issues->prefix = was;
    }
    if (rc != RC_OK) {
        item->failed = true;
        item->rc = rc;
    }
    return rc;
}
