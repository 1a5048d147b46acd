/*
 * names - physical names, given once.
 *
 * Two logical names may propose one physical name (crm.x:a and crm:x_a), and
 * engines cut at 63 bytes; so a name that is too long or taken becomes 46 bytes
 * of it, "_" and 8 hex digits of the logical name's hash. What was given is
 * remembered by the workspace (sys_name) and never computed again.
 *
 * Columns are apart per entity; tables and indexes share one space, as they do
 * in the engines. An entity that is gone keeps its number, with an empty
 * physical name: the journal still speaks of it.
 */
#include "model/compile.h"

#include <stdlib.h>

#include "base/vec.h"
#include "model/systables.h"

enum {
    PHYSICAL_MAX = 55, /* leaves room for "__base" and "__12345" */
    PHYSICAL_CUT = 46,
    KEY_BYTES = 512
};

struct pair {
    struct name_pair n;
    bool used; /* asked for since names_new */
};

struct names {
    struct arena *arena;
    struct map by_logical; /* kind and logical -> struct pair              */
    struct map taken;      /* space and physical -> struct pair            */
    VEC(struct pair *) all;
    int top; /* highest number of an entity                               */
};

struct names *names_new(struct arena *a)
{
    struct names *ns = ARENA_NEW(a, struct names);

    if (!ns)
        return NULL;
    ns->arena = a;
    map_init(&ns->by_logical, a);
    map_init(&ns->taken, a);
    return ns;
}

/* A key of a map, on the stack when it fits; p NULL without memory. */
static struct str key_of(struct names *ns, char kind, struct str name,
                         char stack[KEY_BYTES])
{
    char *p = stack;

    if (name.n + 1 > KEY_BYTES)
        p = arena_alloc(ns->arena, name.n + 1);
    if (!p)
        return STR_NONE;
    p[0] = kind;
    if (name.n)
        memcpy(p + 1, name.p, name.n);
    return str_of(p, name.n + 1);
}

static struct pair *find(struct names *ns, char kind, struct str logical)
{
    char stack[KEY_BYTES];
    struct str key = key_of(ns, kind, logical, stack);

    return key.p ? map_find(&ns->by_logical, key) : NULL;
}

static bool put_logical(struct names *ns, char kind, struct str logical,
                        struct pair *p)
{
    char stack[KEY_BYTES];
    struct str key = key_of(ns, kind, logical, stack);

    if (key.p)
        key = str_copy(ns->arena, key);
    return key.p && map_put(&ns->by_logical, key, p);
}

/* "crm:deal" of "crm:deal.amount". */
static struct str owner_of(struct str logical)
{
    size_t i;

    for (i = logical.n; i > 0; i--)
        if (logical.p[i - 1] == '.')
            return str_sub(logical, 0, i - 1);
    return logical;
}

static struct str taken_key(struct names *ns, char kind, struct str logical,
                            struct str physical)
{
    struct str owner = owner_of(logical);

    if (kind == 'x') /* names of authors, not of the engine */
        return str_fmt(ns->arena, "x%.*s", STR_ARG(logical));
    if (kind != 'f')
        return str_fmt(ns->arena, "t%.*s", STR_ARG(physical));
    return str_fmt(ns->arena, "%.*s.%.*s", STR_ARG(owner), STR_ARG(physical));
}

static bool is_system_table(struct str physical)
{
    const struct system_table *t;
    size_t n = system_tables(&t), i;

    for (i = 0; i < n; i++)
        if (str_eq(t[i].table.name.s, physical))
            return true;
    return false;
}

/* 1 free, 0 taken, -1 no memory */
static int is_free(struct names *ns, char kind, struct str logical,
                   struct str physical)
{
    struct str key = taken_key(ns, kind, logical, physical);

    if (!key.p)
        return -1;
    if (map_find(&ns->taken, key))
        return 0;
    return kind == 'f' || !is_system_table(physical);
}

static struct pair *add(struct names *ns, char kind, struct str logical,
                        struct str physical, int number)
{
    struct pair *p = ARENA_NEW(ns->arena, struct pair);
    struct str key;

    if (!p)
        return NULL;
    p->n.kind = kind;
    p->n.number = number;
    p->n.logical = str_copy(ns->arena, logical);
    p->n.physical = str_copy(ns->arena, physical);
    key = taken_key(ns, kind, logical, physical);
    if (!p->n.logical.p || !p->n.physical.p || !key.p)
        return NULL;
    if (physical.n && !map_put(&ns->taken, key, p))
        return NULL;
    if (!put_logical(ns, kind, p->n.logical, p) ||
        !VEC_PUSH(ns->arena, &ns->all, p))
        return NULL;
    if (number > ns->top)
        ns->top = number;
    return p;
}

bool names_know(struct names *ns, char kind, struct str logical,
                struct str physical, int number)
{
    return add(ns, kind, logical, physical, number) != NULL;
}

/* FNV-1a: spread is all that is asked of it, and it is stored, so it must never
   change with a process as str_hash does. */
static uint32_t stable_hash(struct str s, uint32_t salt)
{
    uint32_t h = UINT32_C(2166136261) ^ salt;
    size_t i;

    for (i = 0; i < s.n; i++)
        h = (h ^ (uint8_t)s.p[i]) * UINT32_C(16777619);
    return h;
}

static struct str index_name(struct names *ns, char kind, struct str logical,
                             struct str table)
{
    struct str s;
    int n, is;

