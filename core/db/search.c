/*
 * search.c - the two full-text tables on SQLite (FTS5).
 *
 * s_word holds words and answers words and prefixes; s_all holds trigrams and
 * answers any substring of three characters or more. Both are contentless:
 * what a row was fed with must be given back to take it out, and no column but
 * the rowid can be read. So `s_ent` says which entity an id is of, and each row
 * carries its entity a second time, as a word of three characters (one trigram
 * in s_all), by which a search in a few entities is narrowed in the index.
 *
 * What people typed never is query syntax: it is folded and put between quotes.
 */
#include "db/search.h"

#include "base/buf.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "db/driver.h"

enum {
    ENT_CHARS = 3, /* a word, and a trigram                         */
    ENT_MAX = 36 * 36 * 36 - 1,
    ENTS_IN_MATCH = 8, /* more entities are looked up, hit by hit       */
    LOOK = 4,          /* times the hits wanted are tried without it     */
    SUBSTRING_MIN = 3, /* characters; a trigram's                       */
    WORDS_MAX = 16,    /* of a query; the rest is left out              */
    HITS_MAX = 1000,
    QUERY_BYTES = 8 << 10
};

/* ---- feeding ----------------------------------------------------------- */

static struct str ent_word(int ent, char out[ENT_CHARS])
{
    static const char DIGITS[] = "0123456789abcdefghijklmnopqrstuvwxyz";

    for (int i = ENT_CHARS - 1; i >= 0; i--) {
        out[i] = DIGITS[ent % 36];
        ent /= 36;
    }
    return str_of(out, ENT_CHARS);
}

/* The words and the folded text of a `_search` value. */
static void split(struct str fed, struct str *words, struct str *folded)
{
    struct str rest = fed;

    *words = *folded = STR_NONE;
    if (fed.n > 0 && str_split(&rest, '\n', words))
        *folded = rest;
}

static enum rc run(struct db *db, struct str sql, int64_t id, struct str ent,
                   struct str text, struct err *err)
{
    struct db_stmt *st = NULL;
    enum rc rc = db_prepare(db, sql, &st, err);

    if (rc != RC_OK)
        return rc;
    db_bind_i64(st, 1, id);
    if (ent.n > 0)
        db_bind_str(st, 2, ent);
    if (text.n > 0)
        db_bind_str(st, 3, text);
    rc = db_step_done(st, err);
    db_stmt_release(st);
    return rc;
}

struct feed {
    struct str put, take;
};
static const struct feed WORD = {
    STR_INIT("INSERT INTO s_word(rowid, ent, words) VALUES(?1, ?2, ?3)"),
    STR_INIT("INSERT INTO s_word(s_word, rowid, ent, words)"
             " VALUES('delete', ?1, ?2, ?3)")};
static const struct feed ALL = {
    STR_INIT("INSERT INTO s_all(rowid, ent, folded) VALUES(?1, ?2, ?3)"),
    STR_INIT("INSERT INTO s_all(s_all, rowid, ent, folded)"
             " VALUES('delete', ?1, ?2, ?3)")};

static enum rc feed(struct db *db, const struct feed *f, int64_t id,
                    struct str ent, struct str was, struct str now,
                    struct err *err)
{
    enum rc rc = RC_OK;

    if (str_eq(was, now))
        return RC_OK;
    if (was.n > 0)
        rc = run(db, f->take, id, ent, was, err);
    if (rc == RC_OK && now.n > 0)
        rc = run(db, f->put, id, ent, now, err);
    return rc;
}

static enum rc note_entity(struct db *db, int64_t id, int ent, bool present,
                           struct err *err)
{
    struct db_stmt *st = NULL;
    enum rc rc = db_prepare(db,
                            present ? STR("INSERT INTO s_ent(id, ent)"
                                          " VALUES(?1, ?2)"
                                          " ON CONFLICT(id) DO NOTHING")
                                    : STR("DELETE FROM s_ent WHERE id = ?1"),
                            &st, err);

    if (rc != RC_OK)
        return rc;
    db_bind_i64(st, 1, id);
    if (present)
        db_bind_i64(st, 2, ent);
    rc = db_step_done(st, err);
    db_stmt_release(st);
    return rc;
}

enum rc search_put(struct db *db, int64_t id, int ent, struct str was,
                   struct str now, struct err *err)
{
    char code[ENT_CHARS];
    struct str word_was, word_now, all_was, all_now;
    enum rc rc = RC_OK;

    if (ent < 0 || ent > ENT_MAX)
        return FAIL(err, RC_BUG, "There is no entity number %d.", ent);
    if (str_eq(was, now))
        return RC_OK;
    if (db->late)
        return late_add(db->late, &(struct late_put){id, ent, was, now}, err);
    split(was, &word_was, &all_was);
    split(now, &word_now, &all_now);
    if ((was.n > 0) != (now.n > 0))
        rc = note_entity(db, id, ent, now.n > 0, err);
    if (rc == RC_OK)
        rc = feed(db, &WORD, id, ent_word(ent, code), word_was, word_now, err);
    if (rc == RC_OK)
        rc = feed(db, &ALL, id, ent_word(ent, code), all_was, all_now, err);
    return rc;
}

