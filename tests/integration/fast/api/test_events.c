/* Live events: pages and streams, resumed, filtered. */
#include "support/runtime/api_fixture.h"

#define JSON "Accept: application/json\n"

TEST(events, a_page_says_what_changed_since)
{
    struct fix *f = fix();
    const char *from, *id;

    CHECK_STATUS(call(f, READER, "GET", "/api/v1/events", JSON, NULL), 200);
    CHECK_CSTR(at(f, "items"), "[]");
    from = at(f, "next");
    id = new_account(f, "{\"name\":\"Ev\"}");
    CHECK_STATUS(call(f, ADMIN, "PATCH", text(f, "/api/v1/shop/account/%s", id),
                      NULL, "{\"city\":\"secret value\"}"),
                 200);
    CHECK_STATUS(call(f, READER, "GET",
                      text(f, "/api/v1/events?after=%s", from), JSON, NULL),
                 200);
    CHECK_CSTR(at(f, "items.0.event"), "change");
    CHECK_CSTR(at(f, "items.0.data.entity"), "shop:account");
    CHECK_CSTR(at(f, "items.0.data.op"), "create");
    CHECK_CSTR(at(f, "items.0.data.id"), id);
    CHECK_CSTR(at(f, "items.1.data.op"), "update");
    CHECK_CSTR(at(f, "items.1.data.fields"), "[\"city\"]");
    CHECK_CSTR(at(f, "items.1.data.rev"), "2");
    CHECK_CSTR(at(f, "next"), at(f, "items.1.id"));
    CHECK(strstr(body_text(f), "secret value") == NULL);
    CHECK_STATUS(call(f, READER, "GET",
                      text(f, "/api/v1/events?after=%s&entity=shop:deal", from),
                      JSON, NULL),
                 200);
    CHECK_CSTR(at(f, "items"), "[]");
}

TEST(events, a_gap_is_a_reset)
{
    struct fix *f = fix();

    CHECK_STATUS(
        call(f, READER, "GET", "/api/v1/events?after=999999999", JSON, NULL),
        200);
    CHECK_CSTR(at(f, "items.0.event"), "reset");
    CHECK_STATUS(call(f, READER, "GET", "/api/v1/events?after=x", JSON, NULL),
                 422);
    CHECK_STATUS(
        call(f, READER, "GET", "/api/v1/events?entity=shop:x", JSON, NULL),
        422);
    CHECK_STATUS(call(f, NOBODY, "GET", "/api/v1/events", JSON, NULL), 401);
}

TEST(events, more_than_a_hundred_of_an_entity_are_many)
{
    struct fix *f = fix();
    const char *from;

    CHECK_STATUS(call(f, READER, "GET", "/api/v1/events", JSON, NULL), 200);
    from = at(f, "next");
    CHECK_STATUS(call(f, USER, "POST", "/api/v1/batch", NULL,
                      batch_of(f, 101, "{\"name\":\"m\"}")),
                 200);
    CHECK_STATUS(call(f, READER, "GET",
                      text(f, "/api/v1/events?after=%s", from), JSON, NULL),
                 200);
    CHECK_CSTR(at(f, "items.0.data.op"), "many");
    CHECK_CSTR(at(f, "items.0.data.entity"), "shop:account");
    CHECK_CSTR(at(f, "items.1"), "(absent)");
    CHECK_CSTR(at(f, "next"), at(f, "items.0.id"));
}

TEST(events, a_stream_resumes_behind_the_last_id)
{
    struct fix *f = fix();
    const char *from, *id, *headers;

    CHECK_STATUS(call(f, READER, "GET", "/api/v1/events", JSON, NULL), 200);
    from = at(f, "next");
    id = new_account(f, "{\"name\":\"Streamed\"}");
    CHECK_STATUS(call(f, READER, "GET",
                      text(f, "/api/v1/events?after=%s", from), JSON, NULL),
                 200);
    headers = text(f,
                   "Authorization: Bearer %s\nAccept: text/event-stream\n"
                   "Last-Event-ID: %s\n",
                   f->reader_token, from);
    http_test_stream(api_handle, f->api, "/api/v1/events?entity=shop:account",
                     headers, 60, &f->a, &f->res);
    CHECK_I64(f->res.status, 200);
    CHECK_HAS(header(f, "Content-Type"), "text/event-stream");
    CHECK_HAS(body_text(f),
              "event: change\ndata: {\"entity\":\"shop:account\"");
    CHECK_HAS(body_text(f), id);
    CHECK_HAS(body_text(f), "\nid: ");
}

TEST(events, a_stream_that_fell_behind_is_told_to_begin_anew)
{
    struct fix *f = fix();
    const char *headers =
        text(f, "Authorization: Bearer %s\nLast-Event-ID: 99999999\n",
             f->reader_token);

    http_test_stream(api_handle, f->api, "/api/v1/events", headers, 20, &f->a,
                     &f->res);
    CHECK_HAS(body_text(f), "event: reset\ndata: {}\nid: ");
}
