/*
 * model_json - the model as one principal may see it, in one language: what
 * docs/design/0002 promises the browser. Entities and fields that may not be
 * read are left out, with every place, column and menu item that needs them.
 * Members at their empty value are left out.
 */
#include "access/access.h"
#include "base/time.h"
#include "model/field/field.h"

struct render {
    const struct principal *who;
    const struct model *m;
    struct json_w *w;
    int lang;
};

/* --- members that are left out when they say nothing ------------------------ */

static void put(struct render *r, const char *key, struct str s)
{
    if (s.n > 0)
        json_kv(r->w, key, s);
}

static void put_true(struct render *r, const char *key, bool v)
{
    if (v)
        json_kv_bool(r->w, key, v);
}

static void put_text(struct render *r, const char *key, const struct text *t)
{
    put(r, key, text_in(t, r->lang));
}

static void put_fx(struct render *r, const char *key, const struct fx_expr *x)
{
    if (x == NULL)
        return;
    json_key(r->w, str_c(key));
    fx_to_json(x, r->w);
}

static void put_source(struct render *r, const char *key,
                       const struct fx_expr *x)
{
    if (x != NULL)
        put(r, key, fx_source(x));
}

static bool sees(const struct render *r, const struct field *f)
{
    return access_reads_field(r->who, f) && access_sees(r->who, f->entity);
}

/* Does every field that `x` reads show? Its source would tell otherwise. */
static bool sees_all(const struct render *r, const struct fx_expr *x)
{
    const void *const *handles = NULL;
    size_t n = x != NULL ? fx_reads(x, &handles) : 0, i;

    for (i = 0; i < n; i++) {
        if (!sees(r, handles[i]))
            return false;
    }
    return true;
}

/* "account.name" of an expression that is one path, else nothing. */
static void put_path(struct render *r, const char *key, const struct fx_expr *x)
{
    const void *const *handles = NULL;
    size_t n = x != NULL ? fx_as_path(x, &handles) : 0;

    if (n > 0 && sees_all(r, x))
        put(r, key, fx_source(x));
}

/* A title that is more than one path travels as a tree. */
static void put_title(struct render *r, const struct fx_expr *x)
{
    const void *const *handles = NULL;

    put_path(r, "title", x);
    if (x != NULL && fx_as_path(x, &handles) == 0 && sees_all(r, x))
        put_fx(r, "title_fx", x);
}

static void put_names(struct render *r, const char *key,
                      const struct field *const *fields, size_t n)
{
    size_t i;

    if (n == 0)
        return;
    json_key(r->w, str_c(key));
    json_arr_begin(r->w);
    for (i = 0; i < n; i++) {
        if (sees(r, fields[i]))
            json_w_str(r->w, fields[i]->name);
    }
    json_arr_end(r->w);
}

/* --- fields -------------------------------------------------------------------- */

static bool is_type(const struct field *f, const char *name)
{
    return strcmp(f->type->name, name) == 0;
}

static bool is_scaled(const struct field *f)
{
    return is_type(f, "dec") || is_type(f, "percent") || is_type(f, "money");
}

static void put_bound(struct render *r, const struct field *f, const char *key,
                      int64_t v)
{
    char text[25];
    size_t n;

    json_key(r->w, str_c(key));
    if (is_scaled(f)) {
        json_w_dec(r->w, v, f->scale);
    } else if (is_type(f, "date")) {
        n = date_format(v, text);
        json_w_str(r->w, str_of(text, n));
    } else if (is_type(f, "datetime")) {
        n = instant_format(v, text);
        json_w_str(r->w, str_of(text, n));
    } else {
        json_w_i64(r->w, v);
    }
}

static void put_options(struct render *r, const struct field *f)
{
    static const char *const KINDS[] = {"open", "done", "lost"};
    size_t i;

    if (f->n_options == 0)
        return;
    json_k(r->w, "options");
    json_arr_begin(r->w);
    for (i = 0; i < f->n_options; i++) {
        const struct option *o = f->options[i];

        json_obj_begin(r->w);
        json_kv(r->w, "code", o->code);
        put_text(r, "label", &o->label);
        put(r, "color", o->color);
        if (is_type(f, "status"))
            json_kv(r->w, "kind", str_c(KINDS[o->kind]));
        put_true(r, "hidden", o->hidden);
        json_obj_end(r->w);
    }
    json_arr_end(r->w);
}

