/*
 * answer - what a failure looks like outside: the table of docs/errors.md.
 *
 * What went wrong inside (a path, a line of SQL, a file) stays inside: of IO
 * and BUG the client learns only that; the log has the sentence and the place.
 */
#include "api/call.h"

#include <stdio.h>

#include "base/id.h"
#include "base/log.h"

static bool is_code(const char *code, const char *wanted)
{
    return code != NULL && strcmp(code, wanted) == 0;
}

int answer_status(enum rc rc, const char *code)
{
    switch (rc) {
    case RC_OK:
        return 200;
    case RC_NOMEM:
    case RC_BUSY:
        return 503;
    case RC_LIMIT:
        if (is_code(code, "E_TOO_LARGE"))
            return 413;
        if (is_code(code, "E_RATE"))
            return 429;
        return is_code(code, "E_TIMEOUT") ? 408 : 422;
    case RC_INVALID:
    case RC_SCRIPT:
        return 422;
    case RC_SYNTAX:
        return is_code(code, "E_MEDIA_TYPE") ? 415 : 400;
    case RC_DENIED:
        return is_code(code, "E_AUTH") ? 401 : 403;
    case RC_NOTFOUND:
        return 404;
    case RC_CONFLICT:
        return 409;
    case RC_IO:
        return is_code(code, "E_FULL") ? 507 : 503;
    case RC_BUG:
        return 500;
    }
    return 500;
}

/* A bad expression has a code of its own when it is all that is wrong. */
static bool only_fx(const struct issues *is)
{
    size_t i;

    for (i = 0; i < is->n; i++) {
        if (!is->v[i].is_warning && !str_is(is->v[i].code, "invalid_fx"))
            return false;
    }
    return is->n > 0;
}

const char *answer_code(enum rc rc, const char *code,
                        const struct issues *issues)
{
    if (code != NULL && code[0] != '\0')
        return code;
    switch (rc) {
    case RC_OK:
        return "";
    case RC_NOMEM:
    case RC_BUSY:
        return "E_BUSY";
    case RC_LIMIT:
        return "E_LIMIT";
    case RC_INVALID:
        return issues != NULL && only_fx(issues) ? "E_FX" : "E_VALIDATION";
    case RC_SYNTAX:
        return "E_SYNTAX";
    case RC_DENIED:
        return "E_PERMISSION";
    case RC_NOTFOUND:
        return "E_NOT_FOUND";
    case RC_CONFLICT:
        return "E_CONFLICT";
    case RC_SCRIPT:
        return "E_SCRIPT";
    case RC_IO:
        return "E_IO";
    case RC_BUG:
        return "E_INTERNAL";
    }
    return "E_INTERNAL";
}

static const char *usual_text(enum rc rc)
{
    switch (rc) {
    case RC_NOMEM:
    case RC_BUSY:
        return "The server is busy; try again in a moment.";
    case RC_LIMIT:
        return "A limit was reached.";
    case RC_SYNTAX:
        return "The request is not well-formed.";
    case RC_DENIED:
        return "You may not do this.";
    case RC_NOTFOUND:
        return "There is no such thing.";
    case RC_CONFLICT:
        return "Somebody else changed this in the meantime.";
    case RC_IO:
        return "The server cannot reach its storage at the moment.";
    case RC_INVALID:
    case RC_SCRIPT:
        return "The request was refused; the issues say why.";
    case RC_OK:
    case RC_BUG:
        break;
    }
    return "Something went wrong inside the server; the log has the details.";
}

const char *answer_text(enum rc rc, const struct err *err,
                        const struct issues *issues)
{
    /* What is ours alone is not shown. */
    bool is_inner = rc == RC_BUG || rc == RC_IO || rc == RC_NOMEM;

    if (!is_inner && err != NULL && err->text[0] != '\0')
        return err->text;
    if (rc == RC_IO && err != NULL && is_code(err->code, "E_FULL"))
        return "The server's disk is full; nothing was saved.";
    if (!is_inner && issues != NULL && issues->errors == 1) {
        size_t i;

        for (i = 0; i < issues->n; i++) {
            const char *text = str_cstr(issues->arena, issues->v[i].message);

            if (!issues->v[i].is_warning && text != NULL)
                return text;
        }
    }
    return usual_text(rc);
}

