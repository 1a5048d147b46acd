/* Who asks: cookies, forgery, tokens, passwords. */
#include "base/id.h"
#include "support/runtime/api_fixture.h"

#define SIGN_IN "{\"email\":\"ann@example.com\",\"password\":\"" PASSWORD "\"}"

TEST(session, signing_in_sets_the_cookie_and_tells_the_csrf)
{
    struct fix *f = fix();
    const char *cookie;

    CHECK_STATUS(call(f, NOBODY, "POST", "/api/v1/session", NULL, SIGN_IN),
                 200);
    CHECK_CSTR(at(f, "user.name"), "Ann");
    CHECK_CSTR(at(f, "user.email"), "ann@example.com");
    CHECK_CSTR(at(f, "user.admin"), "true");
    CHECK(strlen(at(f, "csrf")) > 20);
    cookie = header(f, "Set-Cookie");
    CHECK(strncmp(cookie, "s=", 2) == 0);
    CHECK_HAS(cookie, "HttpOnly");
    CHECK_HAS(cookie, "SameSite=Lax");
    CHECK(strstr(cookie, "Secure") == NULL); /* plain loopback */
}

TEST(session, it_is_told_and_ends)
{
    struct fix *f = fix();
    const char *cookie, *csrf;

    CHECK_STATUS(call(f, NOBODY, "POST", "/api/v1/session", NULL, SIGN_IN),
                 200);
    csrf = at(f, "csrf");
    cookie = header(f, "Set-Cookie");
    cookie = text(f, "Cookie: %.*s\n", (int)strcspn(cookie, ";"), cookie);
    CHECK_STATUS(call(f, NOBODY, "GET", "/api/v1/session", cookie, NULL), 200);
    CHECK_CSTR(at(f, "csrf"), csrf);
    CHECK_STATUS(call(f, NOBODY, "DELETE", "/api/v1/session",
                      text(f, "%sX-CSRF: %s\n", cookie, csrf), NULL),
                 204);
    CHECK_HAS(header(f, "Set-Cookie"), "Max-Age=0");
    CHECK_STATUS(call(f, NOBODY, "GET", "/api/v1/session", cookie, NULL), 401);
}

TEST(session, what_another_site_could_send_is_refused)
{
    static const struct {
        const char *headers;
        bool with_csrf;
        int status;
    } CASES[] = {
        {"", true, 201},
        {"", false, 403},
        {"X-CSRF: wrong\n", false, 403},
        {"X-CSRF: \n", false, 403},
        {"Origin: http://localhost\n", true, 201},
        {"Origin: https://localhost\n", true, 201},
        {"Origin: http://evil.example\n", true, 403},
        {"Origin: http://localhost.evil.example\n", true, 403},
        {"Origin: null\n", true, 403},
        {"Sec-Fetch-Site: same-origin\n", true, 201},
        {"Sec-Fetch-Site: none\n", true, 201},
        {"Sec-Fetch-Site: same-site\n", true, 403},
        {"Sec-Fetch-Site: cross-site\n", true, 403},
        {"Content-Type: text/plain\n", true, 415},
        {"Content-Type: application/x-www-form-urlencoded\n", true, 415},
        {"Content-Type: multipart/form-data\n", true, 415},
    };
    size_t i;

    for (i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        struct fix *f = fix();
        const char *headers = text(
            f, "Cookie: s=%s\n%s%s%s%s", f->cookie, CASES[i].headers,
            CASES[i].with_csrf ? "X-CSRF: " : "",
            CASES[i].with_csrf ? f->csrf : "", CASES[i].with_csrf ? "\n" : "");
        int status = call(f, NOBODY, "POST", "/api/v1/shop/account", headers,
                          "{\"name\":\"Forged\"}");

        if (status != CASES[i].status)
            test_fail(__FILE__, __LINE__, "%s: %d %s", CASES[i].headers, status,
                      body_text(f));
    }
}

TEST(session, signing_in_from_another_site_is_refused)
{
    struct fix *f = fix();

    CHECK_STATUS(call(f, NOBODY, "POST", "/api/v1/session",
                      "Origin: http://evil.example\n", SIGN_IN),
                 403);
    CHECK_STATUS(call(f, NOBODY, "POST", "/api/v1/session",
                      "Sec-Fetch-Site: cross-site\n", SIGN_IN),
                 403);
}

TEST(session, a_token_needs_no_csrf_and_the_socket_no_proof)
{
    struct fix *f = fix();

    CHECK_STATUS(call(f, ADMIN, "POST", "/api/v1/shop/account",
                      "Origin: http://evil.example\n", "{\"name\":\"T\"}"),
                 201);
    CHECK_STATUS(
        call(f, CLI, "POST", "/api/v1/shop/account", NULL, "{\"name\":\"C\"}"),
        201);
    CHECK_CSTR(at(f, "created_by"), "null");
    CHECK_STATUS(call(f, CLI, "POST", "/api/v1/setup/link", NULL, NULL), 200);
    CHECK_CSTR(body_text(f), "{\"token\":null}"); /* there is one already */
}

