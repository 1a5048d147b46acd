/*
 * convert - between Lua and typed values. Out: raw access only, no metamethod
 * runs; keys of maps in the order of their bytes, so that a run can be
 * repeated. What cannot pass raises E_TYPE.
 */
#include <math.h>

#include "base/utf8.h"
#include "script/sandbox.h"

struct encoder {
    lua_State *L;
    struct sandbox *s;
    size_t nodes, bytes; /* left; where to stop */
};

static void encode(struct encoder *e, int index, int depth);

static void put_text(struct encoder *e, int index)
{
    struct str s;

    s.p = lua_tolstring(e->L, index, &s.n);
    sandbox_working(e->L, s.n);
    if (utf8_invalid(s) >= 0 || (s.n > 0 && memchr(s.p, 0, s.n)))
        sandbox_raise(e->L, "E_TYPE",
                      "A text that leaves the script must be UTF-8 without "
                      "zero bytes.");
    wire_put_str(&e->s->out, s);
}

static void put_number(struct encoder *e, int index)
{
    struct buf *b = &e->s->out;
    lua_Number f;

    if (lua_isinteger(e->L, index)) {
        buf_addc(b, SCRIPT_INT);
        wire_put_i64(b, lua_tointeger(e->L, index));
        return;
    }
    f = lua_tonumber(e->L, index);
    if (!isfinite(f))
        sandbox_raise(e->L, "E_TYPE",
                      "A number that leaves the script must be finite.");
    buf_addc(b, SCRIPT_FLOAT);
    wire_put_f64(b, f);
}

static void put_cell(struct encoder *e, const struct cell *c)
{
    struct script_value v = {
        .kind = c->kind, .scale = c->scale, .extra = c->months, .u.i = c->i};

    memcpy(v.cur, c->cur, sizeof v.cur);
    script_encode(&e->s->out, &v);
}

static void put_userdata(struct encoder *e, int index)
{
    struct cell *cell = cell_test(e->L, index);
    struct object *object = object_test(e->L, index);

    if (cell)
        put_cell(e, cell);
    else if (object)
        script_encode(&e->s->out,
                      &(struct script_value){.kind = SCRIPT_OBJECT,
                                             .extra = object->module,
                                             .u.i = object->number});
    else
        sandbox_raise(e->L, "E_TYPE", "This value cannot leave the script.");
}

/* Keys of a table: all of 1..n, or all texts. */
static bool is_list(struct encoder *e, int index, size_t *count)
{
    lua_State *L = e->L;
    lua_Unsigned n = lua_rawlen(L, index);
    lua_Unsigned numbers = 0;
    size_t texts = 0;

    lua_pushnil(L);
    while (lua_next(L, index)) {
        lua_pop(L, 1);
        sandbox_step(L, e->s, 1);
        if (lua_type(L, -1) == LUA_TSTRING)
            texts++;
        else if (lua_isinteger(L, -1) && lua_tointeger(L, -1) >= 1 &&
                 (lua_Unsigned)lua_tointeger(L, -1) <= n)
            numbers++;
        else
            sandbox_raise(L, "E_TYPE",
                          "A table that leaves the script needs keys that are "
                          "texts, or 1 to n without a gap.");
    }
    if (numbers > 0 && (texts > 0 || numbers != n))
        sandbox_raise(L, "E_TYPE",
                      "A table that leaves the script needs keys that are "
                      "texts, or 1 to n without a gap.");
    *count = texts > 0 ? texts : (size_t)numbers;
    return texts == 0;
}

