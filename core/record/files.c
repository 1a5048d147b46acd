/*
 * files - what hangs on a record. An uploaded file is its uploader's until a
 * field takes it; from then on it belongs to that record, and who may read the
 * record may read the bytes. So nobody else's file can be taken by naming it.
 *
 * The file's row is told in the save that takes it (ent, rec, field): that is
 * bookkeeping, no change of the file, so it has no revision and no journal row.
 */
#include "record/pipe.h"

static bool is_file(const struct field *f)
{
    return strcmp(f->type->name, "file") == 0;
}

static int64_t fact(const struct row *r, const char *name)
{
    const struct field *f = entity_field(r->e, str_c(name));

    return f && r->v[f->index].kind != V_NULL ? r->v[f->index].u.i : 0;
}

/* May this record take it, or has it already? */
enum rc files_may_take(struct save *s, const struct work *w,
                       const struct field *f, int64_t id, bool *may,
                       struct err *err)
{
    const struct row *r = NULL;
    enum rc rc;

    *may = true;
    if (!is_file(f) || s->trusted)
        return RC_OK;
    rc =
        rows_live(s, value_target(s->m, f, &w->item->v[f->index]), id, &r, err);
    if (rc != RC_OK || !r)
        return rc;
    if (fact(r, "rec"))
        *may = fact(r, "rec") == w->item->id &&
               fact(r, "ent") == w->item->entity->number;
    else
        *may = s->who->is_admin || fact(r, "created_by") == s->who->user;
    return RC_OK;
}

static struct str fact_text(const struct row *r, const char *name)
{
    const struct field *f = entity_field(r->e, str_c(name));

    return f && r->v[f->index].kind == V_TEXT ? r->v[f->index].u.s : STR_NONE;
}

/* Each word exactly, or with a star behind the slash its kind. */
static bool accepts(struct str accept, struct str type)
{
    struct str word;

    while (str_word(&accept, &word)) {
        if (str_eq(word, type) || str_is(word, "*/*"))
            return true;
        if (word.n > 2 && str_is(str_sub(word, word.n - 2, word.n), "/*") &&
            str_starts(type, str_sub(word, 0, word.n - 1)))
            return true;
    }
    return false;
}

/* The type is what the uploader said it is: for order, not for safety. */
enum rc files_fit(struct save *s, struct work *w, const struct field *f,
                  int64_t id, struct err *err)
{
    const struct row *r = NULL;
    struct str type;
    enum rc rc;

    if (!is_file(f) || (!f->accept.n && f->max_size == 0))
        return RC_OK;
    rc =
        rows_live(s, value_target(s->m, f, &w->item->v[f->index]), id, &r, err);
    if (rc != RC_OK || !r)
        return rc;
    type = fact_text(r, "type");
    if (f->max_size > 0 && fact(r, "size") > f->max_size)
        item_fail(s, w, RC_INVALID, "", f, "too_large",
                  "This file has %lld bytes; \"%.*s\" takes at most %lld.",
                  (long long)fact(r, "size"), STR_ARG(f->label.base),
                  (long long)f->max_size);
    if (f->accept.n && !accepts(f->accept, type))
        item_fail(s, w, RC_INVALID, "", f, "wrong_file_type",
                  "\"%.*s\" takes files of the type %.*s; this one is %.*s.",
                  STR_ARG(f->label.base), STR_ARG(f->accept),
                  STR_ARG(type.n ? type : STR("of none")));
    return RC_OK;
}

static enum rc take(struct save *s, const struct work *w,
                    const struct entity *files, const struct field *f,
                    struct err *err)
{
    struct db_stmt *st = NULL;
    struct sqlb q;
    enum rc rc;

    sqlb_init(&q, db_dialect(s->ctx->store), s->arena);
    sqlb_lit(&q, "UPDATE ");
    sqlb_ident(&q, files->table);
    sqlb_lit(&q, " SET ");
    sqlb_ident(&q, entity_field(files, STR("ent"))->col.main);
    sqlb_lit(&q, " = ");
    sqlb_bind_i64(&q, w->item->entity->number);
    sqlb_lit(&q, ", ");
    sqlb_ident(&q, entity_field(files, STR("rec"))->col.main);
    sqlb_lit(&q, " = ");
    sqlb_bind_i64(&q, w->item->id);
    sqlb_lit(&q, ", ");
    sqlb_ident(&q, entity_field(files, STR("field"))->col.main);
    sqlb_lit(&q, " = ");
    sqlb_bind_str(&q, f->name);
    sqlb_lit(&q, " WHERE ");
    sqlb_ident(&q, IDENT("id"));
    sqlb_lit(&q, " = ");
    sqlb_bind_i64(&q, w->item->v[f->index].u.i);
    rc = sqlb_prepare(&q, s->db, NULL, &st, err);
    if (rc == RC_OK)
        rc = db_step_done(st, err);
    db_stmt_release(st);
    sqlb_release(&q);
    return rc;
}

enum rc files_take(struct save *s, const struct work *w, struct err *err)
{
    const struct entity *e = w->item->entity, *files;
    size_t i;
    enum rc rc = RC_OK;

    for (i = e->n_system; rc == RC_OK && i < e->n_fields; i++) {
        const struct field *f = e->fields[i];
        const struct value *v = &w->item->v[f->index];

        if (!is_file(f) || v->kind == V_NULL ||
            !field_set_has(&w->item->changed, (int)i))
            continue;
        files = value_target(s->m, f, v);
        if (files)
            rc = take(s, w, files, f, err);
    }
    return rc;
}
