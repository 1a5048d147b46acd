/*
 * Imports of several chunks, which are saved while the next is read: order,
 * verdicts, undo, cancelling, and what must not overlap.
 */
#include <stdio.h>

#include "base/limits.h"
#include "db/search.h"
#include "exchange/exchange.h"
#include "support/test.h"
#include "support/workspace_fixture.h"

enum { ROWS = 2 * LIMIT_IMPORT_CHUNK + 100 };

static const char THING[] =
    "<bundle><entity name=\"thing\" search=\"name\"><field name=\"name\" "
    "required=\"true\"/><field name=\"no\" type=\"autonumber\" "
    "pattern=\"N-{00000}\"/><field name=\"n\" type=\"int\"/><field "
    "name=\"code\"/><field name=\"of\" type=\"ref\" to=\"group\"/>"
    "<unique fields=\"code\"/></entity>"
    "<entity name=\"group\" import-key=\"name\"><field name=\"name\"/></entity>"
    "</bundle>";

struct world {
    struct workspace w;
    struct model_slot *slot;
    struct arena arena;
    struct principal who;
    struct record_ctx ctx;
    struct import_report report;
    struct import_progress progress;
    int64_t told[8];
    size_t n_told, cancel_at; /* cancel when so much was told; 0: never */
};

static bool tell(void *arg, int64_t done, int64_t total)
{
    struct world *x = arg;

    (void)total;
    if (x->n_told < 8)
        x->told[x->n_told] = done;
    x->n_told++;
    return x->n_told != x->cancel_at;
}

static void open_world(struct world *x)
{
    *x = (struct world){.cancel_at = 0};
    workspace_open(&x->w);
    CHECK_RC(workspace_put_xml(&x->w, "u", THING), RC_OK);
    arena_init(&x->arena, 256 << 20);
    x->slot = model_slot_new();
    model_ref(x->w.model);
    model_slot_publish(x->slot, (struct model *)(uintptr_t)x->w.model);
    x->who = principal_system(SOURCE_IMPORT);
    x->ctx = (struct record_ctx){.store = x->w.store,
                                 .slot = x->slot,
                                 .who = &x->who,
                                 .clock = &x->w.clock->clock};
    x->progress = (struct import_progress){tell, x};
}

static void close_world(struct world *x)
{
    model_slot_free(x->slot);
    arena_release(&x->arena);
    workspace_close(&x->w);
}

/* name,n,code,of: row i is "name i"; every 1,000th is refused as it is read,
   every 1,000th and first as it is saved, for the code of the row before. */
static struct str csv_of(struct world *x, int rows)
{
    struct buf b;
    struct str out = STR_NONE;
    int i;

    buf_init(&b, 16 << 20);
    buf_adds(&b, "name,n,code,of\n");
    for (i = 1; i <= rows; i++)
        buf_addf(&b, "name %05d,%s,c%d,%s\n", i, i % 1000 == 0 ? "x" : "1",
                 i % 1000 == 2 ? i - 1 : i, i % 1400 == 0 ? "club" : "");
    CHECK_RC(buf_finish(&b, &x->arena, &out, NULL), RC_OK);
    buf_release(&b);
    return out;
}

static void import(struct world *x, const char *map_text, struct str csv)
{
    const struct entity *e = model_entity(x->w.model, STR("u:thing"));
    const struct import_map *map = NULL;
    struct issues issues;
    struct err err = ERR_INIT;

    issues_init(&issues, &x->arena);
    CHECK_RC(import_map_parse(x->w.model, e, str_c(map_text), &x->arena,
                              &issues, &map, &err),
             RC_OK);
    if (import_csv(&x->ctx, e, map, csv, false, &x->progress, &x->arena,
                   &x->report, &issues, &err) != RC_OK)
        CHECK_CSTR(err.text, "");
}

static int64_t count(struct world *x, const char *sql)
{
    struct db_stmt *st = NULL;
    struct db *db = NULL;
    int64_t n;

    CHECK_RC(db_read_begin(x->w.store, NULL, &db, NULL), RC_OK);
    CHECK_RC(db_prepare(db, str_c(sql), &st, NULL), RC_OK);
    CHECK_RC(db_step_row(st, NULL), RC_OK);
    n = db_col_i64(st, 0);
    db_read_end(db);
    return n;
}

static const char WITH_GROUPS[] =
    "{\"columns\":{\"name\":\"name\",\"n\":\"n\",\"code\":\"code\",\"of\":{"
    "\"field\":\"of\",\"by\":\"name\",\"create\":true}}}";
static const char WITHOUT[] =
    "{\"columns\":{\"name\":\"name\",\"n\":\"n\",\"code\":\"code\"}}";

/* The rows that fail: 2, 1000, 1002, 2000, 2002, 3000, 3002. */
static void check_verdicts(const struct world *x)
{
    static const int64_t LINES[] = {3, 1001, 1003, 2001, 2003, 3001, 3003};
    struct str rest = x->report.error_csv, line;
    size_t i;

    CHECK_I64(x->report.rows, ROWS);
    CHECK_I64(x->report.created, ROWS - 7);
    CHECK_I64(x->report.failed, 7);
    CHECK_I64((int64_t)x->report.n_issues, 7);
    CHECK(str_split(&rest, '\n', &line));
    for (i = 0; i < 7; i++) {
        char want[24];

        CHECK_I64(x->report.issues[i].line, LINES[i]);
        CHECK(str_split(&rest, '\n', &line));
        snprintf(want, sizeof want, ",%lld,", (long long)LINES[i]);
        CHECK(str_find(line, str_c(want)) > 0);
    }
}

