/* The planner of reads over a small CRM. */
#include <stdio.h>

#include "base/id.h"

#include "query/query.h"
#include "support/test.h"
#include "support/records_fixture.h"

enum { ANSWER_BYTES = 4 << 20 };

static struct records_fixture f;
static int64_t acme, beta, deals[6];

/* Six deals over two accounts; values and days differ, one has none. */
static void fill(void)
{
    static const char *const STAGES[] = {"won", "lost",        "engaging",
                                         "won", "prospecting", "engaging"};
    char body[512], account[12];
    int i;

    records_fixture_open(&f);
    records_fixture_crm(&f);
    acme = records_fixture_create(
        &f, "crm:account", "{\"name\":\"Acme Corporation\",\"city\":\"Graz\"}");
    beta = records_fixture_create(&f, "crm:account",
                                  "{\"name\":\"Bétatech\",\"city\":\"Linz\"}");
    for (i = 0; i < 6; i++) {
        id_format(i % 2 == 0 ? acme : beta, account);
        if (i < 5)
            snprintf(body, sizeof body,
                     "{\"name\":\"Deal %d\",\"stage\":\"%s\","
                     "\"amount\":\"%d.50\",\"account\":\"%s\","
                     "\"closed_on\":\"2026-0%d-10\"}",
                     i, STAGES[i], 100 * (i + 1), account, 1 + i % 3);
        else
            snprintf(body, sizeof body,
                     "{\"name\":\"Ärger mit Nummer\",\"stage\":\"%s\"}",
                     STAGES[i]);
        deals[i] = records_fixture_create(&f, "crm:deal", body);
    }
}

static void drop(void)
{
    records_fixture_close(&f);
}

/* The list as JSON, or the issues as "path code; ". */
static struct str list(const struct query_spec *spec)
{
    struct issues issues;
    struct query_ctx q = records_fixture_read(&f, &issues);
    struct query_spec s = *spec;
    struct buf b;
    struct json_w w;
    struct str out = STR_NONE;
    struct err err = ERR_INIT;
    enum rc rc;
    size_t i;

    if (s.entity == NULL)
        s.entity = records_fixture_entity(&f, "crm:deal");
    buf_init(&b, ANSWER_BYTES);
    json_w_init(&w, &b);
    rc = query_list_json(&q, &s, &w, &err);
    if (rc != RC_OK) {
        buf_reset(&b);
        buf_addf(&b, "%s ", rc_name(rc));
        for (i = 0; i < issues.n; i++)
            buf_addf(&b, "%.*s %.*s; ", STR_ARG(issues.v[i].path),
                     STR_ARG(issues.v[i].code));
        if (rc != RC_INVALID)
            buf_adds(&b, err.text);
    }
    CHECK_RC(buf_finish(&b, &f.arena, &out, &err), RC_OK);
    buf_release(&b);
    db_read_end(q.db);
    return out;
}

/* Names in order, "a,b,c". */
static const char *names(const struct query_spec *spec)
{
    static char text[2000];
    struct query_spec s = *spec;
    const struct json *tree = NULL, *items;
    struct str answer;
    struct err err = ERR_INIT;
    size_t i, n = 0;

    s.fields = STR("name");
    answer = list(&s);
    CHECK_RC(json_parse(answer, &f.arena, &tree, &err), RC_OK);
    if (tree == NULL)
        return "";
    items = json_at(tree, "items");
    text[0] = '\0';
    for (i = 0; items != NULL && i < items->u.array.n; i++) {
        struct str name =
            json_str(json_at(&items->u.array.v[i], "name"), STR("?"));

        n += (size_t)snprintf(text + n, sizeof text - n, "%s%.*s",
                              i > 0 ? "," : "", STR_ARG(name));
    }
    return text;
}

