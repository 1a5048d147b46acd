#include "fx_world.h"

#include <stdio.h>

#include "base/decimal.h"
#include "base/id.h"
#include "base/time.h"
#include "base/utf8.h"
#include "test.h"

static const struct fx_world_field ACCOUNT_FIELDS[8], DEAL_FIELDS[22],
    LINE_FIELDS[8], PERSON_FIELDS[4];

#define F(name, kind, ...)                                                     \
    {                                                                          \
        name, kind, __VA_ARGS__                                                \
    }
#define PLAIN 0, NULL, NULL, false, NULL, NULL

static const struct fx_world_field ACCOUNT_FIELDS[8] = {
    F("id", FX_REF, 0, &FX_ACCOUNT, NULL, false, NULL, NULL),
    F("name", FX_TEXT, PLAIN),
    F("city", FX_TEXT, PLAIN),
    F("credit", FX_MONEY, 2, NULL, NULL, false, NULL, NULL),
    F("parent", FX_REF, 0, &FX_ACCOUNT, NULL, false, NULL, NULL),
    F("active", FX_BOOL, PLAIN),
    F("score", FX_DEC, 1, NULL, NULL, false, NULL, NULL),
    F("deals", FX_NULL, 0, NULL, NULL, true, &FX_DEAL, &DEAL_FIELDS[16]),
};

static const struct fx_world_field DEAL_FIELDS[22] = {
    F("id", FX_REF, 0, &FX_DEAL, NULL, false, NULL, NULL),
    F("name", FX_TEXT, PLAIN),
    F("note", FX_TEXT, PLAIN),
    F("stage", FX_CHOICE, 0, &DEAL_FIELDS[3], NULL, false, NULL, NULL),
    F("tags", FX_LIST, 0, &DEAL_FIELDS[4], "m_deal_tags", false, NULL, NULL),
    F("qty", FX_INT, PLAIN),
    F("price", FX_DEC, 2, NULL, NULL, false, NULL, NULL),
    F("rate", FX_DEC, 4, NULL, NULL, false, NULL, NULL),
    F("amount", FX_MONEY, 2, NULL, NULL, false, NULL, NULL),
    F("due_on", FX_DATE, PLAIN),
    F("start_on", FX_DATE, PLAIN),
    F("opened_at", FX_INSTANT, PLAIN),
    F("at", FX_TIME, PLAIN),
    F("took", FX_DUR, PLAIN),
    F("active", FX_BOOL, PLAIN),
    F("weight", FX_FLOAT, PLAIN),
    F("account", FX_REF, 0, &FX_ACCOUNT, NULL, false, NULL, NULL),
    F("owner", FX_REF, 0, &FX_PERSON, NULL, false, NULL, NULL),
    F("regarding", FX_ANYREF, PLAIN),
    F("big", FX_INT, PLAIN),
    F("lines", FX_NULL, 0, NULL, NULL, true, &FX_LINE, &LINE_FIELDS[1]),
    F("visits", FX_NULL, 0, NULL, NULL, true, &FX_DEAL, &DEAL_FIELDS[18]),
};

static const struct fx_world_field LINE_FIELDS[8] = {
    F("id", FX_REF, 0, &FX_LINE, NULL, false, NULL, NULL),
    F("deal", FX_REF, 0, &FX_DEAL, NULL, false, NULL, NULL),
    F("product", FX_TEXT, PLAIN),
    F("qty", FX_INT, PLAIN),
    F("price", FX_DEC, 2, NULL, NULL, false, NULL, NULL),
    F("kind", FX_CHOICE, 0, &LINE_FIELDS[5], NULL, false, NULL, NULL),
    F("done", FX_BOOL, PLAIN),
    F("supplier", FX_REF, 0, &FX_ACCOUNT, NULL, false, NULL, NULL),
};

static const struct fx_world_field PERSON_FIELDS[4] = {
    F("id", FX_REF, 0, &FX_PERSON, NULL, false, NULL, NULL),
    F("name", FX_TEXT, PLAIN),
    F("manager", FX_REF, 0, &FX_PERSON, NULL, false, NULL, NULL),
    F("level", FX_INT, PLAIN),
};

