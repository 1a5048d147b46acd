/*
 * value - see the header.
 */
#include "base/value.h"

#include "base/arena.h"
#include "base/decimal.h"

static bool list_eq(const struct value *a, const struct value *b)
{
    size_t i;

    if (a->u.list.n != b->u.list.n)
        return false;
    for (i = 0; i < a->u.list.n; i++)
        if (!value_eq(&a->u.list.v[i], &b->u.list.v[i]))
            return false;
    return true;
}

static bool float_eq(double a, double b)
{
    return a == b || (a != a && b != b); /* not-a-number is itself here */
}

bool value_eq(const struct value *a, const struct value *b)
{
    if (a->kind != b->kind)
        return false;
    switch (a->kind) {
    case V_NULL:
        return true;
    case V_BOOL:
        return a->u.b == b->u.b;
    case V_INT:
    case V_DATE:
    case V_INSTANT:
    case V_TIME:
    case V_REF:
        return a->u.i == b->u.i;
    case V_DEC:
        return decimal_cmp(a->u.i, a->scale, b->u.i, b->scale) == 0;
    case V_MONEY:
        return memcmp(a->cur, b->cur, sizeof a->cur) == 0 &&
               decimal_cmp(a->u.i, a->scale, b->u.i, b->scale) == 0;
    case V_FLOAT:
        return float_eq(a->u.f, b->u.f);
    case V_TEXT:
        return str_eq(a->u.s, b->u.s);
    case V_DUR:
    case V_ANYREF:
        return a->u.i == b->u.i && a->ent == b->ent;
    case V_LIST:
        return list_eq(a, b);
    }
    return false;
}

bool value_copy(struct arena *a, const struct value *v, struct value *out)
{
    struct value copy = *v;
    size_t i;

    if (v->kind == V_TEXT) {
        copy.u.s = str_copy(a, v->u.s);
        if (!copy.u.s.p)
            return false;
    } else if (v->kind == V_LIST) {
        copy.u.list.v = ARENA_ARRAY(a, struct value, v->u.list.n);
        if (!copy.u.list.v)
            return false;
        for (i = 0; i < v->u.list.n; i++)
            if (!value_copy(a, &v->u.list.v[i], &copy.u.list.v[i]))
                return false;
    }
    *out = copy;
    return true;
}
