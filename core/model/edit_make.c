/*
 * edit_make - elements written from the members of an act, by the spec table:
 * which members there are, and in which order attributes stand.
 */
#include "model/edit_in.h"

#include "base/limits.h"

const struct spec_element *edit_spec(const char *element, const char *context)
{
    const struct spec_element *v, *any = NULL;
    size_t n = spec_elements(&v), i;

    for (i = 0; i < n; i++) {
        if (strcmp(v[i].name, element) != 0)
            continue;
        if (v[i].context ? !strcmp(v[i].context, context) : !context[0])
            return &v[i];
        if (!v[i].context)
            any = &v[i];
    }
    return any;
}

/* What identifies an element from layer to layer is not a builder's to write. */
static bool is_inner(struct str name)
{
    return str_is(name, "was") || str_is(name, "uid") || str_is(name, "ref");
}

static bool has_word(const char *words, struct str w)
{
    struct str rest = str_c(words), word;

    while (str_word(&rest, &word))
        if (str_eq(word, w))
            return true;
    return false;
}

static struct str nearest(const struct spec_element *spec, const char *words,
                          struct str wrong)
{
    struct str names[LIMIT_XML_ATTRS + 16], rest = str_c(words), word;
    size_t n = 0, i;

    for (i = 0; spec && i < spec->n_attrs && n < LIMIT_XML_ATTRS; i++)
        if (!is_inner(str_c(spec->attrs[i].name)))
            names[n++] = str_c(spec->attrs[i].name);
    while (str_word(&rest, &word) && n < LIMIT_XML_ATTRS + 16)
        names[n++] = word;
    return str_nearest(wrong, names, n);
}

enum rc edit_check_members(struct edit_ctx *c, const struct json *object,
                           const struct spec_element *spec, const char *words)
{
    size_t i;
    enum rc rc = RC_OK;

    for (i = 0; i < object->u.object.n; i++) {
        struct str key = object->u.object.v[i].key, near;
        const char *name;

        if (has_word(words, key) || str_is(key, "op") ||
            (spec && spec_attr_find(spec, key) && !is_inner(key)))
            continue;
        name = str_cstr(c->a, key);
        near = nearest(spec, words, key);
        rc = edit_wrong(c, name ? name : "", "unknown_member",
                        near.n ? "There is no \"%.*s\" here; did you mean "
                                 "\"%.*s\"?"
                               : "There is no \"%.*s\" here.%.*s",
                        STR_ARG(key), STR_ARG(near));
    }
    return rc;
}

static void add_attr(struct buf *b, const char *name, struct str value)
{
    buf_addf(b, " %s=\"", name);
    xml_escape_attr(b, value);
    buf_addc(b, '"');
}

static bool is_fixed(const struct edit_attr *fixed, size_t n, const char *name)
{
    size_t i;

    for (i = 0; i < n; i++)
        if (!strcmp(fixed[i].name, name))
            return true;
    return false;
}

enum rc edit_open_tag(struct edit_ctx *c, struct buf *b,
                      const struct spec_element *spec,
                      const struct json *object, const struct edit_attr *fixed,
                      size_t n_fixed, bool plain, const char *skip)
{
    size_t i;

    buf_addf(b, "<%s", spec->name);
    for (i = 0; i < n_fixed; i++)
        if (fixed[i].value.n)
            add_attr(b, fixed[i].name, fixed[i].value);
    for (i = 0; i < spec->n_attrs; i++) {
        const struct spec_attr *s = &spec->attrs[i];
        struct str value = STR_NONE;
        enum rc rc;

        if (is_fixed(fixed, n_fixed, s->name) || is_inner(str_c(s->name)) ||
            has_word(skip, str_c(s->name)))
            continue;
        rc = edit_text(c, object, s->name, &value);
        if (rc != RC_OK)
            return rc;
        if (value.p &&
            !(plain && s->fallback && str_eq(value, str_c(s->fallback))))
            add_attr(b, s->name, value);
    }
    return RC_OK;
}

enum rc edit_finish(struct edit_ctx *c, struct buf *b, struct str *out)
{
    enum rc rc = buf_finish(b, c->a, out, c->err);

    buf_release(b);
    return rc;
}
