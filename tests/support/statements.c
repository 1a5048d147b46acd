/* See statements.h. */
#include "support/statements.h"

#include <stdio.h>

#include "base/id.h"
#include "db/ddl.h"
#include "exchange/exchange.h"
#include "model/plan.h"
#include "model/systables.h"
#include "support/records_fixture.h"
#include "support/test.h"

enum { ANSWER_BYTES = 1 << 20 };

enum slot { USER, ACCOUNT, CONTACT, DEAL, LINE, LINK, THING, SLOTS };

struct telling {
    struct records_fixture f;
    struct twin_story *story;
    struct db_store *inner;
    int64_t ids[SLOTS];
    int64_t txn; /* of the last save */
};

/* --- saves --------------------------------------------------------------- */

struct write {
    const char *scene;
    enum record_op op;
    enum slot slot;
    const char *json; /* "@u" a user, "@a" the account, "@c" the contact, "@d"
                         the deal; NULL: no body */
    enum rc rc;
};

static const char *const ENTITIES[SLOTS] = {
    "sys:user",      "crm:account",      "crm:contact",     "crm:deal",
    "crm:deal_line", "crm:deal_contact", "every_type:thing"};

static const char ALL_TYPES[] =
    "{\"a_text\":\"It's\",\"a_longtext\":\"two\\nlines\",\"an_email\":"
    "\"a@example.com\",\"a_phone\":\"+4315551234\",\"a_url\":"
    "\"https://example.com\",\"an_int\":42,\"a_dec\":\"1.5\",\"a_percent\":"
    "\"12.5\",\"a_money\":\"1200.5 EUR\",\"a_bool\":false,\"a_date\":"
    "\"2024-02-29\",\"a_datetime\":\"2026-03-01T09:00:00Z\",\"a_choice\":"
    "\"b\",\"a_multichoice\":[\"y\",\"x\"],\"a_ref\":\"@a\",\"an_anyref\":"
    "{\"entity\":\"crm:account\",\"id\":\"@a\"},\"a_user\":\"@u\"}";

static const struct write WRITES[] = {
    {"create a user", RECORD_CREATE, USER,
     "{\"name\":\"Ann\",\"email\":\"ann@example.com\"}", RC_OK},
    {"create an account", RECORD_CREATE, ACCOUNT,
     "{\"name\":\"Acme\",\"city\":\"Graz\",\"phone\":\"+43 1 5551234\","
     "\"revenue\":\"1000 EUR\",\"employees\":12,\"owner\":\"@u\"}",
     RC_OK},
    {"create a contact", RECORD_CREATE, CONTACT,
     "{\"last_name\":\"Bea\",\"account\":\"@a\"}", RC_OK},
    {"create a deal", RECORD_CREATE, DEAL,
     "{\"name\":\"Big\",\"account\":\"@a\",\"contact\":\"@c\",\"amount\":"
     "\"5000\",\"close_on\":\"2026-05-01\",\"source\":\"web\"}",
     RC_OK},
    {"create a line", RECORD_CREATE, LINE,
     "{\"deal\":\"@d\",\"text\":\"Work\",\"quantity\":\"2.5\","
     "\"price\":\"10\"}",
     RC_OK},
    {"create a link", RECORD_CREATE, LINK,
     "{\"a\":\"@d\",\"b\":\"@c\",\"role\":null}", RC_OK},
    {"create a link twice", RECORD_CREATE, LINK, "{\"a\":\"@d\",\"b\":\"@c\"}",
     RC_CONFLICT},
    {"create every type", RECORD_CREATE, THING, ALL_TYPES, RC_OK},
    {"update every type", RECORD_UPDATE, THING,
     "{\"an_int\":43,\"a_multichoice\":[\"y\"],\"an_anyref\":null,"
     "\"a_money\":\"7 EUR\",\"a_text\":\"Other\",\"a_datetime\":null}",
     RC_OK},
    {"make a move", RECORD_UPDATE, DEAL,
     "{\"stage\":\"won\",\"closed_on\":\"2026-03-01\"}", RC_OK},
    {"delete, which a link clears", RECORD_DELETE, CONTACT, NULL, RC_OK},
    {"restore", RECORD_RESTORE, CONTACT, NULL, RC_OK},
    {"delete with what belongs to it", RECORD_DELETE, DEAL, NULL, RC_OK},
    {"delete what is still needed", RECORD_DELETE, USER, NULL, RC_INVALID},
};

