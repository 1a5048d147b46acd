/*
 * files - uploads: bytes in chunks under their hash (sys_blob, sys_blob_chunk),
 * and a record of sys:file that says what they are.
 *
 * An upload longer than one chunk is written chunk by chunk under a random key
 * and gets its hash in the transaction that makes the record, so a worker holds
 * a quarter of a megabyte of it and a broken upload leaves nothing that anybody
 * can see. Equal bytes are kept once.
 *
 * What is attached to no record after 24 hours is swept: sweep.c.
 */
#include "api/call.h"

#include "base/clock.h"
#include "base/id.h"
#include "http/static.h"
#include "record/blob.h"

enum { NAME_BYTES = 255, TYPE_BYTES = 127 };

/* Bytes on their way into the store. */
struct blob {
    const struct workspace *ws;
    struct arena *a;
    uint8_t temp[SHA256_BYTES], hash[SHA256_BYTES];
    bool is_spilled; /* chunks lie under `temp` */
    struct buf chunk;
    int64_t n_chunks, total;
    struct sha256_ctx *sha;
};

/* --- bytes in --------------------------------------------------------------------- */

static int64_t now_of(const struct workspace *ws)
{
    return ws->clock->now_ms(ws->clock->arg);
}

static enum rc blob_begin(struct blob *b, const struct workspace *ws,
                          struct arena *a, struct err *err)
{
    *b = (struct blob){.ws = ws, .a = a};
    random_bytes(b->temp, sizeof b->temp);
    buf_init(&b->chunk, BLOB_CHUNK_BYTES);
    b->sha = sha256_begin(a);
    return b->sha != NULL
               ? RC_OK
               : FAIL(err, RC_NOMEM, "There is no memory to upload.");
}

static enum rc spill_run(struct db *db, void *arg, struct arena *a,
                         struct err *err)
{
    struct blob *b = arg;
    enum rc rc = RC_OK;

    (void)a;
    if (!b->is_spilled)
        rc = blob_put(db, b->temp, -1, now_of(b->ws), err);
    if (rc == RC_OK)
        rc = blob_put_chunk(db, b->temp, b->n_chunks, buf_view(&b->chunk), err);
    return rc;
}

static enum rc spill(struct blob *b, struct err *err)
{
    struct db_job job = {.run = spill_run, .arg = b};
    enum rc rc = db_write(b->ws->store, &job, b->a, err);

    if (rc != RC_OK)
        return rc;
    b->is_spilled = true;
    b->n_chunks++;
    buf_reset(&b->chunk);
    return RC_OK;
}

static enum rc blob_add(void *arg, struct str piece, struct err *err)
{
    struct blob *b = arg;
    enum rc rc = RC_OK;

    sha256_add(b->sha, piece);
    b->total += (int64_t)piece.n;
    while (rc == RC_OK && piece.n > 0) {
        size_t room = BLOB_CHUNK_BYTES - b->chunk.n;
        size_t n = piece.n < room ? piece.n : room;

        if (room == 0) {
            rc = spill(b, err);
            continue;
        }
        buf_add(&b->chunk, str_of(piece.p, n));
        if (b->chunk.failed != RC_OK)
            return FAIL(err, b->chunk.failed, "There is no memory to upload.");
        piece = str_sub(piece, n, piece.n);
    }
    return rc;
}

/* In the transaction that makes the record: the bytes get their name. */
static enum rc blob_keep(struct blob *b, struct db *db, struct err *err)
{
    bool has = false;
    enum rc rc = blob_has(db, b->hash, &has, err);

    if (rc == RC_OK && has && b->is_spilled)
        rc = blob_drop_chunks(db, b->temp, err);
    if (rc == RC_OK && !has && b->is_spilled)
        rc = blob_rename_chunks(db, b->temp, b->hash, err);
    if (rc == RC_OK && !has && b->chunk.n > 0)
        rc = blob_put_chunk(db, b->hash, b->n_chunks, buf_view(&b->chunk), err);
    if (rc == RC_OK && !has)
        rc = blob_put(db, b->hash, b->total, now_of(b->ws), err);
    if (rc == RC_OK && b->is_spilled)
        rc = blob_drop_row(db, b->temp, err);
    return rc;
}

