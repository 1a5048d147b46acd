/*
 * Every field type from JSON through the pipeline and the planner back to JSON,
 * and through CSV out and in again; what each refuses, by its code; odd texts.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/id.h"
#include "exchange/exchange.h"
#include "support/records_fixture.h"
#include "support/test.h"

enum { ANSWER_BYTES = 8 << 20 };

static const char THING[] =
    "<bundle><entity name='thing' label='Thing'>"
    "<field name='name'/>"
    "<field name='a_text' max='80' min='2' trim='true'/>"
    "<field name='odd' max='2000'/>"
    "<field name='a_longtext' type='longtext' max='4000'/>"
    "<field name='an_email' type='email'/>"
    "<field name='a_phone' type='phone' country='AT'/>"
    "<field name='a_url' type='url'/>"
    "<field name='an_int' type='int' min='-5' max='1000'/>"
    "<field name='big' type='int'/>"
    "<field name='a_dec' type='dec' scale='3'/>"
    "<field name='a_percent' type='percent' max='100'/>"
    "<field name='a_money' type='money' min='0'/>"
    "<field name='a_bool' type='bool'/>"
    "<field name='a_date' type='date' max='2100-01-01'/>"
    "<field name='a_datetime' type='datetime'/>"
    "<field name='a_choice' type='choice'><option code='a' label='A'/>"
    "<option code='b' label='B'/></field>"
    "<field name='an_open' type='choice' open='true'>"
    "<option code='a' label='A'/></field>"
    "<field name='a_multichoice' type='multichoice'><option code='x' "
    "label='X'/><option code='y' label='Y'/></field>"
    "<field name='a_ref' type='ref' to='thing'/>"
    "<field name='an_anyref' type='anyref' to='thing sys:user'/>"
    "<field name='a_user' type='user'/>"
    "<field name='a_number' type='autonumber' pattern='T-{0000}'/>"
    "<field name='a_file' type='file'/>"
    "<status name='a_status' label='State' initial='one'>"
    "<state code='one' label='One'/><state code='two' label='Two'/>"
    "<move from='one' to='two' label='Go'/></status>"
    "</entity></bundle>";

static struct records_fixture f;

static void open_things(void)
{
    struct fixture_file files[] = {
        {"package.xml", "<package format='1' id='rt' version='1.0.0' "
                        "label='Round trip'/>"},
        {"thing.xml", THING},
        {NULL, NULL}};

    records_fixture_open(&f);
    records_fixture_install(&f, fixture_texts(&f.arena, "rt", files));
}

static const struct entity *thing(void)
{
    return records_fixture_entity(&f, "rt:thing");
}

/* Create from a body; the code of the first issue, or "". */
static const char *create(struct str body, int64_t *id)
{
    struct record_ctx ctx = records_fixture_ctx(&f);
    struct record_batch batch;
    struct record_item *item;
    struct record_result result = {0, 0};
    const struct json *tree = NULL;
    struct issues issues;
    struct err err = ERR_INIT;
    enum rc rc = json_parse(body, &f.arena, &tree, &err);

    if (rc != RC_OK)
        return rc_name(rc);
    issues_init(&issues, &f.arena);
    record_batch_init(&batch, &f.arena);
    item = record_add(&batch, f.model, RECORD_CREATE, thing(), 0);
    CHECK(item != NULL);
    rc = record_bind_json(&ctx, f.model, &batch, item, tree, &issues, &err);
    if (rc == RC_OK)
        rc = record_save(&ctx, f.model, &batch, &issues, &result, &err);
    if (rc != RC_OK && issues.n == 0)
        return rc_name(rc);
    if (rc != RC_OK)
        return str_cstr(&f.arena, issues.v[0].code);
    *id = batch.items[0].id;
    return "";
}

/* The value of one field as JSON. */
static struct str value_of(int64_t id, const char *field)
{
    struct issues issues;
    struct query_ctx q = records_fixture_read(&f, &issues);
    struct query_spec spec = {.entity = thing(), .fields = str_c(field)};
    const struct json *tree = NULL, *v;
    struct str whole = STR_NONE, out = STR_NONE;
    struct buf b;
    struct json_w w;
    int64_t rev = 0;
    struct err err = ERR_INIT;

    buf_init(&b, ANSWER_BYTES);
    json_w_init(&w, &b);
    CHECK_RC(query_get_json(&q, &spec, id, &w, &rev, &err), RC_OK);
    CHECK_RC(json_w_finish(&w, &err), RC_OK);
    CHECK_RC(buf_finish(&b, &f.arena, &whole, &err), RC_OK);
    db_read_end(q.db);
    CHECK_RC(json_parse(whole, &f.arena, &tree, &err), RC_OK);
    v = json_get(tree, str_c(field));
    CHECK(v != NULL);
    buf_reset(&b);
    json_w_init(&w, &b);
    json_w_tree(&w, v);
    CHECK_RC(json_w_finish(&w, &err), RC_OK);
    CHECK_RC(buf_finish(&b, &f.arena, &out, &err), RC_OK);
    buf_release(&b);
    return out;
}

