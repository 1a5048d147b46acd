/*
 * download - a file's bytes out, to those who may read what it hangs on.
 *
 * Always an attachment, never sniffed, in a sandbox of its own: a file that
 * somebody uploaded must not become a page of ours. A bracket is held for one
 * chunk at a time, so a slow client costs no reader.
 */
#include "api/call.h"

#include "base/id.h"
#include "http/url.h"
#include "record/blob.h"

enum { AT_ONCE_BYTES = 1 << 20 };

static const char SQL_CHUNK[] =
    "SELECT \"data\" FROM \"sys_blob_chunk\" WHERE \"sha256\" = ?1"
    " AND \"n\" = ?2";

struct file {
    struct str name, type, hex;
    int64_t size, ent, rec, created_by;
    struct str key; /* the hash's bytes */
};

static struct value fact(const struct entity *e, const struct query_record *r,
                         const char *name)
{
    const struct field *f = entity_field(e, str_c(name));

    return f != NULL ? r->v[f->index] : VALUE_NULL;
}

static struct str fact_text(const struct entity *e,
                            const struct query_record *r, const char *name)
{
    struct value v = fact(e, r, name);

    return v.kind == V_TEXT ? v.u.s : STR("");
}

static int64_t fact_int(const struct entity *e, const struct query_record *r,
                        const char *name)
{
    struct value v = fact(e, r, name);

    return v.kind == V_INT || v.kind == V_REF ? v.u.i : 0;
}

/* *out->key is STR_NONE when there is no such live file. */
static enum rc load(const struct query_ctx *q, int64_t id, struct file *out,
                    struct err *err)
{
    const struct entity *e = model_entity(q->model, STR("sys:file"));
    struct query_record *r = NULL;
    char *key;
    size_t n = 0;
    enum rc rc = e != NULL ? query_load(q->db, q->model, e, &id, 1, q->arena,
                                        &r, &n, err)
                           : RC_OK;

    *out = (struct file){.key = STR_NONE};
    if (rc != RC_OK || n == 0 || r->is_deleted)
        return rc;
    *out = (struct file){.name = fact_text(e, r, "name"),
                         .type = fact_text(e, r, "type"),
                         .hex = fact_text(e, r, "sha256"),
                         .size = fact_int(e, r, "size"),
                         .ent = fact_int(e, r, "ent"),
                         .rec = fact_int(e, r, "rec"),
                         .created_by = fact_int(e, r, "created_by")};
    key = arena_alloc(q->arena, SHA256_BYTES);
    if (key == NULL)
        return FAIL(err, RC_NOMEM, "There is no memory for a file.");
    if (blob_key(out->hex, (uint8_t *)key))
        out->key = str_of(key, SHA256_BYTES);
    return RC_OK;
}

/* The record it hangs on, in the bin too: may that be read? */
static enum rc reads_parent(const struct query_ctx *q, const struct file *f,
                            bool *out, struct err *err)
{
    const struct entity *e = model_entity_no(q->model, (int)f->ent);
    struct query_spec spec = {.entity = e,
                              .fields = STR("id"),
                              .deleted = QUERY_BOTH,
                              .ids = &f->rec,
                              .n_ids = 1};
    struct query_count count = {0, true};
    struct query *plan = NULL;
    enum rc rc;

    *out = false;
    if (e == NULL)
        return RC_OK;
    rc = query_plan(q, &spec, &plan, err);
    if (rc == RC_OK)
        rc = query_count(plan, &count, err);
    *out = rc == RC_OK && count.value == 1;
    return rc == RC_NOTFOUND || rc == RC_DENIED ? RC_OK : rc;
}

static enum rc may_read(const struct query_ctx *q, const struct file *f,
                        bool *out, struct err *err)
{
    *out = false;
    if (f->key.p == NULL)
        return RC_OK;
    if (f->rec != 0)
        return reads_parent(q, f, out, err);
    *out = q->who->is_admin ||
           (q->who->user != 0 && q->who->user == f->created_by);
    return RC_OK;
}

enum rc file_check(const struct query_ctx *q, int64_t id, bool *readable,
                   struct err *err)
{
    struct file f;
    enum rc rc = load(q, id, &f, err);

    return rc == RC_OK ? may_read(q, &f, readable, err) : rc;
}

static enum rc no_file(struct err *err)
{
    return FAIL(err, RC_NOTFOUND, "There is no such file.");
}

/* The n-th chunk, appended; *end when there is none. */
static enum rc read_chunk(struct db *db, struct str key, int64_t n,
                          struct buf *out, bool *end, struct err *err)
{
    struct db_stmt *st = NULL;
    bool has_row = false;
    enum rc rc = db_prepare(db, STR(SQL_CHUNK), &st, err);

    if (rc == RC_OK) {
        db_bind_blob(st, 1, key.p, key.n);
        db_bind_i64(st, 2, n);
        rc = db_step(st, &has_row, err);
    }
    if (rc == RC_OK && has_row) {
        buf_add(out, db_col_blob(st, 0));
        if (out->failed != RC_OK)
            rc = FAIL(err, out->failed, "There is no memory for a file.");
    }
    db_stmt_release(st);
    *end = !has_row;
    return rc;
}

