/*
 * value - see the header. A value is a byte of kind and then:
 *   bool u8 · int, float, date, instant, time i64 · text u32 and bytes ·
 *   dec u8 i64 · money u8, 3 letters, i64 · dur i32 i64 · object u32 i64 ·
 *   list u32 and values · map u32 and (text without kind, value)
 */
#include "script/value.h"

#include <math.h>

#include "base/arena.h"
#include "base/decimal.h"
#include "base/time.h"
#include "base/utf8.h"
#include "script/wire.h"

const struct script_value *script_at(const struct script_value *map,
                                     struct str key)
{
    if (!map || map->kind != SCRIPT_MAP)
        return NULL;
    for (size_t i = 0; i < map->u.map.n; i++)
        if (str_eq(map->u.map.v[i].key, key))
            return &map->u.map.v[i].value;
    return NULL;
}

static bool list_from_value(const struct value *v, struct arena *a,
                            struct script_value *out)
{
    struct script_value *items =
        ARENA_ARRAY(a, struct script_value, v->u.list.n);

    if (!items)
        return false;
    for (size_t i = 0; i < v->u.list.n; i++)
        if (v->u.list.v[i].kind == V_LIST ||
            !script_from_value(&v->u.list.v[i], a, &items[i]))
            return false;
    *out = (struct script_value){.kind = SCRIPT_LIST,
                                 .u.list = {items, v->u.list.n}};
    return true;
}

bool script_from_value(const struct value *v, struct arena *a,
                       struct script_value *out)
{
    struct script_value r = {.kind = SCRIPT_NIL};

    switch (v->kind) {
    case V_NULL:
        break;
    case V_BOOL:
        r = script_bool(v->u.b);
        break;
    case V_INT:
        r = script_int(v->u.i);
        break;
    case V_DEC:
        r = (struct script_value){
            .kind = SCRIPT_DEC, .scale = v->scale, .u.i = v->u.i};
        break;
    case V_MONEY:
        r = (struct script_value){
            .kind = SCRIPT_MONEY, .scale = v->scale, .u.i = v->u.i};
        memcpy(r.cur, v->cur, sizeof r.cur);
        break;
    case V_FLOAT:
        r = (struct script_value){.kind = SCRIPT_FLOAT, .u.f = v->u.f};
        break;
    case V_TEXT:
        r = script_text(v->u.s);
        break;
    case V_DATE:
        r = (struct script_value){.kind = SCRIPT_DATE, .u.i = v->u.i};
        break;
    case V_INSTANT:
        r = (struct script_value){.kind = SCRIPT_INSTANT, .u.i = v->u.i};
        break;
    case V_TIME:
        r = (struct script_value){.kind = SCRIPT_TIME, .u.i = v->u.i};
        break;
    case V_DUR:
        r = (struct script_value){
            .kind = SCRIPT_DUR, .extra = v->ent, .u.i = v->u.i};
        break;
    case V_LIST:
        return list_from_value(v, a, out);
    case V_REF:
    case V_ANYREF:
        return false;
    }
    *out = r;
    return true;
}

static bool list_to_value(const struct script_value *v, struct arena *a,
                          struct value *out)
{
    struct value *items = ARENA_ARRAY(a, struct value, v->u.list.n);

    if (!items)
        return false;
    for (size_t i = 0; i < v->u.list.n; i++)
        if (v->u.list.v[i].kind == SCRIPT_LIST ||
            !script_to_value(&v->u.list.v[i], a, &items[i]))
            return false;
    *out = (struct value){.kind = V_LIST, .u.list = {items, v->u.list.n}};
    return true;
}

bool script_to_value(const struct script_value *v, struct arena *a,
                     struct value *out)
{
    struct value r = VALUE_NULL;

    switch (v->kind) {
    case SCRIPT_NIL:
    case SCRIPT_NULL:
        break;
    case SCRIPT_BOOL:
        r = value_bool(v->u.b);
        break;
    case SCRIPT_INT:
        r = value_int(v->u.i);
        break;
    case SCRIPT_FLOAT:
        r = (struct value){.kind = V_FLOAT, .u.f = v->u.f};
        break;
    case SCRIPT_TEXT:
        r = value_text(v->u.s);
        break;
    case SCRIPT_DEC:
        r = value_dec(v->u.i, v->scale);
        break;
    case SCRIPT_MONEY:
        r = (struct value){.kind = V_MONEY,
                           .scale = v->scale,
                           .u.i = v->u.i,
                           .base = VALUE_NO_BASE};
        memcpy(r.cur, v->cur, sizeof r.cur);
        break;
    case SCRIPT_DATE:
        r = value_date(v->u.i);
        break;
    case SCRIPT_INSTANT:
        r = value_instant(v->u.i);
        break;
    case SCRIPT_TIME:
        r = (struct value){.kind = V_TIME, .u.i = v->u.i};
        break;
    case SCRIPT_DUR:
        r = (struct value){.kind = V_DUR, .ent = v->extra, .u.i = v->u.i};
        break;
    case SCRIPT_LIST:
        return list_to_value(v, a, out);
    case SCRIPT_OBJECT:
    case SCRIPT_MAP:
        return false;
    }
    *out = r;
    return true;
}