static int by_bytes(const void *a, const void *b)
{
    return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

static void put_map(struct encoder *e, int index, size_t n, int depth)
{
    lua_State *L = e->L;
    struct arena_mark mark = arena_mark(&e->s->scratch);
    struct str *keys = ARENA_ARRAY(&e->s->scratch, struct str, n);
    size_t i = 0;

    if (!keys)
        sandbox_die(L, KILL_MEMORY);
    /* The table is not changed meanwhile, so the texts stay where they are. */
    lua_pushnil(L);
    while (lua_next(L, index)) {
        lua_pop(L, 1);
        keys[i].p = lua_tolstring(L, -1, &keys[i].n);
        i++;
    }
    qsort(keys, n, sizeof *keys, by_bytes);
    for (i = 0; i < n; i++) {
        lua_pushlstring(L, keys[i].p, keys[i].n);
        put_text(e, -1);
        lua_rawget(L, index);
        encode(e, lua_gettop(L), depth + 1);
        lua_pop(L, 1);
    }
    arena_rewind(&e->s->scratch, mark);
}

static void put_table(struct encoder *e, int index, int depth)
{
    lua_State *L = e->L;
    size_t n = 0;
    bool list = is_list(e, index, &n);

    if (n > e->nodes)
        sandbox_raise(L, "E_TYPE",
                      "A value that leaves the script has too many members.");
    buf_addc(&e->s->out, list ? SCRIPT_LIST : SCRIPT_MAP);
    wire_put_u32(&e->s->out, (uint32_t)n);
    if (!list) {
        put_map(e, index, n, depth);
        return;
    }
    for (size_t i = 1; i <= n; i++) {
        lua_rawgeti(L, index, (lua_Integer)i);
        encode(e, lua_gettop(L), depth + 1);
        lua_pop(L, 1);
    }
}

static void encode(struct encoder *e, int index, int depth)
{
    struct sandbox *s = e->s;
    lua_State *L = e->L;

    luaL_checkstack(L, 8, NULL);
    sandbox_step(L, s, 1);
    if (depth > SCRIPT_MAX_DEPTH)
        sandbox_raise(L, "E_TYPE",
                      "A value that leaves the script is nested deeper than "
                      "%d, or contains itself.",
                      SCRIPT_MAX_DEPTH);
    if (e->nodes-- == 0)
        sandbox_raise(L, "E_TYPE",
                      "A value that leaves the script has too many members.");
    switch (lua_type(L, index)) {
    case LUA_TNIL:
    case LUA_TNONE:
        buf_addc(&s->out, SCRIPT_NIL);
        break;
    case LUA_TBOOLEAN:
        buf_addc(&s->out, SCRIPT_BOOL);
        buf_addc(&s->out, lua_toboolean(L, index) ? 1 : 0);
        break;
    case LUA_TLIGHTUSERDATA:
        buf_addc(&s->out, SCRIPT_NULL);
        break;
    case LUA_TNUMBER:
        put_number(e, index);
        break;
    case LUA_TSTRING:
        buf_addc(&s->out, SCRIPT_TEXT);
        put_text(e, index);
        break;
    case LUA_TTABLE:
        put_table(e, index, depth);
        break;
    case LUA_TUSERDATA:
        put_userdata(e, index);
        break;
    default:
        sandbox_raise(L, "E_TYPE", "A %s cannot leave the script.",
                      luaL_typename(L, index));
    }
    if (s->out.failed)
        sandbox_die(L, KILL_MEMORY);
    if (s->out.n > e->bytes)
        sandbox_raise(L, "E_TYPE",
                      "A value that leaves the script is larger than %d KiB.",
                      (int)(e->bytes >> 10));
}

void sandbox_encode(lua_State *L, int index, const struct script_caps *caps)
{
    struct sandbox *s = sandbox_of(L);
    struct encoder e = {L, s, caps->nodes, s->out.n + caps->bytes};

    encode(&e, lua_absindex(L, index), 0);
}

/* --- in ------------------------------------------------------------------------- */

static void push_cell(lua_State *L, const struct script_value *v)
{
    struct cell c = {
        .kind = v->kind, .scale = v->scale, .months = v->extra, .i = v->u.i};

    memcpy(c.cur, v->cur, sizeof c.cur);
    cell_push(L, &c);
}

void sandbox_push(lua_State *L, const struct script_value *v)
{
    luaL_checkstack(L, 6, NULL);
    sandbox_step(L, sandbox_of(L), 1);
    switch (v->kind) {
    case SCRIPT_NIL:
        lua_pushnil(L);
        break;
    case SCRIPT_BOOL:
        lua_pushboolean(L, v->u.b);
        break;
    case SCRIPT_INT:
        lua_pushinteger(L, v->u.i);
        break;
    case SCRIPT_FLOAT:
        lua_pushnumber(L, v->u.f);
        break;
    case SCRIPT_TEXT:
        lua_pushlstring(L, v->u.s.p, v->u.s.n);
        break;
    case SCRIPT_NULL:
        sandbox_push_null(L);
        break;
    case SCRIPT_DEC:
    case SCRIPT_MONEY:
    case SCRIPT_DATE:
    case SCRIPT_INSTANT:
    case SCRIPT_TIME:
    case SCRIPT_DUR:
        push_cell(L, v);
        break;
    case SCRIPT_OBJECT:
        object_push(L, v->extra, v->u.i);
        break;
    case SCRIPT_LIST:
        lua_createtable(L, (int)v->u.list.n, 0);
        for (size_t i = 0; i < v->u.list.n; i++) {
            sandbox_push(L, &v->u.list.v[i]);
            lua_rawseti(L, -2, (lua_Integer)i + 1);
        }
        break;
    case SCRIPT_MAP:
        lua_createtable(L, 0, (int)v->u.map.n);
        for (size_t i = 0; i < v->u.map.n; i++) {
            lua_pushlstring(L, v->u.map.v[i].key.p, v->u.map.v[i].key.n);
            sandbox_push(L, &v->u.map.v[i].value);
            lua_rawset(L, -3);
        }
        break;
    }
}

void sandbox_push_encoded(lua_State *L, struct str bytes)
{
    static const struct script_caps CAPS = {WIRE_RUN_BYTES, 1000000};
    struct sandbox *s = sandbox_of(L);
    struct arena_mark mark = arena_mark(&s->scratch);
    struct script_value v;
    enum rc rc = script_decode(&bytes, &CAPS, &s->scratch, &v, NULL);

    if (rc != RC_OK) /* the server does not lie: it said too much at once */
        sandbox_die(L, rc == RC_INVALID ? KILL_WIRE : KILL_MEMORY);
    sandbox_push(L, &v);
    arena_rewind(&s->scratch, mark);
}

static const char NULL_KEY = 0;

void sandbox_push_null(lua_State *L)
{
    lua_pushlightuserdata(L, (void *)(uintptr_t)&NULL_KEY);
}
