/*
 * password - which passwords are too common, and keeping one.
 *
 * Of the passwords of fifteen characters and more that people really choose,
 * lists hold few, and those few follow patterns: a word said twice, a year
 * behind it, a walk over the keyboard, the own name. So it is not looked up
 * but weighed: what remains after known words, walks, repetitions and the
 * user's own e-mail address and name are taken out must be at least
 * OWN_MIN characters. Letters that stand in for others (P@ssw0rd) are read as
 * what they stand for. There is no rule of composition and none of age.
 */
#include "auth/internal.h"

#include "auth/common.h"
#include "base/issues.h"
#include "base/utf8.h"

enum {
    OWN_MIN = 8, /* characters that are nobody else's */
    WEIGHED = AUTH_PASSWORD_MAX * 4,
    WORD_MIN = 3,
    WALK_MIN = 3, /* "123", "abc", "qwe", "aaa" */
    OWN_WORDS = 24
};

/* What a character may stand for; others stand for themselves. */
static char plain(char c)
{
    switch (c) {
    case '0':
        return 'o';
    case '1':
    case '!':
        return 'i';
    case '3':
        return 'e';
    case '4':
    case '@':
        return 'a';
    case '5':
    case '$':
        return 's';
    case '7':
        return 't';
    default:
        return c;
    }
}

static bool matches(struct str text, size_t at, struct str word)
{
    if (word.n > text.n - at)
        return false;
    for (size_t i = 0; i < word.n; i++) {
        char c = text.p[at + i];

        if (c != word.p[i] && plain(c) != word.p[i])
            return false;
    }
    return true;
}

/* Rows of keyboards, both ways; the alphabet and the digits by arithmetic. */
static bool next_key(char a, char b)
{
    static const char *const ROWS[] = {"qwertyuiop", "qwertzuiop", "azertyuiop",
                                       "asdfghjkl",  "zxcvbnm",    "yxcvbnm",
                                       "1234567890", "qazwsxedc"};

    if (a == b || a + 1 == b || b + 1 == a)
        return true;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        const char *at = strchr(ROWS[i], a);

        if (a && at && (at[1] == b || (at > ROWS[i] && at[-1] == b)))
            return b != '\0';
    }
    return false;
}

static size_t walk(struct str s, size_t at)
{
    size_t n = 1;

    while (at + n < s.n && next_key(s.p[at + n - 1], s.p[at + n]))
        n++;
    return n;
}

/* The smallest unit whose repetition the text is. */
static size_t unit(struct str s)
{
    for (size_t n = 1; n * 2 <= s.n; n++) {
        if (memcmp(s.p, s.p + n, s.n - n) == 0)
            return n;
    }
    return s.n;
}

static bool is_mark(char c)
{
    return c == ' ' || c == '-' || c == '_' || c == '.' || c == ',' ||
           c == '!' || c == '?' || c == '#' || c == '*';
}

static void lower(unsigned *cost, size_t to, unsigned v)
{
    if (v < cost[to])
        cost[to] = v;
}

static void from_words(struct str s, size_t at, unsigned *cost,
                       const struct str *own, size_t n_own)
{
    size_t n;
    const struct str *common = auth_common_words(&n);

    for (size_t i = 0; i < n; i++) {
        if (matches(s, at, common[i]))
            lower(cost, at + common[i].n, cost[at]);
    }
    for (size_t i = 0; i < n_own; i++) {
        if (matches(s, at, own[i]))
            lower(cost, at + own[i].n, cost[at]);
    }
}

/* Characters that remain: the cheapest way through the text. */
static unsigned weigh(struct str s, const struct str *own, size_t n_own)
{
    unsigned cost[WEIGHED + 1];

    memset(cost, 0xff, sizeof cost);
    cost[0] = 0;
    for (size_t at = 0; at < s.n; at++) {
        bool counts =
            !is_mark(s.p[at]) && ((unsigned char)s.p[at] & 0xC0) != 0x80;
        size_t n = walk(s, at);

        lower(cost, at + 1, cost[at] + (counts ? 1 : 0));
        if (n >= WALK_MIN)
            lower(cost, at + n, cost[at] + 1);
        from_words(s, at, cost, own, n_own);
    }
    return cost[s.n];
}