TEST(session, tokens_are_made_shown_once_listed_and_revoked)
{
    struct fix *f = fix();
    const char *token, *id, *bearer;

    CHECK_STATUS(
        call(f, PERSON, "POST", "/api/v1/tokens", NULL,
             "{\"name\":\"ci\",\"expires_at\":\"2026-12-31T00:00:00Z\","
             "\"scopes\":[\"read\"]}"),
        201);
    id = at(f, "id");
    token = at(f, "token");
    CHECK(strncmp(token, "pgt_", 4) == 0);
    CHECK_CSTR(at(f, "expires_at"), "2026-12-31T00:00:00.000Z");
    bearer = text(f, "Authorization: Bearer %s\n", token);
    CHECK_STATUS(call(f, NOBODY, "GET", "/api/v1/shop/account", bearer, NULL),
                 200);
    CHECK_STATUS(call(f, NOBODY, "POST", "/api/v1/shop/account", bearer,
                      "{\"name\":\"x\"}"),
                 403);
    CHECK_STATUS(call(f, PERSON, "GET", "/api/v1/tokens", NULL, NULL), 200);
    CHECK(strstr(body_text(f), token) == NULL);
    CHECK_HAS(body_text(f), id);
    CHECK_STATUS(
        call(f, PERSON, "DELETE", text(f, "/api/v1/tokens/%s", id), NULL, NULL),
        204);
    CHECK_STATUS(call(f, NOBODY, "GET", "/api/v1/shop/account", bearer, NULL),
                 401);
}

TEST(session, a_token_is_refused_what_makes_no_sense)
{
    static const struct {
        const char *body, *path;
    } CASES[] = {{"{}", "name"},
                 {"{\"name\":\"  \"}", "name"},
                 {"{\"name\":\"x\",\"scopes\":[]}", "scopes"},
                 {"{\"name\":\"x\",\"scopes\":[\"admin\"]}", "scopes"},
                 {"{\"name\":\"x\",\"scopes\":\"read\"}", "scopes"},
                 {"{\"name\":\"x\",\"expires_at\":\"tomorrow\"}", "expires_at"},
                 {"{\"name\":\"x\",\"expires_at\":\"2020-01-01T00:00:00Z\"}",
                  "expires_at"},
                 {"{\"name\":\"x\",\"expiry\":null}", "expiry"},
                 {"{\"name\":\"x\",\"user\":\"ben@example.com\"}", "user"}};
    size_t i;

    for (i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        struct fix *f = fix();

        CHECK_STATUS(
            call(f, PERSON, "POST", "/api/v1/tokens", NULL, CASES[i].body),
            422);
        CHECK_CSTR(at(f, "error.issues.0.path"), CASES[i].path);
    }
}

TEST(session, a_password_is_changed_with_the_one_of_before)
{
    struct fix *f = fix();
    char id[12];
    const char *own;

    id_format(f->admin, id);
    own = text(f, "/api/v1/sys/user/%s/password", id);
    CHECK_STATUS(call(f, PERSON, "PUT", own, NULL,
                      "{\"current\":\"wrong\",\"password\":\"" PASSWORD "\"}"),
                 422);
    CHECK_CSTR(at(f, "error.issues.0.path"), "current");
    CHECK_STATUS(call(f, PERSON, "PUT", own, NULL,
                      "{\"current\":\"" PASSWORD "\",\"password\":\"short\"}"),
                 422);
    CHECK_CSTR(at(f, "error.issues.0.path"), "password");
    CHECK_STATUS(call(f, USER, "PUT", own, NULL, "{\"password\":\"x\"}"), 403);
    id_format(f->user, id);
    CHECK_STATUS(call(f, PERSON, "PUT",
                      text(f, "/api/v1/sys/user/%s/password", id), NULL,
                      "{\"password\":\"another long one 99\"}"),
                 204);
    CHECK_STATUS(call(f, NOBODY, "POST", "/api/v1/session", NULL,
                      "{\"email\":\"ben@example.com\","
                      "\"password\":\"another long one 99\"}"),
                 200);
    CHECK_CSTR(at(f, "user.admin"), "false");
}

