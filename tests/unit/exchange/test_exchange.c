/* Imports with a map, row by row verdicts, and files that come back. */
#include <stdio.h>
#include <stdlib.h>

#include "base/id.h"
#include "exchange/exchange.h"
#include "support/test.h"
#include "support/records_fixture.h"

static struct records_fixture f;
static struct import_report report;
static struct issues issues;

static enum rc import(const char *entity, const char *map_text, const char *csv,
                      bool dry_run)
{
    struct record_ctx ctx = records_fixture_ctx(&f);
    const struct entity *e = records_fixture_entity(&f, entity);
    const struct import_map *map = NULL;
    struct err err = ERR_INIT;
    enum rc rc;

    issues_init(&issues, &f.arena);
    report = (struct import_report){0};
    rc = import_map_parse(f.model, e, str_c(map_text), &f.arena, &issues, &map,
                          &err);
    if (rc == RC_OK)
        rc = import_csv(&ctx, e, map, str_c(csv), dry_run, NULL, &f.arena,
                        &report, &issues, &err);
    return rc;
}

static void check_counts(int64_t rows, int64_t created, int64_t updated,
                         int64_t unchanged, int64_t failed)
{
    CHECK_I64(report.rows, rows);
    CHECK_I64(report.created, created);
    CHECK_I64(report.updated, updated);
    CHECK_I64(report.unchanged, unchanged);
    CHECK_I64(report.failed, failed);
}

static const char *issue(size_t i)
{
    static char text[400];

    if (i >= report.n_issues)
        return "";
    snprintf(text, sizeof text, "%lld %.*s %.*s %.*s",
             (long long)report.issues[i].line, STR_ARG(report.issues[i].column),
             STR_ARG(report.issues[i].code), STR_ARG(report.issues[i].value));
    return text;
}

static enum rc append(void *arg, struct str bytes, struct err *err)
{
    (void)err;
    buf_add(arg, bytes);
    return RC_OK;
}

static struct str export(const char *entity, const char *fields,
                         enum export_format format)
{
    struct issues is;
    struct query_ctx q = records_fixture_read(&f, &is);
    struct query_spec spec = {.entity = records_fixture_entity(&f, entity),
                              .sort = STR("id"),
                              .fields = str_c(fields)};
    struct buf b;
    struct str out = STR_NONE;
    struct err err = ERR_INIT;

    buf_init(&b, 1 << 20);
    CHECK_RC(export_records(&q, &spec, format, append, &b, &err), RC_OK);
    CHECK_RC(buf_finish(&b, &f.arena, &out, &err), RC_OK);
    buf_release(&b);
    db_read_end(q.db);
    return out;
}

static void open_crm(void)
{
    records_fixture_open(&f);
    records_fixture_crm(&f);
}

static const char ACCOUNTS[] =
    "{\"mode\":\"upsert\",\"key\":\"name\",\"set\":{\"kind\":\"partner\"},"
    "\"columns\":{\"account\":\"name\",\"employees\":\"employees\","
    "\"subsidiary_of\":{\"field\":\"parent\",\"by\":\"name\"}}}";

TEST(exchange, a_link_to_a_later_row_resolves)
{
    open_crm();
    CHECK_RC(import("crm:account", ACCOUNTS,
                    "account,employees,subsidiary_of\n"
                    "Child,10,Mother\nMother,200,\nOrphan,1,Nobody\n",
                    false),
             RC_OK);
    check_counts(3, 2, 0, 0, 1);
    CHECK_CSTR(issue(0), "4 subsidiary_of not_found Nobody");
    CHECK_STR(report.error_csv,
              "account,employees,subsidiary_of,_line,_error\n"
              "Orphan,1,Nobody,4,\"There is no crm:account with name "
              "\"\"Nobody\"\".\"\n");
    CHECK(str_find(export("crm:account", "name,parent.name,kind", EXPORT_CSV),
                   STR("Child,Mother,partner")) > 0);
    records_fixture_close(&f);
}

