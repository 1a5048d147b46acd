/* Every row of the contract's table of errors that a request can reach, and
   what a request may get wrong; nothing of it changes anything. */
#include "support/runtime/api_fixture.h"

struct refusal {
    enum who who;
    const char *method, *target, *headers, *body;
    int status;
    const char *code, *path, *says; /* path: of an issue; says: in the text */
};

#define ACC "/api/v1/shop/account"

static const struct refusal REFUSALS[] = {
    /* nobody, no right */
    {NOBODY, "GET", ACC, NULL, NULL, 401, "E_AUTH", NULL, "Sign in"},
    {NOBODY, "GET", ACC, "Authorization: Bearer pgt_x\n", NULL, 401, "E_AUTH",
     NULL, NULL},
    {NOBODY, "GET", ACC, "Authorization: Basic eDp5\n", NULL, 401, "E_AUTH",
     NULL, NULL},
    {NOBODY, "GET", ACC, "Cookie: s=nonsense\n", NULL, 401, "E_AUTH", NULL,
     NULL},
    {NOBODY, "POST", ACC, NULL, "{\"name\":\"x\"}", 401, "E_AUTH", NULL, NULL},
    {READER, "POST", ACC, NULL, "{\"name\":\"x\"}", 403, "E_PERMISSION", NULL,
     "write"},
    {USER, "POST", "/api/v1/sys/user", NULL, "{\"name\":\"x\"}", 403,
     "E_PERMISSION", NULL, NULL},
    {USER, "GET", "/api/v1/packages", NULL, NULL, 403, "E_PERMISSION", NULL,
     "administrators"},
    {ADMIN, "POST", "/api/v1/tokens", NULL, "{\"name\":\"x\"}", 403,
     "E_PERMISSION", NULL, "person"},
    {ADMIN, "POST", "/api/v1/setup/link", NULL, NULL, 403, "E_PERMISSION", NULL,
     "command line"},
    /* not there */
    {ADMIN, "GET", "/api/v1/nothing", NULL, NULL, 404, "E_NOT_FOUND", NULL,
     NULL},
    {ADMIN, "GET", "/api/v1/shop/nothing", NULL, NULL, 404, "E_NOT_FOUND", NULL,
     "no such entity"},
    {ADMIN, "GET", ACC "/00000000001", NULL, NULL, 404, "E_NOT_FOUND", NULL,
     NULL},
    {ADMIN, "GET", ACC "/not-an-id", NULL, NULL, 404, "E_NOT_FOUND", NULL,
     NULL},
    {ADMIN, "PATCH", ACC "/00000000001", NULL, "{}", 404, "E_NOT_FOUND", NULL,
     NULL},
    {ADMIN, "DELETE", ACC "/00000000001", NULL, NULL, 404, "E_NOT_FOUND", NULL,
     NULL},
    {ADMIN, "GET", ACC "/00000000001/history", NULL, NULL, 404, "E_NOT_FOUND",
     NULL, NULL},
    {ADMIN, "GET", "/api/v1/jobs/00000000001", NULL, NULL, 404, "E_NOT_FOUND",
     NULL, NULL},
    {ADMIN, "GET", "/api/v1/files/00000000001", NULL, NULL, 404, "E_NOT_FOUND",
     NULL, NULL},
    {ADMIN, "GET", "/w/other/api/v1/model", NULL, NULL, 404, "E_NOT_FOUND",
     NULL, "workspace"},
    {ADMIN, "PUT", ACC, NULL, NULL, 405, "E_METHOD", NULL, NULL},
    /* not well-formed */
    {ADMIN, "POST", ACC, NULL, "{\"name\":", 400, "E_SYNTAX", NULL, "line 1"},
    {ADMIN, "POST", ACC, NULL, "{\"name\":\"x\",\"name\":\"y\"}", 400,
     "E_SYNTAX", NULL, "twice"},
    {ADMIN, "POST", ACC, NULL, "{\"name\":\"\xff\"}", 400, "E_SYNTAX", NULL,
     NULL},
    {ADMIN, "POST", ACC, "Content-Type: text/plain\n", "{}", 415,
     "E_MEDIA_TYPE", NULL, "application/json"},
    {ADMIN, "POST", ACC, NULL, NULL, 415, "E_MEDIA_TYPE", NULL, NULL},
    {ADMIN, "POST", "/api/v1/files?name=a", "Content-Type: text/plain\n", "x",
     415, "E_MEDIA_TYPE", NULL, "octet-stream"},
    /* well-formed but wrong */
    {ADMIN, "POST", ACC, NULL, "[1]", 422, "E_VALIDATION", NULL, "object"},
    {ADMIN, "POST", ACC, NULL, "{}", 422, "E_VALIDATION", "name", NULL},
    {ADMIN, "POST", ACC, NULL, "{\"name\":\"x\",\"cty\":1}", 422,
     "E_VALIDATION", "cty", "city"},
    {ADMIN, "POST", ACC, NULL, "{\"name\":7}", 422, "E_VALIDATION", "name",
     NULL},
    {ADMIN, "POST", ACC, NULL, "{\"name\":\"x\\u0000y\"}", 422, "E_VALIDATION",
     NULL, NULL},
    {ADMIN, "POST", ACC, NULL, "{\"name\":\"x\",\"email\":\"nope\"}", 422,
     "E_VALIDATION", "email", NULL},
    {ADMIN, "POST", ACC, NULL, "{\"name\":\"x\",\"staff\":9007199254740993}",
     422, "E_VALIDATION", "staff", NULL},
    {ADMIN, "POST", ACC, NULL,
     "{\"name\":\"x\",\"staff\":123456789012345678901}", 422, "E_VALIDATION",
     "staff", NULL},
    {ADMIN, "POST", ACC, NULL, "{\"name\":\"x\",\"staff\":1.5}", 422,
     "E_VALIDATION", "staff", NULL},
    {ADMIN, "POST", ACC, NULL, "{\"name\":\"x\",\"staff\":1e400}", 422, NULL,
     NULL, NULL},
    {ADMIN, "POST", ACC "?fields=cty", NULL, "{\"name\":\"x\"}", 422,
     "E_VALIDATION", "fields", "city"},
    {ADMIN, "POST", ACC "?expand=city", NULL, "{\"name\":\"x\"}", 422,
     "E_VALIDATION", "expand", NULL},
    {ADMIN, "POST", "/api/v1/shop/deal", NULL,
     "{\"name\":\"x\",\"account\":\"00000000001\"}", 422, "E_VALIDATION",
     "account", NULL},
    {ADMIN, "GET", ACC "?filter=city+%3D+", NULL, NULL, 422, "E_FX", "filter",
     NULL},
    {ADMIN, "GET", ACC "?filter=cty+%3D+'x'", NULL, NULL, 422, "E_FX", "filter",
     "city"},
    {ADMIN, "GET", ACC "?sort=cty", NULL, NULL, 422, "E_VALIDATION", "sort",
     "city"},
    {ADMIN, "GET", ACC "?fields=cty", NULL, NULL, 422, "E_VALIDATION", "fields",
     "city"},
    {ADMIN, "GET", ACC "?expand=city", NULL, NULL, 422, "E_VALIDATION",
     "expand", NULL},
    {ADMIN, "GET", ACC "?limit=0", NULL, NULL, 422, "E_VALIDATION", "limit",
     "200"},
    {ADMIN, "GET", ACC "?limit=201", NULL, NULL, 422, "E_VALIDATION", "limit",
     NULL},
    {ADMIN, "GET", ACC "?limit=x", NULL, NULL, 422, "E_VALIDATION", "limit",
     NULL},
    {ADMIN, "GET", ACC "?count=yes", NULL, NULL, 422, "E_VALIDATION", "count",
     NULL},
    {ADMIN, "GET", ACC "?deleted=all", NULL, NULL, 422, "E_VALIDATION",
     "deleted", NULL},
    {ADMIN, "GET", ACC "?as_of=yesterday", NULL, NULL, 422, "E_VALIDATION",
     "as_of", "2026-03-01"},
    {ADMIN, "GET", ACC "/export?as_of=2026-01-01", NULL, NULL, 422,
     "E_VALIDATION", "as_of", NULL},
    {ADMIN, "GET", ACC "?filtr=x", NULL, NULL, 422, "E_VALIDATION", "filtr",
     "filter"},
    {ADMIN, "GET", "/api/v1/search?q=x&entities=shop:acount", NULL, NULL, 422,
     "E_VALIDATION", "entities", NULL},
    {ADMIN, "GET", "/api/v1/search", NULL, NULL, 422, "E_VALIDATION", "q",
     NULL},
    {ADMIN, "GET", ACC "/aggregate?by=cty&measure=count()", NULL, NULL, 422,
     "E_VALIDATION", "by", NULL},
    {ADMIN, "GET", ACC "/export?format=pdf", NULL, NULL, 422, "E_VALIDATION",
     "format", NULL},
    {ADMIN, "POST", "/api/v1/undo/00000000001", NULL, "{\"skip\":true}", 422,
     "E_VALIDATION", "skip", "skip_conflicts"},
    {ADMIN, "POST", "/api/v1/batch", NULL, "{}", 422, "E_VALIDATION",
     "requests", NULL},
    {ADMIN, "POST", "/api/v1/batch", NULL, "{\"mode\":\"x\",\"requests\":[]}",
     422, "E_VALIDATION", "mode", NULL},
    {ADMIN, "POST", ACC "/bulk", NULL, "{\"ids\":[]}", 422, "E_VALIDATION",
     "set", NULL},
    {ADMIN, "POST", ACC "/bulk", NULL, "{\"delete\":true}", 422, "E_VALIDATION",
     "ids", NULL},
    {ADMIN, "POST", ACC "/bulk", NULL, "{\"filter\":\"\",\"delete\":true}", 422,
     "E_VALIDATION", "filter", "no records"},
    {ADMIN, "POST", ACC "/bulk", NULL, "{\"filter\":\" \\n\",\"delete\":true}",
     422, "E_VALIDATION", "filter", NULL},
    {ADMIN, "POST", ACC "/bulk", NULL,
     "{\"filter\":\"true\",\"set\":{\"staff\":1},\"delete\":true}", 422,
     "E_VALIDATION", "set", NULL},
    {ADMIN, "POST", ACC "/import", NULL, "{}", 422, "E_VALIDATION", "file",
     NULL},
    {ADMIN, "POST", ACC "/import", NULL,
     "{\"file\":\"00000000001\",\"map\":{\"columns\":{\"x\":\"cty\"}}}", 422,
     "E_VALIDATION", NULL, NULL},
    {ADMIN, "POST", "/api/v1/files?name=a/b",
     "Content-Type: application/octet-stream\n", "x", 422, "E_VALIDATION",
     "name", NULL},
    {NOBODY, "POST", "/api/v1/session", NULL, "{\"email\":1}", 422,
     "E_VALIDATION", "email", NULL},
    {NOBODY, "POST", "/api/v1/session", NULL,
     "{\"email\":\"ann@example.com\",\"password\":\"wrong\"}", 401, "E_AUTH",
     NULL, "wrong"},
    {NOBODY, "POST", "/api/v1/setup", NULL,
     "{\"token\":\"x\",\"name\":\"x\",\"email\":\"x@example.com\","
     "\"password\":\"0123456789abcdef\"}",
     403, "E_PERMISSION", NULL, NULL},
};

