/*
 * systables - the header's list as data. A test reads the header and compares.
 */
#include "model/systables.h"

#define NAME(lit)                                                              \
    {                                                                          \
        STR_INIT(lit)                                                          \
    }
/* A column that is the key, that must be filled, that may be null. */
#define KEY(n, t)                                                              \
    {                                                                          \
        .name = NAME(n), .type = t, .primary = true, .not_null = true          \
    }
#define MUST(n, t)                                                             \
    {                                                                          \
        .name = NAME(n), .type = t, .not_null = true                           \
    }
#define MAY(n, t)                                                              \
    {                                                                          \
        .name = NAME(n), .type = t                                             \
    }
#define COUNT(v) (sizeof(v) / sizeof(v)[0])

/* clang-format off */
static const struct ddl_column sys_meta_columns[] = {
    MUST("key", DB_T_TEXT),
    MAY("value", DB_T_TEXT),
};
static const struct ident sys_meta_key[] = {NAME("key")};

static const struct ddl_column sys_pkg_columns[] = {
    MUST("id", DB_T_TEXT),
    MUST("version", DB_T_TEXT),
    MUST("position", DB_T_INT),
    MUST("installed_at", DB_T_INT),
    MUST("state", DB_T_TEXT),
};
static const struct ident sys_pkg_key[] = {NAME("id")};

static const struct ddl_column sys_pkg_file_columns[] = {
    MUST("package", DB_T_TEXT),
    MUST("path", DB_T_TEXT),
    MUST("data", DB_T_BLOB),
};
static const struct ident sys_pkg_file_key[] = {NAME("package"), NAME("path")};

static const struct ddl_column sys_name_columns[] = {
    MUST("kind", DB_T_TEXT),
    MUST("logical", DB_T_TEXT),
    MUST("physical", DB_T_TEXT),
    MUST("number", DB_T_INT),
};
static const struct ident sys_name_key[] = {NAME("kind"), NAME("logical")};

static const struct ddl_column sys_model_columns[] = {
    KEY("generation", DB_T_ID),
    MUST("at", DB_T_INT),
    MUST("user", DB_T_INT),
    MUST("hash", DB_T_BLOB),
    MAY("note", DB_T_TEXT),
};

static const struct ddl_column sys_plan_columns[] = {
    MUST("generation", DB_T_INT),
    MUST("step", DB_T_INT),
    MUST("words", DB_T_TEXT),
    MUST("done", DB_T_BOOL),
};
static const struct ident sys_plan_key[] = {NAME("generation"), NAME("step")};

static const struct ddl_column sys_txn_columns[] = {
    KEY("id", DB_T_ID),
    MAY("key", DB_T_BLOB),
    MUST("at", DB_T_INT),
    MUST("user", DB_T_INT),
    MUST("source", DB_T_TEXT),
    MAY("cause", DB_T_INT),
    MAY("undoes", DB_T_INT),
    MAY("undone_by", DB_T_INT),
    MUST("n", DB_T_INT),
};
static const struct ddl_index sys_txn_indexes[] = {
    {.name = NAME("sys_txn__1"), .table = NAME("sys_txn"), .keys = {{NAME("key"), false}}, .n = 1, .unique = true},
};

static const struct ddl_column sys_chg_columns[] = {
    MUST("txn", DB_T_INT),
    MUST("n", DB_T_INT),
    MUST("ent", DB_T_INT),
    MUST("rec", DB_T_INT),
    MUST("op", DB_T_INT),
    MUST("rev", DB_T_INT),
    MAY("before", DB_T_TEXT),
};
static const struct ident sys_chg_key[] = {NAME("txn"), NAME("n")};
static const struct ddl_index sys_chg_indexes[] = {
    {.name = NAME("sys_chg__1"), .table = NAME("sys_chg"), .keys = {{NAME("rec"), false}, {NAME("txn"), false}}, .n = 2},
};

static const struct ddl_column sys_event_columns[] = {
    KEY("seq", DB_T_ID),
    MUST("txn", DB_T_INT),
    MUST("ent", DB_T_INT),
    MUST("rec", DB_T_INT),
    MUST("op", DB_T_INT),
    MUST("rev", DB_T_INT),
    MUST("fields", DB_T_TEXT),
    MUST("user", DB_T_INT),
    MUST("at", DB_T_INT),
    MUST("last", DB_T_BOOL),
};

