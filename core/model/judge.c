/*
 * judge - what is right and will be slow: a saved view that filters or sorts by
 * what no index holds (V601). After the indexes are known.
 *
 * A filter is served when one of the terms that must all hold compares a field
 * of the entity itself, which leads an index, with something known. A sort is
 * served when it begins with a column of the entity: the view got its index
 * then. What a board shows is found by its columns.
 */
#include "model/build.h"

#include "fx/fx_ast.h"
#include "fx/fx_fn.h"
#include "model/physical.h"

/* --- which columns lead an index ------------------------------------------- */

static bool leads_index(struct build *b, const struct entity *e,
                        const struct field *f)
{
    struct ddl_index *v = NULL;
    size_t n = 0, i;

    if (physical_indexes(e, b->scratch, &v, &n, NULL) != RC_OK) {
        b->nomem = true;
        return true;
    }
    for (i = 0; i < n; i++) {
        struct str first = v[i].keys[0].column.s;

        if (v[i].n > 0 && (str_eq(first, f->col.main.s) ||
                           (f->col.key.s.n && str_eq(first, f->col.key.s)) ||
                           (f->col.base.s.n && str_eq(first, f->col.base.s)) ||
                           (f->col.ent.s.n && str_eq(first, f->col.ent.s))))
            return true;
    }
    return false;
}

/* --- filters ------------------------------------------------------------------ */

struct judging {
    struct build *b;
    const struct entity *e;
    const struct fx_node *blame; /* the first path that is in no index */
};

static const struct field *own_field(const struct fx_node *n)
{
    const struct fx_path *p = &n->u.path;

    return n->op == FX_OP_PATH && p->root == FX_ROOT_ROW && p->up == 0 &&
                   p->n == 1
               ? p->handles[0]
               : NULL;
}

/* `due_on + 3 days lt today()` is turned until due_on stands alone. */
static const struct fx_node *what_stands(const struct fx_node *n)
{
    while (n->op == FX_OP_ADD || n->op == FX_OP_SUB ||
           n->op == FX_OP_DATE_ADD || n->op == FX_OP_LOCAL_DATE) {
        const struct fx_node *next = NULL;
        size_t i;

        for (i = 0; i < n->n; i++) {
            if (fx_node_is_fixed(n->args[i]))
                continue;
            if (next)
                return n; /* two of them */
            next = n->args[i];
        }
        if (!next)
            return n;
        n = next;
    }
    return n;
}

static void blame(struct judging *j, const struct fx_node *n)
{
    if (!j->blame)
        j->blame = n;
}

static bool finds(struct judging *j, const struct fx_node *n)
{
    const struct field *f;

    n = what_stands(n);
    f = own_field(n);
    if (f && (str_is(f->name, "id") || leads_index(j->b, j->e, f)))
        return true;
    blame(j, n);
    return false;
}

/* field = known, in any order of the two. */
static bool compares(struct judging *j, const struct fx_node *n)
{
    if (fx_node_is_fixed(n->args[1]))
        return finds(j, n->args[0]);
    if (fx_node_is_fixed(n->args[0]))
        return finds(j, n->args[1]);
    blame(j, n);
    return false;
}

static bool is_served(struct judging *j, const struct fx_node *n)
{
    bool all = true;
    size_t i;

    switch ((int)n->op) {
    case FX_OP_AND:
        for (i = 0; i < n->n; i++)
            if (is_served(j, n->args[i]))
                return true;
        return false;
    case FX_OP_OR:
        for (i = 0; i < n->n; i++)
            all = is_served(j, n->args[i]) && all;
        return all;
    case FX_OP_EQ:
    case FX_OP_LT:
    case FX_OP_LE:
    case FX_OP_GT:
    case FX_OP_GE:
        return compares(j, n);
    case FX_OP_IN:
        for (i = 1; i < n->n; i++)
            all = all && fx_node_is_fixed(n->args[i]);
        if (all)
            return finds(j, n->args[0]);
        break;
    case FX_OP_NOT:
        if (n->args[0]->op == FX_OP_EMPTY)
            return is_served(j, n->args[0]);
        break;
    case FX_OP_EMPTY:
    case FX_OP_PATH: /* a bool */
        return finds(j, n->op == FX_OP_PATH ? n : n->args[0]);
    case FX_OP_CALL:
        if (str_is(str_c(n->u.fn->name), "starts"))
            return finds(j, n->args[0]);
        break;
    default:
        break;
    }
    if (fx_node_is_fixed(n))
        return true; /* asks no record */
    blame(j, n);
    return false;
}

