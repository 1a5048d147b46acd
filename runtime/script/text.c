/*
 * text - what people write: letters of all languages, forms, comparing.
 * Results are made in the sandbox's `out`, texts must be UTF-8.
 */
#include "base/issues.h"
#include "base/utf8.h"
#include "fx/fx_text.h"
#include "model/field/field.h"
#include "model/model.h"
#include "script/sandbox.h"

enum { PIECES_MAX = 60000, SIMILAR_BYTES = 1000 };

static struct str text_arg(lua_State *L, int arg)
{
    struct str s;

    s.p = luaL_checklstring(L, arg, &s.n);
    sandbox_working(L, s.n);
    if (utf8_invalid(s) >= 0)
        sandbox_raise(L, "E_TYPE", "Argument %d is no UTF-8.", arg);
    return s;
}

/* What is in `out` as the result. */
static int push_out(lua_State *L)
{
    struct sandbox *s = sandbox_of(L);

    if (s->out.failed)
        sandbox_die(L, KILL_MEMORY);
    sandbox_text_size(L, s->out.n);
    lua_pushlstring(L, s->out.n ? s->out.p : "", s->out.n);
    return 1;
}

static struct buf *out(lua_State *L)
{
    struct buf *b = &sandbox_of(L)->out;

    buf_reset(b);
    return b;
}

static int push_str(lua_State *L, struct str s)
{
    if (!s.p)
        sandbox_die(L, KILL_MEMORY);
    sandbox_text_size(L, s.n);
    lua_pushlstring(L, s.p, s.n);
    return 1;
}

/* --- case and form -------------------------------------------------------------------- */

static int text_lower(lua_State *L)
{
    struct str s = text_arg(L, 1);

    utf8_lower(s, out(L));
    return push_out(L);
}

static int text_upper(lua_State *L)
{
    struct str s = text_arg(L, 1);

    utf8_upper(s, out(L));
    return push_out(L);
}

static int text_title(lua_State *L)
{
    struct str s = text_arg(L, 1);

    utf8_title(s, out(L));
    return push_out(L);
}

static int text_fold(lua_State *L)
{
    struct sandbox *box = sandbox_of(L);
    struct str s = text_arg(L, 1);
    struct arena_mark mark = arena_mark(&box->scratch);
    struct str key = STR_NONE;

    if (utf8_fold(s, 0, &box->scratch, &key, NULL) != RC_OK)
        sandbox_die(L, KILL_MEMORY);
    push_str(L, key);
    arena_rewind(&box->scratch, mark);
    return 1;
}

static int text_slug(lua_State *L)
{
    struct sandbox *box = sandbox_of(L);
    struct str s = text_arg(L, 1);
    struct arena_mark mark = arena_mark(&box->scratch);

    push_str(L, utf8_slug(&box->scratch, s));
    arena_rewind(&box->scratch, mark);
    return 1;
}

static int text_trim(lua_State *L)
{
    struct str s = text_arg(L, 1);

    return push_str(L, s.n ? str_trim(s) : STR(""));
}

static struct str fill_arg(lua_State *L, int arg)
{
    struct str s = {" ", 1};

    if (!lua_isnoneornil(L, arg)) {
        s = text_arg(L, arg);
        luaL_argcheck(L, utf8_count(s) == 1, arg, "one character expected");
    }
    return s;
}

static int text_pad(lua_State *L)
{
    static const char *const SIDES[] = {"right", "left", "both", NULL};
    struct str s = text_arg(L, 1);
    lua_Integer width = luaL_checkinteger(L, 2);
    int side = luaL_checkoption(L, 3, "right", SIDES);
    struct str fill = fill_arg(L, 4);
    lua_Integer missing = width - (lua_Integer)utf8_count(s);
    lua_Integer before = 0;
    struct buf *b = out(L);

    luaL_argcheck(L, width <= 10000, 2, "at most 10000 characters");
    if (missing < 0)
        missing = 0;
    sandbox_step(L, sandbox_of(L), missing);
    if (side > 0)
        before = side == 1 ? missing : missing / 2;
    for (lua_Integer i = 0; i < before; i++)
        buf_add(b, fill);
    buf_add(b, s);
    for (lua_Integer i = before; i < missing; i++)
        buf_add(b, fill);
    return push_out(L);
}

