/*
 * columns - physical names of fields, and which indexes an entity gets.
 *
 * Every index makes every write dearer, so there are few: what points, what is
 * unique, what an author asks for, the title in its order, and for each saved
 * view one of (what it filters by, what it sorts by, id).
 *
 * R303 was= of a name that is still there   R316 a field no index can hold
 */
#include "model/build.h"
#include "model/physical.h"

enum { INDEX_MAX_FIELDS = 4 };

/* --- columns ------------------------------------------------------------- */

static struct str logical_of(struct build *b, const struct entity *e,
                             struct str field)
{
    struct str s =
        str_fmt(b->scratch, "%.*s.%.*s", STR_ARG(e->qname), STR_ARG(field));

    if (!s.p)
        b->nomem = true;
    return s.p ? s : STR("");
}

static void rename_field(struct build *b, const struct built *e,
                         const struct field *f, const struct def *d)
{
    struct str was =
        d && d != e->def ? build_was(b, d, 'f', f->name) : STR_NONE;
    struct str from = logical_of(b, e->entity, was);
    struct str to = logical_of(b, e->entity, f->name);

    if (!was.n || !names_has(b->names, 'f', from) ||
        names_has(b->names, 'f', to))
        return;
    if (map_find(&e->members, was)) {
        build_error(b, d, "was", "R303",
                    "\"%.*s\" is still there; a rename takes the old name "
                    "away",
                    STR_ARG(was));
        return;
    }
    if (!names_rename(b->names, 'f', from, to) ||
        !names_rename(b->names, 'm', from, to))
        b->nomem = true;
}

static struct ident part(struct build *b, struct str base, const char *suffix)
{
    struct ident id = {STR_INIT("")};
    struct str s =
        suffix[0] ? build_fmt(b, "%.*s__%s", STR_ARG(base), suffix) : base;

    if (!ident_make(s, &id))
        b->nomem = true; /* only without memory: both parts were checked */
    return id;
}

static void name_columns(struct build *b, struct field *f, struct str base)
{
    struct field_column v[FIELD_MAX_COLUMNS];
    size_t n = f->type->columns(f, v), i;

    for (i = 0; i < n; i++) {
        struct ident id = part(b, base, v[i].suffix);

        switch (v[i].suffix[0]) {
        case 'k':
            f->col.key = id;
            break;
        case 'c':
            f->col.cur = id;
            break;
        case 'b':
            f->col.base = id;
            break;
        case 'r':
            f->col.rate = id;
            break;
        case 'e':
            f->col.ent = id;
            break;
        default: /* "" and an anyref's "id" */
            f->col.main = id;
            break;
        }
    }
}

static void name_side(struct build *b, struct field *f)
{
    const struct entity *e = f->entity;
    struct str proposed = str_fmt(b->scratch, "m_%.*s_%.*s",
                                  STR_ARG(e->table.s), STR_ARG(f->name));
    struct str s;

    if (!(f->type->traits & FIELD_HAS_SIDE))
        return;
    s = names_physical(b->names, 'm', logical_of(b, e, f->name), proposed);
    if (!ident_make(build_copy(b, s), &f->col.side))
        b->nomem = true;
}

static void name_field(struct build *b, struct field *f)
{
    struct str base = f->name;

    if (!(f->flags & FIELD_SYSTEM))
        base = names_physical(b->names, 'f', logical_of(b, f->entity, f->name),
                              f->name);
    base = build_copy(b, base);
    if (!base.n) {
        b->nomem = true;
        return;
    }
    name_columns(b, f, base);
    name_side(b, f);
}

void build_columns(struct build *b)
{
    size_t i, k;

    for (i = 0; i < b->entities.n; i++) {
        struct built *e = b->entities.v[i];

        for (k = 0; k < e->fields.n; k++)
            rename_field(b, e, e->fields.v[k], e->field_defs.v[k]);
    }
    for (i = 0; i < b->entities.n; i++) /* after all renames */
        for (k = 0; k < b->entities.v[i]->fields.n; k++)
            name_field(b, b->entities.v[i]->fields.v[k]);
}