static enum rc drop_run(struct db *db, void *arg, struct arena *a,
                        struct err *err)
{
    (void)a;
    return blob_drop(db, arg, err);
}

/* `kept`: the bytes have their name; else what was spilled goes again. */
static void blob_end(struct blob *b, bool kept)
{
    struct db_job job = {.run = drop_run, .arg = b->temp};

    buf_release(&b->chunk);
    if (b->is_spilled && !kept &&
        db_write(b->ws->store, &job, b->a, NULL) != RC_OK)
        return; /* the sweep finds it */
}

/* --- the record ----------------------------------------------------------------------- */

static struct principal platform(int64_t user, enum source source)
{
    struct principal who = principal_system(source);

    who.user = user; /* whose upload it is */
    return who;
}

static bool set_fact(struct record_item *item, const char *name, struct value v)
{
    const struct field *f = entity_field(item->entity, str_c(name));

    return f != NULL && record_set(item, f, v);
}

/* A file's record on its way. */
struct file {
    struct blob *b;
    const struct principal *who;
    struct str name, type;
    struct record_batch batch;
    int64_t id, txn; /* out */
    /* Rows of the caller, in the same transaction; or NULL. */
    enum rc (*in_tx)(void *arg, struct db *db, int64_t id, int64_t txn,
                     struct err *err);
    void *in_tx_arg;
};

static enum rc file_in_tx(void *arg, struct db *db, int64_t txn,
                          struct err *err)
{
    struct file *f = arg;
    enum rc rc = blob_keep(f->b, db, err);

    return rc == RC_OK && f->in_tx != NULL
               ? f->in_tx(f->in_tx_arg, db, f->batch.items[0].id, txn, err)
               : rc;
}

/* b->hash is known. */
static enum rc file_save(struct file *f, struct issues *issues, struct err *err)
{
    struct blob *b = f->b;
    struct record_ctx ctx = workspace_record_ctx(b->ws, f->who);
    const struct model *m = model_slot_ref(b->ws->slot);
    const struct entity *e =
        m != NULL ? model_entity(m, STR("sys:file")) : NULL;
    struct record_result result = {0};
    struct record_item *item;
    enum rc rc = RC_OK;

    record_batch_init(&f->batch, b->a);
    item = e != NULL ? record_add(&f->batch, m, RECORD_CREATE, e, 0) : NULL;
    if (item == NULL || !set_fact(item, "name", value_text(f->name)) ||
        !set_fact(item, "type", value_text(f->type)) ||
        !set_fact(item, "size", value_int(b->total)) ||
        !set_fact(item, "sha256",
                  value_text(crypto_hex(b->a, b->hash, sizeof b->hash))))
        rc = FAIL(err, RC_BUG, "A file cannot be described by sys:file.");
    ctx.in_tx = file_in_tx;
    ctx.in_tx_arg = f;
    if (rc == RC_OK)
        rc = record_save(&ctx, m, &f->batch, issues, &result, err);
    if (rc == RC_OK) {
        f->id = f->batch.items[0].id;
        f->txn = result.txn;
    }
    model_unref(m);
    return rc;
}

enum rc file_store(const struct workspace *ws, int64_t user, struct str name,
                   struct str type, struct str bytes, struct arena *a,
                   int64_t *id, struct err *err)
{
    struct principal who = platform(user, SOURCE_IMPORT);
    struct issues issues;
    struct blob b;
    struct file f = {.b = &b, .who = &who, .name = name, .type = type};
    enum rc rc = blob_begin(&b, ws, a, err);

    issues_init(&issues, a);
    if (rc == RC_OK)
        rc = blob_add(&b, bytes, err);
    if (rc == RC_OK) {
        sha256_end(b.sha, b.hash);
        rc = file_save(&f, &issues, err);
    }
    if (rc == RC_OK)
        *id = f.id;
    blob_end(&b, rc == RC_OK);
    return rc;
}

/* --- POST /api/v1/files ------------------------------------------------------------------------ */

static enum rc bind_name(struct call *c, struct str *name)
{
    size_t i;

