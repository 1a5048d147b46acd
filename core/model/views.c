/*
 * views - lists and boards; where nobody wrote a list, one is made of the title,
 * the status and the first fields.
 *
 * L405 a column that is no path   L406 such a view   L407 no board by that
 * L408 a total of what cannot be added up
 */
#include "model/build.h"

enum { MADE_COLUMNS = 6 };

struct str build_nearest_view(struct build *b, const struct entity *e,
                              struct str wrong)
{
    struct str *v = ARENA_ARRAY(b->scratch, struct str, b->views.n + 1);
    size_t i, n = 0;

    for (i = 0; v && i < b->views.n; i++)
        if (b->views.v[i]->entity == e)
            v[n++] = b->views.v[i]->name;
    return v ? str_nearest(wrong, v, n) : STR_NONE;
}

/* A path over refs to a field; *last is it. NULL: said what is wrong. */
static const struct fx_expr *path_of(struct build *b, const struct def *d,
                                     const char *attr, struct str word,
                                     const struct entity *e,
                                     const struct field **last)
{
    struct fx_opts opts = {
        .schema = &b->m->schema, .entity = e, .use = FX_USE_FILTER};
    struct fx_fault fault = {0};
    const struct fx_expr *x = NULL;
    const void *const *path;
    enum rc rc = fx_compile(word, &opts, b->a, &x, &fault);
    struct str hint = STR_NONE;
    ptrdiff_t said;
    size_t n;

    if (rc == RC_NOMEM) {
        b->nomem = true;
        return NULL;
    }
    n = rc == RC_OK ? fx_as_path(x, &path) : 0;
    if (n) {
        *last = path[n - 1];
        return x;
    }
    if (str_chr(word, '.') < 0)
        hint = entity_suggest(e, word);
    said = str_find(str_c(fault.text), STR("; did you mean"));
    if (hint.n > 0 && said >= 0)
        fault.text[said] = '\0'; /* the message ends with the hint anyway */
    build_say_word(b, d, attr, word, "L405", hint,
                   rc == RC_OK ? "\"%.*s\" is no field and no path to one"
                               : "\"%.*s\" is not there: %s",
                   STR_ARG(word), fault.text);
    return NULL;
}

static bool read_column(struct build *b, struct view_column *c,
                        const struct def *d, const struct view *v)
{
    c->path = build_copy(b, def_value(d, "field"));
    c->expr =
        path_of(b, d, "field", def_value(d, "field"), v->entity, &c->field);
    if (!c->expr || def_bool(d, "hidden", false))
        return false;
    c->pinned = def_value(d, "pin").n > 0;
    c->total = build_copy(b, def_value(d, "total"));
    if (c->total.n && !str_is(c->total, "count") &&
        !(c->field->type->traits & FIELD_MEASURES))
        build_error(b, d, "total", "L408",
                    "\"%.*s\" is no number to total; write count or leave it "
                    "out",
                    STR_ARG(c->path));
    build_label(b, d, "label", STR(""), &c->label, v->entity,
                "view.%.*s.column.%.*s", STR_ARG(v->name), STR_ARG(c->path));
    return true;
}

static void read_columns(struct build *b, struct view *v, struct def *d)
{
    v->columns = BUILD_ARRAY(b, struct view_column, def_count(d, "column"));
    if (!v->columns)
        return;
    DEF_EACH (c, d, "column")
        v->n_columns += read_column(b, &v->columns[v->n_columns], c, v);
}

static void read_sorts(struct build *b, struct view *v, struct def *d)
{
    const struct field *last;

    v->sorts = BUILD_ARRAY(b, struct view_sort, def_count(d, "sort"));
    if (!v->sorts)
        return;
    DEF_EACH (c, d, "sort") {
        struct view_sort *s = &v->sorts[v->n_sorts];
        struct str by = def_value(c, "by");

        s->descending = by.n && by.p[0] == '-';
        by = str_sub(by, s->descending, by.n);
        s->path = build_copy(b, by);
        s->expr = path_of(b, c, "by", by, v->entity, &last);
        if (!s->expr)
            continue;
        if (!(last->type->traits & FIELD_SORTS))
            build_error(b, c, "by", "L405",
                        "nothing sorts by \"%.*s\" of type %s",
                        STR_ARG(s->path), last->type->name);
        v->n_sorts++;
    }
}

static void read_quicks(struct build *b, struct view *v, struct def *d)
{
    static const struct fx_type BOOL = {.kind = FX_BOOL};

    v->quicks = build_alloc(b, def_count(d, "quick"), sizeof *v->quicks);
    if (!v->quicks)
        return;
    DEF_EACH (c, d, "quick") {
        size_t n = v->n_quicks;

        build_label(b, c, "label", STR(""), &v->quicks[n].label, v->entity,
                    "view.%.*s.quick.%zu", STR_ARG(v->name), n + 1);
        v->quicks[n].filter =
            build_fx(b, c, "filter", v->entity, FX_USE_FILTER, &BOOL);
        v->n_quicks++;
    }
}

/* --- boards -------------------------------------------------------------- */

static void read_hidden(struct build *b, struct view *v, const struct def *d)
{
    struct str rest = def_value(d, "hide"), word;
    VEC(const struct option *) hide = {0};
    const struct option *o;

    while (str_word(&rest, &word)) {
        o = build_option_ref(b, d, "hide", word, v->by);
        if (o)
            BUILD_PUSH(b, &hide, o);
    }
    v->hide = BUILD_KEEP(b, &hide);
    v->n_hide = v->hide ? hide.n : 0;
}

