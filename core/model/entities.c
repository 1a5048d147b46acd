/*
 * entities - entities and links: their names, labels and fields.
 *
 * R302 a name twice on one entity   R303 was= of a name that is still there
 * R304 a reserved name              R309 too many
 */
#include "model/build.h"

#include "base/limits.h"

/* Columns of every table and what fx calls rows; the engines' own words are
   refused for all names by the spec. */
static const char *const RESERVED[] = {
    "created_at", "created_by", "deleted_at", "id",         "old",
    "rev",        "this",       "updated_at", "updated_by", "user"};

struct system_field {
    const char *name, *type, *label;
};
/* `id` first: code counts on it. */
static const struct system_field SYSTEM[] = {
    {"id", "id", "ID"},
    {"rev", "int", "Revision"},
    {"created_at", "datetime", "Created at"},
    {"created_by", "ref", "Created by"},
    {"updated_at", "datetime", "Changed at"},
    {"updated_by", "ref", "Changed by"},
    {"deleted_at", "datetime", "Deleted at"},
};
enum { N_SYSTEM = sizeof SYSTEM / sizeof SYSTEM[0] };

/* --- entities ------------------------------------------------------------ */

static struct str plural_of(struct build *b, struct str label)
{
    struct str stem = str_sub(label, 0, label.n ? label.n - 1 : 0);
    char last = label.n ? label.p[label.n - 1] : '\0';
    char before = label.n > 1 ? label.p[label.n - 2] : '\0';

    if (last == 'y' && !strchr("aeiou", before))
        return build_fmt(b, "%.*sies", STR_ARG(stem));
    if (last == 's' || last == 'x' || str_ends(label, STR("ch")) ||
        str_ends(label, STR("sh")))
        return build_fmt(b, "%.*ses", STR_ARG(label));
    return build_fmt(b, "%.*ss", STR_ARG(label));
}

static struct str table_name(struct build *b, const struct entity *e)
{
    struct str s = build_fmt(b, "%s%.*s_%.*s", e->is_link ? "l_" : "",
                             STR_ARG(e->package), STR_ARG(e->name));
    char *p = arena_dup(b->scratch, s.p, s.n);
    size_t i;

    if (!p) {
        b->nomem = true;
        return STR("x");
    }
    for (i = 0; i < s.n; i++)
        if (p[i] == '.')
            p[i] = '_';
    return str_of(p, s.n);
}

struct str build_was(struct build *b, const struct def *d, char kind,
                     struct str now)
{
    struct str uid = def_value(d, "uid"), before = STR_NONE, key;

    if (uid.n) {
        key = str_fmt(b->scratch, "%.*s:%c:%.*s", STR_ARG(d->package->id), kind,
                      STR_ARG(uid));
        if (!key.p || !names_uid(b->names, key, now, &before))
            b->nomem = true;
    }
    return def_value(d, "was").n ? def_value(d, "was") : before;
}

static void rename_entity(struct build *b, const struct entity *e,
                          const struct def *d)
{
    struct str was = build_was(b, d, 'e', e->name), from;

    if (!was.n)
        return;
    from = str_fmt(b->scratch, "%.*s:%.*s", STR_ARG(e->package), STR_ARG(was));
    if (!from.p)
        b->nomem = true;
    else if (!names_has(b->names, 'e', from) ||
             names_has(b->names, 'e', e->qname))
        return; /* done before, or never there */
    else if (map_find(&b->entity_defs, from))
        build_error(b, d, "was", "R303",
                    "\"%.*s\" is still there; a rename takes the old name "
                    "away",
                    STR_ARG(was));
    else if (!names_rename(b->names, 'e', from, e->qname))
        b->nomem = true;
}

static void name_table(struct build *b, struct entity *e)
{
    struct str table;

    table = names_physical(b->names, 'e', e->qname, table_name(b, e));
    table = build_copy(b, table);
    if (!ident_make(table, &e->table))
        b->nomem = true; /* names_physical had none */
    e->number = names_number(b->names, e->qname);
}

