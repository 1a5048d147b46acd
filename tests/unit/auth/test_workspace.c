/* workspace: model and data as a pair; the bell. */
#include "fixture.h"

#include <pthread.h>

#include "support/test.h"

TEST(workspace, waits_for_a_publish_that_has_committed)
{
    struct fix f;
    const struct model *m = NULL;
    struct db *db = NULL;

    fix_open(&f);
    fix_exec(&f, "INSERT INTO sys_model(generation, at, \"user\", hash)"
                 " VALUES(2, 0, 0, x'00')");
    CHECK_RC(workspace_read_begin(&f.ws, &db, &m, &f.err), RC_BUSY);
    CHECK(db == NULL && m == NULL);
    fix_exec(&f, "DELETE FROM sys_model WHERE generation = 2");
    CHECK_RC(workspace_read_begin(&f.ws, &db, &m, &f.err), RC_OK);
    CHECK_I64(m->generation, 1);
    model_unref(m);
    db_read_end(db);
    fix_close(&f);
}

TEST(bell, is_not_missed_between_look_and_wait)
{
    struct bell *b = bell_new();
    uint64_t seen = 0;

    CHECK(b != NULL);
    CHECK(!bell_wait(b, &seen, 1));
    bell_ring(b);
    bell_ring(b);
    CHECK(bell_wait(b, &seen, 0));
    CHECK_I64(seen, 2);
    CHECK(!bell_wait(b, &seen, 0));
    bell_free(b);
    bell_free(NULL);
}

static void *ring(void *b)
{
    bell_ring(b);
    return NULL;
}

TEST(bell, wakes_who_sleeps)
{
    struct bell *b = bell_new();
    uint64_t seen = 0;
    pthread_t t;

    CHECK(pthread_create(&t, NULL, ring, b) == 0);
    CHECK(bell_wait(b, &seen, 20000));
    pthread_join(t, NULL);
    bell_free(b);
}

TEST(bell, survives_any_failed_allocation)
{
    WITH_EACH_ALLOC_FAILING (i) {
        bell_free(bell_new());
    }
}
