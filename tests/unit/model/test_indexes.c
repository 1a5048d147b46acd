/*
 * The indexes an entity gets are those its saved views read: the engine neither
 * scans nor sorts for them.
 */
#include "support/test.h"
#include "support/workspace_fixture.h"

struct read {
    const char *sql;
    bool scans, sorts;
};

static const struct read READS[] = {
    /* the board's columns, either way */
    {"SELECT id FROM crm_deal WHERE deleted_at IS NULL AND stage='won' ORDER "
     "BY "
     "closed_on ASC NULLS FIRST, id ASC LIMIT 50",
     false, false},
    {"SELECT id FROM crm_deal WHERE deleted_at IS NULL AND stage='won' ORDER "
     "BY "
     "closed_on DESC NULLS LAST, id DESC LIMIT 50",
     false, false},
    /* the title in its order */
    {"SELECT id FROM crm_account WHERE deleted_at IS NULL ORDER BY name__k ASC "
     "NULLS FIRST, id ASC LIMIT 50",
     false, false},
    {"SELECT id FROM crm_account WHERE deleted_at IS NULL AND name__k>='ac' "
     "AND "
     "name__k<'ad' ORDER BY name__k ASC NULLS FIRST, id ASC",
     false, false},
    /* collections, and what holds a record that goes */
    {"SELECT id FROM crm_deal WHERE account=5 ORDER BY id", false, false},
    {"SELECT id FROM crm_visit WHERE regarding__ent=3 AND regarding__id=5 "
     "ORDER BY id",
     false, false},
    {"SELECT id FROM crm_contact WHERE deleted_at IS NULL AND email='a@b'",
     false, false},
    {"SELECT rec FROM m_crm_account_tags WHERE code='vip' ORDER BY rec", false,
     false},
    /* a text by its value: fx asks for its key as well */
    {"SELECT id FROM crm_account WHERE deleted_at IS NULL AND (city__k='graz' "
     "AND city='Graz') ORDER BY id LIMIT 50",
     false, false},
    /* nobody asked for this one */
    {"SELECT id FROM crm_account WHERE deleted_at IS NULL ORDER BY employees "
     "ASC NULLS FIRST, id ASC",
     false, true},
};

TEST(indexes, serve_what_the_saved_views_read)
{
    struct workspace w;
    struct db_plan plan;
    struct db *db;
    size_t i;

    workspace_open(&w);
    CHECK_RC(workspace_put(&w, fixture_folder(&w.arena, "crm",
                                              "tests/fixtures/model/crm")),
             RC_OK);
    CHECK_RC(db_read_begin(w.store, NULL, &db, &w.err), RC_OK);
    for (i = 0; i < sizeof READS / sizeof READS[0]; i++) {
        CHECK_RC(db_explain(db, str_c(READS[i].sql), &w.arena, &plan, &w.err),
                 RC_OK);
        if (plan.scans != READS[i].scans || plan.sorts != READS[i].sorts)
            CHECK_CSTR(str_cstr(&w.arena, plan.text), READS[i].sql);
    }
    db_read_end(db);
    workspace_close(&w);
}
