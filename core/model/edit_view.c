/*
 * edit_view - acts of lists and boards. What an act says of columns or orders is
 * the whole list as it shall be; the file changes only where it differs.
 */
#include "model/edit_in.h"

#include "base/limits.h"

static const char VIEW_WORDS[] =
    "entity view columns sort filter group by hide card header";

/* --- one child of its kind ------------------------------------------------------ */

static enum rc single_tag(struct edit_ctx *c, const char *element,
                          const struct json *object,
                          const struct edit_attr *fixed, size_t n,
                          struct str *out)
{
    struct buf b;
    enum rc rc;

    buf_init(&b, LIMIT_XML_BYTES);
    rc = edit_open_tag(c, &b, edit_spec(element, "view"), object, fixed, n,
                       true, "");
    buf_adds(&b, "/>");
    if (rc == RC_OK)
        return edit_finish(c, &b, out);
    buf_release(&b);
    return rc;
}

static enum rc text_tag(struct edit_ctx *c, const char *element,
                        struct str text, struct str *out)
{
    struct buf b;

    buf_init(&b, LIMIT_XML_BYTES);
    buf_addf(&b, "<%s>", element);
    xml_escape_text(&b, text);
    buf_addf(&b, "</%s>", element);
    return edit_finish(c, &b, out);
}

/* The view's (or extension's) child of this name, found anew. */
static enum rc child(struct edit_ctx *c, const struct edit_target *t,
                     const char *element, struct edit_at *view,
                     struct edit_at *out)
{
    bool own;
    enum rc rc = edit_locate(c, t, 0, view, &own);

    if (rc == RC_OK)
        *out = (struct edit_at){
            view->file,
            view->node ? xml_child(view->node, str_c(element)) : NULL};
    return rc;
}

static enum rc set_filter(struct edit_ctx *c, const struct edit_target *t)
{
    const struct json *v = json_at(c->act, "filter");
    struct str text = STR_NONE, tag;
    struct edit_at view, at;
    enum rc rc = v ? edit_value(c, STR("filter"), v, &text) : RC_OK;

    if (rc == RC_OK && v)
        rc = child(c, t, "filter", &view, &at);
    if (rc != RC_OK || !v)
        return rc;
    if (!text.n)
        return at.node ? edit_remove(c->e, at, c->err) : RC_OK;
    if (at.node)
        return edit_set_text(c->e, at, text, c->err);
    rc = text_tag(c, "filter", text, &tag);
    if (rc != RC_OK)
        return rc;
    if (t->own) /* first, as people read it */
        return edit_insert(c->e, view, XML_FIRST_CHILD, tag, c->err);
    return edit_put_below(c, t, "filter", tag, STR_NONE, STR_NONE);
}

/* `<group by="">`, `<columns by="" hide="">`: attributes from members of the
   act, called `members` there. */
static enum rc set_single(struct edit_ctx *c, const struct edit_target *t,
                          const char *element, const char *const *members,
                          const char *const *attrs, size_t n)
{
    struct edit_attr fixed[2];
    const struct json nothing = {.kind = JSON_OBJECT};
    struct edit_at view, at;
    struct str tag;
    size_t i, given = 0;
    enum rc rc = child(c, t, element, &view, &at);

    for (i = 0; rc == RC_OK && i < n; i++) {
        const struct json *v = json_get(c->act, str_c(members[i]));

        fixed[i] = (struct edit_attr){attrs[i], STR_NONE};
        if (!v)
            continue;
        given++;
        rc = edit_value(c, str_c(members[i]), v, &fixed[i].value);
        if (rc != RC_OK || !at.node)
            continue;
        if (fixed[i].value.n)
            rc = edit_set_attr(c->e, at, str_c(attrs[i]), fixed[i].value,
                               c->err);
        else if (i == 0)
            return edit_remove(c->e, at, c->err);
        else if (xml_attr(at.node, str_c(attrs[i])))
            rc = edit_drop_attr(c->e, at, str_c(attrs[i]), c->err);
        if (rc == RC_OK)
            rc = child(c, t, element, &view, &at);
    }
    if (rc != RC_OK || !given || at.node || !fixed[0].value.n)
        return rc;
    rc = single_tag(c, element, &nothing, fixed, n, &tag);
    return rc == RC_OK ? edit_put_below(c, t, element, tag, STR_NONE, STR_NONE)
                       : rc;
}

