/*
 * save - how fast records are written: durable single creates by many threads,
 * beside the bare limit of the group commit; and batches of 500.
 *
 *     bench_save FILE [threads] [seconds]
 *
 * FILE is made anew, on the disk that is to be measured.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/id.h"
#include "model/store.h"
#include "record/record.h"

static const char PACKAGE[] =
    "<package format=\"1\" id=\"t\" version=\"1.0.0\" label=\"T\">"
    "<summary>x</summary></package>";
static const char ENTITIES[] =
    "<bundle>"
    "<entity name=\"account\" label=\"Account\" owner=\"true\">"
    "<field name=\"name\" required=\"true\" trim=\"true\"/>"
    "<field name=\"city\"/></entity>"
    "<entity name=\"deal\" label=\"Deal\" owner=\"true\" search=\"name note\">"
    "<field name=\"name\" required=\"true\" trim=\"true\"/>"
    "<field name=\"account\" type=\"ref\" to=\"account\" required=\"true\"/>"
    "<field name=\"amount\" type=\"money\" min=\"0\"/>"
    "<field name=\"closed_on\" type=\"date\"/>"
    "<field name=\"email\" type=\"email\"/>"
    "<field name=\"note\"/>"
    "<field name=\"score\" type=\"int\" default=\"10\"/>"
    "<field name=\"hot\" type=\"bool\" default=\"false\"/>"
    "<status name=\"stage\" initial=\"open\"><state code=\"open\"/>"
    "<state code=\"won\"/><move from=\"open\" to=\"won\"/></status>"
    "</entity></bundle>";

struct bench {
    struct db_store *store;
    const struct model *m;
    struct model_slot *slot;
    struct record_ctx ctx;
    int64_t account;
    double seconds;
    double group;  /* writes to one commit, of the last race */
    double cpu_us; /* of the whole process, a write          */
    atomic_long done;
    atomic_bool stop;
};

static void die(const struct err *err)
{
    fprintf(stderr, "%s\n", err->text);
    exit(1);
}

static double now(void)
{
    return (double)clock_system()->mono_ms(NULL) / 1000;
}

/* --- a workspace ------------------------------------------------------------ */

static enum rc create(struct db *db, void *arg, struct arena *a,
                      struct err *err)
{
    struct settings s = {"EUR", STR_INIT("UTC"), STR_INIT("en")};

    (void)arg;
    (void)a;
    return store_create(db, &s, 0, err);
}

struct publish {
    const struct model *current, *next;
    const struct store_change *change;
    const struct plan *plan;
};

static enum rc commit(struct db *db, void *arg, struct arena *a,
                      struct err *err)
{
    const struct publish *p = arg;

    (void)a;
    return store_commit(db, p->current, p->next, p->change, p->plan, 0, 0, err);
}

static void job(struct bench *b,
                enum rc (*run)(struct db *, void *, struct arena *,
                               struct err *),
                void *arg)
{
    struct db_job j = {.run = run, .arg = arg};
    struct err err = ERR_INIT;
    struct arena a;

    arena_init(&a, 64 << 20);
    if (db_write(b->store, &j, &a, &err) != RC_OK)
        die(&err);
    arena_release(&a);
}

static struct package_file file_of(const char *path, struct str text)
{
    return (struct package_file){str_c(path), text, NULL};
}

static char *slurp(const char *path, size_t *n)
{
    FILE *f = fopen(path, "rb");
    static char text[1 << 16];

    *n = f ? fread(text, 1, sizeof text, f) : 0;
    if (f)
        fclose(f);
    return text;
}

