/*
 * edit_menu - acts of menus and of translations.
 */
#include "model/edit_in.h"

#include "base/limits.h"

/* --- menus ------------------------------------------------------------------------ */

struct app {
    struct str name;
    const struct xml_node *found; /* <app> */
};

static bool has_app(void *arg, const struct xml_node *el)
{
    struct app *w = arg;
    const struct xml_node *n;

    if (!str_is(el->name, "menus"))
        return false;
    for (n = xml_first_element(el); n; n = xml_next_element(n))
        if (str_eq(xml_value(n, STR("name"), STR_NONE), w->name))
            w->found = n;
    return w->found != NULL;
}

static bool is_menus(void *arg, const struct xml_node *el)
{
    (void)arg;
    return str_is(el->name, "menus");
}

static enum rc find_app(struct edit_ctx *c, struct str name,
                        struct edit_at *out)
{
    struct app w = {name, NULL};
    enum rc rc = edit_find(c->e, has_app, &w, out, c->err);

    if (rc == RC_OK && out->node)
        out->node = w.found;
    return rc;
}

/* The line of an entity (and a view, when one is named), in groups too. */
static const struct xml_node *find_item(const struct xml_node *app,
                                        struct str qname, struct str view,
                                        struct arena *a)
{
    const struct xml_node *n, *in;

    for (n = xml_first_element(app); n; n = xml_next_element(n)) {
        if (str_is(n->name, "group")) {
            in = find_item(n, qname, view, a);
            if (in)
                return in;
        } else if (str_eq(
                       edit_qualify(a, xml_value(n, STR("entity"), STR_NONE)),
                       qname) &&
                   (!view.n ||
                    str_eq(xml_value(n, STR("view"), STR_NONE), view))) {
            return n;
        }
    }
    return NULL;
}

static enum rc refuse_app(struct edit_ctx *c, struct str app)
{
    const struct model *m = c->e->model;
    size_t i;

    for (i = 0; i < m->n_apps; i++)
        if (str_eq(m->apps[i]->name, app) &&
            !str_is(m->apps[i]->package, "local"))
            return edit_wrong(c, "app", "not_yours",
                              "The menu of \"%.*s\" came with package %.*s and "
                              "is its own; make an application of yours.",
                              STR_ARG(app), STR_ARG(m->apps[i]->package));
    return edit_wrong(c, "app", "not_found",
                      "There is no application \"%.*s\".", STR_ARG(app));
}

/* The app, and the entity's line in it. */
static enum rc locate_item(struct edit_ctx *c, struct edit_at *app,
                           struct edit_at *item)
{
    struct str name = STR_NONE, view = STR_NONE;
    struct edit_home home;
    enum rc rc = edit_need(c, "app", &name);

    if (rc == RC_OK)
        rc = edit_home_of(c, &home);
    if (rc == RC_OK)
        rc = edit_text(c, c->act, "view", &view);
    if (rc == RC_OK)
        rc = find_app(c, name, app);
    if (rc != RC_OK)
        return rc;
    if (!app->node)
        return refuse_app(c, name);
    *item = (struct edit_at){app->file,
                             find_item(app->node, home.qname, view, c->a)};
    if (!item->node)
        return edit_wrong(c, "entity", "not_found",
                          "\"%.*s\" has no line for %.*s.", STR_ARG(name),
                          STR_ARG(home.qname));
    return RC_OK;
}

/* Beside another entity's line, below a heading, or at the end. */
static enum rc put_item(struct edit_ctx *c, struct edit_at app, struct str item)
{
    struct str after = STR_NONE, before = STR_NONE, group = STR_NONE, key;
    const struct xml_node *at = NULL;
    struct str wrapped;
    struct buf b;
    enum rc rc = edit_need_anchor(c, &after, &before);

    if (rc == RC_OK)
        rc = edit_text(c, c->act, "group", &group);
    if (rc != RC_OK)
        return rc;
    key = after.n ? after : before;
    if (key.n) {
        at = find_item(app.node, edit_qualify(c->a, key), STR_NONE, c->a);
        if (!at)
            return edit_wrong(c, after.n ? "after" : "before", "not_found",
                              "There is no line for \"%.*s\" to stand beside.",
                              STR_ARG(key));
        return edit_insert(c->e, (struct edit_at){app.file, at},
                           after.n ? XML_AFTER : XML_BEFORE, item, c->err);
    }
    if (!group.n)
        return edit_insert(c->e, app, XML_LAST_CHILD, item, c->err);
    at = edit_child(app.node, "group", group, c->a);
    if (at)
        return edit_insert(c->e, (struct edit_at){app.file, at}, XML_LAST_CHILD,
                           item, c->err);
    buf_init(&b, LIMIT_XML_BYTES);
    buf_adds(&b, "<group label=\"");
    xml_escape_attr(&b, group);
    buf_addf(&b, "\">\n  %.*s\n</group>", STR_ARG(item));
    rc = edit_finish(c, &b, &wrapped);
    return rc == RC_OK ? edit_insert(c->e, app, XML_LAST_CHILD, wrapped, c->err)
                       : rc;
}

