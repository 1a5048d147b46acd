/*
 * Every field type there is, through the pipeline, the planner, CSV and JSON.
 *
 * The table below is walked against the registry: a type without a row fails,
 * so adding a type means adding what is good and what is refused here.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/id.h"
#include "exchange/exchange.h"
#include "model/field/field.h"
#include "support/every_type.h"
#include "support/records_fixture.h"
#include "support/test.h"

enum { ANSWER_BYTES = 1 << 20 };

static struct records_fixture f;
static char account[ID_TEXT_BYTES + 1], user[ID_TEXT_BYTES + 1];

static void open_all(void)
{
    records_fixture_open(&f);
    records_fixture_crm(&f);
    records_fixture_install(
        &f, fixture_folder(&f.arena, "every_type",
                           "schemas/examples/valid/every_type"));
    id_format(records_fixture_create(&f, "crm:account",
                                     "{\"name\":\"Target, \\\"quoted\\\"\"}"),
              account);
    id_format(records_fixture_create(&f, "sys:user",
                                     "{\"name\":\"Ann\",\"email\":"
                                     "\"ann@example.com\"}"),
              user);
}

static struct str filled(const char *text)
{
    return every_type_filled(&f.arena, text, account, user);
}

static const char *whole_body(void)
{
    return every_type_body(&f.arena, account, user);
}

static const struct json *read_back(int64_t id)
{
    struct issues is;
    struct query_ctx q = records_fixture_read(&f, &is);
    struct query_spec spec = {
        .entity = records_fixture_entity(&f, "every_type:thing")};
    const struct json *tree = NULL;
    struct str text = STR_NONE;
    struct json_w w;
    struct buf b;
    struct err err = ERR_INIT;
    int64_t rev = 0;

    buf_init(&b, ANSWER_BYTES);
    json_w_init(&w, &b);
    CHECK_RC(query_get_json(&q, &spec, id, &w, &rev, &err), RC_OK);
    CHECK_RC(buf_finish(&b, &f.arena, &text, &err), RC_OK);
    buf_release(&b);
    db_read_end(q.db);
    CHECK_RC(json_parse(text, &f.arena, &tree, &err), RC_OK);
    return tree;
}

static struct str text_of(const struct json *v)
{
    struct str out = STR_NONE;
    struct json_w w;
    struct buf b;

    buf_init(&b, ANSWER_BYTES);
    json_w_init(&w, &b);
    json_w_tree(&w, v);
    CHECK_RC(buf_finish(&b, &f.arena, &out, NULL), RC_OK);
    buf_release(&b);
    return out;
}

TEST(every_type, has_a_row_here)
{
    const struct field_type *const *types;
    size_t n = field_types(&types), i, k;

    for (i = 0; i < n; i++) {
        for (k = 0; k < EVERY_TYPE_SAMPLES; k++) {
            if (strcmp(EVERY_TYPE[k].type, types[i]->name) == 0)
                break;
        }
        CHECK(k < EVERY_TYPE_SAMPLES || strcmp(types[i]->name, "id") == 0);
    }
}

TEST(every_type, is_answered_as_it_was_written)
{
    const struct json *record;
    size_t i;

    open_all();
    record =
        read_back(records_fixture_create(&f, "every_type:thing", whole_body()));
    for (i = 0; i < EVERY_TYPE_SAMPLES; i++) {
        const struct json *v = json_get(record, str_c(EVERY_TYPE[i].field));
        struct str expected = filled(EVERY_TYPE[i].answer);

        CHECK(v != NULL);
        if (v != NULL && !str_eq(text_of(v), expected))
            fprintf(stderr, "%s: %.*s\n", EVERY_TYPE[i].field,
                    STR_ARG(text_of(v)));
        CHECK(v != NULL && str_eq(text_of(v), expected));
    }
    records_fixture_close(&f);
}

TEST(every_type, takes_null_and_the_empty_text_as_nothing)
{
    static const char *const NOTHING[] = {"null", "\"\""};
    size_t i, k;
    int64_t id;

    open_all();
    id = records_fixture_create(&f, "every_type:thing", whole_body());
    for (i = 0; i < EVERY_TYPE_SAMPLES; i++) {
        if (EVERY_TYPE[i].good == NULL ||
            strcmp(EVERY_TYPE[i].type, "text") == 0 ||
            strcmp(EVERY_TYPE[i].type, "status") == 0)
            continue; /* the text is required, and no move leads to nothing */
        for (k = 0; k < 2; k++) {
            const struct json *v;
            struct str body = str_fmt(&f.arena, "{\"%s\":%s}",
                                      EVERY_TYPE[i].field, NOTHING[k]);

            CHECK_RC(records_fixture_update(&f, "every_type:thing", id,
                                            str_cstr(&f.arena, body)),
                     RC_OK);
            v = json_get(read_back(id), str_c(EVERY_TYPE[i].field));
            CHECK(v != NULL && v->kind == JSON_NULL);
        }
    }
    records_fixture_close(&f);
}

