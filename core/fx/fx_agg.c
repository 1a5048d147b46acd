/*
 * fx_agg - count, sum, exists ... over a collection.
 *
 * Which collection is said by the first path of the argument that leads
 * through one: sum(lines.qty * lines.price), exists(asset.rentals where ...).
 * Inside, that path stands for the child, bare names are the child's too, and
 * this.x is the record outside.
 */
#include "fx/fx_check.h"

/* The collection a path leads through: how many of its names. 0: through
   none. Only looks; faults of the path are found when it is checked. */
static size_t through(struct fx_check *c, const struct fx_syn *s,
                      struct fx_member *out)
{
    const struct fx_schema *schema = c->schema;
    const void *entity = c->scope ? c->scope->entity : NULL;
    size_t i = 0;

    if (str_is(s->names[0].text, "this") || str_is(s->names[0].text, "user")) {
        entity = str_is(s->names[0].text, "user") ? schema->user
                 : c->opts->this_entity           ? c->opts->this_entity
                                                  : c->opts->entity;
        i = 1;
    } else if (c->scope && c->scope->n_prefix) {
        while (i < c->scope->n_prefix && i < s->n_names &&
               str_eq(s->names[i].text, c->scope->prefix[i].text))
            i++;
        if (i != c->scope->n_prefix)
            i = 0;
    }
    for (; entity && i < s->n_names; i++) {
        struct fx_member m = {.kind = FX_M_FIELD};

        if (!schema->member(schema->ctx, entity, s->names[i].text, &m))
            return 0;
        if (m.kind == FX_M_COLLECTION) {
            *out = m;
            return i + 1;
        }
        if (m.type.kind != FX_REF)
            return 0;
        entity = m.type.of;
    }
    return 0;
}

static const struct fx_syn *find(struct fx_check *c, const struct fx_syn *s,
                                 size_t *n, struct fx_member *out)
{
    const struct fx_syn *found = NULL;

    if (s->kind == FX_SYN_PATH) {
        *n = through(c, s, out);
        return *n ? s : NULL;
    }
    for (size_t i = 0; i < s->n && !found; i++)
        found = find(c, s->args[i], n, out);
    return found;
}

static struct fx_type agg_type(const struct fx_check *c, enum fx_fn_id fn,
                               const struct fx_node *arg)
{
    struct fx_type t = arg ? arg->type : fx_type_of(FX_NULL);

    (void)c;
    switch ((int)fn) {
    case FX_F_COUNT:
        return fx_type_of(FX_INT);
    case FX_F_EXISTS:
        return fx_type_of(FX_BOOL);
    case FX_F_AVG:
        return t.kind == FX_MONEY || t.kind == FX_FLOAT ? t : fx_type_number(6);
    case FX_F_LIST:
        t.elem = t.kind;
        t.kind = FX_LIST;
        return t;
    default: /* sum min max first last: as what they are over */
        t.fold = 0;
        return t;
    }
}

static bool suits(enum fx_fn_id fn, const struct fx_type *t)
{
    switch ((int)fn) {
    case FX_F_SUM:
        return fx_is_number(t) || t->kind == FX_DUR;
    case FX_F_AVG:
        return fx_is_number(t);
    case FX_F_MIN:
    case FX_F_MAX:
        return fx_is_number(t) || t->kind == FX_DUR || t->kind == FX_DATE ||
               t->kind == FX_INSTANT || t->kind == FX_TIME;
    default:
        return t->kind != FX_LIST;
    }
}

static enum fx_agg_kind agg_kind(enum fx_fn_id fn)
{
    switch ((int)fn) {
    case FX_F_EXISTS:
        return FX_AGG_EXISTS;
    case FX_F_SUM:
        return FX_AGG_SUM;
    case FX_F_AVG:
        return FX_AGG_AVG;
    case FX_F_MIN:
        return FX_AGG_MIN;
    case FX_F_MAX:
        return FX_AGG_MAX;
    case FX_F_FIRST:
        return FX_AGG_FIRST;
    case FX_F_LAST:
        return FX_AGG_LAST;
    case FX_F_LIST:
        return FX_AGG_LIST;
    default:
        return FX_AGG_COUNT;
    }
}

/* Both sides of the aggregate, in the scope of the child. */
static bool check_inside(struct fx_check *c, const struct fx_syn *s,
                         const struct fx_fn *fn, const struct fx_scope *scope,
                         struct fx_agg *agg)
{
    const struct fx_type boolean = fx_type_of(FX_BOOL);
    bool is_bare = s->args[0]->kind == FX_SYN_PATH &&
                   s->args[0]->n_names == scope->n_prefix;

