/*
 * export_names - see export.h. A name that two records share is no name. The
 * import key names them, or, where some have none, the title if all have one:
 * people without an e-mail address still have a name.
 */
#include "package/export.h"

#include "base/utf8.h"
#include "model/field/field.h"

struct named {
    struct str text;
    bool is_shared;
};

static bool can_name(const struct field *f)
{
    return f && !(f->type->traits & (FIELD_POINTS | FIELD_HAS_SIDE)) &&
           !(f->flags & FIELD_SYSTEM);
}

struct reading {
    struct exporting *x;
    struct called *called;
};

static struct str id_key(struct arena *a, int64_t id)
{
    return str_copy(a, str_of((const char *)&id, sizeof id));
}

static enum rc read_name(void *arg, const struct query_row *row,
                         struct err *err)
{
    struct reading *r = arg;
    struct arena *a = r->called->by_id.arena;
    struct named *one = ARENA_NEW(a, struct named), *other;
    struct str folded = STR_NONE, text = STR_NONE;
    struct buf b;
    enum rc rc;

    if (row->v[0].kind == V_NULL) {
        r->called->each_has_one = false;
        return RC_OK;
    }
    buf_init(&b, 1 << 20);
    r->called->key->type->write_text(r->x->q.model, r->called->key, &row->v[0],
                                     &b);
    rc = buf_finish(&b, a, &text, err);
    buf_release(&b);
    if (rc == RC_OK)
        rc = utf8_fold(text, 0, a, &folded, err);
    if (rc != RC_OK || !one)
        return rc == RC_OK ? export_no_memory(err) : rc;
    one->text = text;
    other = map_find(&r->called->by_key, folded);
    if (other) {
        one->is_shared = other->is_shared = true;
        r->called->each_has_one = false;
    } else if (!map_put(&r->called->by_key, folded, one)) {
        return export_no_memory(err);
    }
    folded = id_key(a, row->id);
    return folded.p && map_put(&r->called->by_id, folded, one)
               ? RC_OK
               : export_no_memory(err);
}

/* All records by `key`; NULL: by nothing. */
static enum rc read_names(struct exporting *x, struct called *c,
                          const struct field *key, struct err *err)
{
    struct query_spec spec = {.entity = c->entity};
    struct reading r = {x, c};
    /* the rows' own memory is rewound after each: names live beside it */
    struct arena *names = x->called.arena;

    c->key = can_name(key) ? key : NULL;
    c->each_has_one = c->key != NULL;
    map_init(&c->by_id, names);
    map_init(&c->by_key, names);
    if (!c->key)
        return RC_OK;
    spec.fields = c->key->name;
    return query_each(&x->q, &spec, read_name, &r, err);
}

enum rc export_called(struct exporting *x, const struct entity *e,
                      struct called **out, struct err *err)
{
    const struct field *first = e->import_key ? e->import_key : e->title_field;
    struct called *c = map_find(&x->called, e->qname);
    enum rc rc;

    if (c) {
        *out = c;
        return RC_OK;
    }
    c = ARENA_NEW(x->called.arena, struct called);
    if (!c || !map_put(&x->called, e->qname, c))
        return export_no_memory(err);
    c->entity = e;
    rc = read_names(x, c, first, err);
    if (rc == RC_OK && !c->each_has_one && can_name(e->title_field) &&
        e->title_field != first) {
        rc = read_names(x, c, e->title_field, err);
        if (rc == RC_OK && !c->each_has_one) /* no better: as a seed would */
            rc = read_names(x, c, first, err);
    }
    c->is_usual = c->key == first;
    if (rc == RC_OK)
        *out = c;
    return rc;
}

struct str export_name(const struct called *c, int64_t id)
{
    const struct named *one =
        map_find(&c->by_id, str_of((const char *)&id, sizeof id));

    return one && !one->is_shared ? one->text : STR_NONE;
}
