/*
 * model - see the header.
 *
 * A model lives in the arena it owns: the arena's own struct and the count of
 * references are its first allocation, so that nothing but the arena is ever
 * freed.
 */
#include "model/model.h"

#include <assert.h>
#include <stdatomic.h>

/* Sources of all packages, seeds included, are most of it. */
enum { MODEL_MAX_BYTES = 512 << 20 };

struct model_life {
    struct arena arena;
    atomic_int refs;
};

struct model *model_new(void)
{
    struct arena a;
    struct model_life *life;
    struct model *m;

    arena_init(&a, MODEL_MAX_BYTES);
    life = ARENA_NEW(&a, struct model_life);
    m = life ? ARENA_NEW(&a, struct model) : NULL;
    if (!m) {
        arena_release(&a);
        return NULL;
    }
    life->arena = a;
    atomic_init(&life->refs, 1);
    m->life = life;
    m->arena = &life->arena;
    map_init(&m->by_qname, m->arena);
    return m;
}

void model_ref(const struct model *m)
{
    atomic_fetch_add_explicit(&m->life->refs, 1, memory_order_relaxed);
}

void model_unref(const struct model *m)
{
    struct arena a;
    int before;

    if (!m)
        return;
    before = atomic_fetch_sub_explicit(&m->life->refs, 1, memory_order_acq_rel);
    assert(before > 0);
    if (before > 1)
        return;
    a = m->life->arena; /* the struct lies in what is about to go */
    arena_release(&a);
}

const struct entity *model_entity(const struct model *m, struct str qname)
{
    return map_find(&m->by_qname, qname);
}

const struct entity *model_entity_in(const struct model *m, struct str package,
                                     struct str name)
{
    char key[128];

    if (package.n + 1 + name.n > sizeof key)
        return NULL;
    memcpy(key, package.p, package.n);
    key[package.n] = ':';
    memcpy(key + package.n + 1, name.p, name.n);
    return map_find(&m->by_qname, str_of(key, package.n + 1 + name.n));
}

const struct entity *model_entity_no(const struct model *m, int number)
{
    if (number < 0 || (size_t)number >= m->n_numbers)
        return NULL;
    return m->by_number[number];
}

const struct field *entity_field(const struct entity *e, struct str name)
{
    return map_find(&e->by_name, name);
}

struct str field_stored_name(const struct field *f)
{
    struct str s = f->col.main.s;

    /* an anyref's is regarding__id */
    return f->col.ent.s.n && str_ends(s, STR("__id")) ? str_sub(s, 0, s.n - 4)
                                                      : s;
}

const struct field *entity_stored_field(const struct entity *e,
                                        struct str stored)
{
    size_t i;

    for (i = 0; i < e->n_fields; i++)
        if (str_eq(field_stored_name(e->fields[i]), stored))
            return e->fields[i];
    return NULL;
}

const struct collection *entity_collection(const struct entity *e,
                                           struct str name)
{
    size_t i;

    for (i = 0; i < e->n_collections; i++)
        if (str_eq(e->collections[i]->name, name))
            return e->collections[i];
    return NULL;
}

const struct option *field_option(const struct field *f, struct str code)
{
    size_t i;

    for (i = 0; i < f->n_options; i++)
        if (str_eq(f->options[i]->code, code))
            return f->options[i];
    return NULL;
}

const struct view *entity_view(const struct model *m, const struct entity *e,
                               struct str name)
{
    size_t i;

    for (i = 0; i < m->n_views; i++)
        if (m->views[i]->entity == e && str_eq(m->views[i]->name, name))
            return m->views[i];
    return NULL;
}

struct str entity_suggest(const struct entity *e, struct str wrong)
{
    return str_nearest(wrong, e->member_names, e->n_member_names);
}

static bool same_lang(struct str a, struct str b)
{
    size_t i;

    if (a.n != b.n)
        return false;
    for (i = 0; i < a.n; i++)
        if ((a.p[i] | 0x20) != (b.p[i] | 0x20))
            return false;
    return true;
}

int model_lang(const struct model *m, struct str tag)
{
    ptrdiff_t dash;
    size_t i;

    for (i = 0; i < m->n_langs; i++)
        if (same_lang(m->langs[i], tag))
            return (int)i;
    dash = str_chr(tag, '-');
    return dash > 0 ? model_lang(m, str_sub(tag, 0, (size_t)dash)) : -1;
}

struct str text_in(const struct text *t, int lang)
{
    if (lang >= 0 && t->tr && t->tr[lang].n)
        return t->tr[lang];
    return t->base;
}
