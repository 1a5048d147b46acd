/* Records: one at a time, as contract.md shapes them. */
#include "support/runtime/api_fixture.h"

TEST(records, a_create_answers_201_with_location_etag_and_undo_token)
{
    struct fix *f = fix();

    CHECK_STATUS(call(f, ADMIN, "POST", "/api/v1/shop/account", NULL,
                      "{\"name\":\"Acme\",\"city\":\"Graz\",\"staff\":12}"),
                 201);
    CHECK_CSTR(header(f, "Location"),
               text(f, "/api/v1/shop/account/%s", at(f, "id")));
    CHECK_CSTR(header(f, "ETag"), "\"1\"");
    CHECK_I64((int64_t)strlen(header(f, "Perigee-Txn")), 11);
    CHECK_CSTR(header(f, "Cache-Control"), "no-store");
    CHECK_CSTR(at(f, "rev"), "1");
    CHECK_CSTR(at(f, "name"), "Acme");
    CHECK_CSTR(at(f, "staff"), "12");
    CHECK_CSTR(at(f, "email"), "null");
    CHECK_CSTR(at(f, "_warnings"), "[]");
    CHECK_CSTR(at(f, "created_at"), "2026-03-01T08:00:00.000Z");
    CHECK_CSTR(at(f, "deleted_at"), "(absent)");
}

TEST(records, every_type_comes_back_as_it_was_sent)
{
    struct fix *f = fix();
    const char *account = new_account(f, "{\"name\":\"Types\"}");

    CHECK_STATUS(
        call(f, USER, "POST", "/api/v1/shop/deal?expand=account", NULL,
             text(f,
                  "{\"name\":\"\\u00e4 \\ud83d\\ude00\",\"account\":\"%s\","
                  "\"amount\":\"1200.00 USD\",\"chance\":12.5,"
                  "\"closed_on\":\"2026-03-01\","
                  "\"met_at\":\"2026-03-01T09:00:00+01:00\",\"hot\":true,"
                  "\"tags\":[\"b\",\"new\"]}",
                  account)),
        201);
    CHECK_CSTR(at(f, "name"), "\xc3\xa4 \xf0\x9f\x98\x80");
    CHECK_CSTR(at(f, "account"), account);
    CHECK_CSTR(at(f, "_expand.account._title"), "Types");
    CHECK_CSTR(at(f, "amount"),
               "{\"amount\":\"1200.00\",\"currency\":\"USD\"}");
    CHECK_HAS(at(f, "chance"), "12.5");
    CHECK_CSTR(at(f, "closed_on"), "2026-03-01");
    CHECK_CSTR(at(f, "met_at"), "2026-03-01T08:00:00.000Z");
    CHECK_CSTR(at(f, "hot"), "true");
    CHECK_CSTR(at(f, "tags"), "[\"b\",\"new\"]");
    CHECK_CSTR(at(f, "stage"), "open");
    CHECK_HAS(at(f, "number"), "D-");
}

TEST(records, get_answers_what_was_asked_for)
{
    struct fix *f = fix();
    const char *id = new_account(f, "{\"name\":\"Fields\",\"city\":\"Linz\"}");

    CHECK_STATUS(call(f, READER, "GET",
                      text(f, "/api/v1/shop/account/%s?fields=city", id), NULL,
                      NULL),
                 200);
    CHECK_CSTR(body_text(f),
               text(f, "{\"id\":\"%s\",\"rev\":1,\"city\":\"Linz\"}", id));
    CHECK_CSTR(header(f, "ETag"), "\"1\"");
    CHECK_CSTR(header(f, "Content-Type"), "application/json; charset=utf-8");
    /* ids are read in any case */
    CHECK_STATUS(call(f, READER, "GET",
                      text(f, "/w/main/api/v1/shop/account/%s", id), NULL,
                      NULL),
                 200);
}

