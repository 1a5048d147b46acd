/*
 * fuzz_fx - any text as an expression over a small entity.
 *
 * Oracle: a refusal has a place inside the source and a sentence that is valid
 * UTF-8; what compiles evaluates over no row, is written as JSON that can be
 * read, is unchanged by a rename to the same name, and, as a filter, becomes
 * SQL that SQLite prepares.
 */
#include "fx/fx.h"

#include <stdint.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "db/db.h"
#include "fx/fx_eval.h"
#include "fx/fx_sql.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROOM_BYTES = 64 << 20, FIELDS = 14 };

#define MUST(x)                                                                \
    do {                                                                       \
        if (!(x))                                                              \
            abort();                                                           \
    } while (0)

struct fuzz_field {
    struct str name;
    enum fx_kind kind;
    uint8_t scale;
};

static const struct fuzz_field FIELD[FIELDS] = {
    {STR_INIT("id"), FX_REF, 0},    {STR_INIT("a"), FX_INT, 0},
    {STR_INIT("b"), FX_DEC, 2},     {STR_INIT("m"), FX_MONEY, 2},
    {STR_INIT("t"), FX_TEXT, 0},    {STR_INIT("d"), FX_DATE, 0},
    {STR_INIT("i"), FX_INSTANT, 0}, {STR_INIT("c"), FX_CHOICE, 0},
    {STR_INIT("r"), FX_REF, 0},     {STR_INIT("g"), FX_LIST, 0},
    {STR_INIT("x"), FX_ANYREF, 0},  {STR_INIT("f"), FX_BOOL, 0},
    {STR_INIT("w"), FX_FLOAT, 0},   {STR_INIT("k"), FX_NULL, 0},
};
static const char ENTITY[] = "thing";

static bool member(const void *ctx, const void *entity, struct str name,
                   struct fx_member *out)
{
    (void)ctx;
    (void)entity;
    for (size_t i = 0; i < FIELDS; i++) {
        const struct fuzz_field *f = &FIELD[i];

        if (!str_eq(f->name, name))
            continue;
        *out = (struct fx_member){
            .kind = f->kind == FX_NULL ? FX_M_COLLECTION : FX_M_FIELD,
            .type = {.kind = f->kind,
                     .elem = f->kind == FX_LIST ? FX_CHOICE : FX_NULL,
                     .scale = f->scale,
                     .of = f->kind == FX_REF ? (const void *)ENTITY
                                             : (const void *)f},
            .handle = f,
            .child = ENTITY,
            .by = &FIELD[8]};
        return true;
    }
    return false;
}

static size_t names(const void *ctx, const void *entity, const struct str **out)
{
    static struct str list[FIELDS];

    (void)ctx;
    (void)entity;
    for (size_t i = 0; i < FIELDS; i++)
        list[i] = FIELD[i].name;
    *out = list;
    return FIELDS;
}

static size_t options(const void *ctx, const void *field,
                      const struct str **codes)
{
    static const struct str CODES[] = {STR_INIT("on"), STR_INIT("off")};

    (void)ctx;
    (void)field;
    *codes = CODES;
    return 2;
}

static const void *entity_by_name(const void *ctx, struct str name)
{
    (void)ctx;
    return str_is(name, "z:thing") ? ENTITY : NULL;
}

static int entity_number(const void *ctx, const void *entity)
{
    (void)ctx;
    (void)entity;
    return 1;
}

static const struct fx_schema SCHEMA = {.member = member,
                                        .names = names,
                                        .options = options,
                                        .entity_by_name = entity_by_name,
                                        .entity_number = entity_number,
                                        .user = ENTITY};

static struct ident table(const void *ctx, const void *entity)
{
    (void)ctx;
    (void)entity;
    return IDENT("thing");
}

static void columns(const void *ctx, const void *field, struct fx_columns *out)
{
    const struct fuzz_field *f = field;

    (void)ctx;
    *out = (struct fx_columns){.main = {f->name}};
    if (f->kind == FX_TEXT)
        out->key = IDENT("t__k");
    if (f->kind == FX_MONEY)
        out->base = IDENT("m__base");
    if (f->kind == FX_ANYREF)
        out->ent = IDENT("x__ent");
    if (f->kind == FX_LIST)
        out->side = IDENT("m_g");
}

static const void *target(const void *ctx, const void *field)
{
    (void)ctx;
    (void)field;
    return ENTITY;
}

static const struct fx_tables TABLES = {.table = table,
                                        .columns = columns,
                                        .entity_number = entity_number,
                                        .target = target};