    c->scope = scope;
    if (!is_bare || (fn->id != FX_F_COUNT && fn->id != FX_F_EXISTS))
        agg->arg = fx_check_syn(c, s->args[0]);
    if (s->where && c->rc == RC_OK) {
        agg->where = fx_check_syn(c, s->where);
        if (agg->where)
            agg->where = fx_fit(c, agg->where, &boolean, "where needs");
    }
    /* count(lines.done), exists(lines.qty gt 3): the records that are so. */
    if (c->rc == RC_OK && agg->arg && agg->arg->type.kind == FX_BOOL &&
        (fn->id == FX_F_COUNT || fn->id == FX_F_EXISTS)) {
        const struct fx_node *both[2] = {agg->arg, agg->where};

        agg->where =
            agg->where ? fx_make(c, FX_OP_AND, boolean, s, both, 2) : agg->arg;
        agg->arg = NULL;
    }
    c->scope = scope->outer;
    if (c->rc != RC_OK)
        return false;
    if (is_bare && (fn->id == FX_F_SUM || fn->id == FX_F_AVG ||
                    fn->id == FX_F_MIN || fn->id == FX_F_MAX))
        fx_refuse(c, "F205", s->args[0]->at, s->args[0]->length,
                  "%s needs a field of the collection, such as "
                  "%s(%.*s.amount).",
                  fn->name, fn->name, STR_ARG(agg->name));
    else if (agg->arg && !suits(fn->id, &agg->arg->type))
        fx_refuse(c, "F210", agg->arg->at, agg->arg->length,
                  "%s does not work with %.*s, which is %.*s.", fn->name,
                  STR_ARG(fx_words(c, agg->arg)),
                  STR_ARG(fx_type_words(c, &agg->arg->type)));
    return c->rc == RC_OK;
}

/* What the aggregate needs of the scopes further out: of its own scope only
   that there is a row. */
static unsigned needs_of(const struct fx_agg *agg)
{
    unsigned needs = FX_NEEDS_ROW;

    if (agg->arg)
        needs |= agg->arg->needs;
    if (agg->where)
        needs |= agg->where->needs;
    return needs;
}

static const struct fx_node *agg_node(struct fx_check *c,
                                      const struct fx_syn *s,
                                      const struct fx_fn *fn,
                                      const struct fx_agg *agg)
{
    const struct fx_node *made =
        fx_make(c, FX_OP_AGG, agg_type(c, fn->id, agg->arg), s, NULL, 0);
    const struct fx_node *parts[2] = {agg->arg, agg->where};
    struct fx_node *n;

    if (!made)
        return NULL;
    memcpy(&n, &made, sizeof n);
    n->u.agg = *agg;
    n->needs = needs_of(agg);
    n->is_never_null = agg->kind == FX_AGG_COUNT ||
                       agg->kind == FX_AGG_EXISTS || agg->kind == FX_AGG_SUM ||
                       agg->kind == FX_AGG_LIST;
    for (size_t i = 0; i < 2; i++)
        if (parts[i] && parts[i]->no_sql && !n->no_sql) {
            n->no_sql = parts[i]->no_sql;
            n->no_sql_at = parts[i]->no_sql_at;
        }
    fx_set_height(n);
    if (agg->owner.root == FX_ROOT_USER || agg->owner.root == FX_ROOT_OUTER)
        fx_no_sql(n, "the collection is not one of this record");
    if (agg->kind == FX_AGG_AVG && n->type.kind == FX_FLOAT)
        fx_no_sql(n, "averages of floats differ in their last digit");
    if (agg->kind == FX_AGG_SUM && n->type.kind == FX_FLOAT)
        fx_no_sql(n, "sums of floats differ in their last digit");
    return n;
}

static bool find_owner(struct fx_check *c, const struct fx_syn *path, size_t n,
                       struct fx_agg *agg)
{
    struct fx_member last;
    int first = fx_path_root(c, path->names, n, &agg->owner);

    if (first < 0 || !fx_path_walk(c, path->names, n, (size_t)first,
                                   &agg->owner, &last, &agg->owner_entity))
        return false;
    agg->owner.n--; /* the collection itself */
    agg->name = path->names[n - 1].text;
    agg->collection = last.handle;
    agg->child = last.child;
    agg->by = last.by;
    return fx_note_read(c, last.by);
}

const struct fx_node *fx_check_agg(struct fx_check *c, const struct fx_syn *s,
                                   const struct fx_fn *fn)
{
    struct fx_agg agg = {.kind = agg_kind(fn->id)};
    struct fx_member member = {.kind = FX_M_FIELD};
    struct fx_scope scope;
    size_t n = 0;
    const struct fx_syn *path = find(c, s->args[0], &n, &member);

    if (!path)
        return fx_refuse(c, "F205", s->at, s->length,
                         "%s needs a collection; write %s.", fn->name,
                         fn->call);
    if (!find_owner(c, path, n, &agg))
        return NULL;
    scope = (struct fx_scope){.entity = agg.child,
                              .outer = c->scope,
                              .prefix = path->names,
                              .n_prefix = n,
                              .handles = agg.owner.handles,
                              .n_handles = agg.owner.n + 1};
    if (!check_inside(c, s, fn, &scope, &agg))
        return NULL;
    return agg_node(c, s, fn, &agg);
}