static void put(struct bench *b, const struct package_src *src)
{
    static struct arena a;
    struct store_change change = {.put = src};
    struct messages ms;
    struct plan plan;
    struct model *next = NULL;
    struct err err = ERR_INIT;
    struct publish p = {.current = b->m, .change = &change, .plan = &plan};
    struct db *db;

    arena_init(&a, 256 << 20);
    messages_init(&ms, &a);
    if (db_read_begin(b->store, NULL, &db, &err) != RC_OK)
        die(&err);
    if (store_prepare(db, b->m, &change, &a, &next, &plan, &ms, &err) != RC_OK)
        die(&err);
    db_read_end(db);
    p.next = next;
    job(b, commit, &p);
    b->m = next;
    model_ref(next);
    model_slot_publish(b->slot, next);
}

static void install(struct bench *b)
{
    static struct package_file sys[3], own[2];
    size_t n;
    char *text = slurp(TEST_SOURCE_DIR "/schemas/sys/package.xml", &n);
    static struct arena a;
    struct package_src src;

    arena_init(&a, 16 << 20);
    sys[1] = file_of("package.xml", str_copy(&a, str_of(text, n)));
    text = slurp(TEST_SOURCE_DIR "/schemas/sys/entities/user.xml", &n);
    sys[0] = file_of("entities/user.xml", str_copy(&a, str_of(text, n)));
    src = (struct package_src){.id = STR("sys"), .files = sys, .n = 2};
    put(b, &src);
    own[0] = file_of("entities/x.xml", STR(ENTITIES));
    own[1] = file_of("package.xml", STR(PACKAGE));
    src = (struct package_src){.id = STR("t"), .files = own, .n = 2};
    put(b, &src);
}

/* --- saves -------------------------------------------------------------------- */

static const struct json *body(struct arena *a, const char *text)
{
    const struct json *tree = NULL;
    struct err err = ERR_INIT;

    if (json_parse(str_c(text), a, &tree, &err) != RC_OK)
        die(&err);
    return tree;
}

static void add(struct bench *b, struct record_batch *batch, const char *entity,
                const char *text, struct issues *is)
{
    struct err err = ERR_INIT;
    struct record_item *item = record_add(batch, b->m, RECORD_CREATE,
                                          model_entity(b->m, str_c(entity)), 0);

    if (record_bind_json(&b->ctx, b->m, batch, item, body(batch->arena, text),
                         is, &err) != RC_OK)
        die(&err);
}

static int64_t save(struct bench *b, struct arena *a, int n, const char *entity,
                    const char *text)
{
    struct record_result out = {0};
    struct record_batch batch;
    struct issues is;
    struct err err = ERR_INIT;
    int i;

    record_batch_init(&batch, a);
    issues_init(&is, a);
    for (i = 0; i < n; i++)
        add(b, &batch, entity, text, &is);
    if (record_save(&b->ctx, b->m, &batch, &is, &out, &err) != RC_OK)
        die(&err);
    return batch.items[0].id;
}

static const char *deal_text(struct bench *b, struct arena *a, unsigned k)
{
    char id[ID_TEXT_BYTES + 1];

    id_format(b->account, id);
    return str_cstr(
        a, str_fmt(a,
                   "{\"name\":\"Renewal %u of the framework\",\"account\":"
                   "\"%s\",\"amount\":\"1200.00\",\"closed_on\":"
                   "\"2026-03-01\",\"email\":\"anna%u@example.com\","
                   "\"note\":\"Call back after the fair, they want an "
                   "offer.\"}",
                   k, id, k));
}

static void *creator(void *arg)
{
    struct bench *b = arg;
    struct arena a;
    unsigned k = 0;

    arena_init(&a, 64 << 20);
    while (!atomic_load(&b->stop)) {
        save(b, &a, 1, "t:deal", deal_text(b, &a, k++));
        arena_reset(&a);
        atomic_fetch_add(&b->done, 1);
    }
    arena_release(&a);
    return NULL;
}

static enum rc bare_run(struct db *db, void *arg, struct arena *a,
                        struct err *err)
{
    struct db_stmt *st = NULL;
    enum rc rc =
        db_prepare(db, STR("INSERT INTO bare(data) VALUES(?1)"), &st, err);