static enum rc take(void *arg, struct str bytes, struct err *err)
{
    (void)err;
    buf_add(arg, bytes);
    return RC_OK;
}

/* The record as CSV of one field and its name; then back in as another. */
static int64_t through_csv(int64_t id, const char *field)
{
    struct issues issues;
    struct query_ctx q = records_fixture_read(&f, &issues);
    struct record_ctx ctx = records_fixture_ctx(&f);
    struct query_spec spec = {.entity = thing(),
                              .fields = str_fmt(&f.arena, "name,%s", field),
                              .ids = &id,
                              .n_ids = 1};
    const struct import_map *map = NULL;
    struct import_report report = {0};
    struct str csv = STR_NONE;
    struct buf b;
    int64_t copy = 0;
    struct err err = ERR_INIT;
    struct db_stmt *st = NULL;

    buf_init(&b, ANSWER_BYTES);
    CHECK_RC(export_records(&q, &spec, EXPORT_CSV, take, &b, &err), RC_OK);
    db_read_end(q.db);
    CHECK_RC(buf_finish(&b, &f.arena, &csv, &err), RC_OK);
    buf_release(&b);
    /* its id is its own */
    CHECK_RC(import_map_parse(f.model, thing(),
                              str_fmt(&f.arena,
                                      "{\"mode\":\"create\",\"columns\":{"
                                      "\"name\":\"name\",\"%s\":\"%s\"}}",
                                      field, field),
                              &f.arena, &issues, &map, &err),
             RC_OK);
    CHECK_RC(import_csv(&ctx, thing(), map, csv, false, NULL, &f.arena, &report,
                        &issues, &err),
             RC_OK);
    if (report.created != 1)
        fprintf(stderr, "%.*s%.*s\n", STR_ARG(csv),
                STR_ARG(report.n_issues ? report.issues[0].message : STR("")));
    CHECK_I64(report.created, 1);
    q = records_fixture_read(&f, &issues);
    CHECK_RC(db_prepare(q.db, STR("SELECT max(id) FROM rt_thing"), &st, &err),
             RC_OK);
    CHECK_RC(db_step_row(st, &err), RC_OK);
    copy = db_col_i64(st, 0);
    db_stmt_release(st);
    db_read_end(q.db);
    CHECK(copy != id);
    return copy;
}

static struct str body_of(const char *field, const char *json)
{
    return str_fmt(&f.arena, "{\"name\":\"N\",\"%s\":%s}", field, json);
}

/* ---- what comes back ---------------------------------------------------------- */

static const struct {
    const char *field, *in, *out; /* out NULL: as it went in */
} KEPT[] = {
    {"a_text", "\"  Gr\xc3\xbc\xc3\x9f dich  \"",
     "\"Gr\xc3\xbc\xc3\x9f dich\""},
    {"a_text", "\"\"", "null"},
    {"a_text", "null", NULL},
    {"a_longtext", "\"one\\ntwo\\r\\n\\tthree \"", NULL},
    {"a_longtext", "\"\"", "null"},
    {"an_email", "\"Ada.L@Example.COM\"", "\"ada.l@example.com\""},
    {"a_phone", "\"01 / 555-12 34\"", "\"+4315551234\""},
    {"a_phone", "\"0044 20 7946 0958\"", "\"+442079460958\""},
    {"a_url", "\"Example.com/Path?q=1\"", "\"https://example.com/Path?q=1\""},
    {"a_url", "\"HTTP://EXAMPLE.com\"", "\"http://example.com\""},
    {"an_int", "0", NULL},
    {"an_int", "-5", NULL},
    {"an_int", "1000", NULL},
    {"big", "9007199254740991", NULL},
    {"big", "-9007199254740991", NULL},
    {"a_dec", "12.5", "\"12.500\""},
    {"a_dec", "\"-0.001\"", NULL},
    {"a_dec", "\"12.50\"", "\"12.500\""},
    {"a_percent", "\"99.5\"", "\"99.50\""},
    {"a_money", "\"1200.00\"", "{\"amount\":\"1200.00\",\"currency\":\"EUR\"}"},
    {"a_money", "\"7 USD\"", "{\"amount\":\"7.00\",\"currency\":\"USD\"}"},
    {"a_money", "{\"amount\":\"0.01\",\"currency\":\"EUR\"}", NULL},
    {"a_bool", "true", NULL},
    {"a_bool", "false", NULL},
    {"a_date", "\"2024-02-29\"", NULL},
    {"a_date", "\"2100-01-01\"", NULL},
    {"a_datetime", "\"2026-03-01T09:00:00+01:00\"",
     "\"2026-03-01T08:00:00.000Z\""},
    {"a_datetime", "\"2026-03-01T08:00:00.123Z\"", NULL},
    {"a_choice", "\"b\"", NULL},
    {"an_open", "\"new_one\"", NULL},
    {"a_multichoice", "[\"x\",\"y\"]", NULL},
    {"a_multichoice", "[\"y\"]", NULL},
};

