/* Errors: the one shape, and every row of the table that a request can reach. */
#include "contract.h"

/* {"error":{"code","message","issues":[..],"rule","run"}} */
static void check_shape(struct fix *f)
{
    CHECK(strncmp(at(f, "error.code"), "E_", 2) == 0);
    CHECK(strlen(at(f, "error.message")) > 10);
    CHECK(at(f, "error.issues")[0] == '[');
    CHECK_CSTR(at(f, "error.rule"), "null");
    CHECK_CSTR(at(f, "error.run"), "null");
    CHECK_CSTR(header(f, "Content-Type"), "application/json; charset=utf-8");
}

struct row {
    enum who who;
    const char *method, *target, *headers, *body;
    int status;
    const char *code;
};

static const struct row ROWS[] = {
    {ADMIN, "POST", ASSET, NULL, "{\"name\":", 400, "E_SYNTAX"},
    {ADMIN, "POST", ASSET, NULL, "{\"name\":\"a\",\"name\":\"b\"}", 400,
     "E_SYNTAX"},
    {ADMIN, "PATCH", ASSET "/00000000001", "If-Match: 3\n", "{}", 400,
     "E_SYNTAX"},
    {ADMIN, "GET", ASSET "?filter=%ff", NULL, NULL, 400, "E_SYNTAX"},
    {NOBODY, "GET", ASSET, NULL, NULL, 401, "E_AUTH"},
    {NOBODY, "POST", "/api/v1/batch", NULL, "{\"requests\":[]}", 401, "E_AUTH"},
    {READER, "POST", ASSET, NULL, "{\"name\":\"x\"}", 403, "E_PERMISSION"},
    {READER, "POST", "/api/v1/batch", NULL, "{\"requests\":[]}", 403,
     "E_PERMISSION"},
    {READER, "DELETE", ASSET "/00000000001", NULL, NULL, 403, "E_PERMISSION"},
    {USER, "GET", "/api/v1/packages", NULL, NULL, 403, "E_PERMISSION"},
    {ADMIN, "GET", "/api/v1/x/y", NULL, NULL, 404, "E_NOT_FOUND"},
    {ADMIN, "GET", ASSET "/00000000001", NULL, NULL, 404, "E_NOT_FOUND"},
    {ADMIN, "GET", "/nowhere", NULL, NULL, 404, "E_NOT_FOUND"},
    {ADMIN, "PUT", ASSET, NULL, NULL, 405, "E_METHOD"},
    {ADMIN, "POST", ASSET, "Content-Type: text/plain\n", "x", 415,
     "E_MEDIA_TYPE"},
    {ADMIN, "POST", "/api/v1/files?name=a", NULL, "{}", 415, "E_MEDIA_TYPE"},
    {ADMIN, "POST", ASSET, NULL, "{}", 422, "E_VALIDATION"},
    {ADMIN, "POST", ASSET, NULL, "[]", 422, "E_VALIDATION"},
    {ADMIN, "GET", ASSET "?filter=name+%3D", NULL, NULL, 422, "E_FX"},
    {ADMIN, "GET", ASSET "?filter=nam%3D'x'", NULL, NULL, 422, "E_FX"},
};

TEST(errors, each_row_of_the_table_has_its_status_its_code_and_one_shape)
{
    struct fix *f = contract();
    size_t i;

    for (i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        const struct row *r = &ROWS[i];
        int status = call(f, r->who, r->method, r->target, r->headers, r->body);

        if (status != r->status || strcmp(at(f, "error.code"), r->code) != 0)
            test_fail(__FILE__, __LINE__, "%s %s: %d %s", r->method, r->target,
                      status, body_text(f));
        if (status != 405)
            check_shape(f);
    }
}

TEST(errors, a_method_that_is_not_known_is_405_with_allow)
{
    struct fix *f = contract();

    CHECK_STATUS(call(f, ADMIN, "PUT", ASSET, NULL, NULL), 405);
    CHECK_HAS(header(f, "Allow"), "GET");
    CHECK_HAS(header(f, "Allow"), "POST");
    CHECK_STATUS(call(f, ADMIN, "POST", "/api/v1/model", NULL, "{}"), 405);
    CHECK_HAS(header(f, "Allow"), "GET");
    CHECK(strstr(header(f, "Allow"), "POST") == NULL);
}