/* An object of the act as the attributes of a child: card, header. */
static enum rc set_object(struct edit_ctx *c, const struct edit_target *t,
                          const char *element)
{
    const struct json *v = json_get(c->act, str_c(element));
    const struct spec_element *spec = edit_spec(element, "view");
    struct edit_at view, at;
    struct str value, tag;
    size_t i;
    enum rc rc = v ? child(c, t, element, &view, &at) : RC_OK;

    if (rc != RC_OK || !v)
        return rc;
    if (v->kind == JSON_NULL)
        return at.node ? edit_remove(c->e, at, c->err) : RC_OK;
    if (v->kind != JSON_OBJECT)
        return edit_wrong(c, element, "wrong_type", "\"%s\" is an object.",
                          element);
    rc = edit_check_members(c, v, spec, "");
    if (rc != RC_OK)
        return rc;
    if (!at.node) {
        rc = single_tag(c, element, v, NULL, 0, &tag);
        return rc == RC_OK
                   ? edit_put_below(c, t, element, tag, STR_NONE, STR_NONE)
                   : rc;
    }
    for (i = 0; rc == RC_OK && i < v->u.object.n; i++) {
        struct str name = v->u.object.v[i].key;

        rc = edit_value(c, name, &v->u.object.v[i].value, &value);
        if (rc == RC_OK)
            rc = child(c, t, element, &view, &at);
        if (rc == RC_OK && value.n)
            rc = edit_set_attr(c->e, at, name, value, c->err);
        else if (rc == RC_OK && xml_attr(at.node, name))
            rc = edit_drop_attr(c->e, at, name, c->err);
    }
    return rc;
}

/* --- lists ------------------------------------------------------------------------ */

struct wish {
    struct str key;
    const struct json *object; /* attributes; or NULL */
};
struct wishes {
    const char *element, *key_attr, *member;
    struct wish *v;
    size_t n;
};

static enum rc read_wishes(struct edit_ctx *c, struct wishes *w)
{
    const struct json *list = json_get(c->act, str_c(w->member));
    const struct spec_element *spec = edit_spec(w->element, "");
    size_t i, k;
    enum rc rc = RC_OK;

    if (list->kind == JSON_NULL)
        return RC_OK;
    if (list->kind != JSON_ARRAY || list->u.array.n > EDIT_MAX_FIELDS)
        return edit_wrong(c, w->member, "wrong_type",
                          "\"%s\" is a list of at most %d.", w->member,
                          EDIT_MAX_FIELDS);
    w->v = ARENA_ARRAY(c->a, struct wish, list->u.array.n + 1);
    if (!w->v)
        return edit_no_memory(c->err);
    for (i = 0; rc == RC_OK && i < list->u.array.n; i++) {
        const struct json *v = &list->u.array.v[i];
        struct wish one = {STR_NONE, NULL};

        if (v->kind == JSON_OBJECT) {
            one.object = v;
            rc = edit_check_members(c, v, spec, "");
            if (rc == RC_OK)
                rc = edit_text(c, v, w->key_attr, &one.key);
        } else {
            one.key = json_str(v, STR_NONE);
        }
        if (rc == RC_OK && !one.key.n)
            return edit_wrong(c, w->member, "wrong_type",
                              "\"%s\" is a list of names, or of objects with "
                              "\"%s\".",
                              w->member, w->key_attr);
        for (k = 0; rc == RC_OK && k < w->n; k++)
            if (str_eq(w->v[k].key, one.key))
                return edit_wrong(c, w->member, "taken",
                                  "\"%.*s\" stands in \"%s\" twice.",
                                  STR_ARG(one.key), w->member);
        w->v[w->n++] = one;
    }
    return rc;
}