static int text_truncate(lua_State *L)
{
    struct str s = text_arg(L, 1);
    lua_Integer most = luaL_checkinteger(L, 2);
    struct str mark = {"\xe2\x80\xa6", 3};
    size_t points;
    struct buf *b;

    luaL_argcheck(L, most >= 0, 2, "0 or more characters");
    if (!lua_isnoneornil(L, 3))
        mark = text_arg(L, 3);
    if (utf8_count(s) <= (size_t)most)
        return push_str(L, s);
    points = utf8_count(mark);
    b = out(L);
    if (points <= (size_t)most) {
        buf_add(b, utf8_head(s, (size_t)most - points));
        buf_add(b, mark);
    } else {
        buf_add(b, utf8_head(s, (size_t)most));
    }
    return push_out(L);
}

static int text_escape_html(lua_State *L)
{
    struct str s = text_arg(L, 1);
    struct buf *b = out(L);

    for (size_t i = 0; i < s.n; i++) {
        switch (s.p[i]) {
        case '&':
            buf_adds(b, "&amp;");
            break;
        case '<':
            buf_adds(b, "&lt;");
            break;
        case '>':
            buf_adds(b, "&gt;");
            break;
        case '"':
            buf_adds(b, "&quot;");
            break;
        case '\'':
            buf_adds(b, "&#39;");
            break;
        default:
            buf_addc(b, s.p[i]);
        }
    }
    return push_out(L);
}

/* --- pieces ------------------------------------------------------------------------------ */

static void add_piece(lua_State *L, struct str piece, lua_Integer *n)
{
    if (++*n > PIECES_MAX)
        sandbox_raise(L, "E_TYPE", "The text has more than %d pieces.",
                      PIECES_MAX);
    sandbox_copying(L, piece.n);
    lua_pushlstring(L, piece.p, piece.n);
    lua_rawseti(L, -2, *n);
}

static int text_split(lua_State *L)
{
    struct str s = text_arg(L, 1);
    struct str sep = text_arg(L, 2);
    lua_Integer most = luaL_optinteger(L, 3, LUA_MAXINTEGER);
    lua_Integer n = 0;

    luaL_argcheck(L, sep.n > 0, 2, "a separator expected");
    lua_newtable(L);
    for (;;) {
        const char *at = n + 1 < most ? memmem(s.p, s.n, sep.p, sep.n) : NULL;
        size_t length = at ? (size_t)(at - s.p) : s.n;

        add_piece(L, str_of(s.p, length), &n);
        if (!at)
            return 1;
        s = str_of(at + sep.n, s.n - length - sep.n);
    }
}

static int text_lines(lua_State *L)
{
    struct str s = text_arg(L, 1);
    lua_Integer n = 0;

    lua_newtable(L);
    while (s.n > 0) {
        const char *at = memchr(s.p, '\n', s.n);
        size_t length = at ? (size_t)(at - s.p) : s.n;
        size_t shown = length;

        if (shown > 0 && s.p[shown - 1] == '\r')
            shown--;
        add_piece(L, str_of(s.p, shown), &n);
        if (at)
            length++;
        s = str_of(s.p + length, s.n - length);
    }
    return 1;
}

/* Texts 1 .. n of the table at `index` as one. */
static int concat_pieces(lua_State *L, int index, lua_Integer n, struct str sep)
{
    struct buf *b = out(L);

    for (lua_Integer i = 1; i <= n; i++) {
        struct str piece;

        lua_rawgeti(L, index, i);
        piece.p = lua_tolstring(L, -1, &piece.n);
        sandbox_copying(L, piece.n + sep.n);
        buf_add(b, piece);
        if (i < n)
            buf_add(b, sep);
        lua_pop(L, 1);
    }
    return push_out(L);
}

