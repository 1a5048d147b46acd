/* Words, prefixes, substrings, entities; what people type is never syntax. */
#include <stdio.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "db/ddl.h"
#include "db/search.h"
#include "fixture.h"

enum { PERSON = 7, FIRM = 1999 };

static enum rc make(struct db *db, void *arg, struct arena *a, struct err *err)
{
    (void)arg;
    (void)a;
    return ddl_create_search(db, err);
}

static struct fixture open_search(void)
{
    struct fixture f = fixture_open();
    struct db_job job = {.run = make};

    CHECK_RC(db_write(f.store, &job, &f.arena, &f.err), RC_OK);
    CHECK_RC(db_write(f.store, &job, &f.arena, &f.err), RC_OK); // safe twice
    return f;
}

/* What record keeps in `_search`. */
static struct str fed_with(struct arena *a, const char *text)
{
    struct buf b;
    struct str folded = STR_NONE, out = STR_NONE;

    if (!text)
        return STR_NONE;
    buf_init(&b, 1 << 16);
    utf8_words(str_c(text), &b);
    buf_addc(&b, '\n');
    CHECK_RC(utf8_fold(str_c(text), 0, a, &folded, NULL), RC_OK);
    buf_add(&b, folded);
    CHECK_RC(buf_finish(&b, a, &out, NULL), RC_OK);
    buf_release(&b);
    return out;
}

struct put {
    int64_t id;
    int ent;
    const char *was, *now;
};

static enum rc put_one(struct db *db, void *arg, struct arena *a,
                       struct err *err)
{
    const struct put *p = arg;

    return search_put(db, p->id, p->ent, fed_with(a, p->was),
                      fed_with(a, p->now), err);
}

static void put(struct fixture *f, int64_t id, int ent, const char *was,
                const char *now)
{
    struct put p = {id, ent, was, now};
    struct db_job job = {.run = put_one, .arg = &p};

    CHECK_RC(db_write(f->store, &job, &f->arena, &f->err), RC_OK);
}

/* "12 3": the ids of the hits, newest first. */
static struct str ask_in(struct fixture *f, const char *query, const int *ents,
                         size_t n, size_t max)
{
    static char out[256];
    struct db *db = NULL;
    struct search_hit *hits = NULL;
    size_t n_hits = 0, at = 0;

    CHECK_RC(db_read_begin(f->store, NULL, &db, &f->err), RC_OK);
    CHECK_RC(search_find(db, str_c(query), ents, n, max, &f->arena, &hits,
                         &n_hits, &f->err),
             RC_OK);
    out[0] = 0;
    for (size_t i = 0; i < n_hits; i++) {
        int k = snprintf(out + at, sizeof out - at, "%s%lld", i ? " " : "",
                         (long long)hits[i].id);

        at += (size_t)k;
        CHECK(hits[i].ent == PERSON || hits[i].ent == FIRM);
    }
    db_read_end(db);
    return str_c(out);
}

static struct str ask(struct fixture *f, const char *query)
{
    return ask_in(f, query, NULL, 0, 10);
}

static struct fixture with_people(void)
{
    struct fixture f = open_search();

    put(&f, 1, PERSON, NULL, "Anna Snelling anna@example.org");
    put(&f, 2, PERSON, NULL, "Bob O'Neil \"the rock\"");
    put(&f, 3, FIRM, NULL, "Snelling & Sons Gmbh");
    put(&f, 4, FIRM, NULL,
        "\xC3\x85ngstr\xC3\xB6m Stra\xC3\x9F"
        "e");
    return f;
}

TEST(search, finds_words_prefixes_and_substrings_newest_first)
{
    struct fixture f = with_people();

    CHECK_STR(ask(&f, "snelling"), "3 1");
    CHECK_STR(ask(&f, "SNELL"), "3 1");
    CHECK_STR(ask(&f, "sn"), "3 1");    // too short for a trigram
    CHECK_STR(ask(&f, "nelli"), "3 1"); // within a word
    CHECK_STR(ask(&f, "anna sn"), "1"); // words in any order, last a prefix
    CHECK_STR(ask(&f, "snelling anna"), "1");
    CHECK_STR(ask(&f, "example anna"), "1"); // nowhere one after the other
    CHECK_STR(ask(&f, "a@example"), "1");    // across words
    CHECK_STR(ask(&f, "angstrom"), "4");
    CHECK_STR(ask(&f, "strasse"), "4");
    CHECK_STR(ask(&f, "nothing"), "");
    CHECK_STR(ask_in(&f, "snelling", NULL, 0, 1), "3");
    fixture_close(&f);
}

