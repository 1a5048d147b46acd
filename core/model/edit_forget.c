/*
 * edit_forget - a field goes, and with it what in `local` was only about it: its
 * places on forms, its columns, orders by it, its translations. What says more (a
 * condition, a unique, a check) stays and is a message of the compile, with its
 * place: whoever wrote it decides.
 */
#include "model/edit_uses.h"

static const struct xml_node *at_offset(const struct xml_node *el, uint32_t at)
{
    const struct xml_node *n;

    for (n = xml_first_element(el); n; n = xml_next_element(n))
        if (n->span.from <= at && at < n->span.to)
            return at_offset(n, at);
    return el;
}

/* Is the element about nothing but the field named at `at`? */
static bool is_only_about(const struct xml_node *el, uint32_t at)
{
    static const struct {
        const char *element, *attr;
    } ROWS[] = {{"place", "field"},  {"place", "ref"},  {"fact", "field"},
                {"column", "field"}, {"column", "ref"}, {"sort", "by"},
                {"t", "k"},          {"path", "field"}};
    size_t i;

    for (i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        const struct xml_attr *a = str_eq(el->name, str_c(ROWS[i].element))
                                       ? xml_attr(el, str_c(ROWS[i].attr))
                                       : NULL;

        if (a && a->value_span.from <= at && at < a->value_span.to)
            return true;
    }
    return false;
}

static enum rc forget_one(struct edit_ctx *c, size_t file,
                          const struct field *f, bool *again)
{
    struct uses u = {0};
    struct xml_doc *doc;
    size_t i;
    enum rc rc = edit_doc(c->e, file, &doc, c->err);

    *again = false;
    if (rc == RC_OK)
        rc = edit_uses(c->e->model, STR("local"), doc, f, c->a, &u, c->err);
    for (i = 0; rc == RC_OK && i < u.at.n; i++) {
        const struct xml_node *el = at_offset(doc->root, u.at.v[i].from);

        if (!is_only_about(el, u.at.v[i].from))
            continue;
        *again = true;
        return edit_remove(c->e, (struct edit_at){file, el}, c->err);
    }
    return rc;
}

enum rc edit_forget_field(struct edit_ctx *c, const struct edit_target *t)
{
    const struct field *f =
        t->home.entity ? entity_field(t->home.entity, t->steps[0].key) : NULL;
    struct edit_at at;
    bool own, again;
    size_t i;
    enum rc rc = edit_locate(c, t, t->n, &at, &own);

    if (rc != RC_OK || !own || !f)
        return rc;
    for (i = 0; rc == RC_OK && i < c->e->files.n; i++) {
        again = str_ends(c->e->files.v[i].path, STR(".xml"));
        while (rc == RC_OK && again && c->e->files.v[i].text.p)
            rc = forget_one(c, i, f, &again);
    }
    return rc;
}
