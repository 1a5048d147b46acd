/* Many at once: batches, bulk changes, keys that make a POST safe to repeat. */
#include "support/runtime/api_fixture.h"

#define ACC "/api/v1/shop/account"

TEST(batch, makes_records_that_point_to_each_other)
{
    struct fix *f = fix();
    const char *account;

    CHECK_STATUS(call(f, USER, "POST", "/api/v1/batch", NULL,
                      "{\"mode\":\"atomic\",\"requests\":["
                      "{\"method\":\"POST\",\"path\":\"/api/v1/shop/account\","
                      "\"body\":{\"name\":\"Batched\"}},"
                      "{\"method\":\"POST\",\"path\":\"/api/v1/shop/deal\","
                      "\"body\":{\"name\":\"D\",\"account\":\"$0\"}}]}"),
                 200);
    CHECK_CSTR(at(f, "txn"), header(f, "Perigee-Txn"));
    CHECK_CSTR(at(f, "results.0.status"), "201");
    account = at(f, "results.0.body.id");
    CHECK_CSTR(at(f, "results.1.body.account"), account);
    CHECK_CSTR(at(f, "results.1.body._warnings"), "[]");
    CHECK_STATUS(
        call(f, USER, "POST", "/api/v1/batch", NULL,
             text(f,
                  "{\"requests\":[{\"method\":\"PATCH\",\"path\":\"%s/%s\","
                  "\"if_match\":\"\\\"1\\\"\",\"body\":{\"city\":\"B\"}}]}",
                  ACC, account)),
        200);
    CHECK_CSTR(at(f, "results.0.status"), "200");
    CHECK_CSTR(at(f, "results.0.body.rev"), "2");
}

TEST(batch, deletes_and_restores)
{
    struct fix *f = fix();
    const char *id = new_account(f, "{\"name\":\"BD\"}");

    CHECK_STATUS(call(f, USER, "POST", "/api/v1/batch", NULL,
                      text(f,
                           "{\"requests\":[{\"method\":\"DELETE\","
                           "\"path\":\"%s/%s\"}]}",
                           ACC, id)),
                 200);
    CHECK_CSTR(at(f, "results.0"), "{\"status\":204,\"body\":null}");
    CHECK_STATUS(call(f, USER, "POST", "/api/v1/batch", NULL,
                      text(f,
                           "{\"requests\":[{\"method\":\"POST\","
                           "\"path\":\"%s/%s/restore\"}]}",
                           ACC, id)),
                 200);
    CHECK_CSTR(at(f, "results.0.body.id"), id);
}

#define TWO_ONE_BAD                                                            \
    "\"requests\":[{\"method\":\"POST\",\"path\":\"" ACC                       \
    "\",\"body\":{\"name\":\"Fine\",\"city\":\"Half\"}},"                      \
    "{\"method\":\"POST\",\"path\":\"" ACC                                     \
    "\",\"body\":{\"city\":\"Half\",\"email\":\"x\",\"nme\":1}}]}"

TEST(batch, atomic_is_all_or_nothing_and_says_where)
{
    struct fix *f = fix();

    CHECK_STATUS(call(f, USER, "POST", "/api/v1/batch", NULL,
                      "{\"mode\":\"atomic\"," TWO_ONE_BAD),
                 422);
    CHECK_CSTR(at(f, "error.code"), "E_VALIDATION");
    CHECK_HAS(body_text(f), "\"path\":\"requests.1.email\"");
    CHECK_HAS(body_text(f), "\"path\":\"requests.1.nme\"");
    CHECK_HAS(body_text(f), "\"path\":\"requests.1.name\"");
    CHECK_STATUS(call(f, USER, "GET", ACC "?filter=city%3D'Half'", NULL, NULL),
                 200);
    CHECK_CSTR(at(f, "items"), "[]");
}

TEST(batch, partial_keeps_what_is_right)
{
    struct fix *f = fix();

    CHECK_STATUS(call(f, USER, "POST", "/api/v1/batch", NULL,
                      "{\"mode\":\"partial\"," TWO_ONE_BAD),
                 200);
    CHECK_CSTR(at(f, "results.0.status"), "201");
    CHECK_CSTR(at(f, "results.0.body.name"), "Fine");
    CHECK_CSTR(at(f, "results.1.status"), "422");
    CHECK_CSTR(at(f, "results.1.body.error.code"), "E_VALIDATION");
    CHECK_HAS(at(f, "results.1.body.error.issues"), "requests.1.email");
    CHECK_STATUS(call(f, USER, "GET", ACC "?filter=city%3D'Half'", NULL, NULL),
                 200);
    CHECK_CSTR(at(f, "items.0.name"), "Fine");
    CHECK_CSTR(at(f, "items.1"), "(absent)");
}