#define COUNT_OF(a) (sizeof(a) / sizeof *(a))
const struct fx_world_entity FX_DEAL = {"deal", "crm_deal", 1, DEAL_FIELDS,
                                        COUNT_OF(DEAL_FIELDS)};
const struct fx_world_entity FX_ACCOUNT = {
    "account", "crm_account", 2, ACCOUNT_FIELDS, COUNT_OF(ACCOUNT_FIELDS)};
const struct fx_world_entity FX_LINE = {"line", "crm_line", 3, LINE_FIELDS,
                                        COUNT_OF(LINE_FIELDS)};
const struct fx_world_entity FX_PERSON = {"user", "sys_user", 4, PERSON_FIELDS,
                                          COUNT_OF(PERSON_FIELDS)};

bool fx_world_has_key(const struct fx_world_field *f)
{
    return f->kind == FX_TEXT && f != &DEAL_FIELDS[2];
}

/* --- schema --------------------------------------------------------------- */

static bool member(const void *ctx, const void *entity, struct str name,
                   struct fx_member *out)
{
    const struct fx_world_entity *e = entity;

    (void)ctx;
    for (size_t i = 0; i < e->n; i++) {
        const struct fx_world_field *f = &e->fields[i];

        if (!str_eq(name, str_c(f->name)))
            continue;
        *out = (struct fx_member){
            .kind = f->is_collection ? FX_M_COLLECTION : FX_M_FIELD,
            .type = {.kind = f->kind,
                     .elem = f->kind == FX_LIST ? FX_CHOICE : FX_NULL,
                     .scale = f->scale,
                     .of = f->of,
                     .fold = f->kind != FX_TEXT    ? 0
                             : fx_world_has_key(f) ? FOLD_POINTS
                                                   : FX_FOLD_ASCII},
            .handle = f,
            .child = f->child,
            .by = f->by};
        return true;
    }
    return false;
}

static size_t names(const void *ctx, const void *entity, const struct str **out)
{
    static struct str list[FX_WORLD_MAX_FIELDS];
    const struct fx_world_entity *e = entity;

    (void)ctx;
    for (size_t i = 0; i < e->n; i++)
        list[i] = str_c(e->fields[i].name);
    *out = list;
    return e->n;
}

static size_t options(const void *ctx, const void *field,
                      const struct str **codes)
{
    static const struct str STAGES[] = {STR_INIT("new"), STR_INIT("won"),
                                        STR_INIT("lost")};
    static const struct str TAGS[] = {STR_INIT("a"), STR_INIT("b"),
                                      STR_INIT("vip")};
    static const struct str KINDS[] = {STR_INIT("buy"), STR_INIT("rent")};

    (void)ctx;
    *codes = field == &DEAL_FIELDS[3]   ? STAGES
             : field == &DEAL_FIELDS[4] ? TAGS
                                        : KINDS;
    return field == &LINE_FIELDS[5] ? 2 : 3;
}

static struct str entity_name(const void *ctx, const void *entity)
{
    const struct fx_world_entity *e = entity;

    (void)ctx;
    return str_c(e->name);
}

static const void *entity_by_name(const void *ctx, struct str name)
{
    (void)ctx;
    return str_is(name, "crm:deal")      ? &FX_DEAL
           : str_is(name, "crm:account") ? &FX_ACCOUNT
                                         : NULL;
}

static int entity_number(const void *ctx, const void *entity)
{
    const struct fx_world_entity *e = entity;

    (void)ctx;
    return e->number;
}

static struct str option_label(const void *ctx, const void *field,
                               struct str code)
{
    (void)ctx;
    return field == &DEAL_FIELDS[3] && str_is(code, "won") ? STR("Won!")
                                                           : STR_NONE;
}

const struct fx_schema *fx_world_schema(void)
{
    static const struct fx_schema SCHEMA = {.member = member,
                                            .names = names,
                                            .options = options,
                                            .entity_name = entity_name,
                                            .entity_by_name = entity_by_name,
                                            .user = &FX_PERSON,
                                            .entity_number = entity_number,
                                            .option_label = option_label};

    return &SCHEMA;
}

/* --- tables --------------------------------------------------------------- */

static struct ident named(const char *name, const char *suffix)
{
    static char texts[64][40];
    static int next;
    char *p = texts[next++ % 64];
    struct ident id;