/* --- out -------------------------------------------------------------------- */

static void encode(struct buf *b, const struct script_value *v, int depth)
{
    if (depth > SCRIPT_MAX_DEPTH) {
        if (!b->failed)
            b->failed = RC_LIMIT;
        return;
    }
    buf_addc(b, (char)v->kind);
    switch (v->kind) {
    case SCRIPT_NIL:
    case SCRIPT_NULL:
        break;
    case SCRIPT_BOOL:
        buf_addc(b, v->u.b ? 1 : 0);
        break;
    case SCRIPT_FLOAT:
        wire_put_f64(b, v->u.f);
        break;
    case SCRIPT_INT:
    case SCRIPT_DATE:
    case SCRIPT_INSTANT:
    case SCRIPT_TIME:
        wire_put_i64(b, v->u.i);
        break;
    case SCRIPT_TEXT:
        wire_put_str(b, v->u.s);
        break;
    case SCRIPT_DEC:
        buf_addc(b, (char)v->scale);
        wire_put_i64(b, v->u.i);
        break;
    case SCRIPT_MONEY:
        buf_addc(b, (char)v->scale);
        buf_add(b, str_of(v->cur, 3));
        wire_put_i64(b, v->u.i);
        break;
    case SCRIPT_DUR:
    case SCRIPT_OBJECT:
        wire_put_u32(b, (uint32_t)v->extra);
        wire_put_i64(b, v->u.i);
        break;
    case SCRIPT_LIST:
        wire_put_u32(b, (uint32_t)v->u.list.n);
        for (size_t i = 0; i < v->u.list.n; i++)
            encode(b, &v->u.list.v[i], depth + 1);
        break;
    case SCRIPT_MAP:
        wire_put_u32(b, (uint32_t)v->u.map.n);
        for (size_t i = 0; i < v->u.map.n; i++) {
            wire_put_str(b, v->u.map.v[i].key);
            encode(b, &v->u.map.v[i].value, depth + 1);
        }
        break;
    }
}

void script_encode(struct buf *b, const struct script_value *v)
{
    encode(b, v, 0);
}

/* --- in --------------------------------------------------------------------- */

struct decoder {
    struct str in;
    size_t nodes; /* left */
    struct arena *arena;
    struct err *err;
};

static enum rc value_of(struct decoder *d, int depth, struct script_value *out);

static enum rc broken(struct decoder *d)
{
    return FAIL(d->err, RC_INVALID,
                "A script worker sent a value that is none.");
}

static enum rc text_of(struct decoder *d, struct str *out)
{
    struct str s;

    if (!wire_get_str(&d->in, &s) || utf8_invalid(s) >= 0 ||
        (s.n > 0 && memchr(s.p, 0, s.n)))
        return broken(d);
    *out = s;
    return RC_OK;
}

/* How many members come; each takes a byte at least. */
static enum rc count_of(struct decoder *d, uint32_t *n)
{
    uint32_t v;

    if (!wire_get_u32(&d->in, &v) || v > d->in.n)
        return broken(d);
    if (v > d->nodes)
        return FAIL(d->err, RC_LIMIT, "A script's value has too many members.");
    *n = v;
    return RC_OK;
}

static enum rc list_of(struct decoder *d, int depth, struct script_value *out)
{
    struct script_value *v;
    uint32_t n = 0;
    enum rc rc = count_of(d, &n);

    if (rc != RC_OK)
        return rc;
    v = ARENA_ARRAY(d->arena, struct script_value, n);
    if (!v)
        return FAIL(d->err, RC_NOMEM, "Memory is gone.");
    for (uint32_t i = 0; i < n && rc == RC_OK; i++)
        rc = value_of(d, depth + 1, &v[i]);
    out->u.list.v = v;
    out->u.list.n = n;
    return rc;
}

static enum rc map_of(struct decoder *d, int depth, struct script_value *out)
{
    struct script_pair *v;
    uint32_t n = 0;
    enum rc rc = count_of(d, &n);

