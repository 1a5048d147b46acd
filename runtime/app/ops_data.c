/* ops_data - import, export, tokens, people. */
#include "app/ops.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/time.h"
#include "base/utf8.h"

static int64_t now_of(const struct workspace *ws)
{
    return ws->clock->now_ms(ws->clock->arg);
}

static enum rc find_entity(const struct model *m, struct str name,
                           const struct entity **out, struct err *err)
{
    struct str names[LIMIT_ENTITIES], near;
    const struct entity *e = model_entity(m, name);
    size_t n = 0;

    if (e) {
        *out = e;
        return RC_OK;
    }
    for (size_t i = 0; i < m->n_entities && n < LIMIT_ENTITIES; i++)
        names[n++] = m->entities[i]->qname;
    near = str_nearest(name, names, n);
    if (near.n)
        return FAIL(err, RC_NOTFOUND,
                    "There is no entity \"%.*s\"; did you mean \"%.*s\"?",
                    STR_ARG(name), STR_ARG(near));
    return FAIL(err, RC_NOTFOUND,
                "There is no entity \"%.*s\". Write package and name, e.g. "
                "crm:deal.",
                STR_ARG(name));
}

/* --- import ------------------------------------------------------------------------- */

static struct str file_of(const struct op *op, const char *path)
{
    for (size_t i = 0; i < op->n_files; i++) {
        if (str_eq(op->files[i].path, str_c(path)))
            return op->files[i].bytes;
    }
    return STR("");
}

static void import_text(struct op *op, const struct import_report *r)
{
    buf_addf(op->text,
             "%lld rows: %lld created, %lld updated, %lld unchanged, %lld "
             "failed.\n",
             (long long)r->rows, (long long)r->created, (long long)r->updated,
             (long long)r->unchanged, (long long)r->failed);
    for (size_t i = 0; i < r->n_issues && i < 50; i++)
        buf_addf(op->text, "  line %lld, %.*s: %.*s\n",
                 (long long)r->issues[i].line, STR_ARG(r->issues[i].column),
                 STR_ARG(r->issues[i].message));
    if (r->issues_total > 50)
        buf_addf(op->text,
                 "  and %lld more, see the file of --errors FILE: the rows "
                 "that failed, each with why.\n",
                 (long long)r->issues_total - 50);
}

static enum rc import(struct op *op, const struct model *m, struct err *err)
{
    struct principal who = principal_system(SOURCE_IMPORT);
    struct record_ctx ctx = workspace_record_ctx(op->ws, &who);
    const struct import_map *map = NULL;
    const struct entity *e = NULL;
    struct import_report report = {0};
    enum rc rc = find_entity(m, op_str(op, "entity"), &e, err);

    if (rc == RC_OK)
        rc = import_map_parse(m, e, file_of(op, "map"), op->arena, &op->issues,
                              &map, err);
    if (rc == RC_OK)
        rc =
            import_csv(&ctx, e, map, file_of(op, "csv"), op_bool(op, "dry_run"),
                       NULL, op->arena, &report, &op->issues, err);
    if (rc != RC_OK)
        return rc;
    import_report_json(&report, 0, op->json);
    if (op_bool(op, "dry_run"))
        buf_adds(op->text, "Nothing was written (--dry-run).\n");
    import_text(op, &report);
    if (op_bool(op, "errors"))
        op->kept = report.error_csv;
    op->has_findings = report.failed > 0;
    return RC_OK;
}

enum rc op_import(struct op *op, struct err *err)
{
    const struct model *m = model_slot_ref(op->ws->slot);
    enum rc rc = import(op, m, err);

    model_unref(m);
    return rc;
}

/* --- export ------------------------------------------------------------------------- */

struct exporting {
    struct op *op;
    const char *type;
};

static enum rc put(void *arg, struct str bytes, struct err *err)
{
    struct exporting *x = arg;

    return x->op->put(x->op->put_arg, x->type, bytes, err);
}

enum rc op_export(struct op *op, struct err *err)
{
    bool is_json = str_is(op_str(op, "format"), "json");
    struct exporting x = {op, is_json ? "application/x-ndjson"
                                      : "text/csv; charset=utf-8"};
    struct principal who = principal_system(SOURCE_CLI);
    struct query_spec spec = {.filter = op_str(op, "filter"),
                              .sort = op_str(op, "sort"),
                              .fields = op_str(op, "fields")};
    const struct model *m = NULL;
    struct query_ctx ctx;
    struct db *db = NULL;
    enum rc rc = workspace_read_begin(op->ws, &db, &m, err);

    if (rc != RC_OK)
        return rc;
    rc = find_entity(m, op_str(op, "entity"), &spec.entity, err);
    if (rc == RC_OK) {
        ctx = workspace_query_ctx(op->ws, db, m, &who, op->arena, &op->issues);
        rc = export_records(&ctx, &spec, is_json ? EXPORT_JSON : EXPORT_CSV,
                            put, &x, err);
    }
    db_read_end(db);
    model_unref(m);
    return rc;
}

/* --- people ------------------------------------------------------------------------- */

static enum rc find_user(struct op *op, int64_t *user, struct err *err)
{
    struct str email = op_str(op, "user");
    const struct model *m = NULL;
    struct db *db = NULL;
    enum rc rc;

    if (!email.n)
        return FAIL(err, RC_INVALID, "Say whose: --user EMAIL.");
    rc = workspace_read_begin(op->ws, &db, &m, err);
    if (rc != RC_OK)
        return rc;
    rc = auth_find_user(db, m, email, user, err);
    db_read_end(db);
    model_unref(m);
    return rc;
}

