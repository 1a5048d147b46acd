/*
 * Physical names: given once, never two alike, never over 63 bytes.
 */
#include "model/compile.h"

#include "support/test.h"

static struct str given(struct names *ns, char kind, const char *logical,
                        const char *proposed)
{
    return names_physical(ns, kind, str_c(logical), str_c(proposed));
}

TEST(names, are_given_once_and_remembered)
{
    struct arena a;
    struct names *ns;

    arena_init(&a, 1 << 20);
    ns = names_new(&a);
    CHECK_STR(given(ns, 'e', "crm:deal", "crm_deal"), "crm_deal");
    CHECK_STR(given(ns, 'e', "crm:deal", "another"), "crm_deal");
    CHECK_I64(names_number(ns, STR("crm:deal")), 1);
    CHECK_I64(names_number(ns, STR("crm:none")), 0);
    CHECK_STR(given(ns, 'i', "crm:deal/stage", "crm_deal"), "crm_deal__1");
    CHECK_STR(given(ns, 'i', "crm:deal/name", "crm_deal"), "crm_deal__2");
    arena_release(&a);
}

TEST(names, that_collide_or_are_too_long_get_a_hash)
{
    static const char LONG[] =
        "a_package_with_a_long_name_an_entity_with_a_very_long_name";
    struct arena a;
    struct names *ns;
    struct str s;

    arena_init(&a, 1 << 20);
    ns = names_new(&a);
    CHECK_STR(given(ns, 'e', "a.b:c", "a_b_c"), "a_b_c");
    s = given(ns, 'e', "a:b_c", "a_b_c");
    CHECK_I64(s.n, 5 + 9);
    CHECK(str_starts(s, STR("a_b_c_")));
    s = given(ns, 'e', "x:y", LONG);
    CHECK_I64(s.n, 46 + 9);
    CHECK(str_starts(s, STR("a_package_with_a_long_name_an_entity_with_a_ve")));
    s = given(ns, 'e', "sys:txn", "sys_txn"); /* a system table's name */
    CHECK(!str_is(s, "sys_txn"));
    arena_release(&a);
}

TEST(names, of_columns_are_apart_by_entity)
{
    struct arena a;
    struct names *ns;

    arena_init(&a, 1 << 20);
    ns = names_new(&a);
    CHECK_STR(given(ns, 'f', "crm:deal.name", "name"), "name");
    CHECK_STR(given(ns, 'f', "crm:lead.name", "name"), "name");
    CHECK(!str_is(given(ns, 'f', "crm:lead.title", "name"), "name"));
    arena_release(&a);
}

TEST(names, a_rename_keeps_the_physical_name_of_everything_below)
{
    struct arena a;
    struct names *ns;

    arena_init(&a, 1 << 20);
    ns = names_new(&a);
    given(ns, 'e', "crm:deal", "crm_deal");
    given(ns, 'f', "crm:deal.amount", "amount");
    given(ns, 'i', "crm:deal/amount", "crm_deal");
    CHECK(names_rename(ns, 'f', STR("crm:deal.amount"), STR("crm:deal.value")));
    CHECK_STR(given(ns, 'f', "crm:deal.value", "value"), "amount");
    CHECK(names_rename(ns, 'e', STR("crm:deal"), STR("crm:sale")));
    CHECK_STR(given(ns, 'e', "crm:sale", "crm_sale"), "crm_deal");
    CHECK_STR(given(ns, 'f', "crm:sale.value", "value"), "amount");
    CHECK_STR(given(ns, 'i', "crm:sale/amount", "crm_deal"), "crm_deal__1");
    CHECK_I64(names_number(ns, STR("crm:sale")), 1);
    /* was= stays in the file: the second time nothing happens */
    CHECK(names_rename(ns, 'e', STR("crm:deal"), STR("crm:sale")));
    CHECK_STR(given(ns, 'e', "crm:deal", "crm_deal").n ? STR("new") : STR(""),
              "new");
    CHECK_I64(names_number(ns, STR("crm:deal")), 2);
    arena_release(&a);
}

TEST(names, a_dropped_entity_keeps_its_number)
{
    const struct name_pair *v;
    struct arena a;
    struct names *ns;
    size_t n;

    arena_init(&a, 1 << 20);
    ns = names_new(&a);
    CHECK(names_know(ns, 'e', STR("crm:old"), STR("crm_old"), 7));
    CHECK(names_know(ns, 'f', STR("crm:old.x"), STR("x"), 0));
    given(ns, 'e', "crm:new", "crm_new");
    CHECK_I64(names_number(ns, STR("crm:new")), 8);
    CHECK_RC(names_list(ns, &a, &v, &n, NULL), RC_OK);
    CHECK_I64(n, 2); /* the field is forgotten */
    CHECK_STR(v[1].logical, "crm:old");
    CHECK_STR(v[1].physical, "");
    CHECK_I64(v[1].number, 7);

    ns = names_new(&a);
    CHECK(names_know(ns, 'e', STR("crm:old"), STR(""), 7));
    CHECK_STR(given(ns, 'e', "crm:old", "crm_old"), "crm_old");
    CHECK_I64(names_number(ns, STR("crm:old")), 7);
    arena_release(&a);
}

TEST(names, survive_any_failed_allocation)
{
    WITH_EACH_ALLOC_FAILING (i) {
        struct arena a;
        struct names *ns;

        arena_init(&a, 1 << 20);
        ns = names_new(&a);
        if (ns) {
            struct str s = given(ns, 'e', "a:b", "a_b");

            CHECK(!s.p || str_is(s, "a_b"));
        }
        arena_release(&a);
    }
}
