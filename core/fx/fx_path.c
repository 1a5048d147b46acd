/*
 * fx_path - what a dotted name means: this, old, user, a field, a field of a
 * record that is referred to. Every name resolved is noted for renames and
 * dependencies.
 */
#include "base/vec.h"
#include "fx/fx_check.h"

enum { MAX_HOPS = 4 }; /* refs followed by one path */

bool fx_note_read(struct fx_check *c, const void *field)
{
    struct fx_expr *x = c->x;
    struct {
        const void **v;
        size_t n, cap;
    } reads = {x->reads, x->n_reads, x->cap_reads};

    for (size_t i = 0; i < reads.n; i++)
        if (reads.v[i] == field)
            return true;
    if (!VEC_PUSH(c->arena, &reads, field)) {
        fx_check_nomem(c);
        return false;
    }
    x->reads = reads.v;
    x->n_reads = reads.n;
    x->cap_reads = reads.cap;
    return true;
}

bool fx_note_use(struct fx_check *c, const void *handle,
                 const struct fx_name *name)
{
    struct fx_expr *x = c->x;
    struct {
        struct fx_use_of *v;
        size_t n, cap;
    } uses = {x->uses, x->n_uses, x->cap_uses};

    /* The path that names a collection is read again inside it. */
    for (size_t i = 0; i < uses.n; i++)
        if (uses.v[i].at == name->at)
            return true;
    if (!VEC_PUSH(
            c->arena, &uses,
            (struct fx_use_of){handle, name->at, (uint32_t)name->text.n})) {
        fx_check_nomem(c);
        return false;
    }
    x->uses = uses.v;
    x->n_uses = uses.n;
    x->cap_uses = uses.cap;
    return true;
}

static struct str entity_words(const struct fx_check *c, const void *entity)
{
    struct str s = entity && c->schema->entity_name
                       ? c->schema->entity_name(c->schema->ctx, entity)
                       : STR_NONE;

    return s.n ? s : STR("this record");
}

static void *unknown(struct fx_check *c, const void *entity,
                     const struct fx_name *name)
{
    const struct str *names = NULL;
    size_t n =
        c->schema->names ? c->schema->names(c->schema->ctx, entity, &names) : 0;
    struct str near = str_nearest(name->text, names, n);
    struct str shown = str_sub(name->text, 0, 60);
    const struct fx_fn *fn = fx_fn_find(name->text);

    if (near.n)
        return fx_refuse(c, "F201", name->at, (uint32_t)name->text.n,
                         "unknown field \"%.*s\" on %.*s; did you mean "
                         "\"%.*s\"?",
                         STR_ARG(shown), STR_ARG(entity_words(c, entity)),
                         STR_ARG(near));
    if (fn)
        return fx_refuse(c, "F201", name->at, (uint32_t)name->text.n,
                         "%s is a function; write %s.", fn->name, fn->call);
    return fx_refuse(c, "F201", name->at, (uint32_t)name->text.n,
                     "unknown field \"%.*s\" on %.*s. Put text in quotes: "
                     "'%.*s'.",
                     STR_ARG(shown), STR_ARG(entity_words(c, entity)),
                     STR_ARG(shown));
}

static bool find_member(struct fx_check *c, const void *entity,
                        const struct fx_name *name, struct fx_member *out)
{
    struct fx_member m = {.kind = FX_M_FIELD};

    if (c->rc != RC_OK)
        return false;
    if (!c->schema->member(c->schema->ctx, entity, name->text, &m)) {
        unknown(c, entity, name);
        return false;
    }
    *out = m;
    return true;
}

static unsigned scope_depth(const struct fx_check *c)
{
    unsigned n = 0;

    for (const struct fx_scope *s = c->scope; s && s->outer; s = s->outer)
        n++;
    return n;
}

static bool starts_with_prefix(const struct fx_scope *scope,
                               const struct fx_name *names, size_t n)
{
    if (!scope || !scope->n_prefix || n < scope->n_prefix)
        return false;
    for (size_t i = 0; i < scope->n_prefix; i++)
        if (!str_eq(names[i].text, scope->prefix[i].text))
            return false;
    return true;
}

int fx_path_root(struct fx_check *c, const struct fx_name *names, size_t n,
                 struct fx_path *p)
{
    const struct fx_opts *o = c->opts;
    uint32_t length = (uint32_t)names[0].text.n;

    if (str_is(names[0].text, "this")) {
        p->root = o->this_entity ? FX_ROOT_OUTER : FX_ROOT_ROW;
        p->up = scope_depth(c);
        p->entity = o->this_entity ? o->this_entity : o->entity;
    } else if (str_is(names[0].text, "old")) {
        if (!(o->use & FX_USE_CONDITION)) {
            fx_refuse(c, "F220", names[0].at, length,
                      "old is known only in the condition of a rule, a check "
                      "or a guard.");
            return -1;
        }
        p->root = FX_ROOT_OLD;
        p->entity = o->entity;
    } else if (str_is(names[0].text, "user")) {
        p->root = FX_ROOT_USER;
        p->entity = c->schema->user;
    } else if (starts_with_prefix(c->scope, names, n)) {
        p->entity = c->scope->entity;
        for (size_t i = 0; i < c->scope->n_handles; i++)
            if (!fx_note_use(
                    c, c->scope->handles[i],
                    &names[c->scope->n_prefix - c->scope->n_handles + i]))
                return -1;
        return (int)c->scope->n_prefix;
    } else {
        p->entity = c->scope ? c->scope->entity : NULL;
        if (!p->entity)
            fx_refuse(c, "F201", names[0].at, length,
                      "unknown name \"%.*s\": there is no record here. Put "
                      "text in quotes.",
                      STR_ARG(str_sub(names[0].text, 0, 60)));
        return p->entity ? 0 : -1;
    }
    if (!p->entity)
        fx_refuse(c, "F220", names[0].at, length, "%.*s is not known here.",
                  STR_ARG(names[0].text));
    return p->entity ? 1 : -1;
}