/* --- indexes ------------------------------------------------------------- */

struct wanted {
    const struct field *fields[INDEX_MAX_FIELDS];
    bool descending[INDEX_MAX_FIELDS];
    size_t n;
    bool live_only;
};

static bool can_index(const struct field *f)
{
    return f->col.main.s.n && strcmp(f->type->name, "longtext") != 0;
}

/* What stands behind the first field may also run the other way throughout:
   the first is asked for by value, and an index is read from either end. */
static bool same_start(const struct index_def *have, const struct wanted *w)
{
    bool flipped;
    size_t i;

    if (have->n < w->n || (have->live_only && !w->live_only) ||
        have->fields[0] != w->fields[0])
        return false;
    flipped = w->n > 1 && have->descending[1] != w->descending[1];
    for (i = 1; i < w->n; i++)
        if (have->fields[i] != w->fields[i] ||
            have->descending[i] != (w->descending[i] != flipped))
            return false;
    return true;
}

/* A unique on one field finds it as well, when it is the very column. */
static bool served(const struct built *e, const struct wanted *w)
{
    size_t i;

    for (i = 0; i < e->indexes.n; i++)
        if (same_start(&e->indexes.v[i], w))
            return true;
    for (i = 0; i < e->entity->n_uniques; i++)
        if (w->n == 1 && w->live_only && !e->entity->uniques[i].when &&
            e->entity->uniques[i].n == 1 &&
            e->entity->uniques[i].fields[0] == w->fields[0] &&
            !w->fields[0]->col.key.s.n)
            return true;
    return false;
}

static void want(struct build *b, struct built *e, const struct wanted *w)
{
    struct index_def d = {.n = w->n, .live_only = w->live_only};
    size_t i;

    for (i = 0; i < w->n; i++)
        if (!can_index(w->fields[i]))
            return;
    if (!w->n || served(e, w))
        return;
    d.fields = build_keep(b, w->fields, w->n, sizeof *w->fields);
    d.descending = build_keep(b, w->descending, w->n, sizeof *w->descending);
    if (d.fields && d.descending)
        BUILD_PUSH(b, &e->indexes, d);
}

static void want_one(struct build *b, struct built *e, const struct field *f,
                     bool live_only)
{
    struct wanted w = {{f}, {false}, 1, live_only};

    if (f)
        want(b, e, &w);
}

static void written(struct build *b, struct built *e, struct def *d)
{
    struct str rest = def_value(d, "fields"), word;
    struct wanted w = {.live_only = true};
    const struct field *f;

    while (str_word(&rest, &word)) {
        bool descending = word.p[0] == '-';
        struct str name = str_sub(word, descending, word.n);

        f = build_field_ref(b, d, "fields", name, e->entity, "R306");
        if (!f)
            return;
        if (!can_index(f) || w.n == INDEX_MAX_FIELDS) {
            build_say_word(b, d, "fields", name, "R316", STR_NONE,
                           "no index takes \"%.*s\"; name at most %d fields, "
                           "no longtext or multichoice",
                           STR_ARG(name), INDEX_MAX_FIELDS);
            return;
        }
        w.fields[w.n] = f;
        w.descending[w.n++] = descending;
    }
    want(b, e, &w);
}

/* Filters like status in (..), owner = user.id: few values, so they lead. */
static bool leads(const struct field *f, const struct entity *e)
{
    static const char *const TYPES[] = {"bool", "choice", "ref", "status",
                                        "user"};
    size_t i;

    for (i = 0; f->entity == e && i < sizeof TYPES / sizeof TYPES[0]; i++)
        if (strcmp(f->type->name, TYPES[i]) == 0)
            return !(f->flags & FIELD_SYSTEM);
    return false;
}