static int text_join(lua_State *L)
{
    lua_Integer n = sandbox_list_arg(L, 1);
    struct str sep = {"", 0};

    if (!lua_isnoneornil(L, 2))
        sep = text_arg(L, 2);
    lua_settop(L, 2);
    sandbox_step(L, sandbox_of(L), n);
    lua_createtable(L, (int)n, 0); /* __tostring may run scripts: all first */
    for (lua_Integer i = 1; i <= n; i++) {
        lua_rawgeti(L, 1, i);
        sandbox_tostring(L, -1, NULL);
        lua_rawseti(L, 3, i);
        lua_pop(L, 1);
    }
    return concat_pieces(L, 3, n, sep);
}

/* --- comparing, finding -------------------------------------------------------------------- */

static int text_similar(lua_State *L)
{
    struct sandbox *box = sandbox_of(L);
    struct str a = text_arg(L, 1);
    struct str b = text_arg(L, 2);
    struct arena_mark mark = arena_mark(&box->scratch);
    double part = 0;

    a = str_sub(a, 0, SIMILAR_BYTES);
    b = str_sub(b, 0, SIMILAR_BYTES);
    /* Groups of three of one with those of the other. */
    sandbox_step(L, box, (int64_t)(a.n * b.n / 4 + 1));
    if (utf8_invalid(a) >= 0)
        a.n = (size_t)utf8_invalid(a);
    if (utf8_invalid(b) >= 0)
        b.n = (size_t)utf8_invalid(b);
    if (fx_text_similar(&box->scratch, a, b, &part, NULL) != RC_OK)
        sandbox_die(L, KILL_MEMORY);
    arena_rewind(&box->scratch, mark);
    lua_pushnumber(L, part);
    return 1;
}

/* By the field type of that name; nil when it would refuse it. */
static int by_field_type(lua_State *L, const char *type, struct str country)
{
    struct sandbox *box = sandbox_of(L);
    struct str s = text_arg(L, 1);
    struct arena_mark mark = arena_mark(&box->scratch);
    struct field f = {.name = str_c(type), .country = country, .max = -1};
    struct issues issues;
    struct field_in in = {.arena = &box->scratch, .issues = &issues};
    struct value v = value_text(str_trim(s));

    issues_init(&issues, &box->scratch);
    if (s.n > 0 && field_type_find(str_c(type))->validate(&in, &f, &v) == RC_OK)
        push_str(L, v.u.s);
    else
        lua_pushnil(L);
    arena_rewind(&box->scratch, mark);
    return 1;
}

static int text_phone(lua_State *L)
{
    struct str country = {"", 0};

    if (!lua_isnoneornil(L, 2))
        country = text_arg(L, 2);
    return by_field_type(L, "phone", country);
}

static int text_email(lua_State *L)
{
    return by_field_type(L, "email", STR(""));
}

static int text_extract(lua_State *L)
{
    for (size_t i = 0; i < script_module_string.n; i++)
        if (strcmp(script_module_string.fns[i].name, "string.match") == 0)
            return script_module_string.fns[i].lua(L);
    return 0;
}

/* --- templates: {{name}}, {{account.name}} ------------------------------------------------- */

/* The value at a path below the table in slot 2, onto the stack. */
static void push_path(lua_State *L, struct str path)
{
    struct str part;

    lua_pushvalue(L, 2);
    while (str_split(&path, '.', &part)) {
        if (lua_type(L, -1) != LUA_TTABLE && lua_type(L, -1) != LUA_TUSERDATA) {
            lua_pop(L, 1);
            lua_pushnil(L);
            return;
        }
        part = str_trim(part);
        lua_pushlstring(L, part.p, part.n);
        lua_gettable(L, -2);
        lua_remove(L, -2);
    }
}

static int text_template(lua_State *L)
{
    struct str s = text_arg(L, 1);
    lua_Integer n = 0;

    luaL_checktype(L, 2, LUA_TTABLE);
    lua_settop(L, 2);
    lua_newtable(L); /* pieces: what a value answers may run scripts */
    for (;;) {
        const char *open = memmem(s.p, s.n, "{{", 2);
        const char *close =
            open ? memmem(open, s.n - (size_t)(open - s.p), "}}", 2) : NULL;
        struct str name;

        if (!close)
            break;
        add_piece(L, str_of(s.p, (size_t)(open - s.p)), &n);
        name = str_of(open + 2, (size_t)(close - open) - 2);
        push_path(L, str_trim(name));
        if (lua_isnil(L, -1))
            lua_pushliteral(L, "");
        else
            sandbox_tostring(L, -1, NULL);
        lua_rawseti(L, 3, ++n);
        lua_pop(L, 1);
        s = str_of(close + 2, s.n - (size_t)(close + 2 - s.p));
    }
    add_piece(L, s, &n);
    return concat_pieces(L, 3, n, STR(""));
}