TEST(exchange, the_error_file_imports_once_it_is_mended)
{
    open_crm();
    CHECK_RC(import("crm:account", ACCOUNTS,
                    "account,employees,subsidiary_of\nA,many,\nB,2,\n", false),
             RC_OK);
    check_counts(2, 1, 0, 0, 1);
    CHECK_CSTR(issue(0), "2 employees invalid_number many");
    CHECK_RC(import("crm:account", ACCOUNTS,
                    "account,employees,subsidiary_of,_line,_error\n"
                    "A,12,,2,This is no whole number.\n",
                    false),
             RC_OK);
    check_counts(1, 1, 0, 0, 0);
    records_fixture_close(&f);
}

TEST(exchange, an_upsert_finds_by_key_and_tells_what_changed)
{
    open_crm();
    CHECK_RC(import("crm:account", ACCOUNTS,
                    "account,employees,subsidiary_of\nA,1,\nB,2,\n", false),
             RC_OK);
    CHECK_RC(import("crm:account", ACCOUNTS,
                    "account,employees,subsidiary_of\nA,1,\nb,3,\nC,4,\nC,5,\n",
                    false),
             RC_OK);
    check_counts(4, 1, 2, 1, 0);
    records_fixture_close(&f);
}

TEST(exchange, rows_about_one_record_follow_each_other)
{
    open_crm();
    CHECK_RC(import("crm:account", ACCOUNTS,
                    "account,employees,subsidiary_of\nA,1,\nA,1,\nA,2,\na,3,\n"
                    "A,3,\n",
                    false),
             RC_OK);
    check_counts(5, 1, 3, 1, 0);
    records_fixture_close(&f);
}

TEST(exchange, a_dry_run_reports_and_writes_nothing)
{
    open_crm();
    CHECK_RC(import("crm:account", ACCOUNTS,
                    "account,employees,subsidiary_of\nA,1,B\nB,-2,\n", true),
             RC_OK);
    CHECK_I64(report.rows, 2);
    CHECK_I64(report.created, 1);
    CHECK_I64(report.failed, 1);
    CHECK_CSTR(issue(0), "3 employees out_of_range -2");
    CHECK_I64(report.n_txns, 0);
    CHECK_STR(export("crm:account", "name", EXPORT_CSV), "id,name\n");
    records_fixture_close(&f);
}

TEST(exchange, a_missing_target_is_made_when_the_map_says_so)
{
    open_crm();
    CHECK_RC(import("crm:contact",
                    "{\"columns\":{\"who\":\"last_name\",\"company\":{"
                    "\"field\":\"account\",\"by\":\"name\",\"create\":true}}}",
                    "who,company\nOne,New\nTwo,New\nThree,\n", false),
             RC_OK);
    check_counts(3, 3, 0, 0, 0);
    CHECK(str_find(export("crm:contact", "last_name,account.name", EXPORT_CSV),
                   STR("Two,New")) > 0);
    CHECK(str_find(export("crm:account", "name", EXPORT_CSV), STR("New")) > 0);
    records_fixture_close(&f);
}

TEST(exchange, a_wrong_number_of_columns_is_a_verdict_of_its_row)
{
    open_crm();
    CHECK_RC(import("crm:account", "{\"columns\":{\"n\":\"name\"}}",
                    "n,x\nA,1\nB\nC,1,2\nD,1,\n", false),
             RC_OK);
    check_counts(4, 2, 0, 0, 2);
    CHECK_CSTR(issue(0), "3  wrong_column_count ");
    records_fixture_close(&f);
}

TEST(exchange, a_map_that_does_not_fit_says_everything_at_once)
{
    open_crm();
    CHECK_RC(import("crm:deal",
                    "{\"mod\":\"x\",\"mode\":\"merge\",\"separator\":\";;\","
                    "\"encoding\":\"ebcdic\",\"columns\":{\"a\":\"nmae\","
                    "\"b\":{\"field\":\"name\",\"by\":\"x\"}}}",
                    "a,b\n", false),
             RC_INVALID);
    CHECK_I64(issues.errors, 6);
    CHECK_RC(import("crm:deal", "{\"columns\":{\"nmae\":\"name\"}}",
                    "name\nx\n", false),
             RC_INVALID);
    CHECK_STR(issues.v[0].code, "missing_column");
    CHECK_RC(import("crm:deal", "", "nmae\nx\n", false), RC_INVALID);
    CHECK_STR(issues.v[0].code, "unknown_field");
    CHECK_RC(import("crm:deal", "{", "name\nx\n", false), RC_SYNTAX);
    CHECK_RC(import("crm:deal", "", "", false), RC_SYNTAX);
    CHECK_RC(import("crm:deal", "", "name\n\"x\n", false), RC_SYNTAX);
    CHECK_RC(import("crm:deal", "", "name\n\xFC\n", false), RC_SYNTAX);
    records_fixture_close(&f);
}

