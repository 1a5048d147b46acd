/*
 * seeds - records that come with a package. What is written in them is judged
 * when they are planted; here only names are.
 *
 * R306 no such field   R319 no such file in the package
 */
#include "model/build.h"

static const struct field *key_of(struct build *b, const struct def *d,
                                  const struct entity *e)
{
    struct str key = def_value(d, "key");

    return key.n ? build_field_ref(b, d, "key", key, e, "R306") : e->import_key;
}

static struct seed *new_seed(struct build *b, const struct def *parent)
{
    struct seed *s = BUILD_NEW(b, struct seed);
    struct str mode = def_value(parent, "mode");

    if (!s || !BUILD_PUSH(b, &b->seeds, s))
        return NULL;
    s->package = parent->package->id;
    s->mode = str_is(mode, "sync")   ? SEED_SYNC
              : str_is(mode, "demo") ? SEED_DEMO
                                     : SEED_ONCE;
    return s;
}

static void read_record(struct build *b, struct seed *s, struct def *d)
{
    struct built *e = build_entity_ref(b, d, "entity", def_value(d, "entity"));
    struct seed_record *r = BUILD_NEW(b, struct seed_record);
    size_t n = def_count(d, "v"), i = 0;

    if (!e || !r)
        return;
    r->entity = e->entity;
    r->key = key_of(b, d, e->entity);
    r->values = build_alloc(b, n, sizeof *r->values);
    if (!r->values)
        return;
    DEF_EACH (v, d, "v") {
        const struct field *f =
            build_field_ref(b, v, "f", def_value(v, "f"), e->entity, "R306");

        if (!f)
            continue;
        r->values[i].field = f;
        r->values[i].fx = build_fx(b, v, "value", e->entity,
                                   FX_USE_SEED | FX_USE_VALUE, NULL);
        r->values[i].text = build_copy(b, def_text(b, v));
        i++;
    }
    r->n_values = i;
    s->record = r;
}

static bool has_file(const struct package *p, struct str path)
{
    const struct package_src *src = p->sources;
    size_t i;

    for (i = 0; src && i < src->n; i++)
        if (str_eq(src->files[i].path, path))
            return true;
    return false;
}

static struct str read_file(struct build *b, const struct def *d,
                            const char *attr)
{
    struct str path = def_value(d, attr);
    const struct package_src *src = d->package->sources;
    struct str *names;
    size_t i;

    if (!path.n || has_file(d->package, path))
        return build_copy(b, path);
    names = src ? ARENA_ARRAY(b->scratch, struct str, src->n + 1) : NULL;
    for (i = 0; names && i < src->n; i++)
        names[i] = src->files[i].path;
    build_say_word(b, d, attr, path, "R319",
                   names ? str_nearest(path, names, src->n) : STR_NONE,
                   "the package has no file \"%.*s\"", STR_ARG(path));
    return STR("");
}

static void read_csv(struct build *b, struct seed *s, struct def *d)
{
    struct built *e = build_entity_ref(b, d, "entity", def_value(d, "entity"));
    struct str sep = def_value(d, "sep");

    s->csv_file = read_file(b, d, "file");
    s->csv_map = read_file(b, d, "map");
    s->csv_sep = sep.n ? sep.p[0] : ',';
    if (!e)
        return;
    s->csv_entity = e->entity;
    /* a map says itself how its rows are known, unless the seed does */
    if (s->csv_map.n == 0 || def_value(d, "key").n)
        s->csv_key = key_of(b, d, e->entity);
}

void build_seeds(struct build *b)
{
    struct def *c;
    struct seed *s;
    size_t i;

    for (i = 0; i < b->defs_seed.n; i++)
        for (c = b->defs_seed.v[i]->first; c; c = c->next) {
            bool csv = str_is(c->name, "csv");

            if (!csv && !str_is(c->name, "record"))
                continue;
            s = new_seed(b, b->defs_seed.v[i]);
            if (s && csv)
                read_csv(b, s, c);
            else if (s)
                read_record(b, s, c);
        }
    b->m->seeds = BUILD_KEEP(b, &b->seeds);
    b->m->n_seeds = b->m->seeds ? b->seeds.n : 0;
}