TEST(search, takes_nothing_that_was_typed_for_syntax)
{
    static const char *const TEXTS[] = {
        "",        " ",     "\"",      "\"\"\"",       "*",    "a*",
        "^anna",   "NEAR(", "anna OR", "NOT anna",     "-",    "words:anna",
        "{ent}:x", "(",     ")",       "anna AND bob", "a\"b", "';--",
        "+ - * /", "\\",    "%",       "ent : 007",    "\x01", "007"};
    struct fixture f = with_people();

    for (size_t i = 0; i < sizeof TEXTS / sizeof TEXTS[0]; i++)
        CHECK(ask(&f, TEXTS[i]).n <= 7);
    CHECK_STR(ask(&f, "\"the rock\""), "2");
    CHECK_STR(ask(&f, "o'neil"), "2");
    CHECK_STR(ask(&f, "007"), ""); // an entity's number is no text
    fixture_close(&f);
}

TEST(search, refuses_text_that_is_too_long_or_holds_a_nul)
{
    struct fixture f = with_people();
    struct db *db = NULL;
    struct search_hit *hits = NULL;
    size_t n = 99;
    char text[300];

    memset(text, 'a', sizeof text);
    CHECK_RC(db_read_begin(f.store, NULL, &db, &f.err), RC_OK);
    CHECK_RC(search_find(db, str_of(text, 201), NULL, 0, 10, &f.arena, &hits,
                         &n, &f.err),
             RC_LIMIT);
    CHECK_RC(search_find(db, str_of("a\0b", 3), NULL, 0, 10, &f.arena, &hits,
                         &n, &f.err),
             RC_INVALID);
    CHECK(hits == NULL && n == 99);
    CHECK_RC(search_find(db, str_of(text, 200), NULL, 0, 10, &f.arena, &hits,
                         &n, &f.err),
             RC_OK);
    CHECK_I64(n, 0);
    db_read_end(db);
    fixture_close(&f);
}

TEST(search, looks_only_in_the_entities_asked_for)
{
    static const int PEOPLE[] = {PERSON}, BOTH[] = {FIRM, PERSON};
    struct fixture f = with_people();
    int many[20], none[20];

    for (int i = 0; i < 20; i++) {
        many[i] = i == 19 ? FIRM : 100 + i;
        none[i] = 100 + i;
    }
    CHECK_STR(ask_in(&f, "snelling", PEOPLE, 1, 10), "1");
    CHECK_STR(ask_in(&f, "sn", PEOPLE, 1, 10), "1");
    CHECK_STR(ask_in(&f, "snelling", BOTH, 2, 10), "3 1");
    CHECK_STR(ask_in(&f, "snelling", many, 20, 10), "3");
    CHECK_STR(ask_in(&f, "sn", many, 20, 10), "3");
    CHECK_STR(ask_in(&f, "snelling", none, 20, 10), "");
    fixture_close(&f);
}

TEST(search, finds_a_rare_entity_behind_many_newer_hits_of_others)
{
    static const int ONE[] = {PERSON}, TWO[] = {PERSON, 5};
    struct fixture f = with_people();
    int many[20];

    for (int i = 0; i < 20; i++)
        many[i] = i == 19 ? PERSON : 100 + i;
    for (int i = 0; i < 30; i++)
        put(&f, 100 + i, FIRM, NULL, "Snelling again");
    CHECK_STR(ask_in(&f, "snelling", ONE, 1, 3), "1");
    CHECK_STR(ask_in(&f, "sn", ONE, 1, 3), "1");
    CHECK_STR(ask_in(&f, "snelling", TWO, 2, 3), "1");
    CHECK_STR(ask_in(&f, "snelling", many, 20, 3), "1");
    CHECK_STR(ask_in(&f, "snelling", NULL, 0, 3), "129 128 127");
    fixture_close(&f);
}

TEST(search, forgets_what_a_record_no_longer_says)
{
    struct fixture f = with_people();

    put(&f, 1, PERSON, "Anna Snelling anna@example.org", "Anna Other");
    CHECK_STR(ask(&f, "snelling"), "3");
    CHECK_STR(ask(&f, "sn"), "3");
    CHECK_STR(ask(&f, "other"), "1");
    put(&f, 1, PERSON, "Anna Other", "Anna Other"); // nothing to do
    put(&f, 1, PERSON, "Anna Other", NULL);
    CHECK_STR(ask(&f, "anna"), "");
    put(&f, 1, PERSON, NULL, "Anna Again"); // from the bin
    CHECK_STR(ask(&f, "anna"), "1");
    fixture_close(&f);
}

static enum rc compact(struct db *db, void *arg, struct arena *a,
                       struct err *err)
{
    (void)arg;
    (void)a;
    return search_compact(db, err);
}

TEST(search, compacts_to_what_is_still_said)
{
    struct fixture f = with_people();
    struct db_job job = {.run = compact};

    put(&f, 1, PERSON, "Anna Snelling anna@example.org", NULL);
    CHECK_RC(db_write(f.store, &job, &f.arena, &f.err), RC_OK);
    CHECK_STR(ask(&f, "snelling"), "3");
    fixture_close(&f);
}

