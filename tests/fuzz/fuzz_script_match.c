/*
 * Our matcher beside Lua's own: where ours ends within its budget, both find
 * the same, capture the same, or refuse the pattern. The first byte is the
 * length of the pattern, the rest of the input the subject.
 */
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <stdlib.h>

#include "script/match.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Lua's has no budget: it is asked only about what ours did in a few steps. */
enum { STEPS = 20000 };

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void compare_capture(lua_State *L, int index, const struct match *m,
                            int i)
{
    size_t n;
    const char *p;

    if (m->capture[i].n == MATCH_POSITION) {
        must(lua_isinteger(L, index) &&
             lua_tointeger(L, index) == m->capture[i].at - m->subject.p + 1);
        return;
    }
    must(lua_type(L, index) == LUA_TSTRING);
    p = lua_tolstring(L, index, &n);
    must(n == (size_t)m->capture[i].n &&
         (n == 0 || memcmp(p, m->capture[i].at, n) == 0));
}

static void compare(struct match *m, enum match_end end, size_t begin,
                    size_t stop, struct str s, struct str p)
{
    lua_State *L = luaL_newstate();
    int status;

    if (!L)
        return;
    luaL_requiref(L, "string", luaopen_string, 0);
    lua_getfield(L, -1, "find");
    lua_pushlstring(L, s.p, s.n);
    lua_pushlstring(L, p.p, p.n);
    status = lua_pcall(L, 2, LUA_MULTRET, 0);
    if (end == MATCH_BAD) {
        must(status != LUA_OK);
    } else {
        must(status == LUA_OK);
        must(lua_isnil(L, 2) == (end == MATCH_NO));
    }
    if (end == MATCH_YES) {
        must(lua_tointeger(L, 2) == (lua_Integer)begin + 1);
        must(lua_tointeger(L, 3) == (lua_Integer)stop);
        must(lua_gettop(L) == 3 + m->level);
        for (int i = 0; i < m->level; i++)
            compare_capture(L, 4 + i, m, i);
    }
    lua_close(L);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int64_t steps = STEPS;
    struct str s, p, ours;
    size_t begin = 0;
    size_t stop = 0;
    struct match m;
    enum match_end end;

    if (size == 0)
        return 0;
    p = str_of((const char *)data + 1, data[0] < size - 1 ? data[0] : size - 1);
    s = str_of(p.p + p.n, size - 1 - p.n);
    if (match_is_plain(p)) /* then it is searched, and not as a pattern */
        return 0;
    ours = p;
    if (p.n > 0 && p.p[0] == '^') {
        ours = str_of(p.p + 1, p.n - 1);
        match_init(&m, s, ours, &steps);
        end = match_at(&m, 0, &stop);
    } else {
        match_init(&m, s, ours, &steps);
        end = match_find(&m, 0, &begin, &stop);
    }
    if (end == MATCH_SPENT ||
        (end == MATCH_BAD && strcmp(m.why, "pattern too complex") == 0))
        return 0;
    compare(&m, end, begin, stop, s, p);
    return 0;
}