enum rc search_compact(struct db *db, struct err *err)
{
    enum rc rc =
        db_exec(db, STR("INSERT INTO s_word(s_word) VALUES('optimize')"), err);

    if (rc == RC_OK)
        rc = db_exec(db, STR("INSERT INTO s_all(s_all) VALUES('optimize')"),
                     err);
    return rc;
}

/* ---- asking ------------------------------------------------------------ */

static void add_quoted(struct buf *b, struct str s)
{
    buf_addc(b, '"');
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '"')
            buf_addc(b, '"');
        buf_addc(b, s.p[i]);
    }
    buf_addc(b, '"');
}

/* folded : "a sn" */
static void add_substring(struct buf *b, struct str folded)
{
    buf_adds(b, "folded : ");
    add_quoted(b, folded);
}

/* ent : ("00a" OR "00b") AND  */
static void add_entities(struct buf *b, const int *ents, size_t n)
{
    char code[ENT_CHARS];

    buf_adds(b, "ent : (");
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            buf_adds(b, " OR ");
        add_quoted(b, ent_word(ents[i], code));
    }
    buf_adds(b, ") AND ");
}

/* words : ("anna" AND "sn" *) */
static void add_words(struct buf *b, struct str words)
{
    struct str word;
    bool first = true;

    buf_adds(b, "words : (");
    for (int i = 0; i < WORDS_MAX && str_word(&words, &word); i++) {
        if (!first)
            buf_adds(b, " AND ");
        first = false;
        add_quoted(b, word);
    }
    buf_adds(b, " *)");
}

struct asked {
    const int *ents;
    size_t n_ents, max;
    const uint8_t *among; /* a bit for each entity asked for; NULL: all */
    struct arena *arena;
};

struct hits {
    struct search_hit *v;
    size_t n;
};

/* How one of the two tables is asked. */
struct table {
    struct str any;   /* newest first, with the entity beside               */
    struct str among; /* of the entities of ?3                              */
    void (*add)(struct buf *b, struct str text);
};

#define FROM(table)                                                            \
    "SELECT " table ".rowid, s_ent.ent FROM " table                            \
    " CROSS JOIN s_ent ON s_ent.id = " table ".rowid WHERE " table " MATCH ?1"
#define NEWEST(table) " ORDER BY " table ".rowid DESC LIMIT ?2"
#define AMONG         " AND s_ent.ent IN (SELECT value FROM json_each(?3))"

static const struct table IN_WORDS = {
    STR_INIT(FROM("s_word") NEWEST("s_word")),
    STR_INIT(FROM("s_word") AMONG NEWEST("s_word")), add_words};
static const struct table IN_ALL = {
    STR_INIT(FROM("s_all") NEWEST("s_all")),
    STR_INIT(FROM("s_all") AMONG NEWEST("s_all")), add_substring};

static bool is_asked_for(const struct asked *q, int64_t ent)
{
    if (!q->among)
        return true;
    return ent >= 0 && ent <= ENT_MAX &&
           (q->among[ent / 8] & (1u << (ent % 8))) != 0;
}

static enum rc bind_entities(struct db_stmt *st, const struct asked *q,
                             struct err *err)
{
    int64_t *ids = ARENA_ARRAY(q->arena, int64_t, q->n_ents);

    if (!ids)
        return FAIL(err, RC_NOMEM, "There is no memory to search.");
    for (size_t i = 0; i < q->n_ents; i++)
        ids[i] = q->ents[i];
    db_bind_ids(st, 3, ids, q->n_ents);
    return RC_OK;
}

/* Up to `max` hits out of the newest `look` rows; *all says that no further
   row could have been one. */
static enum rc collect(struct db_stmt *st, struct str match,
                       const struct asked *q, size_t look, struct hits *out,
                       bool *all, struct err *err)
{
    size_t n = 0, looked = 0;
    bool row = true;

    db_bind_str(st, 1, match);
    db_bind_i64(st, 2, (int64_t)look);
    while (n < q->max && row) {
        enum rc rc = db_step(st, &row, err);
        int64_t ent;

        if (rc != RC_OK)
            return rc;
        if (!row)
            break;
        looked++;
        ent = db_col_i64(st, 1);
        if (is_asked_for(q, ent))
            out->v[n++] = (struct search_hit){db_col_i64(st, 0), (int)ent};
    }
    out->n = n;
    *all = n == q->max || looked < look;
    return RC_OK;
}

/*
 * Where most rows are of an entity asked for, the quickest is to pass over the
 * others; so the newest rows are tried like that first. Where they are rare,
 * the index narrows: by a word of the entity, or, for many, hit by hit.
 */