TEST(batch, a_line_that_cannot_be_read_refuses_the_whole)
{
    static const struct {
        const char *request, *path;
    } CASES[] = {
        {"7", "requests.0.path"},
        {"{}", "requests.0.path"},
        {"{\"method\":\"POST\",\"path\":\"/api/v1/shop/acount\",\"body\":{}}",
         "requests.0.path"},
        {"{\"method\":\"POST\",\"path\":\"/api/v2/shop/account\"}",
         "requests.0.path"},
        {"{\"method\":\"GET\",\"path\":\"" ACC "\"}", "requests.0.method"},
        {"{\"method\":\"POST\",\"path\":\"" ACC "\"}", "requests.0.body"},
        {"{\"method\":\"PATCH\",\"path\":\"" ACC "/zzz\",\"body\":{}}",
         "requests.0.path"},
        {"{\"method\":\"POST\",\"path\":\"" ACC
         "\",\"body\":{\"name\":\"x\"},\"bdy\":1}",
         "requests.0.bdy"}};
    size_t i;

    for (i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        struct fix *f = fix();

        CHECK_STATUS(call(f, USER, "POST", "/api/v1/batch", NULL,
                          text(f, "{\"mode\":\"partial\",\"requests\":[%s]}",
                               CASES[i].request)),
                     422);
        CHECK_CSTR(at(f, "error.issues.0.path"), CASES[i].path);
    }
}

TEST(batch, more_than_500_and_a_record_twice_are_refused)
{
    struct fix *f = fix();
    const char *id = new_account(f, "{\"name\":\"Twice\"}");

    CHECK_STATUS(call(f, USER, "POST", "/api/v1/batch", NULL,
                      batch_of(f, 501, "{\"name\":\"x\"}")),
                 422);
    CHECK_CSTR(at(f, "error.issues.0.path"), "requests");
    CHECK_STATUS(
        call(f, USER, "POST", "/api/v1/batch", NULL,
             text(f,
                  "{\"requests\":[{\"method\":\"PATCH\",\"path\":\"%s/%s\","
                  "\"body\":{}},{\"method\":\"DELETE\",\"path\":\"%s/%s\"}]}",
                  ACC, id, ACC, id)),
        422);
    CHECK_CSTR(at(f, "error.issues.0.path"), "requests.1.path");
    CHECK_STATUS(
        call(f, USER, "POST", "/api/v1/batch", NULL, "{\"requests\":[]}"), 200);
    CHECK_CSTR(at(f, "results"), "[]");
}

/* --- bulk --------------------------------------------------------------------- */

TEST(bulk, changes_those_of_a_filter_and_is_undone)
{
    struct fix *f = fix();
    int i;

    for (i = 0; i < 3; i++)
        new_account(f, text(f, "{\"name\":\"K%d\",\"city\":\"Bulk\"}", i));
    CHECK_STATUS(call(f, USER, "POST", ACC "/bulk", NULL,
                      "{\"filter\":\"city = 'Bulk'\",\"set\":{\"staff\":5},"
                      "\"dry_run\":true}"),
                 200);
    CHECK_CSTR(at(f, "changed"), "3");
    CHECK_CSTR(at(f, "txn"), "null");
    CHECK_STATUS(call(f, USER, "POST", ACC "/bulk", NULL,
                      "{\"filter\":\"city = 'Bulk'\",\"set\":{\"staff\":5}}"),
                 200);
    CHECK_CSTR(at(f, "changed"), "3");
    CHECK_CSTR(at(f, "failed"), "0");
    CHECK_CSTR(at(f, "txn"), header(f, "Perigee-Txn"));
    /* again: nothing is left to change */
    CHECK_STATUS(call(f, USER, "POST", ACC "/bulk", NULL,
                      "{\"filter\":\"city = 'Bulk' and staff = 5\","
                      "\"set\":{\"staff\":5}}"),
                 200);
    CHECK_CSTR(at(f, "changed"), "0");
}