TEST(errors, a_move_that_is_not_there_is_422_e_state)
{
    struct fix *f = contract();
    const char *one =
        text(f, "%s/%s", RENTAL, make(f, RENTAL, "{\"state\":\"done\"}"));

    CHECK_STATUS(call(f, ADMIN, "PATCH", one, NULL, "{\"state\":\"open\"}"),
                 422);
    CHECK_CSTR(at(f, "error.code"), "E_STATE");
    CHECK_CSTR(at(f, "error.issues.0.path"), "state");
}

TEST(errors, a_duplicate_is_409_e_duplicate_at_its_field)
{
    struct fix *f = contract();
    const char *body = "{\"name\":\"dup\",\"email\":\"dup@example.com\"}";

    make(f, "/api/v1/shop/account", body);
    CHECK_STATUS(call(f, ADMIN, "POST", "/api/v1/shop/account", NULL, body),
                 409);
    CHECK_CSTR(at(f, "error.code"), "E_DUPLICATE");
    CHECK_CSTR(at(f, "error.issues.0.path"), "email");
    check_shape(f);
}

TEST(errors, a_body_over_the_ceiling_is_413_e_too_large)
{
    struct fix *f = contract();
    size_t n = (4 << 20) + 64;
    char *body = arena_alloc(&f->a, n + 1);

    CHECK(body != NULL);
    memset(body, ' ', n);
    CHECK_STATUS(call_bytes(f, ADMIN, "POST", ASSET, NULL, str_of(body, n)),
                 413);
    CHECK_CSTR(at(f, "error.code"), "E_TOO_LARGE");
    check_shape(f);
}

TEST(errors, too_many_wrong_passwords_are_429_with_retry_after)
{
    struct fix *f = contract();
    int i, status = 401;

    for (i = 0; i < 12 && status == 401; i++)
        status = call(f, NOBODY, "POST", "/api/v1/session", NULL,
                      "{\"email\":\"ben@example.com\",\"password\":\"wrong\"}");
    CHECK_STATUS(status, 429);
    CHECK_CSTR(at(f, "error.code"), "E_RATE");
    CHECK(strcmp(header(f, "Retry-After"), "(absent)") != 0);
    check_shape(f);
}

TEST(errors, the_path_is_the_field_and_in_a_batch_requests_n_field)
{
    struct fix *f = contract();

    CHECK_STATUS(call(f, ADMIN, "POST", RENTAL, NULL,
                      "{\"mail\":\"x\",\"pieces\":\"y\"}"),
                 422);
    CHECK_HAS(at(f, "error.issues"), "\"path\":\"mail\"");
    CHECK_HAS(at(f, "error.issues"), "\"path\":\"pieces\"");
    CHECK_STATUS(call(f, ADMIN, "POST", "/api/v1/batch", NULL,
                      "{\"requests\":[{\"method\":\"POST\",\"path\":\"" ASSET
                      "\",\"body\":{\"name\":\"ok\"}},{\"method\":\"POST\","
                      "\"path\":\"" RENTAL "\",\"body\":{\"mail\":\"x\"}}]}"),
                 422);
    CHECK_CSTR(at(f, "error.issues.0.path"), "requests.1.mail");
}

TEST(errors, unknown_fields_and_parameters_are_422_and_suggest)
{
    static const struct {
        const char *method, *target, *body, *path, *near;
    } CASES[] = {
        {"POST", ASSET, "{\"nmae\":\"x\"}", "nmae", "name"},
        {"GET", ASSET "?fileds=name", NULL, "fileds", "fields"},
        {"GET", ASSET "?fields=nane", NULL, "fields", "name"},
        {"GET", ASSET "?sort=ctiy", NULL, "sort", "city"},
        {"GET", ASSET "?expand=parnet", NULL, "expand", "parent"},
        {"GET", ASSET "?filter=ctiy+%3D+'x'", NULL, "filter", "city"},
        {"POST", "/api/v1/batch", "{\"reqests\":[]}", "reqests", "requests"},
        {"GET", ASSET "/aggregate?by=ctiy", NULL, "by", "city"},
        {"GET", ASSET "/aggregate?mesure=count()", NULL, "mesure", "measure"}};
    struct fix *f = contract();
    size_t i;

    for (i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        CHECK_STATUS(call(f, ADMIN, CASES[i].method, CASES[i].target, NULL,
                          CASES[i].body),
                     422);
        CHECK_HAS(at(f, "error.issues"),
                  text(f, "\"path\":\"%s\"", CASES[i].path));
        CHECK_HAS(at(f, "error.issues"), CASES[i].near);
    }
}