TEST(query, a_filter_counts_what_belongs_to_a_record)
{
    const struct entity *account;

    fill();
    account = records_fixture_entity(&f, "crm:account");
    CHECK_CSTR(names(&(struct query_spec){
                   .entity = account,
                   .filter = STR("count(deals) gt 2 and city = 'Graz'")}),
               "Acme Corporation");
    CHECK_CSTR(names(&(struct query_spec){
                   .entity = account,
                   .filter = STR("exists(deals where name = 'Deal 1')")}),
               "B\303\251tatech");
    CHECK_CSTR(names(&(struct query_spec){
                   .filter = STR("exists(account.deals where name = 'Deal 1') "
                                 "and count(stakeholders) = 0"),
                   .sort = STR("name")}),
               "Deal 1,Deal 3");
    drop();
}

TEST(query, a_filter_is_fx_over_fields_and_links)
{
    fill();
    CHECK_CSTR(
        names(&(struct query_spec){.filter = STR("stage in ('won','lost')"),
                                   .sort = STR("name")}),
        "Deal 0,Deal 1,Deal 3");
    CHECK_CSTR(names(&(struct query_spec){
                   .filter = STR("amount gt 200 and account.city = 'Linz'"),
                   .sort = STR("name")}),
               "Deal 1,Deal 3");
    CHECK_CSTR(names(&(struct query_spec){.filter = STR("account is empty"),
                                          .sort = STR("name")}),
               "Ärger mit Nummer");
    CHECK_CSTR(
        names(&(struct query_spec){.filter = STR("contains(name, 'arger')")}),
        "Ärger mit Nummer");
    drop();
}

TEST(query, order_folds_text_and_puts_nulls_first)
{
    fill();
    CHECK_CSTR(names(&(struct query_spec){.sort = STR("name")}),
               "Ärger mit Nummer,Deal 0,Deal 1,Deal 2,Deal 3,Deal 4");
    CHECK_CSTR(names(&(struct query_spec){.sort = STR("-amount")}),
               "Deal 4,Deal 3,Deal 2,Deal 1,Deal 0,Ärger mit Nummer");
    CHECK_CSTR(names(&(struct query_spec){.sort = STR("amount")}),
               "Ärger mit Nummer,Deal 0,Deal 1,Deal 2,Deal 3,Deal 4");
    /* options in their order, not by code */
    CHECK_CSTR(names(&(struct query_spec){.sort = STR("stage,name")}),
               "Deal 4,Ärger mit Nummer,Deal 2,Deal 0,Deal 3,Deal 1");
    /* a link by the title of its target */
    CHECK_CSTR(names(&(struct query_spec){.sort = STR("account,-name")}),
               "Ärger mit Nummer,Deal 4,Deal 2,Deal 0,Deal 3,Deal 1");
    drop();
}

/* Walk all pages of two; what was seen in order, and each page once. */
static void check_pages(const char *sort, const char *expected)
{
    char all[2000];
    struct str cursor = STR_NONE;
    size_t n = 0;
    int pages = 0;

    all[0] = '\0';
    do {
        struct query_spec s = {.sort = str_c(sort),
                               .fields = STR("name"),
                               .limit = 2,
                               .cursor = cursor};
        struct str answer = list(&s);
        const struct json *tree = NULL, *items;
        struct err err = ERR_INIT;
        size_t i;

        CHECK_RC(json_parse(answer, &f.arena, &tree, &err), RC_OK);
        items = tree == NULL ? NULL : json_at(tree, "items");
        CHECK(items != NULL && items->kind == JSON_ARRAY);
        if (items == NULL)
            return;
        for (i = 0; i < items->u.array.n; i++)
            n += (size_t)snprintf(
                all + n, sizeof all - n, "%s%.*s", n > 0 ? "," : "",
                STR_ARG(
                    json_str(json_at(&items->u.array.v[i], "name"), STR("?"))));
        cursor = json_str(json_at(tree, "next"), STR_NONE);
    } while (cursor.n > 0 && ++pages < 10);
    CHECK_CSTR(all, expected);
    CHECK(pages == 2);
}

