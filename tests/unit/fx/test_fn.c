/*
 * The function table: sorted, and every example gives what the reference says.
 */
#include "fx/fx_fn.h"
#include "test.h"
#include "fx_world.h"

TEST(fx_fn, are_found_by_name_and_stand_in_order)
{
    for (size_t i = 0; i < FX_F_COUNT_OF; i++) {
        const struct fx_fn *fn = &fx_fn_all()[i];

        CHECK(fn->name);
        CHECK_I64(fn->id, i);
        CHECK(fx_fn_find(str_c(fn->name)) == fn);
        if (i)
            CHECK(strcmp(fx_fn_all()[i - 1].name, fn->name) < 0);
    }
    CHECK(fx_fn_find(STR("")) == NULL);
    CHECK(fx_fn_find(STR("zzz")) == NULL);
}

TEST(fx_fn, examples_give_what_the_reference_says)
{
    for (size_t i = 0; i < FX_F_COUNT_OF; i++) {
        const struct fx_fn *fn = &fx_fn_all()[i];
        struct arena a;
        struct fx_frame frame = {.arena = &a};
        struct value v = VALUE_NULL;
        const struct fx_expr *x;

        if (!fn->example)
            continue;
        arena_init(&a, 1 << 20);
        x = fx_world_compile(&a, fn->example, FX_USE_VALUE);
        CHECK_RC(fx_eval(x, &frame, &v, NULL), RC_OK);
        CHECK_STR(fx_world_print(&a, &v), fn->result);
        arena_release(&a);
    }
}