TEST(records, patch_merges_and_counts_the_revision)
{
    struct fix *f = fix();
    const char *id = new_account(f, "{\"name\":\"P\",\"city\":\"Wien\"}");
    const char *one = text(f, "/api/v1/shop/account/%s", id);

    CHECK_STATUS(call(f, ADMIN, "PATCH", one, "If-Match: \"1\"\n",
                      "{\"city\":null,\"staff\":3}"),
                 200);
    CHECK_CSTR(at(f, "city"), "null");
    CHECK_CSTR(at(f, "name"), "P");
    CHECK_CSTR(at(f, "rev"), "2");
    CHECK_CSTR(header(f, "ETag"), "\"2\"");
    CHECK_STATUS(call(f, ADMIN, "PATCH", one, "If-Match: *\n", "{\"staff\":4}"),
                 200);
    /* nothing changes: no revision, no transaction */
    CHECK_STATUS(call(f, ADMIN, "PATCH", one, NULL, "{\"staff\":4}"), 200);
    CHECK_CSTR(at(f, "rev"), "3");
    CHECK_CSTR(header(f, "Perigee-Txn"), "(absent)");
}

TEST(records, a_stale_if_match_is_409_with_the_current_record)
{
    struct fix *f = fix();
    const char *id = new_account(f, "{\"name\":\"Stale\"}");
    const char *one = text(f, "/api/v1/shop/account/%s", id);

    CHECK_STATUS(call(f, ADMIN, "PATCH", one, NULL, "{\"city\":\"X\"}"), 200);
    CHECK_STATUS(
        call(f, ADMIN, "PATCH", one, "If-Match: \"1\"\n", "{\"city\":\"Y\"}"),
        409);
    CHECK_CSTR(at(f, "error.code"), "E_CONFLICT");
    CHECK_CSTR(at(f, "error.current.city"), "X");
    CHECK_CSTR(at(f, "error.current.rev"), "2");
    CHECK_STATUS(call(f, ADMIN, "DELETE", one, "If-Match: \"1\"\n", NULL), 409);
    CHECK_CSTR(at(f, "error.current.id"), id);
    CHECK_STATUS(call(f, ADMIN, "PATCH", one, "If-Match: W/\"2\"\n", "{}"),
                 400);
    CHECK_STATUS(call(f, ADMIN, "PATCH", one, "If-Match: 2\n", "{}"), 400);
}

TEST(records, delete_goes_to_the_bin_and_restore_brings_back)
{
    struct fix *f = fix();
    const char *id = new_account(f, "{\"name\":\"Binned\"}");
    const char *one = text(f, "/api/v1/shop/account/%s", id);

    CHECK_STATUS(call(f, ADMIN, "DELETE", one, NULL, NULL), 204);
    CHECK_STR(f->res.body, "");
    CHECK_I64((int64_t)strlen(header(f, "Perigee-Txn")), 11);
    CHECK_STATUS(call(f, ADMIN, "GET", one, NULL, NULL), 404);
    CHECK_STATUS(
        call(f, ADMIN, "GET", text(f, "%s?deleted=include", one), NULL, NULL),
        200);
    CHECK_STATUS(call(f, ADMIN, "GET",
                      "/api/v1/shop/account?deleted=only&filter=name%20%3D%20'"
                      "Binned'",
                      NULL, NULL),
                 200);
    CHECK_CSTR(at(f, "items.0.id"), id);
    CHECK_STATUS(call(f, ADMIN, "POST", text(f, "%s/restore", one), NULL, NULL),
                 200);
    CHECK_CSTR(at(f, "id"), id);
    CHECK_STATUS(call(f, ADMIN, "GET", one, NULL, NULL), 200);
}

TEST(records, a_list_has_pages_counts_and_an_order)
{
    struct fix *f = fix();
    const char *next;
    int i;

    for (i = 0; i < 5; i++)
        new_account(f, text(f, "{\"name\":\"L%d\",\"city\":\"Listed\"}", i));
    CHECK_STATUS(call(f, READER, "GET",
                      "/api/v1/shop/account?filter=city+%3D+'Listed'&sort=-"
                      "name&limit=2&count=true&fields=name",
                      NULL, NULL),
                 200);
    CHECK_CSTR(at(f, "items.0.name"), "L4");
    CHECK_CSTR(at(f, "items.1.name"), "L3");
    CHECK_CSTR(at(f, "items.2"), "(absent)");
    CHECK_CSTR(at(f, "count"), "{\"value\":5,\"exact\":true}");
    next = at(f, "next");
    CHECK_STATUS(call(f, READER, "GET",
                      text(f,
                           "/api/v1/shop/account?filter=city+%%3D+'Listed'&"
                           "sort=-name&limit=3&fields=name&cursor=%s",
                           next),
                      NULL, NULL),
                 200);
    CHECK_CSTR(at(f, "items.0.name"), "L2");
    CHECK_CSTR(at(f, "items.2.name"), "L0");
    CHECK_CSTR(at(f, "next"), "null");
    CHECK_CSTR(at(f, "count"), "(absent)");
    /* a cursor of another query is refused */
    CHECK_STATUS(call(f, READER, "GET",
                      text(f, "/api/v1/shop/account?cursor=%s", next), NULL,
                      NULL),
                 422);
}

