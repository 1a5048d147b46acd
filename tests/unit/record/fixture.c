/*
 * fixture - see the header.
 */
#include "fixture.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/id.h"

static const char PACKAGE[] =
    "<package format=\"1\" id=\"t\" version=\"1.0.0\" label=\"T\">"
    "<summary>For tests.</summary></package>";

static const char SALES[] =
    "<bundle>"
    "<entity name='account' label='Account' plural='Accounts' title='name'"
    " search='name vat tags kind parent.name' owner='true'>"
    "<field name='number' type='autonumber' pattern='A-{year}-{0000}'"
    " reset='year'/>"
    "<field name='name' required='true' max='20' trim='true'/>"
    "<field name='vat' unique='true'/>"
    "<field name='email' type='email'/>"
    "<field name='parent' type='ref' to='account' tree='true'"
    " on-delete='clear'/>"
    "<field name='size' type='int' min='0' default='1 + 1'/>"
    "<field name='kind' type='choice' default='new'>"
    "<option code='new' label='Newcomer'/><option code='old' label='Veteran'/>"
    "</field>"
    "<field name='tags' type='multichoice'>"
    "<option code='a' label='Alpha'/><option code='b' label='Beta'/></field>"
    "<field name='score' type='int' readonly='true'/>"
    "<field name='credit' type='money' min='0' readonly-when='size gt 100'/>"
    "<field name='active' type='bool' default='true'/>"
    "<field name='memo' type='longtext' history='false'/>"
    "<field name='rating' type='dec' scale='2' default='1.5'/>"
    "<collection name='deals' of='deal' by='account'/>"
    "<unique fields='name kind' when=\"kind = 'old'\""
    " message='There is a veteran of that name.'/>"
    "</entity>"
    "<entity name='deal' label='Deal' plural='Deals' title='name'"
    " search='name account.name' owner='true'>"
    "<field name='name' required='true'/>"
    "<field name='account' type='ref' to='account' required='true'"
    " filter='active' inverse='all_deals'/>"
    "<field name='amount' type='money' min='0'/>"
    "<field name='closed_on' type='date' required-when=\"stage = 'won'\"/>"
    "<field name='reason'/>"
    "<field name='limit_' type='int'/>"
    "<field name='a' type='int'/><field name='b' type='int'/>"
    "<field name='c' type='int'/><field name='d' type='int'/>"
    "<status name='stage' initial='open' label='Stage'>"
    "<state code='open' label='Open'/><state code='busy' label='Busy'/>"
    "<state code='won' label='Won' kind='done'/>"
    "<state code='lost' label='Lost' kind='lost'/>"
    "<move from='open' to='busy' label='Begin'/>"
    "<move from='busy' to='won' label='Win' when='amount gt 0'"
    " require='closed_on' message='A deal is won with an amount.'/>"
    "<move from='open busy' to='lost' label='Lose' require='reason'/>"
    "</status>"
    "<check name='cheap' when=\"amount lt 10 and stage = 'won'\" field='amount'"
    " message='Ten at least.'/>"
    "<check name='big' when='amount gt 1000000' message='That is much.'"
    " level='warn'/>"
    "<check name='shrink' when='not is_new() and changed(limit_) and"
    " limit_ lt old.limit_' message='It only grows.'/>"
    "<check name='lines' at='commit' when='limit_ is not empty and"
    " sum(lines.qty) gt limit_' message='Too many lines.'/>"
    "<collection name='lines' of='line' by='deal'/>"
    "</entity>"
    "<entity name='line' label='Line' plural='Lines'>"
    "<field name='deal' type='ref' to='deal' required='true'"
    " on-delete='cascade'/>"
    "<field name='qty' type='int' default='1'/>"
    "<field name='text'/>"
    "</entity>"
    "<entity name='note' label='Note' plural='Notes'>"
    "<field name='text' required='true'/>"
    "<field name='about' type='anyref' to='account deal'/>"
    "<field name='account' type='ref' to='account' on-delete='clear'/>"
    "<field name='line' type='ref' to='line' on-delete='cascade'/>"
    "</entity>"
    "</bundle>";

