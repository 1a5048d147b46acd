/* What a report says when there is much to say, cells of nothing but spaces,
   and columns that every export has. */
#include <stdio.h>
#include <stdlib.h>

#include "base/id.h"
#include "exchange/exchange.h"
#include "support/records_fixture.h"
#include "support/test.h"

enum { MANY = 1200, KEPT = 1000 };

static struct records_fixture f;
static struct import_report report;

static void import(const char *entity, struct str csv)
{
    struct record_ctx ctx = records_fixture_ctx(&f);
    const struct entity *e = records_fixture_entity(&f, entity);
    const struct import_map *map = NULL;
    struct issues issues;
    struct err err = ERR_INIT;

    issues_init(&issues, &f.arena);
    report = (struct import_report){0};
    CHECK_RC(
        import_map_parse(f.model, e, STR(""), &f.arena, &issues, &map, &err),
        RC_OK);
    CHECK_RC(import_csv(&ctx, e, map, csv, false, NULL, &f.arena, &report,
                        &issues, &err),
             RC_OK);
}

static enum rc append(void *arg, struct str bytes, struct err *err)
{
    (void)err;
    buf_add(arg, bytes);
    return RC_OK;
}

static struct str export(const char *fields, enum export_format format)
{
    struct issues is;
    struct query_ctx q = records_fixture_read(&f, &is);
    struct query_spec spec = {.entity =
                                  records_fixture_entity(&f, "crm:account"),
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

static struct str report_text(void)
{
    struct str out = STR_NONE;
    struct json_w w;
    struct buf b;

    buf_init(&b, 4 << 20);
    json_w_init(&w, &b);
    import_report_json(&report, 0, &w);
    CHECK_RC(json_w_finish(&w, NULL), RC_OK);
    CHECK_RC(buf_finish(&b, &f.arena, &out, NULL), RC_OK);
    buf_release(&b);
    return out;
}

static void open_crm(void)
{
    records_fixture_open(&f);
    records_fixture_crm(&f);
}

static struct str bad_rows(int n)
{
    struct buf b;
    struct str out = STR_NONE;
    int i;

    buf_init(&b, 1 << 20);
    buf_adds(&b, "name,employees\n");
    for (i = 0; i < n; i++)
        buf_addf(&b, "A%d,many\n", i);
    CHECK_RC(buf_finish(&b, &f.arena, &out, NULL), RC_OK);
    buf_release(&b);
    return out;
}

static int64_t lines(struct str text)
{
    int64_t n = 0;
    size_t i;

    for (i = 0; i < text.n; i++)
        n += text.p[i] == '\n';
    return n;
}

TEST(report, says_when_it_does_not_hold_all_issues)
{
    open_crm();
    import("crm:account", bad_rows(MANY));
    CHECK_I64(report.failed, MANY);
    CHECK_I64((int64_t)report.n_issues, KEPT);
    CHECK_I64(report.issues_total, MANY);
    CHECK(str_find(report_text(), STR("\"issues_total\":1200")) > 0);
    CHECK(str_find(report_text(), STR("\"truncated\":true")) > 0);
    CHECK_I64(lines(report.error_csv), MANY + 1); /* that file has all */
    import("crm:account", bad_rows(KEPT));
    CHECK_I64((int64_t)report.n_issues, KEPT);
    CHECK(str_find(report_text(), STR("\"issues_total\":1000")) > 0);
    CHECK(str_find(report_text(), STR("\"truncated\":false")) > 0);
    records_fixture_close(&f);
}

/* CHECK_STR wants its text constant. */
static const char *with_id(const char *before, const char *id,
                           const char *after)
{
    static char text[200];

    snprintf(text, sizeof text, "%s%s%s", before, id, after);
    return text;
}

TEST(report, spaces_are_a_text_and_no_number)
{
    struct str text;

    open_crm();
    import("crm:account", STR("name,city,employees,website\n"
                              "A, ,  , \nB,\"  \",1,\nC,,,\n"));
    CHECK_I64(report.created, 3);
    text = export("name,city,employees,website", EXPORT_CSV);
    CHECK(str_find(text, STR(",A,\" \",,\n")) > 0);
    CHECK(str_find(text, STR(",B,\"  \",1,\n")) > 0);
    CHECK(str_find(text, STR(",C,,,\n")) > 0);
    records_fixture_close(&f);
}

TEST(report, an_export_says_the_id_once)
{
    char id[ID_TEXT_BYTES + 1];

    open_crm();
    id_format(records_fixture_create(&f, "crm:account", "{\"name\":\"A\"}"),
              id);
    CHECK_STR(export("id", EXPORT_CSV), with_id("id\n", id, "\n"));
    CHECK_STR(export("name,id", EXPORT_CSV), with_id("id,name\n", id, ",A\n"));
    CHECK_STR(export("id,name,rev", EXPORT_CSV),
              with_id("id,name,rev\n", id, ",A,1\n"));
    CHECK_STR(
        export("rev,name,id", EXPORT_JSON),
        with_id("[\n{\"id\":\"", id, "\",\"rev\":1,\"name\":\"A\"}\n]\n"));
    records_fixture_close(&f);
}
