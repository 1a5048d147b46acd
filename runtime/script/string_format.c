/*
 * string_format - string.format: at most FORMAT_MAX items, each of a bounded
 * size, charged as it is copied; no %p and no %a, which show addresses.
 */
#include "script/sandbox.h"
#include "script/string_parts.h"

enum { FORMAT_MAX = 32, FORMAT_ITEM = 400 };

/* A Lua text that reads back as itself. */
static void add_quoted(lua_State *L, luaL_Buffer *b, struct str s)
{
    char code[8];

    sandbox_working(L, s.n);
    string_add(L, b, "\"", 1);
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];

        if (c == '"' || c == '\\' || c == '\n') {
            string_add(L, b, "\\", 1);
            string_add(L, b, s.p + i, 1);
        } else if (c < 0x20 || c == 0x7f) {
            bool digit = i + 1 < s.n && s.p[i + 1] >= '0' && s.p[i + 1] <= '9';
            int n = snprintf(code, sizeof code, digit ? "\\%03d" : "\\%d", c);

            string_add(L, b, code, (size_t)n);
        } else {
            string_add(L, b, s.p + i, 1);
        }
    }
    string_add(L, b, "\"", 1);
}

static void add_literal(lua_State *L, luaL_Buffer *b, int arg)
{
    char text[64];
    struct str s;
    int n;

    switch (lua_type(L, arg)) {
    case LUA_TSTRING:
        s.p = lua_tolstring(L, arg, &s.n);
        add_quoted(L, b, s);
        return;
    case LUA_TNUMBER:
        if (lua_isinteger(L, arg))
            n = snprintf(text, sizeof text, LUA_INTEGER_FMT,
                         lua_tointeger(L, arg));
        else
            n = snprintf(text, sizeof text, "%.17g", lua_tonumber(L, arg));
        break;
    case LUA_TNIL:
    case LUA_TBOOLEAN:
        n = snprintf(text, sizeof text, "%s",
                     lua_isnil(L, arg)       ? "nil"
                     : lua_toboolean(L, arg) ? "true"
                                             : "false");
        break;
    default:
        luaL_argerror(L, arg, "value has no literal form");
        return;
    }
    string_add(L, b, text, (size_t)n);
}

/* "%-5.2" from p on, into spec; answers where the conversion's letter is. */
static const char *read_spec(lua_State *L, const char *p, const char *end,
                             char spec[16])
{
    const char *begin = p;
    int digits = 0;

    while (p < end && *p != '\0' && strchr("-+ #0", *p))
        p++;
    for (; p < end && *p >= '0' && *p <= '9' && digits < 2; digits++)
        p++;
    if (p < end && *p == '.') {
        p++;
        for (digits = 0; p < end && *p >= '0' && *p <= '9' && digits < 2;
             digits++)
            p++;
    }
    if (p - begin > 9 || p >= end)
        luaL_error(L, "invalid format string to 'format'");
    spec[0] = '%';
    memcpy(spec + 1, begin, (size_t)(p - begin));
    spec[1 + (p - begin)] = '\0';
    return p;
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
/* One number by its spec; the letters are those of the caller's list. */
static int put_number(lua_State *L, int arg, char spec[24], char letter,
                      char *out, size_t size)
{
    size_t n = strlen(spec);

    if (strchr("di", letter)) {
        snprintf(spec + n, 24 - n, "lld");
        return snprintf(out, size, spec, luaL_checkinteger(L, arg));
    }
    if (strchr("uoxX", letter)) {
        snprintf(spec + n, 24 - n, "ll%c", letter);
        return snprintf(out, size, spec,
                        (unsigned long long)luaL_checkinteger(L, arg));
    }
    snprintf(spec + n, 24 - n, "%c", letter);
    if (letter == 'c')
        return snprintf(out, size, spec, (int)luaL_checkinteger(L, arg));
    return snprintf(out, size, spec, luaL_checknumber(L, arg));
}

/* A text that has width or precision is short. */
static int put_text(const char *p, char spec[24], char *out, size_t size)
{
    size_t n = strlen(spec);

    snprintf(spec + n, 24 - n, "s");
    return snprintf(out, size, spec, p);
}
#pragma GCC diagnostic pop

static void add_text(lua_State *L, luaL_Buffer *b, int arg, char spec[24])
{
    char out[FORMAT_ITEM];
    struct str s;
    int n;

    s.p = sandbox_tostring(L, arg, &s.n);
    lua_replace(L, 1); /* the format string was read: its slot is free */
    if (spec[1] == '\0' || (s.n >= 100 && !strchr(spec, '.'))) {
        string_add(L, b, s.p, s.n);
        return;
    }
    luaL_argcheck(L, s.n == strlen(s.p), arg, "text contains zeros");
    n = put_text(s.p, spec, out, sizeof out);
    string_add(L, b, out, (size_t)n);
}

/* Exact values in %d and %f lose nothing by surprise: they are texts. */
static void add_number(lua_State *L, luaL_Buffer *b, int arg, char spec[24],
                       char letter)
{
    char out[FORMAT_ITEM + 64];
    int n;

    luaL_argexpected(L, lua_isnumber(L, arg), arg, "number");
    n = put_number(L, arg, spec, letter, out, sizeof out);
    if (n < 0 || (size_t)n >= sizeof out)
        luaL_argerror(L, arg, "number too long for this format");
    string_add(L, b, out, (size_t)n);
}

/* A copy that stays until the arena is rewound. */
static const char *kept(lua_State *L, struct str s)
{
    struct str copy = str_copy(&sandbox_of(L)->scratch, s);

    if (!copy.p)
        sandbox_die(L, KILL_MEMORY);
    return copy.p;
}

int string_format(lua_State *L)
{
    struct str f;
    struct arena *a = &sandbox_of(L)->scratch;
    struct arena_mark mark = arena_mark(a);
    int top = lua_gettop(L);
    int arg = 1;
    int items = 0;
    const char *p, *end;
    luaL_Buffer b;

    f.p = luaL_checklstring(L, 1, &f.n);
    /* A copy, since slot 1 is where %s keeps its text. */
    sandbox_copying(L, f.n);
    p = kept(L, f);
    end = p + f.n;
    luaL_buffinit(L, &b);
    while (p < end) {
        const char *percent = memchr(p, '%', (size_t)(end - p));
        char spec[24];

        string_add(L, &b, p, (size_t)((percent ? percent : end) - p));
        if (!percent)
            break;
        p = percent + 1;
        if (p < end && *p == '%') {
            string_add(L, &b, p++, 1);
            continue;
        }
        if (++items > FORMAT_MAX)
            luaL_error(L, "at most %d items in a format", FORMAT_MAX);
        p = read_spec(L, p, end, spec);
        if (++arg > top)
            luaL_argerror(L, arg, "no value");
        if (*p == 's')
            add_text(L, &b, arg, spec);
        else if (*p == 'q' && spec[1] == '\0')
            add_literal(L, &b, arg);
        else if (*p != '\0' && strchr("diuoxXceEfFgG", *p))
            add_number(L, &b, arg, spec, *p);
        else
            luaL_error(L, "invalid conversion '%%%c' to 'format'",
                       *p >= 0x20 && *p < 0x7f ? *p : '?');
        p++;
    }
    luaL_pushresult(&b);
    arena_rewind(a, mark);
    return 1;
}