TEST(field, every_value_comes_back_from_json_and_from_csv)
{
    size_t i;

    open_things();
    for (i = 0; i < sizeof KEPT / sizeof KEPT[0]; i++) {
        const char *want = KEPT[i].out ? KEPT[i].out : KEPT[i].in;
        int64_t id = 0;

        CHECK_CSTR(create(body_of(KEPT[i].field, KEPT[i].in), &id), "");
        CHECK_STR(value_of(id, KEPT[i].field), want);
        CHECK_STR(value_of(through_csv(id, KEPT[i].field), KEPT[i].field),
                  want);
    }
    records_fixture_close(&f);
}

TEST(field, what_points_comes_back_and_what_is_gone_is_refused)
{
    char id[12] = "", body[200];
    int64_t target = 0, made = 0;

    open_things();
    CHECK_CSTR(create(STR("{\"name\":\"Target\"}"), &target), "");
    id_format(target, id);
    snprintf(body, sizeof body, "\"%s\"", id);
    CHECK_CSTR(create(body_of("a_ref", body), &made), "");
    CHECK_STR(value_of(made, "a_ref"), body);
    CHECK_STR(value_of(through_csv(made, "a_ref"), "a_ref"), body);
    snprintf(body, sizeof body, "{\"entity\":\"rt:thing\",\"id\":\"%s\"}", id);
    CHECK_CSTR(create(body_of("an_anyref", body), &made), "");
    CHECK_STR(value_of(made, "an_anyref"), body);
    CHECK_CSTR(create(body_of("a_ref", "\"0zzzzzzzzzz\""), &made), "not_found");
    CHECK_CSTR(create(body_of("a_user", "\"0zzzzzzzzzz\""), &made),
               "not_found");
    CHECK_CSTR(create(body_of("a_file", "\"0zzzzzzzzzz\""), &made),
               "not_found");
    records_fixture_close(&f);
}

TEST(field, numbers_and_states_begin_by_themselves)
{
    int64_t id = 0;

    open_things();
    CHECK_CSTR(create(STR("{\"name\":\"A\"}"), &id), "");
    CHECK_STR(value_of(id, "a_number"), "\"T-0001\"");
    CHECK_STR(value_of(id, "a_status"), "\"one\"");
    CHECK_CSTR(create(STR("{\"name\":\"B\"}"), &id), "");
    CHECK_STR(value_of(id, "a_number"), "\"T-0002\"");
    records_fixture_close(&f);
}

/* ---- what is refused ------------------------------------------------------------ */

static const char *const FIELDS[] = {
    "a_text",    "a_longtext", "an_email",  "a_phone",       "a_url",
    "an_int",    "a_dec",      "a_percent", "a_money",       "a_bool",
    "a_date",    "a_datetime", "a_choice",  "a_multichoice", "a_ref",
    "an_anyref", "a_user",     "a_number",  "a_file",        "a_status"};

/* No type takes these, whatever it says to them. */
static const char *const NONSENSE[] = {"{}",
                                       "[[]]",
                                       "{\"a\":{\"b\":[1]}}",
                                       "[null]",
                                       "[1,2,3]",
                                       "1e400",
                                       "-1e400",
                                       "[\"\\u0000\"]",
                                       "{\"amount\":[]}",
                                       "{\"entity\":1,\"id\":2}",
                                       "\"a\\u0000b\""};

TEST(field, no_type_takes_what_is_no_value_of_it)
{
    size_t i, k;
    int64_t id = 0;

    open_things();
    for (i = 0; i < sizeof FIELDS / sizeof FIELDS[0]; i++)
        for (k = 0; k < sizeof NONSENSE / sizeof NONSENSE[0]; k++) {
            const char *code = create(body_of(FIELDS[i], NONSENSE[k]), &id);

            if (*code == '\0')
                fprintf(stderr, "%s took %s\n", FIELDS[i], NONSENSE[k]);
            CHECK(*code != '\0');
        }
    records_fixture_close(&f);
}