static bool is_wished(const struct wishes *w, struct str key)
{
    size_t i;

    for (i = 0; i < w->n; i++)
        if (str_eq(w->v[i].key, key))
            return true;
    return false;
}

static enum rc wish_tag(struct edit_ctx *c, const struct wishes *w,
                        const struct wish *one, const char *context,
                        struct str after, struct str *out)
{
    const struct json nothing = {.kind = JSON_OBJECT};
    const struct edit_attr fixed[] = {{w->key_attr, one->key},
                                      {"after", after}};
    struct buf b;
    enum rc rc;

    buf_init(&b, LIMIT_XML_BYTES);
    rc =
        edit_open_tag(c, &b, edit_spec(w->element, context),
                      one->object ? one->object : &nothing, fixed, 2, true, "");
    buf_adds(&b, "/>");
    if (rc == RC_OK)
        return edit_finish(c, &b, out);
    buf_release(&b);
    return rc;
}

/* The k-th child of this kind; or NULL. */
static const struct xml_node *nth(const struct xml_node *view,
                                  const char *element, size_t k)
{
    const struct xml_node *n;

    for (n = xml_first_element(view); n; n = xml_next_element(n))
        if (str_eq(n->name, str_c(element)) && k-- == 0)
            return n;
    return NULL;
}

static enum rc drop_unwished(struct edit_ctx *c, const struct edit_target *t,
                             const struct wishes *w)
{
    const struct xml_node *n;
    struct edit_at view;
    size_t k = 0;
    bool own;
    enum rc rc;

    for (;;) {
        rc = edit_locate(c, t, 0, &view, &own);
        if (rc != RC_OK)
            return rc;
        n = nth(view.node, w->element, k);
        if (!n)
            return RC_OK;
        if (is_wished(w, edit_key(n, c->a)))
            k++;
        else
            rc = edit_remove(c->e, (struct edit_at){view.file, n}, c->err);
        if (rc != RC_OK)
            return rc;
    }
}

/* Attributes that the act names, at a child that stays. */
static enum rc wish_attrs(struct edit_ctx *c, const struct edit_target *t,
                          const struct wishes *w, const struct wish *one)
{
    struct edit_at view;
    struct str value;
    size_t i;
    bool own;
    enum rc rc = RC_OK;

    for (i = 0; rc == RC_OK && one->object && i < one->object->u.object.n;
         i++) {
        struct str name = one->object->u.object.v[i].key;
        struct edit_at at;

        rc = edit_value(c, name, &one->object->u.object.v[i].value, &value);
        if (rc == RC_OK)
            rc = edit_locate(c, t, 0, &view, &own);
        if (rc != RC_OK)
            return rc;
        at = (struct edit_at){
            view.file, edit_child(view.node, w->element, one->key, c->a)};
        if (!at.node || str_eq(name, str_c(w->key_attr)))
            continue;
        if (value.n)
            rc = edit_set_attr(c->e, at, name, value, c->err);
        else if (xml_attr(at.node, name))
            rc = edit_drop_attr(c->e, at, name, c->err);
    }
    return rc;
}

