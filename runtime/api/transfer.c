/*
 * transfer - records in from an uploaded file, as a job, and out as a download.
 *
 * An import runs in chunks of a transaction each. Started anew after a crash it
 * would do the first chunks twice unless it matches by a key; so one that only
 * creates stops there and says what is in already.
 */
#include "api/call.h"

#include "base/clock.h"
#include "base/id.h"

enum {
    EXPORT_PIECE = 64 << 10,
    EXPORT_MS = 10 * 60 * 1000, /* a whole export, its client's pace included */
    EXPORTS_MAX = 2             /* each holds a reader all the time */
};

/* --- import: asked for -------------------------------------------------------- */

static enum rc map_text(struct call *c, struct str *out)
{
    const struct json *map = json_at(c->body, "map");
    struct json_w w;
    struct buf b;
    enum rc rc;

    *out = STR("");
    if (map == NULL || map->kind == JSON_NULL)
        return RC_OK;
    if (map->kind != JSON_OBJECT)
        return call_reject(c, "map", "wrong_type", "\"map\" is an object.");
    buf_init(&b, LIMIT_BODY_BYTES);
    json_w_init(&w, &b);
    json_w_tree(&w, map);
    rc = json_w_finish(&w, &c->err);
    if (rc == RC_OK)
        rc = buf_finish(&b, c->a, out, &c->err);
    buf_release(&b);
    return rc;
}

/* Said now rather than by a job that fails: the map, the right, the file. */
static enum rc check_import(struct call *c, const struct entity *e,
                            struct str map, int64_t file)
{
    const struct import_map *parsed = NULL;
    struct query_ctx q;
    bool readable = false;
    enum rc rc;

    if (!access_may(call_who(c), ACCESS_CREATE, e))
        return FAIL(&c->err, RC_DENIED, "You may not create records of %.*s.",
                    STR_ARG(e->qname));
    c->issues.prefix = STR("map.");
    rc = import_map_parse(c->m, e, map, c->a, &c->issues, &parsed, &c->err);
    c->issues.prefix = STR("");
    if (rc == RC_OK)
        rc = call_read(c, 0);
    if (rc != RC_OK)
        return rc;
    q = call_query(c);
    rc = file_check(&q, file, &readable, &c->err);
    call_let_go(c);
    if (rc == RC_OK && !readable)
        rc = call_reject(c, "file", "not_found",
                         "There is no such file; upload it to /api/v1/files "
                         "first.");
    return rc;
}

static enum rc import_args(struct call *c, const struct entity *e, int64_t file,
                           struct str map, bool dry_run, struct str *out)
{
    struct json_w w;
    struct buf b;
    enum rc rc;

    buf_init(&b, LIMIT_BODY_BYTES);
    json_w_init(&w, &b);
    json_obj_begin(&w);
    json_kv(&w, "entity", e->qname);
    json_kv_id(&w, "file", file);
    json_kv(&w, "map", map);
    json_kv_bool(&w, "dry_run", dry_run);
    json_obj_end(&w);
    rc = json_w_finish(&w, &c->err);
    if (rc == RC_OK)
        rc = buf_finish(&b, c->a, out, &c->err);
    buf_release(&b);
    return rc;
}

static enum rc bind_import(struct call *c, struct str *args)
{
    const struct entity *e = NULL;
    struct str file_text = STR_NONE, map = STR_NONE;
    struct str qname;
    int64_t file = 0;
    bool dry_run = false;
    enum rc rc = call_entity(c, &e);

    if (rc != RC_OK)
        return rc;
    qname = str_copy(c->a, e->qname);
    rc = call_members(c, c->body, "", "file map dry_run");
    if (call_text(c, c->body, "file", &file_text) != RC_OK ||
        call_flag(c, c->body, "dry_run", &dry_run) != RC_OK)
        rc = RC_INVALID;
    if (rc == RC_OK && !id_parse(file_text, &file))
        rc = call_reject(c, "file", "required",
                         "\"file\" is the id of an uploaded file.");
    if (rc == RC_OK)
        rc = map_text(c, &map);
    if (rc == RC_OK)
        rc = check_import(c, e, map, file);
    if (rc == RC_OK) /* the model may be a newer one by now */
        rc = call_entity_named(c, qname, &e);
    return rc == RC_OK ? import_args(c, e, file, map, dry_run, args) : rc;
}

enum rc run_import(struct call *c)
{
    struct idem idem = {0};
    struct str args = STR_NONE;
    bool answered = false;
    enum rc rc = idem_begin(c, &idem, &answered);

