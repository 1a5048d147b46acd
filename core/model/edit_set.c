/*
 * edit_set - attributes of an element that is there, its place among its
 * siblings, and taking it away.
 */
#include "model/edit_in.h"

#include "base/limits.h"

/* Identity and storage of what another package defined are that package's. */
static bool is_theirs(const struct spec_element *spec, struct str name)
{
    bool stores = str_is(name, "type") || str_is(name, "to");

    return str_is(name, "name") || str_is(name, "code") ||
           str_is(name, "entity") || (!strcmp(spec->name, "field") && stores) ||
           (!strcmp(spec->name, "place") && str_is(name, "field")) ||
           (!strcmp(spec->name, "column") && str_is(name, "field"));
}

static enum rc refuse_theirs(struct edit_ctx *c, const struct edit_target *t,
                             const struct spec_element *spec, const char *words)
{
    size_t i;

    for (i = 0; i < c->act->u.object.n; i++) {
        struct str key = c->act->u.object.v[i].key, rest = str_c(words), w;
        bool is_word = str_is(key, "op");

        while (str_word(&rest, &w))
            is_word = is_word || str_eq(w, key);
        if (!is_word && is_theirs(spec, key))
            return edit_wrong(
                c, str_cstr(c->a, key), "not_yours",
                "\"%.*s\" of what package %.*s brought cannot be changed.",
                STR_ARG(key), STR_ARG(t->home.package));
    }
    return RC_OK;
}

/* The element, found again after each splice. */
static enum rc again(struct edit_ctx *c, const struct edit_target *t,
                     struct edit_at *at)
{
    bool own;

    return edit_locate(c, t, t->n, at, &own);
}

static enum rc set_one(struct edit_ctx *c, const struct edit_target *t,
                       const struct spec_attr *a, const struct json *v,
                       bool own)
{
    struct str name = str_c(a->name), value = STR_NONE;
    struct edit_at at;
    bool drops;
    enum rc rc = edit_value(c, name, v, &value);

    if (rc == RC_OK)
        rc = again(c, t, &at);
    if (rc != RC_OK)
        return rc;
    drops = !value.p || (own && a->fallback && !a->required &&
                         str_eq(value, str_c(a->fallback)));
    if (!drops)
        return edit_set_attr(c->e, at, name, value, c->err);
    if (!xml_attr(at.node, name))
        return RC_OK;
    return edit_drop_attr(c->e, at, name, c->err);
}

/* An override that is left without anything to say. */
static enum rc tidy(struct edit_ctx *c, const struct edit_target *t)
{
    const struct xml_node *n;
    struct edit_at at;
    bool own;
    enum rc rc = edit_locate(c, t, t->n, &at, &own);

    if (rc != RC_OK || own || !at.node || at.node->n_attrs > 1)
        return rc;
    for (n = at.node->first; n; n = n->next)
        if (n->kind != XML_TEXT || str_trim(n->text).n)
            return RC_OK;
    return edit_remove(c->e, at, c->err);
}

/* An override where nothing was overridden yet: the way to it, in one piece. */
static enum rc first_override(struct edit_ctx *c, const struct edit_target *t,
                              const struct spec_element *spec,
                              const char *words)
{
    struct edit_attr fixed = {"ref", STR_NONE};
    struct edit_target parent = *t;
    struct str fragment;
    struct buf b;
    size_t empty;
    enum rc rc;

    buf_init(&b, LIMIT_XML_BYTES);
    if (t->n)
        fixed.value = t->steps[t->n - 1].key;
    else {
        fixed.name = t->kind;
        fixed.value = t->name.n
                          ? str_fmt(c->a, "%.*s.%.*s", STR_ARG(t->home.qname),
                                    STR_ARG(t->name))
                          : t->home.qname;
    }
    rc = edit_open_tag(c, &b, spec, &(struct json){.kind = JSON_OBJECT}, &fixed,
                       1, false, words);
    empty = b.n;
    buf_reset(&b);
    if (rc == RC_OK)
        rc = edit_open_tag(c, &b, spec, c->act, &fixed, 1, false, words);
    if (rc == RC_OK && b.n == empty && !b.failed) {
        buf_release(&b);
        return RC_OK; /* as the vendor has it: so it is */
    }
    buf_adds(&b, "/>");
    if (rc != RC_OK) {
        buf_release(&b);
        return rc;
    }
    rc = edit_finish(c, &b, &fragment);
    if (rc != RC_OK)
        return rc;
    if (!t->n)
        return edit_extend(c, t, fragment);
    parent.n--;
    return edit_put_below(c, &parent, spec->name, fragment, STR_NONE, STR_NONE);
}

enum rc edit_set_members(struct edit_ctx *c, const struct edit_target *t,
                         const struct spec_element *spec, const char *words)
{
    struct edit_at at;
    bool own;
    size_t i;
    enum rc rc = edit_check_members(c, c->act, spec, words);

    if (rc == RC_OK)
        rc = edit_locate(c, t, t->n, &at, &own);
    if (rc == RC_OK && !own)
        rc = refuse_theirs(c, t, spec, words);
    if (rc != RC_OK)
        return rc;
    if (!at.node)
        return first_override(c, t, spec, words);
    for (i = 0; rc == RC_OK && i < spec->n_attrs; i++) {
        const struct json *v = json_get(c->act, str_c(spec->attrs[i].name));
        struct str rest = str_c(words), w;
        bool is_word = false;

        while (str_word(&rest, &w))
            is_word = is_word || str_eq(w, str_c(spec->attrs[i].name));
        if (v && !is_word)
            rc = set_one(c, t, &spec->attrs[i], v, own);
    }
    return rc == RC_OK ? tidy(c, t) : rc;
}