static bool has_path(struct fix *f, const char *path)
{
    const struct json *issues =
        json_at(json_at(body_json(f), "error"), "issues");
    size_t i;

    for (i = 0; i < issues->u.array.n; i++)
        if (str_eq(json_str(json_at(&issues->u.array.v[i], "path"), STR("")),
                   str_c(path)))
            return true;
    return false;
}

TEST(errors, each_refusal_has_its_status_code_and_place)
{
    size_t i;

    for (i = 0; i < sizeof REFUSALS / sizeof *REFUSALS; i++) {
        const struct refusal *r = &REFUSALS[i];
        struct fix *f = fix();
        int status = call(f, r->who, r->method, r->target, r->headers, r->body);

        if (status != r->status ||
            (r->code && strcmp(at(f, "error.code"), r->code) != 0) ||
            (r->path && !has_path(f, r->path)) ||
            (r->says && !strstr(body_text(f), r->says)))
            test_fail(__FILE__, __LINE__, "%s %s %s: %d %s", r->method,
                      r->target, r->body ? r->body : "", status, body_text(f));
        CHECK(strcmp(at(f, "error.message"), "(absent)") != 0);
        CHECK(strcmp(at(f, "error.message"), "") != 0);
        CHECK(json_at(json_at(body_json(f), "error"), "issues")->kind ==
              JSON_ARRAY);
    }
}