static void read_entity(struct build *b, struct entity *e, const struct def *d)
{
    struct def *help = def_first(d, "help");

    e->icon = build_copy(b, def_value(d, "icon"));
    e->color = build_copy(b, def_value(d, "color"));
    build_label(b, d, "label", build_humanise(b, e->name), &e->label, e,
                "label");
    build_label(b, d, "plural", plural_of(b, e->label.base), &e->plural, e,
                "plural");
    e->help.base = help ? build_copy(b, def_text(b, help)) : STR("");
    build_text(b, &e->help, e->qname, STR("help"));
    e->history = def_bool(d, "history", true);
    e->files = def_bool(d, "files", false);
    e->comments = def_bool(d, "comments", !e->is_link);
}

static void add_entity(struct build *b, struct str qname, struct def *d)
{
    struct built *built = ARENA_NEW(b->scratch, struct built);
    struct entity *e = BUILD_NEW(b, struct entity);

    if (!built || !e) {
        b->nomem = true;
        return;
    }
    if (b->entities.n == LIMIT_ENTITIES) {
        build_error(b, d, "name", "R309", "there are more than %d entities",
                    LIMIT_ENTITIES);
        return;
    }
    built->entity = e;
    built->def = d;
    map_init(&built->members, b->scratch);
    e->package = d->package->id;
    e->name = build_copy(b, def_value(d, "name"));
    e->qname = build_copy(b, qname);
    e->is_link = str_is(d->name, "link");
    e->is_archived = d->package->is_archived;
    e->is_platform = str_is(e->package, "sys");
    e->index = (int)b->entities.n;
    map_init(&e->by_name, b->a);
    rename_entity(b, e, d);
    read_entity(b, e, d);
    BUILD_PUSH(b, &b->entities, built);
    build_map_put(b, &b->built, e->qname, built);
    build_map_put(b, &b->m->by_qname, e->qname, e);
}

/* --- fields -------------------------------------------------------------- */

static bool is_reserved(struct str name)
{
    size_t i;

    for (i = 0; i < sizeof RESERVED / sizeof RESERVED[0]; i++)
        if (str_eq(name, str_c(RESERVED[i])))
            return true;
    return false;
}

static struct field *push_field(struct build *b, struct built *e,
                                struct str name, const char *type,
                                struct def *d)
{
    struct field *f = BUILD_NEW(b, struct field);

    if (!f)
        return NULL;
    f->name = build_copy(b, name);
    f->type = field_type_find(str_c(type));
    f->entity = e->entity;
    f->index = (int)e->fields.n;
    f->package = d ? d->package->id : e->entity->package;
    f->on_delete = ON_DELETE_RESTRICT;
    if (!f->type || !BUILD_PUSH(b, &e->fields, f) ||
        !BUILD_PUSH(b, &e->field_defs, d))
        return NULL;
    build_map_put(b, &e->members, f->name, f);
    build_map_put(b, &e->entity->by_name, f->name, f);
    return f;
}

static void point_to(struct build *b, struct field *f, const struct built *to)
{
    if (!to)
        return;
    f->targets = BUILD_ARRAY(b, const struct entity *, 1);
    if (!f->targets)
        return;
    f->targets[0] = to->entity;
    f->n_targets = 1;
}

static struct built *user_entity(struct build *b)
{
    return map_find(&b->built, STR("sys:user"));
}

static void add_system_fields(struct build *b, struct built *e)
{
    size_t i;

    for (i = 0; i < N_SYSTEM; i++) {
        struct field *f =
            push_field(b, e, str_c(SYSTEM[i].name), SYSTEM[i].type, NULL);

        if (!f)
            continue;
        f->flags = FIELD_SYSTEM | FIELD_READONLY | FIELD_HIDDEN;
        f->label.base = str_c(SYSTEM[i].label);
        build_text(b, &f->label, STR("sys"),
                   build_fmt(b, "system.%s", SYSTEM[i].name));
        if (str_is(f->name, "created_by") || str_is(f->name, "updated_by"))
            point_to(b, f, user_entity(b));
        if (i == 0)
            point_to(b, f, e);
    }
    e->entity->n_system = e->fields.n;
}

