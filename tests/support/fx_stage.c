#include "fx_stage.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/time.h"
#include "base/utf8.h"
#include "test.h"

enum { DEALS = 24, ACCOUNTS = 7, LINES = 50, PEOPLE = 4 };

/* --- rows --------------------------------------------------------------------- */

static struct value maybe(struct fx_dice *d, struct value v)
{
    return fx_dice_roll(d, 5) == 0 ? VALUE_NULL : v;
}

static struct value some_text(struct fx_dice *d)
{
    static const char *const TEXTS[] = {
        "Abc",  "abc",   "ABC corp", "b",  "\303\204b", "stra\303\237e", "a b",
        "x  y", " lead", "trail ",   "12", "\303\251",  "zz\317\202",    "'q'"};

    return maybe(d, value_text(str_c(TEXTS[fx_dice_roll(d, 14)])));
}

static struct value some_date(struct fx_dice *d)
{
    static const int64_t DAYS[] = {20512, 20513, 20484,   20482,   20819,
                                   0,     -1,    -719162, 2932896, 20540};

    if (fx_dice_roll(d, 2))
        return maybe(d, value_date(20450 + fx_dice_roll(d, 120)));
    return maybe(d, value_date(DAYS[fx_dice_roll(d, 10)]));
}

static struct value some_instant(struct fx_dice *d)
{
    /* Around the change to summer time, and long ago. */
    int64_t ms = fx_dice_roll(d, 3)
                     ? FX_STAGE_NOW_MS + (int64_t)fx_dice_roll(d, 4000000) * 50
                     : (int64_t)fx_dice_roll(d, 1000000) * 60000;

    return maybe(d, value_instant(ms));
}

static struct value some_code(struct fx_dice *d, const char *a, const char *b)
{
    return maybe(d, value_text(str_c(fx_dice_roll(d, 2) ? a : b)));
}

static void set(struct fx_world_row *r, const char *name, struct value v)
{
    r->v[fx_world_index(r->entity, name)] = v;
}

static void make_people(struct fx_stage *s)
{
    for (int i = 1; i <= PEOPLE; i++) {
        struct fx_world_row *r = fx_world_add(&s->world, &FX_PERSON, 300 + i);

        set(r, "name", some_text(&s->dice));
        set(r, "level", maybe(&s->dice, value_int(fx_dice_roll(&s->dice, 5))));
        set(r, "manager",
            maybe(&s->dice, value_ref(301 + fx_dice_roll(&s->dice, PEOPLE))));
        r->is_deleted = i == 4;
    }
    s->world.user = &s->world.rows[0];
}

static struct value some_money(struct fx_dice *d)
{
    struct value v = {.kind = V_MONEY, .scale = 2, .cur = "EUR"};

    v.u.i = (int64_t)fx_dice_roll(d, 100000) - 5000;
    v.base = v.u.i;
    if (fx_dice_roll(d, 3) == 0) { /* dollars, with a base of their own */
        memcpy(v.cur, "USD", 4);
        v.base = v.u.i * 9 / 10;
    }
    return maybe(d, v);
}

static void make_accounts(struct fx_stage *s)
{
    struct fx_dice *d = &s->dice;

    for (int i = 1; i <= ACCOUNTS; i++) {
        struct fx_world_row *r = fx_world_add(&s->world, &FX_ACCOUNT, 100 + i);

        set(r, "name", some_text(d));
        set(r, "city", some_text(d));
        set(r, "credit", some_money(d));
        set(r, "parent", maybe(d, value_ref(101 + fx_dice_roll(d, ACCOUNTS))));
        set(r, "active", maybe(d, value_bool(fx_dice_roll(d, 2))));
        set(r, "score", maybe(d, value_dec(fx_dice_roll(d, 100) - 50, 1)));
        r->is_deleted = i == 3;
    }
}

static struct value some_tags(struct fx_stage *s)
{
    static const char *const TAGS[] = {"a", "b", "vip"};
    struct value v = {.kind = V_LIST};