TEST(errors, the_headers_that_go_with_a_status)
{
    struct fix *f = fix();

    CHECK_STATUS(call(f, NOBODY, "GET", ACC, NULL, NULL), 401);
    CHECK_CSTR(header(f, "WWW-Authenticate"), "Bearer");
    CHECK_STATUS(call(f, ADMIN, "PUT", ACC, NULL, NULL), 405);
    CHECK_CSTR(header(f, "Allow"), "GET, HEAD, POST");
    CHECK_CSTR(header(f, "Cache-Control"), "no-store");
}

TEST(errors, a_duplicate_is_409)
{
    struct fix *f = fix();

    new_account(f, "{\"name\":\"U1\",\"email\":\"one@example.com\"}");
    CHECK_STATUS(call(f, ADMIN, "POST", ACC, NULL,
                      "{\"name\":\"U2\",\"email\":\"ONE@example.com\"}"),
                 409);
    CHECK_CSTR(at(f, "error.code"), "E_DUPLICATE");
    CHECK_CSTR(at(f, "error.issues.0.path"), "email");
    CHECK_CSTR(at(f, "error.current"), "(absent)");
}

TEST(errors, a_move_that_does_not_exist_is_a_state_error)
{
    struct fix *f = fix();
    const char *id;

    CHECK_STATUS(call(f, ADMIN, "POST", "/api/v1/shop/deal", NULL,
                      "{\"name\":\"S\",\"stage\":\"lost\"}"),
                 201);
    id = at(f, "id");
    CHECK_STATUS(call(f, ADMIN, "PATCH", text(f, "/api/v1/shop/deal/%s", id),
                      NULL, "{\"stage\":\"won\"}"),
                 422);
    CHECK_CSTR(at(f, "error.code"), "E_STATE");
    CHECK_CSTR(at(f, "error.issues.0.path"), "stage");
}