static const char *filled(struct telling *t, const char *text)
{
    struct buf b;
    struct str out = STR_NONE;

    buf_init(&b, 1 << 16);
    for (; *text != '\0'; text++) {
        static const char LETTERS[] = "uacd";
        const char *at = text[0] == '@' ? strchr(LETTERS, text[1]) : NULL;
        char id[ID_TEXT_BYTES + 1];

        if (at == NULL) {
            buf_addc(&b, *text);
            continue;
        }
        text++;
        id_format(t->ids[at - LETTERS], id);
        buf_adds(&b, id);
    }
    CHECK_RC(buf_finish(&b, &t->f.arena, &out, NULL), RC_OK);
    buf_release(&b);
    return str_cstr(&t->f.arena, out);
}

static enum rc save(struct telling *t, const struct write *w,
                    struct issues *issues, struct err *err)
{
    struct record_ctx ctx = records_fixture_ctx(&t->f);
    struct record_batch batch;
    struct record_item *item;
    struct record_result result = {0, 0};
    const struct json *body = NULL;
    enum rc rc = RC_OK;

    record_batch_init(&batch, &t->f.arena);
    item = record_add(&batch, t->f.model, w->op,
                      records_fixture_entity(&t->f, ENTITIES[w->slot]),
                      w->op == RECORD_CREATE ? 0 : t->ids[w->slot]);
    CHECK(item != NULL);
    if (w->json != NULL) {
        CHECK_RC(json_parse(str_c(filled(t, w->json)), &t->f.arena, &body, err),
                 RC_OK);
        rc =
            record_bind_json(&ctx, t->f.model, &batch, item, body, issues, err);
    }
    if (rc == RC_OK)
        rc = record_save(&ctx, t->f.model, &batch, issues, &result, err);
    if (rc == RC_OK) {
        t->ids[w->slot] = batch.items[0].id;
        t->txn = result.txn;
    }
    return rc;
}

static void writes(struct telling *t)
{
    size_t i, k;

    for (i = 0; i < sizeof WRITES / sizeof WRITES[0]; i++) {
        struct issues issues;
        struct err err = ERR_INIT;
        enum rc rc;

        t->story->scene = WRITES[i].scene;
        issues_init(&issues, &t->f.arena);
        rc = save(t, &WRITES[i], &issues, &err);
        for (k = 0; rc != WRITES[i].rc && k < issues.n; k++)
            fprintf(stderr, "%.*s: %.*s\n", STR_ARG(issues.v[k].path),
                    STR_ARG(issues.v[k].message));
        if (rc != WRITES[i].rc)
            test_fail(__FILE__, __LINE__, "%s: %s: %s", WRITES[i].scene,
                      rc_name(rc), err.text);
    }
}

static void undo(struct telling *t)
{
    struct record_ctx ctx = records_fixture_ctx(&t->f);
    struct undo_result out;
    struct issues issues;
    struct err err = ERR_INIT;

    t->story->scene = "undo";
    issues_init(&issues, &t->f.arena);
    CHECK_RC(record_undo(&ctx, t->txn, false, &t->f.arena, &issues, &out, &err),
             RC_OK);
}

