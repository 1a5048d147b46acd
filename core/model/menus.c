/*
 * menus - applications and the lines of their menus.
 *
 * Entities that no menu leads to would be there and not be found: a package
 * none of whose entities stands in a menu gets an application of its own.
 *
 * R301 no such entity   L406 no such view   R302 an application twice
 */
#include "model/build.h"

static void read_item(struct build *b, struct menu_item *item,
                      const struct menu_app *app, struct def *d, size_t n)
{
    struct built *e = build_entity_ref(b, d, "entity", def_value(d, "entity"));
    struct str view = def_value(d, "view");

    if (!e)
        return;
    item->entity = e->entity;
    item->icon = build_copy(b, def_value(d, "icon").n ? def_value(d, "icon")
                                                      : e->entity->icon);
    item->label.base = e->entity->plural.base;
    if (!def_value(d, "label").n)
        build_text_of(b, &item->label, e->entity->qname, STR("plural"));
    else
        build_label(b, d, "label", STR(""), &item->label, NULL,
                    "app.%.*s.item.%zu", STR_ARG(app->name), n);
    if (!view.n)
        return;
    item->view = entity_view(b->m, e->entity, view);
    if (!item->view)
        build_say_word(b, d, "view", view, "L406",
                       build_nearest_view(b, e->entity, view),
                       "%.*s has no view \"%.*s\"", STR_ARG(e->entity->name),
                       STR_ARG(view));
}

static size_t count_items(const struct def *app)
{
    size_t n = def_count(app, "item");

    DEF_EACH (g, app, "group")
        n += def_count(g, "item");
    return n;
}

static void read_group(struct build *b, struct menu_app *app, struct def *g,
                       size_t *n)
{
    struct str label = def_value(g, "label");

    DEF_EACH (c, g, "item") {
        struct menu_item *item = &app->items[*n];

        item->group = build_copy(b, label);
        build_label(b, g, "label", STR(""), &item->group_label, NULL,
                    "app.%.*s.group.%.*s", STR_ARG(app->name), STR_ARG(label));
        read_item(b, item, app, c, (*n)++);
    }
}

static void read_app(struct build *b, struct def *d)
{
    struct menu_app *app = BUILD_NEW(b, struct menu_app);
    struct def *c;
    size_t n = 0, i;

    if (!app)
        return;
    app->package = d->package->id;
    app->name = build_copy(b, def_value(d, "name"));
    app->icon = build_copy(b, def_value(d, "icon"));
    build_label(b, d, "label", build_humanise(b, app->name), &app->label, NULL,
                "app.%.*s", STR_ARG(app->name));
    for (i = 0; i < b->apps.n; i++)
        if (str_eq(b->apps.v[i]->package, app->package) &&
            str_eq(b->apps.v[i]->name, app->name))
            build_error(b, d, "name", "R302",
                        "application \"%.*s\" is there twice; give one "
                        "another name",
                        STR_ARG(app->name));
    app->items = BUILD_ARRAY(b, struct menu_item, count_items(d));
    if (!app->items)
        return;
    for (c = d->first; c; c = c->next)
        if (str_is(c->name, "item"))
            read_item(b, &app->items[n], app, c, n), n++;
        else if (str_is(c->name, "group"))
            read_group(b, app, c, &n);
    app->n_items = n;
    BUILD_PUSH(b, &b->apps, app);
}

/* --- without a word of the author ------------------------------------------ */

/* Lines of a document are reached through it. */
static bool is_part(const struct entity *e)
{
    size_t i;

    for (i = 0; i < e->n_fields; i++)
        if ((e->fields[i]->flags & FIELD_REQUIRED) &&
            e->fields[i]->on_delete == ON_DELETE_CASCADE)
            return true;
    return false;
}

static bool has_line(const struct build *b, const struct entity *e)
{
    size_t i, k;

    for (i = 0; i < b->apps.n; i++)
        for (k = 0; k < b->apps.v[i]->n_items; k++)
            if (b->apps.v[i]->items[k].entity == e)
                return true;
    return false;
}

/* Its entities that a menu would list; 0 when one of them is in a menu. */
static size_t count_lost(const struct build *b, const struct package *p)
{
    size_t n = 0, i;

    for (i = 0; i < b->entities.n; i++) {
        const struct entity *e = b->entities.v[i]->entity;

        if (!str_eq(e->package, p->id) || e->is_link || e->is_platform)
            continue;
        if (has_line(b, e))
            return 0;
        n += !is_part(e);
    }
    return n;
}

static void own_app(struct build *b, const struct package *p)
{
    size_t n = count_lost(b, p), i;
    struct menu_app *app = n ? BUILD_NEW(b, struct menu_app) : NULL;

    if (!app)
        return;
    *app = (struct menu_app){
        .package = p->id, .name = STR("main"), .icon = p->icon};
    app->label.base = p->label.base;
    build_text_of(b, &app->label, p->id, STR("package.label"));
    app->items = BUILD_ARRAY(b, struct menu_item, n);
    for (i = 0; app->items && i < b->entities.n; i++) {
        const struct entity *e = b->entities.v[i]->entity;

        struct menu_item *item;

        if (!str_eq(e->package, p->id) || e->is_link || is_part(e))
            continue;
        item = &app->items[app->n_items++];
        *item = (struct menu_item){.entity = e, .icon = e->icon};
        item->label.base = e->plural.base;
        build_text_of(b, &item->label, e->qname, STR("plural"));
    }
    BUILD_PUSH(b, &b->apps, app);
}

void build_menus(struct build *b)
{
    size_t i;

    for (i = 0; i < b->defs_menus.n; i++)
        DEF_EACH (d, b->defs_menus.v[i], "app")
            read_app(b, d);
    for (i = 0; i < b->m->n_packages; i++)
        if (!b->m->packages[i]->is_archived)
            own_app(b, b->m->packages[i]);
    b->m->apps = BUILD_KEEP(b, &b->apps);
    b->m->n_apps = b->m->apps ? b->apps.n : 0;
}
