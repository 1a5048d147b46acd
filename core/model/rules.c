/*
 * rules - what entities say in expressions: titles, defaults, conditions,
 * moves, uniques, checks.
 *
 * R303.. as elsewhere   R311 a state twice in one move   R316 no unique of it
 * R317 nothing that search could find   V602 a state nothing leads to
 * F2xx of the expressions themselves
 */
#include "model/build.h"

static const unsigned IN_SQL = FX_USE_FILTER | FX_USE_VALUE;

static bool is_type(const struct field *f, const char *name)
{
    return strcmp(f->type->name, name) == 0;
}

/* --- titles -------------------------------------------------------------- */

static const struct field *first_of_type(const struct entity *e,
                                         const char *type)
{
    size_t i;

    for (i = e->n_system; i < e->n_fields; i++)
        if (is_type(e->fields[i], type))
            return e->fields[i];
    return NULL;
}

static struct str usual_title(const struct entity *e)
{
    static const char *const TYPES[] = {"text", "autonumber", "email", "phone",
                                        "url"};
    const struct field *f = NULL;
    size_t i;

    for (i = 0; !f && i < sizeof TYPES / sizeof TYPES[0]; i++)
        f = first_of_type(e, TYPES[i]);
    return f ? f->name : STR("id");
}

/* A link is named by both its ends, where each is named by one field. */
static struct str link_title(struct build *b, const struct entity *e)
{
    const struct field *fa = entity_field(e, STR("a"));
    const struct field *fb = entity_field(e, STR("b"));
    const struct field *ta, *tb;

    if (!fa || !fb || !fa->n_targets || !fb->n_targets)
        return STR("id");
    ta = fa->targets[0]->title_field;
    tb = fb->targets[0]->title_field;
    if (!ta || !tb || (ta->flags & FIELD_SYSTEM) || (tb->flags & FIELD_SYSTEM))
        return STR("id");
    return build_fmt(b, "a.%.*s .. ' / ' .. b.%.*s", STR_ARG(ta->name),
                     STR_ARG(tb->name));
}

static void title(struct build *b, struct built *built)
{
    struct entity *e = built->entity;
    const void *const *path;
    struct str usual;

    e->title = build_fx(b, built->def, "title", e, IN_SQL, NULL);
    if (!e->title && !def_value(built->def, "title").n) {
        usual = e->is_link ? link_title(b, e) : usual_title(e);
        e->title = build_fx_of(b, usual, e);
        if (!e->title)
            e->title = build_fx_of(b, STR("id"), e);
    }
    if (e->title && fx_as_path(e->title, &path) == 1)
        e->title_field = path[0];
    e->subtitle = build_fx(b, built->def, "subtitle", e, IN_SQL, NULL);
}

/* --- search -------------------------------------------------------------- */

static const struct fx_expr *search_path(struct build *b, const struct def *d,
                                         const struct entity *e,
                                         struct str word)
{
    struct fx_opts opts = {
        .schema = &b->m->schema, .entity = e, .use = FX_USE_VALUE};
    const struct fx_expr *x = NULL;
    struct fx_fault fault = {0};
    const void *const *path;
    const struct field *last;
    enum rc rc = fx_compile(word, &opts, b->a, &x, &fault);
    size_t n;

    if (rc == RC_NOMEM)
        b->nomem = true;
    if (rc != RC_OK) {
        build_say_word(b, d, "search", word, fault.code ? fault.code : "F201",
                       STR_NONE, "%s", fault.text);
        return NULL;
    }
    n = fx_as_path(x, &path);
    last = n ? path[n - 1] : NULL;
    if (last && (last->type->traits & FIELD_SEARCHES))
        return x;
    build_say_word(b, d, "search", word, "R317", STR_NONE,
                   "search finds no \"%.*s\"; name text fields, or paths that "
                   "end in one",
                   STR_ARG(word));
    return NULL;
}

static void search(struct build *b, struct built *built)
{
    struct entity *e = built->entity;
    struct str rest = def_value(built->def, "search"), word;
    VEC(const struct fx_expr *) v = {0};
    const struct fx_expr *x;
    size_t i;

    while (str_word(&rest, &word)) {
        x = search_path(b, built->def, e, word);
        if (x)
            BUILD_PUSH(b, &v, x);
    }
    for (i = e->n_system; !def_value(built->def, "search").n && i < e->n_fields;
         i++) {
        unsigned both = FIELD_SEARCHES | FIELD_HAS_KEY;

        if ((e->fields[i]->type->traits & both) != both)
            continue;
        x = build_fx_of(b, e->fields[i]->name, e);
        if (x)
            BUILD_PUSH(b, &v, x);
    }
    e->search = BUILD_KEEP(b, &v);
    e->n_search = e->search ? v.n : 0;
}

/* --- fields -------------------------------------------------------------- */

