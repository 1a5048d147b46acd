/*
 * find - the words of a list's search box (q=), inside its filter and order.
 *
 * What matches is what search finds: every word, the last one begun, or the
 * whole text as a part. Up to FEW records the index names them, and the rest of
 * the query is about those. More than that is a common text: the rows' own
 * search text is looked at in the order of the list, which has its page soon,
 * while to collect, join and sort every hit would cost the same for each page.
 * So both ways answer alike, and no page knows which one the others took.
 */
#include "base/buf.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "db/search.h"
#include "query/plan.h"

enum {
    FEW = 1000,       /* at most what search_find gives              */
    INDEX_POINTS = 2, /* a single letter begins too many words       */
    WORDS_BYTES = 1024,
    WORDS_MAX = 16 /* as search_find reads                        */
};

static enum rc no_memory(struct err *err)
{
    return FAIL(err, RC_NOMEM, "There is no memory to plan this query.");
}

static enum rc words_of(struct query *q, struct str text, struct err *err)
{
    struct buf b;
    enum rc rc;

    buf_init(&b, WORDS_BYTES);
    utf8_words(text, &b);
    rc = buf_finish(&b, q->ctx.arena, &q->find.words, err);
    buf_release(&b);
    if (rc == RC_OK)
        rc = utf8_fold(text, 0, q->ctx.arena, &q->find.folded, err);
    return rc;
}

static enum rc ask_index(struct query *q, struct str text, struct err *err)
{
    struct search_hit *hits = NULL;
    size_t n = 0, i;
    int64_t *ids;
    enum rc rc = search_find(q->ctx.db, text, &q->entity->number, 1, FEW,
                             q->ctx.arena, &hits, &n, err);

    if (rc != RC_OK)
        return rc;
    q->find.is_common = n >= FEW;
    ids = ARENA_ARRAY(q->ctx.arena, int64_t, n + 1);
    if (ids == NULL)
        return no_memory(err);
    for (i = 0; i < n; i++)
        ids[i] = hits[i].id;
    q->find.ids = ids;
    q->find.n = n;
    return RC_OK;
}

static enum rc check(struct query *q, struct str text)
{
    if (q->entity->n_search == 0)
        return plan_reject(q, STR("q"), "not_searchable",
                           "%.*s names no fields to search in; filter with "
                           "contains(field, 'text').",
                           STR_ARG(q->entity->qname));
    if (q->deleted != QUERY_LIVE)
        return plan_reject(q, STR("q"), "not_in_bin",
                           "What is in the bin is not searched; leave out "
                           "\"q\" or \"deleted\".");
    if (text.n > LIMIT_SEARCH_BYTES)
        return plan_reject(q, STR("q"), "too_long",
                           "A search has at most %d bytes.",
                           LIMIT_SEARCH_BYTES);
    if (memchr(text.p, 0, text.n) != NULL)
        return plan_reject(q, STR("q"), "invalid_text",
                           "A search text cannot hold the character U+0000.");
    return RC_OK;
}

enum rc plan_find(struct query *q, struct str text, struct err *err)
{
    enum rc rc;

    text = str_trim(text);
    if (text.n == 0)
        return RC_OK;
    if (q->ctx.past != NULL)
        return plan_reject(q, STR("q"), "not_in_the_past",
                           "The search index knows the present only; leave out "
                           "q or as_of, or search by a filter: "
                           "contains(name, 'acme').");
    rc = check(q, text);
    if (rc == RC_OK)
        rc = words_of(q, text, err);
    if (rc != RC_OK)
        return rc;
    q->find.is_asked = true;
    q->find.is_common = utf8_count(q->find.folded) < INDEX_POINTS;
    return q->find.is_common ? RC_OK : ask_index(q, text, err);
}

/* --- SQL -------------------------------------------------------------------- */

