/* session: signing in, what a request is told, and guessing. */
#include "fixture.h"

#include "support/test.h"

static const struct str GOOD = STR_INIT("four walnuts under oaks");

static enum rc sign_in(struct fix *f, const char *email, struct str password,
                       struct auth_session *out, int *wait)
{
    return auth_sign_in(&f->ws, str_c(email), password, STR("192.0.2.1"),
                        STR("Browser/1"), &f->arena, out, wait, &f->err);
}

static void with_user(struct fix *f)
{
    fix_open(f);
    fix_user(f, 11, "ada@example.org", true, true);
    CHECK_RC(auth_password_set(&f->ws, 11, GOOD, &f->err), RC_OK);
}

TEST(session, signs_in_and_says_who_asks)
{
    struct fix f;
    struct auth_session s = {0};
    struct auth who;
    int wait = 0;

    with_user(&f);
    CHECK_RC(sign_in(&f, " Ada@Example.org ", GOOD, &s, &wait), RC_OK);
    CHECK_I64(s.user, 11);
    CHECK_I64(s.token.n, 43);
    CHECK_RC(fix_by_session(&f, s.token, &who), RC_OK);
    CHECK_I64(who.kind, AUTH_SESSION);
    CHECK_I64(who.who.user, 11);
    CHECK(who.who.is_admin && who.who.may_write);
    CHECK_I64(who.who.rights, 1);
    CHECK_STR(who.email, "ada@example.org");
    CHECK_STR(who.who.lang, "de");
    CHECK(str_eq(who.csrf, s.csrf));
    CHECK_RC(auth_sign_out(&f.ws, s.token, &f.err), RC_OK);
    CHECK_RC(fix_by_session(&f, s.token, &who), RC_DENIED);
    CHECK_I64(who.kind, AUTH_NONE);
    fix_close(&f);
}

TEST(session, keeps_no_secret_in_the_file)
{
    struct fix f;
    struct auth_session s = {0};
    int wait = 0;
    char sql[256];

    with_user(&f);
    CHECK_RC(sign_in(&f, "ada@example.org", GOOD, &s, &wait), RC_OK);
    snprintf(sql, sizeof sql,
             "SELECT count(*) FROM sys_session WHERE instr(hash, '%.*s') > 0",
             STR_ARG(s.token));
    CHECK_I64(fix_count(&f, sql), 0);
    CHECK_I64(fix_count(&f, "SELECT count(*) FROM sys_login"), 1);
    CHECK_I64(fix_count(&f, "SELECT count(*) FROM sys_login WHERE key LIKE "
                            "'%ada%' OR key LIKE '%192%'"),
              0);
    fix_close(&f);
}

TEST(session, answers_every_wrong_sign_in_alike)
{
    struct fix f;
    struct auth_session s = {0};
    char first[ERR_TEXT_BYTES];
    int wait = 0;

    with_user(&f);
    fix_user(&f, 12, "off@example.org", false, false);
    fix_user(&f, 13, "none@example.org", true, false);
    CHECK_RC(auth_password_set(&f.ws, 12, GOOD, &f.err), RC_OK);
    CHECK_RC(sign_in(&f, "ada@example.org", STR("wrong"), &s, &wait),
             RC_DENIED);
    snprintf(first, sizeof first, "%s", f.err.text);
    CHECK_RC(sign_in(&f, "nobody@example.org", GOOD, &s, &wait), RC_DENIED);
    CHECK_CSTR(f.err.text, first);
    CHECK_RC(sign_in(&f, "off@example.org", GOOD, &s, &wait), RC_DENIED);
    CHECK_CSTR(f.err.text, first);
    CHECK_RC(sign_in(&f, "none@example.org", STR(""), &s, &wait), RC_DENIED);
    CHECK_CSTR(f.err.text, first);
    CHECK_RC(sign_in(&f, "", STR(""), &s, &wait), RC_DENIED);
    CHECK_RC(sign_in(&f, "\xff\xfe", GOOD, &s, &wait), RC_DENIED);
    CHECK_I64(s.user, 0); /* untouched */
    fix_close(&f);
}

TEST(session, makes_guessing_slow_and_never_locks_out)
{
    struct fix f;
    struct auth_session s = {0};
    int wait = 0;

    with_user(&f);
    for (int i = 0; i < 10; i++)
        CHECK_RC(sign_in(&f, "ada@example.org", STR("guess"), &s, &wait),
                 RC_DENIED);
    CHECK_RC(sign_in(&f, "ada@example.org", GOOD, &s, &wait), RC_LIMIT);
    CHECK_CSTR(f.err.code, "E_RATE");
    CHECK_I64(wait, 1);
    f.clock.now += 1000;
    CHECK_RC(sign_in(&f, "ada@example.org", STR("guess"), &s, &wait),
             RC_DENIED);
    CHECK_RC(sign_in(&f, "ada@example.org", GOOD, &s, &wait), RC_LIMIT);
    CHECK_I64(wait, 2); /* it doubles */
    f.clock.now += 2000;
    CHECK_RC(sign_in(&f, "ADA@example.org", GOOD, &s, &wait), RC_OK);
    CHECK_RC(sign_in(&f, "ada@example.org", GOOD, &s, &wait), RC_OK);
    fix_close(&f);
}