    for (n = 1;; n++) {
        s = str_fmt(ns->arena, "%.*s__%d", STR_ARG(table), n);
        is = s.p ? is_free(ns, kind, logical, s) : -1;
        if (is)
            return is > 0 ? s : STR_NONE;
    }
}

static struct str fresh(struct names *ns, char kind, struct str logical,
                        struct str proposed)
{
    struct str s = proposed;
    uint32_t salt;
    int is = 0;

    if (kind == 'i' || kind == 'u')
        return index_name(ns, kind, logical, proposed);
    if (s.n <= PHYSICAL_MAX)
        is = is_free(ns, kind, logical, s);
    for (salt = 0; is == 0; salt++) {
        s = str_fmt(ns->arena, "%.*s_%08x",
                    STR_ARG(str_sub(proposed, 0, PHYSICAL_CUT)),
                    (unsigned)stable_hash(logical, salt));
        is = s.p ? is_free(ns, kind, logical, s) : -1;
    }
    return is > 0 ? s : STR_NONE;
}

struct str names_physical(struct names *ns, char kind, struct str logical,
                          struct str proposed)
{
    struct pair *p = find(ns, kind, logical);
    struct str s, key;

    if (!p || !p->n.physical.n) {
        s = fresh(ns, kind, logical, proposed);
        if (!s.p)
            return STR_NONE;
        if (!p) {
            p = add(ns, kind, logical, s, kind == 'e' ? ns->top + 1 : 0);
        } else { /* an entity that is back, under its old number */
            key = taken_key(ns, kind, logical, s);
            p->n.physical = str_copy(ns->arena, s);
            if (!key.p || !p->n.physical.p || !map_put(&ns->taken, key, p))
                return STR_NONE;
        }
    }
    if (!p)
        return STR_NONE;
    p->used = true;
    return p->n.physical;
}

int names_number(struct names *ns, struct str entity)
{
    const struct pair *p = find(ns, 'e', entity);

    return p ? p->n.number : 0;
}

bool names_uid(struct names *ns, struct str key, struct str now,
               struct str *before)
{
    struct pair *p = find(ns, 'x', key);

    *before = p ? p->n.physical : STR_NONE;
    if (!p)
        p = add(ns, 'x', key, now, 0);
    else
        p->n.physical = str_copy(ns->arena, now);
    if (!p || !p->n.physical.p)
        return false;
    p->used = true;
    return true;
}

bool names_has(struct names *ns, char kind, struct str logical)
{
    const struct pair *p = find(ns, kind, logical);

    return p && p->n.physical.n;
}

static bool move(struct names *ns, struct pair *p, struct str to)
{
    struct str old = p->n.logical,
               key = taken_key(ns, p->n.kind, to, p->n.physical);

    p->n.logical = str_copy(ns->arena, to);
    return key.p && p->n.logical.p && map_put(&ns->taken, key, p) &&
           put_logical(ns, p->n.kind, p->n.logical, p) &&
           put_logical(ns, p->n.kind, old, NULL);
}

/* What belongs to an entity goes with it: "crm:deal.amount", "crm:deal/..". */
static bool move_parts(struct names *ns, struct str from, struct str to)
{
    size_t i;

    for (i = 0; i < ns->all.n; i++) {
        struct pair *p = ns->all.v[i];
        struct str l = p->n.logical, tail;

        if (p->n.kind == 'e' || l.n <= from.n || !str_starts(l, from) ||
            (l.p[from.n] != '.' && l.p[from.n] != '/'))
            continue;
        tail = str_sub(l, from.n, l.n);
        l = str_fmt(ns->arena, "%.*s%.*s", STR_ARG(to), STR_ARG(tail));
        if (!l.p || !move(ns, p, l))
            return false;
    }
    return true;
}

bool names_rename(struct names *ns, char kind, struct str from, struct str to)
{
    struct pair *p = find(ns, kind, from), *there = find(ns, kind, to);
    struct str aside;

    if (!p || !p->n.physical.n || (there && there->n.physical.n))
        return true; /* done before, or never there */
    if (there) {     /* a number that must not be given again */
        aside = str_fmt(ns->arena, "%.*s#%d", STR_ARG(to), there->n.number);
        if (!aside.p || !move(ns, there, aside))
            return false;
    }
    if (kind == 'e' && !move_parts(ns, from, to))
        return false;
    return move(ns, p, to);
}

static int by_kind_and_name(const void *a, const void *b)
{
    const struct name_pair *x = a, *y = b;

    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    return str_cmp(x->logical, y->logical);
}

enum rc names_list(const struct names *ns, struct arena *a,
                   const struct name_pair **out, size_t *n, struct err *err)
{
    struct name_pair *v = ARENA_ARRAY(a, struct name_pair, ns->all.n + 1);
    size_t i, k = 0;

    if (!v)
        return FAIL(err, RC_NOMEM, "There is no memory for the names.");
    for (i = 0; i < ns->all.n; i++) {
        const struct pair *p = ns->all.v[i];

        if (!p->used && p->n.kind != 'e')
            continue;
        v[k] = p->n;
        v[k].logical = str_copy(a, p->n.logical);
        v[k].physical = p->used ? str_copy(a, p->n.physical) : STR("");
        if (!v[k].logical.p || !v[k].physical.p)
            return FAIL(err, RC_NOMEM, "There is no memory for the names.");
        k++;
    }
    qsort(v, k, sizeof *v, by_kind_and_name);
    *out = v;
    *n = k;
    return RC_OK;
}