    if (rc != RC_OK)
        return rc;
    v = ARENA_ARRAY(d->arena, struct script_pair, n);
    if (!v)
        return FAIL(d->err, RC_NOMEM, "Memory is gone.");
    for (uint32_t i = 0; i < n && rc == RC_OK; i++) {
        rc = text_of(d, &v[i].key);
        if (rc == RC_OK)
            rc = value_of(d, depth + 1, &v[i].value);
    }
    out->u.map.v = v;
    out->u.map.n = n;
    return rc;
}

static bool scale_of(struct decoder *d, struct script_value *v)
{
    return wire_get_u8(&d->in, &v->scale) && v->scale <= DECIMAL_MAX_SCALE;
}

static bool currency_of(struct decoder *d, struct script_value *v)
{
    if (d->in.n < 3)
        return false;
    for (int i = 0; i < 3; i++) {
        v->cur[i] = d->in.p[i];
        if (v->cur[i] < 'A' || v->cur[i] > 'Z')
            return false;
    }
    v->cur[3] = '\0';
    d->in = str_sub(d->in, 3, d->in.n);
    return currency_scale(v->cur) == v->scale;
}

/* What has a fixed size. */
static bool scalar_of(struct decoder *d, struct script_value *v)
{
    uint8_t byte = 0;
    uint32_t extra = 0;

    if (v->kind == SCRIPT_NIL || v->kind == SCRIPT_NULL)
        return true;
    if (v->kind == SCRIPT_BOOL) {
        if (!wire_get_u8(&d->in, &byte) || byte > 1)
            return false;
        v->u.b = byte != 0;
        return true;
    }
    if (v->kind == SCRIPT_FLOAT)
        return wire_get_f64(&d->in, &v->u.f) && isfinite(v->u.f);
    if ((v->kind == SCRIPT_DEC || v->kind == SCRIPT_MONEY) && !scale_of(d, v))
        return false;
    if (v->kind == SCRIPT_MONEY && !currency_of(d, v))
        return false;
    if (v->kind == SCRIPT_DUR || v->kind == SCRIPT_OBJECT) {
        if (!wire_get_u32(&d->in, &extra))
            return false;
        v->extra = (int32_t)extra;
    }
    if (!wire_get_i64(&d->in, &v->u.i))
        return false;
    if (v->kind == SCRIPT_DATE)
        return v->u.i >= DATE_MIN && v->u.i <= DATE_MAX;
    if (v->kind == SCRIPT_INSTANT)
        return v->u.i >= INSTANT_MIN && v->u.i <= INSTANT_MAX;
    if (v->kind == SCRIPT_TIME)
        return v->u.i >= 0 && v->u.i < 24 * 60;
    return true;
}

static enum rc value_of(struct decoder *d, int depth, struct script_value *out)
{
    struct script_value v;
    uint8_t kind = 0;
    enum rc rc = RC_OK;

    if (depth > SCRIPT_MAX_DEPTH)
        return FAIL(d->err, RC_LIMIT, "A script's value is nested too deep.");
    if (d->nodes == 0)
        return FAIL(d->err, RC_LIMIT, "A script's value has too many members.");
    d->nodes--;
    if (!wire_get_u8(&d->in, &kind) || kind > SCRIPT_MAP)
        return broken(d);
    memset(&v, 0, sizeof v);
    v.kind = (enum script_kind)kind;
    if (v.kind == SCRIPT_TEXT)
        rc = text_of(d, &v.u.s);
    else if (v.kind == SCRIPT_LIST)
        rc = list_of(d, depth, &v);
    else if (v.kind == SCRIPT_MAP)
        rc = map_of(d, depth, &v);
    else if (!scalar_of(d, &v))
        rc = broken(d);
    if (rc == RC_OK)
        *out = v;
    return rc;
}

enum rc script_decode(struct str *in, const struct script_caps *caps,
                      struct arena *a, struct script_value *out,
                      struct err *err)
{
    struct decoder d = {*in, caps->nodes, a, err};
    struct script_value v = {.kind = SCRIPT_NIL};
    enum rc rc;

    if (d.in.n > caps->bytes)
        d.in.n = caps->bytes;
    rc = value_of(&d, 0, &v);
    if (rc == RC_INVALID && in->n > caps->bytes && d.in.n == 0)
        rc = FAIL(err, RC_LIMIT, "A script's value is too large.");
    if (rc != RC_OK)
        return rc;
    *in = str_of(d.in.p, (size_t)(in->p + in->n - d.in.p));
    *out = v;
    return RC_OK;
}