    v.u.list.v = ARENA_ARRAY(&s->rows, struct value, 3);
    CHECK(v.u.list.v);
    for (size_t i = 0; i < 3; i++)
        if (fx_dice_roll(&s->dice, 3) == 0)
            v.u.list.v[v.u.list.n++] = value_text(str_c(TAGS[i]));
    return v.u.list.n ? v : VALUE_NULL;
}

static void make_deal(struct fx_stage *s, int id, bool tame)
{
    static const int64_t BIG[] = {INT64_MAX,          INT64_MIN, 3037000500, -1,
                                  900000000000000000, 0,         1};
    struct fx_dice *d = &s->dice;
    struct fx_world_row *r = fx_world_add(&s->world, &FX_DEAL, id);
    struct value any = {.kind = V_ANYREF};

    set(r, "name", some_text(d));
    set(r, "note", some_text(d));
    set(r, "stage", some_code(d, "won", fx_dice_roll(d, 2) ? "new" : "lost"));
    set(r, "tags", some_tags(s));
    set(r, "qty", maybe(d, value_int(fx_dice_roll(d, 9) - 2)));
    set(r, "price", maybe(d, value_dec(fx_dice_roll(d, 20000) - 4000, 2)));
    set(r, "rate", maybe(d, value_dec(fx_dice_roll(d, 30000) - 9000, 4)));
    set(r, "amount", some_money(d));
    set(r, "due_on", some_date(d));
    set(r, "start_on", some_date(d));
    set(r, "opened_at", some_instant(d));
    set(r, "at",
        maybe(d,
              (struct value){.kind = V_TIME, .u.i = fx_dice_roll(d, 48) * 30}));
    set(r, "took",
        maybe(d, (struct value){.kind = V_DUR,
                                .u.i = fx_dice_roll(d, 200) * 900000}));
    set(r, "active", maybe(d, value_bool(fx_dice_roll(d, 2))));
    set(r, "weight",
        maybe(d, (struct value){.kind = V_FLOAT,
                                .u.f = fx_dice_roll(d, 99) / 8.0}));
    set(r, "account", maybe(d, value_ref(101 + fx_dice_roll(d, ACCOUNTS))));
    set(r, "owner", maybe(d, value_ref(301 + fx_dice_roll(d, PEOPLE))));
    any.ent = fx_dice_roll(d, 2) ? 1 : 2;
    any.u.i = any.ent == 1 ? 1 + fx_dice_roll(d, DEALS)
                           : 101 + fx_dice_roll(d, ACCOUNTS);
    set(r, "regarding", maybe(d, any));
    set(r, "big",
        maybe(d,
              value_int(tame ? fx_dice_roll(d, 50) : BIG[fx_dice_roll(d, 7)])));
    r->is_deleted = id == 5;
}

static void make_lines(struct fx_stage *s)
{
    struct fx_dice *d = &s->dice;

    for (int i = 1; i <= LINES; i++) {
        struct fx_world_row *r = fx_world_add(&s->world, &FX_LINE, 500 + i);

        set(r, "deal", maybe(d, value_ref(1 + fx_dice_roll(d, DEALS))));
        set(r, "product", some_text(d));
        set(r, "qty", maybe(d, value_int(fx_dice_roll(d, 7))));
        set(r, "price", maybe(d, value_dec(fx_dice_roll(d, 9000) - 900, 2)));
        set(r, "kind", some_code(d, "rent", "buy"));
        set(r, "done", maybe(d, value_bool(fx_dice_roll(d, 2))));
        set(r, "supplier",
            maybe(d, value_ref(101 + fx_dice_roll(d, ACCOUNTS))));
        r->is_deleted = i % 11 == 0;
    }
}

/* --- tables ------------------------------------------------------------------- */

