/*
 * The manual and the stubs are what the declarations say:
 * UPDATE_GOLDEN=1 build/dev/unit_script reference
 */
#include "script/reference.h"

#include "base/arena.h"
#include "test.h"

TEST(reference, the_manual_is_in_step_with_the_declarations)
{
    struct buf b;

    buf_init(&b, 1 << 20);
    script_write_reference(script_modules(), &b);
    CHECK(!b.failed);
    golden_check("../../docs/lua/reference.md", buf_view(&b));
    buf_release(&b);
}

TEST(reference, the_stubs_are_in_step_with_the_declarations)
{
    struct buf b;

    buf_init(&b, 1 << 20);
    script_write_stubs(script_modules(), &b);
    CHECK(!b.failed);
    golden_check("../../docs/lua/perigee.lua", buf_view(&b));
    buf_release(&b);
}

TEST(reference, what_completion_offers_is_json_with_every_function)
{
    const struct json *all = NULL;
    struct arena a;
    struct json_w w;
    struct buf b;
    size_t n = 0;

    arena_init(&a, 4 << 20);
    buf_init(&b, 1 << 20);
    json_w_init(&w, &b);
    script_write_completion(script_modules(), &w);
    CHECK_RC(json_w_finish(&w, NULL), RC_OK);
    CHECK_RC(json_parse(buf_view(&b), &a, &all, NULL), RC_OK);
    for (size_t i = 0; i < all->u.array.n; i++)
        n += json_at(&all->u.array.v[i], "functions")->u.array.n;
    CHECK(n > 100);
    buf_release(&b);
    arena_release(&a);
}