static bool is_elsewhere(const struct edit_ctx *c, struct str app)
{
    const struct model *m = c->e->model;
    size_t i;

    for (i = 0; i < m->n_apps; i++)
        if (str_eq(m->apps[i]->name, app) &&
            !str_is(m->apps[i]->package, "local"))
            return true;
    return false;
}

static enum rc new_app(struct edit_ctx *c, struct str name)
{
    struct str text, path = STR("menus.xml");
    struct edit_file *f;
    struct edit_at at;
    struct buf b;
    enum rc rc;

    buf_init(&b, LIMIT_XML_BYTES);
    buf_adds(&b, "<app name=\"");
    xml_escape_attr(&b, name);
    buf_adds(&b, "\"");
    rc = RC_OK;
    for (size_t i = 0; rc == RC_OK && i < 2; i++) {
        static const char *const MEMBER[] = {"app_label", "app_icon"};
        static const char *const ATTR[] = {"label", "icon"};
        struct str value = STR_NONE;

        rc = edit_text(c, c->act, MEMBER[i], &value);
        if (rc == RC_OK && value.n) {
            buf_addf(&b, " %s=\"", ATTR[i]);
            xml_escape_attr(&b, value);
            buf_addc(&b, '"');
        }
    }
    buf_adds(&b, "/>");
    if (rc != RC_OK) {
        buf_release(&b);
        return rc;
    }
    rc = edit_finish(c, &b, &text);
    if (rc == RC_OK)
        rc = edit_find(c->e, is_menus, NULL, &at, c->err);
    if (rc != RC_OK)
        return rc;
    if (at.node)
        return edit_insert(c->e, at, XML_LAST_CHILD, text, c->err);
    f = edit_file_of(c->e, path);
    if (f && f->text.p)
        path = STR("menus.2.xml");
    text = str_fmt(c->a, "<menus>\n  %.*s\n</menus>\n", STR_ARG(text));
    return text.p ? edit_put(c->e, path, text, c->err) : edit_no_memory(c->err);
}

static const char ITEM_WORDS[] = "app app_label app_icon group after before";

enum rc edit_menu_add(struct edit_ctx *c)
{
    const struct spec_element *spec = edit_spec("item", "");
    struct str name = STR_NONE, view = STR_NONE, text;
    struct edit_attr fixed = {"entity", STR_NONE};
    struct edit_home home;
    struct edit_at app;
    struct buf b;
    enum rc rc = edit_check_members(c, c->act, spec, ITEM_WORDS);

    if (rc == RC_OK)
        rc = edit_need(c, "app", &name);
    if (rc == RC_OK)
        rc = edit_home_of(c, &home);
    if (rc == RC_OK)
        rc = edit_text(c, c->act, "view", &view);
    if (rc == RC_OK)
        rc = find_app(c, name, &app);
    if (rc != RC_OK)
        return rc;
    if (!app.node && is_elsewhere(c, name))
        return refuse_app(c, name);
    if (app.node && find_item(app.node, home.qname, view, c->a))
        return edit_wrong(c, "entity", "taken",
                          "\"%.*s\" has a line for %.*s already.",
                          STR_ARG(name), STR_ARG(home.qname));
    if (!app.node)
        rc = new_app(c, name);
    if (rc == RC_OK)
        rc = find_app(c, name, &app);
    if (rc != RC_OK)
        return rc;
    fixed.value = edit_entity_word(&home);
    buf_init(&b, LIMIT_XML_BYTES);
    rc = edit_open_tag(c, &b, spec, c->act, &fixed, 1, true, "");
    buf_adds(&b, "/>");
    if (rc != RC_OK) {
        buf_release(&b);
        return rc;
    }
    rc = edit_finish(c, &b, &text);
    return rc == RC_OK ? put_item(c, app, text) : rc;
}

enum rc edit_menu_move(struct edit_ctx *c)
{
    struct str name = STR_NONE, text;
    struct edit_at app = {0, NULL}, item = {0, NULL};
    struct xml_doc *doc = NULL;
    enum rc rc = edit_check_members(c, c->act, NULL,
                                    "app entity view group after before");

