/*
 * err.c - SQLite's results in the words of the port.
 *
 * The table of storage.md: unique and foreign key CONFLICT; overflow, wrong
 * datatype, too big, deadline LIMIT; disk IO; denied or wrong statements BUG.
 * A unique violation must name our index; SQLite reports columns, so the index
 * is looked up, on the failing connection, before anything else happens there.
 */
#include <stdio.h>

#include "base/log.h"
#include "db/sqlite/internal.h"

bool sq_is_io(int code)
{
    switch (code & 0xff) {
    case SQLITE_IOERR:
        return code != SQLITE_IOERR_NOMEM;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_CANTOPEN:
    case SQLITE_PROTOCOL:
        return true;
    default:
        return false;
    }
}

/* "t.a, t.b" of the message is the list of columns of index `name`? */
static bool same_columns(struct sq_conn *c, const char *index,
                         const char *table, const char *columns)
{
    char want[1024];
    size_t n = 0;
    sqlite3_stmt *st = NULL;
    bool same = false;

    want[0] = 0;
    if (sqlite3_prepare_v2(c->handle,
                           "SELECT name FROM pragma_index_info(?1)"
                           " ORDER BY seqno",
                           -1, &st, NULL) == SQLITE_OK &&
        sqlite3_bind_text(st, 1, index, -1, SQLITE_STATIC) == SQLITE_OK) {
        while (sqlite3_step(st) == SQLITE_ROW && n < sizeof want) {
            const char *name = (const char *)sqlite3_column_text(st, 0);
            int k = snprintf(want + n, sizeof want - n, "%s%s.%s",
                             n > 0 ? ", " : "", table, name ? name : "");

            n += k > 0 ? (size_t)k : 0;
        }
        same = n < sizeof want && !strcmp(want, columns);
    }
    sqlite3_finalize(st);
    return same;
}

/* Our name of what "UNIQUE constraint failed: <what>" means. */
static void index_name(struct sq_conn *c, const char *what, char *out,
                       size_t cap)
{
    static const char BY_NAME[] = "index '";
    char table[128];
    const char *dot = strchr(what, '.');
    sqlite3_stmt *st = NULL;

    snprintf(out, cap, "%.100s", what);
    if (!strncmp(what, BY_NAME, sizeof BY_NAME - 1)) { // of an expression
        snprintf(out, cap, "%.100s", what + sizeof BY_NAME - 1);
        out[strcspn(out, "'")] = 0;
        return;
    }
    if (!dot || (size_t)(dot - what) >= sizeof table)
        return;
    snprintf(table, sizeof table, "%.*s", (int)(dot - what), what);
    // The primary key has no index of ours; PostgreSQL calls its own so.
    snprintf(out, cap, "%.100s_pkey", table);
    if (sqlite3_prepare_v2(c->handle,
                           "SELECT name FROM pragma_index_list(?1)"
                           " WHERE \"unique\" AND origin = 'c' ORDER BY name",
                           -1, &st, NULL) == SQLITE_OK &&
        sqlite3_bind_text(st, 1, table, -1, SQLITE_STATIC) == SQLITE_OK) {
        while (sqlite3_step(st) == SQLITE_ROW) {
            const char *name = (const char *)sqlite3_column_text(st, 0);

            if (name && same_columns(c, name, table, what)) {
                snprintf(out, cap, "%.100s", name);
                break;
            }
        }
    }
    sqlite3_finalize(st);
}

static enum rc foreign_key(const char *table, struct err *err)
{
    return FAIL(err, RC_CONFLICT,
                "A record that others refer to cannot go, and a reference "
                "needs a record that exists (table \"%s\").",
                table);
}

static enum rc constraint(struct sq_conn *c, const struct sq_stmt *st, int code,
                          struct err *err)
{
    const char *message = sqlite3_errmsg(c->handle);
    const char *colon = strstr(message, ": ");
    char what[512], name[256];
    const char *table = st && st->table[0] ? st->table : "";

    // The look-up below writes over the message.
    snprintf(what, sizeof what, "%s", colon ? colon + 2 : message);
    switch (code) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID: {
        bool was = c->internal;

        c->internal = true;
        index_name(c, what, name, sizeof name);
        c->internal = was;
        return FAIL_CODE(err, RC_CONFLICT, "E_DUPLICATE",
                         "Another record has these values already "
                         "(index \"%s\").",
                         name);
    }
    case SQLITE_CONSTRAINT_TRIGGER: // how SQLite does ON DELETE RESTRICT
        if (strcmp(message, "FOREIGN KEY constraint failed") != 0)
            break;
        return foreign_key(table, err);
    case SQLITE_CONSTRAINT_FOREIGNKEY:
        return foreign_key(table, err);
    case SQLITE_CONSTRAINT_DATATYPE:
        return FAIL(err, RC_LIMIT,
                    "A value does not fit the type of its column (%s).", what);
    default:
        break;
    }
    return FAIL(err, RC_BUG, "A constraint of table \"%s\" failed: %s.", table,
                what);
}

static enum rc io(struct sq_conn *c, int code, struct err *err)
{
    int os = sqlite3_system_errno(c->handle);

    return FAIL(err, RC_IO,
                "The workspace's file could not be read or written: %s "
                "(result %d, system error %d). See the server's log and disk.",
                sqlite3_errstr(code), code, os);
}

static enum rc denied(struct sq_conn *c, struct err *err)
{
    // The planner should have refused: an alarm, not an answer to a user.
    log_error("db.denied", KV_C("what", c->denied));
    return FAIL(err, RC_BUG, "A statement was denied: %s.", c->denied);
}

enum rc sq_fail(struct sq_conn *c, const struct sq_stmt *st, int code,
                struct err *err)
{
    const char *message = sqlite3_errmsg(c->handle);

    if (code == SQLITE_IOERR_NOMEM)
        code = SQLITE_NOMEM;
    if (sq_is_io(code))
        return io(c, code, err);
    switch (code & 0xff) {
    case SQLITE_CONSTRAINT:
        return constraint(c, st, code, err);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return FAIL(err, RC_BUSY, "The workspace is busy. Try again.");
    case SQLITE_NOMEM:
        return FAIL(err, RC_NOMEM, "There is no memory for this statement.");
    case SQLITE_TOOBIG:
        return FAIL(err, RC_LIMIT, "A value or statement is too large.");
    case SQLITE_INTERRUPT:
        if (atomic_load(&c->cancelled))
            return FAIL(err, RC_LIMIT, "The query was cancelled.");
        return FAIL(err, RC_LIMIT,
                    "The query took too long and was stopped. Narrow it, or "
                    "ask for an index.");
    case SQLITE_FULL:
        return FAIL_CODE(err, RC_IO, "E_FULL",
                         "The disk is full. Nothing was changed; free some "
                         "space and try again.");
    case SQLITE_AUTH:
        return denied(c, err);
    case SQLITE_ERROR:
        if (!strcmp(message, "integer overflow"))
            return FAIL(err, RC_LIMIT, "A sum or product outgrew 64 bits.");
        if (c->denied[0] && (strstr(message, "prohibited") ||
                             strstr(message, "not authorized")))
            return denied(c, err);
        return FAIL(err, RC_BUG, "The statement is wrong: %s.", message);
    default:
        return FAIL(err, RC_BUG, "The database answered %d: %s.", code,
                    message);
    }
}
