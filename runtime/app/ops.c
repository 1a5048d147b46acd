/* See ops.h: the table, the arguments, errors as answers. */
#include "app/ops.h"

#include "base/json.h"

static const struct {
    const char *name;
    op_run *run;
} OPS[] = {
    {"apps", op_apps},
    {"backup", op_backup},
    {"check", op_check},
    {"export", op_export},
    {"export-package", op_export_package},
    {"import", op_import},
    {"install", op_install},
    {"plan", op_plan},
    {"remove", op_remove},
    {"token-create", op_token_create},
    {"upgrade", op_upgrade},
    {"user-deactivate", op_user_deactivate},
    {"user-list", op_user_list},
    {"user-password", op_user_password},
};

op_run *op_find(struct str name)
{
    for (size_t i = 0; i < sizeof OPS / sizeof *OPS; i++) {
        if (str_eq(name, str_c(OPS[i].name)))
            return OPS[i].run;
    }
    return NULL;
}

int op_exit(enum rc rc, bool has_findings)
{
    switch (rc) {
    case RC_OK:
        return has_findings ? 1 : 0;
    case RC_LIMIT:
    case RC_INVALID:
    case RC_SYNTAX:
    case RC_DENIED:
    case RC_NOTFOUND:
    case RC_CONFLICT:
    case RC_SCRIPT:
        return 1;
    case RC_BUSY:
        return 3;
    case RC_NOMEM:
    case RC_IO:
    case RC_BUG:
        return 4;
    }
    return 4;
}

struct str op_str(const struct op *op, const char *name)
{
    return json_str(json_get(op->args, str_c(name)), STR(""));
}

bool op_bool(const struct op *op, const char *name)
{
    const struct json *v = json_get(op->args, str_c(name));

    return v && v->kind == JSON_BOOL && v->u.b;
}

int64_t op_i64(const struct op *op, const char *name)
{
    const struct json *v = json_get(op->args, str_c(name));

    return v && v->kind == JSON_INT ? v->u.i : 0;
}

/* --- errors ---------------------------------------------------------------------- */

static const char *code_of(enum rc rc, const struct err *err)
{
    static const char *const CODES[RC_COUNT] = {
        [RC_OK] = "",
        [RC_NOMEM] = "E_BUSY",
        [RC_LIMIT] = "E_LIMIT",
        [RC_INVALID] = "E_VALIDATION",
        [RC_SYNTAX] = "E_SYNTAX",
        [RC_DENIED] = "E_PERMISSION",
        [RC_NOTFOUND] = "E_NOT_FOUND",
        [RC_CONFLICT] = "E_CONFLICT",
        [RC_BUSY] = "E_BUSY",
        [RC_SCRIPT] = "E_SCRIPT",
        [RC_IO] = "E_IO",
        [RC_BUG] = "E_INTERNAL",
    };

    return err->code[0] ? err->code : CODES[rc];
}

static void write_error(struct op *op, enum rc rc, const struct err *err)
{
    struct json_w *w = op->json;

    json_obj_begin(w);
    json_k(w, "error");
    json_obj_begin(w);
    json_kv(w, "code", str_c(code_of(rc, err)));
    json_kv(w, "message", str_c(err->text));
    json_k(w, "issues");
    json_arr_begin(w);
    for (size_t i = 0; i < op->issues.n; i++) {
        const struct issue *is = &op->issues.v[i];

        json_obj_begin(w);
        json_kv(w, "path", is->path);
        json_kv(w, "code", is->code);
        json_kv(w, "message", is->message);
        json_obj_end(w);
        buf_addf(op->text, "  %.*s: %.*s\n", STR_ARG(is->path),
                 STR_ARG(is->message));
    }
    json_arr_end(w);
    json_obj_end(w);
    json_obj_end(w);
}

enum rc op_call(struct op *op, struct str name, struct err *err)
{
    op_run *run = op_find(name);
    struct err local = ERR_INIT;
    enum rc rc;

    issues_init(&op->issues, op->arena);
    if (!err)
        err = &local;
    err_clear(err);
    if (!run)
        rc = FAIL(err, RC_NOTFOUND, "This server knows no operation \"%.*s\".",
                  STR_ARG(name));
    else
        rc = run(op, err);
    if (rc != RC_OK && !op->json->has_root)
        write_error(op, rc, err);
    return rc;
}