static void put_move(struct render *r, const struct move *m)
{
    size_t i;

    json_obj_begin(r->w);
    json_kv(r->w, "name", m->name);
    json_k(r->w, "from");
    json_arr_begin(r->w);
    for (i = 0; i < m->n_from; i++)
        json_w_str(r->w, m->from[i]->code);
    json_arr_end(r->w);
    json_kv(r->w, "to", m->to->code);
    put_text(r, "label", &m->label);
    put_names(r, "require", m->require, m->n_require);
    put_names(r, "ask", m->ask, m->n_ask);
    put_text(r, "message", &m->message);
    if (sees_all(r, m->when))
        put_fx(r, "when", m->when);
    json_obj_end(r->w);
}

static void put_moves(struct render *r, const struct field *f)
{
    size_t i;

    if (f->initial_state != NULL)
        put(r, "initial", f->initial_state->code);
    if (f->n_moves == 0)
        return;
    json_k(r->w, "moves");
    json_arr_begin(r->w);
    for (i = 0; i < f->n_moves; i++) {
        if (!f->moves[i].disabled)
            put_move(r, &f->moves[i]);
    }
    json_arr_end(r->w);
}

static void put_targets(struct render *r, const struct field *f)
{
    size_t i;

    if (f->n_targets == 0)
        return;
    json_k(r->w, "targets");
    json_arr_begin(r->w);
    for (i = 0; i < f->n_targets; i++) {
        if (access_sees(r->who, f->targets[i]))
            json_w_str(r->w, f->targets[i]->qname);
    }
    json_arr_end(r->w);
    put(r, "inverse", f->inverse);
    put_source(r, "filter", f->filter);
}

static void put_operators(struct render *r, const struct field *f)
{
    const char *const *op = f->type->operators;

    json_k(r->w, "operators");
    json_arr_begin(r->w);
    for (; op != NULL && *op != NULL; op++)
        json_w_str(r->w, str_c(*op));
    json_arr_end(r->w);
}

static void put_traits(struct render *r, const struct field *f)
{
    unsigned t = f->type->traits;

    put_true(r, "sorts", t & FIELD_SORTS);
    put_true(r, "groups", t & FIELD_GROUPS);
    put_true(r, "measures", t & FIELD_MEASURES);
    put_true(r, "multiple", t & FIELD_HAS_SIDE);
    put_operators(r, f);
    if (is_scaled(f))
        json_kv_i64(r->w, "scale", f->scale);
    if (f->has_min)
        put_bound(r, f, "min", f->min);
    if (f->has_max)
        put_bound(r, f, "max", f->max);
    if (is_type(f, "money"))
        put(r, "currency", str_c(f->currency));
}

static void put_field(struct render *r, const struct field *f)
{
    bool is_ours = f->type->traits & FIELD_WRITTEN_BY_US;

    json_obj_begin(r->w);
    json_kv(r->w, "name", f->name);
    put_text(r, "label", &f->label);
    put_text(r, "help", &f->help);
    json_kv(r->w, "type", str_c(f->type->name));
    put_true(r, "required", f->flags & FIELD_REQUIRED);
    put_true(r, "readonly",
             (f->flags & FIELD_READONLY) || is_ours ||
                 !access_writes_field(r->who, f));
    put_true(r, "hidden", f->flags & FIELD_HIDDEN);
    put_true(r, "system", f->flags & FIELD_SYSTEM);
    put_traits(r, f);
    put_options(r, f);
    put_true(r, "open", f->open);
    put_moves(r, f);
    put_targets(r, f);
    put(r, "accept", f->accept);
    put(r, "pattern", f->number_pattern);
    put_fx(r, "default", f->initial);
    put_fx(r, "visible_when", f->visible_when);
    put_fx(r, "required_when", f->required_when);
    put_fx(r, "readonly_when", f->readonly_when);
    json_obj_end(r->w);
}

/* --- entities --------------------------------------------------------------------- */

static void put_fields(struct render *r, const struct entity *e)
{
    size_t i;

    json_k(r->w, "fields");
    json_arr_begin(r->w);
    for (i = 0; i < e->n_fields; i++) {
        if (sees(r, e->fields[i]))
            put_field(r, e->fields[i]);
    }
    json_arr_end(r->w);
}

