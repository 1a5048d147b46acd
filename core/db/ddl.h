/*
 * ddl - tables and indexes as data, and their text in each dialect.
 *
 * The catalogue speaks in these; only db knows how an engine spells them.
 * No NOT NULL on authors' columns; unique indexes hold live rows only.
 */
#ifndef DB_DDL_H
#define DB_DDL_H

#include "db/sqlb.h"

struct ddl_column {
    struct ident name;
    enum db_type type;
    bool primary;  /* the one DB_T_ID column "id"               */
    bool not_null; /* system columns only                       */
    const struct value *constant_default; /* or NULL                      */
    struct ident references; /* s.n == 0: none; always column "id"        */
    enum { DDL_RESTRICT, DDL_SET_NULL, DDL_CASCADE } on_delete;
};

struct ddl_table {
    struct ident name;
    const struct ddl_column *columns;
    size_t n;
    const struct ident *primary_key; /* composite; n_pk 0: the column */
    size_t n_pk;
};

struct ddl_index {
    struct ident name, table;
    struct {
        struct ident column;
        bool descending;
    } keys[8];
    size_t n;
    bool unique;
    bool live_only; /* WHERE deleted_at IS NULL */
};

void ddl_create_table(struct sqlb *q, const struct ddl_table *t);
void ddl_drop_table(struct sqlb *q, struct ident table);
void ddl_rename_table(struct sqlb *q, struct ident from, struct ident to);
void ddl_add_column(struct sqlb *q, struct ident table,
                    const struct ddl_column *c);
void ddl_drop_column(struct sqlb *q, struct ident table, struct ident column);
void ddl_rename_column(struct sqlb *q, struct ident table, struct ident from,
                       struct ident to);
void ddl_create_index(struct sqlb *q, const struct ddl_index *ix);
void ddl_drop_index(struct sqlb *q, struct ident index);
/* The search tables of a workspace: s_word (prefix), s_all (trigram) and s_ent
   (which entity an id is of). Safe to repeat. */
enum { DDL_SEARCH_STEPS = 3 };
void ddl_search_step(struct sqlb *q, int step); /* 0..DDL_SEARCH_STEPS-1 */
enum rc ddl_create_search(struct db *db, struct err *err) MUST_CHECK;

#endif
