/*
 * cli_routes - operations over perigee.sock: POST /api/v1/cli/{operation}.
 *
 * The body is one line of JSON, {"args":{},"files":[{"path","size"}]}, and then
 * the files' bytes, one after the other. The answer is
 * {"rc","exit","message","json","text","kept"}, or, for an export, the records.
 * Whoever can open the socket (0600, in a folder of 0700) is the owner of the
 * data anyway, so there is no other proof of identity.
 */
#include "app/internal.h"
#include "app/ops.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/utf8.h"

struct call {
    struct op op;
    struct http_request *req;
    struct http_response *res;
    struct arena arena;
    struct buf body, json, text;
    struct json_w w;
    bool is_streaming;
};

/* --- the body -------------------------------------------------------------------- */

static enum rc take(void *arg, struct str piece, struct err *err)
{
    struct buf *b = arg;

    buf_add(b, piece);
    if (b->failed == RC_NOMEM)
        return FAIL(err, RC_NOMEM, "There is no memory for this command.");
    return b->failed;
}

static enum rc split_files(struct call *c, const struct json *list,
                           struct str rest, struct err *err)
{
    struct op_file *files;
    size_t n = list && list->kind == JSON_ARRAY ? list->u.array.n : 0;

    if (n > OP_FILES)
        return FAIL(err, RC_LIMIT, "At most %d files can be sent.", OP_FILES);
    files = ARENA_ARRAY(&c->arena, struct op_file, n + 1);
    if (!files)
        return FAIL(err, RC_NOMEM, "There is no memory for this command.");
    for (size_t i = 0; i < n; i++) {
        const struct json *f = &list->u.array.v[i];
        const struct json *size =
            f->kind == JSON_OBJECT ? json_at(f, "size") : NULL;

        if (!size || size->kind != JSON_INT || size->u.i < 0 ||
            (uint64_t)size->u.i > rest.n)
            return FAIL(err, RC_SYNTAX,
                        "The command's files do not fit its "
                        "list.");
        files[i].path = json_str(json_at(f, "path"), STR(""));
        files[i].bytes = str_sub(rest, 0, (size_t)size->u.i);
        rest = str_sub(rest, (size_t)size->u.i, rest.n);
    }
    if (rest.n > 0)
        return FAIL(err, RC_SYNTAX, "The command's files do not fit its list.");
    c->op.files = files;
    c->op.n_files = n;
    return RC_OK;
}

static enum rc read_call(struct call *c, struct err *err)
{
    const struct json *head = NULL;
    struct str body;
    ptrdiff_t line;
    enum rc rc = http_body_stream(c->req, OP_BODY_BYTES, take, &c->body, err);

    if (rc != RC_OK)
        return rc;
    body = buf_view(&c->body);
    line = str_chr(body, '\n');
    if (line < 0)
        return FAIL(err, RC_SYNTAX, "A command begins with a line of JSON.");
    rc = json_parse(str_sub(body, 0, (size_t)line), &c->arena, &head, err);
    if (rc != RC_OK)
        return rc;
    if (head->kind != JSON_OBJECT || !json_at(head, "args") ||
        json_at(head, "args")->kind != JSON_OBJECT)
        return FAIL(err, RC_SYNTAX, "A command has an object \"args\".");
    c->op.args = json_at(head, "args");
    return split_files(c, json_at(head, "files"),
                       str_sub(body, (size_t)line + 1, body.n), err);
}

/* --- the answer ------------------------------------------------------------------- */

static enum rc put(void *arg, const char *type, struct str bytes,
                   struct err *err)
{
    struct call *c = arg;
    enum rc rc;

    if (!c->is_streaming) {
        c->res->content_type = str_c(type);
        rc = http_stream_begin(c->req, c->res, HTTP_STREAM_DOWNLOAD, err);
        if (rc != RC_OK)
            return rc;
        c->is_streaming = true;
    }
    if (!http_stream_write(c->res, bytes))
        return FAIL(err, RC_IO, "The command has gone away.");
    return RC_OK;
}

static void respond(struct call *c, enum rc rc, const struct err *err)
{
    struct json_w w;

    http_response_reset(c->res);
    c->res->content_type = STR("application/json");
    json_w_init(&w, &c->res->body);
    json_obj_begin(&w);
    json_kv(&w, "rc", str_c(rc_name(rc)));
    json_kv_i64(&w, "exit", op_exit(rc, c->op.has_findings));
    json_kv(&w, "message", str_c(rc == RC_OK ? "" : err->text));
    json_k(&w, "json");
    if (c->json.n > 0 && json_w_finish(&c->w, NULL) == RC_OK)
        json_w_raw(&w, buf_view(&c->json));
    else
        json_w_null(&w);
    json_kv(&w, "text", buf_view(&c->text));
    json_kv(&w, "kept", c->op.kept);
    json_obj_end(&w);
    if (json_w_finish(&w, NULL) != RC_OK)
        http_error(c->res, 503, "E_BUSY", STR("The answer is too long."));
}

static void run(struct app *app, struct call *c)
{
    struct err err = ERR_INIT;
    enum rc rc;

    arena_init(&c->arena, OP_ARENA_BYTES);
    buf_init(&c->body, OP_BODY_BYTES);
    buf_init(&c->json, OP_ANSWER_BYTES);
    buf_init(&c->text, OP_ANSWER_BYTES);
    json_w_init(&c->w, &c->json);
    c->op.app = app;
    c->op.ws = app_main(app);
    c->op.arena = &c->arena;
    c->op.json = &c->w;
    c->op.text = &c->text;
    c->op.put = put;
    c->op.put_arg = c;
    rc = read_call(c, &err);
    if (rc == RC_OK)
        rc = op_call(&c->op, c->req->segments[3], &err);
    if (c->is_streaming && rc != RC_OK)
        http_stream_abort(c->res);
    else if (!c->is_streaming)
        respond(c, rc, &err);
    buf_release(&c->text);
    buf_release(&c->json);
    buf_release(&c->body);
    arena_release(&c->arena);
}

bool cli_route(struct app *app, struct http_request *req,
               struct http_response *res)
{
    struct call c = {.req = req, .res = res};

    if (req->method != HTTP_POST || req->n_segments != 4 ||
        !str_is(req->segments[0], "api") || !str_is(req->segments[1], "v1") ||
        !str_is(req->segments[2], "cli"))
        return false;
    run(app, &c);
    return true;
}