static const struct field *first_filter(const struct view *v)
{
    const void *const *reads;
    size_t n = v->filter ? fx_reads(v->filter, &reads) : 0, i;

    for (i = 0; i < n; i++)
        if (leads(reads[i], v->entity))
            return reads[i];
    return NULL;
}

/* Choices sort by their place, not by what the column holds. */
bool build_sorts_by_column(const struct field *f)
{
    return f->n_options == 0 && !(f->type->traits & FIELD_POINTS) &&
           can_index(f) &&
           (!(f->flags & FIELD_SYSTEM) || str_is(f->name, "created_at") ||
            str_is(f->name, "updated_at"));
}

static void of_view(struct build *b, const struct view *v)
{
    struct built *e = build_find(b, v->entity);
    const struct field *lead = v->by ? v->by : first_filter(v);
    struct wanted w = {.live_only = true};
    const void *const *path;

    if (lead)
        w.fields[w.n++] = lead;
    if (v->n_sorts && v->sorts[0].expr &&
        fx_as_path(v->sorts[0].expr, &path) == 1 && path[0] != lead &&
        build_sorts_by_column(path[0])) /* read backwards when it descends */
        w.fields[w.n++] = path[0];
    want(b, e, &w);
}

static void of_entity(struct build *b, struct built *e)
{
    size_t i;

    DEF_EACH (d, e->def, "index")
        written(b, e, d);
    for (i = 0; i < e->fields.n; i++) {
        const struct field *f = e->fields.v[i];
        bool points = (f->type->traits & FIELD_POINTS) && f->n_targets;

        if ((points && !(f->flags & FIELD_SYSTEM)) || (f->flags & FIELD_INDEX))
            want_one(b, e, f, !points);
    }
    if (e->entity->title_field && e->entity->title_field->col.key.s.n)
        want_one(b, e, e->entity->title_field, true);
    want_one(b, e, e->entity->import_key, true);
}

static void name_index(struct build *b, const struct entity *e, char kind,
                       const struct ddl_index *ix, struct ident *out)
{
    struct str s = str_fmt(b->scratch, "%.*s/%s", STR_ARG(e->qname),
                           ix->live_only ? "" : "all:");
    size_t i;

    for (i = 0; i < ix->n; i++)
        s = str_fmt(b->scratch, "%.*s%s%.*s", STR_ARG(s),
                    ix->keys[i].descending ? ",-" : ",",
                    STR_ARG(ix->keys[i].column.s));
    s = s.p ? names_physical(b->names, kind, s, e->table.s) : STR_NONE;
    if (!s.p || !ident_make(build_copy(b, s), out))
        b->nomem = true;
}

/* The names go by columns, so that they stay when a field is renamed. */
static void name_indexes(struct build *b, struct built *e)
{
    struct ddl_index *v;
    struct entity *entity = e->entity;
    size_t i, n, k = 0;

    for (i = 0; i < entity->n_uniques; i++)
        if (!entity->uniques[i].when)
            entity->uniques[i].index = e->entity->table; /* for now: has one */
    if (physical_indexes(entity, b->scratch, &v, &n, NULL) != RC_OK) {
        b->nomem = true;
        return;
    }
    for (i = 0; i < entity->n_uniques; i++)
        if (!entity->uniques[i].when)
            name_index(b, entity, 'u', &v[k++], &entity->uniques[i].index);
    for (i = 0; i < entity->n_indexes; i++)
        name_index(b, entity, 'i', &v[k++], &entity->indexes[i].index);
}

void build_indexes(struct build *b)
{
    size_t i;

    for (i = 0; i < b->entities.n; i++)
        of_entity(b, b->entities.v[i]);
    for (i = 0; i < b->views.n; i++)
        if (!b->views.v[i]->generated)
            of_view(b, b->views.v[i]);
    for (i = 0; i < b->entities.n; i++) {
        struct built *e = b->entities.v[i];

        e->entity->indexes = BUILD_KEEP(b, &e->indexes);
        e->entity->n_indexes = e->entity->indexes ? e->indexes.n : 0;
        name_indexes(b, e);
    }
}
