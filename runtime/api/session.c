/*
 * session - signing in and out, one's own password and preferences, the first
 * administrator.
 *
 * The cookie is `__Host-s` over TLS and `s` on plain loopback; what a page must
 * send back as X-CSRF is told by GET and POST alike.
 */
#include "api/call.h"

#include "base/id.h"

enum { COOKIE_SECONDS = AUTH_SESSION_MAX_DAYS * 24 * 60 * 60 };

static void set_cookie(struct call *c, struct str value, int64_t max_age_s)
{
    struct http_cookie cookie = {.name = c->req->is_tls ? "__Host-s" : "s",
                                 .value = value,
                                 .path = "/",
                                 .max_age_s = max_age_s,
                                 .is_secure = c->req->is_tls};

    http_cookie_set(c->res, &cookie);
}

/* {"user":{..},"csrf"} of the principal in c->auth. */
static enum rc session_json(struct call *c)
{
    const struct auth *who = &c->auth;

    json_obj_begin(&c->w);
    json_k(&c->w, "user");
    json_obj_begin(&c->w);
    json_kv_id(&c->w, "id", who->who.user);
    json_kv(&c->w, "name", who->name);
    json_kv(&c->w, "email", who->email);
    json_kv(&c->w, "lang", who->lang);
    json_kv(&c->w, "tz", who->tz);
    json_kv(&c->w, "theme", who->theme);
    json_kv_bool(&c->w, "admin", who->who.is_admin);
    json_obj_end(&c->w);
    json_kv(&c->w, "csrf", who->csrf);
    json_obj_end(&c->w);
    return answer_json(c, 200);
}

enum rc run_session_get(struct call *c)
{
    return session_json(c);
}

/* A session has just begun: read who that is, as every request does. */
static enum rc welcome(struct call *c, const struct auth_session *s)
{
    enum rc rc = call_read(c, 0);

    if (rc == RC_OK)
        rc = auth_by_session(c->db, c->m, s->token, call_now(c), c->a, &c->auth,
                             &c->err);
    if (rc != RC_OK)
        return rc;
    c->secret = s->token;
    set_cookie(c, s->token, COOKIE_SECONDS);
    return session_json(c);
}

static enum rc require_text(struct call *c, const char *name, struct str *out)
{
    enum rc rc = call_text(c, c->body, name, out);

    if (rc == RC_OK && out->p == NULL)
        rc = call_reject(c, name, "required", "\"%s\" is missing.", name);
    return rc;
}

static struct str agent(const struct call *c)
{
    return str_sub(http_header_get(c->req, "User-Agent"), 0, 200);
}

static enum rc wrong_password(struct call *c)
{
    return FAIL_CODE(&c->err, RC_DENIED, "E_AUTH",
                     "E-mail address or password is wrong.");
}

enum rc run_sign_in(struct call *c)
{
    struct str email, password;
    struct auth_session s = {0};
    enum rc rc = call_members(c, c->body, "", "email password");

    if (require_text(c, "email", &email) != RC_OK)
        rc = RC_INVALID;
    if (require_text(c, "password", &password) != RC_OK)
        rc = RC_INVALID;
    if (rc != RC_OK)
        return rc;
    rc = auth_sign_in(c->ws, email, password, c->req->peer, agent(c), c->a, &s,
                      &c->retry_after_s, &c->err);
    if (rc == RC_DENIED)
        return wrong_password(c);
    return rc == RC_OK ? welcome(c, &s) : rc;
}

enum rc run_sign_out(struct call *c)
{
    enum rc rc = RC_OK;

    if (c->auth.kind == AUTH_SESSION)
        rc = auth_sign_out(c->ws, c->secret, &c->err);
    if (rc != RC_OK)
        return rc;
    c->auth.kind = AUTH_NONE; /* nothing left to be touched */
    set_cookie(c, STR(""), -1);
    c->res->status = 204;
    return RC_OK;
}

enum rc run_setup(struct call *c)
{
    struct str token, name, email, password;
    struct auth_session s = {0};
    enum rc rc = call_members(c, c->body, "", "token name email password");

    if (require_text(c, "token", &token) != RC_OK)
        rc = RC_INVALID;
    if (require_text(c, "name", &name) != RC_OK)
        rc = RC_INVALID;
    if (require_text(c, "email", &email) != RC_OK)
        rc = RC_INVALID;
    if (require_text(c, "password", &password) != RC_OK)
        rc = RC_INVALID;
    if (rc != RC_OK)
        return rc;
    rc = auth_setup(c->ws, token, name, email, password, c->req->peer, agent(c),
                    c->a, &c->issues, &s, &c->err);
    return rc == RC_OK ? welcome(c, &s) : rc;
}