TEST(session, counts_an_address_over_all_accounts)
{
    struct fix f;
    struct auth_session s = {0};
    int wait = 0;

    with_user(&f);
    fix_exec(&f, "DELETE FROM sys_login");
    for (int i = 0; i < 3; i++)
        CHECK_RC(sign_in(&f, "a@example.org", STR("guess"), &s, &wait),
                 RC_DENIED);
    fix_exec(&f, "UPDATE sys_login SET failures = 30");
    CHECK_RC(sign_in(&f, "b@example.org", STR("guess"), &s, &wait), RC_DENIED);
    CHECK_RC(sign_in(&f, "c@example.org", STR("guess"), &s, &wait), RC_LIMIT);
    CHECK_I64(wait, 2);
    f.clock.now += INT64_C(86400000) + 2000; /* a day later it is forgotten */
    CHECK_RC(sign_in(&f, "ada@example.org", GOOD, &s, &wait), RC_OK);
    fix_close(&f);
}

TEST(session, ends_by_itself_and_slides_while_it_is_used)
{
    struct fix f;
    struct auth_session s = {0};
    struct auth who;
    int wait = 0;

    with_user(&f);
    CHECK_RC(sign_in(&f, "ada@example.org", GOOD, &s, &wait), RC_OK);
    f.clock.now = FIX_NOW + 13 * INT64_C(86400000);
    CHECK_RC(fix_by_session(&f, s.token, &who), RC_OK);
    auth_touch(&f.ws, &who, s.token);
    f.clock.now = FIX_NOW + 26 * INT64_C(86400000);
    CHECK_RC(fix_by_session(&f, s.token, &who), RC_OK);
    f.clock.now = FIX_NOW + 28 * INT64_C(86400000);
    CHECK_RC(fix_by_session(&f, s.token, &who), RC_DENIED);
    CHECK_RC(auth_sweep(&f.ws, &f.err), RC_OK);
    CHECK_I64(fix_count(&f, "SELECT count(*) FROM sys_session"), 0);
    fix_close(&f);
}

TEST(session, ends_after_ninety_days_however_much_it_is_used)
{
    struct fix f;
    struct auth_session s = {0};
    struct auth who;
    int wait = 0;

    with_user(&f);
    CHECK_RC(sign_in(&f, "ada@example.org", GOOD, &s, &wait), RC_OK);
    for (int day = 10; day < 90; day += 10) {
        f.clock.now = FIX_NOW + day * INT64_C(86400000);
        CHECK_RC(fix_by_session(&f, s.token, &who), RC_OK);
        auth_touch(&f.ws, &who, s.token);
    }
    f.clock.now = FIX_NOW + 90 * INT64_C(86400000);
    CHECK_RC(fix_by_session(&f, s.token, &who), RC_DENIED);
    fix_close(&f);
}

TEST(session, loses_its_right_at_once_with_its_user)
{
    struct fix f;
    struct auth_session s = {0};
    struct auth who;
    int wait = 0;

    with_user(&f);
    CHECK_RC(sign_in(&f, "ada@example.org", GOOD, &s, &wait), RC_OK);
    fix_exec(&f, "UPDATE sys_user SET admin = 0");
    CHECK_RC(fix_by_session(&f, s.token, &who), RC_OK);
    CHECK(!who.who.is_admin);
    fix_exec(&f, "UPDATE sys_user SET active = NULL");
    CHECK_RC(fix_by_session(&f, s.token, &who), RC_DENIED);
    fix_exec(&f, "UPDATE sys_user SET active = 1, deleted_at = 5");
    CHECK_RC(fix_by_session(&f, s.token, &who), RC_DENIED);
    fix_close(&f);
}

TEST(session, ends_all_others_of_a_user_but_the_one_kept)
{
    struct fix f;
    struct auth_session one = {0}, two = {0}, other = {0};
    struct auth who;
    int wait = 0;

    with_user(&f);
    fix_user(&f, 12, "bo@example.org", true, false);
    CHECK_RC(auth_password_set(&f.ws, 12, GOOD, &f.err), RC_OK);
    CHECK_RC(sign_in(&f, "ada@example.org", GOOD, &one, &wait), RC_OK);
    CHECK_RC(sign_in(&f, "ada@example.org", GOOD, &two, &wait), RC_OK);
    CHECK_RC(sign_in(&f, "bo@example.org", GOOD, &other, &wait), RC_OK);
    CHECK_RC(auth_sign_out_all(&f.ws, 11, two.token, &f.err), RC_OK);
    CHECK_RC(fix_by_session(&f, one.token, &who), RC_DENIED);
    CHECK_RC(fix_by_session(&f, two.token, &who), RC_OK);
    CHECK_RC(fix_by_session(&f, other.token, &who), RC_OK);
    CHECK_RC(auth_sign_out_all(&f.ws, 11, STR_NONE, &f.err), RC_OK);
    CHECK_RC(fix_by_session(&f, two.token, &who), RC_DENIED);
    fix_close(&f);
}

TEST(session, believes_no_token_that_is_not_one)
{
    static const char *const BAD[] = {"", "x", "pgt_", "' OR 1=1 --"};
    struct fix f;
    struct auth who;

    with_user(&f);
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        CHECK_RC(fix_by_session(&f, str_c(BAD[i]), &who), RC_DENIED);
        CHECK_RC(fix_by_token(&f, str_c(BAD[i]), &who), RC_DENIED);
    }
    fix_close(&f);
}
