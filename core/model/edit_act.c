/*
 * edit_act - the table of acts, and those of entities: entities themselves,
 * fields, options, statuses, states, moves.
 */
#include "model/edit_in.h"

#include <stdio.h>

#include "base/limits.h"
#include "model/spec_values.h"

static struct edit_target target_of(const struct edit_home *home)
{
    return (struct edit_target){
        .kind = "entity", .home = *home, .own = home->own};
}

static void step(struct edit_target *t, const char *element, struct str key,
                 const char *member)
{
    t->members[t->n] = member;
    t->steps[t->n++] = (struct edit_step){element, key};
}

static const char *context_of(const struct edit_target *t, size_t depth)
{
    if (t->own || depth == 0)
        return "";
    if (depth == 1)
        return "extend";
    return !strcmp(t->steps[0].element, "status") ? "extend/status"
                                                  : "extend/field";
}

/* Entity, and down to `member`s of the act: "field", "option" ... */
static enum rc address(struct edit_ctx *c, const char *first,
                       const char *second, struct edit_target *t)
{
    struct edit_home home;
    struct str key;
    enum rc rc = edit_home_of(c, &home);

    if (rc != RC_OK)
        return rc;
    *t = target_of(&home);
    if (first) {
        rc = edit_need(c, first, &key);
        if (rc == RC_OK)
            step(t, first, key, first);
    }
    if (rc == RC_OK && second) {
        rc = edit_need(c, second, &key);
        if (rc == RC_OK)
            step(t, second, key, second);
    }
    return rc;
}

/* --- what is inside a new element -------------------------------------------- */

/* The children that an act brings along: `member` is a list of objects, each an
   <element>. Options of a field may be texts: their codes. */
static enum rc add_children(struct edit_ctx *c, struct buf *b,
                            const struct json *object, const char *member,
                            const char *element, const char *context,
                            struct str indent)
{
    const struct json *list = json_get(object, str_c(member));
    const struct spec_element *spec = edit_spec(element, context);
    size_t i;
    enum rc rc = RC_OK;

    if (!list || list->kind == JSON_NULL)
        return RC_OK;
    if (list->kind != JSON_ARRAY)
        return edit_wrong(c, member, "wrong_type", "\"%s\" is a list.", member);
    for (i = 0; rc == RC_OK && i < list->u.array.n; i++) {
        const struct json *v = &list->u.array.v[i];
        struct json nothing = {.kind = JSON_OBJECT};
        struct edit_attr code = {"code", STR_NONE};
        bool is_code = v->kind == JSON_STR && !strcmp(element, "option");

        if (is_code)
            code.value = v->u.s;
        else if (v->kind != JSON_OBJECT)
            return edit_wrong(c, member, "wrong_type",
                              "\"%s\" is a list of objects.", member);
        else
            rc = edit_check_members(c, v, spec, "");
        buf_addc(b, '\n');
        buf_add(b, indent);
        if (rc == RC_OK)
            rc = edit_open_tag(c, b, spec, is_code ? &nothing : v, &code,
                               is_code, true, "");
        buf_adds(b, "/>");
    }
    return rc;
}

static void close_tag(struct buf *b, size_t open_end, const char *element,
                      struct str indent)
{
    /* Nothing inside: <x .../> */
    if (b->n > open_end) {
        buf_addc(b, '\n');
        buf_add(b, indent);
        buf_addf(b, "</%s>", element);
    } else if (!b->failed) {
        buf_adds(b, "/>");
    }
}

static bool has_list(const struct json *object, const char *member)
{
    const struct json *v = json_get(object, str_c(member));

    return v && v->kind == JSON_ARRAY && v->u.array.n > 0;
}

/* A <field> or <status> with what is inside it; `indent` of its own lines. */
static enum rc write_field(struct edit_ctx *c, struct buf *b,
                           const struct json *object, const char *element,
                           const char *context, struct str after,
                           struct str indent, struct str unit)
{
    struct edit_attr fixed = {"after", after};
    bool is_status = !strcmp(element, "status");
    const char *inner = !context[0] ? ""
                        : is_status ? "extend/status"
                                    : "extend/field";
    struct str deeper =
        str_fmt(c->a, "%.*s%.*s", STR_ARG(indent), STR_ARG(unit));
    size_t open_end;
    enum rc rc = edit_open_tag(c, b, edit_spec(element, context), object, NULL,
                               0, true, "after");

