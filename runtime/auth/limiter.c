/*
 * limiter - how often a password may be guessed.
 *
 * Two counters, of the account (whether it exists or not) and of the address,
 * in the database, so that a restart does not help who guesses. A try is
 * counted before the password is looked at and forgiven when it was right.
 * Past the limit the wait doubles up to a quarter of an hour; a try during the
 * wait is refused and not counted, so nobody is locked out for good. A day
 * without a try starts afresh.
 */
#include "auth/internal.h"

enum {
    ACCOUNT_TRIES = 10,
    ADDRESS_TRIES = 30,
    WAIT_MAX_S = 900,
    KEY_TEXT = 512 /* of an e-mail or address that is hashed */
};

/* The network of an IPv6 host: its first four groups; others as they are. */
static struct str network(struct str peer)
{
    int colons = 0;

    for (size_t i = 0; i < peer.n; i++) {
        if (peer.p[i] != ':')
            continue;
        if (++colons == 4)
            return str_sub(peer, 0, i);
        if (i + 1 < peer.n && peer.p[i + 1] == ':')
            return str_sub(peer, 0, i); /* "2001:db8::1": the rest is zero */
    }
    return peer;
}

static struct str key_of(const struct workspace *ws, const char *kind,
                         struct str what, struct arena *a)
{
    uint8_t key[CRYPTO_KEY_BYTES], mac[SHA256_BYTES];
    struct str text =
        str_fmt(a, "%s:%.*s", kind, STR_ARG(str_sub(what, 0, KEY_TEXT)));

    if (!text.p)
        return STR_NONE;
    crypto_derive(ws->secret, "login", key);
    hmac_sha256(key, text, mac);
    return crypto_base64url(a, mac, sizeof mac);
}

enum rc auth_tries_init(const struct workspace *ws, struct str email,
                        struct str peer, struct arena *a,
                        struct auth_tries *out, struct err *err)
{
    struct str lower = str_lower_ascii(a, str_trim(email));
    struct auth_tries t = {STR_NONE, STR_NONE};

    if (lower.p)
        t.account = key_of(ws, "account", lower, a);
    if (peer.n)
        t.address = key_of(ws, "address", network(peer), a);
    if (!t.account.p || (peer.n && !t.address.p))
        return FAIL(err, RC_NOMEM, "There is no memory to sign in.");
    *out = t;
    return RC_OK;
}

struct row {
    int64_t failures, next_at;
};

static enum rc read_row(struct db *db, struct str key, int64_t now_ms,
                        struct row *out, struct err *err)
{
    struct db_stmt *st = NULL;
    bool found = false;
    enum rc rc = db_prepare(
        db, STR("SELECT failures, next_at FROM sys_login WHERE key = ?1"), &st,
        err);

    *out = (struct row){0, 0};
    if (rc == RC_OK) {
        db_bind_str(st, 1, key);
        rc = db_step(st, &found, err);
    }
    if (rc == RC_OK && found) {
        out->failures = db_col_i64(st, 0);
        out->next_at = db_col_i64(st, 1);
    }
    db_stmt_release(st);
    if (out->next_at < now_ms - AUTH_DAY_MS)
        out->failures = 0;
    /* A clock that was set back must not mean a wait of years. */
    if (out->next_at > now_ms + WAIT_MAX_S * 1000)
        out->next_at = now_ms + WAIT_MAX_S * 1000;
    return rc;
}

static enum rc write_row(struct db *db, struct str key, struct row row,
                         struct err *err)
{
    struct db_stmt *st = NULL;
    enum rc rc = db_prepare(
        db,
        STR("INSERT INTO sys_login(key, failures, next_at) VALUES(?1, ?2, ?3)"
            " ON CONFLICT(key) DO UPDATE SET failures = ?2, next_at = ?3"),
        &st, err);

    if (rc == RC_OK) {
        db_bind_str(st, 1, key);
        db_bind_i64(st, 2, row.failures);
        db_bind_i64(st, 3, row.next_at);
        rc = db_step_done(st, err);
    }
    db_stmt_release(st);
    return rc;
}

static int64_t wait_ms(int64_t failures, int limit)
{
    int64_t past = failures - limit;

    if (past < 0)
        return 0;
    if (past >= 10)
        return WAIT_MAX_S * 1000;
    past = INT64_C(1) << past;
    return (past < WAIT_MAX_S ? past : WAIT_MAX_S) * 1000;
}

struct take {
    const struct auth_tries *tries;
    int64_t now_ms, wait_ms; /* wait_ms: until a try is allowed; 0: counted */
};

static enum rc count(struct db *db, struct str key, struct row row, int limit,
                     int64_t now_ms, struct err *err)
{
    row.failures++;
    row.next_at = now_ms + wait_ms(row.failures, limit);
    return write_row(db, key, row, err);
}

static enum rc take_tx(struct db *db, void *arg, struct arena *a,
                       struct err *err)
{
    struct row account, address = {0, 0};
    struct take *in = arg;
    int64_t until;
    enum rc rc = read_row(db, in->tries->account, in->now_ms, &account, err);

    (void)a;
    if (rc == RC_OK && in->tries->address.n)
        rc = read_row(db, in->tries->address, in->now_ms, &address, err);
    if (rc != RC_OK)
        return rc;
    until =
        account.next_at > address.next_at ? account.next_at : address.next_at;
    in->wait_ms = until > in->now_ms ? until - in->now_ms : 0;
    if (in->wait_ms > 0)
        return RC_OK;
    rc = count(db, in->tries->account, account, ACCOUNT_TRIES, in->now_ms, err);
    if (rc == RC_OK && in->tries->address.n)
        rc = count(db, in->tries->address, address, ADDRESS_TRIES, in->now_ms,
                   err);
    return rc;
}

enum rc auth_tries_take(const struct workspace *ws,
                        const struct auth_tries *tries, int *retry_after_s,
                        struct err *err)
{
    struct take in = {tries, auth_now(ws), 0};
    struct arena a;
    enum rc rc;

    arena_init(&a, AUTH_SCRATCH);
    rc = auth_write(ws, take_tx, &in, &a, err);
    arena_release(&a);
    if (rc != RC_OK || in.wait_ms == 0)
        return rc;
    *retry_after_s = (int)((in.wait_ms + 999) / 1000);
    return FAIL_CODE(err, RC_LIMIT, "E_RATE",
                     "There were too many attempts to sign in. Wait %d seconds "
                     "and try again.",
                     *retry_after_s);
}

enum rc auth_tries_forgive(struct db *db, const struct auth_tries *tries,
                           struct err *err)
{
    struct db_stmt *st = NULL;
    enum rc rc =
        db_prepare(db, STR("DELETE FROM sys_login WHERE key = ?1"), &st, err);

    if (rc == RC_OK) {
        db_bind_str(st, 1, tries->account);
        rc = db_step_done(st, err);
    }
    db_stmt_release(st);
    if (rc != RC_OK || !tries->address.n)
        return rc;
    /* Only its own: one good account must not wash away a hundred guesses. */
    st = NULL;
    rc = db_prepare(db,
                    STR("UPDATE sys_login SET failures = failures - 1"
                        " WHERE key = ?1 AND failures > 0"),
                    &st, err);
    if (rc == RC_OK) {
        db_bind_str(st, 1, tries->address);
        rc = db_step_done(st, err);
    }
    db_stmt_release(st);
    return rc;
}