TEST(bulk, says_which_could_not_and_why)
{
    struct fix *f = fix();
    const char *free_one = new_account(f, "{\"name\":\"Free\"}");
    const char *needed = new_account(f, "{\"name\":\"Held\"}");

    CHECK_STATUS(call(f, ADMIN, "POST", "/api/v1/shop/deal", NULL,
                      text(f, "{\"name\":\"H\",\"account\":\"%s\"}", needed)),
                 201);
    CHECK_STATUS(call(f, USER, "POST", ACC "/bulk", NULL,
                      text(f,
                           "{\"ids\":[\"%s\",\"%s\",\"%s\",\"00000000001\"],"
                           "\"delete\":true}",
                           free_one, needed, free_one)),
                 200);
    CHECK_CSTR(at(f, "changed"), "1");
    CHECK_CSTR(at(f, "failed"), "2");
    CHECK_HAS(at(f, "issues"), needed);
    CHECK_HAS(at(f, "issues"), "00000000001");
    CHECK_STATUS(
        call(f, USER, "POST", ACC "/bulk", NULL,
             text(f, "{\"ids\":[\"%s\"],\"set\":{\"email\":\"x\"}}", needed)),
        422);
    CHECK_HAS(body_text(f), text(f, "\"path\":\"%s.email\"", needed));
}

TEST(bulk, goes_on_past_one_chunk)
{
    struct fix *f = fix();
    size_t round;

    for (round = 0; round < 3; round++)
        CHECK_STATUS(call(f, USER, "POST", "/api/v1/batch", NULL,
                          batch_of(f, 400, "{\"name\":\"x\",\"city\":\"Z\"}")),
                     200);
    CHECK_STATUS(call(f, USER, "POST", ACC "/bulk", "Idempotency-Key: chunks\n",
                      "{\"filter\":\"city = 'Z'\",\"set\":{\"staff\":1}}"),
                 200);
    CHECK_CSTR(at(f, "changed"), "1200");
    CHECK_CSTR(at(f, "txns.3"), "(absent)");
    CHECK(strcmp(at(f, "txns.2"), "(absent)") != 0);
    CHECK_CSTR(at(f, "txn"), at(f, "txns.0"));
    CHECK_STATUS(call(f, USER, "POST", ACC "/bulk", "Idempotency-Key: chunks\n",
                      "{\"filter\":\"city = 'Z'\",\"set\":{\"staff\":1}}"),
                 200);
    CHECK_CSTR(at(f, "changed"), "1200");
    CHECK_CSTR(header(f, "Idempotent-Replayed"), "true");
    CHECK_STATUS(call(f, USER, "POST", ACC "/bulk", NULL,
                      "{\"filter\":\"city = 'Z'\",\"delete\":true}"),
                 200);
    CHECK_CSTR(at(f, "changed"), "1200");
}

/* --- keys ----------------------------------------------------------------------- */

TEST(idempotency, the_same_request_is_answered_not_done_again)
{
    struct fix *f = fix();
    const char *first, *txn, *location;

    CHECK_STATUS(call(f, USER, "POST", ACC, "Idempotency-Key: k-1\n",
                      "{\"name\":\"Once\",\"city\":\"Idem\"}"),
                 201);
    first = body_text(f);
    txn = header(f, "Perigee-Txn");
    location = header(f, "Location");
    CHECK_CSTR(header(f, "Idempotent-Replayed"), "(absent)");
    CHECK_STATUS(call(f, USER, "POST", ACC, "Idempotency-Key: k-1\n",
                      "{\"name\":\"Once\",\"city\":\"Idem\"}"),
                 201);
    CHECK_CSTR(body_text(f), first);
    CHECK_CSTR(header(f, "Perigee-Txn"), txn);
    CHECK_CSTR(header(f, "Location"), location);
    CHECK_CSTR(header(f, "ETag"), "\"1\"");
    CHECK_CSTR(header(f, "Idempotent-Replayed"), "true");
    CHECK_STATUS(call(f, USER, "GET", ACC "?filter=city%3D'Idem'&count=true",
                      NULL, NULL),
                 200);
    CHECK_CSTR(at(f, "count.value"), "1");
}

TEST(idempotency, another_body_or_address_is_refused)
{
    struct fix *f = fix();

    CHECK_STATUS(call(f, USER, "POST", ACC, "Idempotency-Key: k-2\n",
                      "{\"name\":\"A\"}"),
                 201);
    CHECK_STATUS(call(f, USER, "POST", ACC, "Idempotency-Key: k-2\n",
                      "{\"name\":\"B\"}"),
                 422);
    CHECK_CSTR(at(f, "error.issues.0.path"), "Idempotency-Key");
    CHECK_STATUS(call(f, USER, "POST", "/api/v1/shop/deal",
                      "Idempotency-Key: k-2\n", "{\"name\":\"A\"}"),
                 422);
    /* another's key is another key */
    CHECK_STATUS(call(f, ADMIN, "POST", ACC, "Idempotency-Key: k-2\n",
                      "{\"name\":\"C\"}"),
                 201);
    CHECK_STATUS(call(f, USER, "POST", ACC, "Idempotency-Key: a b\n",
                      "{\"name\":\"A\"}"),
                 422);
}