/* Two rows: one is found by its key, one is made, and links to the first. */
static void import(struct telling *t)
{
    static const struct str MAP =
        STR_INIT("{\"mode\":\"upsert\",\"key\":\"name\",\"columns\":{\"name\":"
                 "\"name\",\"city\":\"city\",\"parent\":{\"field\":\"parent\","
                 "\"by\":\"name\"}}}");
    struct record_ctx ctx = records_fixture_ctx(&t->f);
    const struct entity *e = records_fixture_entity(&t->f, "crm:account");
    const struct import_map *map = NULL;
    struct import_report report = {0};
    struct issues issues;
    struct err err = ERR_INIT;

    t->story->scene = "import";
    issues_init(&issues, &t->f.arena);
    CHECK_RC(
        import_map_parse(t->f.model, e, MAP, &t->f.arena, &issues, &map, &err),
        RC_OK);
    CHECK_RC(import_csv(&ctx, e, map,
                        STR("name,city,parent\nAcme,Wien,\nAcme 2,Linz,Acme\n"),
                        false, NULL, &t->f.arena, &report, &issues, &err),
             RC_OK);
    CHECK_I64(report.failed, 0);
    CHECK_I64(report.created, 1);
}

/* --- reads --------------------------------------------------------------- */

struct read {
    const char *scene, *entity;
    const char *filter, *sort, *fields, *expand;
    enum query_deleted deleted;
    bool page; /* and the one behind it */
};

static const struct read READS[] = {
    {"list", "crm:deal", "", "", "", "", QUERY_LIVE, false},
    {"list every type", "every_type:thing", "", "", "", "", QUERY_BOTH, false},
    {"list by text", "crm:account", "", "name", "name,city", "", QUERY_LIVE,
     true},
    {"list by money, nulls last", "crm:account", "", "-revenue", "name", "",
     QUERY_LIVE, true},
    {"list by state and day", "crm:deal", "", "stage,-close_on", "name", "",
     QUERY_BOTH, true},
    {"list by what a link points to", "crm:contact", "", "account", "email", "",
     QUERY_LIVE, true},
    {"list by instant", "every_type:thing", "", "-a_datetime,a_bool", "a_text",
     "", QUERY_LIVE, false},
    {"list with what links point to", "crm:deal", "", "",
     "name,account.city,account.owner.name", "account,account.owner,owner",
     QUERY_LIVE, false},
    {"list with an anyref", "every_type:thing", "", "", "a_text,an_anyref",
     "an_anyref,a_ref,a_user", QUERY_BOTH, false},
    {"list a link", "crm:deal_contact", "", "", "", "a,b", QUERY_LIVE, false},
    {"list the bin", "crm:deal", "", "", "name", "", QUERY_BIN, false},
    {"filter by state and money", "crm:deal",
     "stage in ('won','lost') and amount gt 5000", "", "name", "", QUERY_LIVE,
     false},
    {"filter by path, user and text", "crm:deal",
     "account.city = 'Graz' and owner = user.id and contains(name, 'big') and "
     "starts(account.name, 'a')",
     "", "name", "", QUERY_LIVE, false},
    {"filter by days", "crm:deal",
     "close_on lt today() + 90 days and days_between(engaged_on, close_on) gt "
     "3 and month(created_at) = 3",
     "", "name", "", QUERY_LIVE, false},
    {"filter by what belongs to it", "crm:deal",
     "sum(lines.quantity * lines.price) gt 5 and count(lines) ge 1", "", "name",
     "", QUERY_LIVE, false},
    {"filter every type", "every_type:thing",
     "a_bool = false and 'y' in a_multichoice and an_anyref is empty and "
     "a_dec * 2 le 3 and a_percent gt 1 and a_user is not empty and "
     "count(a_multichoice) gt 0 and a_money le 10 and "
     "round(a_dec / 3, 2) lt 9 and a_datetime is empty",
     "", "a_text", "", QUERY_LIVE, false},
};

static void list(struct telling *t, const struct query_spec *spec,
                 struct str *next)
{
    struct issues issues;
    struct query_ctx q = records_fixture_read(&t->f, &issues);
    const struct json *tree = NULL;
    struct str text = STR_NONE;
    struct json_w w;
    struct buf b;
    struct err err = ERR_INIT;
    enum rc rc;

