/*
 * json - base/json for scripts. Exact values are written as texts, objects in
 * the order of their keys, so that equal values give equal texts.
 */
#include "base/json.h"

#include "base/utf8.h"
#include "script/sandbox.h"

static const struct script_caps CAPS = {4 << 20, 100000};

static void write_cell(lua_State *L, struct json_w *w,
                       const struct script_value *v)
{
    struct cell c = {
        .kind = v->kind, .scale = v->scale, .months = v->extra, .i = v->u.i};
    char text[64];
    size_t n;

    memcpy(c.cur, v->cur, sizeof c.cur);
    n = cell_text(L, &c, text);
    json_w_str(w, str_of(text, n));
}

static void write_value(lua_State *L, struct json_w *w,
                        const struct script_value *v)
{
    switch (v->kind) {
    case SCRIPT_NIL:
    case SCRIPT_NULL:
        json_w_null(w);
        break;
    case SCRIPT_BOOL:
        json_w_bool(w, v->u.b);
        break;
    case SCRIPT_INT:
        json_w_i64(w, v->u.i);
        break;
    case SCRIPT_FLOAT:
        json_w_f64(w, v->u.f);
        break;
    case SCRIPT_TEXT:
        json_w_str(w, v->u.s);
        break;
    case SCRIPT_DEC:
    case SCRIPT_MONEY:
    case SCRIPT_DATE:
    case SCRIPT_INSTANT:
    case SCRIPT_TIME:
    case SCRIPT_DUR:
        write_cell(L, w, v);
        break;
    case SCRIPT_OBJECT:
        json_w_id(w, v->u.i);
        break;
    case SCRIPT_LIST:
        json_arr_begin(w);
        for (size_t i = 0; i < v->u.list.n; i++)
            write_value(L, w, &v->u.list.v[i]);
        json_arr_end(w);
        break;
    case SCRIPT_MAP:
        json_obj_begin(w);
        for (size_t i = 0; i < v->u.map.n; i++) {
            json_key(w, v->u.map.v[i].key);
            write_value(L, w, &v->u.map.v[i].value);
        }
        json_obj_end(w);
        break;
    }
}

/* Through the same bytes as everything that leaves: one set of rules. */
static int json_encode(lua_State *L)
{
    struct sandbox *s = sandbox_of(L);
    struct arena_mark mark = arena_mark(&s->scratch);
    struct script_value v;
    struct json_w w;
    struct str bytes;

    luaL_checkany(L, 1);
    buf_reset(&s->out);
    sandbox_encode(L, 1, &CAPS);
    sandbox_working(L, s->out.n);
    bytes = str_copy(&s->scratch, buf_view(&s->out));
    if (!bytes.p ||
        script_decode(&bytes, &CAPS, &s->scratch, &v, NULL) != RC_OK)
        sandbox_die(L, KILL_MEMORY);
    buf_reset(&s->out);
    json_w_init(&w, &s->out);
    write_value(L, &w, &v);
    if (json_w_finish(&w, NULL) != RC_OK)
        sandbox_die(L, KILL_MEMORY);
    arena_rewind(&s->scratch, mark);
    sandbox_text_size(L, s->out.n);
    lua_pushlstring(L, s->out.p, s->out.n);
    return 1;
}

static void push_json(lua_State *L, const struct json *v, int depth)
{
    luaL_checkstack(L, 6, NULL);
    sandbox_step(L, sandbox_of(L), 1);
    if (depth > SCRIPT_MAX_DEPTH)
        sandbox_raise(L, "E_TYPE", "The JSON is nested deeper than %d.",
                      SCRIPT_MAX_DEPTH);
    switch (v->kind) {
    case JSON_NULL:
        sandbox_push_null(L);
        break;
    case JSON_BOOL:
        lua_pushboolean(L, v->u.b);
        break;
    case JSON_INT:
        lua_pushinteger(L, v->u.i);
        break;
    case JSON_REAL:
        lua_pushnumber(L, v->u.real.f);
        break;
    case JSON_STR:
        lua_pushlstring(L, v->u.s.p, v->u.s.n);
        break;
    case JSON_ARRAY:
        lua_createtable(L, (int)v->u.array.n, 0);
        for (size_t i = 0; i < v->u.array.n; i++) {
            push_json(L, &v->u.array.v[i], depth + 1);
            lua_rawseti(L, -2, (lua_Integer)i + 1);
        }
        break;
    case JSON_OBJECT:
        lua_createtable(L, 0, (int)v->u.object.n);
        for (size_t i = 0; i < v->u.object.n; i++) {
            lua_pushlstring(L, v->u.object.v[i].key.p, v->u.object.v[i].key.n);
            push_json(L, &v->u.object.v[i].value, depth + 1);
            lua_rawset(L, -3);
        }
        break;
    }
}

static int json_decode(lua_State *L)
{
    struct sandbox *s = sandbox_of(L);
    struct arena_mark mark = arena_mark(&s->scratch);
    const struct json *v = NULL;
    struct err err = ERR_INIT;
    struct str text;
    enum rc rc;

    text.p = luaL_checklstring(L, 1, &text.n);
    sandbox_working(L, text.n * 2);
    if (utf8_invalid(text) >= 0)
        return sandbox_raise(L, "E_TYPE", "JSON must be UTF-8.");
    rc = json_parse(text, &s->scratch, &v, &err);
    if (rc == RC_NOMEM)
        sandbox_die(L, KILL_MEMORY);
    if (rc != RC_OK) {
        arena_rewind(&s->scratch, mark);
        return sandbox_raise(L, "E_TYPE", "%s", err.text);
    }
    push_json(L, v, 0);
    arena_rewind(&s->scratch, mark);
    return 1;
}

static void json_open(lua_State *L)
{
    sandbox_push_null(L);
    lua_setfield(L, -2, "null");
}

static const struct script_fn FNS[] = {
    {"json.decode", "json.decode(text) -> value", SCRIPT_ALL_BUT_FORM, 0,
     "Arrays and objects as tables, null as `json.null`. Integers stay "
     "integers; other numbers are floats. Raises E_TYPE with line and column "
     "for what is no JSON, for a key given twice and past depth 16.",
     "assert(json.decode('{\"a\": [1, null]}').a[2] == json.null)", json_decode,
     NULL},
    {"json.encode", "json.encode(value) -> text", SCRIPT_ALL_BUT_FORM, 0,
     "Tables with members 1 to n, and empty ones, as arrays, others as objects "
     "in the order of their keys. Exact values, dates and times are texts. "
     "Raises E_TYPE for functions, cycles and numbers that are not finite.",
     "assert(json.encode({b = 1, a = dec.new('2.50')}) == "
     "'{\"a\":\"2.50\",\"b\":1}')",
     json_encode, NULL},
};

const struct script_module script_module_json = {
    .name = "json",
    .doc = "JSON in and out. `json.null` stands for null: nil is absence.",
    .fns = FNS,
    .n = sizeof FNS / sizeof FNS[0],
    .open = json_open,
};
