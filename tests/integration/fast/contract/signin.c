/* Sign-in and events. */
#include "contract.h"

#define JSON    "Accept: application/json\n"
#define SIGN_IN "{\"email\":\"ann@example.com\",\"password\":\"" PASSWORD "\"}"

TEST(signin, a_session_answers_user_and_csrf_and_sets_the_cookie)
{
    struct fix *f = contract();
    const char *cookie, *csrf;

    CHECK_STATUS(call(f, NOBODY, "POST", "/api/v1/session", NULL, SIGN_IN),
                 200);
    CHECK_CSTR(at(f, "user.name"), "Ann");
    csrf = at(f, "csrf");
    CHECK(strlen(csrf) > 20);
    cookie = header(f, "Set-Cookie");
    CHECK(strncmp(cookie, "s=", 2) == 0); /* plain loopback */
    cookie = text(f, "Cookie: %.*s\n", (int)strcspn(cookie, ";"), cookie);
    /* unsafe methods send it as X-CSRF, safe ones need not */
    CHECK_STATUS(call(f, NOBODY, "GET", ASSET, cookie, NULL), 200);
    CHECK_STATUS(call(f, NOBODY, "POST", ASSET, cookie, "{\"name\":\"c\"}"),
                 403);
    CHECK_STATUS(call(f, NOBODY, "POST", ASSET,
                      text(f, "%sX-CSRF: %s\n", cookie, csrf),
                      "{\"name\":\"c\"}"),
                 201);
}

TEST(signin, wrong_words_are_401_whoever_they_are_of)
{
    static const char *const BODIES[] = {
        "{\"email\":\"cai@example.com\",\"password\":\"wrong\"}",
        "{\"email\":\"ann@example.com\",\"password\":\"wrong\"}"};
    struct fix *f = contract();
    const char *first;

    CHECK_STATUS(call(f, NOBODY, "POST", "/api/v1/session", NULL, BODIES[0]),
                 401);
    first = at(f, "error");
    CHECK_STATUS(call(f, NOBODY, "POST", "/api/v1/session", NULL, BODIES[1]),
                 401);
    CHECK_CSTR(at(f, "error"), first);
}

TEST(signin, setup_takes_token_name_email_password_and_its_token_once)
{
    struct fix *f = contract();

    /* there is an administrator with a password: no token is good */
    CHECK_STATUS(call(f, NOBODY, "POST", "/api/v1/setup", NULL,
                      "{\"token\":\"x\",\"name\":\"N\",\"email\":"
                      "\"n@example.com\",\"password\":\"" PASSWORD "\"}"),
                 403);
    CHECK_STATUS(call(f, NOBODY, "POST", "/api/v1/setup", NULL,
                      "{\"token\":\"x\",\"nmae\":\"N\"}"),
                 422);
}

static const char *token_of(struct fix *f, const char *scopes)
{
    CHECK_STATUS(call(f, PERSON, "POST", "/api/v1/tokens", NULL,
                      text(f,
                           "{\"name\":\"t\",\"expires_at\":"
                           "\"2030-01-01T00:00:00.000Z\",\"scopes\":%s}",
                           scopes)),
                 201);
    return text(f, "Authorization: Bearer %s\n", at(f, "token"));
}

TEST(signin, a_token_is_201_with_id_secret_and_end)
{
    struct fix *f = contract();

    (void)token_of(f, "[\"read\",\"write\"]");
    CHECK_I64((int64_t)strlen(at(f, "id")), 11);
    CHECK(strncmp(at(f, "token"), "pgt_", 4) == 0);
    CHECK_CSTR(at(f, "expires_at"), "2030-01-01T00:00:00.000Z");
    CHECK_STATUS(call(f, PERSON, "POST", "/api/v1/tokens", NULL,
                      "{\"name\":\"t\",\"scopes\":[\"admin\"]}"),
                 422);
}

TEST(signin, a_read_only_token_that_writes_is_403)
{
    static const struct {
        const char *method, *target, *body;
    } WRITES[] = {
        {"POST", ASSET, "{\"name\":\"x\"}"},
        {"PATCH", ASSET "/00000000001", "{}"},
        {"DELETE", ASSET "/00000000001", NULL},
        {"POST", ASSET "/00000000001/restore", NULL},
        {"POST", "/api/v1/batch", "{\"requests\":[]}"},
        {"POST", ASSET "/bulk", "{\"filter\":\"true\",\"delete\":true}"},
        {"POST", "/api/v1/undo/00000000001", NULL},
        {"DELETE", "/api/v1/jobs/00000000001", NULL}};
    struct fix *f = contract();
    const char *token = token_of(f, "[\"read\"]"), *writer;
    size_t i;

    for (i = 0; i < sizeof WRITES / sizeof *WRITES; i++) {
        CHECK_STATUS(call(f, NOBODY, WRITES[i].method, WRITES[i].target, token,
                          WRITES[i].body),
                     403);
        CHECK_CSTR(at(f, "error.code"), "E_PERMISSION");
    }
    CHECK_STATUS(call(f, NOBODY, "POST", "/api/v1/files?name=x",
                      text(f, "%s%s", token, BYTES), "x"),
                 403);
    CHECK_STATUS(call(f, NOBODY, "GET", ASSET, token, NULL), 200);
    writer = token_of(f, "[\"read\",\"write\"]");
    CHECK_STATUS(call(f, NOBODY, "POST", ASSET, writer, "{\"name\":\"x\"}"),
                 201);
}