    if (rc != RC_OK || answered)
        return rc;
    rc = bind_import(c, &args);
    if (rc == RC_OK)
        rc = job_answer(c, &idem, "import", args);
    idem_end(&idem);
    return rc;
}

/* --- import: done -------------------------------------------------------------- */

struct import {
    const struct workspace *ws;
    struct job *job;
    struct str qname, map;
    int64_t file;
    bool dry_run;
    struct principal who;
    const struct model *m;
    struct buf csv;
    struct import_report report;
    struct issues issues;
};

static bool tell(void *arg, int64_t done, int64_t total)
{
    struct import *i = arg;

    return job_tell(i->job, done, total);
}

static enum rc job_begin(struct import *i, struct err *err)
{
    const struct json *args = i->job->args;
    const struct json *dry_run = json_at(args, "dry_run");
    const struct model *m = NULL;
    struct db *db = NULL;
    struct query_ctx q;
    enum rc rc;

    i->qname = json_str(json_at(args, "entity"), STR(""));
    i->map = json_str(json_at(args, "map"), STR(""));
    i->dry_run = dry_run != NULL && dry_run->kind == JSON_BOOL && dry_run->u.b;
    if (!id_parse(json_str(json_at(args, "file"), STR("")), &i->file))
        return FAIL(err, RC_INVALID, "The job names no file.");
    rc = workspace_read_begin(i->ws, &db, &m, err);
    if (rc != RC_OK)
        return rc;
    i->m = m;
    rc = job_principal(db, m, i->job->user, SOURCE_IMPORT, i->job->arena,
                       &i->who, err);
    q = workspace_query_ctx(i->ws, db, m, &i->who, i->job->arena, &i->issues);
    if (rc == RC_OK)
        rc = file_bytes(&q, i->file, &i->csv, err);
    db_read_end(db);
    return rc;
}

/* Does this import find again what it has made? */
static bool matches_by_key(const struct import *i)
{
    const struct json *map = NULL;

    if (i->map.n == 0 || json_parse(i->map, i->job->arena, &map, NULL) != RC_OK)
        return false;
    return str_is(json_str(json_at(map, "mode"), STR("create")), "upsert") ||
           str_is(json_str(json_at(map, "mode"), STR("create")), "update");
}

static enum rc refuse_second_run(const struct import *i, struct err *err)
{
    if (i->job->attempt <= 1 || i->dry_run || matches_by_key(i))
        return RC_OK;
    return FAIL(err, RC_CONFLICT,
                "The server stopped during this import, so part of it may be "
                "in already. Look at the newest records, then import the rest, "
                "or use mode \"upsert\" with a key.");
}

static enum rc import_run(struct import *i, struct err *err)
{
    const struct entity *e = model_entity(i->m, i->qname);
    struct record_ctx ctx = workspace_record_ctx(i->ws, &i->who);
    struct import_progress progress = {tell, i};
    const struct import_map *map = NULL;
    enum rc rc;

    if (e == NULL)
        return FAIL(err, RC_NOTFOUND, "There is no entity %.*s any more.",
                    STR_ARG(i->qname));
    rc =
        import_map_parse(i->m, e, i->map, i->job->arena, &i->issues, &map, err);
    if (rc == RC_OK)
        rc = import_csv(&ctx, e, map, buf_view(&i->csv), i->dry_run, &progress,
                        i->job->arena, &i->report, &i->issues, err);
    if (rc == RC_INVALID && i->issues.n > 0 &&
        (err->text[0] == '\0' || err->rc == RC_OK))
        rc = FAIL(err, RC_INVALID, "%.*s", STR_ARG(i->issues.v[0].message));
    return rc;
}

static enum rc import_result(struct import *i, struct str *result,
                             struct err *err)
{
    int64_t error_file = 0;
    struct json_w w;
    struct buf b;
    enum rc rc = RC_OK;

    if (i->report.error_csv.n > 0)
        rc = file_store(i->ws, i->job->user, STR("import-errors.csv"),
                        STR("text/csv"), i->report.error_csv, i->job->arena,
                        &error_file, err);
    if (rc != RC_OK)
        return rc;
    buf_init(&b, LIMIT_BODY_BYTES);
    json_w_init(&w, &b);
    import_report_json(&i->report, error_file, &w);
    rc = json_w_finish(&w, err);
    if (rc == RC_OK)
        rc = buf_finish(&b, i->job->arena, result, err);
    buf_release(&b);
    return rc;
}