    if (rc != RC_OK || !deeper.p)
        return deeper.p ? rc : edit_no_memory(c->err);
    if (after.n) {
        buf_addf(b, " %s=\"", fixed.name);
        xml_escape_attr(b, after);
        buf_addc(b, '"');
    }
    if (has_list(object, "options") || has_list(object, "states") ||
        has_list(object, "moves"))
        buf_addc(b, '>');
    open_end = b->n;
    if (is_status) {
        rc = add_children(c, b, object, "states", "state", inner, deeper);
        if (rc == RC_OK)
            rc = add_children(c, b, object, "moves", "move", inner, deeper);
    } else {
        rc = add_children(c, b, object, "options", "option", inner, deeper);
    }
    close_tag(b, open_end, element, indent);
    return rc;
}

/* --- entities ------------------------------------------------------------------ */

static enum rc add_fields(struct edit_ctx *c, struct buf *b)
{
    const struct json *fields = json_at(c->act, "fields");
    const struct spec_element *spec = edit_spec("field", "");
    size_t i;
    enum rc rc = RC_OK;

    if (!fields || fields->kind == JSON_NULL)
        return RC_OK;
    if (fields->kind != JSON_ARRAY)
        return edit_wrong(c, "fields", "wrong_type", "\"fields\" is a list.");
    if (fields->u.array.n > EDIT_MAX_FIELDS)
        return FAIL(c->err, RC_LIMIT,
                    "An entity begins with at most %d fields.",
                    EDIT_MAX_FIELDS);
    for (i = 0; rc == RC_OK && i < fields->u.array.n; i++) {
        const struct json *f = &fields->u.array.v[i];
        bool is_status = f->kind == JSON_OBJECT && json_at(f, "states");

        if (f->kind != JSON_OBJECT)
            return edit_wrong(c, "fields", "wrong_type",
                              "\"fields\" is a list of objects.");
        rc =
            edit_check_members(c, f, is_status ? edit_spec("status", "") : spec,
                               is_status ? "states moves" : "options");
        buf_adds(b, "\n  ");
        if (rc == RC_OK)
            rc = write_field(c, b, f, is_status ? "status" : "field", "",
                             STR_NONE, STR("  "), STR("  "));
    }
    return rc;
}

static enum rc entity_add(struct edit_ctx *c)
{
    const struct spec_element *spec = edit_spec("entity", "");
    struct str name = STR_NONE, path, text, qname;
    struct edit_file *there;
    struct edit_at at;
    size_t open_end;
    struct buf b;
    enum rc rc = edit_check_members(c, c->act, spec, "fields");

    if (rc == RC_OK)
        rc = edit_need(c, "name", &name);
    if (rc != RC_OK)
        return rc;
    path = str_fmt(c->a, "entities/%.*s.xml", STR_ARG(name));
    qname = edit_qualify(c->a, name);
    if (!path.p || !qname.p)
        return edit_no_memory(c->err);
    /* The name becomes a file's: what cannot be one is said before. */
    if (!spec_is_name(name))
        return edit_wrong(c, "name", "wrong_value",
                          "A name is small letters, digits and _, beginning "
                          "with a letter, as \"visit\"; at most 48.");
    rc = edit_definition(c->e, "entity", qname, STR_NONE, &at, c->err);
    if (rc != RC_OK)
        return rc;
    there = edit_file_of(c->e, path);
    if (at.node || (there && there->text.p))
        return edit_wrong(c, "name", "taken",
                          "There is an entity \"%.*s\" already; choose "
                          "another name.",
                          STR_ARG(qname));
    buf_init(&b, LIMIT_XML_BYTES);
    rc = edit_open_tag(c, &b, spec, c->act, NULL, 0, true, "fields");
    if (has_list(c->act, "fields"))
        buf_addc(&b, '>');
    open_end = b.n;
    if (rc == RC_OK)
        rc = add_fields(c, &b);
    close_tag(&b, open_end, "entity", STR(""));
    buf_addc(&b, '\n');
    if (rc != RC_OK) {
        buf_release(&b);
        return rc;
    }
    rc = edit_finish(c, &b, &text);
    return rc == RC_OK ? edit_put(c->e, path, text, c->err) : rc;
}

