/*
 * publish - how long a builder's publish of one new field takes (no index, no
 * default) on an entity of many records: the act, the compile, the plan with its
 * row counts, the DDL and the definitions, one durable commit.
 *
 *     bench_publish FILE [records] [turns]
 *
 * FILE is made anew, on the disk that is to be measured.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "model/edit.h"

static const char LOCAL[] =
    "<entity name=\"visit\" label=\"Visit\" search=\"name note\">\n"
    "  <field name=\"name\" required=\"true\"/>\n"
    "  <field name=\"note\" type=\"longtext\"/>\n"
    "  <field name=\"amount\" type=\"int\"/>\n"
    "  <field name=\"planned_on\" type=\"date\"/>\n"
    "  <field name=\"done\" type=\"bool\"/>\n"
    "</entity>\n";

struct bench {
    struct db_store *store;
    const struct model *m;
    struct arena arena;
    struct plan plan;
    struct err err;
};

static void check(struct bench *b, enum rc rc)
{
    if (rc == RC_OK)
        return;
    fprintf(stderr, "%s\n", b->err.text);
    exit(1);
}

static double now_ms(void)
{
    return (double)clock_system()->mono_ms(NULL);
}

static void write_job(struct bench *b,
                      enum rc (*run)(struct db *, void *, struct arena *,
                                     struct err *),
                      void *arg)
{
    struct db_job job = {.run = run, .arg = arg, .alone = true};
    struct arena a;

    arena_init(&a, 64 << 20);
    check(b, db_write(b->store, &job, &a, &b->err));
    arena_release(&a);
}

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

static void put(struct bench *b, const struct store_change *change)
{
    struct publish p = {.current = b->m, .change = change, .plan = &b->plan};
    struct model *next = NULL;
    struct messages ms;
    struct db *db;

    messages_init(&ms, &b->arena);
    check(b, db_read_begin(b->store, NULL, &db, &b->err));
    check(b, store_prepare(db, b->m, change, &b->arena, &next, &b->plan, &ms,
                           &b->err));
    db_read_end(db);
    p.next = next;
    write_job(b, commit, &p);
    model_unref(b->m);
    b->m = next;
}

static struct str slurp(struct bench *b, const char *path)
{
    static char text[1 << 16];
    FILE *f = fopen(path, "rb");
    size_t n = f ? fread(text, 1, sizeof text, f) : 0;

    if (f)
        fclose(f);
    return str_copy(&b->arena, str_of(text, n));
}

static void install(struct bench *b)
{
    struct package_file sys[] = {
        {STR("entities/user.xml"),
         slurp(b, TEST_SOURCE_DIR "/schemas/sys/entities/user.xml"), NULL},
        {STR("package.xml"),
         slurp(b, TEST_SOURCE_DIR "/schemas/sys/package.xml"), NULL}};
    struct package_file own[] = {{STR("entities/visit.xml"), STR(LOCAL), NULL}};
    struct package_src src = {.id = STR("sys"), .files = sys, .n = 2};
    struct store_change change = {.put = &src};

    put(b, &change);
    src = (struct package_src){.id = STR("local"), .files = own, .n = 1};
    put(b, &change);
}

static enum rc fill(struct db *db, void *arg, struct arena *a, struct err *err)
{
    const long *records = arg;

    return db_exec(
        db,
        str_fmt(a,
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM"
                " n WHERE i < %ld) INSERT INTO local_visit(id, rev,"
                " created_at, updated_at, name, note, amount, planned_on)"
                " SELECT i, 1, 0, 0, 'Visit ' || i, 'Some words about the"
                " visit of that day', i, '2026-05-01' FROM n",
                *records),
        err);
}

/* One act, published; the milliseconds. */
static double turn(struct bench *b, int i)
{
    double from = now_ms();
    const struct json *act = NULL;
    struct store_change c = {0};
    struct package_src *src;
    struct issues issues;
    struct edit e;
    struct str text = str_fmt(&b->arena,
                              "{\"op\":\"field.add\",\"entity\":\"visit\","
                              "\"name\":\"more_%d\"}",
                              i);

    issues_init(&issues, &b->arena);
    check(b, json_parse(text, &b->arena, &act, &b->err));
    check(b, edit_begin(&e, b->m, &b->arena, &issues, &b->err));
    check(b, edit_acts(&e, act, &b->err));
    check(b, edit_source(&e, &src, &b->err));
    check(b, edit_log(&e, &b->arena, &c.log, &b->err));
    c.put = src;
    c.base = edit_local(b->m);
    put(b, &c);
    return now_ms() - from;
}

int main(int argc, char **argv)
{
    long records = argc > 2 ? strtol(argv[2], NULL, 10) : 1000000;
    int turns = argc > 3 ? (int)strtol(argv[3], NULL, 10) : 5, i;
    struct db_config config = {.create = true, .clock = clock_system()};
    struct bench b = {.m = NULL};
    size_t k;

    if (argc < 2) {
        fputs("usage: bench_publish FILE [records] [turns]\n", stderr);
        return 2;
    }
    config.path = argv[1];
    (void)unlink(argv[1]);
    arena_init(&b.arena, 256 << 20);
    check(&b, db_open(&config, &b.store, &b.err));
    write_job(&b, create, NULL);
    install(&b);
    write_job(&b, fill, &records);
    for (i = 0; i < turns; i++)
        printf("publish of one new field, %ld records: %.1f ms\n", records,
               turn(&b, i));
    for (k = 0; k < b.plan.n; k++)
        printf("%.*s\n", STR_ARG(b.plan.steps[k].words));
    model_unref(b.m);
    db_close(b.store);
    arena_release(&b.arena);
    return 0;
}