enum rc file_bytes(const struct query_ctx *q, int64_t id, struct buf *out,
                   struct err *err)
{
    struct file f;
    bool readable = false, end = false;
    int64_t n;
    enum rc rc = load(q, id, &f, err);

    if (rc == RC_OK)
        rc = may_read(q, &f, &readable, err);
    if (rc == RC_OK && !readable)
        rc = no_file(err);
    for (n = 0; rc == RC_OK && !end; n++)
        rc = read_chunk(q->db, f.key, n, out, &end, err);
    return rc;
}

/* --- GET /api/v1/files/{id} --------------------------------------------------- */

/* A type that a browser shows without running anything, else none at all. */
static struct str safe_type(struct str type)
{
    static const char *const SHOWN[] = {
        "application/pdf", "application/zip", "audio/mpeg", "image/gif",
        "image/jpeg",      "image/png",       "image/webp", "text/csv",
        "text/plain",      "video/mp4"};
    size_t i;

    for (i = 0; i < sizeof SHOWN / sizeof *SHOWN; i++) {
        if (str_eq(type, str_c(SHOWN[i])))
            return str_c(SHOWN[i]);
    }
    return STR("application/octet-stream");
}

/* attachment; filename="a_b.pdf"; filename*=UTF-8''a%20b.pdf */
static struct str disposition(struct call *c, struct str name)
{
    struct str out = STR_NONE;
    struct buf b;
    size_t i;

    buf_init(&b, HTTP_MAX_OUT_HEADER_BYTES);
    buf_adds(&b, "attachment; filename=\"");
    for (i = 0; i < name.n; i++) {
        char ch = name.p[i];
        bool is_plain = ch > 0x20 && ch < 0x7f && ch != '"' && ch != '\\' &&
                        ch != '%' && ch != ';';

        buf_addc(&b, is_plain ? ch : '_');
    }
    buf_adds(&b, "\"; filename*=UTF-8''");
    http_url_encode(&b, name);
    if (buf_finish(&b, c->a, &out, &c->err) != RC_OK)
        out = STR("attachment");
    buf_release(&b);
    return out;
}

static void file_headers(struct call *c, const struct file *f)
{
    c->res->content_type = safe_type(f->type);
    c->res->csp = STR("default-src 'none'; sandbox");
    c->res->cache = STR("private, no-cache");
    http_header_add(c->res, "Content-Disposition", disposition(c, f->name));
    http_header_add(c->res, "ETag", str_fmt(c->a, "\"%.*s\"", STR_ARG(f->hex)));
}

static enum rc next_chunk(struct call *c, const struct file *f, int64_t n,
                          struct buf *out, bool *end)
{
    enum rc rc = call_read(c, 0);

    if (rc == RC_OK)
        rc = read_chunk(c->db, f->key, n, out, end, &c->err);
    call_let_go(c);
    return rc;
}

static enum rc send_whole(struct call *c, const struct file *f)
{
    bool end = false;
    int64_t n;
    enum rc rc = RC_OK;

    for (n = 0; rc == RC_OK && !end; n++)
        rc = next_chunk(c, f, n, &c->res->body, &end);
    if (rc == RC_OK && c->res->body.n != (size_t)f->size)
        rc = FAIL(&c->err, RC_NOTFOUND, "The bytes of this file are gone.");
    return rc;
}

static enum rc send_by_chunks(struct call *c, const struct file *f)
{
    struct buf piece;
    bool end = false;
    int64_t n;
    enum rc rc =
        http_stream_begin(c->req, c->res, HTTP_STREAM_DOWNLOAD, &c->err);

    if (rc != RC_OK)
        return rc;
    buf_init(&piece, AT_ONCE_BYTES);
    for (n = 0; rc == RC_OK && !end; n++) {
        buf_reset(&piece);
        rc = next_chunk(c, f, n, &piece, &end);
        if (rc == RC_OK && !end && !http_stream_write(c->res, buf_view(&piece)))
            rc = FAIL(&c->err, RC_IO, "The client went away.");
    }
    buf_release(&piece);
    if (rc != RC_OK)
        http_stream_abort(c->res);
    return rc;
}

enum rc run_download(struct call *c)
{
    struct query_ctx q;
    struct file f;
    bool readable = false;
    int64_t id = 0;
    enum rc rc = call_id(c, 0, &id);

    if (rc == RC_OK)
        rc = call_read(c, 0);
    if (rc != RC_OK)
        return rc;
    q = call_query(c);
    rc = load(&q, id, &f, &c->err);
    if (rc == RC_OK)
        rc = may_read(&q, &f, &readable, &c->err);
    call_let_go(c);
    if (rc == RC_OK && !readable)
        rc = no_file(&c->err);
    if (rc != RC_OK)
        return rc;
    file_headers(c, &f);
    if (http_if_none_match(c->req, str_fmt(c->a, "\"%.*s\"", STR_ARG(f.hex)))) {
        c->res->status = 304;
        return RC_OK;
    }
    if (c->req->method == HTTP_HEAD)
        return RC_OK;
    return f.size <= AT_ONCE_BYTES ? send_whole(c, &f) : send_by_chunks(c, &f);
}