TEST(query, pages_continue_without_gap_or_repetition)
{
    fill();
    check_pages("name", "Ärger mit Nummer,Deal 0,Deal 1,Deal 2,Deal 3,Deal 4");
    check_pages("-name", "Deal 4,Deal 3,Deal 2,Deal 1,Deal 0,Ärger mit Nummer");
    check_pages("amount",
                "Ärger mit Nummer,Deal 0,Deal 1,Deal 2,Deal 3,Deal 4");
    check_pages("-amount",
                "Deal 4,Deal 3,Deal 2,Deal 1,Deal 0,Ärger mit Nummer");
    check_pages("stage,name",
                "Deal 4,Ärger mit Nummer,Deal 2,Deal 0,Deal 3,Deal 1");
    check_pages("-account,name",
                "Deal 1,Deal 3,Deal 0,Deal 2,Deal 4,Ärger mit Nummer");
    check_pages("-closed_on",
                "Deal 2,Deal 4,Deal 1,Deal 3,Deal 0,Ärger mit Nummer");
    check_pages("", "Deal 0,Deal 1,Deal 2,Deal 3,Deal 4,Ärger mit Nummer");
    drop();
}

TEST(query, a_cursor_fits_its_query_alone)
{
    struct query_spec s = {.sort = STR("name"), .limit = 2};
    const struct json *tree = NULL;
    struct err err = ERR_INIT;
    struct str cursor;

    fill();
    CHECK_RC(json_parse(list(&s), &f.arena, &tree, &err), RC_OK);
    cursor = json_str(json_at(tree, "next"), STR_NONE);
    CHECK(str_starts(cursor, STR("c1.")));
    s.cursor = cursor;
    s.sort = STR("-name");
    CHECK_STR(list(&s), "INVALID cursor invalid_cursor; ");
    s.sort = STR("name");
    s.filter = STR("amount gt 3");
    CHECK_STR(list(&s), "INVALID cursor invalid_cursor; ");
    s.filter = STR_NONE;
    s.cursor = STR("c1.AAAA");
    CHECK_STR(list(&s), "INVALID cursor invalid_cursor; ");
    s.cursor = STR("x");
    CHECK_STR(list(&s), "INVALID cursor invalid_cursor; ");
    drop();
}

TEST(query, what_is_unknown_is_said_all_at_once)
{
    fill();
    CHECK_STR(list(&(struct query_spec){.fields = STR("nmae,acount"),
                                        .sort = STR("prise"),
                                        .expand = STR("name,owner"),
                                        .filter = STR("stge = 'won'"),
                                        .limit = 500}),
              "INVALID limit out_of_range; fields unknown_field; fields "
              "unknown_field; expand not_a_link; sort unknown_field; filter "
              "invalid_fx; ");
    CHECK_STR(list(&(struct query_spec){.sort = STR("name,stage,amount,id")}),
              "INVALID sort too_many; ");
    CHECK_STR(list(&(struct query_spec){.sort = STR("note")}),
              "INVALID sort not_sortable; ");
    CHECK_STR(list(&(struct query_spec){.fields = STR("name.city")}),
              "INVALID fields not_a_link; ");
    CHECK_STR(list(&(struct query_spec){.fields = STR("account..city")}),
              "INVALID fields unknown_field; ");
    drop();
}

TEST(query, an_expansion_carries_title_and_named_fields)
{
    struct str answer;

    fill();
    answer = list(&(struct query_spec){.filter = STR("name = 'Deal 1'"),
                                       .fields = STR("name,account.city"),
                                       .expand = STR("account")});
    CHECK(str_find(answer, STR("\"_title\":\"Bétatech\"")) > 0);
    CHECK(str_find(answer, STR("\"city\":\"Linz\"")) > 0);
    answer = list(&(struct query_spec){.filter = STR("account is empty"),
                                       .fields = STR("name"),
                                       .expand = STR("account")});
    CHECK(str_find(answer, STR("\"_expand\":{\"account\":null}")) > 0);
    drop();
}