/* ' for " keeps the texts above readable; " in them stays. */
static char *quoted(struct arena *a, const char *text)
{
    size_t n = strlen(text), i;
    char *p = arena_alloc(a, n + 1);

    CHECK(p != NULL);
    for (i = 0; i < n; i++)
        p[i] = text[i];
    return p;
}

static void make_user(struct world *x)
{
    struct principal who = principal_system(SOURCE_SEED);

    x->ctx.who = &who;
    if (world_create(x, "sys:user", "{'name':'Anna','admin':true}") != RC_OK)
        CHECK_CSTR(x->said, x->err.text);
    x->anna = (struct principal){.kind = PRINCIPAL_USER,
                                 .user = x->id,
                                 .is_admin = true,
                                 .may_write = true,
                                 .source = SOURCE_UI,
                                 .lang = STR_INIT("en")};
    x->ctx.who = &x->anna;
}

void world_open(struct world *x)
{
    world_open_on(x, NULL);
}

void world_open_on(struct world *x, const struct db_config *config)
{
    struct fixture_file files[] = {
        {"package.xml", PACKAGE}, {"entities/sales.xml", NULL}, {NULL, NULL}};

    memset(x, 0, sizeof *x);
    workspace_open_on(&x->w, config);
    arena_init(&x->arena, 256 << 20);
    files[1].text = quoted(&x->w.arena, SALES);
    if (workspace_put(&x->w, fixture_texts(&x->w.arena, "t", files)) != RC_OK) {
        struct buf b;

        buf_init(&b, 1 << 16);
        messages_text(&x->w.messages, &b);
        buf_addc(&b, '\0');
        CHECK_CSTR(b.p, x->w.err.text);
    }
    x->slot = model_slot_new();
    x->ctx = (struct record_ctx){
        .store = x->w.store, .slot = x->slot, .clock = &x->w.clock->clock};
    world_swap(x);
    make_user(x);
}

void world_close(struct world *x)
{
    model_slot_free(x->slot);
    arena_release(&x->arena);
    workspace_close(&x->w);
}

void world_swap(struct world *x)
{
    model_ref(x->w.model);
    model_slot_publish(x->slot, (struct model *)(uintptr_t)x->w.model);
}

const struct entity *world_entity(const struct world *x, const char *qname)
{
    const struct entity *e = model_entity(x->w.model, str_c(qname));

    CHECK(e != NULL);
    return e;
}

const char *world_id(struct world *x, int64_t id)
{
    return str_cstr(&x->arena, id_text(&x->arena, id));
}

static const struct json *parse(struct world *x, const char *fmt, va_list args)
{
    const struct json *tree = NULL;
    char text[4096];
    size_t i;

    (void)vsnprintf(text, sizeof text, fmt, args);
    for (i = 0; text[i]; i++)
        if (text[i] == '\'')
            text[i] = '"';
    if (json_parse(str_c(text), &x->arena, &tree, &x->err) != RC_OK)
        CHECK_CSTR(x->err.text, text);
    return tree;
}

void world_begin(struct world *x)
{
    record_batch_init(&x->b, &x->arena);
    issues_init(&x->issues, &x->arena);
    x->out = (struct record_result){0};
    err_clear(&x->err);
}

static struct record_item *PRINTF_LIKE(5, 0)
    add(struct world *x, enum record_op op, const char *entity, int64_t id,
        const char *fmt, va_list args)
{
    struct record_item *item =
        record_add(&x->b, x->w.model, op, world_entity(x, entity), id);

    CHECK(item != NULL);
    if (fmt)
        (void)!record_bind_json(&x->ctx, x->w.model, &x->b, item,
                                parse(x, fmt, args), &x->issues, &x->err);
    return item;
}

struct record_item *world_add(struct world *x, enum record_op op,
                              const char *entity, int64_t id, const char *json,
                              ...)
{
    struct record_item *item =
        record_add(&x->b, x->w.model, op, world_entity(x, entity), id);
    va_list args;

    CHECK(item != NULL);
    item->path = str_fmt(&x->arena, "requests.%zu.", x->b.n - 1);
    va_start(args, json);
    if (json)
        (void)!record_bind_json(&x->ctx, x->w.model, &x->b, item,
                                parse(x, json, args), &x->issues, &x->err);
    va_end(args);
    return item;
}