    *name = str_trim(call_param(c, "name"));
    if (name->n == 0)
        return call_reject(c, "name", "required",
                           "\"name\" is the file's name, e.g. name=a.pdf.");
    if (name->n > NAME_BYTES)
        return call_reject(c, "name", "too_long",
                           "A file's name has at most %d bytes.", NAME_BYTES);
    for (i = 0; i < name->n; i++) {
        unsigned char ch = (unsigned char)name->p[i];

        if (ch < 0x20 || ch == 0x7f || ch == '/' || ch == '\\')
            return call_reject(c, "name", "invalid_name",
                               "A file's name has no slash, backslash or "
                               "control character.");
    }
    return RC_OK;
}

static bool is_type_char(char ch)
{
    return (ch >= 'a' && ch <= 'z') || (ch >= '0' && ch <= '9') || ch == '.' ||
           ch == '+' || ch == '-';
}

static enum rc bind_type(struct call *c, struct str name, struct str *type)
{
    struct str given = call_param(c, "type"), rest;
    size_t i, slashes = 0;

    if (given.p == NULL) {
        rest = http_content_type(str_lower_ascii(c->a, name));
        *type = STR("application/octet-stream");
        (void)str_split(&rest, ';', type);
        return RC_OK;
    }
    for (i = 0; i < given.n; i++) {
        if (given.p[i] == '/' && i > 0 && i + 1 < given.n)
            slashes++;
        else if (!is_type_char(given.p[i]))
            slashes = 2;
    }
    if (slashes != 1 || given.n > TYPE_BYTES)
        return call_reject(c, "type", "invalid_type",
                           "\"type\" is a media type such as "
                           "application/pdf.");
    *type = given;
    return RC_OK;
}

struct upload {
    struct call *c;
    struct file *file;
    struct idem idem;
};

static enum rc upload_answer(struct upload *u, int64_t id, int64_t txn)
{
    struct call *c = u->c;

    http_response_reset(c->res);
    json_w_init(&c->w, &c->res->body);
    http_header_add(c->res, "Location", answer_address(c, NULL, "files", id));
    answer_id_header(c, "Perigee-Txn", txn);
    json_obj_begin(&c->w);
    json_kv_id(&c->w, "id", id);
    json_kv(&c->w, "name", u->file->name);
    json_kv_i64(&c->w, "size", u->file->b->total);
    json_kv(&c->w, "type", u->file->type);
    json_obj_end(&c->w);
    return answer_json(c, 201);
}

static enum rc upload_in_tx(void *arg, struct db *db, int64_t id, int64_t txn,
                            struct err *err)
{
    struct upload *u = arg;
    enum rc rc = upload_answer(u, id, txn);

    return rc == RC_OK ? idem_store(&u->idem, db, err) : rc;
}

/* The bytes are in: the same ones under the same key were answered already. */
static enum rc upload_end(struct upload *u, bool *saved)
{
    struct call *c = u->c;
    struct file *f = u->file;
    bool answered = false;
    enum rc rc;

    sha256_end(f->b->sha, f->b->hash);
    rc =
        idem_look(&u->idem, str_of((const char *)f->b->hash, sizeof f->b->hash),
                  &answered);
    if (rc != RC_OK || answered)
        return rc;
    if (u->idem.key.n > 0) {
        f->in_tx = upload_in_tx;
        f->in_tx_arg = u;
    }
    rc = file_save(f, &c->issues, &c->err);
    *saved = rc == RC_OK;
    if (rc != RC_OK) {
        (void)idem_lost(&u->idem, &rc);
        return rc;
    }
    return u->idem.was_stored ? RC_OK : upload_answer(u, f->id, f->txn);
}

enum rc run_upload(struct call *c)
{
    struct principal who = platform(c->auth.who.user, c->auth.who.source);
    struct blob b;
    struct file f = {.b = &b, .who = &who};
    struct upload u = {.c = c, .file = &f};
    bool saved = false;
    enum rc rc = bind_name(c, &f.name);

    if (bind_type(c, f.name, &f.type) != RC_OK)
        rc = RC_INVALID;
    if (rc == RC_OK)
        rc = idem_claim(c, &u.idem);
    if (rc != RC_OK)
        return rc;
    rc = blob_begin(&b, c->ws, c->a, &c->err);
    if (rc == RC_OK)
        rc =
            http_body_stream(c->req, LIMIT_UPLOAD_BYTES, blob_add, &b, &c->err);
    if (rc == RC_OK)
        rc = upload_end(&u, &saved);
    blob_end(&b, saved);
    idem_end(&u.idem);
    return rc;
}