TEST(search, needs_at_most_an_index_walk)
{
    struct fixture f = with_people();
    struct db *db = NULL;
    struct db_plan plan;

    CHECK_RC(db_read_begin(f.store, NULL, &db, &f.err), RC_OK);
    CHECK_RC(db_explain(db,
                        STR("SELECT s_all.rowid, s_ent.ent FROM s_all CROSS"
                            " JOIN s_ent ON s_ent.id = s_all.rowid WHERE"
                            " s_all MATCH ?1 ORDER BY s_all.rowid DESC"),
                        &f.arena, &plan, &f.err),
             RC_OK);
    CHECK(!plan.sorts);
    CHECK(!plan.scans);
    db_read_end(db);
    fixture_close(&f);
}

TEST(search, survives_any_failed_allocation)
{
    WITH_EACH_ALLOC_FAILING (i) {
        struct fixture f;
        struct db *db = NULL;
        struct search_hit *hits = NULL;
        size_t n = 99;
        enum rc rc;

        WITHOUT_FAULTS
        {
            f = with_people();
        }
        rc = db_read_begin(f.store, NULL, &db, &f.err);
        if (rc == RC_OK)
            rc = search_find(db, STR("anna sn"), NULL, 0, 10, &f.arena, &hits,
                             &n, &f.err);
        CHECK(rc == RC_OK || rc == RC_NOMEM);
        CHECK(rc == RC_OK ? n == 1 : n == 99);
        db_read_end(db);
        fixture_close(&f);
    }
}

/* --- what jobs put is fed once a group --------------------------------------- */

struct script {
    enum { INNER_LEAVES, FAILS, WRONG_ENTITY } end;
};

/* One put that stays and one inside a savepoint that is taken back. */
static enum rc put_two(struct db *db, void *arg, struct arena *a,
                       struct err *err)
{
    const struct script *s = arg;
    enum rc rc =
        search_put(db, 10, PERSON, STR_NONE, fed_with(a, "outer"), err);

    if (rc == RC_OK)
        rc = db_savepoint(db, err);
    if (rc == RC_OK)
        rc = search_put(db, 11, PERSON, STR_NONE, fed_with(a, "inner"), err);
    if (rc == RC_OK)
        rc = db_rollback_to(db, err);
    if (rc == RC_OK)
        rc = search_put(db, 12, PERSON, STR_NONE, fed_with(a, "last"), err);
    if (rc == RC_OK)
        rc = search_put(db, 12, PERSON, fed_with(a, "last"),
                        fed_with(a, "final"), err);
    if (rc == RC_OK && s->end == WRONG_ENTITY)
        rc = search_put(db, 13, -1, STR_NONE, fed_with(a, "x"), err);
    return rc == RC_OK && s->end == FAILS ? FAIL(err, RC_INVALID, "No.") : rc;
}

static enum rc run_script(struct fixture *f, int end)
{
    struct script s = {end};
    struct db_job job = {.run = put_two, .arg = &s};

    return db_write(f->store, &job, &f->arena, &f->err);
}

TEST(search, a_savepoint_takes_back_what_was_put_in_it)
{
    struct fixture f = with_people();

    CHECK_RC(run_script(&f, INNER_LEAVES), RC_OK);
    CHECK_STR(ask(&f, "outer"), "10");
    CHECK_STR(ask(&f, "inner"), "");
    CHECK_STR(ask(&f, "last"), "");
    CHECK_STR(ask(&f, "final"), "12");
    fixture_close(&f);
}

TEST(search, a_job_that_fails_puts_nothing)
{
    struct fixture f = with_people();

    CHECK_RC(run_script(&f, FAILS), RC_INVALID);
    CHECK_RC(run_script(&f, WRONG_ENTITY), RC_BUG);
    CHECK_STR(ask(&f, "outer"), "");
    CHECK_STR(ask(&f, "final"), "");
    put(&f, 20, PERSON, NULL, "afterwards");
    CHECK_STR(ask(&f, "afterwards"), "20");
    CHECK_RC(db_verify(f.store, &f.err), RC_OK);
    fixture_close(&f);
}

TEST(search, a_job_run_twice_puts_once)
{
    struct fixture f = fixture_open_file("search_twice", true);
    struct db_job job = {.run = make};

    CHECK_RC(db_write(f.store, &job, &f.arena, &f.err), RC_OK);
    put(&f, 1, PERSON, NULL, "Anna");
    put(&f, 1, PERSON, "Anna", "Berta");
    CHECK_STR(ask(&f, "anna"), "");
    CHECK_STR(ask(&f, "berta"), "1");
    put(&f, 1, PERSON, "Berta", NULL);
    CHECK_STR(ask(&f, "berta"), "");
    fixture_close(&f);
}