static void put_collections(struct render *r, const struct entity *e)
{
    size_t i;

    json_k(r->w, "collections");
    json_arr_begin(r->w);
    for (i = 0; i < e->n_collections; i++) {
        const struct collection *k = e->collections[i];

        if (!sees(r, k->by))
            continue;
        json_obj_begin(r->w);
        json_kv(r->w, "name", k->name);
        put_text(r, "label", &k->label);
        json_kv(r->w, "entity", k->child->qname);
        json_kv(r->w, "by", k->by->name);
        put_true(r, "inline", k->inline_rows);
        json_obj_end(r->w);
    }
    json_arr_end(r->w);
}

static void put_views_of(struct render *r, const struct entity *e)
{
    size_t i;

    if (e->view != NULL)
        put(r, "view", e->view->name);
    json_k(r->w, "views");
    json_arr_begin(r->w);
    for (i = 0; i < r->m->n_views; i++) {
        if (r->m->views[i]->entity == e)
            json_w_str(r->w, r->m->views[i]->name);
    }
    json_arr_end(r->w);
}

static void put_can(struct render *r, const struct entity *e)
{
    json_k(r->w, "can");
    json_obj_begin(r->w);
    json_kv_bool(r->w, "create", access_may(r->who, ACCESS_CREATE, e));
    json_kv_bool(r->w, "update", access_may(r->who, ACCESS_UPDATE, e));
    json_kv_bool(r->w, "delete", access_may(r->who, ACCESS_DELETE, e));
    json_obj_end(r->w);
}

static void put_address(struct render *r, const struct entity *e)
{
    char text[128];
    int n = snprintf(text, sizeof text, "%.*s/%.*s", STR_ARG(e->package),
                     STR_ARG(e->name));

    if (n > 0 && (size_t)n < sizeof text)
        json_kv(r->w, "path", str_of(text, (size_t)n));
}

static void put_entity(struct render *r, const struct entity *e)
{
    json_key(r->w, e->qname);
    json_obj_begin(r->w);
    json_kv(r->w, "package", e->package);
    json_kv(r->w, "name", e->name);
    put_text(r, "label", &e->label);
    put_text(r, "plural", &e->plural);
    put(r, "icon", e->icon);
    put(r, "color", e->color);
    put_text(r, "help", &e->help);
    json_kv_i64(r->w, "number", e->number);
    put_address(r, e);
    put_true(r, "link", e->is_link);
    put_true(r, "platform", e->is_platform);
    put_can(r, e);
    put_title(r, e->title);
    put_path(r, "subtitle", e->subtitle);
    if (e->status != NULL && sees(r, e->status))
        put(r, "status", e->status->name);
    if (e->owner != NULL && sees(r, e->owner))
        put(r, "owner", e->owner->name);
    put_true(r, "search", e->n_search > 0);
    put_fields(r, e);
    put_collections(r, e);
    if (e->form != NULL)
        put(r, "form", e->form->name);
    put_views_of(r, e);
    json_obj_end(r->w);
}

/* --- forms --------------------------------------------------------------------------- */

static void put_place(struct render *r, const struct place *p)
{
    json_obj_begin(r->w);
    json_kv(r->w, "field", p->field->name);
    json_kv_i64(r->w, "span", p->span);
    put_text(r, "label", &p->label);
    put_true(r, "autofocus", p->autofocus);
    put_fx(r, "visible_when", p->visible_when);
    put_fx(r, "required_when", p->required_when);
    put_fx(r, "readonly_when", p->readonly_when);
    json_obj_end(r->w);
}

static void put_grid(struct render *r, const struct section *s)
{
    json_k(r->w, "grid");
    json_obj_begin(r->w);
    json_kv(r->w, "collection", s->grid->name);
    json_k(r->w, "columns");
    json_arr_begin(r->w);
    for (size_t i = 0; i < s->n_grid_fields; i++) {
        if (sees(r, s->grid_fields[i]))
            json_w_str(r->w, s->grid_fields[i]->name);
    }
    json_arr_end(r->w);
    json_obj_end(r->w);
}

static void put_section(struct render *r, const struct section *s)
{
    size_t i;

    json_obj_begin(r->w);
    json_kv(r->w, "name", s->name);
    put_text(r, "label", &s->label);
    json_kv_i64(r->w, "columns", s->columns);
    put_fx(r, "visible_when", s->visible_when);
    if (s->grid != NULL && sees(r, s->grid->by)) {
        put_grid(r, s);
    } else {
        json_k(r->w, "places");
        json_arr_begin(r->w);
        for (i = 0; i < s->n_places; i++) {
            if (sees(r, s->places[i].field))
                put_place(r, &s->places[i]);
        }
        json_arr_end(r->w);
    }
    json_obj_end(r->w);
}