static const struct ddl_column sys_outbox_columns[] = {
    KEY("id", DB_T_ID),
    MUST("txn", DB_T_INT),
    MUST("package", DB_T_TEXT),
    MUST("kind", DB_T_TEXT),
    MUST("topic", DB_T_TEXT),
    MUST("key", DB_T_TEXT),
    MUST("payload", DB_T_TEXT),
    MUST("state", DB_T_TEXT),
    MUST("attempts", DB_T_INT),
    MUST("next_at", DB_T_INT),
    MUST("lease_until", DB_T_INT),
    MUST("fence", DB_T_INT),
    MAY("last_error", DB_T_TEXT),
    MAY("idem_key", DB_T_TEXT),
    MUST("cause_depth", DB_T_INT),
    MUST("created_at", DB_T_INT),
};
static const struct ddl_index sys_outbox_indexes[] = {
    {.name = NAME("sys_outbox__1"), .table = NAME("sys_outbox"), .keys = {{NAME("state"), false}, {NAME("next_at"), false}}, .n = 2},
    {.name = NAME("sys_outbox__2"), .table = NAME("sys_outbox"), .keys = {{NAME("key"), false}, {NAME("id"), false}}, .n = 2},
};

static const struct ddl_column sys_job_columns[] = {
    KEY("id", DB_T_ID),
    MUST("kind", DB_T_TEXT),
    MUST("args", DB_T_TEXT),
    MUST("state", DB_T_TEXT),
    MUST("done", DB_T_INT),
    MUST("total", DB_T_INT),
    MAY("result", DB_T_TEXT),
    MUST("user", DB_T_INT),
    MUST("created_at", DB_T_INT),
    MAY("finished_at", DB_T_INT),
    MUST("next_at", DB_T_INT),
    MUST("lease_until", DB_T_INT),
    MUST("fence", DB_T_INT),
    MUST("attempts", DB_T_INT),
    MUST("cancel", DB_T_BOOL),
    MAY("last_error", DB_T_TEXT),
};
static const struct ddl_index sys_job_indexes[] = {
    {.name = NAME("sys_job__1"), .table = NAME("sys_job"), .keys = {{NAME("state"), false}, {NAME("next_at"), false}}, .n = 2},
};

static const struct ddl_column sys_seq_columns[] = {
    MUST("name", DB_T_TEXT),
    MUST("period", DB_T_INT),
    MUST("value", DB_T_INT),
};
static const struct ident sys_seq_key[] = {NAME("name"), NAME("period")};

static const struct ddl_column sys_idem_columns[] = {
    MUST("user", DB_T_INT),
    MUST("key", DB_T_TEXT),
    MUST("hash", DB_T_BLOB),
    MUST("status", DB_T_INT),
    MAY("body", DB_T_BLOB),
    MAY("headers", DB_T_TEXT),
    MUST("at", DB_T_INT),
};
static const struct ident sys_idem_key[] = {NAME("user"), NAME("key")};
static const struct ddl_index sys_idem_indexes[] = {
    {.name = NAME("sys_idem__1"), .table = NAME("sys_idem"), .keys = {{NAME("at"), false}}, .n = 1},
};

static const struct ddl_column sys_session_columns[] = {
    MUST("hash", DB_T_BLOB),
    MUST("user", DB_T_INT),
    MUST("csrf", DB_T_TEXT),
    MUST("created_at", DB_T_INT),
    MUST("seen_at", DB_T_INT),
    MUST("expires_at", DB_T_INT),
    MAY("agent", DB_T_TEXT),
};
static const struct ident sys_session_key[] = {NAME("hash")};
static const struct ddl_index sys_session_indexes[] = {
    {.name = NAME("sys_session__1"), .table = NAME("sys_session"), .keys = {{NAME("user"), false}}, .n = 1},
};

static const struct ddl_column sys_token_columns[] = {
    KEY("id", DB_T_ID),
    MUST("hash", DB_T_BLOB),
    MUST("user", DB_T_INT),
    MUST("name", DB_T_TEXT),
    MUST("scopes", DB_T_TEXT),
    MUST("created_at", DB_T_INT),
    MAY("expires_at", DB_T_INT),
    MAY("used_at", DB_T_INT),
    MUST("revoked", DB_T_BOOL),
};
static const struct ddl_index sys_token_indexes[] = {
    {.name = NAME("sys_token__1"), .table = NAME("sys_token"), .keys = {{NAME("hash"), false}}, .n = 1, .unique = true},
    {.name = NAME("sys_token__2"), .table = NAME("sys_token"), .keys = {{NAME("user"), false}}, .n = 1},
};

static const struct ddl_column sys_password_columns[] = {
    MUST("user", DB_T_INT),
    MUST("hash", DB_T_TEXT),
    MUST("changed_at", DB_T_INT),
};
static const struct ident sys_password_key[] = {NAME("user")};