static enum rc create(struct db *db, void *arg, struct arena *a,
                      struct err *err)
{
    (void)arg;
    (void)a;
    MUST(db_exec(db,
                 STR("CREATE TABLE thing(id INTEGER PRIMARY KEY, a INTEGER, b "
                     "INTEGER, m INTEGER, m__base INTEGER, t TEXT, t__k TEXT, "
                     "d TEXT, i INTEGER, c TEXT, r INTEGER, x INTEGER, x__ent "
                     "INTEGER, f INTEGER, w REAL, deleted_at INTEGER) STRICT"),
                 err) == RC_OK);
    return db_exec(db, STR("CREATE TABLE m_g(rec INTEGER, code TEXT) STRICT"),
                   err);
}

static struct db *open_once(void)
{
    static struct db *db;
    static struct db_store *store;
    const struct db_job job = {.run = create};
    const struct db_limits limits = {.deadline_ms = INT64_MAX};
    struct arena a;

    if (db)
        return db;
    arena_init(&a, 1 << 20);
    MUST(db_open_memory(clock_system(), &store, NULL) == RC_OK);
    MUST(db_write(store, &job, &a, NULL) == RC_OK);
    MUST(db_read_begin(store, &limits, &db, NULL) == RC_OK);
    arena_release(&a);
    return db;
}

static void check_json(const struct fx_expr *x, struct arena *a)
{
    const struct json *tree = NULL;
    struct json_w w;
    struct buf b;

    buf_init(&b, ROOM_BYTES);
    json_w_init(&w, &b);
    fx_to_json(x, &w);
    MUST(json_w_finish(&w, NULL) == RC_OK);
    MUST(json_parse(buf_view(&b), a, &tree, NULL) == RC_OK);
    buf_release(&b);
}

static void check_rename(const struct fx_expr *x, struct arena *a)
{
    struct str out;

    for (size_t i = 0; i < FIELDS; i++) {
        MUST(fx_rename(x, &FIELD[i], FIELD[i].name, a, &out, NULL) == RC_OK);
        MUST(str_eq(out, fx_source(x)));
    }
}

static void check_value(const struct fx_expr *x, struct arena *a)
{
    const struct fx_data data = {NULL};
    const struct fx_frame frame = {
        .data = &data, .now_ms = INT64_C(1774741500000), .arena = a};
    struct value v;
    enum rc rc = fx_eval(x, &frame, &v, NULL);

    MUST(rc == RC_OK || rc == RC_LIMIT);
}

static void check_sql(const struct fx_expr *x, struct arena *a)
{
    const struct fx_sql_frame frame = {.user = 1,
                                       .now_ms = INT64_C(1774741500000)};
    struct db *db = open_once();
    struct db_stmt *st = NULL;
    struct fx_from from;
    struct sqlb q;
    enum rc rc;

    sqlb_init(&q, DB_SQLITE, a);
    fx_from_init(&from, &SCHEMA, &TABLES, ENTITY, 0, a);
    rc = fx_from_expr(&from, x, NULL);
    sqlb_lit(&q, "SELECT t0.id");
    if (rc == RC_OK)
        rc = fx_from_emit(&from, &q, NULL);
    sqlb_lit(&q, " WHERE ");
    if (rc == RC_OK)
        rc = fx_emit_where(x, &from, &frame, &q, NULL);
    if (rc == RC_OK)
        rc = sqlb_prepare(&q, db, NULL, &st, NULL);
    MUST(rc == RC_OK || rc == RC_LIMIT);
    db_stmt_release(st);
    sqlb_release(&q);
}

static void try(struct str source, unsigned use, const struct fx_type *want)
{
    const struct fx_opts opts = {
        .schema = &SCHEMA, .entity = ENTITY, .use = use, .want = want};
    const struct fx_expr *x = NULL;
    struct fx_fault fault = {.code = NULL};
    struct arena a;
    enum rc rc;

    arena_init(&a, ROOM_BYTES);
    rc = fx_compile(source, &opts, &a, &x, &fault);
    if (rc != RC_OK) {
        MUST(rc == RC_INVALID || rc == RC_LIMIT);
        MUST(fault.code && fault.text[0] && fault.at <= source.n);
        MUST(utf8_invalid(str_c(fault.text)) < 0);
        MUST(x == NULL);
    } else {
        check_json(x, &a);
        check_rename(x, &a);
        check_value(x, &a);
        if (use == FX_USE_FILTER)
            check_sql(x, &a);
    }
    arena_release(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct fx_type boolean = {.kind = FX_BOOL};
    struct str source = {size ? (const char *)data : "", size};

    if (utf8_invalid(source) >= 0) /* checked at the door */
        return 0;
    try(source, FX_USE_VALUE | FX_USE_CONDITION | FX_USE_SEED, NULL);
    try(source, FX_USE_FILTER, &boolean);
    return 0;
}