static enum rc ask(struct db *db, const struct table *t, struct str text,
                   const struct asked *q, struct buf *match, struct hits *out,
                   struct err *err)
{
    struct hits found = {ARENA_ARRAY(q->arena, struct search_hit, q->max), 0};
    bool many = q->n_ents > ENTS_IN_MATCH, all = false;
    enum rc rc = RC_OK;

    if (!found.v)
        return FAIL(err, RC_NOMEM, "There is no memory to search.");
    for (int again = 0; again < 2 && !all && rc == RC_OK; again++) {
        struct db_stmt *st = NULL;

        buf_reset(match);
        if (again && !many)
            add_entities(match, q->ents, q->n_ents);
        t->add(match, text);
        if (match->failed != RC_OK)
            return FAIL(err, match->failed, "The search text is too long.");
        rc = db_prepare(db, again && many ? t->among : t->any, &st, err);
        if (rc == RC_OK && again && many)
            rc = bind_entities(st, q, err);
        if (rc == RC_OK)
            rc = collect(st, buf_view(match), q,
                         again || !q->among ? q->max : q->max * LOOK, &found,
                         &all, err);
        db_stmt_release(st);
    }
    if (rc == RC_OK)
        *out = found;
    return rc;
}

/* Two lists, newest first, into one of at most `max`, each id once. */
static enum rc merge(const struct hits *a, const struct hits *b,
                     const struct asked *q, struct hits *out, struct err *err)
{
    struct search_hit *v;
    size_t i = 0, k = 0, n = 0;

    if (a->n == 0 || b->n == 0) {
        *out = a->n == 0 ? *b : *a;
        return RC_OK;
    }
    v = ARENA_ARRAY(q->arena, struct search_hit, q->max);
    if (!v)
        return FAIL(err, RC_NOMEM, "There is no memory to search.");
    while (n < q->max && (i < a->n || k < b->n)) {
        if (k == b->n || (i < a->n && a->v[i].id > b->v[k].id)) {
            v[n++] = a->v[i++];
        } else {
            if (i < a->n && a->v[i].id == b->v[k].id)
                i++;
            v[n++] = b->v[k++];
        }
    }
    *out = (struct hits){v, n};
    return RC_OK;
}

static enum rc check(struct str query, const int *ents, size_t n,
                     struct err *err)
{
    if (query.n > LIMIT_SEARCH_BYTES)
        return FAIL(err, RC_LIMIT,
                    "A search text has at most %d bytes. Shorten it.",
                    LIMIT_SEARCH_BYTES);
    if (query.n > 0 && memchr(query.p, 0, query.n))
        return FAIL(err, RC_INVALID,
                    "A search text cannot hold the character U+0000.");
    for (size_t i = 0; i < n; i++)
        if (ents[i] < 0 || ents[i] > ENT_MAX)
            return FAIL(err, RC_BUG, "There is no entity number %d.", ents[i]);
    return RC_OK;
}

static enum rc note_asked(struct asked *q, struct err *err)
{
    uint8_t *bits = arena_alloc(q->arena, ENT_MAX / 8 + 1);

    if (!bits)
        return FAIL(err, RC_NOMEM, "There is no memory to search.");
    for (size_t i = 0; i < q->n_ents; i++)
        bits[q->ents[i] / 8] |= (uint8_t)(1u << (q->ents[i] % 8));
    q->among = bits;
    return RC_OK;
}

enum rc search_find(struct db *db, struct str query, const int *ents, size_t n,
                    size_t max, struct arena *a, struct search_hit **hits,
                    size_t *n_hits, struct err *err)
{
    struct asked q = {ents, n, max < HITS_MAX ? max : HITS_MAX, NULL, a};
    struct hits by_word = {NULL, 0}, by_part = {NULL, 0}, all = {NULL, 0};
    struct buf words, text;
    struct str folded = STR_NONE;
    bool part;
    enum rc rc = check(query, ents, n, err);

    if (rc != RC_OK)
        return rc;
    buf_init(&words, QUERY_BYTES);
    buf_init(&text, QUERY_BYTES);
    rc = utf8_fold(query, 0, a, &folded, err);
    if (rc == RC_OK && n > 0)
        rc = note_asked(&q, err);
    if (rc != RC_OK)
        goto out;
    utf8_words(query, &words);
    part = utf8_count(folded) >= SUBSTRING_MIN;
    // A word that begins with it contains it: one look is enough. Several words
    // may stand in another order.
    if (max > 0 && words.n > 0 &&
        !(part && str_eq(buf_view(&words), folded) && str_chr(folded, ' ') < 0))
        rc = ask(db, &IN_WORDS, buf_view(&words), &q, &text, &by_word, err);
    if (rc == RC_OK && max > 0 && part)
        rc = ask(db, &IN_ALL, folded, &q, &text, &by_part, err);
    if (rc == RC_OK)
        rc = merge(&by_word, &by_part, &q, &all, err);
    if (rc == RC_OK) {
        *hits = all.v;
        *n_hits = all.n;
    }
out:
    buf_release(&text);
    buf_release(&words);
    return rc;
}