TEST(records, aggregate_search_and_history_answer)
{
    struct fix *f = fix();
    const char *id = new_account(f, "{\"name\":\"Quixotic\",\"city\":\"Agg\"}");

    CHECK_STATUS(call(f, ADMIN, "PATCH", text(f, "/api/v1/shop/account/%s", id),
                      NULL, "{\"staff\":9}"),
                 200);
    CHECK_STATUS(call(f, READER, "GET",
                      "/api/v1/shop/account/aggregate?by=city&measure=count(),"
                      "sum(staff)&filter=city%3D'Agg'",
                      NULL, NULL),
                 200);
    CHECK_CSTR(at(f, "items.0.city"), "Agg");
    CHECK_CSTR(at(f, "items.0.count()"), "1");
    CHECK_CSTR(at(f, "items.0.sum(staff)"), "9");
    CHECK_STATUS(call(f, READER, "GET",
                      "/api/v1/search?q=quixo&entities=shop:account", NULL,
                      NULL),
                 200);
    CHECK_CSTR(at(f, "items.0.entity"), "shop:account");
    CHECK_CSTR(at(f, "items.0.id"), id);
    CHECK_CSTR(at(f, "items.0.title"), "Quixotic");
    CHECK_STATUS(call(f, READER, "GET",
                      text(f, "/api/v1/shop/account/%s/history", id), NULL,
                      NULL),
                 200);
    CHECK_CSTR(at(f, "items.0.op"), "update");
    CHECK_CSTR(at(f, "items.0.changes.0.field"), "staff");
    CHECK_CSTR(at(f, "items.0.changes.0.to"), "9");
    CHECK_CSTR(at(f, "items.1.op"), "create");
}

TEST(records, undo_takes_back_and_tells_conflicts)
{
    struct fix *f = fix();
    const char *id = new_account(f, "{\"name\":\"Undo\",\"city\":\"A\"}"), *txn;
    const char *one = text(f, "/api/v1/shop/account/%s", id);

    CHECK_STATUS(call(f, ADMIN, "PATCH", one, NULL, "{\"city\":\"B\"}"), 200);
    txn = header(f, "Perigee-Txn");
    CHECK_STATUS(
        call(f, ADMIN, "POST", text(f, "/api/v1/undo/%s", txn), NULL, NULL),
        200);
    CHECK_CSTR(at(f, "undone"), "1");
    CHECK_CSTR(at(f, "conflicts"), "[]");
    CHECK_CSTR(at(f, "txn"), header(f, "Perigee-Txn"));
    CHECK_STATUS(call(f, ADMIN, "GET", one, NULL, NULL), 200);
    CHECK_CSTR(at(f, "city"), "A");
    CHECK_STATUS(call(f, ADMIN, "PATCH", one, NULL, "{\"city\":\"C\"}"), 200);
    txn = header(f, "Perigee-Txn");
    CHECK_STATUS(call(f, ADMIN, "PATCH", one, NULL, "{\"city\":\"D\"}"), 200);
    CHECK_STATUS(
        call(f, ADMIN, "POST", text(f, "/api/v1/undo/%s", txn), NULL, "{}"),
        409);
    CHECK(strcmp(at(f, "error.issues"), "[]") != 0);
    CHECK_STATUS(call(f, ADMIN, "POST", text(f, "/api/v1/undo/%s", txn), NULL,
                      "{\"skip_conflicts\":true}"),
                 200);
    CHECK_STATUS(call(f, ADMIN, "POST", "/api/v1/undo/00000000001", NULL, NULL),
                 404);
}
