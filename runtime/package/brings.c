/*
 * brings - what a package brings, read off its files: no model is compiled, so
 * that a marketplace of many packages is listed in a moment.
 */
#include "package/manifest.h"
#include "xml/xml.h"

enum { FILE_ARENA = 64 << 20 };

struct counting {
    struct arena *a;
    struct manifest_brings *out;
    bool nomem;
};

static void push(struct counting *c, struct manifest_brings *b, struct str what,
                 int list)
{
    struct str s = str_copy(c->a, what);
    bool ok = s.p != NULL;

    if (ok && list == 0)
        ok = VEC_PUSH(c->a, &b->entities, s);
    else if (ok && list == 1)
        ok = VEC_PUSH(c->a, &b->extends, s);
    else if (ok && list == 2)
        ok = VEC_PUSH(c->a, &b->languages, s);
    else if (ok)
        ok = VEC_PUSH(c->a, &b->words, s);
    c->nomem |= !ok;
}

static bool has(const struct str *v, size_t n, struct str s)
{
    for (size_t i = 0; i < n; i++) {
        if (str_eq(v[i], s))
            return true;
    }
    return false;
}

static int64_t count(const struct xml_node *el, struct str name)
{
    int64_t n = 0;

    for (el = xml_first_element(el); el; el = xml_next_element(el))
        n += str_eq(el->name, name);
    return n;
}

static void count_entity(struct counting *c, const struct xml_node *el)
{
    struct str name = xml_value(el, STR("name"), STR(""));

    push(c, c->out, xml_value(el, STR("label"), name), 0);
    c->out->fields += count(el, STR("field")) + count(el, STR("status"));
}

static void count_extension(struct counting *c, const struct xml_node *el)
{
    struct str e = xml_value(el, STR("entity"), STR(""));
    const struct xml_node *f;

    if (!e.n)
        return;
    if (!has(c->out->extends.v, c->out->extends.n, e))
        push(c, c->out, e, 1);
    for (f = xml_first_element(el); f; f = xml_next_element(f))
        c->out->fields +=
            str_is(f->name, "field") && xml_attr(f, STR("name")) != NULL;
}

static void count_one(struct counting *c, const struct xml_node *el)
{
    struct manifest_brings *b = c->out;
    struct str lang;

    if (str_is(el->name, "entity") || str_is(el->name, "link")) {
        count_entity(c, el);
    } else if (str_is(el->name, "extend")) {
        count_extension(c, el);
    } else if (str_is(el->name, "form")) {
        b->forms++;
    } else if (str_is(el->name, "view")) {
        b->views++;
    } else if (str_is(el->name, "menus")) {
        b->menus += count(el, STR("app"));
    } else if (str_is(el->name, "i18n")) {
        lang = xml_value(el, STR("lang"), STR(""));
        if (lang.n && !has(b->languages.v, b->languages.n, lang))
            push(c, b, lang, 2);
    } else if (str_is(el->name, "seed")) {
        if (str_is(xml_value(el, STR("mode"), STR("")), "demo"))
            b->has_demo = true;
        else
            b->records += count(el, STR("record")) + count(el, STR("csv"));
    }
}

static void count_file(struct counting *c, const struct package_file *f)
{
    const struct xml_node *el;
    struct xml_doc *doc = NULL;
    struct arena a;

    if (str_ends(f->path, STR(".lua")))
        c->out->scripts += str_starts(f->path, STR("scripts/"));
    if (!str_ends(f->path, STR(".xml")) || str_is(f->path, "package.xml"))
        return;
    arena_init(&a, FILE_ARENA);
    if (xml_parse(f->path, f->text, &a, &doc, NULL) == RC_OK) {
        if (!str_is(doc->root->name, "bundle"))
            count_one(c, doc->root);
        else
            for (el = xml_first_element(doc->root); el;
                 el = xml_next_element(el))
                count_one(c, el);
    }
    arena_release(&a);
}

/* --- in words ------------------------------------------------------------------- */

static void say(struct counting *c, int64_t n, const char *one,
                const char *many)
{
    struct str s;

    if (n == 0)
        return;
    s = str_fmt(c->a, "%lld %s", (long long)n, n == 1 ? one : many);
    c->nomem |= !s.p;
    push(c, c->out, s, 3);
}

static void say_list(struct counting *c, const char *before,
                     const struct str *v, size_t n)
{
    struct str s = STR("");

    for (size_t i = 0; i < n && i < 6; i++)
        s = str_fmt(c->a, "%.*s%s%.*s", STR_ARG(s), i ? ", " : "",
                    STR_ARG(v[i]));
    if (n > 6)
        s = str_fmt(c->a, "%.*s and %zu more", STR_ARG(s), n - 6);
    if (n > 0)
        s = str_fmt(c->a, "%s%.*s", before, STR_ARG(s));
    c->nomem |= !s.p;
    if (n > 0 && s.p)
        push(c, c->out, s, 3);
}

enum rc manifest_brings(const struct package_src *src, struct arena *a,
                        struct manifest_brings *out, struct err *err)
{
    struct manifest_brings b = {0};
    struct counting c = {.a = a, .out = &b};

    for (size_t i = 0; i < src->n; i++)
        count_file(&c, &src->files[i]);
    say_list(&c, "kinds of record: ", b.entities.v, b.entities.n);
    say(&c, b.fields, "field", "fields");
    say(&c, b.forms, "form", "forms");
    say(&c, b.views, "view", "views");
    say(&c, b.menus, "app in the menu", "apps in the menu");
    say_list(&c, "changes to ", b.extends.v, b.extends.n);
    say(&c, b.scripts, "script", "scripts");
    say(&c, b.records, "set of records", "sets of records");
    if (b.has_demo)
        push(&c, &b, STR("example records, on request"), 3);
    say_list(&c, "translations: ", b.languages.v, b.languages.n);
    if (c.nomem || arena_failed(a))
        return FAIL(err, RC_NOMEM, "There is no memory for a package's card.");
    *out = b;
    return RC_OK;
}