static const char *column_type(enum fx_kind kind, enum db_dialect dialect)
{
    bool pg = dialect == DB_POSTGRES;

    if (kind == FX_TEXT || kind == FX_CHOICE || kind == FX_DATE)
        return pg ? "text COLLATE \"C\"" : "TEXT";
    if (kind == FX_FLOAT)
        return pg ? "double precision" : "REAL";
    if (kind == FX_BOOL && pg)
        return "boolean";
    return pg ? "bigint" : "INTEGER";
}

static void create(struct buf *b, const struct fx_world_entity *e,
                   enum db_dialect dialect)
{
    const char *whole = column_type(FX_INT, dialect);
    const char *text = column_type(FX_TEXT, dialect);

    buf_addf(b, "CREATE TABLE \"%s\"(id %s PRIMARY KEY", e->table, whole);
    for (size_t i = 1; i < e->n; i++) {
        const struct fx_world_field *f = &e->fields[i];

        if (f->is_collection || f->kind == FX_LIST)
            continue;
        if (f->kind == FX_ANYREF) {
            buf_addf(b, ", \"%s__id\" %s, \"%s__ent\" %s", f->name, whole,
                     f->name, whole);
            continue;
        }
        buf_addf(b, ", \"%s\" %s", f->name, column_type(f->kind, dialect));
        if (fx_world_has_key(f))
            buf_addf(b, ", \"%s__k\" %s", f->name, text);
        if (f->kind == FX_MONEY)
            buf_addf(b, ", \"%s__cur\" %s, \"%s__base\" %s", f->name, text,
                     f->name, whole);
    }
    buf_addf(b, ", deleted_at %s);\n", whole);
}

static void quote(struct buf *b, struct str s)
{
    buf_addc(b, '\'');
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '\'')
            buf_addc(b, '\'');
        buf_addc(b, s.p[i]);
    }
    buf_addc(b, '\'');
}

static void insert_value(struct buf *b, const struct fx_world_field *f,
                         const struct value *v, struct arena *a)
{
    struct str key;
    char day[11];

    buf_adds(b, ", ");
    if (v->kind == V_NULL)
        buf_adds(b, fx_world_has_key(f) || f->kind == FX_ANYREF ? "NULL, NULL"
                    : f->kind == FX_MONEY ? "NULL, NULL, NULL"
                                          : "NULL");
    else if (v->kind == V_TEXT) {
        quote(b, v->u.s);
        if (!fx_world_has_key(f))
            return;
        CHECK_RC(utf8_fold(v->u.s, FOLD_POINTS, a, &key, NULL), RC_OK);
        buf_adds(b, ", ");
        quote(b, key);
    } else if (v->kind == V_DATE)
        quote(b, str_of(day, date_format(v->u.i, day)));
    else if (v->kind == V_MONEY)
        buf_addf(b, "%" PRId64 ", '%s', %" PRId64, v->u.i, v->cur, v->base);
    else if (v->kind == V_ANYREF)
        buf_addf(b, "%" PRId64 ", %d", v->u.i, (int)v->ent);
    else if (v->kind == V_FLOAT)
        buf_addf(b, "%.17g", v->u.f);
    else if (v->kind == V_DUR)
        buf_add_i64(b, v->u.i / 1000);
    else if (v->kind == V_BOOL)
        buf_adds(b, v->u.b ? "true" : "false");
    else
        buf_add_i64(b, v->u.i);
}

static void insert(struct buf *b, const struct fx_world_row *r, struct arena *a)
{
    buf_addf(b, "INSERT INTO \"%s\" VALUES(%" PRId64, r->entity->table,
             r->v[0].u.i);
    for (size_t i = 1; i < r->entity->n; i++) {
        const struct fx_world_field *f = &r->entity->fields[i];

        if (!f->is_collection && f->kind != FX_LIST)
            insert_value(b, f, &r->v[i], a);
    }
    buf_adds(b, r->is_deleted ? ", 1);\n" : ", NULL);\n");
    for (size_t i = 1; i < r->entity->n; i++) {
        const struct value *v = &r->v[i];

        for (size_t k = 0; v->kind == V_LIST && k < v->u.list.n; k++) {
            buf_addf(b, "INSERT INTO \"%s\" VALUES(%" PRId64 ", ",
                     r->entity->fields[i].side, r->v[0].u.i);
            quote(b, v->u.list.v[k].u.s);
            buf_adds(b, ");\n");
        }
    }
}