static struct str words_of(const struct fx_expr *x, const struct fx_node *n)
{
    return str_sub(x->source, n->at, n->length);
}

static void say_filter(struct judging *j, const struct fx_expr *x,
                       const struct def *d)
{
    const struct fx_node *n = j->blame;
    const struct field *f = own_field(n);
    struct str words = words_of(x, n), text;

    if (f && !(f->flags & FIELD_SYSTEM) && physical_sort_column(f).s.n &&
        !(f->type->traits & FIELD_HAS_SIDE))
        text = str_fmt(j->b->scratch,
                       "filter on %.*s has no index, so every %.*s is read; "
                       "add index=\"true\" to field \"%.*s\"",
                       STR_ARG(words), STR_ARG(j->e->name), STR_ARG(f->name));
    else
        text =
            str_fmt(j->b->scratch,
                    "filter on %.*s has no index, so every %.*s is read; "
                    "ask for a field of %.*s with index=\"true\" as well",
                    STR_ARG(words), STR_ARG(j->e->name), STR_ARG(j->e->name));
    build_say_fx(j->b, d, NULL, n->at, n->length, SEVERITY_WARNING, "V601",
                 text);
}

static void judge_filter(struct build *b, const struct view *v,
                         const struct def *d)
{
    struct judging j = {b, v->entity, NULL};

    if (!d || !v->filter || v->by)
        return;
    if (!is_served(&j, fx_root(v->filter)) && j.blame)
        say_filter(&j, v->filter, d);
}

/* --- sorts -------------------------------------------------------------------- */

static void judge_sort(struct build *b, const struct view *v,
                       const struct def *d)
{
    const struct view_sort *s = v->n_sorts ? &v->sorts[0] : NULL;
    const void *const *path = NULL;
    const struct field *f;
    size_t n;

    if (!d || !s || !s->expr)
        return;
    n = fx_as_path(s->expr, &path);
    f = n ? path[n - 1] : NULL;
    if (n == 1 && build_sorts_by_column(f))
        return; /* the view has its index */
    if (n == 1 && str_is(f->name, "id"))
        return;
    if (n == 1 && f->n_options)
        build_say(b, d, "by", SEVERITY_WARNING, "V601", STR_NONE,
                  "sort by %.*s has no index, for options stand in their own "
                  "order; sort by a text, number or date first",
                  STR_ARG(s->path));
    else
        build_say(b, d, "by", SEVERITY_WARNING, "V601", STR_NONE,
                  "sort by %.*s has no index, so every %.*s is read; sort by a "
                  "text, number or date of %.*s first",
                  STR_ARG(s->path), STR_ARG(v->entity->name),
                  STR_ARG(v->entity->name));
}

void build_judge(struct build *b)
{
    size_t i;

    for (i = 0; i < b->views.n; i++) {
        const struct view *v = b->views.v[i];
        struct str key = str_fmt(b->scratch, "%.*s.%.*s",
                                 STR_ARG(v->entity->qname), STR_ARG(v->name));
        const struct def *d =
            v->generated || !key.p ? NULL : map_find(&b->view_defs, key);

        if (!d)
            continue;
        judge_filter(b, v, def_first(d, "filter"));
        judge_sort(b, v, def_first(d, "sort"));
    }
}
