/* token: API tokens from their making to their end. */
#include "fixture.h"

#include "base/json.h"
#include "support/test.h"

static struct auth_new_token make(struct fix *f, int64_t expires_at, bool write)
{
    struct auth_new_token t = {0};

    CHECK_RC(auth_token_create(&f->ws, 11, STR("sync"), expires_at, write,
                               &f->arena, &t, &f->err),
             RC_OK);
    return t;
}

TEST(token, is_known_by_its_hash_until_it_expires)
{
    struct fix f;
    struct auth_new_token t;
    struct auth who;

    fix_open(&f);
    fix_user(&f, 11, "ada@example.org", true, false);
    t = make(&f, FIX_NOW + 5000, true);
    CHECK(str_starts(t.token, STR("pgt_")));
    CHECK_RC(fix_by_token(&f, t.token, &who), RC_OK);
    CHECK_I64(who.kind, AUTH_TOKEN);
    CHECK(who.who.may_write && !who.who.is_admin);
    CHECK_I64(who.who.source, SOURCE_API);
    CHECK_RC(fix_by_session(&f, t.token, &who), RC_DENIED);
    f.clock.now += 5000;
    CHECK_RC(fix_by_token(&f, t.token, &who), RC_DENIED);
    fix_close(&f);
}

TEST(token, may_be_for_reading_only)
{
    struct fix f;
    struct auth who;

    fix_open(&f);
    fix_user(&f, 11, "ada@example.org", true, true);
    CHECK_RC(fix_by_token(&f, make(&f, 0, false).token, &who), RC_OK);
    CHECK(!who.who.may_write);
    fix_exec(&f, "UPDATE sys_token SET scopes = 'mischief'");
    CHECK_RC(fix_by_token(&f, make(&f, 0, false).token, &who), RC_OK);
    CHECK_I64(fix_count(&f, "SELECT count(*) FROM sys_audit"), 2);
    fix_close(&f);
}

TEST(token, is_refused_when_its_end_lies_behind)
{
    struct fix f;
    struct auth_new_token t = {0};

    fix_open(&f);
    CHECK_RC(auth_token_create(&f.ws, 11, STR("late"), FIX_NOW, true, &f.arena,
                               &t, &f.err),
             RC_INVALID);
    CHECK_I64(t.id, 0);
    CHECK_I64(fix_count(&f, "SELECT count(*) FROM sys_token"), 0);
    fix_close(&f);
}

TEST(token, is_revoked_by_its_owner_or_an_administrator_once)
{
    struct fix f;
    struct auth_new_token t, u;
    struct auth who;

    fix_open(&f);
    fix_user(&f, 11, "ada@example.org", true, false);
    t = make(&f, 0, true);
    u = make(&f, 0, true);
    CHECK_RC(auth_token_revoke(&f.ws, t.id, 99, false, &f.err), RC_NOTFOUND);
    CHECK_RC(fix_by_token(&f, t.token, &who), RC_OK);
    CHECK_RC(auth_token_revoke(&f.ws, t.id, 11, false, &f.err), RC_OK);
    CHECK_RC(fix_by_token(&f, t.token, &who), RC_DENIED);
    CHECK_RC(auth_token_revoke(&f.ws, t.id, 11, false, &f.err), RC_NOTFOUND);
    CHECK_RC(auth_token_revoke(&f.ws, u.id, 99, true, &f.err), RC_OK);
    CHECK_RC(fix_by_token(&f, u.token, &who), RC_DENIED);
    fix_close(&f);
}

TEST(token, remembers_when_it_was_used_by_the_minute)
{
    struct fix f;
    struct auth_new_token t;
    struct auth who;

    fix_open(&f);
    fix_user(&f, 11, "ada@example.org", true, false);
    t = make(&f, 0, true);
    CHECK_RC(fix_by_token(&f, t.token, &who), RC_OK);
    auth_touch(&f.ws, &who, t.token);
    CHECK_I64(fix_count(&f, "SELECT used_at FROM sys_token"), FIX_NOW);
    f.clock.now += 59999;
    CHECK_RC(fix_by_token(&f, t.token, &who), RC_OK);
    auth_touch(&f.ws, &who, t.token);
    CHECK_I64(fix_count(&f, "SELECT used_at FROM sys_token"), FIX_NOW);
    f.clock.now += 2;
    auth_touch(&f.ws, &who, t.token);
    CHECK_I64(fix_count(&f, "SELECT used_at FROM sys_token"), FIX_NOW + 60001);
    fix_close(&f);
}

TEST(token, is_listed_without_its_secret)
{
    struct fix f;
    struct db *db = NULL;
    struct json_w w;
    struct buf b;

    fix_open(&f);
    make(&f, FIX_NOW + 1000, true);
    buf_init(&b, 65536);
    json_w_init(&w, &b);
    CHECK_RC(db_read_begin(f.ws.store, NULL, &db, &f.err), RC_OK);
    CHECK_RC(auth_token_list(db, 11, &w, &f.err), RC_OK);
    db_read_end(db);
    CHECK_RC(json_w_finish(&w, &f.err), RC_OK);
    buf_addc(&b, '\0');
    CHECK_HAS(b.p, "\"name\":\"sync\",\"scopes\":[\"read\",\"write\"]");
    CHECK_HAS(b.p, "\"used_at\":null");
    CHECK(strstr(b.p, "pgt_") == NULL);
    buf_release(&b);
    fix_close(&f);
}
