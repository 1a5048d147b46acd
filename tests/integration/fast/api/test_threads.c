/* Many at once through one interface: what is shared holds. */
#include <pthread.h>

#include "support/runtime/api_fixture.h"

enum { THREADS = 4, ROUNDS = 12 };

struct caller {
    struct fix *f;
    int number;
    int created, replayed, running, listed, other;
};

static void request(struct caller *c, const char *method, const char *target,
                    const char *extra, const char *body,
                    struct http_test_result *res, struct arena *a)
{
    char headers[512];

    (void)snprintf(headers, sizeof headers,
                   "Authorization: Bearer %s\n"
                   "Content-Type: application/json\n%s",
                   c->f->user_token, extra);
    http_test_request(api_handle, c->f->api, method, target, headers,
                      str_c(body), a, res);
}

/* Everybody sends the same keys; in between they read. */
static void *run(void *arg)
{
    struct caller *c = arg;
    struct arena a;
    int i;

    arena_init(&a, 64 << 20);
    for (i = 0; i < ROUNDS; i++) {
        struct http_test_result res;
        char key[64];

        (void)snprintf(key, sizeof key, "Idempotency-Key: threads-%d\n", i);
        request(c, "POST", "/api/v1/shop/account", key,
                "{\"name\":\"Together\",\"city\":\"Threads\"}", &res, &a);
        if (res.status == 201 &&
            http_test_header(&res, "Idempotent-Replayed").p != NULL)
            c->replayed++;
        else if (res.status == 201)
            c->created++;
        else if (res.status == 409)
            c->running++;
        else
            c->other++;
        request(c, "GET", "/api/v1/shop/account?limit=3", "", "", &res, &a);
        c->listed += res.status == 200;
        arena_reset(&a);
    }
    arena_release(&a);
    return NULL;
}

TEST(threads, one_key_is_one_record_however_many_send_it)
{
    struct fix *f = fix();
    struct caller callers[THREADS] = {0};
    pthread_t threads[THREADS];
    int created = 0, all = 0, listed = 0, i;

    for (i = 0; i < THREADS; i++) {
        callers[i].f = f;
        callers[i].number = i;
        CHECK(pthread_create(&threads[i], NULL, run, &callers[i]) == 0);
    }
    for (i = 0; i < THREADS; i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
        created += callers[i].created;
        all += callers[i].created + callers[i].replayed + callers[i].running;
        listed += callers[i].listed;
        CHECK_I64(callers[i].other, 0);
    }
    CHECK_I64(created, ROUNDS);
    CHECK_I64(all, THREADS * ROUNDS);
    CHECK_I64(listed, THREADS * ROUNDS);
    CHECK_STATUS(call(f, USER, "GET",
                      "/api/v1/shop/account?filter=city%3D'Threads'&count=true",
                      NULL, NULL),
                 200);
    CHECK_CSTR(at(f, "count.value"), "12");
}