    (void)arg;
    (void)a;
    if (rc == RC_OK) {
        db_bind_str(st, 1,
                    STR("one hundred bytes or so of a row that is "
                        "written by nobody in particular to nowhere"));
        rc = db_step_done(st, err);
    }
    db_stmt_release(st);
    return rc;
}

static enum rc bare_table(struct db *db, void *arg, struct arena *a,
                          struct err *err)
{
    (void)arg;
    (void)a;
    return db_exec(
        db, STR("CREATE TABLE bare(id INTEGER PRIMARY KEY, data TEXT)"), err);
}

static void *bare(void *arg)
{
    struct bench *b = arg;

    while (!atomic_load(&b->stop)) {
        job(b, bare_run, NULL);
        atomic_fetch_add(&b->done, 1);
    }
    return NULL;
}

/* What a busy machine cannot blur as it does the clock. */
static double cpu(void)
{
    struct rusage u;

    getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e6 +
           (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

static double race(struct bench *b, void *(*run)(void *), int threads)
{
    pthread_t t[256];
    struct db_stats before, after;
    double start, spent, used = cpu();
    int i;

    db_stats(b->store, &before);
    atomic_store(&b->done, 0);
    atomic_store(&b->stop, false);
    start = now();
    for (i = 0; i < threads; i++)
        pthread_create(&t[i], NULL, run, b);
    usleep((useconds_t)(b->seconds * 1e6));
    atomic_store(&b->stop, true);
    for (i = 0; i < threads; i++)
        pthread_join(t[i], NULL);
    spent = now() - start;
    db_stats(b->store, &after);
    b->group = (double)(after.jobs - before.jobs) /
               (double)(after.commits - before.commits + 1);
    b->cpu_us = (cpu() - used) / (double)(atomic_load(&b->done) + 1);
    return (double)atomic_load(&b->done) / spent;
}

static double batches(struct bench *b)
{
    struct arena a;
    double start, spent = 0;
    long rows = 0;
    unsigned k = 0;

    arena_init(&a, 256 << 20);
    start = now();
    while (spent < b->seconds) {
        save(b, &a, 500, "t:deal", deal_text(b, &a, k++));
        arena_reset(&a);
        rows += 500;
        spent = now() - start;
    }
    arena_release(&a);
    return (double)rows / spent;
}

static void tell(const char *what, const struct bench *b, double rate)
{
    printf("%-18s %8.0f /s, %.1f to a commit, %.0f us of CPU each\n", what,
           rate, b->group, b->cpu_us);
}

int main(int argc, char **argv)
{
    struct principal who = principal_system(SOURCE_API);
    static struct bench b;
    struct err err = ERR_INIT;
    struct arena a;
    int threads = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 16;
    double limit, rate;

    if (argc < 2) {
        fprintf(stderr, "usage: bench_save FILE [threads] [seconds]\n");
        return 2;
    }
    b.seconds = argc > 3 ? strtod(argv[3], NULL) : 3;
    unlink(argv[1]);
    if (db_open(&(struct db_config){.path = argv[1],
                                    .clock = clock_system(),
                                    .create = true},
                &b.store, &err) != RC_OK)
        die(&err);
    b.slot = model_slot_new();
    job(&b, create, NULL);
    install(&b);
    b.ctx = (struct record_ctx){
        .store = b.store, .slot = b.slot, .who = &who, .clock = clock_system()};
    arena_init(&a, 64 << 20);
    b.account = save(&b, &a, 1, "t:account", "{\"name\":\"Acme\"}");
    job(&b, bare_table, NULL);
    limit = race(&b, bare, threads);
    tell("bare group commit", &b, limit);
    rate = race(&b, creator, threads);
    tell("durable creates", &b, rate);
    printf("%.2f of the limit\n", rate / limit);
    if (argc <= 4)
        printf("batches of 500     %8.0f rows/s\n", batches(&b));
    arena_release(&a);
    model_unref(b.m);
    model_slot_free(b.slot);
    db_close(b.store);
    return 0;
}
