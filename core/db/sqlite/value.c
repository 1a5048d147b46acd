/*
 * value.c - values in and out, strictly typed.
 *
 * SQLite turns an overflowing integer into a REAL without a word; a strict
 * column finds that out. Text and blobs are bound without a copy: they are the
 * caller's until reset or release. A list of ids travels as a JSON array.
 */
#include <inttypes.h>

#include "base/mem.h"
#include "db/sqlite/internal.h"

static sqlite3_stmt *handle(struct db_stmt *st)
{
    return sq_stmt_of(st)->handle;
}

static enum rc bound(int code)
{
    if (code == SQLITE_OK)
        return RC_OK;
    if (code == SQLITE_NOMEM)
        return RC_NOMEM;
    return code == SQLITE_TOOBIG ? RC_LIMIT : RC_BUG;
}

enum rc sq_bind_i64(struct db_stmt *st, int i, int64_t v)
{
    return bound(sqlite3_bind_int64(handle(st), i, v));
}

enum rc sq_bind_f64(struct db_stmt *st, int i, double v)
{
    return bound(sqlite3_bind_double(handle(st), i, v));
}

enum rc sq_bind_bool(struct db_stmt *st, int i, bool v)
{
    return bound(sqlite3_bind_int64(handle(st), i, v ? 1 : 0));
}

enum rc sq_bind_str(struct db_stmt *st, int i, struct str v)
{
    return bound(sqlite3_bind_text64(handle(st), i, v.p, v.n, SQLITE_STATIC,
                                     SQLITE_UTF8));
}

enum rc sq_bind_blob(struct db_stmt *st, int i, const void *p, size_t n)
{
    return bound(sqlite3_bind_blob64(handle(st), i, p, n, SQLITE_STATIC));
}

enum rc sq_bind_null(struct db_stmt *st, int i)
{
    return bound(sqlite3_bind_null(handle(st), i));
}

enum rc sq_bind_ids(struct db_stmt *st, int i, const int64_t *ids, size_t n)
{
    enum { WIDEST = 21 }; // a sign, 19 digits, a comma
    char *text;
    size_t at = 0;

    if (n > (16u << 20) / WIDEST)
        return RC_LIMIT;
    text = mem_alloc(n * WIDEST + 3);
    if (!text)
        return RC_NOMEM;
    text[at++] = '[';
    for (size_t k = 0; k < n; k++) {
        char digits[20];
        size_t d = 0;
        uint64_t u = ids[k] < 0 ? 0 - (uint64_t)ids[k] : (uint64_t)ids[k];

        if (k > 0)
            text[at++] = ',';
        if (ids[k] < 0)
            text[at++] = '-';
        do {
            digits[d++] = (char)('0' + u % 10);
            u /= 10;
        } while (u > 0);
        while (d > 0)
            text[at++] = digits[--d];
    }
    text[at++] = ']';
    // SQLite frees it, also when the bind fails.
    return bound(
        sqlite3_bind_text64(handle(st), i, text, at, mem_free, SQLITE_UTF8));
}

/* ---- columns ----------------------------------------------------------- */

/* The type of column i; false when the statement has no such column. */
static bool type_of(struct db_stmt *st, int i, int *type)
{
    sqlite3_stmt *h = handle(st);

    if (i < 0 || i >= sqlite3_data_count(h))
        return false;
    *type = sqlite3_column_type(h, i);
    return true;
}

/* The column looked up once, for its type, bytes and length. What SQLite calls
   an unprotected value is safe here: no other thread uses the connection. */
static sqlite3_value *value_of(struct db_stmt *st, int i)
{
    sqlite3_stmt *h = handle(st);

    return i < 0 || i >= sqlite3_data_count(h) ? NULL
                                               : sqlite3_column_value(h, i);
}

bool sq_col_null(struct db_stmt *st, int i)
{
    int type;

    return !type_of(st, i, &type) || type == SQLITE_NULL;
}

bool sq_col_i64(struct db_stmt *st, int i, int64_t *out)
{
    int type;

    if (!type_of(st, i, &type))
        return false;
    if (type == SQLITE_INTEGER)
        *out = sqlite3_column_int64(handle(st), i);
    return type == SQLITE_INTEGER || type == SQLITE_NULL;
}

bool sq_col_f64(struct db_stmt *st, int i, double *out)
{
    static const int64_t EXACT = INT64_C(1) << 53;
    int type;

    if (!type_of(st, i, &type))
        return false;
    // `coalesce(x, 0)` is a float elsewhere and an integer here.
    if (type == SQLITE_INTEGER) {
        int64_t v = sqlite3_column_int64(handle(st), i);

        if (v < -EXACT || v > EXACT)
            return false;
        *out = (double)v;
        return true;
    }
    if (type == SQLITE_FLOAT)
        *out = sqlite3_column_double(handle(st), i);
    return type == SQLITE_FLOAT || type == SQLITE_NULL;
}

bool sq_col_bool(struct db_stmt *st, int i, bool *out)
{
    int64_t v = 0;

    if (!sq_col_i64(st, i, &v) || (v != 0 && v != 1))
        return false;
    *out = v == 1;
    return true;
}

bool sq_col_str(struct db_stmt *st, int i, struct str *out)
{
    sqlite3_value *v = value_of(st, i);

    if (!v)
        return false;
    if (sqlite3_value_type(v) == SQLITE_NULL)
        return true;
    if (sqlite3_value_type(v) != SQLITE_TEXT)
        return false;
    out->p = (const char *)sqlite3_value_text(v);
    out->n = (size_t)sqlite3_value_bytes(v);
    return out->p != NULL;
}

bool sq_col_blob(struct db_stmt *st, int i, struct str *out)
{
    int type;

    if (!type_of(st, i, &type))
        return false;
    if (type == SQLITE_NULL)
        return true;
    if (type != SQLITE_BLOB)
        return false;
    out->p = sqlite3_column_blob(handle(st), i);
    out->n = (size_t)sqlite3_column_bytes(handle(st), i);
    if (out->n == 0)
        out->p = ""; // empty, not null
    return out->p != NULL;
}
