/*
 * tokens - API tokens of the one who asks: made, listed, revoked. What a token
 * may is what its user may, less what its scopes leave out.
 */
#include "api/call.h"

#include "base/time.h"

enum { NAME_MAX_BYTES = 120 };

static enum rc bind_scopes(struct call *c, bool *may_write)
{
    const struct json *scopes = json_at(c->body, "scopes");
    bool reads = false;
    size_t i;

    *may_write = scopes == NULL;
    if (scopes == NULL)
        return RC_OK;
    if (scopes->kind != JSON_ARRAY)
        return call_reject(c, "scopes", "wrong_type",
                           "\"scopes\" is an array of \"read\" and \"write\".");
    for (i = 0; i < scopes->u.array.n; i++) {
        struct str s = json_str(&scopes->u.array.v[i], STR_NONE);

        if (str_is(s, "write"))
            *may_write = true;
        else if (str_is(s, "read"))
            reads = true;
        else
            return call_reject(c, "scopes", "invalid_choice",
                               "A scope is \"read\" or \"write\".");
    }
    if (!reads && !*may_write)
        return call_reject(c, "scopes", "required",
                           "A token needs a scope: \"read\" or \"write\".");
    return RC_OK;
}

static enum rc bind_expiry(struct call *c, int64_t *out)
{
    struct str text;
    enum rc rc = call_text(c, c->body, "expires_at", &text);

    if (rc != RC_OK || text.p == NULL)
        return rc;
    if (!instant_parse(text, out))
        return call_reject(c, "expires_at", "invalid_datetime",
                           "\"expires_at\" is an instant such as "
                           "\"2027-01-31T00:00:00Z\", or null for never.");
    if (*out <= call_now(c))
        return call_reject(c, "expires_at", "in_the_past",
                           "\"expires_at\" lies in the past.");
    return RC_OK;
}

/* The command line has no user of its own: it says whose the token is. */
static enum rc bind_user(struct call *c, int64_t *user)
{
    struct str email;
    enum rc rc = call_text(c, c->body, "user", &email);

    *user = c->auth.who.user;
    if (rc != RC_OK)
        return rc;
    if (c->auth.kind != AUTH_CLI)
        return email.p == NULL ? RC_OK
                               : call_reject(c, "user", "not_allowed",
                                             "A token is made for oneself.");
    if (email.p == NULL)
        return call_reject(c, "user", "required",
                           "\"user\" is the e-mail address of the token's "
                           "user.");
    rc = call_read(c, 0);
    if (rc == RC_OK)
        rc = auth_find_user(c->db, c->m, email, user, &c->err);
    call_let_go(c);
    if (rc == RC_NOTFOUND)
        rc = call_reject(c, "user", "not_found",
                         "No user has this e-mail address.");
    return rc;
}

static enum rc bind_name(struct call *c, struct str *name)
{
    enum rc rc = call_text(c, c->body, "name", name);

    if (rc != RC_OK)
        return rc;
    *name = str_trim(*name);
    if (name->n == 0 || name->n > NAME_MAX_BYTES)
        return call_reject(c, "name", "required",
                           "A token has a name of 1 to %d bytes, to know it "
                           "again.",
                           NAME_MAX_BYTES);
    return RC_OK;
}

static void write_instant(struct json_w *w, const char *key, int64_t ms)
{
    char text[25];
    size_t n;

    json_key(w, str_c(key));
    if (ms == 0) {
        json_w_null(w);
        return;
    }
    n = instant_format(ms, text);
    json_w_str(w, str_of(text, n));
}

enum rc run_token_create(struct call *c)
{
    struct auth_new_token token = {0};
    struct str name = STR_NONE;
    int64_t user = 0, expires_at = 0;
    bool may_write = false;
    enum rc rc = call_members(c, c->body, "", "name expires_at scopes user");

    if (bind_name(c, &name) != RC_OK)
        rc = RC_INVALID;
    if (bind_expiry(c, &expires_at) != RC_OK)
        rc = RC_INVALID;
    if (bind_scopes(c, &may_write) != RC_OK)
        rc = RC_INVALID;
    if (rc == RC_OK)
        rc = bind_user(c, &user);
    if (rc == RC_OK)
        rc = auth_token_create(c->ws, user, name, expires_at, may_write, c->a,
                               &token, &c->err);
    if (rc != RC_OK)
        return rc;
    http_header_add(c->res, "Location",
                    answer_address(c, NULL, "tokens", token.id));
    json_obj_begin(&c->w);
    json_kv_id(&c->w, "id", token.id);
    json_kv(&c->w, "token", token.token);
    write_instant(&c->w, "expires_at", token.expires_at);
    json_obj_end(&c->w);
    return answer_json(c, 201);
}

enum rc run_token_list(struct call *c)
{
    enum rc rc = auth_token_list(c->db, c->auth.who.user, &c->w, &c->err);

    return rc == RC_OK ? answer_json(c, 200) : rc;
}

enum rc run_token_revoke(struct call *c)
{
    int64_t id = 0;
    enum rc rc = call_id(c, 0, &id);

    if (rc == RC_OK)
        rc = auth_token_revoke(c->ws, id, c->auth.who.user,
                               c->auth.who.is_admin, &c->err);
    if (rc == RC_OK)
        c->res->status = 204;
    return rc;
}