/* _search is the words, a line break, the folded text. */
static void line_break(struct sqlb *b)
{
    sqlb_position(b);
    sqlb_col(b, 0, IDENT("_search"));
    sqlb_lit(b, ", ");
    sqlb_bind_str(b, STR("\n"));
    sqlb_lit(b, ")");
}

static void has_part(const struct query *q, struct sqlb *b)
{
    sqlb_position(b);
    sqlb_lit(b, "substr(");
    sqlb_col(b, 0, IDENT("_search"));
    sqlb_lit(b, ", ");
    line_break(b);
    sqlb_lit(b, " + 1), ");
    sqlb_bind_str(b, q->find.folded);
    sqlb_lit(b, ") > 0");
}

/* One word of the words' line; the last one may go on. */
static enum rc has_word(const struct query *q, struct str word, bool is_last,
                        struct sqlb *b, struct err *err)
{
    struct str within =
        str_fmt(q->ctx.arena, is_last ? " %.*s" : " %.*s ", STR_ARG(word));

    if (within.p == NULL)
        return no_memory(err);
    sqlb_position(b);
    sqlb_lit(b, "' ' || substr(");
    sqlb_col(b, 0, IDENT("_search"));
    sqlb_lit(b, ", 1, ");
    line_break(b);
    sqlb_lit(b, " - 1) || ' ', ");
    sqlb_bind_str(b, within);
    sqlb_lit(b, ") > 0");
    return RC_OK;
}

static enum rc has_words(const struct query *q, struct sqlb *b, struct err *err)
{
    struct str rest = q->find.words, word;
    bool more = str_word(&rest, &word);
    int i;
    enum rc rc = RC_OK;

    sqlb_lit(b, "(");
    for (i = 0; rc == RC_OK && more && i < WORDS_MAX; i++) {
        struct str this = word;

        if (i > 0)
            sqlb_lit(b, " AND ");
        more = str_word(&rest, &word);
        rc = has_word(q, this, !more || i + 1 == WORDS_MAX, b, err);
    }
    sqlb_lit(b, ")");
    return rc;
}

/* One word, as it is, of three characters or more: wherever it stands, it is a
   part, and what begins with it contains it. The usual case, in one look. */
static bool is_one_part(const struct query *q)
{
    return utf8_count(q->find.folded) >= 3 &&
           str_eq(q->find.words, q->find.folded) &&
           str_chr(q->find.folded, ' ') < 0;
}

static void has_anywhere(const struct query *q, struct sqlb *b)
{
    sqlb_position(b);
    sqlb_col(b, 0, IDENT("_search"));
    sqlb_lit(b, ", ");
    sqlb_bind_str(b, q->find.folded);
    sqlb_lit(b, ") > 0");
}

/* Three characters and more are looked for inside words too. */
static enum rc looks_like(const struct query *q, struct sqlb *b,
                          struct err *err)
{
    bool part = utf8_count(q->find.folded) >= 3;
    bool words = q->find.words.n > 0;
    enum rc rc = RC_OK;

    if (is_one_part(q)) {
        has_anywhere(q, b);
        return RC_OK;
    }
    if (!part && !words) {
        sqlb_lit(b, "0=1");
        return RC_OK;
    }
    sqlb_lit(b, "(");
    if (part)
        has_part(q, b);
    if (part && words)
        sqlb_lit(b, " OR ");
    if (words)
        rc = has_words(q, b, err);
    sqlb_lit(b, ")");
    return rc;
}

enum rc find_where(const struct query *q, struct sqlb *b, struct err *err)
{
    if (!q->find.is_asked)
        return RC_OK;
    sqlb_lit(b, " AND ");
    if (q->find.is_common)
        return looks_like(q, b, err);
    if (q->find.n == 0) {
        sqlb_lit(b, "0=1");
        return RC_OK;
    }
    sqlb_col(b, 0, IDENT("id"));
    sqlb_bind_ids(b, q->find.ids, q->find.n);
    return RC_OK;
}