/* Wish i at its place: there, elsewhere, or new. */
static enum rc place_wish(struct edit_ctx *c, const struct edit_target *t,
                          const struct wishes *w, size_t i)
{
    const struct xml_node *here, *there, *before;
    struct edit_at view;
    struct xml_doc *doc;
    struct str tag;
    bool own;
    enum rc rc = edit_locate(c, t, 0, &view, &own);

    if (rc != RC_OK)
        return rc;
    here = nth(view.node, w->element, i);
    if (here && str_eq(edit_key(here, c->a), w->v[i].key))
        return wish_attrs(c, t, w, &w->v[i]);
    there = edit_child(view.node, w->element, w->v[i].key, c->a);
    if (there) {
        rc = edit_doc(c->e, view.file, &doc, c->err);
        if (rc != RC_OK)
            return rc;
        tag = edit_outdent(c->a, doc, there);
        if (!tag.p)
            return edit_no_memory(c->err);
        rc = edit_remove(c->e, (struct edit_at){view.file, there}, c->err);
    } else {
        rc = wish_tag(c, w, &w->v[i], "", STR_NONE, &tag);
    }
    if (rc == RC_OK)
        rc = edit_locate(c, t, 0, &view, &own);
    if (rc != RC_OK)
        return rc;
    here = nth(view.node, w->element, i);
    before = i ? nth(view.node, w->element, i - 1) : NULL;
    if (before)
        rc = edit_insert(c->e, (struct edit_at){view.file, before}, XML_AFTER,
                         tag, c->err);
    else if (here)
        rc = edit_insert(c->e, (struct edit_at){view.file, here}, XML_BEFORE,
                         tag, c->err);
    else
        rc = edit_insert(c->e, view, XML_LAST_CHILD, tag, c->err);
    return rc == RC_OK && there ? wish_attrs(c, t, w, &w->v[i]) : rc;
}

/* Another package's view: hide, and add behind what is there. */
static enum rc wish_theirs(struct edit_ctx *c, const struct edit_target *t,
                           const struct wishes *w)
{
    const struct view *v = entity_view(c->e->model, t->home.entity, t->name);
    struct str tag, after = STR_NONE;
    size_t i, k;
    enum rc rc = RC_OK;

    if (strcmp(w->element, "column") != 0)
        return edit_wrong(c, w->member, "not_yours",
                          "The order of a view that package %.*s brought is "
                          "its own; make a view of yours.",
                          STR_ARG(t->home.package));
    for (i = 0; v && rc == RC_OK && i < v->n_columns; i++) {
        struct edit_target one = *t;

        if (is_wished(w, v->columns[i].path))
            continue;
        one.members[0] = w->member;
        one.steps[0] = (struct edit_step){"column", v->columns[i].path};
        one.n = 1;
        rc = edit_take_away(c, &one, "hidden");
    }
    for (i = 0; rc == RC_OK && i < w->n; after = w->v[i++].key) {
        for (k = 0; v && k < v->n_columns; k++)
            if (str_eq(v->columns[k].path, w->v[i].key))
                break;
        if (v && k < v->n_columns)
            continue;
        rc = wish_tag(c, w, &w->v[i], "extend", after, &tag);
        if (rc == RC_OK)
            rc = edit_put_below(c, t, "column", tag, STR_NONE, STR_NONE);
    }
    return rc;
}

static enum rc set_list(struct edit_ctx *c, const struct edit_target *t,
                        const char *member, const char *element,
                        const char *key)
{
    struct wishes w = {element, key, member, NULL, 0};
    size_t i;
    enum rc rc;

    if (!json_get(c->act, str_c(member)))
        return RC_OK;
    rc = read_wishes(c, &w);
    if (rc == RC_OK && !t->own)
        return wish_theirs(c, t, &w);
    if (rc == RC_OK)
        rc = drop_unwished(c, t, &w);
    for (i = 0; rc == RC_OK && i < w.n; i++)
        rc = place_wish(c, t, &w, i);
    return rc;
}

/* --- acts ----------------------------------------------------------------------------- */

static enum rc set_inside(struct edit_ctx *c, const struct edit_target *t)
{
    static const char *const GROUP[] = {"group"}, *const GROUP_ATTR[] = {"by"};
    static const char *const BOARD[] = {"by", "hide"};
    enum rc rc = set_list(c, t, "columns", "column", "field");