static bool follow(struct fx_check *c, const struct fx_name *name,
                   const struct fx_member *m, const void **entity)
{
    uint32_t length = (uint32_t)name->text.n;

    if (m->kind == FX_M_COLLECTION)
        fx_refuse(c, "F205", name->at, length,
                  "\"%.*s\" is a collection; ask for count(%.*s), "
                  "sum(%.*s.x) or exists(%.*s where ...).",
                  STR_ARG(name->text), STR_ARG(name->text), STR_ARG(name->text),
                  STR_ARG(name->text));
    else if (m->type.kind == FX_ANYREF)
        fx_refuse(c, "F221", name->at, length,
                  "A path through \"%.*s\", which may point to any entity, is "
                  "not available yet in this version.",
                  STR_ARG(name->text));
    else if (m->type.kind != FX_REF)
        fx_refuse(c, "F205", name->at, length,
                  "\"%.*s\" is %.*s and has no fields; only a reference has.",
                  STR_ARG(name->text), STR_ARG(fx_type_words(c, &m->type)));
    else
        *entity = m->type.of;
    return c->rc == RC_OK;
}

/* Resolve names[first..] from p->entity; *last is what the last one means,
   *owner (may be NULL) the entity whose member that is. */
bool fx_path_walk(struct fx_check *c, const struct fx_name *names, size_t n,
                  size_t first, struct fx_path *p, struct fx_member *last,
                  const void **owner)
{
    const void **handles = ARENA_ARRAY(c->arena, const void *, n - first + 1);
    struct str *texts = ARENA_ARRAY(c->arena, struct str, n - first + 1);
    const void *entity = p->entity;
    struct fx_member m = {.kind = FX_M_FIELD};

    if (!handles || !texts) {
        fx_check_nomem(c);
        return false;
    }
    if (n - first > MAX_HOPS + 1) {
        fx_refuse(c, "F204", names[0].at, (uint32_t)names[0].text.n,
                  "A path follows at most %d references.", (int)MAX_HOPS);
        return false;
    }
    for (size_t i = first; i < n; i++) {
        if (!find_member(c, entity, &names[i], &m) ||
            !fx_note_use(c, m.handle, &names[i]))
            return false;
        /* A collection is no field: what it reads is the child's link. */
        if (m.kind == FX_M_FIELD && !fx_note_read(c, m.handle))
            return false;
        if (i + 1 < n && !follow(c, &names[i], &m, &entity))
            return false;
        handles[i - first] = m.handle;
        texts[i - first] = names[i].text;
    }
    p->handles = handles;
    p->names = texts;
    p->n = n - first;
    *last = m;
    if (owner)
        *owner = entity;
    return true;
}

static const struct fx_node *path_node(struct fx_check *c,
                                       const struct fx_syn *s,
                                       const struct fx_path *p,
                                       struct fx_type type)
{
    const struct fx_node *made = fx_make(c, FX_OP_PATH, type, s, NULL, 0);
    struct fx_node *n;

    if (!made)
        return NULL;
    memcpy(&n, &made, sizeof n);
    n->u.path = *p;
    switch (p->root) {
    case FX_ROOT_ROW:
        n->needs = FX_NEEDS_ROW;
        break;
    case FX_ROOT_OLD:
        n->needs = FX_NEEDS_ROW;
        fx_no_sql(n, "old is known only while a record is saved");
        break;
    case FX_ROOT_OUTER:
        n->needs = FX_NEEDS_OUTER;
        break;
    case FX_ROOT_USER:
        n->needs = FX_NEEDS_USER;
        if (p->n != 1 || !str_is(p->names[0], "id"))
            n->needs |= FX_NEEDS_USER_ROW;
        if (type.kind == FX_LIST)
            fx_no_sql(n, "a list of the user has no rows there");
        break;
    }
    return n;
}

const struct fx_node *fx_check_path(struct fx_check *c, const struct fx_syn *s)
{
    static const struct fx_name ID = {STR_INIT("id"), 0};
    struct fx_path p = {.root = FX_ROOT_ROW};
    struct fx_member last;
    int first = fx_path_root(c, s->names, s->n_names, &p);
    struct fx_name own;

    if (first < 0)
        return NULL;
    if ((size_t)first == s->n_names) { /* this, user, the child: their id */
        own = (struct fx_name){ID.text, s->at};
        if (!c->schema->member(c->schema->ctx, p.entity, ID.text, &last))
            return fx_refuse(c, "F205", s->at, s->length,
                             "%.*s is a whole record; name one of its fields.",
                             STR_ARG(s->names[0].text));
        if (!fx_path_walk(c, &own, 1, 0, &p, &last, NULL))
            return NULL;
        c->x->n_uses--; /* the source does not say id */
    } else if (!fx_path_walk(c, s->names, s->n_names, (size_t)first, &p, &last,
                             NULL))
        return NULL;
    if (last.kind == FX_M_COLLECTION) {
        const void *unused;

        follow(c, &s->names[s->n_names - 1], &last, &unused);
        return NULL;
    }
    return path_node(c, s, &p, last.type);
}
