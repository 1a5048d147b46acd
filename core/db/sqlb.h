/*
 * sqlb - the only way to build SQL. There is no "append a string".
 *
 * Text comes from literals of this program, identifiers from the catalogue's
 * checked names (struct ident), everything else is a bound parameter. The
 * dialect differences of storage.md are calls of their own. Sticky: the first
 * failure is reported by _prepare or _text.
 */
#ifndef DB_SQLB_H
#define DB_SQLB_H

#include "base/buf.h"
#include "db/db.h"

enum { SQLB_MAX_BYTES = 100000, SQLB_MAX_BINDS = 1000, IDENT_MAX_BYTES = 63 };

/* A physical name that passed ident_make. Only model makes them. */
struct ident {
    struct str s;
};
/* [a-z][a-z0-9_]*, at most 63 bytes; false otherwise. Borrows `s`. */
bool ident_make(struct str s, struct ident *out);
/* For static names in code: IDENT("sys_txn"). Checked by a test, not here. */
#define IDENT(lit) ((struct ident){STR_INIT(lit)})
#define IDENT_INIT(lit)                                                        \
    {                                                                          \
        STR_INIT(lit)                                                          \
    } /* static initialisers */

/* What a column holds. */
enum db_type {
    DB_T_ID,
    DB_T_INT,
    DB_T_BOOL,
    DB_T_TEXT,
    DB_T_FLOAT,
    DB_T_BLOB,
    DB_T_JSON
};

struct sqlb {
    struct arena *arena;
    enum db_dialect dialect;
    struct buf text;
    struct value *binds; /* TEXT I64 BOOL FLOAT NULL; V_LIST: ids */
    size_t n_binds, cap_binds;
    enum rc failed;
};

void sqlb_init(struct sqlb *q, enum db_dialect d, struct arena *a);
void sqlb_release(struct sqlb *q);

void sqlb_lit_(struct sqlb *q, const char *lit, size_t n);
#define sqlb_lit(q, lit) sqlb_lit_((q), "" lit, sizeof(lit) - 1)
void sqlb_ident(struct sqlb *q, struct ident name); /* "name"      */
void sqlb_col(struct sqlb *q, int alias,
              struct ident column);         /* t3."name"; alias < 0: "name" */
void sqlb_alias(struct sqlb *q, int alias); /* t3          */
void sqlb_int(struct sqlb *q,
              int64_t v); /* a literal of the model's, never a user's */
void sqlb_text_literal(struct sqlb *q, struct str s); /* of the model's (partial
                                             index terms, option codes in CASE) */

/* Append a parameter and remember its value (text is borrowed). */
void sqlb_bind_i64(struct sqlb *q, int64_t v);
void sqlb_bind_str(struct sqlb *q, struct str v);
void sqlb_bind_bool(struct sqlb *q, bool v);
void sqlb_bind_f64(struct sqlb *q, double v);
void sqlb_bind_null(struct sqlb *q);
/* With the operator: "x" + " IN (..)" | " = ANY(..)"; an empty list matches nothing. */
void sqlb_bind_ids(struct sqlb *q, const int64_t *ids, size_t n);
/* "SELECT .. AS name, .." over rows that are bound as one JSON text, an array
   of arrays: `n` columns of these names and types (no blobs) in its order. */
void sqlb_bind_rows(struct sqlb *q, const struct ident *names,
                    const enum db_type *types, size_t n, struct str json);
/* The table itself where a WITH of the same name stands before. */
void sqlb_base_table(struct sqlb *q, struct ident table);

/* Dialect. */
void sqlb_bool_is(struct sqlb *q, int alias, struct ident column,
                  bool v); /* x=1 | x, x=0 | not x */
void sqlb_order(struct sqlb *q,
                bool descending); /* " ASC NULLS FIRST" | " DESC NULLS LAST" */
void sqlb_limit(struct sqlb *q, int64_t n); /* " LIMIT ?" */
void sqlb_position(struct sqlb *q); /* "instr(": of a part in a text, from 1 */

enum rc sqlb_text(struct sqlb *q, struct str *out, struct err *err) MUST_CHECK;
/* Prepare (grant NULL: as the system) and bind everything. */
enum rc sqlb_prepare(struct sqlb *q, struct db *db,
                     const struct db_grant *grant, struct db_stmt **out,
                     struct err *err) MUST_CHECK;

#endif
