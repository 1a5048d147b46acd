/*
 * spec_check - pass 2: is every element, attribute and value one that the
 * language has, here? Names and expressions are looked at, not resolved.
 *
 * A misspelt word for which there is a suggestion is read as that from then
 * on, lest one slip of the pen hide all that the later passes would find.
 */
#include "model/spec.h"

#include "model/field/field.h"
#include "model/spec_values.h"

enum { NAMES_MAX = 96 };

/* Does `context` ("extend/field") name the parents of el? */
static bool context_fits(const char *context, const struct xml_node *el)
{
    const struct xml_node *up = el->parent;
    struct str rest = str_c(context);

    while (rest.n > 0) {
        ptrdiff_t slash = -1;
        size_t i;
        struct str last;

        for (i = 0; i < rest.n; i++) {
            if (rest.p[i] == '/')
                slash = (ptrdiff_t)i;
        }
        last = str_sub(rest, (size_t)(slash + 1), rest.n);
        if (up == NULL || !str_eq(up->name, last))
            return false;
        up = up->parent;
        rest = slash < 0 ? STR_NONE : str_sub(rest, 0, (size_t)slash);
    }
    return true;
}

const struct spec_element *spec_of(const struct xml_node *el)
{
    const struct spec_element *all, *plain = NULL;
    size_t n = spec_elements(&all), i;

    for (i = 0; i < n; i++) {
        if (!str_eq(el->name, str_c(all[i].name)))
            continue;
        if (all[i].context == NULL)
            plain = &all[i];
        else if (context_fits(all[i].context, el))
            return &all[i];
    }
    return plain;
}

const struct spec_attr *spec_attr_find(const struct spec_element *e,
                                       struct str name)
{
    size_t i;

    for (i = 0; i < e->n_attrs; i++) {
        if (str_eq(name, str_c(e->attrs[i].name)))
            return &e->attrs[i];
    }
    return NULL;
}

static bool listed(const char *const *list, struct str name)
{
    for (; list != NULL && *list != NULL; list++) {
        if (str_eq(name, str_c(*list)))
            return true;
    }
    return false;
}

static size_t gather(const char *const *list, struct str out[NAMES_MAX])
{
    size_t n = 0;

    for (; list != NULL && *list != NULL && n < NAMES_MAX; list++)
        out[n++] = str_c(*list);
    return n;
}

/* "a, b, c" for a message; what fits. */
static struct str join(struct arena *a, const struct str *names, size_t n)
{
    struct buf b;
    struct str out = STR_NONE;
    size_t i;

    buf_init(&b, 400);
    for (i = 0; i < n && b.n + names[i].n < 300; i++) {
        if (i > 0)
            buf_adds(&b, ", ");
        buf_add(&b, names[i]);
    }
    if (i < n)
        buf_adds(&b, " ...");
    if (buf_finish(&b, a, &out, NULL) != RC_OK)
        out = STR_NONE;
    buf_release(&b);
    return out;
}

struct checker {
    const struct xml_doc *doc;
    struct messages *ms;
};

static void at_name(const struct checker *c, const struct xml_node *el,
                    const char *code, struct str hint, struct str text)
{
    uint32_t from = el->tag.from;

    messages_at(c->ms, c->doc, from, from + 1 + (uint32_t)el->name.n,
                SEVERITY_ERROR, code, hint, "%.*s", STR_ARG(text));
}

/* "<entity rental>" */
static struct str call(const struct checker *c, const struct xml_node *el)
{
    struct str name = xml_value(el, STR("name"), STR_NONE);

    if (name.n == 0)
        name = xml_value(el, STR("ref"), STR_NONE);
    if (name.n == 0)
        return str_fmt(c->ms->arena, "<%.*s>", STR_ARG(el->name));
    return str_fmt(c->ms->arena, "<%.*s %.*s>", STR_ARG(el->name),
                   STR_ARG(name));
}

/* --- attributes ------------------------------------------------------------ */

static void mend_name(const struct checker *c, const struct xml_node *el,
                      const struct spec_element *spec, struct xml_attr *attr,
                      struct str near)
{
    const struct spec_attr *meant = spec_attr_find(spec, near);

    if (xml_attr(el, near) != NULL || spec_value_fault(meant, attr->value))
        return;
    attr->name = near;
    c->ms->mended++;
}

static void unknown_attribute(const struct checker *c,
                              const struct xml_node *el,
                              const struct spec_element *spec,
                              struct xml_attr *attr)
{
    struct str names[NAMES_MAX] = {STR_NONE}, near;
    size_t n = 0, i;