/* A code may stand bare: default="new" is what people write. */
static const struct fx_expr *initial_value(struct build *b, const struct def *d,
                                           const struct field *f)
{
    struct fx_type want = f->type->fx(f);
    struct fx_opts opts = {.schema = &b->m->schema,
                           .entity = f->entity,
                           .use = FX_USE_VALUE,
                           .want = &want};
    struct str source = def_value(d, "default");

    if (!source.n)
        return NULL;
    if (is_type(f, "choice") && field_option(f, source))
        source = build_fmt(b, "'%.*s'", STR_ARG(source));
    return build_fx_source(b, d, "default", source, &opts);
}

static const struct fx_expr *target_filter(struct build *b, const struct def *d,
                                           const struct field *f)
{
    static const struct fx_type BOOL = {.kind = FX_BOOL};
    struct fx_opts opts = {.schema = &b->m->schema,
                           .use = FX_USE_FILTER,
                           .want = &BOOL,
                           .this_entity = f->entity};
    struct str source = def_value(d, "filter");

    if (!source.n || f->n_targets != 1)
        return NULL;
    opts.entity = f->targets[0];
    return build_fx_source(b, d, "filter", source, &opts);
}

static void field_rules(struct build *b, struct field *f, const struct def *d)
{
    if (build_is_left(f->entity, d))
        return;
    f->initial = initial_value(b, d, f);
    f->required_when = build_condition(b, d, "required-when", f->entity);
    f->readonly_when = build_condition(b, d, "readonly-when", f->entity);
    f->visible_when = build_visible(b, d, f->entity);
    f->filter = target_filter(b, d, f);
}

/* --- moves --------------------------------------------------------------- */

static void move_from(struct build *b, struct move *m, const struct def *d,
                      const struct field *f)
{
    struct str rest = def_value(d, "from"), word;
    VEC(const struct option *) v = {0};
    const struct option *o;
    size_t i;

    while (str_word(&rest, &word)) {
        for (i = 0; str_is(word, "*") && i < f->n_options; i++)
            if (f->options[i] != m->to)
                BUILD_PUSH(b, &v, (const struct option *)f->options[i]);
        o = str_is(word, "*") ? NULL : build_option_ref(b, d, "from", word, f);
        if (o && o == m->to)
            build_say_word(b, d, "from", word, "R311", STR_NONE,
                           "a move from \"%.*s\" to itself does nothing; take "
                           "it out",
                           STR_ARG(word));
        if (o)
            BUILD_PUSH(b, &v, o);
    }
    m->from = BUILD_KEEP(b, &v);
    m->n_from = m->from ? v.n : 0;
}

static void read_move(struct build *b, struct move *m, const struct def *d,
                      const struct field *f)
{
    const struct entity *e = f->entity;

    m->name = build_copy(b, build_move_name(b, d));
    m->to = build_option_ref(b, d, "to", def_value(d, "to"), f);
    move_from(b, m, d, f);
    if (m->to && !def_value(d, "label").n)
        build_text_of(
            b, &m->label, e->qname,
            build_fmt(b, "%.*s.%.*s", STR_ARG(f->name), STR_ARG(m->to->code)));
    build_label(b, d, "label", m->to ? m->to->label.base : STR(""), &m->label,
                e, "move.%.*s", STR_ARG(m->name));
    build_label(b, d, "message", STR(""), &m->message, e, "move.%.*s.message",
                STR_ARG(m->name));
    build_field_list(b, d, "require", e, "R306", &m->require, &m->n_require);
    build_field_list(b, d, "ask", e, "R306", &m->ask, &m->n_ask);
    m->when = build_condition(b, d, "when", e);
    m->disabled = def_bool(d, "disabled", false);
}

/* A record may be created in any state, so this is only a warning. */
static void unreached(struct build *b, const struct field *f,
                      const struct def *d)
{
    size_t i;

    if (!f->n_moves)
        return; /* all changes are allowed */
    DEF_EACH (c, d, "state") {
        const struct option *o = field_option(f, def_value(c, "code"));

        for (i = 0; i < f->n_moves; i++)
            if (f->moves[i].to == o && !f->moves[i].disabled)
                break;
        if (i == f->n_moves && o && o != f->initial_state && !o->hidden)
            build_say(b, c, "code", SEVERITY_WARNING, "V602", STR_NONE,
                      "no move leads to \"%.*s\"; write one, or hide the "
                      "state",
                      STR_ARG(o->code));
    }
}

static void moves(struct build *b, struct field *f, const struct def *d)
{
    size_t n = def_count(d, "move"), i = 0;
    struct move *v = BUILD_ARRAY(b, struct move, n);

    if (!v)
        return;
    DEF_EACH (c, d, "move")
        read_move(b, &v[i++], c, f);
    f->moves = v;
    f->n_moves = n;
    unreached(b, f, d);
}

/* --- uniques and checks -------------------------------------------------- */