void fx_stage_script(struct fx_stage *s, enum db_dialect dialect, struct buf *b)
{
    create(b, &FX_PERSON, dialect);
    create(b, &FX_ACCOUNT, dialect);
    create(b, &FX_DEAL, dialect);
    create(b, &FX_LINE, dialect);
    buf_addf(b, "CREATE TABLE m_deal_tags(rec %s, code %s);\n",
             column_type(FX_INT, dialect), column_type(FX_TEXT, dialect));
    for (size_t i = 0; i < s->world.n; i++)
        insert(b, &s->world.rows[i], &s->scratch);
}

/* --- outside -------------------------------------------------------------------- */

void fx_stage_init(struct fx_stage *s, uint64_t seed, bool tame)
{
    *s = (struct fx_stage){.dice = {seed}};
    arena_init(&s->rows, 4 << 20);
    arena_init(&s->scratch, 16 << 20);
    fx_world_init(&s->world, &s->rows, DEALS + ACCOUNTS + LINES + PEOPLE);
    make_people(s);
    make_accounts(s);
    for (int i = 1; i <= DEALS; i++)
        make_deal(s, i, tame);
    make_lines(s);
    s->world.data.user = s->world.user;
    s->world.arena = &s->scratch;
    CHECK_RC(tz_load(STR("Europe/Vienna"), &s->rows, &s->tz, NULL), RC_OK);
    for (int i = 0; i < 3; i++)
        s->ids[i] = value_ref(i == 2 ? 102 : i * 7 + 2);
    s->codes[0] = value_text(STR("won"));
    s->codes[1] = value_text(STR("lost"));
    s->params[0] = value_int(2);
    s->params[1] = value_dec(1999, 2);
    s->params[2] = value_text(STR("won"));
    s->params[3] = (struct value){.kind = V_LIST, .u.list = {s->ids, 3}};
    s->params[4] = (struct value){.kind = V_LIST, .u.list = {s->codes, 2}};
}

void fx_stage_release(struct fx_stage *s)
{
    arena_release(&s->scratch);
    arena_release(&s->rows);
}

const struct fx_expr *fx_stage_compile(struct fx_stage *s, const char *source)
{
    size_t n = 0;
    const struct fx_param *params = fx_world_params(&n);
    const struct fx_opts opts = {.schema = fx_world_schema(),
                                 .entity = &FX_DEAL,
                                 .use = FX_USE_VALUE,
                                 .params = params,
                                 .n_params = n};
    const struct fx_expr *x = NULL;
    struct fx_fault fault;
    enum rc rc = fx_compile(str_c(source), &opts, &s->scratch, &x, &fault);

    CHECK(rc == RC_OK || rc == RC_INVALID || rc == RC_LIMIT);
    return x && fx_has_sql(x) ? x : NULL;
}

struct fx_frame fx_stage_frame(struct fx_stage *s,
                               const struct fx_world_row *row)
{
    return (struct fx_frame){.data = &s->world.data,
                             .row = row,
                             .params = s->params,
                             .now_ms = FX_STAGE_NOW_MS,
                             .tz = s->tz,
                             .arena = &s->scratch};
}

struct fx_sql_frame fx_stage_sql_frame(const struct fx_stage *s)
{
    return (struct fx_sql_frame){.params = s->params,
                                 .now_ms = FX_STAGE_NOW_MS,
                                 .tz = s->tz,
                                 .user = s->world.user->v[0].u.i};
}
