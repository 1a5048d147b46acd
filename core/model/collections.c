/*
 * collections - the records that point at one: written as <collection>, named by
 * inverse="", or called by the child's name and an s.
 *
 * R302 a name that is taken   R306 a field that does not point here
 */
#include "model/build.h"

#include <stdlib.h>

static bool points_to(const struct field *f, const struct entity *e)
{
    size_t i;

    for (i = 0; i < f->n_targets; i++)
        if (f->targets[i] == e)
            return true;
    return false;
}

/* Fields whose record a collection can follow back. */
static bool is_reference(const struct field *f)
{
    return (f->type->traits & FIELD_POINTS) && !(f->flags & FIELD_SYSTEM) &&
           f->n_targets > 0;
}

static struct collection *find_by(const struct built *owner,
                                  const struct field *by)
{
    size_t i;

    for (i = 0; i < owner->collections.n; i++)
        if (owner->collections.v[i]->by == by)
            return owner->collections.v[i];
    return NULL;
}

static struct collection *push(struct build *b, struct built *owner,
                               struct str name, const struct field *by,
                               bool is_labelled)
{
    struct collection *c = BUILD_NEW(b, struct collection);

    if (!c)
        return NULL;
    c->name = build_copy(b, name);
    c->entity = owner->entity;
    c->child = by->entity;
    c->by = by;
    c->label.base = by->entity->plural.base;
    if (!is_labelled)
        build_text_of(b, &c->label, by->entity->qname, STR("plural"));
    if (!BUILD_PUSH(b, &owner->collections, c))
        return NULL;
    build_map_put(b, &owner->members, c->name, c);
    return c;
}

static void written(struct build *b, struct built *owner, struct def *d)
{
    struct str name = def_value(d, "name"), order = def_value(d, "order");
    struct built *child = build_entity_ref(b, d, "of", def_value(d, "of"));
    const struct field *by;
    struct collection *c;

    if (!child)
        return;
    by = build_field_ref(b, d, "by", def_value(d, "by"), child->entity, "R306");
    if (!by)
        return;
    if (!points_to(by, owner->entity)) {
        build_error(b, d, "by", "R306",
                    "%.*s.%.*s does not point to %.*s; name a ref field that "
                    "does",
                    STR_ARG(child->entity->name), STR_ARG(by->name),
                    STR_ARG(owner->entity->name));
        return;
    }
    if (map_find(&owner->members, name)) {
        build_error(b, d, "name", "R302",
                    "%.*s has \"%.*s\" already; choose another name",
                    STR_ARG(owner->entity->name), STR_ARG(name));
        return;
    }
    c = push(b, owner, name, by, def_value(d, "label").n > 0);
    if (!c)
        return;
    c->inline_rows = def_bool(d, "inline", false);
    if (order.n)
        c->order = build_field_ref(b, d, "order", order, child->entity, "R306");
    build_label(b, d, "label", c->label.base, &c->label, owner->entity,
                "collection.%.*s", STR_ARG(c->name));
}

static struct str generated_name(struct build *b, const struct built *owner,
                                 const struct field *by)
{
    struct str child = by->entity->name, name;
    struct str stem = str_sub(child, 0, child.n - 1);

    if (str_ends(child, STR("y")) && child.n > 1 &&
        !strchr("aeiou", child.p[child.n - 2]))
        child = str_fmt(b->scratch, "%.*sie", STR_ARG(stem));
    name = str_fmt(b->scratch, "%.*ss", STR_ARG(child));
    if (map_find(&owner->members, name))
        name = str_fmt(b->scratch, "%.*s_by_%.*s", STR_ARG(name),
                       STR_ARG(by->name));
    if (!name.p)
        b->nomem = true;
    return name.p && !map_find(&owner->members, name) ? name : STR_NONE;
}

/* The other direction of a ref. Users and files are pointed at by everything:
   only what is named gets a collection there. */
static void inverse(struct build *b, struct built *owner,
                    const struct field *by, const struct def *d)
{
    const char *attr = !by->entity->is_link    ? "inverse"
                       : str_is(by->name, "a") ? "a-name"
                                               : "b-name";
    struct collection *there = find_by(owner, by), *c;
    struct str name = by->inverse;

    if (there || (!name.n && owner->entity->is_platform))
        return;
    if (name.n && map_find(&owner->members, name)) {
        build_error(b, d, attr, "R302",
                    "%.*s has \"%.*s\" already; give this inverse another "
                    "name",
                    STR_ARG(owner->entity->name), STR_ARG(name));
        return;
    }
    if (!name.n)
        name = generated_name(b, owner, by);
    c = name.n ? push(b, owner, name, by, false) : NULL;
    if (c)
        build_text(b, &c->label, owner->entity->qname,
                   build_fmt(b, "collection.%.*s", STR_ARG(c->name)));
}

static void inverses(struct build *b, struct built *child, bool named)
{
    size_t i, k;

    for (i = 0; i < child->fields.n; i++) {
        const struct field *f = child->fields.v[i];

        if (!is_reference(f) || (f->inverse.n > 0) != named)
            continue;
        for (k = 0; k < f->n_targets; k++) {
            struct built *owner = build_find(b, f->targets[k]);

            BUILD_PUSH(b, &owner->incoming, f);
            inverse(b, owner, f, child->field_defs.v[i]);
        }
    }
}

static void finish(struct build *b, struct built *e)
{
    struct str *names;
    size_t i, n = 0;

    e->entity->collections = BUILD_KEEP(b, &e->collections);
    e->entity->n_collections = e->entity->collections ? e->collections.n : 0;
    e->entity->incoming = BUILD_KEEP(b, &e->incoming);
    e->entity->n_incoming = e->entity->incoming ? e->incoming.n : 0;
    names = BUILD_ARRAY(b, struct str, e->fields.n + e->collections.n);
    if (!names)
        return;
    for (i = 0; i < e->fields.n; i++)
        names[n++] = e->fields.v[i]->name;
    for (i = 0; i < e->collections.n; i++)
        names[n++] = e->collections.v[i]->name;
    e->entity->member_names = names;
    e->entity->n_member_names = n;
}

void build_collections(struct build *b)
{
    size_t i;

    for (i = 0; i < b->entities.n; i++)
        DEF_EACH (d, b->entities.v[i]->def, "collection")
            written(b, b->entities.v[i], d);
    for (i = 0; i < b->entities.n; i++)
        inverses(b, b->entities.v[i], true);
    for (i = 0; i < b->entities.n; i++) /* never in the way of a named one */
        inverses(b, b->entities.v[i], false);
    for (i = 0; i < b->entities.n; i++)
        finish(b, b->entities.v[i]);
}