static const struct ddl_column sys_login_columns[] = {
    MUST("key", DB_T_TEXT),
    MUST("failures", DB_T_INT),
    MUST("next_at", DB_T_INT),
};
static const struct ident sys_login_key[] = {NAME("key")};

static const struct ddl_column sys_view_user_columns[] = {
    KEY("id", DB_T_ID),
    MUST("user", DB_T_INT),
    MUST("entity", DB_T_TEXT),
    MUST("name", DB_T_TEXT),
    MUST("xml", DB_T_TEXT),
};
static const struct ddl_index sys_view_user_indexes[] = {
    {.name = NAME("sys_view_user__1"), .table = NAME("sys_view_user"), .keys = {{NAME("user"), false}}, .n = 1},
};

static const struct ddl_column sys_kv_columns[] = {
    MUST("package", DB_T_TEXT),
    MUST("key", DB_T_TEXT),
    MUST("value", DB_T_TEXT),
    MAY("expires_at", DB_T_INT),
};
static const struct ident sys_kv_key[] = {NAME("package"), NAME("key")};

static const struct ddl_column sys_blob_columns[] = {
    MUST("sha256", DB_T_BLOB),
    MUST("size", DB_T_INT),
    MUST("created_at", DB_T_INT),
};
static const struct ident sys_blob_key[] = {NAME("sha256")};

static const struct ddl_column sys_blob_chunk_columns[] = {
    MUST("sha256", DB_T_BLOB),
    MUST("n", DB_T_INT),
    MUST("data", DB_T_BLOB),
};
static const struct ident sys_blob_chunk_key[] = {NAME("sha256"), NAME("n")};

static const struct ddl_column sys_guard_columns[] = {
    MUST("key", DB_T_TEXT),
};
static const struct ident sys_guard_key[] = {NAME("key")};

static const struct ddl_column sys_node_columns[] = {
    MUST("node", DB_T_INT),
    MUST("holder", DB_T_TEXT),
    MUST("expires_at", DB_T_INT),
    MUST("used_until_ms", DB_T_INT),
    MUST("generation", DB_T_INT),
};
static const struct ident sys_node_key[] = {NAME("node")};

static const struct ddl_column sys_draft_columns[] = {
    KEY("id", DB_T_ID),
    MUST("user", DB_T_INT),
    MUST("entity", DB_T_TEXT),
    MUST("data", DB_T_TEXT),
    MUST("updated_at", DB_T_INT),
};
static const struct ddl_index sys_draft_indexes[] = {
    {.name = NAME("sys_draft__1"), .table = NAME("sys_draft"), .keys = {{NAME("user"), false}}, .n = 1},
};

static const struct ddl_column sys_audit_columns[] = {
    KEY("id", DB_T_ID),
    MUST("at", DB_T_INT),
    MUST("user", DB_T_INT),
    MUST("what", DB_T_TEXT),
    MUST("detail", DB_T_TEXT),
};

#define NAMED(t) .name = NAME(#t), .columns = t##_columns, .n = COUNT(t##_columns)
#define KEYED(t) NAMED(t), .primary_key = t##_key, .n_pk = COUNT(t##_key)
#define INDEXED(t) .indexes = t##_indexes, .n_indexes = COUNT(t##_indexes)
#define TABLE(t)        {.table = {NAMED(t)}}
#define TABLE_KEY(t)    {.table = {KEYED(t)}}
#define TABLE_IX(t)     {.table = {NAMED(t)}, INDEXED(t)}
#define TABLE_KEY_IX(t) {.table = {KEYED(t)}, INDEXED(t)}

static const struct system_table TABLES[] = {
    TABLE_KEY(sys_meta),
    TABLE_KEY(sys_pkg),
    TABLE_KEY(sys_pkg_file),
    TABLE_KEY(sys_name),
    TABLE(sys_model),
    TABLE_KEY(sys_plan),
    TABLE_IX(sys_txn),
    TABLE_KEY_IX(sys_chg),
    TABLE(sys_event),
    TABLE_IX(sys_outbox),
    TABLE_IX(sys_job),
    TABLE_KEY(sys_seq),
    TABLE_KEY_IX(sys_idem),
    TABLE_KEY_IX(sys_session),
    TABLE_IX(sys_token),
    TABLE_KEY(sys_password),
    TABLE_KEY(sys_login),
    TABLE_IX(sys_view_user),
    TABLE_KEY(sys_kv),
    TABLE_KEY(sys_blob),
    TABLE_KEY(sys_blob_chunk),
    TABLE_KEY(sys_guard),
    TABLE_KEY(sys_node),
    TABLE_IX(sys_draft),
    TABLE(sys_audit),
};
/* clang-format on */

size_t system_tables(const struct system_table **out)
{
    *out = TABLES;
    return COUNT(TABLES);
}