    for (i = 0; i < spec->n_attrs && n < NAMES_MAX; i++)
        names[n++] = str_c(spec->attrs[i].name);
    near = str_nearest(attr->name, names, n);
    if (near.n > 0) {
        messages_at(c->ms, c->doc, attr->name_span.from, attr->name_span.to,
                    SEVERITY_ERROR, "M102", near,
                    "attribute \"%.*s\" is not allowed on <%.*s>; did you mean "
                    "\"%.*s\"?",
                    STR_ARG(attr->name), STR_ARG(el->name), STR_ARG(near));
        mend_name(c, el, spec, attr, near);
    } else
        messages_at(c->ms, c->doc, attr->name_span.from, attr->name_span.to,
                    SEVERITY_ERROR, "M102", STR_NONE,
                    "attribute \"%.*s\" is not allowed on <%.*s>; it has: %.*s",
                    STR_ARG(attr->name), STR_ARG(el->name),
                    STR_ARG(join(c->ms->arena, names, n)));
}

static void mend_value(const struct checker *c, struct xml_attr *attr,
                       struct str near)
{
    attr->value = near;
    c->ms->mended++;
}

static void bad_value(const struct checker *c, const struct xml_node *el,
                      const struct spec_attr *spec, struct xml_attr *attr,
                      const char *fault)
{
    struct str names[NAMES_MAX] = {STR_NONE}, near;
    size_t n;

    if (spec->type != SPEC_ENUM) {
        messages_at(c->ms, c->doc, attr->value_span.from, attr->value_span.to,
                    SEVERITY_ERROR, "M105", STR_NONE,
                    "%s=\"%.*s\" on <%.*s> is %s", spec->name,
                    (int)(attr->value.n > 60 ? 60 : attr->value.n),
                    attr->value.p, STR_ARG(el->name), fault);
        return;
    }
    n = gather(spec->values, names);
    near = str_nearest(attr->value, names, n);
    if (near.n > 0) {
        messages_at(c->ms, c->doc, attr->value_span.from, attr->value_span.to,
                    SEVERITY_ERROR, "M105", near,
                    "%s=\"%.*s\" is not known; did you mean \"%.*s\"?",
                    spec->name, (int)(attr->value.n > 60 ? 60 : attr->value.n),
                    attr->value.p, STR_ARG(near));
        mend_value(c, attr, near);
    } else
        messages_at(c->ms, c->doc, attr->value_span.from, attr->value_span.to,
                    SEVERITY_ERROR, "M105", STR_NONE,
                    "%s=\"%.*s\" is not known; it is one of: %.*s", spec->name,
                    (int)(attr->value.n > 60 ? 60 : attr->value.n),
                    attr->value.p, STR_ARG(join(c->ms->arena, names, n)));
}

static void check_attributes(const struct checker *c, const struct xml_node *el,
                             const struct spec_element *spec)
{
    size_t i;

    for (i = 0; i < el->n_attrs; i++) {
        struct xml_attr *attr = &el->attrs[i];
        const struct spec_attr *a = spec_attr_find(spec, attr->name);
        const char *fault;

        if (a == NULL) {
            unknown_attribute(c, el, spec, attr);
            continue;
        }
        fault = spec_value_fault(a, attr->value);
        if (fault != NULL)
            bad_value(c, el, a, attr, fault);
    }
    for (i = 0; i < spec->n_attrs; i++) {
        const struct spec_attr *a = &spec->attrs[i];

        if (a->required && xml_attr(el, str_c(a->name)) == NULL)
            at_name(c, el, "M103", str_c(a->name),
                    str_fmt(c->ms->arena, "%.*s needs the attribute \"%s\": %s",
                            STR_ARG(call(c, el)), a->name, a->doc));
    }
}

/* --- what one field type has and another has not ----------------------------- */

static const char *const TYPE_ATTRIBUTES[] = {
    "max",          "min",      "scale",    "trim",      "rows",
    "open",         "to",       "filter",   "on-delete", "inverse",
    "quick-create", "tree",     "currency", "pattern",   "reset",
    "accept",       "max-size", "country",  NULL};

bool spec_fits_type(const struct field_type *type, struct str attr)
{
    return !listed(TYPE_ATTRIBUTES, attr) || listed(type->attributes, attr);
}

