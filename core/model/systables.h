/*
 * systables - every sys_ table of a workspace, in one place, as data.
 *
 * No author's entity: nothing here is reached through the planner. The columns
 * below are the contract between modules; types are those of ddl.h (ID INT BOOL
 * TEXT BLOB), * marks NOT NULL, PK the key, [ix] an index.
 *
 *   sys_meta      key TEXT PK, value TEXT                 currency tz lang rights ...
 *   sys_pkg       id TEXT PK, version TEXT*, position INT*, installed_at INT*, state TEXT*
 *   sys_pkg_file  package TEXT, path TEXT, data BLOB*     PK(package, path)
 *   sys_name      kind TEXT, logical TEXT, physical TEXT*, number INT*   PK(kind, logical)
 *   sys_model     generation ID PK, at INT*, user INT*, hash BLOB*, note TEXT
 *   sys_plan      generation INT, step INT, words TEXT*, done BOOL*      PK(generation, step)
 *   sys_txn       id ID PK, key BLOB [unique, nulls apart], at INT*, user INT*, source TEXT*,
 *                 cause INT, undoes INT, undone_by INT, n INT*
 *   sys_chg       txn INT, n INT, ent INT*, rec INT*, op INT*, rev INT*, before TEXT
 *                 PK(txn, n), [ix rec, txn]
 *                 op: 1 create 2 update 3 delete 4 restore; before: JSON object of the
 *                 changed fields' old values as written by field write_json,
 *                 each under its field_stored_name, which a rename keeps
 *   sys_event     seq ID PK, txn INT*, ent INT*, rec INT*, op INT*, rev INT*,
 *                 fields TEXT* (names, space between), user INT*, at INT*, last BOOL*
 *   sys_outbox    id ID PK, txn INT*, package TEXT*, kind TEXT*, topic TEXT*, key TEXT*,
 *                 payload TEXT*, state TEXT*, attempts INT*, next_at INT*,
 *                 lease_until INT*, fence INT*, last_error TEXT, idem_key TEXT,
 *                 cause_depth INT*, created_at INT*
 *                 [ix state, next_at] [ix key, id]
 *   sys_job       id ID PK, kind TEXT*, args TEXT*, state TEXT*, done INT*, total INT*,
 *                 result TEXT, user INT*, created_at INT*, finished_at INT, next_at INT*,
 *                 lease_until INT*, fence INT*, attempts INT*, cancel BOOL*, last_error TEXT
 *                 [ix state, next_at]
 *   sys_seq       name TEXT, period INT, value INT*       PK(name, period)
 *   sys_idem      user INT, key TEXT, hash BLOB*, status INT*, body BLOB, headers TEXT,
 *                 at INT*                                 PK(user, key), [ix at]
 *                 status 0: still running
 *   sys_session   hash BLOB PK, user INT*, csrf TEXT*, created_at INT*, seen_at INT*,
 *                 expires_at INT*, agent TEXT             [ix user]
 *   sys_token     id ID PK, hash BLOB* [unique], user INT*, name TEXT*, scopes TEXT*,
 *                 created_at INT*, expires_at INT, used_at INT, revoked BOOL*  [ix user]
 *   sys_password  user INT PK, hash TEXT*, changed_at INT*
 *   sys_login     key TEXT PK, failures INT*, next_at INT*   (account or address)
 *   sys_view_user id ID PK, user INT*, entity TEXT*, name TEXT*, xml TEXT*  [ix user]
 *   sys_kv        package TEXT, key TEXT, value TEXT*, expires_at INT   PK(package, key)
 *   sys_blob      sha256 BLOB PK, size INT*, created_at INT*
 *   sys_blob_chunk sha256 BLOB, n INT, data BLOB*         PK(sha256, n)
 *   sys_guard     key TEXT PK
 *   sys_node      node INT PK, holder TEXT*, expires_at INT*, used_until_ms INT*, generation INT*
 *   sys_draft     id ID PK, user INT*, entity TEXT*, data TEXT*, updated_at INT*  [ix user]
 *   sys_audit     id ID PK, at INT*, user INT*, what TEXT*, detail TEXT*
 *
 * Booleans and instants (ms) as everywhere. `user` 0 is the system itself.
 */
#ifndef MODEL_SYSTABLES_H
#define MODEL_SYSTABLES_H

#include "db/ddl.h"

struct system_table {
    struct ddl_table table;
    const struct ddl_index *indexes;
    size_t n_indexes;
};
size_t system_tables(const struct system_table **out);

#endif