static const struct {
    const char *field, *in, *code;
} REFUSED[] = {
    {"a_text", "\"x\"", "too_short"},
    {"an_email", "\"nobody\"", "invalid_email"},
    {"an_email", "\"a@b\"", "invalid_email"},
    {"an_email", "\"a b@example.com\"", "invalid_email"},
    {"an_email", "\"a@example.com\\nBcc: b@example.com\"", "invalid_email"},
    {"a_phone", "\"call me\"", "invalid_phone"},
    {"a_phone", "\"+0123456789\"", "invalid_phone"},
    {"a_phone", "\"+1234567890123456\"", "invalid_phone"},
    {"a_url", "\"javascript:alert(1)\"", "invalid_url"},
    {"a_url", "\"javascript://%0aalert(1)\"", "invalid_url"},
    {"a_url", "\"ftp://example.com\"", "invalid_url"},
    {"a_url", "\"https://exa mple.com\"", "invalid_url"},
    {"an_int", "1001", NULL},
    {"an_int", "-6", NULL},
    {"an_int", "1.5", NULL},
    {"an_int", "\"many\"", NULL},
    {"big", "9007199254740992", NULL},
    {"big", "9223372036854775808", NULL},
    {"a_dec", "\"1.2345\"", NULL},
    {"a_dec", "\"99999999999999999999\"", NULL},
    {"a_percent", "\"100.01\"", NULL},
    {"a_money", "\"-1\"", NULL},
    {"a_money", "\"1 XXQ\"", NULL},
    {"a_bool", "\"perhaps\"", NULL},
    {"a_date", "\"2023-02-29\"", NULL},
    {"a_date", "\"2100-01-02\"", NULL},
    {"a_date", "\"29.02.2024\"", NULL},
    {"a_datetime", "\"2026-13-01T00:00:00Z\"", NULL},
    {"a_datetime", "\"tomorrow\"", NULL},
    {"a_choice", "\"c\"", NULL},
    {"a_multichoice", "[\"x\",\"z\"]", NULL},
    {"a_status", "\"three\"", NULL},
    {"no_such", "1", "unknown_field"},
};

TEST(field, what_does_not_fit_is_refused_with_its_code)
{
    size_t i;
    int64_t id = 0;

    open_things();
    for (i = 0; i < sizeof REFUSED / sizeof REFUSED[0]; i++) {
        const char *code =
            create(body_of(REFUSED[i].field, REFUSED[i].in), &id);

        if (*code == '\0')
            fprintf(stderr, "%s took %s\n", REFUSED[i].field, REFUSED[i].in);
        CHECK(*code != '\0');
        if (REFUSED[i].code)
            CHECK_CSTR(code, REFUSED[i].code);
    }
    records_fixture_close(&f);
}

/* ---- odd texts -------------------------------------------------------------------- */

/* Accepted and then the same when it goes in again, or refused. */
static void check_settles(const char *field, struct str json)
{
    const char *in = str_cstr(&f.arena, json);
    int64_t id = 0;

    if (*create(body_of(field, in), &id) == '\0') {
        struct str once = value_of(id, field);

        CHECK_CSTR(create(body_of(field, str_cstr(&f.arena, once)), &id), "");
        CHECK_STR(value_of(id, field), str_cstr(&f.arena, once));
    }
}

TEST(field, odd_texts_come_back_byte_for_byte)
{
    size_t n = 0, i;
    char *text = test_read("tests/fixtures/naughty.json", &n);
    const struct json *list = NULL;
    struct err err = ERR_INIT;

    open_things();
    CHECK_RC(json_parse(str_of(text, n), &f.arena, &list, &err), RC_OK);
    CHECK(list != NULL && list->kind == JSON_ARRAY && list->u.array.n > 100);
    for (i = 0; i < list->u.array.n; i++) {
        struct buf b;
        struct json_w w;
        struct str json = STR_NONE;
        const char *want;
        int64_t id = 0;

        buf_init(&b, 1 << 16);
        json_w_init(&w, &b);
        json_w_str(&w, list->u.array.v[i].u.s);
        CHECK_RC(buf_finish(&b, &f.arena, &json, &err), RC_OK);
        buf_release(&b);
        want = json.n == 2 ? "null" : str_cstr(&f.arena, json);
        CHECK_CSTR(create(body_of("odd", str_cstr(&f.arena, json)), &id), "");
        CHECK_STR(value_of(id, "odd"), want);
        CHECK_STR(value_of(through_csv(id, "odd"), "odd"), want);
        CHECK_CSTR(create(body_of("a_longtext", str_cstr(&f.arena, json)), &id),
                   "");
        CHECK_STR(value_of(id, "a_longtext"), want);
        check_settles("an_email", json);
        check_settles("a_phone", json);
        check_settles("a_url", json);
        check_settles("an_open", json);
    }
    free(text);
    records_fixture_close(&f);
}