/* For `perigee serve` and those who lost the first link. */
enum rc run_setup_link(struct call *c)
{
    struct str token = STR_NONE;
    enum rc rc = auth_setup_begin(c->ws, c->a, &token, &c->err);

    if (rc != RC_OK)
        return rc;
    json_obj_begin(&c->w);
    json_k(&c->w, "token");
    if (token.p != NULL)
        json_w_str(&c->w, token);
    else
        json_w_null(&c->w);
    json_obj_end(&c->w);
    return answer_json(c, 200);
}

/* --- passwords ---------------------------------------------------------------- */

/* One's own password takes the one of before: a page left open is not enough.
   The check counts as a sign-in, so guessing is slowed the same way. */
static enum rc check_current(struct call *c)
{
    struct auth_session s = {0};
    struct str current = STR_NONE;
    enum rc rc = require_text(c, "current", &current);

    if (rc != RC_OK)
        return rc;
    rc = auth_sign_in(c->ws, c->auth.email, current, c->req->peer, agent(c),
                      c->a, &s, &c->retry_after_s, &c->err);
    if (rc == RC_OK)
        rc = auth_sign_out(c->ws, s.token, &c->err);
    if (rc == RC_DENIED) {
        err_clear(&c->err);
        rc = call_reject(c, "current", "wrong_password",
                         "This is not the current password.");
    }
    return rc;
}

static enum rc password_of(struct call *c, int64_t user, struct str password)
{
    bool is_own = user == c->auth.who.user;
    enum rc rc =
        auth_password_check(password, is_own ? c->auth.email : STR(""),
                            is_own ? c->auth.name : STR(""), &c->issues);

    if (rc == RC_OK)
        rc = auth_password_set(c->ws, user, password, &c->err);
    if (rc == RC_OK)
        rc = auth_sign_out_all(c->ws, user, is_own ? c->secret : STR_NONE,
                               &c->err);
    return rc;
}

enum rc run_password(struct call *c)
{
    struct str password;
    int64_t user = 0;
    enum rc rc = call_members(c, c->body, "", "current password");

    if (require_text(c, "password", &password) != RC_OK)
        rc = RC_INVALID;
    if (rc == RC_OK)
        rc = call_id(c, 0, &user);
    if (rc != RC_OK)
        return rc;
    if (user != c->auth.who.user && !c->auth.who.is_admin)
        return FAIL(&c->err, RC_DENIED,
                    "Only administrators set another's password.");
    if (user == c->auth.who.user)
        rc = check_current(c);
    if (rc == RC_OK)
        rc = password_of(c, user, password);
    if (rc == RC_OK)
        c->res->status = 204;
    return rc;
}

/* --- preferences -------------------------------------------------------------- */

/* Users are the administrators' to change; these members are each person's own.
   The save is the usual one, with the person as its actor. */
static enum rc save_own(struct call *c)
{
    struct record_ctx ctx = call_record(c);
    struct principal own = c->auth.who;
    struct record_batch batch;
    struct record_result result = {0, 0};
    struct record_item *item;
    enum rc rc;

    own.is_admin = true;
    ctx.who = &own;
    record_batch_init(&batch, c->a);
    item = record_add(&batch, c->m, RECORD_UPDATE, c->m->user, own.user);
    if (item == NULL)
        return FAIL(&c->err, RC_NOMEM, "There is no memory for preferences.");
    item->if_rev = -1;
    item->path = STR("");
    rc = record_bind_json(&ctx, c->m, &batch, item, c->body, &c->issues,
                          &c->err);
    return rc == RC_OK
               ? record_save(&ctx, c->m, &batch, &c->issues, &result, &c->err)
               : rc;
}

enum rc run_preferences(struct call *c)
{
    enum rc rc = call_members(c, c->body, "", "lang tz theme");

    if (rc == RC_OK && (c->auth.kind != AUTH_SESSION || c->m->user == NULL))
        rc = FAIL(&c->err, RC_DENIED,
                  "Preferences belong to a person who is signed in.");
    if (rc == RC_OK)
        rc = save_own(c);
    if (rc == RC_OK)
        rc = call_read(c, 0);
    if (rc == RC_OK)
        rc = auth_by_session(c->db, c->m, c->secret, call_now(c), c->a,
                             &c->auth, &c->err);
    return rc == RC_OK ? session_json(c) : rc;
}