static enum rc entity_set(struct edit_ctx *c)
{
    struct edit_target t;
    enum rc rc = address(c, NULL, NULL, &t);

    if (rc == RC_OK && json_at(c->act, "name"))
        return edit_wrong(c, "name", "wrong_value",
                          "An entity keeps its name; give it another label.");
    if (rc != RC_OK)
        return rc;
    return edit_set_members(c, &t, edit_spec(t.own ? "entity" : "extend", ""),
                            t.own ? "entity" : "entity form view");
}

static enum rc entity_remove(struct edit_ctx *c)
{
    struct edit_target t;
    struct edit_at at;
    bool own;
    enum rc rc = address(c, NULL, NULL, &t);

    if (rc != RC_OK)
        return rc;
    if (!t.own)
        return edit_wrong(c, "entity", "not_yours",
                          "Package %.*s brought this entity; remove the "
                          "package.",
                          STR_ARG(t.home.package));
    rc = edit_check_members(c, c->act, NULL, "entity");
    if (rc == RC_OK)
        rc = edit_locate(c, &t, 0, &at, &own);
    return rc == RC_OK ? edit_remove(c->e, at, c->err) : rc;
}

/* --- fields, options, states, moves: one way for all --------------------------- */

/* What may be added where. */
struct kind {
    const char *element;
    const char *parent; /* "field", "status", or NULL: the entity */
    const char *key;    /* attribute that names it                 */
    const char *words;  /* members of an add that are no attributes */
    const char *hide;   /* what stands for removing another's; NULL */
};
static const struct kind FIELD = {"field", NULL, "name",
                                  "entity after before options", "hidden"};
static const struct kind STATUS = {"status", NULL, "name",
                                   "entity after before states moves", NULL};
static const struct kind OPTION = {"option", "field", "code",
                                   "entity field after before", "hidden"};
static const struct kind STATE = {"state", "status", "code",
                                  "entity status after before", "hidden"};
static const struct kind MOVE = {"move", "status", "from",
                                 "entity status after before", "disabled"};

/* The sibling before `before`, as people see them; the running model's. */
static struct str sibling_before(const struct edit_target *t,
                                 const struct kind *k, struct str before)
{
    const struct entity *e = t->home.entity;
    const struct field *f = e && t->n ? entity_field(e, t->steps[0].key) : NULL;
    struct str last = STR_NONE;
    size_t i;

    if (t->n == 0) {
        for (i = e ? e->n_system : 0; e && i < e->n_fields; i++) {
            if (str_eq(e->fields[i]->name, before))
                return last;
            last = e->fields[i]->name;
        }
        return STR_NONE;
    }
    for (i = 0; f && strcmp(k->element, "move") != 0 && i < f->n_options; i++) {
        if (str_eq(f->options[i]->code, before))
            return last;
        last = f->options[i]->code;
    }
    return STR_NONE;
}

static enum rc anchor(struct edit_ctx *c, const struct edit_target *t,
                      const struct kind *k, bool own, struct str *after,
                      struct str *before)
{
    enum rc rc = edit_need_anchor(c, after, before);

    if (rc != RC_OK || own || !before->n)
        return rc;
    *after = sibling_before(t, k, *before);
    if (!after->n)
        return edit_wrong(c, "before", "wrong_value",
                          "Nothing can stand before the first %s that package "
                          "%.*s brought.",
                          k->element, STR_ARG(t->home.package));
    *before = STR_NONE;
    return RC_OK;
}