void answer_issues(struct json_w *w, const struct issues *is, struct str prefix,
                   bool warnings)
{
    size_t i;

    json_arr_begin(w);
    for (i = 0; is != NULL && i < is->n; i++) {
        const struct issue *one = &is->v[i];

        if (one->is_warning != warnings || !str_starts(one->path, prefix))
            continue;
        json_obj_begin(w);
        json_kv(w, "path", one->path);
        json_kv(w, "code", one->code);
        json_kv(w, "message", one->message);
        json_obj_end(w);
    }
    json_arr_end(w);
}

static void error_members(struct json_w *w, const char *code, const char *text,
                          const struct issues *issues, struct str prefix,
                          struct str current)
{
    json_obj_begin(w);
    json_k(w, "error");
    json_obj_begin(w);
    json_kv(w, "code", str_c(code));
    json_kv(w, "message", str_c(text));
    json_k(w, "issues");
    answer_issues(w, issues, prefix, false);
    json_k(w, "rule");
    json_w_null(w);
    json_k(w, "run");
    json_w_null(w);
    if (current.n > 0) {
        json_k(w, "current");
        json_w_raw(w, current);
    }
    json_obj_end(w);
    json_obj_end(w);
}

void answer_error_json(struct json_w *w, enum rc rc, const char *code,
                       const char *text, const struct issues *issues,
                       struct str prefix)
{
    if (text == NULL || text[0] == '\0')
        text = usual_text(rc);
    error_members(w, answer_code(rc, code, NULL), text, issues, prefix,
                  STR_NONE);
}

static void log_failure(const struct call *c, enum rc rc)
{
    if (rc != RC_BUG && rc != RC_IO && rc != RC_NOMEM)
        return;
    log_error("api.failed", KV_C("method", http_method_name(c->req->method)),
              KV("path", c->req->raw_path), KV_C("rc", rc_name(rc)),
              KV_C("text", c->err.text),
              KV_C("file", c->err.file != NULL ? c->err.file : ""),
              KV_I64("line", c->err.line));
}

static void failure_headers(struct call *c, int status)
{
    if (status == 401)
        http_header_add(c->res, "WWW-Authenticate", STR("Bearer"));
    if (status == 503 || status == 429) {
        int seconds = c->retry_after_s > 0 ? c->retry_after_s : 1;

        http_header_add(c->res, "Retry-After", str_fmt(c->a, "%d", seconds));
    }
}

void answer_error(struct call *c, enum rc rc)
{
    const char *code = answer_code(rc, c->err.code, &c->issues);
    const char *text = answer_text(rc, &c->err, &c->issues);
    int status = answer_status(rc, code);
    bool closes = c->res->close;

    log_failure(c, rc);
    if (c->res->is_streaming) /* the head is out: all that is left is to cut */
        return;
    http_response_reset(c->res);
    c->res->close = closes;
    c->res->status = status;
    c->res->content_type = STR("application/json; charset=utf-8");
    json_w_init(&c->w, &c->res->body);
    error_members(&c->w, code, text, &c->issues, STR(""), c->current);
    failure_headers(c, status);
    if (json_w_finish(&c->w, NULL) != RC_OK)
        http_error(c->res, 503, "E_BUSY",
                   STR("The server is busy; try again in a moment."));
}

enum rc answer_json(struct call *c, int status)
{
    c->res->status = status;
    c->res->content_type = STR("application/json; charset=utf-8");
    return json_w_finish(&c->w, &c->err);
}

void answer_id_header(struct call *c, const char *name, int64_t id)
{
    char text[ID_TEXT_BYTES + 1];

    if (id == 0)
        return;
    id_format(id, text);
    http_header_add(c->res, name, str_of(text, ID_TEXT_BYTES));
}

struct str answer_address(struct call *c, const struct entity *e,
                          const char *what, int64_t id)
{
    char text[ID_TEXT_BYTES + 1];

    id_format(id, text);
    if (e == NULL)
        return str_fmt(c->a, "%.*s/api/v1/%s/%s", STR_ARG(c->prefix), what,
                       text);
    return str_fmt(c->a, "%.*s/api/v1/%.*s/%.*s/%s", STR_ARG(c->prefix),
                   STR_ARG(e->package), STR_ARG(e->name), text);
}