    snprintf(p, sizeof texts[0], "%s%s", name, suffix);
    CHECK(ident_make(str_c(p), &id));
    return id;
}

static struct ident table(const void *ctx, const void *entity)
{
    const struct fx_world_entity *e = entity;

    (void)ctx;
    return named(e->table, "");
}

static void columns(const void *ctx, const void *field, struct fx_columns *out)
{
    const struct fx_world_field *f = field;

    (void)ctx;
    *out = (struct fx_columns){.main = named(f->name, "")};
    if (fx_world_has_key(f))
        out->key = named(f->name, "__k");
    if (f->kind == FX_MONEY) {
        out->cur = named(f->name, "__cur");
        out->base = named(f->name, "__base");
    }
    if (f->kind == FX_ANYREF) {
        out->main = named(f->name, "__id");
        out->ent = named(f->name, "__ent");
    }
    if (f->side)
        out->side = named(f->side, "");
}

static const void *target(const void *ctx, const void *field)
{
    const struct fx_world_field *f = field;

    (void)ctx;
    return f->kind == FX_REF ? f->of : NULL;
}

const struct fx_tables *fx_world_tables(void)
{
    static const struct fx_tables TABLES = {.table = table,
                                            .columns = columns,
                                            .entity_number = entity_number,
                                            .target = target};

    return &TABLES;
}

/* --- rows ----------------------------------------------------------------- */

int fx_world_index(const struct fx_world_entity *e, const char *name)
{
    for (size_t i = 0; i < e->n; i++)
        if (strcmp(e->fields[i].name, name) == 0)
            return (int)i;
    test_fail(__FILE__, __LINE__, "%s has no field %s", e->name, name);
}

const struct fx_world_field *fx_world_field(const struct fx_world_entity *e,
                                            const char *name)
{
    return &e->fields[fx_world_index(e, name)];
}

static enum rc get(void *ctx, const void *row, const void *field,
                   struct value *out, struct err *err)
{
    const struct fx_world_row *r = row;
    const struct fx_world_field *f = field;

    (void)ctx;
    (void)err;
    *out = r->v[f - r->entity->fields];
    return RC_OK;
}

static const struct fx_world_row *by_id(const struct fx_world *w,
                                        const struct fx_world_entity *e,
                                        int64_t id)
{
    for (size_t i = 0; i < w->n; i++)
        if (w->rows[i].entity == e && w->rows[i].v[0].u.i == id)
            return &w->rows[i];
    return NULL;
}

static enum rc follow(void *ctx, const void *row, const void *field,
                      const void **out, struct err *err)
{
    const struct fx_world *w = ctx;
    const struct fx_world_field *f = field;
    struct value v = VALUE_NULL;
    const struct fx_world_row *to = NULL;

    CHECK_RC(get(ctx, row, field, &v, err), RC_OK);
    if (v.kind == V_REF)
        to = by_id(w, f->of, v.u.i);
    *out = to && !to->is_deleted ? to : NULL;
    return RC_OK;
}

static enum rc children(void *ctx, const void *row, const void *collection,
                        const void *const **rows, size_t *n, struct err *err)
{
    const struct fx_world *w = ctx;
    const struct fx_world_row *owner = row;
    const struct fx_world_field *f = collection, *by = f->by;
    const void **list = ARENA_ARRAY(w->arena, const void *, w->n + 1);
    size_t count = 0;

    if (!list)
        return FAIL(err, RC_NOMEM, "none");
    for (size_t i = 0; i < w->n; i++) {
        const struct fx_world_row *r = &w->rows[i];
        struct value v;

        if (r->entity != f->child || r->is_deleted)
            continue;
        v = r->v[by - r->entity->fields];
        if (v.kind != V_NULL && v.u.i == owner->v[0].u.i &&
            (v.kind == V_REF || v.ent == owner->entity->number))
            list[count++] = r;
    }
    *rows = list;
    *n = count;
    return RC_OK;
}

void fx_world_init(struct fx_world *w, struct arena *a, size_t max_rows)
{
    *w = (struct fx_world){.arena = a};
    w->rows = ARENA_ARRAY(a, struct fx_world_row, max_rows);
    CHECK(w->rows);
    w->data = (struct fx_data){
        .ctx = w, .field = get, .follow = follow, .children = children};
}