TEST(exchange, latin_1_is_read_when_the_map_says_so)
{
    open_crm();
    CHECK_RC(import("crm:account", "{\"encoding\":\"latin-1\"}",
                    "name\nM\xFCller \x80\n", false),
             RC_OK);
    CHECK(str_find(export("crm:account", "name", EXPORT_CSV), STR("Müller €")) >
          0);
    records_fixture_close(&f);
}

TEST(exchange, what_is_exported_imports_again)
{
    struct str first, again;
    char *kept;

    open_crm();
    (void)records_fixture_create(
        &f, "crm:account",
        "{\"name\":\"=cmd|' /C calc'!A0\",\"city\":\"a,\\\"b\\\"\\nc\","
        "\"revenue\":\"12.50 USD\",\"employees\":7,\"website\":"
        "\"example.com/x?y\",\"note\":\"' =1\"}");
    first = export("crm:account", "", EXPORT_CSV);
    CHECK(str_find(first, STR("'=cmd")) > 0);
    CHECK(str_find(first, STR("12.50 USD")) > 0);
    kept = calloc(1, first.n + 1);
    CHECK(kept != NULL);
    memcpy(kept, first.p, first.n);
    records_fixture_close(&f);

    open_crm();
    CHECK_RC(import("crm:account", "", kept, false), RC_OK);
    check_counts(1, 1, 0, 0, 0);
    again = export("crm:account", "", EXPORT_CSV);
    /* all but id and the times of the two creates */
    CHECK(str_find(again, STR("\"'=cmd|' /C calc'!A0\"")) > 0 ||
          str_find(again, STR(",'=cmd|' /C calc'!A0,")) > 0);
    CHECK(str_find(again, STR("\"a,\"\"b\"\"\nc\"")) > 0);
    CHECK(str_find(again, STR("12.50 USD")) > 0);
    CHECK(str_find(again, STR("https://example.com/x?y")) > 0);
    free(kept);
    records_fixture_close(&f);
}

TEST(exchange, json_is_an_array_with_a_record_a_line)
{
    struct str text;
    const struct json *tree = NULL;
    struct err err = ERR_INIT;

    open_crm();
    (void)records_fixture_create(&f, "crm:account", "{\"name\":\"A\"}");
    (void)records_fixture_create(&f, "crm:account", "{\"name\":\"B\"}");
    text = export("crm:account", "", EXPORT_JSON);
    CHECK_RC(json_parse(text, &f.arena, &tree, &err), RC_OK);
    CHECK(tree != NULL && tree->kind == JSON_ARRAY && tree->u.array.n == 2);
    CHECK(str_find(text, STR("},\n{")) > 0);
    records_fixture_close(&f);
}

TEST(exchange, a_link_to_a_record_without_a_key_is_exported_as_its_id)
{
    static const char BY_ID[] = "first_name,last_name,account,owner\n"
                                "Ada,B,Acme,%s\nBob,C,Acme,0zzzzzzzzzz\n";
    char csv[200], id[12] = "", want[64];
    int64_t user;

    open_crm();
    user = records_fixture_create(&f, "sys:user", "{\"name\":\"No Mail\"}");
    id_format(user, id);
    (void)records_fixture_create(&f, "crm:account", "{\"name\":\"Acme\"}");
    snprintf(csv, sizeof csv, BY_ID, id);
    CHECK_RC(import("crm:contact", "", csv, false), RC_OK);
    check_counts(2, 1, 0, 0, 1);
    CHECK_CSTR(issue(0), "3 owner not_found 0zzzzzzzzzz");
    snprintf(want, sizeof want, ",%s\n", id);
    CHECK(str_find(export("crm:contact", "", EXPORT_CSV), str_c(want)) > 0);
    CHECK(str_find(export("crm:contact", "", EXPORT_CSV), STR(",Acme,")) > 0);
    records_fixture_close(&f);
}