    if (rc == RC_OK)
        rc = locate_item(c, &app, &item);
    if (rc == RC_OK)
        rc = edit_need(c, "app", &name);
    if (rc == RC_OK)
        rc = edit_doc(c->e, item.file, &doc, c->err);
    if (rc != RC_OK)
        return rc;
    text = edit_outdent(c->a, doc, item.node);
    if (!text.p)
        return edit_no_memory(c->err);
    rc = edit_remove(c->e, item, c->err);
    if (rc == RC_OK)
        rc = find_app(c, name, &app);
    return rc == RC_OK ? put_item(c, app, text) : rc;
}

/* The last line takes its heading and its application along. */
enum rc edit_menu_remove(struct edit_ctx *c)
{
    struct edit_at app = {0, NULL}, item = {0, NULL};
    enum rc rc = edit_check_members(c, c->act, NULL, "app entity view");

    if (rc == RC_OK)
        rc = locate_item(c, &app, &item);
    if (rc != RC_OK || !item.node)
        return rc;
    while (!str_is(item.node->name, "app") &&
           xml_first_element(item.node->parent) == item.node &&
           !xml_next_element(item.node))
        item.node = item.node->parent;
    return edit_remove(c->e, item, c->err);
}

/* --- words ------------------------------------------------------------------------------ */

struct words {
    struct arena *a;
    struct str lang, qname; /* qname empty: the package's own words */
};

static bool is_i18n(void *arg, const struct xml_node *el)
{
    const struct words *w = arg;
    struct str entity = xml_value(el, STR("entity"), STR_NONE);

    return str_is(el->name, "i18n") &&
           str_eq(xml_value(el, STR("lang"), STR_NONE), w->lang) &&
           (w->qname.n
                ? entity.n && str_eq(edit_qualify(w->a, entity), w->qname)
                : !entity.n);
}

/* "de", "de-AT": it becomes a file's name. */
static bool is_lang(struct str s)
{
    size_t i;

    for (i = 0; i < s.n; i++)
        if (!((s.p[i] >= 'a' && s.p[i] <= 'z') ||
              (s.p[i] >= 'A' && s.p[i] <= 'Z') || (i && s.p[i] == '-')))
            return false;
    return s.n >= 2 && s.n <= 16;
}

static enum rc new_text(struct edit_ctx *c, const struct edit_home *home,
                        struct str lang, struct str key, struct str text,
                        struct edit_at at)
{
    struct str fragment;
    struct buf b;
    enum rc rc;

    buf_init(&b, LIMIT_XML_BYTES);
    if (!at.node) {
        buf_adds(&b, "<i18n lang=\"");
        xml_escape_attr(&b, lang);
        if (home) {
            buf_adds(&b, "\" entity=\"");
            xml_escape_attr(&b, edit_entity_word(home));
        }
        buf_adds(&b, "\">\n  ");
    }
    buf_adds(&b, "<t k=\"");
    xml_escape_attr(&b, key);
    buf_adds(&b, "\">");
    xml_escape_text(&b, text);
    buf_adds(&b, at.node ? "</t>" : "</t>\n</i18n>");
    rc = edit_finish(c, &b, &fragment);
    if (rc != RC_OK)
        return rc;
    if (at.node)
        return edit_insert(c->e, at, XML_LAST_CHILD, fragment, c->err);
    return edit_define(c, "i18n", lang, STR("2"), true, fragment);
}

enum rc edit_i18n_set(struct edit_ctx *c)
{
    struct str lang = STR_NONE, key = STR_NONE, text = STR_NONE;
    struct edit_home home = {0};
    bool of_entity = json_at(c->act, "entity") != NULL;
    struct words w = {c->a, STR_NONE, STR_NONE};
    const struct xml_node *t;
    struct edit_at at;
    enum rc rc = edit_check_members(c, c->act, NULL, "lang entity key text");

    if (rc == RC_OK)
        rc = edit_need(c, "lang", &lang);
    if (rc == RC_OK)
        rc = edit_need(c, "key", &key);
    if (rc == RC_OK)
        rc = edit_text(c, c->act, "text", &text);
    if (rc == RC_OK && of_entity)
        rc = edit_home_of(c, &home);
    if (rc != RC_OK)
        return rc;
    if (!is_lang(lang))
        return edit_wrong(c, "lang", "wrong_value",
                          "A language is written as \"de\" or \"de-AT\".");
    w.lang = lang;
    w.qname = home.qname;
    rc = edit_find(c->e, is_i18n, &w, &at, c->err);
    if (rc != RC_OK)
        return rc;
    t = at.node ? edit_child(at.node, "t", key, c->a) : NULL;
    if (!text.n)
        return t ? edit_remove(c->e, (struct edit_at){at.file, t}, c->err)
                 : RC_OK;
    if (t)
        return edit_set_text(c->e, (struct edit_at){at.file, t}, text, c->err);
    return new_text(c, of_entity ? &home : NULL, lang, key, text, at);
}
