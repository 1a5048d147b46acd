/*
 * Many at once: no update is lost (R7), one of two If-Match wins, numbers have
 * no gaps.
 */
#include <pthread.h>
#include <stdatomic.h>

#include "base/id.h"
#include "fixture.h"

enum { THREADS = 4, ROUNDS = 25 };

struct racer {
    struct world *x;
    int64_t id;
    int n;
    int wins, conflicts, others;
    pthread_t thread;
};

static enum rc save_one(struct racer *r, struct arena *a, enum record_op op,
                        const char *entity, int64_t if_rev, const char *field,
                        struct value v)
{
    struct world *x = r->x;
    const struct entity *e = model_entity(x->w.model, str_c(entity));
    struct record_result out = {0};
    struct record_batch b;
    struct issues is;
    struct err err = ERR_INIT;
    struct record_item *item;

    record_batch_init(&b, a);
    issues_init(&is, a);
    item = record_add(&b, x->w.model, op, e, r->id);
    item->if_rev = if_rev;
    if (!record_set(item, entity_field(e, str_c(field)), v))
        return RC_BUG;
    return record_save(&x->ctx, x->w.model, &b, &is, &out, &err);
}

/* Each counts a field of its own up. */
static void *count_up(void *arg)
{
    static const char *const FIELDS[THREADS] = {"a", "b", "c", "d"};
    struct racer *r = arg;
    struct arena a;
    int i;

    arena_init(&a, 64 << 20);
    for (i = 1; i <= ROUNDS; i++) {
        if (save_one(r, &a, RECORD_UPDATE, "t:deal", -1, FIELDS[r->n],
                     value_int(i)) == RC_OK)
            r->wins++;
        arena_reset(&a);
    }
    arena_release(&a);
    return NULL;
}

static void race(struct racer *r, struct world *x, void *(*run)(void *),
                 int64_t id)
{
    int i;

    for (i = 0; i < THREADS; i++) {
        r[i] = (struct racer){.x = x, .id = id, .n = i};
        CHECK(pthread_create(&r[i].thread, NULL, run, &r[i]) == 0);
    }
    for (i = 0; i < THREADS; i++)
        CHECK(pthread_join(r[i].thread, NULL) == 0);
}

static int64_t deal(struct world *x)
{
    CHECK_RC(world_create(x, "t:account", "{'name':'A'}"), RC_OK);
    CHECK_RC(world_create(x, "t:deal", "{'name':'D','account':'%s'}",
                          world_id(x, x->id)),
             RC_OK);
    return x->id;
}

TEST(threads, changes_of_different_fields_are_never_lost)
{
    struct racer r[THREADS];
    struct world x;
    int64_t id;
    int i;

    world_open(&x);
    id = deal(&x);
    race(r, &x, count_up, id);
    for (i = 0; i < THREADS; i++)
        CHECK_I64(r[i].wins, ROUNDS);
    CHECK_STR(
        world_sql(&x, "SELECT a || b || c || d || '/' || rev FROM t_deal"),
        "25252525/101");
    /* each revision once, each before-image the value before it */
    CHECK_STR(world_sql(&x,
                        "SELECT count(DISTINCT rev) || '/' || count(*) FROM"
                        " sys_chg WHERE rec = %lld",
                        (long long)id),
              "101/101");
    world_close(&x);
}

/* All of them try to write revision after revision. */
static void *claim(void *arg)
{
    struct racer *r = arg;
    struct arena a;
    int i;

    arena_init(&a, 64 << 20);
    for (i = 1; i <= ROUNDS; i++) {
        enum rc rc = save_one(r, &a, RECORD_UPDATE, "t:deal", i, "a",
                              value_int(i * THREADS + r->n));

        r->wins += rc == RC_OK;
        r->conflicts += rc == RC_CONFLICT;
        r->others += rc != RC_OK && rc != RC_CONFLICT;
        arena_reset(&a);
    }
    arena_release(&a);
    return NULL;
}

TEST(threads, one_of_those_who_claim_a_revision_gets_it)
{
    struct racer r[THREADS];
    struct world x;
    int wins = 0, i;
    int64_t id;

    world_open(&x);
    id = deal(&x);
    race(r, &x, claim, id);
    for (i = 0; i < THREADS; i++) {
        wins += r[i].wins;
        CHECK_I64(r[i].others, 0);
        CHECK_I64(r[i].wins + r[i].conflicts, ROUNDS);
    }
    CHECK(wins >= 1);
    CHECK_I64(world_sql(&x, "SELECT rev FROM t_deal").n > 0, 1);
    CHECK_STR(world_sql(&x, "SELECT rev - 1 = %d FROM t_deal", wins), "1");
    world_close(&x);
}

static void *create(void *arg)
{
    struct racer *r = arg;
    struct arena a;
    int i;

    arena_init(&a, 64 << 20);
    for (i = 0; i < ROUNDS; i++) {
        r->wins += save_one(r, &a, RECORD_CREATE, "t:account", -1, "name",
                            value_text(STR("N"))) == RC_OK;
        arena_reset(&a);
    }
    arena_release(&a);
    return NULL;
}

TEST(threads, numbers_are_given_once_and_without_gaps)
{
    struct racer r[THREADS];
    struct world x;

    world_open(&x);
    race(r, &x, create, 0);
    CHECK_STR(world_sql(&x, "SELECT count(DISTINCT number) || max(number) FROM"
                            " t_account"),
              "100A-2026-0100");
    CHECK_STR(world_sql(&x, "SELECT count(DISTINCT seq) = max(seq) FROM"
                            " sys_event"),
              "1");
    world_close(&x);
}