/* Pieces of the e-mail address and the name, folded. */
static enum rc own_words(struct str text, struct arena *a, struct str *out,
                         size_t *n)
{
    struct str folded = STR_NONE;
    size_t from = 0;
    enum rc rc = utf8_fold(text, 0, a, &folded, NULL);

    if (rc != RC_OK)
        return rc;
    for (size_t i = 0; i <= folded.n; i++) {
        bool ends = i == folded.n || folded.p[i] == '@' || is_mark(folded.p[i]);

        if (!ends)
            continue;
        if (i - from >= WORD_MIN && *n < OWN_WORDS)
            out[(*n)++] = str_sub(folded, from, i - from);
        from = i + 1;
    }
    return RC_OK;
}

static enum rc is_common(struct str password, struct str email, struct str name,
                         bool *out)
{
    struct str own[OWN_WORDS], folded = STR_NONE;
    struct arena a;
    size_t n = 0;
    enum rc rc;

    arena_init(&a, AUTH_SCRATCH);
    rc = own_words(email, &a, own, &n);
    if (rc == RC_OK)
        rc = own_words(name, &a, own, &n);
    if (rc == RC_OK)
        rc = utf8_fold(password, AUTH_PASSWORD_MAX, &a, &folded, NULL);
    if (rc == RC_OK) {
        folded = str_sub(folded, 0, WEIGHED);
        *out = weigh(str_sub(folded, 0, unit(folded)), own, n) < OWN_MIN;
    }
    arena_release(&a);
    return rc;
}

enum rc auth_password_check(struct str password, struct str email,
                            struct str name, struct issues *issues)
{
    bool common = false;
    size_t points;
    enum rc rc;

    if (utf8_invalid(password) >= 0 ||
        memchr(password.p ? password.p : "", 0, password.n)) {
        issues_add(issues, STR("password"), "invalid",
                   "The password holds characters that are none.");
        return RC_INVALID;
    }
    points = utf8_count(password);
    if (points < AUTH_PASSWORD_MIN) {
        issues_add(
            issues, STR("password"), "too_short",
            "The password needs at least %d characters; a few words in a "
            "row are easy to remember.",
            AUTH_PASSWORD_MIN);
        return RC_INVALID;
    }
    if (points > AUTH_PASSWORD_MAX) {
        issues_add(issues, STR("password"), "too_long",
                   "The password may have at most %d characters.",
                   AUTH_PASSWORD_MAX);
        return RC_INVALID;
    }
    if (utf8_invalid(email) >= 0)
        email = STR("");
    if (utf8_invalid(name) >= 0)
        name = STR("");
    rc = is_common(password, email, name, &common);
    if (rc != RC_OK || !common)
        return rc;
    issues_add(
        issues, STR("password"), "too_common",
        "This password is easy to guess: little is left of it without "
        "common words, sequences, repetitions, your name and your e-mail "
        "address. A few words that do not belong together are better.");
    return RC_INVALID;
}

/* --- keeping one --------------------------------------------------------- */

enum rc auth_password_put(struct db *db, int64_t user, struct str hash,
                          int64_t now_ms, struct err *err)
{
    struct db_stmt *st = NULL;
    enum rc rc =
        db_prepare(db,
                   STR("INSERT INTO sys_password(\"user\", hash, changed_at)"
                       " VALUES(?1, ?2, ?3) ON CONFLICT(\"user\")"
                       " DO UPDATE SET hash = ?2, changed_at = ?3"),
                   &st, err);

    if (rc == RC_OK) {
        db_bind_i64(st, 1, user);
        db_bind_str(st, 2, hash);
        db_bind_i64(st, 3, now_ms);
        rc = db_step_done(st, err);
    }
    db_stmt_release(st);
    return rc;
}

struct set {
    int64_t user, now_ms;
    struct str hash;
};

static enum rc set_tx(struct db *db, void *arg, struct arena *a,
                      struct err *err)
{
    const struct set *in = arg;
    enum rc rc = auth_password_put(db, in->user, in->hash, in->now_ms, err);

    (void)a;
    if (rc == RC_OK)
        rc = auth_audit(db, in->user, in->now_ms, "password.set", STR(""), err);
    return rc;
}

enum rc auth_password_set(const struct workspace *ws, int64_t user,
                          struct str password, struct err *err)
{
    struct set in = {user, auth_now(ws), STR_NONE};
    struct arena a;
    enum rc rc;

    arena_init(&a, AUTH_SCRATCH);
    rc = password_hash(password, &a, &in.hash, err);
    if (rc == RC_OK)
        rc = auth_write(ws, set_tx, &in, &a, err);
    arena_release(&a);
    return rc;
}