static const struct field_type *type_of(const struct checker *c,
                                        const struct xml_node *el)
{
    const struct field_type *const *all, *type;
    struct str names[NAMES_MAX] = {STR_NONE}, near;
    struct xml_attr *attr = NULL;
    size_t n, i, kept = 0;

    for (i = 0; i < el->n_attrs; i++) {
        if (str_is(el->attrs[i].name, "type"))
            attr = &el->attrs[i];
    }
    if (attr == NULL)
        return field_type_find(STR("text"));
    type = field_type_find(attr->value);
    if (type != NULL && !str_is(attr->value, "id") &&
        !str_is(attr->value, "status"))
        return type;
    n = field_types(&all);
    for (i = 0; i < n && kept < NAMES_MAX; i++) {
        struct str name = str_c(all[i]->name);

        if (!str_is(name, "id") && !str_is(name, "status"))
            names[kept++] = name;
    }
    near = str_nearest(attr->value, names, kept);
    if (str_is(attr->value, "status"))
        messages_at(c->ms, c->doc, attr->value_span.from, attr->value_span.to,
                    SEVERITY_ERROR, "M104", STR("<status>"),
                    "a status is written as <status name=\"...\">, not as a "
                    "field");
    else if (near.n > 0) {
        messages_at(c->ms, c->doc, attr->value_span.from, attr->value_span.to,
                    SEVERITY_ERROR, "M104", near,
                    "unknown field type \"%.*s\"; did you mean \"%.*s\"?",
                    STR_ARG(attr->value), STR_ARG(near));
        mend_value(c, attr, near);
        return field_type_find(near);
    } else
        messages_at(c->ms, c->doc, attr->value_span.from, attr->value_span.to,
                    SEVERITY_ERROR, "M104", STR_NONE,
                    "unknown field type \"%.*s\"; it is one of: %.*s",
                    STR_ARG(attr->value),
                    STR_ARG(join(c->ms->arena, names, kept)));
    return NULL;
}

static void check_field(const struct checker *c, const struct xml_node *el)
{
    bool override = xml_attr(el, STR("ref")) != NULL;
    const struct field_type *type = override ? NULL : type_of(c, el);
    size_t i;

    if (type == NULL) /* said already, or known only with the layer below */
        return;
    for (i = 0; i < el->n_attrs; i++) {
        const struct xml_attr *attr = &el->attrs[i];

        if (!spec_fits_type(type, attr->name))
            messages_at(c->ms, c->doc, attr->name_span.from, attr->name_span.to,
                        SEVERITY_ERROR, "M106", STR_NONE,
                        "a field of type %s has no \"%.*s\"", type->name,
                        STR_ARG(attr->name));
    }
    if ((str_is(str_c(type->name), "ref") ||
         str_is(str_c(type->name), "anyref")) &&
        xml_attr(el, STR("to")) == NULL)
        at_name(c, el, "M103", STR("to"),
                str_fmt(c->ms->arena,
                        "%.*s needs the attribute \"to\": the entity it points "
                        "to",
                        STR_ARG(call(c, el))));
}

/* An element of <extend> is either new (name, code ..) or an override (ref). */
static void check_layered(const struct checker *c, const struct xml_node *el,
                          const struct spec_element *spec)
{
    const char *own = spec->key;
    bool has_ref, has_own;

    if (own == NULL || spec_attr_find(spec, STR("ref")) == NULL)
        return;
    if (str_is(str_c(spec->name), "move"))
        own = "from";
    has_ref = xml_attr(el, STR("ref")) != NULL;
    has_own = xml_attr(el, str_c(own)) != NULL;
    if (has_ref == has_own)
        at_name(c, el, "M107", STR_NONE,
                str_fmt(c->ms->arena,
                        "<%.*s> in <extend> needs either ref=\"...\" (one that "
                        "is there) or %s=\"...\" (a new one)",
                        STR_ARG(el->name), own));
}

static void check_extend(const struct checker *c, const struct xml_node *el)
{
    int n = (xml_attr(el, STR("entity")) != NULL) +
            (xml_attr(el, STR("form")) != NULL) +
            (xml_attr(el, STR("view")) != NULL);

    if (n != 1)
        at_name(c, el, "M107", STR_NONE,
                STR("<extend> needs one of entity=\"...\", form=\"...\" or "
                    "view=\"...\""));
}

/* --- children ---------------------------------------------------------------- */

