/*
 * seed_cells - cells of a seed that no import reads. See seed.h.
 *
 *   file     a file of the package: its path, or path, media type and name
 *            with a space between: "files/3f2a.pdf application/pdf Offer 7.pdf"
 *   anyref   "crm:account/Acme": entity and what its record is called
 *   user     an e-mail address, or what the map says a user is found by; who is
 *            not here is left out, for people differ from one to another
 */
#include "package/seed.h"

#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "record/blob.h"

static bool is_file(const struct field *f)
{
    return strcmp(f->type->name, "file") == 0;
}

static bool is_anyref(const struct field *f)
{
    return strcmp(f->type->name, "anyref") == 0;
}

static bool is_user(const struct planting *p, const struct field *f)
{
    return f->n_targets == 1 && f->targets[0] == p->m->user &&
           !(f->flags & FIELD_REQUIRED);
}

bool seed_is_special(const struct planting *p, const struct field *f)
{
    return is_file(f) || is_anyref(f) || is_user(p, f);
}

/* --- files ------------------------------------------------------------------ */

static struct str type_of(struct str path)
{
    static const struct {
        const char *end, *type;
    } TYPES[] = {{".png", "image/png"},        {".jpg", "image/jpeg"},
                 {".jpeg", "image/jpeg"},      {".gif", "image/gif"},
                 {".webp", "image/webp"},      {".pdf", "application/pdf"},
                 {".txt", "text/plain"},       {".csv", "text/csv"},
                 {".json", "application/json"}};

    for (size_t i = 0; i < sizeof TYPES / sizeof TYPES[0]; i++) {
        if (str_ends(path, str_c(TYPES[i].end)))
            return str_c(TYPES[i].type);
    }
    return STR("application/octet-stream");
}

struct packed {
    struct str bytes, type, name;
    uint8_t hash[SHA256_BYTES];
    int64_t now_ms;
};

/* bytes.p NULL: the package has no such file. */
static struct packed unpack(struct planting *p, struct str package,
                            struct str cell)
{
    struct str rest = cell, path = cell, slashed;
    struct packed out = {.bytes = seed_file(p->m, package, cell)};

    out.type = type_of(cell);
    if (!out.bytes.p && str_split(&rest, ' ', &path)) {
        out.bytes = seed_file(p->m, package, path);
        out.type = type_of(path);
        if (rest.n)
            (void)str_split(&rest, ' ', &out.type);
        out.name = rest;
    }
    if (!out.name.n) {
        slashed = path;
        while (str_split(&slashed, '/', &out.name))
            continue;
    }
    return out;
}

static enum rc keep_bytes(void *arg, struct db *db, int64_t txn,
                          struct err *err)
{
    const struct packed *f = arg;

    (void)txn;
    return blob_put_all(db, f->hash, f->bytes, f->now_ms, err);
}

static bool set_fact(struct record_item *item, const char *name, struct value v)
{
    const struct field *f = entity_field(item->entity, str_c(name));

    return f && record_set(item, f, v);
}

enum rc seed_take_file(struct planting *p, struct str package, struct str cell,
                       struct value *out, struct err *err)
{
    struct packed f = unpack(p, package, str_trim(cell));
    const struct entity *e = model_entity(p->m, STR("sys:file"));
    struct record_ctx ctx = p->ctx;
    struct record_result result;
    struct record_batch batch;
    struct record_item *item;
    enum rc rc;

    *out = VALUE_NULL;
    if (!f.bytes.p || !e)
        return RC_OK;
    sha256(f.bytes, f.hash);
    f.now_ms = p->ws->clock->now_ms(p->ws->clock->arg);
    record_batch_init(&batch, p->arena);
    item = record_add(&batch, p->m, RECORD_CREATE, e, 0);
    if (!item || !set_fact(item, "name", value_text(f.name)) ||
        !set_fact(item, "type", value_text(f.type)) ||
        !set_fact(item, "size", value_int((int64_t)f.bytes.n)) ||
        !set_fact(item, "sha256",
                  value_text(crypto_hex(p->arena, f.hash, sizeof f.hash))))
        return seed_no_memory(err);
    ctx.in_tx = keep_bytes;
    ctx.in_tx_arg = &f;
    rc = record_save(&ctx, p->m, &batch, p->issues, &result, err);
    if (rc == RC_OK)
        *out = value_ref(batch.items[0].id);
    return rc;
}