struct fx_world_row *fx_world_add(struct fx_world *w,
                                  const struct fx_world_entity *e, int64_t id)
{
    struct fx_world_row *r = &w->rows[w->n++];

    *r = (struct fx_world_row){.entity = e};
    r->v[0] = value_ref(id);
    return r;
}

/* --- shortcuts -------------------------------------------------------------- */

static const struct fx_param PARAMS[] = {
    {STR_INIT("n"), {.kind = FX_INT}},
    {STR_INIT("min_price"), {.kind = FX_DEC, .scale = 2}},
    {STR_INIT("who"), {.kind = FX_TEXT}},
    {STR_INIT("ids"), {.kind = FX_LIST, .elem = FX_REF}},
    {STR_INIT("codes"), {.kind = FX_LIST, .elem = FX_TEXT}},
};

const struct fx_param *fx_world_params(size_t *n)
{
    *n = COUNT_OF(PARAMS);
    return PARAMS;
}

static enum rc try_compile(struct arena *a, const char *source, unsigned use,
                           const struct fx_expr **out, struct fx_fault *fault)
{
    const struct fx_opts opts = {.schema = fx_world_schema(),
                                 .entity = &FX_DEAL,
                                 .use = use,
                                 .params = PARAMS,
                                 .n_params = COUNT_OF(PARAMS)};

    return fx_compile(str_c(source), &opts, a, out, fault);
}

const struct fx_expr *fx_world_compile(struct arena *a, const char *source,
                                       unsigned use)
{
    const struct fx_expr *x = NULL;
    struct fx_fault fault = {.code = ""};
    enum rc rc = try_compile(a, source, use, &x, &fault);

    if (rc != RC_OK)
        test_fail(__FILE__, __LINE__, "%s: %s at %u: %s", source, fault.code,
                  fault.at, fault.text);
    return x;
}

struct fx_fault fx_world_fault(struct arena *a, const char *source,
                               unsigned use)
{
    const struct fx_expr *x = NULL;
    struct fx_fault fault = {.code = ""};
    enum rc rc = try_compile(a, source, use, &x, &fault);

    if (rc != RC_INVALID && rc != RC_LIMIT)
        test_fail(__FILE__, __LINE__, "%s compiles", source);
    CHECK(x == NULL);
    return fault;
}

struct str fx_world_print(struct arena *a, const struct value *v)
{
    char text[64];
    struct str s;

    switch (v->kind) {
    case V_NULL:
        return STR("null");
    case V_BOOL:
        return v->u.b ? STR("true") : STR("false");
    case V_INT:
        return str_fmt(a, "%lld", (long long)v->u.i);
    case V_DEC:
    case V_MONEY:
        s = str_of(text, decimal_format(v->u.i, v->scale, text));
        return str_fmt(a, "%.*s%s%s", STR_ARG(s), v->cur[0] ? " " : "", v->cur);
    case V_FLOAT:
        snprintf(text, sizeof text, "%.17g", v->u.f);
        if (!strpbrk(text, ".en"))
            return str_fmt(a, "%s.0", text);
        return str_fmt(a, "%s", text);
    case V_TEXT:
        return v->u.s;
    case V_DATE:
        return str_copy(a, str_of(text, date_format(v->u.i, text)));
    case V_INSTANT:
        return str_copy(a, str_of(text, instant_format(v->u.i, text)));
    case V_TIME:
        return str_fmt(a, "%02d:%02d", (int)(v->u.i / 60), (int)(v->u.i % 60));
    case V_DUR:
        return str_fmt(a, "%lldms", (long long)v->u.i);
    case V_REF:
    case V_ANYREF:
        return str_fmt(a, "#%lld", (long long)v->u.i);
    case V_LIST:
        s = STR("[");
        for (size_t i = 0; i < v->u.list.n; i++)
            s = str_fmt(a, "%.*s%s%.*s", STR_ARG(s), i ? ", " : "",
                        STR_ARG(fx_world_print(a, &v->u.list.v[i])));
        return str_fmt(a, "%.*s]", STR_ARG(s));
    }
    return STR("?");
}