static void add_side(struct build *b, struct built *e, const char *side,
                     const char *inverse)
{
    struct def *d = e->def;
    struct built *to = build_entity_ref(b, d, side, def_value(d, side));
    struct field *f = push_field(b, e, str_c(side), "ref", d);

    if (!f || !to)
        return;
    f->flags = FIELD_REQUIRED | FIELD_HISTORY | FIELD_QUICK_CREATE;
    f->on_delete = ON_DELETE_CASCADE;
    f->inverse = build_copy(b, def_value(d, inverse));
    f->label.base = to->entity->label.base;
    build_text_of(b, &f->label, to->entity->qname, STR("label"));
    build_text(b, &f->label, e->entity->qname, build_fmt(b, "field.%s", side));
    point_to(b, f, to);
}

static void add_owner(struct build *b, struct built *e)
{
    struct field *f;

    if (!def_bool(e->def, "owner", false))
        return;
    f = map_find(&e->entity->by_name, STR("owner"));
    if (f) {
        e->entity->owner = f;
        return;
    }
    f = push_field(b, e, STR("owner"), "user", e->def);
    if (!f)
        return;
    f->flags = FIELD_HISTORY;
    f->label.base = STR("Owner");
    build_text(b, &f->label, STR("sys"), STR("system.owner"));
    point_to(b, f, user_entity(b));
    e->entity->owner = f;
}

static void add_field(struct build *b, struct built *e, struct def *d)
{
    struct str name = def_value(d, "name"), type = def_value(d, "type");
    struct field *f;

    if (str_is(d->name, "status"))
        type = STR("status");
    if (!type.n)
        type = STR("text");
    if (is_reserved(name)) {
        build_error(b, d, "name", "R304",
                    "\"%.*s\" is a name of the platform; choose another",
                    STR_ARG(name));
        return;
    }
    if (map_find(&e->members, name)) {
        build_error(b, d, "name", "R302",
                    "%.*s has a field \"%.*s\" already; choose another name",
                    STR_ARG(e->entity->name), STR_ARG(name));
        return;
    }
    if (e->fields.n >= LIMIT_FIELDS) {
        build_error(b, d, "name", "R309", "%.*s has more than %d fields",
                    STR_ARG(e->entity->name), LIMIT_FIELDS);
        return;
    }
    f = push_field(b, e, name, str_cstr(b->scratch, type), d);
    if (f)
        build_field(b, e, f, d);
    else if (!b->nomem)
        build_error(b, d, "type", "M104", "unknown field type \"%.*s\"",
                    STR_ARG(type));
}

static void add_fields(struct build *b, struct built *e)
{
    struct def *d;

    add_system_fields(b, e);
    if (e->entity->is_link) {
        add_side(b, e, "a", "a-name");
        add_side(b, e, "b", "b-name");
    }
    for (d = e->def->first; d; d = d->next)
        if (str_is(d->name, "field") || str_is(d->name, "status"))
            add_field(b, e, d);
    add_owner(b, e);
    e->entity->fields = BUILD_KEEP(b, &e->fields);
    e->entity->n_fields = e->entity->fields ? e->fields.n : 0;
}

void build_entities(struct build *b)
{
    const struct built *user;
    struct text *nobody;
    size_t i;

    for (i = 0; i < b->entity_defs.n; i++)
        add_entity(b, b->entity_defs.entries[i].key,
                   b->entity_defs.entries[i].value);
    for (i = 0; i < b->entities.n; i++) /* after all renames */
        name_table(b, b->entities.v[i]->entity);
    /* a key for translators also where nothing has an owner */
    nobody = ARENA_NEW(b->scratch, struct text);
    if (nobody)
        build_text(b, nobody, STR("sys"), STR("system.owner"));
    b->nomem |= !nobody;
    user = user_entity(b);
    b->m->user = user ? user->entity : NULL;
    for (i = 0; i < b->entities.n; i++)
        add_fields(b, b->entities.v[i]);
}