/* --- Idempotency-Key --------------------------------------------------------------- */

TEST(errors, a_key_with_another_body_is_422)
{
    static const struct {
        const char *target, *headers, *one, *two;
    } CASES[] = {
        {ASSET, "", "{\"name\":\"1\"}", "{\"name\":\"2\"}"},
        {"/api/v1/batch", "", "{\"requests\":[]}",
         "{\"requests\":[],\"mode\":\"partial\"}"},
        {"/api/v1/files?name=k", BYTES, "one", "two"},
    };
    struct fix *f = contract();
    size_t i;

    for (i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        const char *headers =
            text(f, "Idempotency-Key: other-%d\n%s", (int)i, CASES[i].headers);

        CHECK(call(f, ADMIN, "POST", CASES[i].target, headers, CASES[i].one) <
              300);
        if (i == 1) /* nothing was written, so nothing is remembered */
            continue;
        CHECK_STATUS(
            call(f, ADMIN, "POST", CASES[i].target, headers, CASES[i].two),
            422);
        CHECK_CSTR(at(f, "error.issues.0.path"), "Idempotency-Key");
    }
}

TEST(errors, an_upload_sent_again_under_its_key_is_one_file)
{
    struct fix *f = contract();
    const char *headers = "Idempotency-Key: up-1\n" BYTES, *id, *big;
    size_t n = 600000;
    char *bytes = arena_alloc(&f->a, n);

    CHECK(bytes != NULL);
    memset(bytes, 'b', n);
    CHECK_STATUS(call(f, ADMIN, "POST", "/api/v1/files?name=k", headers, "k"),
                 201);
    id = at(f, "id");
    CHECK_STATUS(call(f, ADMIN, "POST", "/api/v1/files?name=k", headers, "k"),
                 201);
    CHECK_CSTR(at(f, "id"), id);
    CHECK_CSTR(header(f, "Idempotent-Replayed"), "true");
    CHECK_HAS(header(f, "Location"), id);
    /* one that was spilled on its way too */
    headers = "Idempotency-Key: up-2\n" BYTES;
    CHECK_STATUS(call_bytes(f, ADMIN, "POST", "/api/v1/files?name=b", headers,
                            str_of(bytes, n)),
                 201);
    big = at(f, "id");
    CHECK_STATUS(call_bytes(f, ADMIN, "POST", "/api/v1/files?name=b", headers,
                            str_of(bytes, n)),
                 201);
    CHECK_CSTR(at(f, "id"), big);
    CHECK_STATUS(
        call(f, ADMIN, "GET", text(f, "/api/v1/files/%s", big), NULL, NULL),
        200);
    CHECK_I64((int64_t)f->res.body.n, (int64_t)n);
}

TEST(errors, what_answers_a_secret_refuses_a_key)
{
    struct fix *f = contract();

    CHECK_STATUS(call(f, PERSON, "POST", "/api/v1/tokens",
                      "Idempotency-Key: t\n",
                      "{\"name\":\"t\",\"scopes\":[\"read\"]}"),
                 422);
    CHECK_CSTR(at(f, "error.issues.0.path"), "Idempotency-Key");
    CHECK_HAS(at(f, "error.message"), "secret");
    CHECK_STATUS(call(f, NOBODY, "POST", "/api/v1/session",
                      "Idempotency-Key: t\n",
                      "{\"email\":\"x\",\"password\":\"y\"}"),
                 422);
}