TEST(chunk, rows_are_saved_and_refused_in_the_order_of_the_file)
{
    struct world x;

    open_world(&x);
    import(&x, WITHOUT, csv_of(&x, ROWS));
    check_verdicts(&x);
    CHECK_I64((int64_t)x.report.n_txns, 3);
    CHECK(x.report.txns[0] < x.report.txns[1] &&
          x.report.txns[1] < x.report.txns[2]);
    /* ids, numbers and names go the same way */
    CHECK_I64(count(&x, "SELECT count(*) FROM (SELECT name, lag(name) OVER "
                        "(ORDER BY id) p, \"no\", lag(\"no\") OVER (ORDER BY "
                        "id) q FROM u_thing) WHERE name < p OR \"no\" <= q"),
              0);
    CHECK_I64(count(&x, "SELECT count(*) FROM sys_chg c JOIN u_thing t ON "
                        "t.id = c.rec WHERE c.op = 1"),
              ROWS - 7);
    CHECK_I64(count(&x, "SELECT count(*) FROM sys_event e JOIN u_thing t ON "
                        "t.id = e.rec"),
              ROWS - 7);
    CHECK_I64((int64_t)x.n_told, 3);
    CHECK(x.told[0] < x.told[1] && x.told[1] < x.told[2]);
    CHECK_I64(x.told[2], ROWS);
    close_world(&x);
}

static size_t hits(struct world *x, const char *text)
{
    struct search_hit *v = NULL;
    struct db *db = NULL;
    size_t n = 0;

    CHECK_RC(db_read_begin(x->w.store, NULL, &db, NULL), RC_OK);
    CHECK_RC(search_find(db, str_c(text), NULL, 0, 10, &x->arena, &v, &n, NULL),
             RC_OK);
    db_read_end(db);
    return n;
}

/* What was saved is found, what was only read is not. */
static bool look(void *arg, int64_t done, int64_t total)
{
    struct world *x = arg;
    char text[20];

    (void)total;
    snprintf(text, sizeof text, "name %05d", (int)done);
    CHECK_I64((int64_t)hits(x, text), done % 1000 == 0 ? 0 : 1);
    snprintf(text, sizeof text, "ame %05d", (int)done + 1);
    CHECK_I64((int64_t)hits(x, text), 0);
    x->n_told++;
    return true;
}

TEST(chunk, what_is_saved_is_found_and_an_undone_chunk_is_not)
{
    struct world x;
    struct undo_result undone = {0};
    struct issues issues;

    open_world(&x);
    x.progress.tell = look;
    import(&x, WITHOUT, csv_of(&x, ROWS));
    CHECK_I64((int64_t)x.n_told, 3);
    issues_init(&issues, &x.arena);
    CHECK_RC(record_undo(&x.ctx, x.report.txns[1], false, &x.arena, &issues,
                         &undone, NULL),
             RC_OK);
    CHECK_I64(undone.conflicts, 0);
    CHECK_I64(count(&x, "SELECT count(*) FROM u_thing WHERE deleted_at IS NOT "
                        "NULL"),
              undone.undone);
    CHECK_I64((int64_t)hits(&x, "name 00010"), 1);
    CHECK_I64((int64_t)hits(&x, "name 01700"), 0);
    CHECK_I64((int64_t)hits(&x, "ame 0170"), 0);
    CHECK_I64((int64_t)hits(&x, "name 03050"), 1);
    CHECK_I64(count(&x, "SELECT count(*) FROM s_ent"),
              ROWS - 7 - undone.undone);
    close_world(&x);
}

TEST(chunk, who_cancels_keeps_what_is_saved_and_hears_of_nothing_more)
{
    struct world x;

    open_world(&x);
    x.cancel_at = 1;
    import(&x, WITHOUT, csv_of(&x, ROWS));
    CHECK(x.report.cancelled);
    CHECK_I64((int64_t)x.n_told, 1);
    CHECK_I64(x.report.rows, x.told[0]);
    CHECK_I64(x.report.rows, x.report.created + x.report.failed);
    CHECK_I64(x.report.failed, 3);
    CHECK_I64((int64_t)x.report.n_txns, 1);
    CHECK_I64(count(&x, "SELECT count(*) FROM u_thing"), x.report.created);
    close_world(&x);
}

TEST(chunk, a_target_made_by_one_chunk_is_found_by_the_next)
{
    struct world x;

    open_world(&x);
    import(&x, WITH_GROUPS, csv_of(&x, ROWS));
    check_verdicts(&x);
    CHECK_I64(count(&x, "SELECT count(*) FROM u_group"), 1);
    CHECK_I64(count(&x, "SELECT count(*) FROM u_thing t JOIN u_group g ON "
                        "g.id = t.\"of\""),
              2);
    close_world(&x);
}

TEST(chunk, nothing_but_bad_rows_fits_into_memory)
{
    struct world x;
    struct buf b;
    struct str csv = STR_NONE;
    int i;

    open_world(&x);
    buf_init(&b, 1 << 20);
    buf_adds(&b, "name,n,code\n");
    for (i = 0; i < ROWS; i++)
        buf_adds(&b, "a,b,c\n");
    CHECK_RC(buf_finish(&b, &x.arena, &csv, NULL), RC_OK);
    buf_release(&b);
    import(&x, WITHOUT, csv);
    CHECK_I64(x.report.failed, ROWS);
    CHECK_I64(x.report.rows, ROWS);
    CHECK_I64((int64_t)x.n_told, 3);
    CHECK_I64((int64_t)x.report.n_txns, 0);
    close_world(&x);
}