/* --- records by name ----------------------------------------------------------- */

/* The one whose `key` is this; *id 0: none, -1: not one alone. */
static enum rc find_called(struct planting *p, const struct entity *e,
                           const struct field *key, struct str name,
                           int64_t *id, struct err *err)
{
    struct issues issues, *before = p->issues;
    struct field_in in;
    struct value v = VALUE_NULL;
    enum rc rc = RC_OK;

    *id = 0;
    if (!key)
        return RC_OK;
    issues_init(&issues, p->arena); /* the import says what does not fit */
    p->issues = &issues;
    in = seed_in(p);
    rc = key->type->parse_text(&in, key, name, &v);
    if (rc == RC_OK && v.kind != V_NULL)
        rc = key->type->validate(&in, key, &v);
    if (rc == RC_OK && v.kind != V_NULL)
        rc = seed_find_now(p, e, key, &v, id, err);
    p->issues = before;
    if (rc == RC_INVALID || rc == RC_CONFLICT) {
        err_clear(err);
        *id = rc == RC_CONFLICT ? -1 : 0;
        rc = RC_OK;
    }
    return rc;
}

static enum rc any_cell(struct planting *p, struct str cell, struct str *out,
                        struct err *err)
{
    ptrdiff_t slash = str_chr(cell, '/');
    const struct entity *e =
        slash > 0 ? model_entity(p->m, str_sub(cell, 0, (size_t)slash)) : NULL;
    char text[ID_TEXT_BYTES + 1];
    int64_t id = 0;
    enum rc rc;

    if (!e)
        return RC_OK;
    rc = find_called(p, e, seed_key_of(e),
                     str_sub(cell, (size_t)slash + 1, cell.n), &id, err);
    if (rc != RC_OK || id <= 0)
        return rc;
    id_format(id, text);
    *out = str_fmt(p->arena, "%.*s/%s", STR_ARG(e->qname), text);
    return out->p ? RC_OK : seed_no_memory(err);
}

static enum rc user_cell(struct planting *p, const struct field *f,
                         const struct field *by, struct str cell,
                         struct str *out, struct err *err)
{
    int64_t id = 0;
    enum rc rc = id_parse(cell, &id)
                     ? RC_OK
                     : find_called(p, f->targets[0], by, cell, &id, err);

    if (rc != RC_OK || id != 0)
        return rc;
    log_info("package.seed.nobody", KV("entity", f->entity->qname),
             KV("field", f->name));
    *out = STR("");
    return RC_OK;
}

static enum rc file_cell(struct planting *p, struct str package,
                         struct str cell, struct str *out, struct err *err)
{
    struct value v = VALUE_NULL;
    char text[ID_TEXT_BYTES + 1];
    enum rc rc = seed_take_file(p, package, cell, &v, err);

    if (rc != RC_OK || v.kind == V_NULL)
        return rc;
    id_format(v.u.i, text);
    *out = str_copy(p->arena, str_c(text));
    return out->p ? RC_OK : seed_no_memory(err);
}

enum rc seed_cell(struct planting *p, struct str package, const struct field *f,
                  struct str by, struct str cell, struct str *out,
                  struct err *err)
{
    const struct field *key;

    cell = str_trim(csv_unsafe(cell));
    if (!cell.n)
        return RC_OK;
    if (is_file(f))
        return file_cell(p, package, cell, out, err);
    if (is_anyref(f))
        return any_cell(p, cell, out, err);
    key = by.n ? entity_field(f->targets[0], by) : seed_key_of(f->targets[0]);
    return user_cell(p, f, key, cell, out, err);
}
