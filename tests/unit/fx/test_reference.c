/*
 * docs/language/fx.md is what the program does: its list of functions comes
 * from the table, its tree from the writer, its example is one.
 */
#include <stdlib.h>

#include "base/buf.h"
#include "base/json.h"
#include "fx/fx_fn.h"
#include "test.h"
#include "fx_world.h"

static void write_function(struct buf *b, const struct fx_fn *fn)
{
    buf_addf(b, "| `%s` | %s", fn->call, fn->about);
    if (fn->where & FX_W_LATER)
        buf_adds(b, " *Not available yet.*");
    else if (!(fn->where & FX_W_SQL) && !(fn->where & FX_W_CONDITION))
        buf_adds(b, " *No SQL form.*");
    if (fn->example)
        buf_addf(b, " | `%s` | `%s` |\n", fn->example, fn->result);
    else
        buf_adds(b, " | | |\n");
}

static void write_functions(struct buf *b)
{
    for (int g = 0; g < FX_G_COUNT; g++) {
        buf_addf(b,
                 "\n### %s\n\n| call | gives | example | result |\n"
                 "|---|---|---|---|\n",
                 fx_fn_group_name((enum fx_fn_group)g));
        for (size_t i = 0; i < FX_F_COUNT_OF; i++)
            if ((int)fx_fn_all()[i].group == g)
                write_function(b, &fx_fn_all()[i]);
    }
}

TEST(fx_reference, lists_the_functions_as_they_are)
{
    size_t n = 0;
    char *text = test_read("docs/language/fx.md", &n);
    struct str all = str_of(text, n);
    ptrdiff_t from = str_find(all, STR("<!-- functions:"));
    ptrdiff_t to = str_find(all, STR("\n<!-- end of functions"));
    struct buf b;

    CHECK(from > 0 && to > from);
    buf_init(&b, 1 << 20);
    buf_add(&b, str_of(all.p, (size_t)from));
    all = str_of(all.p + from, n - (size_t)from);
    buf_add(&b, str_of(all.p, (size_t)str_chr(all, '\n') + 1));
    write_functions(&b);
    to = str_find(all, STR("\n<!-- end of functions"));
    buf_add(&b, str_of(all.p + to, all.n - (size_t)to));
    golden_check("../../docs/language/fx.md", buf_view(&b));
    buf_release(&b);
    free(text);
}

static struct str tree(struct arena *a, const char *source, unsigned use)
{
    struct buf b;
    struct json_w w;
    struct str out = STR_NONE;

    buf_init(&b, 1 << 20);
    json_w_init(&w, &b);
    fx_to_json(fx_world_compile(a, source, use), &w);
    CHECK_RC(json_w_finish(&w, NULL), RC_OK);
    CHECK_RC(buf_finish(&b, a, &out, NULL), RC_OK);
    buf_release(&b);
    return out;
}

TEST(fx_reference, shows_the_tree_that_is_written)
{
    size_t n = 0;
    char *text = test_read("docs/language/fx.md", &n);
    struct str all = str_of(text, n), said = STR_NONE;
    ptrdiff_t at = str_find(all, STR("```json\n"));
    struct arena a;
    struct buf b;

    CHECK(at > 0);
    all = str_of(all.p + at + 8, n - (size_t)at - 8);
    all = str_of(all.p, (size_t)str_find(all, STR("```")));
    arena_init(&a, 1 << 20);
    buf_init(&b, 10000);
    for (size_t i = 0; i < all.n; i++)
        if (all.p[i] != '\n' && all.p[i] != ' ')
            buf_addc(&b, all.p[i]);
    CHECK_RC(buf_finish(&b, &a, &said, NULL), RC_OK);
    CHECK_STR(tree(&a, "stage = 'won' and amount gt 5000", FX_USE_VALUE),
              str_cstr(&a, said));
    buf_release(&b);
    arena_release(&a);
    free(text);
}

TEST(fx_json, writes_every_kind_of_node)
{
    static const char *const SOURCES[] = {
        "today()",
        "due_on + 3 days",
        "opened_at - 2 h lt now()",
        "date(opened_at) = '2026-03-01'",
        "start_of(due_on, quarter)",
        "if(active, -qty % 2, round(price * 2, 1))",
        "coalesce(name, 'x') .. note",
        "'a' in tags and stage not in ('won', null)",
        "account.name is not empty",
        "changed_to(stage, 'won') and old.qty = 1",
        "user.manager.name = :who",
        "sum(lines.qty * lines.price where this.qty gt qty)",
        "count(account.deals)",
        "min(1.5, qty)",
        "at gt '09:30' and took gt 2 h and weight gt 1",
        "account = '048jfym0004' and is(regarding, 'crm:deal')",
    };
    struct arena a;
    struct buf b;

    arena_init(&a, 8 << 20);
    buf_init(&b, 1 << 20);
    for (size_t i = 0; i < sizeof SOURCES / sizeof *SOURCES; i++) {
        const struct json *parsed = NULL;
        struct str s = tree(&a, SOURCES[i], FX_USE_CONDITION);

        CHECK_RC(json_parse(s, &a, &parsed, NULL), RC_OK);
        buf_addf(&b, "%s\n%.*s\n\n", SOURCES[i], STR_ARG(s));
    }
    golden_check("fx_tree.txt", buf_view(&b));
    buf_release(&b);
    arena_release(&a);
}

TEST(fx_json, is_opaque_where_json_nests_no_deeper)
{
    const struct json *parsed = NULL;
    struct arena a;
    struct buf b;
    struct str s;

    arena_init(&a, 8 << 20);
    buf_init(&b, 100000);
    buf_adds(&b, "switch(qty");
    for (int i = 0; i < 60; i++)
        buf_addf(&b, ", %d, 'x%d'", i, i);
    buf_adds(&b, ")");
    buf_addc(&b, '\0');
    s = tree(&a, b.p, FX_USE_VALUE);
    CHECK(str_find(s, STR("\"op\":\"opaque\"")) > 0);
    CHECK(str_find(s, STR("\"x0\"")) > 0);
    CHECK_RC(json_parse(s, &a, &parsed, NULL), RC_OK);
    buf_release(&b);
    arena_release(&a);
}