/* Somebody who is no administrator, signed in: the headers of a write. */
static const char *colleague(struct fix *f)
{
    const char *id, *cookie;

    CHECK_STATUS(call(f, ADMIN, "POST", "/api/v1/sys/user", NULL,
                      "{\"name\":\"Cleo\",\"email\":\"cleo@example.com\"}"),
                 201);
    id = at(f, "id");
    CHECK_STATUS(call(f, PERSON, "PUT",
                      text(f, "/api/v1/sys/user/%s/password", id), NULL,
                      "{\"password\":\"another long one 99\"}"),
                 204);
    CHECK_STATUS(call(f, NOBODY, "POST", "/api/v1/session", NULL,
                      "{\"email\":\"cleo@example.com\","
                      "\"password\":\"another long one 99\"}"),
                 200);
    CHECK_CSTR(at(f, "user.admin"), "false");
    CHECK_CSTR(at(f, "user.theme"), "auto");
    cookie = header(f, "Set-Cookie");
    return text(f, "Cookie: %.*s\nX-CSRF: %s\n", (int)strcspn(cookie, ";"),
                cookie, at(f, "csrf"));
}

TEST(session, preferences_are_each_persons_own)
{
    static const char PATH[] = "/api/v1/session";
    struct fix *f = fix();
    const char *cleo = colleague(f);

    CHECK_STATUS(call(f, NOBODY, "PATCH", PATH, cleo,
                      "{\"lang\":\"de\",\"theme\":\"dark\"}"),
                 200);
    CHECK_CSTR(at(f, "user.lang"), "de");
    CHECK_CSTR(at(f, "user.theme"), "dark");
    CHECK_STATUS(call(f, NOBODY, "GET", PATH, cleo, NULL), 200);
    CHECK_CSTR(at(f, "user.lang"), "de");
    CHECK_CSTR(at(f, "user.name"), "Cleo");
    CHECK_STATUS(call(f, NOBODY, "PATCH", PATH, cleo, "{\"lang\":null}"), 200);
    CHECK_CSTR(at(f, "user.theme"), "dark");
    /* nobody else's, and nothing else of one's own */
    CHECK_STATUS(call(f, PERSON, "GET", PATH, NULL, NULL), 200);
    CHECK_CSTR(at(f, "user.theme"), "auto");
    CHECK_STATUS(call(f, NOBODY, "PATCH", PATH, cleo, "{\"admin\":true}"), 422);
    CHECK_CSTR(at(f, "error.issues.0.path"), "admin");
    CHECK_STATUS(call(f, NOBODY, "PATCH", PATH, cleo, "{\"theme\":\"pink\"}"),
                 422);
    CHECK_CSTR(at(f, "error.issues.0.path"), "theme");
    CHECK_STATUS(call(f, NOBODY, "PATCH", PATH, cleo, "{\"lang\":7}"), 422);
    CHECK_STATUS(call(f, NOBODY, "PATCH", PATH, cleo, "[]"), 422);
    CHECK_STATUS(call(f, USER, "PATCH", PATH, NULL, "{\"lang\":\"de\"}"), 403);
    CHECK_STATUS(call(f, CLI, "PATCH", PATH, NULL, "{\"lang\":\"de\"}"), 403);
    CHECK_STATUS(call(f, NOBODY, "PATCH", PATH, NULL, "{\"lang\":\"de\"}"),
                 401);
}

TEST(session, the_model_is_told_once_in_the_readers_language)
{
    struct fix *f = fix();
    const char *etag;

    CHECK_STATUS(call(f, PERSON, "GET", "/api/v1/model", NULL, NULL), 200);
    CHECK_CSTR(at(f, "user.name"), "Ann");
    CHECK_CSTR(at(f, "admin"), "true");
    CHECK_CSTR(at(f, "currency"), "EUR");
    CHECK_CSTR(at(f, "entities.shop:deal.path"), "shop/deal");
    CHECK_CSTR(at(f, "entities.shop:deal.status"), "stage");
    CHECK_CSTR(at(f, "entities.sys:user.can.create"), "true");
    etag = header(f, "ETag");
    CHECK(etag[0] == '"');
    CHECK_STATUS(call(f, PERSON, "GET", "/api/v1/model",
                      text(f, "If-None-Match: %s\n", etag), NULL),
                 304);
    CHECK_STATUS(
        call(f, PERSON, "GET", "/api/v1/model",
             text(f, "If-None-Match: %s\nAccept-Language: de-AT\n", etag),
             NULL),
        200);
    CHECK_CSTR(at(f, "lang"), "de");
    CHECK_CSTR(at(f, "entities.sys:user.label"), "Benutzer");
    CHECK_STATUS(call(f, USER, "GET", "/api/v1/model",
                      text(f, "If-None-Match: %s\n", etag), NULL),
                 200);
    CHECK_CSTR(at(f, "entities.sys:user.can.create"), "false");
    CHECK_CSTR(at(f, "user.name"), "Ben");
}