static void put_tab(struct render *r, const struct tab *t)
{
    size_t i;

    json_obj_begin(r->w);
    json_kv(r->w, "name", t->name);
    put_text(r, "label", &t->label);
    json_k(r->w, "sections");
    json_arr_begin(r->w);
    for (i = 0; i < t->n_sections; i++)
        put_section(r, &t->sections[i]);
    json_arr_end(r->w);
    json_obj_end(r->w);
}

static void put_key(struct render *r, const struct entity *e, struct str name)
{
    char text[200];
    int n = snprintf(text, sizeof text, "%.*s.%.*s", STR_ARG(e->qname),
                     STR_ARG(name));

    json_key(r->w,
             str_of(text, n > 0 && (size_t)n < sizeof text ? (size_t)n : 0));
}

static void put_facts(struct render *r, const struct form *f)
{
    size_t i;

    json_k(r->w, "facts");
    json_arr_begin(r->w);
    for (i = 0; i < f->n_facts; i++) {
        if (!sees(r, f->facts[i].field))
            continue;
        json_obj_begin(r->w);
        json_kv(r->w, "field", f->facts[i].field->name);
        put_fx(r, "visible_when", f->facts[i].visible_when);
        json_obj_end(r->w);
    }
    json_arr_end(r->w);
}

static void put_form(struct render *r, const struct form *f)
{
    size_t i;

    put_key(r, f->entity, f->name);
    json_obj_begin(r->w);
    json_kv(r->w, "entity", f->entity->qname);
    json_kv(r->w, "name", f->name);
    put_text(r, "label", &f->label);
    if (f->path != NULL && sees(r, f->path))
        put(r, "path", f->path->name);
    put_facts(r, f);
    json_k(r->w, "tabs");
    json_arr_begin(r->w);
    for (i = 0; i < f->n_tabs; i++)
        put_tab(r, &f->tabs[i]);
    json_arr_end(r->w);
    json_obj_end(r->w);
}

/* --- views ---------------------------------------------------------------------------- */

static void put_column(struct render *r, const struct view_column *k)
{
    struct str label = text_in(&k->label, r->lang);

    json_obj_begin(r->w);
    json_kv(r->w, "path", k->path);
    json_kv(r->w, "label",
            label.n > 0 ? label : text_in(&k->field->label, r->lang));
    put_true(r, "pinned", k->pinned);
    put(r, "total", k->total);
    json_obj_end(r->w);
}

static void put_columns(struct render *r, const struct view *v)
{
    size_t i;

    json_k(r->w, "columns");
    json_arr_begin(r->w);
    for (i = 0; i < v->n_columns; i++) {
        if (sees_all(r, v->columns[i].expr) && sees(r, v->columns[i].field))
            put_column(r, &v->columns[i]);
    }
    json_arr_end(r->w);
}

static void put_sorts(struct render *r, const struct view *v)
{
    size_t i;

    json_k(r->w, "sort");
    json_arr_begin(r->w);
    for (i = 0; i < v->n_sorts; i++) {
        if (!sees_all(r, v->sorts[i].expr))
            continue;
        json_obj_begin(r->w);
        json_kv(r->w, "path", v->sorts[i].path);
        put_true(r, "descending", v->sorts[i].descending);
        json_obj_end(r->w);
    }
    json_arr_end(r->w);
}

static void put_quicks(struct render *r, const struct view *v)
{
    size_t i;

    json_k(r->w, "quicks");
    json_arr_begin(r->w);
    for (i = 0; i < v->n_quicks; i++) {
        if (!sees_all(r, v->quicks[i].filter))
            continue;
        json_obj_begin(r->w);
        put_text(r, "label", &v->quicks[i].label);
        put_source(r, "filter", v->quicks[i].filter);
        json_obj_end(r->w);
    }
    json_arr_end(r->w);
}