    if (rc == RC_OK)
        rc = set_list(c, t, "sort", "sort", "by");
    if (rc == RC_OK)
        rc = set_filter(c, t);
    if (rc == RC_OK)
        rc = set_single(c, t, "group", GROUP, GROUP_ATTR, 1);
    if (rc == RC_OK)
        rc = set_single(c, t, "columns", BOARD, BOARD, 2);
    if (rc == RC_OK)
        rc = set_object(c, t, "card");
    return rc == RC_OK ? set_object(c, t, "header") : rc;
}

static enum rc view_target(struct edit_ctx *c, struct edit_target *t)
{
    struct edit_home home;
    struct str name = STR_NONE;
    struct edit_at at;
    enum rc rc = edit_home_of(c, &home);

    if (rc == RC_OK)
        rc = edit_need(c, "view", &name);
    if (rc == RC_OK)
        rc = edit_definition(c->e, "view", home.qname, name, &at, c->err);
    if (rc == RC_OK)
        *t = (struct edit_target){
            .kind = "view", .home = home, .name = name, .own = at.node != NULL};
    return rc;
}

enum rc edit_view_add(struct edit_ctx *c)
{
    struct edit_target t = {.kind = "view", .own = true};
    struct edit_attr fixed[2] = {{"name", STR_NONE}, {"entity", STR_NONE}};
    struct edit_at at;
    struct str text, stem;
    struct buf b;
    enum rc rc =
        edit_check_members(c, c->act, edit_spec("view", ""), VIEW_WORDS);

    if (rc == RC_OK)
        rc = edit_home_of(c, &t.home);
    if (rc == RC_OK)
        rc = edit_need(c, "name", &t.name);
    if (rc == RC_OK)
        rc = edit_definition(c->e, "view", t.home.qname, t.name, &at, c->err);
    if (rc != RC_OK)
        return rc;
    if (at.node ||
        (t.home.entity && entity_view(c->e->model, t.home.entity, t.name) &&
         !entity_view(c->e->model, t.home.entity, t.name)->generated))
        return edit_wrong(c, "name", "taken",
                          "There is a view \"%.*s\" already; choose another "
                          "name.",
                          STR_ARG(t.name));
    fixed[0].value = t.name;
    fixed[1].value = edit_entity_word(&t.home);
    buf_init(&b, LIMIT_XML_BYTES);
    rc =
        edit_open_tag(c, &b, edit_spec("view", ""), c->act, fixed, 2, true, "");
    buf_adds(&b, "/>");
    if (rc != RC_OK) {
        buf_release(&b);
        return rc;
    }
    rc = edit_finish(c, &b, &text);
    stem = edit_stem(c->a, &t.home);
    if (rc == RC_OK && !stem.p)
        rc = edit_no_memory(c->err);
    if (rc == RC_OK)
        rc = edit_define(c, "views", stem, t.name, true, text);
    return rc == RC_OK ? set_inside(c, &t) : rc;
}

enum rc edit_view_set(struct edit_ctx *c)
{
    struct edit_target t;
    enum rc rc = view_target(c, &t);

    if (rc == RC_OK)
        rc = edit_set_members(c, &t, edit_spec(t.own ? "view" : "extend", ""),
                              t.own ? VIEW_WORDS
                                    : "entity form view columns sort filter "
                                      "group");
    return rc == RC_OK ? set_inside(c, &t) : rc;
}

enum rc edit_view_remove(struct edit_ctx *c)
{
    struct edit_target t;
    struct edit_at at;
    bool own;
    enum rc rc = edit_check_members(c, c->act, NULL, "entity view");

    if (rc == RC_OK)
        rc = view_target(c, &t);
    if (rc == RC_OK && !t.own)
        return edit_wrong(c, "view", "not_yours",
                          "Package %.*s brought this view, or it is made by "
                          "itself; it cannot be taken away.",
                          STR_ARG(t.home.package));
    if (rc == RC_OK)
        rc = edit_locate(c, &t, 0, &at, &own);
    return rc == RC_OK ? edit_remove(c->e, at, c->err) : rc;
}
