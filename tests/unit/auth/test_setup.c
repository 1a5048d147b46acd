/* setup: the first administrator, by a link that works once. */
#include "auth/auth.h"
#include "base/issues.h"
#include "support/runtime/ws_fixture.h"
#include "support/test.h"

static const struct str GOOD = STR_INIT("four walnuts under oaks");

struct set {
    struct ws_fixture f;
    struct issues issues;
    struct auth_session session;
    struct str token;
};

static void begin(struct set *s)
{
    ws_fixture_open(&s->f);
    s->session = (struct auth_session){0};
    s->token = STR_NONE;
    issues_init(&s->issues, &s->f.arena);
    CHECK_RC(auth_setup_begin(&s->f.ws, &s->f.arena, &s->token, &s->f.err),
             RC_OK);
}

static enum rc set_up(struct set *s, struct str token, const char *email,
                      struct str password)
{
    issues_init(&s->issues, &s->f.arena);
    return auth_setup(&s->f.ws, token, STR("Ada"), str_c(email), password,
                      STR("192.0.2.1"), STR("Browser/1"), &s->f.arena,
                      &s->issues, &s->session, &s->f.err);
}

TEST(setup, makes_the_first_administrator_and_signs_in)
{
    struct set s;
    int wait = 0;

    begin(&s);
    CHECK_I64(s.token.n, 43);
    CHECK_RC(set_up(&s, s.token, "Ada@Example.org", GOOD), RC_OK);
    CHECK(s.session.user > 0 && s.session.token.n == 43);
    CHECK_I64(ws_i64(&s.f, "SELECT count(*) FROM sys_user WHERE admin = 1 AND "
                           "active = 1 AND email = 'ada@example.org'"),
              1);
    CHECK_I64(ws_i64(&s.f, "SELECT count(*) FROM sys_session"), 1);
    CHECK_I64(ws_i64(&s.f, "SELECT count(*) FROM sys_chg"), 1); /* journalled */
    CHECK_RC(auth_sign_in(&s.f.ws, STR("ada@example.org"), GOOD, STR(""),
                          STR(""), &s.f.arena, &s.session, &wait, &s.f.err),
             RC_OK);
    ws_fixture_close(&s.f);
}

TEST(setup, works_once)
{
    struct set s;
    struct str again = STR("x");

    begin(&s);
    CHECK_RC(set_up(&s, s.token, "ada@example.org", GOOD), RC_OK);
    CHECK_RC(set_up(&s, s.token, "eve@example.org", GOOD), RC_DENIED);
    CHECK_I64(ws_i64(&s.f, "SELECT count(*) FROM sys_user"), 1);
    CHECK_RC(auth_setup_begin(&s.f.ws, &s.f.arena, &again, &s.f.err), RC_OK);
    CHECK(again.p == NULL); /* there is one: no link any more */
    ws_fixture_close(&s.f);
}

TEST(setup, is_refused_with_another_or_an_old_token)
{
    struct set s;
    struct str old;

    begin(&s);
    CHECK_RC(set_up(&s, STR(""), "ada@example.org", GOOD), RC_DENIED);
    CHECK_RC(set_up(&s, STR("guess"), "ada@example.org", GOOD), RC_DENIED);
    old = s.token;
    CHECK_RC(auth_setup_begin(&s.f.ws, &s.f.arena, &s.token, &s.f.err), RC_OK);
    CHECK_RC(set_up(&s, old, "ada@example.org", GOOD), RC_DENIED);
    s.f.clock.now += AUTH_SETUP_HOURS * INT64_C(3600000);
    CHECK_RC(set_up(&s, s.token, "ada@example.org", GOOD), RC_DENIED);
    CHECK_I64(ws_i64(&s.f, "SELECT count(*) FROM sys_user"), 0);
    ws_fixture_close(&s.f);
}

TEST(setup, says_all_that_is_wrong_and_keeps_the_link)
{
    struct set s;

    begin(&s);
    CHECK_RC(set_up(&s, s.token, "", STR("short")), RC_INVALID);
    CHECK_I64(s.issues.n, 2);
    CHECK_RC(set_up(&s, s.token, "no address", GOOD), RC_INVALID);
    CHECK_STR(s.issues.v[0].path, "email");
    CHECK_I64(s.session.user, 0);
    CHECK_I64(ws_i64(&s.f, "SELECT count(*) FROM sys_password"), 0);
    CHECK_RC(set_up(&s, s.token, "ada@example.org", GOOD), RC_OK);
    ws_fixture_close(&s.f);
}

TEST(setup, keeps_only_a_hash_of_the_link)
{
    struct set s;

    begin(&s);
    CHECK_I64(ws_text(&s.f, "SELECT value FROM sys_kv").n, 64);
    CHECK(str_find(ws_text(&s.f, "SELECT value FROM sys_kv"), s.token) < 0);
    ws_fixture_close(&s.f);
}

TEST(setup, is_for_init_too_and_no_address_twice)
{
    struct set s;
    struct issues issues;
    int64_t user = 0;

    begin(&s);
    issues_init(&issues, &s.f.arena);
    CHECK_RC(auth_create_admin(&s.f.ws, STR("Ada"), STR("ada@example.org"),
                               GOOD, &s.f.arena, &issues, &user, &s.f.err),
             RC_OK);
    CHECK(user > 0);
    CHECK_RC(auth_create_admin(&s.f.ws, STR("Eve"), STR("ada@example.org"),
                               GOOD, &s.f.arena, &issues, &user, &s.f.err),
             RC_CONFLICT);
    CHECK_RC(auth_setup_begin(&s.f.ws, &s.f.arena, &s.token, &s.f.err), RC_OK);
    CHECK(s.token.p == NULL);
    ws_fixture_close(&s.f);
}
