/*
 * The packages we ship: nothing is said of them, and they can be installed,
 * with a plan of nothing when they are installed again.
 */
#include "support/test.h"
#include "support/workspace_fixture.h"

TEST(apps, crm_and_its_demo_compile_without_a_word)
{
    struct fixture f = {0};
    struct package_src *p[2];

    arena_init(&f.arena, 64 << 20);
    p[0] = fixture_folder(&f.arena, "crm", "apps/crm");
    p[1] = fixture_folder(&f.arena, "crm_demo", "apps/crm_demo");
    (void)!fixture_compile(&f, p, 2);
    CHECK_CSTR(str_cstr(&f.arena, f.said), "");
    CHECK(f.model != NULL);
    fixture_release(&f);
}

TEST(apps, crm_can_be_installed_twice)
{
    struct workspace w;
    struct package_src *crm;

    workspace_open(&w);
    crm = fixture_folder(&w.arena, "crm", "apps/crm");
    if (workspace_put(&w, crm) != RC_OK)
        CHECK_CSTR(w.err.text, "");
    CHECK_RC(workspace_put(&w, crm), RC_OK);
    CHECK_I64(w.plan.n, 0);
    workspace_close(&w);
}