static bool can_be_unique(struct build *b, const struct def *d,
                          const char *attr, const struct field *f)
{
    /* a reference is as good as a value here */
    bool can = (f->type->traits & (FIELD_UNIQUES | FIELD_POINTS)) &&
               f->col.main.s.n && !is_type(f, "longtext");

    if (!can)
        build_error(b, d, attr, "R316",
                    "\"%.*s\" of type %s cannot be unique; name a field of "
                    "another type",
                    STR_ARG(f->name), f->type->name);
    return can;
}

static void written_unique(struct build *b, struct unique *u,
                           const struct def *d, const struct entity *e)
{
    static const struct fx_type BOOL = {.kind = FX_BOOL};
    size_t i;

    build_field_list(b, d, "fields", e, "R306", &u->fields, &u->n);
    for (i = 0; i < u->n; i++)
        (void)can_be_unique(b, d, "fields", u->fields[i]);
    build_label(b, d, "message", STR(""), &u->message, e, "unique.%.*s",
                STR_ARG(def_value(d, "fields")));
    u->when = build_fx(b, d, "when", e, FX_USE_FILTER, &BOOL);
}

static bool field_unique(struct build *b, struct unique *u,
                         const struct field *f, const struct def *d)
{
    if (!(f->flags & FIELD_UNIQUE) || !can_be_unique(b, d, "unique", f))
        return false;
    u->fields = build_keep(b, &f, 1, sizeof f);
    u->n = u->fields ? 1 : 0;
    return u->fields != NULL;
}

static bool pair_unique(struct build *b, struct unique *u,
                        const struct built *e)
{
    const struct field *ab[2] = {entity_field(e->entity, STR("a")),
                                 entity_field(e->entity, STR("b"))};

    if (!e->entity->is_link || !def_bool(e->def, "unique", false) || !ab[0] ||
        !ab[1])
        return false;
    u->fields = build_keep(b, ab, 2, sizeof ab[0]);
    u->n = u->fields ? 2 : 0;
    return u->fields != NULL;
}

static void uniques(struct build *b, struct built *e)
{
    struct unique *v = BUILD_ARRAY(
        b, struct unique, def_count(e->def, "unique") + e->fields.n + 1);
    size_t i, n = 0;

    if (!v)
        return;
    n += pair_unique(b, &v[n], e);
    for (i = 0; i < e->fields.n; i++)
        n += field_unique(b, &v[n], e->fields.v[i], e->field_defs.v[i]);
    DEF_EACH (d, e->def, "unique") {
        written_unique(b, &v[n], d, e->entity);
        n += v[n].n > 0;
    }
    e->entity->uniques = v;
    e->entity->n_uniques = n;
}

static void checks(struct build *b, struct built *e)
{
    size_t n = def_count(e->def, "check"), i = 0;
    struct check *v = BUILD_ARRAY(b, struct check, n);
    struct str field;

    if (!v)
        return;
    DEF_EACH (d, e->def, "check") {
        v[i].name = build_copy(b, def_value(d, "name"));
        v[i].when = build_condition(b, d, "when", e->entity);
        field = def_value(d, "field");
        if (field.n)
            v[i].field =
                build_field_ref(b, d, "field", field, e->entity, "R306");
        v[i].is_warning = str_is(def_value(d, "level"), "warn");
        v[i].at_commit = str_is(def_value(d, "at"), "commit");
        build_label(b, d, "message", STR(""), &v[i].message, e->entity,
                    "check.%.*s", STR_ARG(v[i].name));
        i++;
    }
    e->entity->checks = v;
    e->entity->n_checks = n;
}

/* --- all together -------------------------------------------------------- */

static void fields_of(struct build *b, struct built *e)
{
    size_t i;

    for (i = 0; i < e->fields.n; i++) {
        struct def *d = e->field_defs.v[i];
        struct field *f = e->fields.v[i];

        if (f == e->entity->owner && d == e->def)
            f->initial = build_fx_of(b, STR("user.id"), e->entity);
        if (!d || d == e->def)
            continue;
        field_rules(b, f, d);
        if (is_type(f, "status")) {
            moves(b, f, d);
            if (!e->entity->status)
                e->entity->status = f;
        }
    }
}

static void entity_rules(struct build *b, struct built *e)
{
    struct str key = def_value(e->def, "import-key");

    fields_of(b, e);
    search(b, e);
    uniques(b, e);
    checks(b, e);
    if (key.n)
        e->entity->import_key =
            build_field_ref(b, e->def, "import-key", key, e->entity, "R306");
}

void build_rules(struct build *b)
{
    size_t i;
    int links;

    for (links = 0; links < 2; links++) /* a link's title needs its ends' */
        for (i = 0; i < b->entities.n; i++)
            if (b->entities.v[i]->entity->is_link == (links == 1))
                title(b, b->entities.v[i]);
    for (i = 0; i < b->entities.n; i++)
        entity_rules(b, b->entities.v[i]);
}
