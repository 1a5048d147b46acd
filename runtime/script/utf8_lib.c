/*
 * utf8_lib - characters of texts, strict: surrogates and long forms are no
 * characters.
 */
#include "base/utf8.h"

#include "script/sandbox.h"

static struct str text_arg(lua_State *L, int arg)
{
    struct str s;

    s.p = luaL_checklstring(L, arg, &s.n);
    return s;
}

static bool is_tail(struct str s, size_t i)
{
    return i < s.n && ((unsigned char)s.p[i] & 0xC0) == 0x80;
}

/* Bytes of the character at i; 0 when none is well-formed there. */
static size_t length_at(struct str s, size_t i)
{
    for (size_t n = 1; n <= 4 && i + n <= s.n; n++)
        if (!is_tail(s, i + n))
            return utf8_invalid(str_sub(s, i, n)) < 0 ? n : 0;
    return 0;
}

/* Byte offset from 0 of argument `arg`. */
static lua_Integer offset_arg(lua_State *L, int arg, lua_Integer fallback,
                              size_t n)
{
    lua_Integer i = luaL_optinteger(L, arg, fallback);

    if (i >= 0)
        return i - 1;
    return i < -(lua_Integer)n ? -1 : (lua_Integer)n + i;
}

static int utf_char(lua_State *L)
{
    int n = lua_gettop(L);
    luaL_Buffer b;

    sandbox_step(L, sandbox_of(L), n);
    luaL_buffinit(L, &b);
    for (int i = 1; i <= n; i++) {
        lua_Integer c = luaL_checkinteger(L, i);
        char out[4];

        luaL_argcheck(L, c >= 0 && c <= 0x10FFFF && (c < 0xD800 || c > 0xDFFF),
                      i, "no such character");
        luaL_addlstring(&b, out, utf8_encode((uint32_t)c, out));
    }
    luaL_pushresult(&b);
    return 1;
}

static int utf_len(lua_State *L)
{
    struct str s = text_arg(L, 1);
    lua_Integer i = offset_arg(L, 2, 1, s.n);
    lua_Integer j = offset_arg(L, 3, -1, s.n);
    lua_Integer n = 0;

    luaL_argcheck(L, i >= 0 && i <= (lua_Integer)s.n, 2,
                  "initial position out of bounds");
    luaL_argcheck(L, j < (lua_Integer)s.n, 3, "final position out of bounds");
    sandbox_working(L, s.n);
    while (i <= j) {
        size_t bytes = length_at(s, (size_t)i);

        if (bytes == 0) {
            lua_pushnil(L);
            lua_pushinteger(L, i + 1);
            return 2;
        }
        i += (lua_Integer)bytes;
        n++;
    }
    lua_pushinteger(L, n);
    return 1;
}

static int utf_codepoint(lua_State *L)
{
    struct str s = text_arg(L, 1);
    lua_Integer i = offset_arg(L, 2, 1, s.n);
    lua_Integer j = offset_arg(L, 3, i + 1, s.n);
    int n = 0;

    luaL_argcheck(L, i >= 0, 2, "out of bounds");
    luaL_argcheck(L, j < (lua_Integer)s.n, 3, "out of bounds");
    if (i > j)
        return 0;
    luaL_argcheck(L, j - i < 250, 3, "at most 250 bytes at once");
    sandbox_step(L, sandbox_of(L), j - i + 1);
    luaL_checkstack(L, (int)(j - i + 1), NULL);
    while (i <= j) {
        size_t at = (size_t)i;

        if (length_at(s, at) == 0)
            return luaL_error(L, "invalid UTF-8 code");
        lua_pushinteger(L, utf8_next(s, &at));
        i = (lua_Integer)at;
        n++;
    }
    return n;
}

static int utf_offset(lua_State *L)
{
    struct str s = text_arg(L, 1);
    lua_Integer n = luaL_checkinteger(L, 2);
    lua_Integer i = offset_arg(L, 3, n > 0 ? 1 : (lua_Integer)s.n + 1, s.n);

    luaL_argcheck(L, i >= 0 && i <= (lua_Integer)s.n, 3,
                  "position out of bounds");
    sandbox_working(L, s.n);
    if (n == 0) {
        while (i > 0 && is_tail(s, (size_t)i))
            i--;
    } else {
        if (is_tail(s, (size_t)i))
            return luaL_error(L, "initial position is a continuation byte");
        for (; n < 0 && i > 0; n++)
            do
                i--;
            while (i > 0 && is_tail(s, (size_t)i));
        for (n -= n > 0; n > 0 && i < (lua_Integer)s.n; n--)
            do
                i++;
            while (is_tail(s, (size_t)i));
    }
    if (n == 0)
        lua_pushinteger(L, i + 1);
    else
        lua_pushnil(L);
    return 1;
}

static int codes_next(lua_State *L)
{
    struct str s = text_arg(L, 1);
    lua_Integer i = luaL_checkinteger(L, 2);
    size_t at;

    luaL_argcheck(L, i >= 0, 2, "out of bounds");
    at = (size_t)i;
    if (i > 0) /* past the character that begins at byte i */
        while (is_tail(s, at))
            at++;
    if (at >= s.n)
        return 0;
    if (length_at(s, at) == 0)
        return luaL_error(L, "invalid UTF-8 code");
    lua_pushinteger(L, (lua_Integer)at + 1);
    lua_pushinteger(L, utf8_next(s, &at));
    return 2;
}

static int utf_codes(lua_State *L)
{
    text_arg(L, 1);
    lua_pushcfunction(L, codes_next);
    lua_pushvalue(L, 1);
    lua_pushinteger(L, 0);
    return 3;
}

static void utf8_open(lua_State *L)
{
    lua_pushlstring(L, "[\0-\x7F\xC2-\xFD][\x80-\xBF]*", 14);
    lua_setfield(L, -2, "charpattern");
}

static const struct script_fn FNS[] = {
    {"utf8.char", "utf8.char(...) -> text", SCRIPT_ALL, 0,
     "The text of these code points.", "assert(utf8.char(228) == 'ä')",
     utf_char, NULL},
    {"utf8.codepoint", "utf8.codepoint(s, i?, j?) -> integer, ...", SCRIPT_ALL,
     0, "The code points that begin in bytes i to j (at most 250).",
     "assert(utf8.codepoint('ä') == 228)", utf_codepoint, NULL},
    {"utf8.codes", "utf8.codes(s) -> iterator", SCRIPT_ALL, 0,
     "For loops over position and code point.",
     "for p, c in utf8.codes('ä') do assert(p == 1 and c == 228) end",
     utf_codes, NULL},
    {"utf8.len", "utf8.len(s, i?, j?) -> integer", SCRIPT_ALL, 0,
     "How many characters begin in bytes i to j; nil and the position of what "
     "is no UTF-8.",
     "assert(utf8.len('äöü') == 3)", utf_len, NULL},
    {"utf8.offset", "utf8.offset(s, n, i?) -> integer|nil", SCRIPT_ALL, 0,
     "The byte at which the n-th character from byte i begins.",
     "assert(utf8.offset('äöü', 2) == 3)", utf_offset, NULL},
};

const struct script_module script_module_utf8 = {
    .name = "utf8",
    .doc = "Characters of texts. `utf8.charpattern` matches one.",
    .fns = FNS,
    .n = sizeof FNS / sizeof FNS[0],
    .open = utf8_open,
};