/* Bind one value; the code of its issue, "" when it was taken. */
static struct str refusal(const char *field, struct str json)
{
    struct record_ctx ctx = records_fixture_ctx(&f);
    struct record_batch batch;
    struct record_result result;
    struct record_item *item;
    const struct json *body = NULL;
    struct issues is;
    struct err err = ERR_INIT;
    struct str text = str_fmt(&f.arena, "{\"a_text\":\"fine\",\"%s\":%.*s}",
                              field, STR_ARG(json));
    enum rc rc;
    size_t i;

    if (strcmp(field, "a_text") == 0)
        text = str_fmt(&f.arena, "{\"a_text\":%.*s}", STR_ARG(json));
    issues_init(&is, &f.arena);
    record_batch_init(&batch, &f.arena);
    if (json_parse(text, &f.arena, &body, &err) != RC_OK)
        return STR("no_json"); /* U+0000 comes no further */
    item = record_add(&batch, f.model, RECORD_CREATE,
                      records_fixture_entity(&f, "every_type:thing"), 0);
    CHECK(item != NULL);
    rc = record_bind_json(&ctx, f.model, &batch, item, body, &is, &err);
    if (rc == RC_OK && !issues_any(&is))
        rc = record_save(&ctx, f.model, &batch, &is, &result, &err);
    CHECK(rc == RC_OK || rc == RC_INVALID);
    for (i = 0; i < is.n; i++) {
        if (!is.v[i].is_warning) {
            CHECK_STR(is.v[i].path, field);
            CHECK(is.v[i].message.n > 10);
            return is.v[i].code;
        }
    }
    return STR("");
}

TEST(every_type, refuses_with_a_code_at_its_field)
{
    size_t i;

    open_all();
    f.who = (struct principal){.kind = PRINCIPAL_USER,
                               .user = 1,
                               .is_admin = true,
                               .may_write = true,
                               .source = SOURCE_API};
    for (i = 0; i < EVERY_TYPE_SAMPLES; i++) {
        struct str code =
            refusal(EVERY_TYPE[i].field, filled(EVERY_TYPE[i].bad));

        if (!str_eq(code, str_c(EVERY_TYPE[i].code)))
            fprintf(stderr, "%s: %.*s\n", EVERY_TYPE[i].field, STR_ARG(code));
        CHECK(str_eq(code, str_c(EVERY_TYPE[i].code)));
    }
    records_fixture_close(&f);
}