#define FN(name, signature, text, example)                                     \
    {                                                                          \
        "text." #name, signature, SCRIPT_ALL, 0, text, example, text_##name,   \
            NULL                                                               \
    }

static const struct script_fn FNS[] = {
    FN(email, "text.email(s) -> text|nil",
       "The address as a field of that type keeps it; nil when it is none.",
       "assert(text.email(' Ann@Example.COM ') == 'ann@example.com')"),
    FN(escape_html, "text.escape_html(s) -> text",
       "With & < > \" ' as entities.",
       "assert(text.escape_html('<b>') == '&lt;b&gt;')"),
    FN(extract, "text.extract(s, pattern) -> text, ...",
       "The captures of the first match of a Lua pattern; nil without one.",
       "assert(text.extract('Order 4711.', '%d+') == '4711')"),
    FN(fold, "text.fold(s) -> text",
       "The key by which the platform compares: no case, no accents.",
       "assert(text.fold('Mayr-Öhler') == text.fold('MAYR-OHLER'))"),
    FN(join, "text.join(list, sep?) -> text",
       "The members as texts, with `sep` between.",
       "assert(text.join({1, true, 'x'}, ', ') == '1, true, x')"),
    FN(lines, "text.lines(s) -> list", "Its lines, without their ends.",
       "assert(#text.lines('a\\r\\nb\\n') == 2)"),
    FN(lower, "text.lower(s) -> text", "In lower case, in every script.",
       "assert(text.lower('ÄÖ') == 'äö')"),
    FN(pad, "text.pad(s, width, side?, fill?) -> text",
       "At least `width` characters: filled on the right, left or both sides.",
       "assert(text.pad('7', 3, 'left', '0') == '007')"),
    FN(phone, "text.phone(s, country?) -> text|nil",
       "The number as +4315551234; one without a country needs `country` "
       "(\"AT\"). Nil when it is none.",
       "assert(text.phone('01 555 12 34', 'AT') == '+4315551234')"),
    FN(similar, "text.similar(a, b) -> number",
       "0 to 1: how many groups of three letters they share, without case and "
       "accents.",
       "assert(text.similar('Meyer GmbH', 'Meier GmbH') > 0.5)"),
    FN(slug, "text.slug(s) -> text", "Only a-z, 0-9 and dashes: for links.",
       "assert(text.slug('Größe & Preis') == 'grosse-preis')"),
    FN(split, "text.split(s, sep, n?) -> list",
       "The pieces between `sep`, at most `n`; the last holds the rest.",
       "local p = text.split('a,b,c', ',', 2)\n"
       "assert(p[1] == 'a' and p[2] == 'b,c')"),
    FN(template, "text.template(s, data) -> text",
       "With each {{name}} and {{account.name}} replaced by what `data` has; "
       "nothing for nil. Nothing is escaped.",
       "assert(text.template('Dear {{who.name}}', {who = {name = 'Ann'}}) == "
       "'Dear Ann')"),
    FN(title, "text.title(s) -> text", "The first letter of each word upper.",
       "assert(text.title('anna maria') == 'Anna Maria')"),
    FN(trim, "text.trim(s) -> text", "Without spaces at its ends.",
       "assert(text.trim('  a b ') == 'a b')"),
    FN(truncate, "text.truncate(s, n, mark?) -> text",
       "At most `n` characters, ending in `mark` (…) when it was longer.",
       "assert(text.truncate('abcdef', 4) == 'abc…')"),
    FN(upper, "text.upper(s) -> text", "In upper case, in every script.",
       "assert(text.upper('äö') == 'ÄÖ')"),
};

const struct script_module script_module_text = {
    .name = "text",
    .doc = "What people write, in every language. Texts must be UTF-8; "
           "lengths are characters.",
    .fns = FNS,
    .n = sizeof FNS / sizeof FNS[0],
};