static void put_board(struct render *r, const struct view *v)
{
    size_t i;

    put(r, "by", v->by->name);
    json_k(r->w, "hide");
    json_arr_begin(r->w);
    for (i = 0; i < v->n_hide; i++)
        json_w_str(r->w, v->hide[i]->code);
    json_arr_end(r->w);
    put(r, "title", v->card_title);
    put(r, "subtitle", v->card_subtitle);
    put(r, "badge", v->card_badge);
    put_fx(r, "badge_when", v->card_badge_when);
    if (v->sum != NULL && sees(r, v->sum))
        put(r, "sum", v->sum->name);
    put_true(r, "count", v->count);
}

static void put_view(struct render *r, const struct view *v)
{
    put_key(r, v->entity, v->name);
    json_obj_begin(r->w);
    json_kv(r->w, "entity", v->entity->qname);
    json_kv(r->w, "name", v->name);
    json_kv(r->w, "kind", v->kind == VIEW_KANBAN ? STR("kanban") : STR("list"));
    put_text(r, "label", &v->label);
    put(r, "icon", v->icon);
    put_source(r, "filter", v->filter);
    if (v->kind == VIEW_KANBAN)
        put_board(r, v);
    else
        put_columns(r, v);
    put_sorts(r, v);
    put(r, "group", v->group_by);
    put_quicks(r, v);
    json_obj_end(r->w);
}

/* A view over what is hidden would tell what it holds. */
static bool shows_view(const struct render *r, const struct view *v)
{
    return access_sees(r->who, v->entity) && sees_all(r, v->filter) &&
           (v->by == NULL || sees(r, v->by));
}

/* --- menus, packages --------------------------------------------------------------------- */

static void put_item(struct render *r, const struct menu_item *i)
{
    struct str icon = i->icon;

    if (icon.n == 0)
        icon = i->view != NULL && i->view->icon.n > 0 ? i->view->icon
                                                      : i->entity->icon;
    json_obj_begin(r->w);
    json_kv(r->w, "group", text_in(&i->group_label, r->lang));
    json_kv(r->w, "entity", i->entity->qname);
    json_kv(r->w, "view", i->view != NULL ? i->view->name : STR(""));
    put_text(r, "label", &i->label);
    put(r, "icon", icon);
    json_obj_end(r->w);
}

static void put_app(struct render *r, const struct menu_app *app)
{
    char name[128];
    int n = snprintf(name, sizeof name, "%.*s.%.*s", STR_ARG(app->package),
                     STR_ARG(app->name));
    size_t i;

    json_obj_begin(r->w);
    json_kv(r->w, "name",
            str_of(name, n > 0 && (size_t)n < sizeof name ? (size_t)n : 0));
    put_text(r, "label", &app->label);
    put(r, "icon", app->icon);
    json_k(r->w, "items");
    json_arr_begin(r->w);
    for (i = 0; i < app->n_items; i++) {
        if (access_may(r->who, ACCESS_READ, app->items[i].entity))
            put_item(r, &app->items[i]);
    }
    json_arr_end(r->w);
    json_obj_end(r->w);
}

static void put_packages(struct render *r)
{
    size_t i;

    json_k(r->w, "packages");
    json_arr_begin(r->w);
    for (i = 0; i < r->m->n_packages; i++) {
        const struct package *p = r->m->packages[i];

        json_obj_begin(r->w);
        json_kv(r->w, "id", p->id);
        put_text(r, "label", &p->label);
        put(r, "version", p->version);
        put(r, "icon", p->icon);
        json_obj_end(r->w);
    }
    json_arr_end(r->w);
}

void access_model_json(const struct principal *who, const struct model *m,
                       int lang, struct json_w *w)
{
    struct render r = {who, m, w, lang};
    size_t i;

    put_packages(&r);
    json_k(w, "apps");
    json_arr_begin(w);
    for (i = 0; i < m->n_apps; i++)
        put_app(&r, m->apps[i]);
    json_arr_end(w);
    json_k(w, "entities");
    json_obj_begin(w);
    for (i = 0; i < m->n_entities; i++) {
        if (access_sees(who, m->entities[i]))
            put_entity(&r, m->entities[i]);
    }
    json_obj_end(w);
    json_k(w, "forms");
    json_obj_begin(w);
    for (i = 0; i < m->n_forms; i++) {
        if (access_sees(who, m->forms[i]->entity))
            put_form(&r, m->forms[i]);
    }
    json_obj_end(w);
    json_k(w, "views");
    json_obj_begin(w);
    for (i = 0; i < m->n_views; i++) {
        if (shows_view(&r, m->views[i]))
            put_view(&r, m->views[i]);
    }
    json_obj_end(w);
}