enum rc world_save(struct world *x)
{
    size_t i, n = 0;
    enum rc rc =
        record_save(&x->ctx, x->w.model, &x->b, &x->issues, &x->out, &x->err);

    x->said[0] = '\0';
    for (i = 0; i < x->issues.n; i++)
        n += (size_t)snprintf(x->said + n, sizeof x->said - n, "%s%.*s %.*s%s",
                              i ? "; " : "", STR_ARG(x->issues.v[i].path),
                              STR_ARG(x->issues.v[i].code),
                              x->issues.v[i].is_warning ? "?" : "");
    x->id = x->b.n ? x->b.items[0].id : 0;
    return rc;
}

enum rc world_create(struct world *x, const char *entity, const char *json, ...)
{
    va_list args;

    world_begin(x);
    va_start(args, json);
    (void)add(x, RECORD_CREATE, entity, 0, json, args);
    va_end(args);
    return world_save(x);
}

enum rc world_patch(struct world *x, const char *entity, int64_t id,
                    const char *json, ...)
{
    va_list args;

    world_begin(x);
    va_start(args, json);
    (void)add(x, RECORD_UPDATE, entity, id, json, args);
    va_end(args);
    return world_save(x);
}

enum rc world_patch_at(struct world *x, const char *entity, int64_t id,
                       int64_t if_rev, const char *json)
{
    world_begin(x);
    world_add(x, RECORD_UPDATE, entity, id, "%s", json)->if_rev = if_rev;
    x->b.items[0].path = STR("");
    return world_save(x);
}

enum rc world_delete(struct world *x, const char *entity, int64_t id)
{
    world_begin(x);
    (void)world_add(x, RECORD_DELETE, entity, id, NULL);
    x->b.items[0].path = STR("");
    return world_save(x);
}

enum rc world_restore(struct world *x, const char *entity, int64_t id)
{
    world_begin(x);
    (void)world_add(x, RECORD_RESTORE, entity, id, NULL);
    x->b.items[0].path = STR("");
    return world_save(x);
}

enum rc world_undo(struct world *x, int64_t txn, bool skip,
                   struct undo_result *out)
{
    size_t i, n = 0;
    enum rc rc;

    world_begin(x);
    rc = record_undo(&x->ctx, txn, skip, &x->arena, &x->issues, out, &x->err);
    x->said[0] = '\0';
    for (i = 0; i < x->issues.n; i++)
        n += (size_t)snprintf(x->said + n, sizeof x->said - n, "%s%.*s %.*s",
                              i ? "; " : "", STR_ARG(x->issues.v[i].path),
                              STR_ARG(x->issues.v[i].code));
    return rc;
}

struct str world_sql(struct world *x, const char *sql, ...)
{
    char text[2048], cast[2200];
    va_list args;

    va_start(args, sql);
    (void)vsnprintf(text, sizeof text, sql, args);
    va_end(args);
    (void)snprintf(cast, sizeof cast, "SELECT CAST((%s) AS TEXT)", text);
    return workspace_query(&x->w, cast);
}

const struct value *world_value(const struct world *x, size_t item,
                                const char *field)
{
    const struct field *f = entity_field(x->b.items[item].entity, str_c(field));

    CHECK(f != NULL);
    return &x->b.items[item].v[f->index];
}

const char *world_fingerprint(struct world *x)
{
    struct str all = world_sql(
        x, "SELECT (SELECT count(*) || '/' || coalesce(sum(rev),0) FROM"
           " t_account) || ' ' || (SELECT count(*) || '/' ||"
           " coalesce(sum(rev),0) FROM t_deal) || ' ' || (SELECT count(*) ||"
           " '/' || coalesce(sum(rev),0) FROM t_line) || ' ' || (SELECT"
           " count(*) || '/' || coalesce(sum(rev),0) FROM t_note) || ' txn ' ||"
           " (SELECT count(*) FROM sys_txn) || ' chg ' || (SELECT count(*) FROM"
           " sys_chg) || ' event ' || (SELECT count(*) FROM sys_event) ||"
           " ' seq ' || (SELECT coalesce(sum(value),0) FROM sys_seq) ||"
           " ' side ' || (SELECT count(*) FROM m_t_account_tags)");

    return str_cstr(&x->arena, all);
}