/* Two siblings of one name: the second can never be meant. */
static void check_twins(const struct checker *c, const struct xml_node *parent)
{
    const struct xml_node *el, *before;

    for (el = xml_first_element(parent); el != NULL;
         el = xml_next_element(el)) {
        const struct spec_element *spec = spec_of(el);
        const struct xml_attr *key;

        if (spec == NULL || spec->key == NULL || str_is(el->name, "t") ||
            str_is(parent->name, "bundle"))
            continue;
        key = xml_attr(el, str_c(spec->key));
        if (key == NULL)
            continue;
        for (before = xml_first_element(parent); before != el;
             before = xml_next_element(before)) {
            const struct xml_attr *other = xml_attr(before, str_c(spec->key));

            if (other != NULL && str_eq(before->name, el->name) &&
                str_eq(other->value, key->value)) {
                messages_at(c->ms, c->doc, key->value_span.from,
                            key->value_span.to, SEVERITY_ERROR, "M108",
                            STR_NONE,
                            "<%.*s %s=\"%.*s\"> is there already in line %u",
                            STR_ARG(el->name), spec->key, STR_ARG(key->value),
                            xml_pos_at(c->doc, before->tag.from).line);
                break;
            }
        }
    }
}

static void unknown_element(const struct checker *c,
                            const struct xml_node *parent,
                            const struct spec_element *spec,
                            const struct xml_node *el)
{
    struct str names[NAMES_MAX] = {STR_NONE}, near;
    size_t n = gather(spec->children, names);

    near = str_nearest(el->name, names, n);
    if (near.n > 0)
        at_name(c, el, "M101", near,
                str_fmt(c->ms->arena,
                        "unknown element <%.*s> in %.*s; did you mean <%.*s>?",
                        STR_ARG(el->name), STR_ARG(call(c, parent)),
                        STR_ARG(near)));
    else if (n > 0)
        at_name(c, el, "M101", STR_NONE,
                str_fmt(c->ms->arena,
                        "unknown element <%.*s> in %.*s; it may hold: %.*s",
                        STR_ARG(el->name), STR_ARG(call(c, parent)),
                        STR_ARG(join(c->ms->arena, names, n))));
    else
        at_name(c, el, "M101", STR_NONE,
                str_fmt(c->ms->arena,
                        "unknown element <%.*s>; %.*s holds no elements",
                        STR_ARG(el->name), STR_ARG(call(c, parent))));
}

static void check_text(const struct checker *c, const struct xml_node *el,
                       const struct spec_element *spec)
{
    const struct xml_node *child;

    if (spec->text)
        return;
    for (child = el->first; child != NULL; child = child->next) {
        if (child->kind != XML_TEXT || str_trim(child->text).n == 0)
            continue;
        messages_at(c->ms, c->doc, child->span.from, child->span.to,
                    SEVERITY_ERROR, "M109", STR_NONE,
                    "<%.*s> holds no text; did you forget a tag?",
                    STR_ARG(el->name));
        return;
    }
}

/* Depth is bounded by the parser (LIMIT_XML_DEPTH). */
static void check_element(const struct checker *c, const struct xml_node *el,
                          const struct spec_element *spec)
{
    const struct xml_node *child;

    check_attributes(c, el, spec);
    if (str_is(el->name, "field"))
        check_field(c, el);
    if (str_is(el->name, "extend"))
        check_extend(c, el);
    if (spec->context != NULL)
        check_layered(c, el, spec);
    check_text(c, el, spec);
    check_twins(c, el);
    for (child = xml_first_element(el); child != NULL;
         child = xml_next_element(child)) {
        const struct spec_element *s = spec_of(child);

        if (s == NULL || !listed(spec->children, child->name))
            unknown_element(c, el, spec, child);
        else
            check_element(c, child, s);
    }
}

void spec_check(struct xml_doc *doc, struct messages *ms)
{
    struct checker c = {doc, ms};
    const struct spec_element *all, *spec = spec_of(doc->root);
    struct str names[NAMES_MAX] = {STR_NONE}, near;
    size_t n, i, kept = 0;

    if (spec != NULL && spec->root) {
        check_element(&c, doc->root, spec);
        return;
    }
    n = spec_elements(&all);
    for (i = 0; i < n && kept < NAMES_MAX; i++) {
        if (all[i].root)
            names[kept++] = str_c(all[i].name);
    }
    near = str_nearest(doc->root->name, names, kept);
    if (near.n > 0)
        at_name(&c, doc->root, "M101", near,
                str_fmt(ms->arena,
                        "unknown root element <%.*s>; did you mean <%.*s>?",
                        STR_ARG(doc->root->name), STR_ARG(near)));
    else
        at_name(&c, doc->root, "M101", STR_NONE,
                str_fmt(ms->arena,
                        "unknown root element <%.*s>; a file begins with one "
                        "of: %.*s",
                        STR_ARG(doc->root->name),
                        STR_ARG(join(ms->arena, names, kept))));
}