    buf_init(&b, ANSWER_BYTES);
    json_w_init(&w, &b);
    rc = query_list_json(&q, spec, &w, &err);
    db_read_end(q.db);
    for (size_t i = 0; rc != RC_OK && i < issues.n; i++)
        fprintf(stderr, "%.*s: %.*s\n", STR_ARG(issues.v[i].path),
                STR_ARG(issues.v[i].message));
    if (rc != RC_OK)
        test_fail(__FILE__, __LINE__, "%s: %s", t->story->scene, err.text);
    CHECK_RC(buf_finish(&b, &t->f.arena, &text, &err), RC_OK);
    buf_release(&b);
    CHECK_RC(json_parse(text, &t->f.arena, &tree, &err), RC_OK);
    *next = json_str(json_at(tree, "next"), STR_NONE);
}

static void reads(struct telling *t)
{
    for (size_t i = 0; i < sizeof READS / sizeof READS[0]; i++) {
        const struct read *r = &READS[i];
        struct query_spec spec = {.entity =
                                      records_fixture_entity(&t->f, r->entity),
                                  .filter = str_c(r->filter),
                                  .sort = str_c(r->sort),
                                  .fields = str_c(r->fields),
                                  .expand = str_c(r->expand),
                                  .deleted = r->deleted,
                                  .limit = r->page ? 1 : 0,
                                  .count = !r->page};
        struct str next;

        t->story->scene = r->scene;
        list(t, &spec, &next);
        if (r->page && next.n > 0) {
            spec.cursor = next;
            list(t, &spec, &next);
        }
    }
}

static void aggregates(struct telling *t)
{
    static const struct {
        const char *scene, *entity, *by, *measure, *filter, *sort;
    } ALL[] = {
        {"aggregate by state", "crm:deal", "stage",
         "count(),sum(amount),avg(amount),min(amount),max(close_on)", "", ""},
        {"aggregate by month", "crm:deal", "month(close_on)",
         "sum(amount),count()", "stage ne 'lost'", "-sum(amount)"},
        {"aggregate by month of an instant", "crm:deal",
         "month(created_at),stage", "count()", "", "count()"},
        {"aggregate by a path", "crm:deal", "account.city,owner",
         "avg(probability),count(contact)", "", "account.city"},
        {"aggregate every type", "every_type:thing", "a_bool,a_choice,a_ref",
         "sum(an_int),sum(a_dec),avg(a_percent),max(a_datetime),sum(a_money)",
         "", ""},
        {"aggregate all", "crm:deal", "", "count(),sum(amount)", "", ""},
    };

    for (size_t i = 0; i < sizeof ALL / sizeof ALL[0]; i++) {
        struct issues issues;
        struct query_ctx q = records_fixture_read(&t->f, &issues);
        struct aggregate_spec spec = {
            .entity = records_fixture_entity(&t->f, ALL[i].entity),
            .by = str_c(ALL[i].by),
            .measure = str_c(ALL[i].measure),
            .filter = str_c(ALL[i].filter),
            .sort = str_c(ALL[i].sort)};
        struct json_w w;
        struct buf b;
        struct err err = ERR_INIT;
        enum rc rc;

        t->story->scene = ALL[i].scene;
        buf_init(&b, ANSWER_BYTES);
        json_w_init(&w, &b);
        rc = query_aggregate_json(&q, &spec, &w, &err);
        for (size_t k = 0; rc != RC_OK && k < issues.n; k++)
            fprintf(stderr, "%.*s: %.*s\n", STR_ARG(issues.v[k].path),
                    STR_ARG(issues.v[k].message));
        CHECK_RC(rc, RC_OK);
        buf_release(&b);
        db_read_end(q.db);
    }
}

