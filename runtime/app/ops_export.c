/*
 * ops_export - a package as files. They are streamed as commands send theirs
 * (cli_routes.c): a line of JSON, {"package","files":[{"path","size"}],"notes"},
 * then the files' bytes, one after the other. The command writes the folder,
 * for it knows where.
 */
#include "app/ops.h"
#include "base/json.h"

static enum rc send(struct op *op, struct str bytes, struct err *err)
{
    return op->put(op->put_arg, "application/octet-stream", bytes, err);
}

static enum rc send_head(struct op *op, const struct package_src *src,
                         const struct issues *notes, struct err *err)
{
    struct json_w w;
    struct buf b;
    enum rc rc;

    buf_init(&b, OP_ANSWER_BYTES);
    json_w_init(&w, &b);
    json_obj_begin(&w);
    json_kv(&w, "package", src->id);
    json_k(&w, "files");
    json_arr_begin(&w);
    for (size_t i = 0; i < src->n; i++) {
        json_obj_begin(&w);
        json_kv(&w, "path", src->files[i].path);
        json_kv_i64(&w, "size", (int64_t)src->files[i].text.n);
        json_obj_end(&w);
    }
    json_arr_end(&w);
    json_k(&w, "notes");
    json_arr_begin(&w);
    for (size_t i = 0; i < notes->n; i++) {
        json_obj_begin(&w);
        json_kv(&w, "path", notes->v[i].path);
        json_kv(&w, "code", notes->v[i].code);
        json_kv(&w, "message", notes->v[i].message);
        json_obj_end(&w);
    }
    json_arr_end(&w);
    json_obj_end(&w);
    rc = json_w_finish(&w, err);
    buf_addc(&b, '\n');
    if (rc == RC_OK)
        rc = send(op, buf_view(&b), err);
    buf_release(&b);
    return rc;
}

enum rc op_export_package(struct op *op, struct err *err)
{
    struct package_export spec = {.id = op_str(op, "id"),
                                  .as = op_str(op, "as"),
                                  .records = op_bool(op, "records")};
    struct package_src *src = NULL;
    struct issues notes;
    enum rc rc;

    issues_init(&notes, op->arena);
    rc = package_export(op->ws, &spec, op->arena, &src, &notes, err);
    if (rc == RC_OK)
        rc = send_head(op, src, &notes, err);
    for (size_t i = 0; rc == RC_OK && i < src->n; i++) {
        if (src->files[i].text.n > 0)
            rc = send(op, src->files[i].text, err);
    }
    return rc;
}
