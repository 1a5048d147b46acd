/* Step 5: edges, guards, what a move requires. */
#include "fixture.h"

static int64_t deal(struct world *x, const char *more)
{
    CHECK_RC(world_create(x, "t:account", "{'name':'A'}"), RC_OK);
    CHECK_RC(world_create(x, "t:deal", "{'name':'D','account':'%s'%s}",
                          world_id(x, x->id), more),
             RC_OK);
    return x->id;
}

TEST(transition, only_along_a_move)
{
    struct world x;
    int64_t id;

    world_open(&x);
    id = deal(&x, "");
    CHECK_RC(world_patch(&x, "t:deal", id, "{'stage':'won'}"), RC_INVALID);
    CHECK_CSTR(x.said, "stage not_allowed; closed_on required");
    CHECK_CSTR(x.err.code, "E_STATE");
    CHECK_STR(x.issues.v[0].message,
              "From Open it does not go to Won; it goes to: Busy, Lost.");
    CHECK_RC(world_patch(&x, "t:deal", id, "{'stage':null}"), RC_INVALID);
    CHECK_CSTR(x.said, "stage not_allowed");
    CHECK_RC(world_patch(&x, "t:deal", id, "{'stage':'bsy'}"), RC_INVALID);
    CHECK_CSTR(x.said, "stage unknown_option");
    CHECK_RC(world_patch(&x, "t:deal", id, "{'stage':'busy'}"), RC_OK);
    world_close(&x);
}

TEST(transition, a_guard_and_what_it_requires)
{
    struct world x;
    int64_t id;

    world_open(&x);
    id = deal(&x, ",'stage':'busy'");
    CHECK_RC(world_patch(&x, "t:deal", id,
                         "{'stage':'won','closed_on':'2026-01-01'}"),
             RC_INVALID);
    CHECK_CSTR(x.said, "stage guard");
    CHECK_CSTR(x.err.code, "E_STATE");
    CHECK_CSTR(x.err.text, "A deal is won with an amount.");
    CHECK_RC(world_patch(&x, "t:deal", id, "{'stage':'won','amount':'20.00'}"),
             RC_INVALID);
    CHECK_CSTR(x.said, "closed_on required");
    CHECK_CSTR(x.err.code, "");
    CHECK_RC(world_patch(&x, "t:deal", id,
                         "{'stage':'won','amount':'20.00',"
                         "'closed_on':'2026-01-01'}"),
             RC_OK);
    CHECK_RC(world_patch(&x, "t:deal", id, "{'stage':'open'}"), RC_INVALID);
    CHECK_STR(x.issues.v[0].message,
              "From Won nothing leads on; \"Stage\" stays as it is.");
    world_close(&x);
}

TEST(transition, a_create_may_start_anywhere)
{
    struct world x;

    world_open(&x);
    (void)deal(&x, ",'stage':'lost'");
    world_close(&x);
}