TEST(idempotency, what_was_refused_may_be_sent_again_corrected)
{
    struct fix *f = fix();

    CHECK_STATUS(call(f, USER, "POST", ACC, "Idempotency-Key: k-3\n",
                      "{\"city\":\"x\"}"),
                 422);
    CHECK_STATUS(call(f, USER, "POST", ACC, "Idempotency-Key: k-3\n",
                      "{\"name\":\"Now\"}"),
                 201);
}

TEST(idempotency, a_key_is_forgotten_after_a_day)
{
    struct fix *f = fix();
    const char *first;

    CHECK_STATUS(call(f, USER, "POST", ACC, "Idempotency-Key: k-4\n",
                      "{\"name\":\"Day\"}"),
                 201);
    first = at(f, "id");
    f->r.clock.now += 24 * 60 * 60 * 1000 + 1;
    CHECK_STATUS(call(f, USER, "POST", ACC, "Idempotency-Key: k-4\n",
                      "{\"name\":\"Day\"}"),
                 201);
    CHECK(strcmp(at(f, "id"), first) != 0);
    f->r.clock.now = FIXTURE_NOW;
}

TEST(idempotency, an_undo_is_not_undone_by_being_sent_again)
{
    struct fix *f = fix();
    const char *id = new_account(f, "{\"name\":\"KU\",\"city\":\"A\"}");
    const char *one = text(f, ACC "/%s", id), *undo, *first;

    CHECK_STATUS(call(f, USER, "PATCH", one, NULL, "{\"city\":\"B\"}"), 200);
    undo = text(f, "/api/v1/undo/%s", header(f, "Perigee-Txn"));
    CHECK_STATUS(call(f, USER, "POST", undo, "Idempotency-Key: k-7\n", NULL),
                 200);
    CHECK_CSTR(at(f, "undone"), "1");
    first = body_text(f);
    CHECK_STATUS(call(f, USER, "POST", undo, "Idempotency-Key: k-7\n", NULL),
                 200);
    CHECK_CSTR(body_text(f), first);
    CHECK_STATUS(call(f, USER, "GET", one, NULL, NULL), 200);
    CHECK_CSTR(at(f, "city"), "A");
}

TEST(idempotency, holds_for_batches)
{
    static const char BODY[] =
        "{\"requests\":[{\"method\":\"POST\",\"path\":\"" ACC
        "\",\"body\":{\"name\":\"KB\"}}]}";
    struct fix *f = fix();
    const char *first;

    CHECK_STATUS(
        call(f, USER, "POST", "/api/v1/batch", "Idempotency-Key: k-5\n", BODY),
        200);
    first = body_text(f);
    CHECK_STATUS(
        call(f, USER, "POST", "/api/v1/batch", "Idempotency-Key: k-5\n", BODY),
        200);
    CHECK_CSTR(body_text(f), first);
}

/* --- while the first is under way --------------------------------------------- */

struct nested {
    struct fix *f;
    int status;
};

/* A handler before the save: sends the same request once more. */
static enum rc send_again(void *ctx, struct query_ctx *q,
                          struct record_item *const *items, size_t n,
                          struct issues *issues, struct err *err)
{
    struct nested *x = ctx;
    struct fix *f = x->f;

    (void)q;
    (void)items;
    (void)n;
    (void)issues;
    (void)err;
    if (x->status == 0)
        x->status = call(f, USER, "POST", ACC, "Idempotency-Key: k-6\n",
                         "{\"name\":\"Twice at once\"}");
    return RC_OK;
}

static bool wants_all(void *ctx, const struct entity *e)
{
    (void)ctx;
    (void)e;
    return true;
}

TEST(idempotency, a_second_request_while_the_first_runs_is_409)
{
    struct fix *f = fix();
    struct nested x = {f, 0};
    struct record_hooks hooks = {
        .ctx = &x, .before = send_again, .wants = wants_all};

    f->ws.hooks = &hooks;
    call(f, USER, "POST", ACC, "Idempotency-Key: k-6\n",
         "{\"name\":\"Twice at once\"}");
    f->ws.hooks = NULL;
    CHECK_STATUS(f->res.status, 201);
    CHECK_I64(x.status, 409);
}