TEST(errors, a_record_that_others_need_is_not_deleted)
{
    struct fix *f = fix();
    const char *id = new_account(f, "{\"name\":\"Needed\"}");

    CHECK_STATUS(call(f, ADMIN, "POST", "/api/v1/shop/deal", NULL,
                      text(f, "{\"name\":\"N\",\"account\":\"%s\"}", id)),
                 201);
    call(f, ADMIN, "DELETE", text(f, ACC "/%s", id), NULL, NULL);
    CHECK(f->res.status == 409 || f->res.status == 422);
    CHECK(strcmp(at(f, "error.issues"), "[]") != 0);
}

TEST(errors, all_that_is_wrong_is_told_at_once)
{
    struct fix *f = fix();

    CHECK_STATUS(call(f, ADMIN, "POST", ACC, NULL,
                      "{\"city\":5,\"email\":\"x\",\"staff\":-1,\"nme\":1}"),
                 422);
    CHECK(has_path(f, "city"));
    CHECK(has_path(f, "email"));
    CHECK(has_path(f, "staff"));
    CHECK(has_path(f, "nme"));
    CHECK(has_path(f, "name"));
}

TEST(errors, bodies_have_a_ceiling_lower_for_strangers)
{
    static char big[(4 << 20) + 64];
    struct fix *f = fix();

    memset(big, ' ', sizeof big);
    memcpy(big, "{\"email\":\"x\"", 12);
    CHECK_STATUS(call_bytes(f, NOBODY, "POST", "/api/v1/session", NULL,
                            str_of(big, 4097)),
                 413);
    CHECK_CSTR(at(f, "error.code"), "E_TOO_LARGE");
    CHECK_STATUS(
        call_bytes(f, ADMIN, "POST", ACC, NULL, str_of(big, (4 << 20) + 1)),
        413);
    CHECK_STATUS(call_bytes(f, ADMIN, "POST", ACC, NULL, str_of(big, 4097)),
                 400); /* read whole, then not JSON */
}

TEST(errors, a_name_is_given_back_byte_for_byte)
{
    /* what must never become markup, SQL or another field */
    static const char *const NAMES[] = {
        "Robert'); DROP TABLE shop_account;--",
        "<script>alert(1)</script>",
        "\xe2\x80\xae"
        "abc",
        "e\xcc\x81 vs \xc3\xa9",
        "%00 %2f \\\\ \\\"",
        "=cmd|' /C calc'!A0",
        "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa9",
        "null",
        "' OR 1=1 --",
        "${7*7}{{7*7}}"};
    size_t i;

    for (i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        struct fix *f = fix();
        const char *id = new_account(f, text(f, "{\"name\":\"%s\"}", NAMES[i]));
        const char *was = at(f, "name");

        CHECK_STATUS(call(f, ADMIN, "GET", text(f, ACC "/%s", id), NULL, NULL),
                     200);
        CHECK_CSTR(at(f, "name"), was);
    }
}