static void read_board_columns(struct build *b, struct view *v, struct def *d)
{
    struct def *columns = def_first(d, "columns");
    const struct field *by = v->entity->status;

    if (columns)
        by = build_field_ref(b, columns, "by", def_value(columns, "by"),
                             v->entity, "L407");
    if (!by && columns)
        return;
    if (!by || !by->n_options || strcmp(by->type->name, "multichoice") == 0) {
        build_error(b, columns ? columns : d, columns ? "by" : "type", "L407",
                    "a board needs a status or choice field for its columns; "
                    "write <columns by=\"...\"/>");
        return;
    }
    v->by = by;
    if (columns)
        read_hidden(b, v, columns);
}

static void card_path(struct build *b, struct view *v, const struct def *card,
                      const char *attr, struct str *out)
{
    struct str path = def_value(card, attr);
    const struct field *last;

    if (path.n && path_of(b, card, attr, path, v->entity, &last))
        *out = build_copy(b, path);
}

static void read_card(struct build *b, struct view *v, struct def *d)
{
    struct def *card = def_first(d, "card");

    v->card_title =
        v->entity->title_field ? v->entity->title_field->name : STR("");
    v->card_subtitle = v->card_badge = STR("");
    if (!card)
        return;
    card_path(b, v, card, "title", &v->card_title);
    card_path(b, v, card, "subtitle", &v->card_subtitle);
    card_path(b, v, card, "badge", &v->card_badge);
    v->card_badge_when = build_condition(b, card, "badge-when", v->entity);
}

static void read_board_header(struct build *b, struct view *v, struct def *d)
{
    struct def *header = def_first(d, "header");
    struct str sum = header ? def_value(header, "sum") : STR_NONE;

    v->count = header ? def_bool(header, "count", true) : true;
    if (!sum.n)
        return;
    v->sum = build_field_ref(b, header, "sum", sum, v->entity, "L405");
    if (v->sum && !(v->sum->type->traits & FIELD_MEASURES)) {
        build_error(b, header, "sum", "L408", "\"%.*s\" is no number to add up",
                    STR_ARG(sum));
        v->sum = NULL;
    }
}

/* --- all together -------------------------------------------------------- */

static struct view *new_view(struct build *b, const struct entity *e,
                             struct str package, struct str name)
{
    struct view *v = BUILD_NEW(b, struct view);

    if (!v || !BUILD_PUSH(b, &b->views, v))
        return NULL;
    v->package = package;
    v->name = build_copy(b, name);
    v->entity = e;
    v->group_by = v->icon = STR("");
    v->card_title = v->card_subtitle = v->card_badge = STR("");
    return v;
}

static void read_view(struct build *b, struct def *d)
{
    static const struct fx_type BOOL = {.kind = FX_BOOL};
    struct built *e = build_entity_ref(b, d, "entity", def_value(d, "entity"));
    struct view *v =
        e ? new_view(b, e->entity, d->package->id, def_value(d, "name")) : NULL;
    struct def *filter = def_first(d, "filter"), *group = def_first(d, "group");
    const struct field *last;

    if (!v)
        return;
    v->kind = str_is(def_value(d, "type"), "kanban") ? VIEW_KANBAN : VIEW_LIST;
    v->icon = build_copy(b, def_value(d, "icon"));
    build_label(b, d, "label", build_humanise(b, v->name), &v->label, e->entity,
                "view.%.*s", STR_ARG(v->name));
    if (filter)
        v->filter = build_fx(b, filter, NULL, e->entity, FX_USE_FILTER, &BOOL);
    read_columns(b, v, d);
    read_sorts(b, v, d);
    read_quicks(b, v, d);
    if (group &&
        path_of(b, group, "by", def_value(group, "by"), e->entity, &last))
        v->group_by = build_copy(b, def_value(group, "by"));
    if (v->kind == VIEW_KANBAN) {
        read_board_columns(b, v, d);
        read_card(b, v, d);
        read_board_header(b, v, d);
    }
    if (v->kind == VIEW_LIST &&
        (!e->entity->view || def_bool(d, "default", false)))
        e->entity->view = v;
}

static void make_column(struct build *b, struct view *v, const struct field *f)
{
    struct view_column *c = &v->columns[v->n_columns];
    size_t i;

    for (i = 0; i < v->n_columns; i++)
        if (v->columns[i].field == f)
            return;
    c->path = f->name;
    c->field = f;
    c->expr = build_fx_of(b, f->name, v->entity);
    c->label.base = c->total = STR("");
    v->n_columns += c->expr != NULL;
}

static void make_view(struct build *b, struct entity *e)
{
    struct view *v = new_view(b, e, e->package, STR("all"));
    size_t i;

    if (!v)
        return;
    v->generated = true;
    v->label.base = e->plural.base;
    build_text_of(b, &v->label, e->qname, STR("plural"));
    v->columns = BUILD_ARRAY(b, struct view_column, MADE_COLUMNS);
    if (!v->columns)
        return;
    if (e->title_field && !(e->title_field->flags & FIELD_SYSTEM))
        make_column(b, v, e->title_field);
    if (e->status)
        make_column(b, v, e->status);
    for (i = e->n_system; i < e->n_fields && v->n_columns < MADE_COLUMNS; i++)
        if (!(e->fields[i]->flags & FIELD_HIDDEN) &&
            strcmp(e->fields[i]->type->name, "longtext") != 0)
            make_column(b, v, e->fields[i]);
    e->view = v;
}

void build_views(struct build *b)
{
    size_t i;

    for (i = 0; i < b->view_defs.n; i++)
        read_view(b, b->view_defs.entries[i].value);
    for (i = 0; i < b->entities.n; i++)
        if (!b->entities.v[i]->entity->view)
            make_view(b, b->entities.v[i]->entity);
    b->m->views = BUILD_KEEP(b, &b->views);
    b->m->n_views = b->m->views ? b->views.n : 0;
}