static enum rc check_taken(struct edit_ctx *c, const struct edit_target *t,
                           const struct kind *k, struct str key)
{
    const struct entity *e = t->home.entity;
    const struct field *f;
    struct edit_at at;
    bool own, there;
    enum rc rc = edit_locate(c, t, t->n, &at, &own);

    if (rc != RC_OK || !strcmp(k->element, "move"))
        return rc;
    there =
        at.node && edit_child(at.node, t->n ? k->element : "field", key, c->a);
    if (!there && !own && e) {
        f = entity_field(e, t->n ? t->steps[0].key : key);
        there = f && (t->n == 0 || field_option(f, key));
    }
    if (there)
        return edit_wrong(
            c, k->key, "taken",
            "The %s \"%.*s\" is there already; choose another %s.", k->element,
            STR_ARG(key), k->key);
    return RC_OK;
}

static enum rc add_kind(struct edit_ctx *c, const struct kind *k)
{
    struct str key = STR_NONE, after = STR_NONE, before = STR_NONE, text;
    struct edit_target t;
    struct edit_at at;
    const char *context;
    struct buf b;
    bool own = false;
    enum rc rc = address(c, k->parent, NULL, &t);

    if (rc != RC_OK)
        return rc;
    context = context_of(&t, t.n + 1);
    rc =
        edit_check_members(c, c->act, edit_spec(k->element, context), k->words);
    if (rc == RC_OK)
        rc = edit_need(c, k->key, &key);
    if (rc == RC_OK && !k->parent && !t.own && !str_starts(key, STR("x_")))
        return edit_wrong(c, k->key, "wrong_value",
                          "An upgrade of package %.*s may bring \"%.*s\", too; "
                          "call it \"x_%.*s\".",
                          STR_ARG(t.home.package), STR_ARG(key), STR_ARG(key));
    if (rc == RC_OK)
        rc = check_taken(c, &t, k, key);
    if (rc == RC_OK)
        rc = edit_locate(c, &t, t.n, &at, &own);
    if (rc == RC_OK)
        rc = anchor(c, &t, k, own, &after, &before);
    if (rc != RC_OK)
        return rc;
    buf_init(&b, LIMIT_XML_BYTES);
    if (k->parent) {
        struct edit_attr fixed = {"after", own ? STR_NONE : after};
        const struct spec_element *spec = edit_spec(k->element, context);

        rc = edit_open_tag(c, &b, spec, c->act, NULL, 0, true, "after");
        if (fixed.value.n) {
            buf_addf(&b, " %s=\"", fixed.name);
            xml_escape_attr(&b, fixed.value);
            buf_addc(&b, '"');
        }
        buf_adds(&b, "/>");
    } else {
        rc = write_field(c, &b, c->act, k->element, context,
                         own ? STR_NONE : after, STR(""), STR("  "));
    }
    if (rc != RC_OK) {
        buf_release(&b);
        return rc;
    }
    rc = edit_finish(c, &b, &text);
    return rc == RC_OK ? edit_put_below(c, &t, k->element, text, after, before)
                       : rc;
}

static enum rc set_kind(struct edit_ctx *c, const struct kind *k)
{
    const char *first = k->parent ? k->parent : k->element;
    const char *second = k->parent ? k->element : NULL;
    struct edit_target t;
    char words[64];
    enum rc rc = address(c, first, second, &t);

    if (rc != RC_OK)
        return rc;
    if (json_get(c->act, str_c(k->key)) && strcmp(k->element, "move") != 0)
        return edit_wrong(c, k->key, "wrong_value",
                          !k->parent
                              ? "A field gets another name by field.rename."
                              : "\"%s\" is what records hold; make another "
                                "and hide this one.",
                          k->key);
    (void)snprintf(words, sizeof words, "entity %s %s", first,
                   second ? second : "");
    return edit_set_members(c, &t, edit_spec(k->element, context_of(&t, t.n)),
                            words);
}

static enum rc move_kind(struct edit_ctx *c, const struct kind *k)
{
    struct edit_target t;
    char words[80];
    enum rc rc = address(c, k->parent ? k->parent : k->element,
                         k->parent ? k->element : NULL, &t);

