/*
 * Every statement of the planner and of the pipeline, in both dialects, as
 * goldens. What PostgreSQL says to them is tests/integration/pg.
 */
#include "support/statements.h"
#include "support/test.h"

TEST(statements, stand_in_both_dialects)
{
    struct twin_story story;
    struct buf b;

    twin_story_init(&story);
    statements_tell(&story, NULL);
    buf_init(&b, 4 << 20);
    twin_text(&story, DB_SQLITE, &b);
    golden_check("statements_sqlite.sql", buf_view(&b));
    buf_reset(&b);
    twin_text(&story, DB_POSTGRES, &b);
    golden_check("statements_postgres.sql", buf_view(&b));
    buf_release(&b);
    twin_story_release(&story);
}