TEST(signin, a_token_ends_when_it_says)
{
    struct fix *f = contract();
    const char *token;

    CHECK_STATUS(call(f, PERSON, "POST", "/api/v1/tokens", NULL,
                      text(f,
                           "{\"name\":\"t\",\"expires_at\":\"%s\",\"scopes\":"
                           "[\"read\"]}",
                           instant(f, f->r.clock.now + 1000))),
                 201);
    token = text(f, "Authorization: Bearer %s\n", at(f, "token"));
    CHECK_STATUS(call(f, NOBODY, "GET", ASSET, token, NULL), 200);
    f->r.clock.now += 1001;
    CHECK_STATUS(call(f, NOBODY, "GET", ASSET, token, NULL), 401);
}

/* --- events ---------------------------------------------------------------------- */

static const char *now_at(struct fix *f)
{
    CHECK_STATUS(call(f, READER, "GET", "/api/v1/events", JSON, NULL), 200);
    CHECK_CSTR(at(f, "items"), "[]");
    return at(f, "next");
}

/* What a listener gets that leaves after `most` bytes: it waits for them. */
static const char *stream(struct fix *f, const char *query, const char *from,
                          size_t most)
{
    const char *headers =
        text(f, "Authorization: Bearer %s\nLast-Event-ID: %s\n",
             f->reader_token, from);

    http_test_stream(api_handle, f->api, text(f, "/api/v1/events%s", query),
                     headers, most, &f->a, &f->res);
    CHECK_I64(f->res.status, 200);
    return body_text(f);
}

TEST(events, a_change_has_entity_id_op_rev_fields_and_by_and_no_values)
{
    struct fix *f = contract();
    const char *from = now_at(f), *id, *by, *got;

    id = make(f, ASSET, "{\"name\":\"ev\"}");
    patch(f, text(f, "%s/%s", ASSET, id), "{\"city\":\"a secret value\"}");
    get(f, "/api/v1/session");
    by = at(f, "user.id");
    got = stream(f, "?entity=acme.rental:asset", from, 60);
    CHECK_HAS(got, text(f,
                        "event: change\ndata: {\"entity\":\"acme.rental:asset\""
                        ",\"id\":\"%s\",\"op\":\"update\",\"rev\":2,"
                        "\"fields\":[\"city\"],\"by\":\"%s\"}\nid: ",
                        id, by));
    CHECK(strstr(got, "secret") == NULL);
    CHECK_HAS(header(f, "Content-Type"), "text/event-stream");
}

TEST(events, delete_and_restore_are_told_too)
{
    struct fix *f = contract();
    const char *from, *one;

    one = text(f, "%s/%s", ASSET, make(f, ASSET, "{\"name\":\"dr\"}"));
    from = now_at(f);
    CHECK_STATUS(call(f, ADMIN, "DELETE", one, NULL, NULL), 204);
    CHECK_STATUS(call(f, ADMIN, "POST", text(f, "%s/restore", one), NULL, NULL),
                 200);
    CHECK_STATUS(call(f, READER, "GET",
                      text(f, "/api/v1/events?after=%s", from), JSON, NULL),
                 200);
    CHECK_CSTR(each(f, "data.op"), "delete,restore");
}

TEST(events, the_id_stands_on_the_last_event_of_a_transaction)
{
    struct fix *f = contract();
    const char *from = now_at(f), *got, *p;
    int events = 0, ids = 0;

    CHECK_STATUS(call(f, ADMIN, "POST", "/api/v1/batch", NULL,
                      batch_of(f, 3, "{\"name\":\"three\"}")),
                 200);
    got = stream(f, "?entity=shop:account", from, 60);
    for (p = got; (p = strstr(p, "event: change")) != NULL; p++)
        events++;
    for (p = got; (p = strstr(p, "\nid: ")) != NULL; p++)
        ids++;
    CHECK_I64(events, 3);
    CHECK_I64(ids, 1);
    p = strstr(got, "\nid: ");
    CHECK(strstr(p, "event: change") == NULL); /* it is the last one's */
}

TEST(events, a_stream_resumes_and_is_reset_when_it_is_too_late)
{
    struct fix *f = contract();
    const char *from = now_at(f), *first, *next;

    make(f, ASSET, "{\"name\":\"r1\"}");
    CHECK_STATUS(call(f, READER, "GET",
                      text(f, "/api/v1/events?after=%s", from), JSON, NULL),
                 200);
    first = at(f, "items.0.data.id");
    next = at(f, "next");
    CHECK_CSTR(next, at(f, "items.0.id"));
    make(f, ASSET, "{\"name\":\"r2\"}");
    CHECK(strstr(stream(f, "", next, 60), first) == NULL);
    CHECK_HAS(stream(f, "", "999999999", 20), "event: reset\ndata: {}\nid: ");
}

TEST(events, over_a_hundred_of_an_entity_are_many)
{
    struct fix *f = contract();
    const char *from = now_at(f);

    CHECK_STATUS(call(f, ADMIN, "POST", "/api/v1/batch", NULL,
                      batch_of(f, 100, "{\"name\":\"hundred\"}")),
                 200);
    CHECK_STATUS(call(f, READER, "GET",
                      text(f, "/api/v1/events?after=%s", from), JSON, NULL),
                 200);
    CHECK_CSTR(at(f, "items.99.data.op"), "create");
    from = at(f, "next");
    CHECK_STATUS(call(f, ADMIN, "POST", "/api/v1/batch", NULL,
                      batch_of(f, 101, "{\"name\":\"more\"}")),
                 200);
    CHECK_STATUS(call(f, READER, "GET",
                      text(f, "/api/v1/events?after=%s", from), JSON, NULL),
                 200);
    CHECK_CSTR(each(f, "data.op"), "many");
    CHECK_CSTR(at(f, "items.0.data.entity"), "shop:account");
}
