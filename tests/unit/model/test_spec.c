/* The spec table itself, what is written from it, and shape faults. */
#include <stdlib.h>

#include "model/field/field.h"
#include "model/spec.h"
#include "model/spec_values.h"
#include "support/test.h"

enum { WRITTEN_BYTES = 4 << 20 };

/* Compare with a file of the tree; UPDATE_GOLDEN=1 writes it anew. */
static void in_step(const char *path, void (*write)(struct buf *out))
{
    struct buf b;

    buf_init(&b, WRITTEN_BYTES);
    write(&b);
    CHECK(b.failed == RC_OK);
    golden_check(path, buf_view(&b));
    buf_release(&b);
}

TEST(spec, the_schema_file_is_what_the_table_says)
{
    in_step("../../schemas/perigee.xsd", spec_write_xsd);
}

TEST(spec, the_reference_page_is_what_the_table_says)
{
    in_step("../../docs/language/reference.md", spec_write_reference);
}

TEST(spec, field_types_are_sorted_by_name)
{
    const struct field_type *const *types;
    size_t n = field_types(&types), i;

    CHECK(n > 19);
    for (i = 1; i < n; i++)
        CHECK(strcmp(types[i - 1]->name, types[i]->name) < 0);
}

TEST(spec, every_child_has_a_meaning_and_every_list_its_values)
{
    const struct spec_element *all;
    size_t n = spec_elements(&all), i, k;

    for (i = 0; i < n; i++) {
        const char *const *c = all[i].children;

        for (; c != NULL && *c != NULL; c++) {
            for (k = 0; k < n && strcmp(all[k].name, *c) != 0; k++)
                continue;
            CHECK(k < n);
        }
        for (k = 0; k < all[i].n_attrs; k++) {
            if (all[i].attrs[k].type == SPEC_ENUM)
                CHECK(all[i].attrs[k].values != NULL);
            CHECK(all[i].attrs[k].doc[0] != '\0');
        }
    }
}

TEST(spec, every_attribute_of_a_type_is_one_of_field)
{
    const struct field_type *const *types;
    const struct spec_element *all, *field = NULL;
    size_t n = field_types(&types), m = spec_elements(&all), i;

    for (i = 0; i < m && field == NULL; i++) {
        if (strcmp(all[i].name, "field") == 0 && all[i].context == NULL)
            field = &all[i];
    }
    CHECK(field != NULL);
    for (i = 0; i < n; i++) {
        const char *const *a = types[i]->attributes;

        for (; *a != NULL; a++)
            CHECK(spec_attr_find(field, str_c(*a)) != NULL);
    }
}

TEST(spec, versions_and_ranges)
{
    static const struct {
        const char *range, *have;
        bool fits;
    } CASES[] = {
        {"1.2.3", "1.2.3", true},      {"1.2.3", "1.2.4", false},
        {"^1.2", "1.2.0", true},       {"^1.2", "1.9.9", true},
        {"^1.2", "2.0.0", false},      {"^1.2", "1.1.9", false},
        {"~1.2", "1.2.7", true},       {"~1.2", "1.3.0", false},
        {"^0.2", "0.3.0", false},      {"1.0 - 2.0", "1.5.0", true},
        {"1.0 - 2.0", "2.0.1", false}, {"0.9 - 2.0", "0.9.0", true},
    };
    size_t i;
    int v[3];
    bool ok;

    for (i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        CHECK(spec_version(str_c(CASES[i].have), v));
        CHECK(spec_range_has(str_c(CASES[i].range), v, &ok) == CASES[i].fits);
        CHECK(ok);
    }
    CHECK(!spec_version(STR("1.2.3.4"), v));
    CHECK(!spec_version(STR("1..2"), v));
    CHECK(!spec_version(STR("v1"), v));
    CHECK(!spec_version(STR(""), v));
    (void)spec_range_has(STR(">=1"), v, &ok);
    CHECK(!ok);
}

TEST(spec, names_that_are_words_of_fx_or_lua_are_refused)
{
    CHECK(spec_reserved(STR("and")));
    CHECK(spec_reserved(STR("local")));
    CHECK(spec_reserved(STR("oid")));
    CHECK(!spec_reserved(STR("order")));
    CHECK(!spec_reserved(STR("days")));
    CHECK(spec_is_name(STR("order_2")));
    CHECK(!spec_is_name(STR("2nd")));
    CHECK(!spec_is_name(STR("a__b")));
    CHECK(!spec_is_name(STR("Name")));
    CHECK(!spec_is_name(STR("")));
    CHECK(spec_is_package(STR("acme.rental")));
    CHECK(!spec_is_package(STR("acme.")));
    CHECK(spec_is_entity(STR("acme.rental:unit")));
    CHECK(!spec_is_entity(STR("acme.rental:")));
}

TEST(spec, sizes)
{
    int64_t n = 0;

    CHECK(spec_size(STR("10MB"), &n));
    CHECK_I64(n, 10 * 1024 * 1024);
    CHECK(spec_size(STR("512kB"), &n));
    CHECK_I64(n, 512 * 1024);
    CHECK(!spec_size(STR("MB"), &n));
    CHECK(!spec_size(STR("-1"), &n));
    CHECK(!spec_size(STR("99999999999MB"), &n));
}