enum rc import_job(void *ws, struct job *job, struct str *result,
                   struct err *err)
{
    struct import i = {.ws = ws, .job = job};
    enum rc rc;

    issues_init(&i.issues, job->arena);
    buf_init(&i.csv, LIMIT_UPLOAD_BYTES);
    rc = job_begin(&i, err);
    if (rc == RC_OK)
        rc = refuse_second_run(&i, err);
    if (rc == RC_OK)
        rc = import_run(&i, err);
    if (rc == RC_OK)
        rc = import_result(&i, result, err);
    buf_release(&i.csv);
    model_unref(i.m);
    return rc;
}

/* --- export --------------------------------------------------------------------- */

struct export
{
    struct call *c;
    struct buf piece;
    bool is_begun, is_gone;
};

static enum rc flush(struct export *x, struct err *err)
{
    struct call *c = x->c;
    enum rc rc = RC_OK;

    if (!x->is_begun) {
        rc = http_stream_begin(c->req, c->res, HTTP_STREAM_DOWNLOAD, err);
        x->is_begun = rc == RC_OK;
    }
    if (rc == RC_OK && x->piece.n > 0 &&
        !http_stream_write(c->res, buf_view(&x->piece))) {
        x->is_gone = true;
        rc = FAIL(err, RC_IO, "The client went away during an export.");
    }
    buf_reset(&x->piece);
    return rc;
}

/* The head goes out with the first full piece, so what is wrong with the
   request is still answered as an error. */
static enum rc put(void *arg, struct str bytes, struct err *err)
{
    struct export *x = arg;

    buf_add(&x->piece, bytes);
    if (x->piece.failed != RC_OK)
        return FAIL(err, x->piece.failed, "There is no memory for an export.");
    return x->piece.n >= EXPORT_PIECE ? flush(x, err) : RC_OK;
}

static enum rc bind_format(struct call *c, const struct entity *e,
                           enum export_format *out)
{
    struct str format = call_param(c, "format");
    const char *ending = "csv";

    *out = EXPORT_CSV;
    if (str_is(format, "json")) {
        *out = EXPORT_JSON;
        ending = "json";
    } else if (format.p != NULL && !str_is(format, "csv")) {
        return call_reject(c, "format", "invalid_choice",
                           "\"format\" is either csv or json.");
    }
    c->res->content_type = *out == EXPORT_JSON
                               ? STR("application/json; charset=utf-8")
                               : STR("text/csv; charset=utf-8; header=present");
    http_header_add(c->res, "Content-Disposition",
                    str_fmt(c->a, "attachment; filename=\"%.*s-%.*s.%s\"",
                            STR_ARG(e->package), STR_ARG(e->name), ending));
    return RC_OK;
}

static enum rc export_now(struct call *c, const struct entity *e)
{
    struct export x = {.c = c};
    struct query_spec spec;
    struct query_ctx q;
    enum export_format format;
    enum rc rc = record_spec(c, e, &spec);

    if (bind_format(c, e, &format) != RC_OK)
        rc = RC_INVALID;
    if (rc != RC_OK)
        return rc;
    if (c->req->method == HTTP_HEAD)
        return RC_OK;
    buf_init(&x.piece, 4 << 20); /* the longest record */
    q = call_query(c);
    rc = export_records(&q, &spec, format, put, &x, &c->err);
    if (rc == RC_OK)
        rc = flush(&x, &c->err);
    if (rc != RC_OK && x.is_begun)
        http_stream_abort(c->res);
    buf_release(&x.piece);
    return rc;
}

enum rc run_export(struct call *c)
{
    const struct entity *e = NULL;
    enum rc rc;

    if (atomic_fetch_add(&c->api->downloads, 1) >= EXPORTS_MAX)
        rc = FAIL(&c->err, RC_BUSY,
                  "Other exports are running; try again in a "
                  "moment.");
    else
        rc = call_read(c, EXPORT_MS);
    if (rc == RC_OK)
        rc = call_entity(c, &e);
    if (rc == RC_OK && !access_may(call_who(c), ACCESS_EXPORT, e))
        rc = FAIL(&c->err, RC_DENIED, "You may not export %.*s.",
                  STR_ARG(e->qname));
    if (rc == RC_OK)
        rc = export_now(c, e);
    call_let_go(c);
    atomic_fetch_sub(&c->api->downloads, 1);
    return rc;
}