/* --- place among siblings -------------------------------------------------------- */

enum rc edit_need_anchor(struct edit_ctx *c, struct str *after,
                         struct str *before)
{
    enum rc rc = edit_text(c, c->act, "after", after);

    if (rc == RC_OK)
        rc = edit_text(c, c->act, "before", before);
    if (rc == RC_OK && after->n && before->n)
        return edit_wrong(c, "before", "wrong_value",
                          "Say \"after\" or \"before\", not both.");
    return rc;
}

struct str edit_outdent(struct arena *a, const struct xml_doc *doc,
                        const struct xml_node *el)
{
    struct str text = str_sub(doc->source, el->span.from,
                              el->span.to - (size_t)el->span.from);
    struct str line = xml_line_at(doc, el->span.from), rest = text, piece;
    struct str out = STR_NONE;
    size_t indent = 0;
    struct buf b;

    while (indent < line.n && (line.p[indent] == ' ' || line.p[indent] == '\t'))
        indent++;
    buf_init(&b, LIMIT_XML_BYTES);
    while (str_split(&rest, '\n', &piece)) {
        if (b.n)
            buf_addc(&b, '\n');
        buf_add(&b, b.n && str_starts(piece, str_sub(line, 0, indent))
                        ? str_sub(piece, indent, piece.n)
                        : piece);
    }
    if (buf_finish(&b, a, &out, NULL) != RC_OK)
        out = STR_NONE;
    buf_release(&b);
    return out;
}

/* Among siblings that a package brought: all of an extension but what stands
   below a field or a status of its own. */
static enum rc is_beside_theirs(struct edit_ctx *c, const struct edit_target *t,
                                bool *out)
{
    struct edit_at at;
    bool own = false;
    enum rc rc = RC_OK;

    if (!t->own && t->n > 1)
        rc = edit_locate(c, t, t->n - 1, &at, &own);
    *out = !t->own && !own;
    return rc;
}

enum rc edit_move(struct edit_ctx *c, const struct edit_target *t)
{
    const struct edit_step *s = &t->steps[t->n - 1];
    struct str after = STR_NONE, before = STR_NONE, text;
    struct edit_target parent = *t;
    struct xml_doc *doc;
    struct edit_at at;
    bool own, theirs;
    enum rc rc = edit_need_anchor(c, &after, &before);

    if (rc == RC_OK)
        rc = edit_locate(c, t, t->n, &at, &own);
    if (rc != RC_OK)
        return rc;
    if (!after.n && !before.n)
        return edit_wrong(c, "after", "required",
                          "Say \"after\" or \"before\" which %s.", s->element);
    if (str_eq(after.n ? after : before, s->key))
        return RC_OK;
    if (!own)
        return edit_wrong(c, t->members[t->n - 1], "not_yours",
                          "The order of what package %.*s brought is its own; "
                          "write a form or view of yours for another.",
                          STR_ARG(t->home.package));
    rc = is_beside_theirs(c, t, &theirs);
    if (rc != RC_OK)
        return rc;
    if (theirs && before.n)
        return edit_wrong(c, "before", "wrong_value",
                          "Beside what a package brought, say after which %s "
                          "it stands.",
                          s->element);
    if (theirs) /* in an extension an attribute says where */
        return edit_set_attr(c->e, at, STR("after"), after, c->err);
    rc = edit_doc(c->e, at.file, &doc, c->err);
    if (rc != RC_OK)
        return rc;
    text = edit_outdent(c->a, doc, at.node);
    if (!text.p)
        return edit_no_memory(c->err);
    rc = edit_remove(c->e, at, c->err);
    parent.n--;
    return rc == RC_OK
               ? edit_put_below(c, &parent, s->element, text, after, before)
               : rc;
}

/* --- taking away ------------------------------------------------------------------- */

enum rc edit_take_away(struct edit_ctx *c, const struct edit_target *t,
                       const char *hide)
{
    struct edit_at at;
    bool own;
    const struct edit_step *s = &t->steps[t->n - 1];
    struct edit_target parent = *t;
    struct str fragment;
    struct buf b;
    enum rc rc = edit_locate(c, t, t->n, &at, &own);

    if (rc != RC_OK)
        return rc;
    if (own)
        return edit_remove(c->e, at, c->err);
    if (!hide)
        return edit_wrong(c, t->members[t->n - 1], "not_yours",
                          "What package %.*s brought cannot be taken away.",
                          STR_ARG(t->home.package));
    if (at.node)
        return edit_set_attr(c->e, at, str_c(hide), STR("true"), c->err);
    buf_init(&b, LIMIT_XML_BYTES);
    buf_addf(&b, "<%s ref=\"", s->element);
    xml_escape_attr(&b, s->key);
    buf_addf(&b, "\" %s=\"true\"/>", hide);
    rc = edit_finish(c, &b, &fragment);
    if (rc != RC_OK)
        return rc;
    parent.n--;
    return edit_put_below(c, &parent, s->element, fragment, STR_NONE, STR_NONE);
}