/* One record, its history, a title, a search, a look for an import key. */
static void look(struct telling *t)
{
    struct issues issues;
    struct query_ctx q = records_fixture_read(&t->f, &issues);
    const struct entity *account = records_fixture_entity(&t->f, "crm:account");
    const struct entity *deal = records_fixture_entity(&t->f, "crm:deal");
    struct query_spec get = {
        .entity = deal, .deleted = QUERY_BOTH, .expand = STR("account")};
    struct search_spec search = {.q = STR("acme")};
    const struct value name = value_text(STR("acme"));
    struct query_record *records = NULL;
    struct str title = STR_NONE;
    struct json_w w;
    struct buf b;
    struct err err = ERR_INIT;
    int64_t rev = 0, id = 0;
    size_t n = 0;

    buf_init(&b, ANSWER_BYTES);
    json_w_init(&w, &b);
    json_arr_begin(&w);
    t->story->scene = "get";
    CHECK_RC(query_get_json(&q, &get, t->ids[DEAL], &w, &rev, &err), RC_OK);
    t->story->scene = "history";
    CHECK_RC(query_history_json(&q, deal, t->ids[DEAL], 0, &w, &err), RC_OK);
    t->story->scene = "search";
    CHECK_RC(query_search_json(&q, &search, &w, &err), RC_OK);
    t->story->scene = "title";
    CHECK_RC(query_title(&q, deal, t->ids[DEAL], &title, &err), RC_OK);
    t->story->scene = "find by a key";
    CHECK_RC(query_find_by(&q, account, entity_field(account, STR("name")),
                           &name, true, &id, &err),
             RC_OK);
    CHECK_I64(id, t->ids[ACCOUNT]);
    t->story->scene = "load";
    CHECK_RC(query_load(q.db, t->f.model, deal, &t->ids[DEAL], 1, &t->f.arena,
                        &records, &n, &err),
             RC_OK);
    CHECK_I64(n, 1);
    buf_release(&b);
    db_read_end(q.db);
}

/* --- the story ------------------------------------------------------------- */

static void add_ddl(struct telling *t, struct buf *ddl)
{
    const struct system_table *tables = NULL;
    size_t n = system_tables(&tables), i, k;
    struct plan plan;
    struct sqlb q;
    struct str text = STR_NONE;

    sqlb_init(&q, DB_POSTGRES, &t->f.arena);
    for (i = 0; i < n; i++) {
        ddl_create_table(&q, &tables[i].table);
        sqlb_lit(&q, ";\n");
        for (k = 0; k < tables[i].n_indexes; k++) {
            ddl_create_index(&q, &tables[i].indexes[k]);
            sqlb_lit(&q, ";\n");
        }
    }
    for (i = 0; i < DDL_SEARCH_STEPS; i++) {
        ddl_search_step(&q, (int)i);
        sqlb_lit(&q, ";\n");
    }
    CHECK_RC(sqlb_text(&q, &text, NULL), RC_OK);
    buf_add(ddl, text);
    sqlb_release(&q);
    CHECK_RC(plan_make(NULL, t->f.model, NULL, true, &t->f.arena, &plan, NULL),
             RC_OK);
    CHECK_RC(plan_sql(&plan, NULL, t->f.model, DB_POSTGRES, ddl, NULL), RC_OK);
}

static void tell(struct twin_story *story, enum db_dialect d, struct buf *ddl)
{
    struct telling t = {.story = story};

    records_fixture_open(&t.f);
    records_fixture_crm(&t.f);
    records_fixture_install(
        &t.f, fixture_folder(&t.f.arena, "every_type",
                             "schemas/examples/valid/every_type"));
    if (ddl != NULL)
        add_ddl(&t, ddl);
    t.inner = t.f.store;
    t.f.store = twin_open(story, t.inner, &t.f.clock.clock, d);
    writes(&t);
    undo(&t);
    import(&t);
    reads(&t);
    aggregates(&t);
    look(&t);
    db_close(t.f.store);
    t.f.store = t.inner;
    records_fixture_close(&t.f);
}

void statements_tell(struct twin_story *story, struct buf *ddl)
{
    tell(story, DB_SQLITE, NULL);
    tell(story, DB_POSTGRES, ddl);
    CHECK_I64(story->told, story->n); // not one less in the other dialect
}
