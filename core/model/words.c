/*
 * words - translations. Every visible text registers under its key while it is
 * built; the <t> of <i18n> then find it there.
 *
 * Keys of an entity: label plural help field.F help.F STATUS.CODE CHOICE.CODE
 * move.M move.M.message collection.C unique.FIELDS check.C view.V view.V.quick.N
 * view.V.column.PATH form.F form.F.tab.T form.F.section.S form.F.place.F
 * Keys of a package: package.label package.summary app.A app.A.group.LABEL
 * app.A.item.N; of sys also system.FIELD.
 *
 * R318 a key that names no text
 */
#include "model/build.h"

#include <stdlib.h>

struct heard {
    struct text *text;
    const struct package *package; /* whose words; NULL: made of a name */
    bool is_borrowed;   /* the words of something else, until it has its own */
    struct heard *next; /* several may share a key */
};

static struct str full_key(struct build *b, struct str scope, struct str key)
{
    struct str s =
        str_fmt(b->scratch, "%.*s\n%.*s", STR_ARG(scope), STR_ARG(key));

    if (!s.p)
        b->nomem = true;
    return s.p ? s : STR("");
}

static void listen(struct build *b, struct text *t, struct str scope,
                   struct str key, const struct package *package,
                   bool is_borrowed)
{
    struct heard *h = ARENA_NEW(b->scratch, struct heard);
    struct str k = full_key(b, scope, key);

    if (!h) {
        b->nomem = true;
        return;
    }
    h->text = t;
    h->package = package;
    h->is_borrowed = is_borrowed;
    h->next = map_find(&b->texts, k);
    build_map_put(b, &b->texts, k, h);
}

void build_text(struct build *b, struct text *t, struct str scope,
                struct str key)
{
    listen(b, t, scope, key, NULL, false);
}

void build_text_by(struct build *b, struct text *t, struct str scope,
                   struct str key, const struct package *package)
{
    listen(b, t, scope, key, package, false);
}

void build_text_of(struct build *b, struct text *t, struct str scope,
                   struct str key)
{
    const struct heard *own = map_find(&b->texts, full_key(b, scope, key));

    while (own && own->is_borrowed)
        own = own->next;
    listen(b, t, scope, key, own ? own->package : NULL, true);
}

static int by_tag(const void *a, const void *b)
{
    const struct str *x = a, *y = b;

    return str_cmp(*x, *y);
}

static void find_langs(struct build *b)
{
    VEC(struct str) v = {0};
    size_t i, k;

    for (i = 0; i < b->defs_i18n.n; i++) {
        struct str lang = def_value(b->defs_i18n.v[i], "lang");

        for (k = 0; k < v.n && !str_eq(v.v[k], lang); k++)
            ;
        if (k == v.n && lang.n)
            BUILD_PUSH(b, &v, build_copy(b, lang));
    }
    if (v.n)
        qsort(v.v, v.n, sizeof *v.v, by_tag);
    b->m->langs = BUILD_KEEP(b, &v);
    b->m->n_langs = b->m->langs ? v.n : 0;
}

/* Words that an upper layer has changed are not translated by what lies below:
   that would be the translation of what they were. */
static void translate(struct build *b, const struct heard *h, size_t lang,
                      struct str words, const struct package *by)
{
    for (; h; h = h->next) {
        struct str *tr = h->text->tr;

        if (h->package && h->package->layer > by->layer)
            continue;

        if (!tr)
            tr = BUILD_ARRAY(b, struct str, b->m->n_langs);
        if (!tr)
            return;
        if (!h->is_borrowed || !tr[lang].n)
            tr[lang] = words;
        h->text->tr = tr;
    }
}

static struct str nearest_key(struct build *b, struct str scope,
                              struct str wrong)
{
    struct str *v = ARENA_ARRAY(b->scratch, struct str, b->texts.n + 1);
    size_t i, n = 0;

    for (i = 0; v && i < b->texts.n; i++) {
        struct str key = b->texts.entries[i].key;

        if (key.n > scope.n && str_starts(key, scope) && key.p[scope.n] == '\n')
            v[n++] = str_sub(key, scope.n + 1, key.n);
    }
    return v ? str_nearest(wrong, v, n) : STR_NONE;
}

/* An unknown key is a warning: what was translated may be gone by now. */
static void one(struct build *b, struct def *t, struct str scope, size_t lang)
{
    struct str k = def_value(t, "k");
    const struct heard *h = map_find(&b->texts, full_key(b, scope, k));

    if (h)
        translate(b, h, lang, build_copy(b, def_text(b, t)), t->package);
    else
        build_say(b, t, "k", SEVERITY_WARNING, "R318", nearest_key(b, scope, k),
                  "no text of %.*s has the key "
                  "\"%.*s\"",
                  STR_ARG(scope), STR_ARG(k));
}

static void file(struct build *b, struct def *d)
{
    struct str lang = def_value(d, "lang"), entity = def_value(d, "entity");
    struct str scope = d->package->id;
    struct built *e;
    size_t i;

    for (i = 0; i < b->m->n_langs && !str_eq(b->m->langs[i], lang); i++)
        ;
    if (i == b->m->n_langs)
        return;
    if (entity.n) {
        e = build_entity_ref(b, d, "entity", entity);
        if (!e)
            return;
        scope = e->entity->qname;
    }
    DEF_EACH (t, d, "t")
        one(b, t, scope, i);
}

void build_words(struct build *b)
{
    size_t i;

    find_langs(b);
    for (i = 0; i < b->defs_i18n.n; i++)
        file(b, b->defs_i18n.v[i]);
}