    (void)snprintf(words, sizeof words, "entity after before %s %s",
                   k->parent ? k->parent : "", k->element);
    if (rc == RC_OK)
        rc = edit_check_members(c, c->act, NULL, words);
    return rc == RC_OK ? edit_move(c, &t) : rc;
}

static enum rc remove_kind(struct edit_ctx *c, const struct kind *k)
{
    struct edit_target t;
    char words[80];
    enum rc rc = address(c, k->parent ? k->parent : k->element,
                         k->parent ? k->element : NULL, &t);

    (void)snprintf(words, sizeof words, "entity %s %s",
                   k->parent ? k->parent : "", k->element);
    if (rc == RC_OK)
        rc = edit_check_members(c, c->act, NULL, words);
    if (rc == RC_OK && !k->parent)
        rc = edit_forget_field(c, &t);
    return rc == RC_OK ? edit_take_away(c, &t, k->hide) : rc;
}

#define ACT(name, verb, kind)                                                  \
    static enum rc name(struct edit_ctx *c)                                    \
    {                                                                          \
        return verb##_kind(c, &(kind));                                        \
    }
ACT(field_add, add, FIELD)
ACT(field_set, set, FIELD)
ACT(field_move, move, FIELD)
ACT(field_remove, remove, FIELD)
ACT(option_add, add, OPTION)
ACT(option_set, set, OPTION)
ACT(option_move, move, OPTION)
ACT(option_remove, remove, OPTION)
ACT(status_add, add, STATUS)
ACT(status_set, set, STATUS)
ACT(state_add, add, STATE)
ACT(state_set, set, STATE)
ACT(state_move, move, STATE)
ACT(state_remove, remove, STATE)
ACT(move_add, add, MOVE)
ACT(move_set, set, MOVE)
ACT(move_remove, remove, MOVE)

/* --- the table -------------------------------------------------------------------- */

static const struct {
    const char *op;
    enum rc (*run)(struct edit_ctx *c);
} ACTS[] = {
    {"entity.add", entity_add},
    {"entity.remove", entity_remove},
    {"entity.set", entity_set},
    {"field.add", field_add},
    {"field.move", field_move},
    {"field.remove", field_remove},
    {"field.rename", edit_rename_field},
    {"field.set", field_set},
    {"form.add", edit_form_add},
    {"form.move", edit_form_move},
    {"form.place", edit_form_place},
    {"form.remove", edit_form_remove},
    {"form.section", edit_form_section},
    {"form.set", edit_form_set},
    {"form.tab", edit_form_tab},
    {"i18n.set", edit_i18n_set},
    {"menu.add", edit_menu_add},
    {"menu.move", edit_menu_move},
    {"menu.remove", edit_menu_remove},
    {"move.add", move_add},
    {"move.remove", move_remove},
    {"move.set", move_set},
    {"option.add", option_add},
    {"option.move", option_move},
    {"option.remove", option_remove},
    {"option.set", option_set},
    {"state.add", state_add},
    {"state.move", state_move},
    {"state.remove", state_remove},
    {"state.set", state_set},
    {"status.add", status_add},
    {"status.set", status_set},
    {"view.add", edit_view_add},
    {"view.remove", edit_view_remove},
    {"view.set", edit_view_set},
};

enum rc edit_act(struct edit_ctx *c)
{
    enum { N = sizeof ACTS / sizeof ACTS[0] };
    struct str op = json_str(json_at(c->act, "op"), STR_NONE), names[N], near;
    size_t i;

    for (i = 0; i < N; i++) {
        if (str_eq(op, str_c(ACTS[i].op)))
            return ACTS[i].run(c);
        names[i] = str_c(ACTS[i].op);
    }
    near = str_nearest(op, names, N);
    return edit_wrong(c, "op", "unknown_act",
                      near.n ? "There is no act \"%.*s\"; did you mean "
                               "\"%.*s\"?"
                             : "There is no act \"%.*s\".%.*s",
                      STR_ARG(op), STR_ARG(near));
}