/* No type takes a value of another shape; none crashes on any. */
TEST(every_type, answers_every_shape_of_json)
{
    static const char *const SHAPES[] = {"true",
                                         "7",
                                         "-1",
                                         "9007199254740993",
                                         "99999999999999999999",
                                         "1.5",
                                         "\"x\"",
                                         "\"\\u0000\"",
                                         "[]",
                                         "[1]",
                                         "[[]]",
                                         "{}",
                                         "{\"id\":1}",
                                         "{\"entity\":1,\"id\":2}",
                                         "{\"amount\":1}",
                                         "\"2026-13-01\"",
                                         "\"=1+1\"",
                                         "\"\\ud83d\\ude00\""};
    size_t i, k;

    open_all();
    for (i = 0; i < EVERY_TYPE_SAMPLES; i++) {
        for (k = 0; k < sizeof SHAPES / sizeof SHAPES[0]; k++)
            (void)refusal(EVERY_TYPE[i].field, str_c(SHAPES[k]));
    }
    records_fixture_close(&f);
}

/* --- CSV ------------------------------------------------------------------------ */

static enum rc append(void *arg, struct str bytes, struct err *err)
{
    (void)err;
    buf_add(arg, bytes);
    return RC_OK;
}

static struct str export(void)
{
    struct issues is;
    struct query_ctx q = records_fixture_read(&f, &is);
    struct query_spec spec = {
        .entity = records_fixture_entity(&f, "every_type:thing"),
        .sort = STR("id")};
    struct buf b;
    struct str out = STR_NONE;
    struct err err = ERR_INIT;

    buf_init(&b, ANSWER_BYTES);
    CHECK_RC(export_records(&q, &spec, EXPORT_CSV, append, &b, &err), RC_OK);
    CHECK_RC(buf_finish(&b, &f.arena, &out, &err), RC_OK);
    buf_release(&b);
    db_read_end(q.db);
    return out;
}

TEST(every_type, comes_back_from_its_csv)
{
    struct record_ctx ctx;
    const struct entity *e;
    const struct import_map *map = NULL;
    struct import_report report = {0};
    struct issues is;
    struct err err = ERR_INIT;
    struct str csv;
    const struct json *first, *again;
    size_t i;
    int64_t id;

    open_all();
    id = records_fixture_create(&f, "every_type:thing", whole_body());
    first = read_back(id);
    csv = export();
    ctx = records_fixture_ctx(&f);
    e = records_fixture_entity(&f, "every_type:thing");
    issues_init(&is, &f.arena);
    CHECK_RC(import_map_parse(f.model, e, STR(""), &f.arena, &is, &map, &err),
             RC_OK);
    CHECK_RC(import_csv(&ctx, e, map, csv, false, NULL, &f.arena, &report, &is,
                        &err),
             RC_OK);
    for (i = 0; i < report.n_issues; i++)
        fprintf(stderr, "%.*s: %.*s\n", STR_ARG(report.issues[i].column),
                STR_ARG(report.issues[i].message));
    CHECK_I64(report.created, 1);
    CHECK_I64(report.failed, 0);
    {
        struct query_ctx q = records_fixture_read(&f, &is);
        struct db_stmt *st = NULL;

        CHECK_RC(db_prepare(q.db,
                            STR("SELECT max(\"id\") FROM \"every_type_thing\""),
                            &st, &err),
                 RC_OK);
        CHECK_RC(db_step_row(st, &err), RC_OK);
        id = db_col_i64(st, 0);
        db_stmt_release(st);
        db_read_end(q.db);
    }
    again = read_back(id);
    for (i = 0; i < EVERY_TYPE_SAMPLES; i++) {
        struct str name = str_c(EVERY_TYPE[i].field);

        if (strcmp(EVERY_TYPE[i].type, "autonumber") == 0)
            continue; /* given anew */
        if (!str_eq(text_of(json_get(first, name)),
                    text_of(json_get(again, name))))
            fprintf(stderr, "%s: %.*s\n", EVERY_TYPE[i].field,
                    STR_ARG(text_of(json_get(again, name))));
        CHECK(str_eq(text_of(json_get(first, name)),
                     text_of(json_get(again, name))));
    }
    records_fixture_close(&f);
}