enum rc op_token_create(struct op *op, struct err *err)
{
    int64_t seconds = op_i64(op, "expires_s"), user = 0, expires_at = 0;
    struct str name = op_str(op, "name");
    struct auth_new_token token = {0};
    char when[25];
    enum rc rc = find_user(op, &user, err);

    if (rc != RC_OK)
        return rc;
    if (seconds > 0)
        expires_at = now_of(op->ws) + seconds * 1000;
    rc = auth_token_create(op->ws, user, name.n ? name : STR("command line"),
                           expires_at, !op_bool(op, "read_only"), op->arena,
                           &token, err);
    if (rc != RC_OK)
        return rc;
    json_obj_begin(op->json);
    json_kv_id(op->json, "id", token.id);
    json_kv(op->json, "token", token.token);
    json_k(op->json, "expires_at");
    if (token.expires_at > 0)
        json_w_str(op->json,
                   str_of(when, instant_format(token.expires_at, when)));
    else
        json_w_null(op->json);
    json_obj_end(op->json);
    buf_addf(op->text, "%.*s\n", STR_ARG(token.token));
    return RC_OK;
}

static enum rc list_user(void *arg, const struct query_row *row,
                         struct err *err)
{
    struct op *op = arg;
    bool active = row->v[2].kind == V_BOOL && row->v[2].u.b;
    bool admin = row->v[3].kind == V_BOOL && row->v[3].u.b;
    struct str name = row->v[0].kind == V_TEXT ? row->v[0].u.s : STR("");
    struct str email = row->v[1].kind == V_TEXT ? row->v[1].u.s : STR("");

    (void)err;
    json_obj_begin(op->json);
    json_kv_id(op->json, "id", row->id);
    json_kv(op->json, "name", name);
    json_kv(op->json, "email", email);
    json_kv_bool(op->json, "active", active);
    json_kv_bool(op->json, "admin", admin);
    json_obj_end(op->json);
    buf_addf(op->text, "%-36.*s %.*s%s%s\n", STR_ARG(email), STR_ARG(name),
             admin ? " (administrator)" : "", active ? "" : " (not active)");
    return RC_OK;
}

enum rc op_user_list(struct op *op, struct err *err)
{
    struct principal who = principal_system(SOURCE_CLI);
    struct query_spec spec = {.fields = STR("name,email,active,admin"),
                              .sort = STR("name")};
    const struct model *m = NULL;
    struct query_ctx ctx;
    struct db *db = NULL;
    enum rc rc = workspace_read_begin(op->ws, &db, &m, err);

    if (rc != RC_OK)
        return rc;
    spec.entity = m->user;
    ctx = workspace_query_ctx(op->ws, db, m, &who, op->arena, &op->issues);
    json_obj_begin(op->json);
    json_k(op->json, "items");
    json_arr_begin(op->json);
    rc = query_each(&ctx, &spec, list_user, op, err);
    json_arr_end(op->json);
    json_obj_end(op->json);
    db_read_end(db);
    model_unref(m);
    return rc;
}

static enum rc set_inactive(struct op *op, const struct model *m, int64_t user,
                            struct err *err)
{
    struct principal who = principal_system(SOURCE_CLI);
    struct record_ctx ctx = workspace_record_ctx(op->ws, &who);
    struct record_result result;
    struct record_batch batch;
    struct record_item *item;

    record_batch_init(&batch, op->arena);
    item = record_add(&batch, m, RECORD_UPDATE, m->user, user);
    if (!item || !record_set(item, entity_field(m->user, STR("active")),
                             value_bool(false)))
        return FAIL(err, RC_NOMEM, "There is no memory for this change.");
    return record_save(&ctx, m, &batch, &op->issues, &result, err);
}

enum rc op_user_deactivate(struct op *op, struct err *err)
{
    const struct model *m = model_slot_ref(op->ws->slot);
    int64_t user = 0;
    enum rc rc = find_user(op, &user, err);

    if (rc == RC_OK)
        rc = set_inactive(op, m, user, err);
    model_unref(m);
    if (rc == RC_OK)
        rc = auth_sign_out_all(op->ws, user, STR_NONE, err);
    if (rc != RC_OK)
        return rc;
    json_obj_begin(op->json);
    json_kv_id(op->json, "id", user);
    json_kv_bool(op->json, "active", false);
    json_obj_end(op->json);
    buf_adds(op->text, "The user cannot sign in any more; sessions and tokens "
                       "are refused from now on.\n");
    return RC_OK;
}

enum rc op_user_password(struct op *op, struct err *err)
{
    struct str password = file_of(op, "password");
    int64_t user = 0;
    enum rc rc = find_user(op, &user, err);

    if (rc == RC_OK)
        rc = auth_password_check(password, op_str(op, "user"), STR(""),
                                 &op->issues);
    if (rc == RC_INVALID)
        return FAIL(err, RC_INVALID, "The password was not changed.");
    if (rc == RC_OK)
        rc = auth_password_set(op->ws, user, password, err);
    if (rc == RC_OK)
        rc = auth_sign_out_all(op->ws, user, STR_NONE, err);
    if (rc != RC_OK)
        return rc;
    json_obj_begin(op->json);
    json_kv_id(op->json, "id", user);
    json_obj_end(op->json);
    buf_adds(op->text, "The password is changed; all sessions have ended.\n");
    return RC_OK;
}
