/*
 * The system tables, and every whole statement that stands as a literal in our
 * source, prepared by PostgreSQL: static SQL keeps to what both engines read.
 * Which literals are whole statements is SQLite's word.
 */
#include <ftw.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "db/ddl.h"
#include "model/systables.h"
#include "server.h"
#include "support/test.h"

/* Every system table and its indexes, in the spelling of `d`. */
static struct str system_ddl(struct arena *a, enum db_dialect d)
{
    const struct system_table *tables = NULL;
    size_t n = system_tables(&tables);
    struct sqlb q;
    struct str text = STR_NONE;

    sqlb_init(&q, d, a);
    for (size_t i = 0; i < n; i++) {
        ddl_create_table(&q, &tables[i].table);
        sqlb_lit(&q, ";\n");
        for (size_t k = 0; k < tables[i].n_indexes; k++) {
            ddl_create_index(&q, &tables[i].indexes[k]);
            sqlb_lit(&q, ";\n");
        }
    }
    CHECK_RC(sqlb_text(&q, &text, NULL), RC_OK);
    CHECK(n > 10 && text.n > 1000);
    sqlb_release(&q);
    return text;
}

/* ---- the static SQL of this source ------------------------------------- */

enum { STATEMENTS = 1000 };

static struct {
    struct arena arena;
    struct str v[STATEMENTS];
    size_t n;
} found;

static bool is_sql(struct str s)
{
    return str_starts(s, STR("SELECT ")) || str_starts(s, STR("INSERT ")) ||
           str_starts(s, STR("UPDATE ")) || str_starts(s, STR("DELETE ")) ||
           str_starts(s, STR("WITH "));
}

/* The literals of C text, neighbours joined; those that look like SQL. */
static void find_sql(struct str c)
{
    struct buf b;
    size_t i = 0;

    buf_init(&b, 100000);
    while (i < c.n) {
        if (c.p[i] == '/' && i + 1 < c.n && c.p[i + 1] == '*') {
            ptrdiff_t end = str_find(str_sub(c, i + 2, c.n), STR("*/"));

            i = end < 0 ? c.n : i + 2 + (size_t)end + 2;
            continue;
        }
        if (c.p[i] == '\'' && i + 2 < c.n) {
            i += c.p[i + 1] == '\\' ? 4 : 3;
            continue;
        }
        if (c.p[i] != '"') {
            bool blank = strchr(" \t\n", c.p[i]) != NULL;

            if (!blank && b.n > 0) {
                if (is_sql(buf_view(&b)) && found.n < STATEMENTS)
                    found.v[found.n++] = str_copy(&found.arena, buf_view(&b));
                buf_reset(&b);
            }
            i++;
            continue;
        }
        for (i++; i < c.n && c.p[i] != '"'; i++) {
            if (c.p[i] == '\\' && i + 1 < c.n)
                i++;
            buf_addc(&b, c.p[i]);
        }
        i++;
    }
    buf_release(&b);
}

static int visit(const char *path, const struct stat *st, int kind,
                 struct FTW *at)
{
    size_t n = strlen(path), size = 0;
    char *text;

    (void)st;
    (void)at;
    if (kind != FTW_F || n < 2 || strcmp(path + n - 2, ".c") != 0 ||
        strstr(path, "/core/db/"))
        return 0;
    text = test_read(path + strlen(TEST_SOURCE_DIR) + 1, &size);
    find_sql(str_of(text, size));
    free(text);
    return 0;
}

/* SQLite says which are whole: it prepares them beside the system tables. */
static enum rc keep_whole(struct db *db, void *arg, struct arena *a,
                          struct err *err)
{
    struct str ddl = system_ddl(a, DB_SQLITE), one;
    size_t kept = 0;
    enum rc rc = RC_OK;

    (void)arg;
    while (rc == RC_OK && str_split(&ddl, '\n', &one))
        rc = db_exec(db, one, err);
    for (size_t i = 0; i < found.n && rc == RC_OK; i++) {
        struct db_stmt *st = NULL;

        rc = db_savepoint(db, err);
        if (rc != RC_OK)
            break;
        if (db_prepare(db, found.v[i], &st, NULL) == RC_OK)
            found.v[kept++] = found.v[i];
        db_stmt_release(st);
        rc = db_rollback_to(db, err);
    }
    found.n = kept;
    return rc;
}

TEST(pg, takes_the_system_tables_and_the_static_sql_of_this_source)
{
    struct db_job job = {.run = keep_whole};
    struct db_store *store = NULL;
    struct err err = ERR_INIT;
    struct pg pg = pg_start();
    struct arena a;
    struct buf b;
    char out[8192];

    if (pg.skipped)
        return;
    arena_init(&a, 16 << 20);
    arena_init(&found.arena, 16 << 20);
    found.n = 0;
    CHECK(nftw(TEST_SOURCE_DIR "/core", visit, 16, FTW_PHYS) == 0);
    CHECK(nftw(TEST_SOURCE_DIR "/runtime", visit, 16, FTW_PHYS) == 0);
    log_set_level(LOG_LEVEL_OFF);
    CHECK_RC(db_open_memory(clock_system(), &store, &err), RC_OK);
    CHECK_RC(db_write(store, &job, &a, &err), RC_OK);
    db_close(store);
    log_set_level(LOG_LEVEL_INFO);
    CHECK(found.n > 50);
    buf_init(&b, 8 << 20);
    buf_add(&b, system_ddl(&a, DB_POSTGRES));
    for (size_t i = 0; i < found.n; i++) {
        buf_addf(&b, "PREPARE s%zu AS ", i);
        for (size_t k = 0; k < found.v[i].n; k++)
            buf_addc(&b, found.v[i].p[k] == '?' ? '$' : found.v[i].p[k]);
        buf_adds(&b, ";\n");
    }
    CHECK(b.failed == RC_OK);
    pg_run(&pg, buf_view(&b), out, sizeof out);
    pg_stop(&pg);
    buf_release(&b);
    arena_release(&found.arena);
    arena_release(&a);
}
