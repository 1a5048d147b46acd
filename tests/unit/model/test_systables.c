/*
 * The list in systables.h is the contract; the table must say the same.
 */
#include "model/systables.h"

#include <stdio.h>
#include <stdlib.h>

#include "support/test.h"

TEST(systables, every_column_stands_in_the_header_with_its_type)
{
    static const char *const TYPES[] = {
        [DB_T_ID] = "ID",     [DB_T_INT] = "INT",   [DB_T_BOOL] = "BOOL",
        [DB_T_TEXT] = "TEXT", [DB_T_BLOB] = "BLOB", [DB_T_FLOAT] = "-",
        [DB_T_JSON] = "-"};
    const struct system_table *t;
    size_t n = system_tables(&t), i, k, size;
    char *text = test_read("core/model/systables.h", &size);
    char want[128];

    CHECK(n >= 20);
    for (i = 0; i < n; i++) {
        const char *from;

        snprintf(want, sizeof want, " *   %s ", t[i].table.name.s.p);
        from = strstr(text, want);
        CHECK(from != NULL);
        for (k = 0; k < t[i].table.n; k++) {
            const struct ddl_column *c = &t[i].table.columns[k];

            snprintf(want, sizeof want, "%s %s", c->name.s.p, TYPES[c->type]);
            CHECK_HAS(from, want);
        }
    }
    free(text);
}

TEST(systables, keys_and_indexes_name_columns_that_exist)
{
    const struct system_table *t;
    size_t n = system_tables(&t), i, k, j, c;

    for (i = 0; i < n; i++) {
        bool keyed = t[i].table.n_pk > 0;

        for (c = 0; c < t[i].table.n; c++)
            keyed |= t[i].table.columns[c].primary;
        CHECK(keyed);
        for (k = 0; k < t[i].n_indexes; k++) {
            CHECK(str_eq(t[i].indexes[k].table.s, t[i].table.name.s));
            for (j = 0; j < t[i].indexes[k].n; j++) {
                bool found = false;

                for (c = 0; c < t[i].table.n; c++)
                    found |= str_eq(t[i].table.columns[c].name.s,
                                    t[i].indexes[k].keys[j].column.s);
                CHECK(found);
            }
        }
    }
}