TEST(query, a_count_is_exact_while_it_is_small)
{
    struct str answer;

    fill();
    answer = list(
        &(struct query_spec){.fields = STR("name"), .limit = 1, .count = true});
    CHECK(str_find(answer, STR("\"count\":{\"value\":6,\"exact\":true}")) > 0);
    drop();
}

TEST(query, nobody_sees_nothing)
{
    fill();
    f.who = (struct principal){.kind = PRINCIPAL_NOBODY};
    CHECK(str_starts(list(&(struct query_spec){.fields = STR("name")}),
                     STR("NOTFOUND")));
    f.who = principal_system(SOURCE_API);
    drop();
}

/* --- aggregates -------------------------------------------------------------------- */

static struct str groups(const struct aggregate_spec *spec)
{
    struct issues issues;
    struct query_ctx q = records_fixture_read(&f, &issues);
    struct aggregate_spec s = *spec;
    struct buf b;
    struct json_w w;
    struct str out = STR_NONE;
    struct err err = ERR_INIT;
    enum rc rc;
    size_t i;

    s.entity = records_fixture_entity(&f, "crm:deal");
    buf_init(&b, ANSWER_BYTES);
    json_w_init(&w, &b);
    rc = query_aggregate_json(&q, &s, &w, &err);
    if (rc != RC_OK) {
        buf_reset(&b);
        buf_addf(&b, "%s ", rc_name(rc));
        for (i = 0; i < issues.n; i++)
            buf_addf(&b, "%.*s %.*s; ", STR_ARG(issues.v[i].path),
                     STR_ARG(issues.v[i].code));
        if (rc != RC_INVALID)
            buf_adds(&b, err.text);
    }
    CHECK_RC(buf_finish(&b, &f.arena, &out, &err), RC_OK);
    buf_release(&b);
    db_read_end(q.db);
    return out;
}

TEST(query, groups_and_measures_are_exact)
{
    fill();
    CHECK_STR(
        groups(
            &(struct aggregate_spec){.by = STR("stage"),
                                     .measure = STR("sum(amount),count()"),
                                     .filter = STR("stage in ('won','lost')"),
                                     .sort = STR("-count()")}),
        "{\"items\":[{\"stage\":\"won\",\"sum(amount)\":{\"amount\":\"501.00\","
        "\"currency\":\"EUR\"},\"count()\":2},{\"stage\":\"lost\","
        "\"sum(amount)\":{\"amount\":\"200.50\",\"currency\":\"EUR\"},"
        "\"count()\":1}],\"next\":null}");
    CHECK_STR(groups(&(struct aggregate_spec){.by = STR("month(closed_on)"),
                                              .measure = STR("count()")}),
              "{\"items\":[{\"month(closed_on)\":null,\"count()\":1},"
              "{\"month(closed_on)\":\"2026-01\",\"count()\":2},"
              "{\"month(closed_on)\":\"2026-02\",\"count()\":2},"
              "{\"month(closed_on)\":\"2026-03\",\"count()\":1}],"
              "\"next\":null}");
    CHECK_STR(groups(&(struct aggregate_spec){
                  .measure = STR("avg(amount),min(amount),max(closed_on)")}),
              "{\"items\":[{\"avg(amount)\":{\"amount\":\"300.50\","
              "\"currency\":\"EUR\"},\"min(amount)\":{\"amount\":\"100.50\","
              "\"currency\":\"EUR\"},\"max(closed_on)\":\"2026-03-10\"}],"
              "\"next\":null}");
    drop();
}

TEST(query, groups_refuse_what_has_no_sense)
{
    fill();
    CHECK_STR(groups(&(struct aggregate_spec){
                  .by = STR("note,mnth(closed_on),month(name)"),
                  .measure = STR("sum(name),median(amount),max(stage)")}),
              "INVALID by not_groupable; by unknown_part; by no_date; measure "
              "not_a_number; measure unknown_measure; measure no_order; ");
    CHECK_STR(groups(&(struct aggregate_spec){.by = STR("stage"),
                                              .sort = STR("amount")}),
              "INVALID sort unknown_key; ");
    drop();
}

/* --- search, history, keys ------------------------------------------------------------ */

