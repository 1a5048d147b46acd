/*
 * auth.c - the second wall behind the planner.
 *
 * Installed once per connection (installing it again would expire every cached
 * statement). SQLite calls it while a statement is prepared, and again inside
 * a step that prepares anew after a change of schema; so the statement's grant
 * is put into the connection before each of the two.
 *
 * Statements of the system may read and write, and change the schema, but not
 * end the driver's transaction, attach files or set pragmas. Statements of a
 * user read the listed columns, call built-in functions from a list, and
 * nothing else: no recursion, no second statement, no schema.
 */
#include <stdio.h>

#include "db/sqlite/internal.h"

/* Sorted. What fx, the planner and the dialect tables may emit. */
static const char *const FUNCTIONS[] = {
    "abs",       "avg",          "ceil",       "coalesce",  "count",
    "date",      "datetime",     "exp",        "floor",     "group_concat",
    "hex",       "ifnull",       "iif",        "instr",     "json_array_length",
    "json_each", "json_extract", "json_type",  "length",    "like",
    "ln",        "log",          "lower",      "ltrim",     "max",
    "min",       "mod",          "nullif",     "pow",       "power",
    "replace",   "round",        "row_number", "rtrim",     "sign",
    "sqrt",      "strftime",     "substr",     "substring", "sum",
    "time",      "total",        "trim",       "trunc",     "typeof",
    "unicode",   "unixepoch",    "upper"};

static bool function_allowed(const char *name)
{
    size_t lo = 0, hi = sizeof FUNCTIONS / sizeof FUNCTIONS[0];

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        int c = sqlite3_stricmp(FUNCTIONS[mid], name);

        if (c == 0)
            return true;
        if (c < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return false;
}

/* FTS5 reads its own tables through statements of its own. */
static bool shadow_of(struct str granted, struct str table)
{
    return (str_is(granted, "s_word") || str_is(granted, "s_all")) &&
           table.n > granted.n && str_starts(table, granted) &&
           table.p[granted.n] == '_';
}

static bool may_read(const struct db_grant *g, struct str table,
                     struct str column)
{
    if (str_is(table, "json_each"))
        return true;
    for (size_t i = 0; i < g->n; i++) {
        const struct db_grant_table *t = &g->tables[i];

        if (shadow_of(t->table, table))
            return true;
        if (!str_eq(t->table, table))
            continue;
        if (!t->columns || column.n == 0) // count(*) names no column
            return true;
        for (size_t k = 0; k < t->n; k++)
            if (str_eq(t->columns[k], column))
                return true;
        return false;
    }
    return false;
}

static int refuse(struct sq_conn *c, const char *verb, const char *a,
                  const char *b)
{
    snprintf(c->denied, sizeof c->denied, "%s %s%s%s", verb, a ? a : "",
             b && b[0] ? "." : "", b ? b : "");
    return SQLITE_DENY;
}

static int authorize_user(struct sq_conn *c, int action, const char *a,
                          const char *b)
{
    switch (action) {
    case SQLITE_SELECT:
        return SQLITE_OK;
    case SQLITE_READ:
        if (may_read(c->grant, str_c(a), str_c(b)))
            return SQLITE_OK;
        return refuse(c, "read", a, b);
    case SQLITE_FUNCTION:
        if (function_allowed(b))
            return SQLITE_OK;
        return refuse(c, "function", b, NULL);
    case SQLITE_PRAGMA: // FTS5 asks whether its table changed
        if (a && !strcmp(a, "data_version") && !b)
            return SQLITE_OK;
        return refuse(c, "pragma", a, NULL);
    default:
        return refuse(c, "action", a, b);
    }
}

/*
 * Pragmas that SQLite itself runs inside a statement. FTS5 asks whether its table
 * changed. ADD COLUMN of a strict table reads every row to see whether the new
 * column's constraints hold: a second for a million. Ours have none that an old
 * row could break (ddl_add_column: nullable, no default, no CHECK), so that one
 * is skipped, as an authorizer may.
 */
static int nested_pragma(struct sq_conn *c, const char *name,
                         const char *argument)
{
    if (name && !strcmp(name, "data_version") && !argument)
        return SQLITE_OK;
    if (name && !strcmp(name, "quick_check"))
        return SQLITE_IGNORE;
    return refuse(c, "pragma", name, NULL);
}

int sq_authorize(void *conn, int action, const char *a, const char *b,
                 const char *schema, const char *inner)
{
    struct sq_conn *c = conn;

    (void)schema;
    (void)inner;
    if (c->internal)
        return SQLITE_OK;
    if (c->grant)
        return authorize_user(c, action, a, b);
    switch (action) {
    case SQLITE_INSERT:
    case SQLITE_UPDATE:
    case SQLITE_DELETE:
        if (c->table[0] == 0)
            snprintf(c->table, sizeof c->table, "%s", a ? a : "");
        return SQLITE_OK;
    case SQLITE_TRANSACTION:
    case SQLITE_SAVEPOINT:
        return refuse(c, "transaction control", a, b);
    case SQLITE_ATTACH:
    case SQLITE_DETACH:
        return refuse(c, "another file", NULL, NULL);
    case SQLITE_PRAGMA:
        return nested_pragma(c, a, b);
    default:
        return SQLITE_OK;
    }
}