static struct str search(const char *text)
{
    struct issues issues;
    struct query_ctx q = records_fixture_read(&f, &issues);
    struct search_spec s = {.q = str_c(text)};
    struct buf b;
    struct json_w w;
    struct str out = STR_NONE;
    struct err err = ERR_INIT;

    buf_init(&b, ANSWER_BYTES);
    json_w_init(&w, &b);
    CHECK_RC(query_search_json(&q, &s, &w, &err), RC_OK);
    CHECK_RC(buf_finish(&b, &f.arena, &out, &err), RC_OK);
    buf_release(&b);
    db_read_end(q.db);
    return out;
}

TEST(query, search_finds_prefixes_parts_and_words_without_accents)
{
    fill();
    CHECK(str_find(search("betat"), STR("\"title\":\"Bétatech\"")) > 0);
    CHECK(str_find(search("tatec"), STR("\"title\":\"Bétatech\"")) > 0);
    CHECK(str_find(search("ARGER"), STR("\"title\":\"Ärger mit Nummer\"")) > 0);
    CHECK(str_find(search("acme corp"), STR("\"entity\":\"crm:account\"")) > 0);
    CHECK_STR(search(""), "{\"items\":[],\"next\":null}");
    CHECK_STR(search("\"*) OR NEAR("), "{\"items\":[],\"next\":null}");
    CHECK_STR(search("zebra"), "{\"items\":[],\"next\":null}");
    drop();
}

TEST(query, history_says_from_and_to_newest_first)
{
    struct issues issues;
    struct query_ctx q;
    struct buf b;
    struct json_w w;
    struct err err = ERR_INIT;

    fill();
    CHECK_RC(records_fixture_update(&f, "crm:deal", deals[2],
                                    "{\"amount\":\"7.00\"}"),
             RC_OK);
    CHECK_RC(
        records_fixture_update(&f, "crm:deal", deals[2],
                               "{\"amount\":\"8.00\",\"name\":\"Deal two\"}"),
        RC_OK);
    q = records_fixture_read(&f, &issues);
    buf_init(&b, ANSWER_BYTES);
    json_w_init(&w, &b);
    CHECK_RC(query_history_json(&q, records_fixture_entity(&f, "crm:deal"),
                                deals[2], 0, &w, &err),
             RC_OK);
    CHECK(str_find(buf_view(&b),
                   STR("\"field\":\"amount\",\"from\":{\"amount\":\"7.00\","
                       "\"currency\":\"EUR\"},\"to\":{\"amount\":\"8.00\","
                       "\"currency\":\"EUR\"}")) > 0);
    CHECK(str_find(buf_view(&b), STR("\"from\":{\"amount\":\"300.50\","
                                     "\"currency\":\"EUR\"},\"to\":{"
                                     "\"amount\":\"7.00\"")) > 0);
    CHECK(str_find(buf_view(&b), STR("\"op\":\"create\"")) > 0);
    buf_reset(&b);
    json_w_init(&w, &b);
    CHECK_RC(query_history_json(&q, records_fixture_entity(&f, "crm:deal"),
                                12345, 0, &w, &err),
             RC_NOTFOUND);
    buf_release(&b);
    db_read_end(q.db);
    drop();
}

TEST(query, a_key_finds_one_record_folded_or_exact)
{
    struct issues issues;
    struct query_ctx q;
    struct value v = value_text(STR("betatech"));
    const struct entity *e;
    struct err err = ERR_INIT;
    int64_t id = 0;

    fill();
    q = records_fixture_read(&f, &issues);
    e = records_fixture_entity(&f, "crm:account");
    CHECK_RC(
        query_find_by(&q, e, entity_field(e, STR("name")), &v, true, &id, &err),
        RC_OK);
    CHECK_I64(id, beta);
    CHECK_RC(query_find_by(&q, e, entity_field(e, STR("name")), &v, false, &id,
                           &err),
             RC_OK);
    CHECK_I64(id, 0);
    db_read_end(q.db);
    drop();
}
