/*
 * api - functions of the declarations into a state: the stub around each (its
 * phase, its cost), calls that go to the server, and objects of the host.
 */
#include "script/sandbox.h"

static const char METATABLES_KEY = 0; /* registry: module number -> metatable */

/* Like str_of, for the parts of "record:save". */
static const char *bare_name(const struct script_fn *fn)
{
    const char *p = strpbrk(fn->name, ".:");

    return p ? p + 1 : fn->name;
}

static bool is_method(const struct script_fn *fn)
{
    return strchr(fn->name, ':') != NULL;
}

const struct script_module *sandbox_module(lua_State *L, const char *name)
{
    const struct script_module *const *m = sandbox_of(L)->modules;

    for (; *m; m++)
        if (strcmp((*m)->name, name) == 0)
            return *m;
    return NULL;
}

int sandbox_module_number(lua_State *L, const struct script_module *m)
{
    const struct script_module *const *all = sandbox_of(L)->modules;

    for (int i = 0; all[i]; i++)
        if (all[i] == m)
            return i;
    return -1;
}

/* --- calls to the server ----------------------------------------------------------- */

/* The number of a row: rows of all modules, one after the other. */
static unsigned number_of(lua_State *L, const struct script_fn *fn)
{
    const struct script_module *const *m = sandbox_of(L)->modules;
    unsigned base = 0;

    for (; *m; m++) {
        if (fn >= (*m)->fns && fn < (*m)->fns + (*m)->n)
            return base + (unsigned)(fn - (*m)->fns);
        base += (unsigned)(*m)->n;
    }
    return UINT32_MAX; /* the server refuses it */
}

/* ANSWER: u8 0 and a value; or u8 1, the problem, its details; 2 ends the run. */
static void take_answer(lua_State *L, struct str answer)
{
    struct sandbox *s = sandbox_of(L);
    struct script_problem p = {.line = 0};
    uint8_t kind;
    uint32_t line;

    if (!wire_get_u8(&answer, &kind))
        sandbox_die(L, KILL_WIRE);
    if (kind == 0) {
        sandbox_push_encoded(L, answer);
        return;
    }
    if (!wire_get_str(&answer, &p.code) || !wire_get_str(&answer, &p.message) ||
        !wire_get_str(&answer, &p.field) || !wire_get_str(&answer, &p.file) ||
        !wire_get_str(&answer, &p.trace) || !wire_get_u32(&answer, &line) ||
        !wire_get_u32(&answer, &line))
        sandbox_die(L, KILL_WIRE);
    if (kind == 2) {
        s->kill_text = str_copy(&s->scratch, p.message);
        sandbox_die(L, KILL_HOST);
    }
    lua_createtable(L, 0, 5);
    lua_pushlstring(L, p.code.p, p.code.n);
    lua_setfield(L, -2, "code");
    lua_pushlstring(L, p.message.p, p.message.n);
    lua_setfield(L, -2, "message");
    if (p.field.n > 0) {
        lua_pushlstring(L, p.field.p, p.field.n);
        lua_setfield(L, -2, "field");
    }
    sandbox_push_encoded(L, answer);
    lua_setfield(L, -2, "details");
    sandbox_raise_table(L);
}

void sandbox_call_host(lua_State *L, const struct script_fn *fn, int n)
{
    struct script_caps caps = {.nodes = WIRE_ARGS_NODES};
    struct sandbox *s = sandbox_of(L);
    struct str answer = STR_NONE;
    int first = lua_gettop(L) - n + 1;

    if (n > WIRE_ARGS_MAX)
        sandbox_raise(L, "E_TYPE", "%s takes fewer arguments.", fn->name);
    buf_reset(&s->out);
    wire_put_u32(&s->out, number_of(L, fn));
    buf_addc(&s->out, (char)n);
    for (int i = 0; i < n; i++) { /* all of them together have a ceiling */
        caps.bytes =
            s->out.n < WIRE_ARGS_BYTES ? WIRE_ARGS_BYTES - s->out.n : 0;
        sandbox_encode(L, first + i, &caps);
    }
    if (!s->ask) {
        sandbox_raise(L, "E_PHASE", "%s needs the server.", fn->name);
        return;
    }
    if (!s->ask(s->arg, s, buf_view(&s->out), &answer))
        sandbox_die(L, KILL_WIRE);
    lua_settop(L, first - 1);
    take_answer(L, answer);
    sandbox_look(L, s); /* the wall clock went on */
}

/* --- stubs ---------------------------------------------------------------------------- */

static int phase_error(lua_State *L, const struct script_fn *fn)
{
    static const struct {
        unsigned bit;
        const char *name;
    } NAMES[] = {{SCRIPT_BEFORE, "before"}, {SCRIPT_AFTER, "after"},
                 {SCRIPT_ASYNC, "async"},   {SCRIPT_X, "action"},
                 {SCRIPT_FORM, "form"},     {SCRIPT_WEB, "webhook"},
                 {SCRIPT_TEST, "test"}};
    char text[80] = "";
    size_t at = 0;

    for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++)
        if (fn->phases & NAMES[i].bit)
            at += (size_t)snprintf(text + at, sizeof text - at, "%s%s",
                                   at ? ", " : "", NAMES[i].name);
    return sandbox_raise(L, "E_PHASE",
                         "%s cannot be called here; allowed in: %s.", fn->name,
                         text);
}

/* Everything but a plain C function without cost goes through here. */
static int stub(lua_State *L)
{
    const struct script_fn *fn = lua_touserdata(L, lua_upvalueindex(1));
    struct sandbox *s = sandbox_of(L);

    if (!(fn->phases & s->job->phase))
        return phase_error(L, fn);
    if (fn->cost > 0)
        sandbox_step(L, s, fn->cost);
    if (fn->lua)
        return fn->lua(L);
    sandbox_call_host(L, fn, lua_gettop(L));
    return 1;
}

void sandbox_push_fn(lua_State *L, const struct script_fn *fn)
{
    if (fn->lua && fn->phases == SCRIPT_ALL && fn->cost == 0) {
        lua_pushcfunction(L, fn->lua);
        return;
    }
    lua_pushlightuserdata(L, (void *)(uintptr_t)fn);
    lua_pushcclosure(L, stub, 1);
}

static bool is_hidden(const struct script_fn *fn)
{
    size_t n = strlen(fn->name);

    return n > 0 && fn->name[n - 1] == '_';
}

static void set_fns(lua_State *L, const struct script_module *m, bool methods)
{
    for (size_t i = 0; i < m->n; i++) {
        if (is_method(&m->fns[i]) != methods || is_hidden(&m->fns[i]))
            continue;
        sandbox_push_fn(L, &m->fns[i]);
        lua_setfield(L, -2, bare_name(&m->fns[i]));
    }
}

void sandbox_set_fns(lua_State *L, const struct script_module *m)
{
    set_fns(L, m, false);
}

/* --- objects --------------------------------------------------------------------------- */

/* (self, key): a method, else what module->index says. Upvalues: methods, the
   module. */
static int object_index(lua_State *L)
{
    const struct script_module *m = lua_touserdata(L, lua_upvalueindex(2));

    lua_settop(L, 2);
    if (lua_type(L, 2) == LUA_TSTRING) {
        lua_pushvalue(L, 2);
        if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL)
            return 1;
        lua_pop(L, 1);
    }
    return m->index ? m->index(L) : 0;
}

void sandbox_object_metatable(lua_State *L, const struct script_module *m)
{
    luaL_checkstack(L, 8, NULL);
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &METATABLES_KEY) != LUA_TTABLE) {
        lua_pop(L, 1);
        lua_newtable(L);
        lua_pushvalue(L, -1);
        lua_rawsetp(L, LUA_REGISTRYINDEX, &METATABLES_KEY);
    }
    if (lua_rawgetp(L, -1, m) == LUA_TTABLE) {
        lua_remove(L, -2);
        return;
    }
    lua_pop(L, 1);
    lua_createtable(L, 0, 12);
    lua_newtable(L);
    set_fns(L, m, true);
    lua_pushlightuserdata(L, (void *)(uintptr_t)m);
    lua_pushcclosure(L, object_index, 2);
    lua_setfield(L, -2, "__index");
    if (m->newindex) {
        lua_pushcfunction(L, m->newindex);
        lua_setfield(L, -2, "__newindex");
    }
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_pushstring(L, m->name);
    lua_setfield(L, -2, "__name");
    lua_pushvalue(L, -1);
    lua_rawsetp(L, -3, m);
    lua_remove(L, -2);
}

static int object_eq(lua_State *L)
{
    const struct object *a = object_test(L, 1);
    const struct object *b = object_test(L, 2);

    lua_pushboolean(L,
                    a && b && a->module == b->module && a->number == b->number);
    return 1;
}

void object_push(lua_State *L, int module, int64_t number)
{
    const struct script_module *const *all = sandbox_of(L)->modules;
    struct object *o = lua_newuserdatauv(L, sizeof *o, 0);

    for (int i = 0; i <= module; i++)
        if (module < 0 || !all[i])
            sandbox_die(L, KILL_WIRE);
    o->module = module;
    o->number = number;
    sandbox_object_metatable(L, all[module]);
    lua_pushcfunction(L, object_eq);
    lua_setfield(L, -2, "__eq");
    lua_setmetatable(L, -2);
}

struct object *object_test(lua_State *L, int index)
{
    struct object *o;
    bool is;

    if (lua_type(L, index) != LUA_TUSERDATA ||
        lua_rawlen(L, index) != sizeof *o || !lua_getmetatable(L, index))
        return NULL;
    /* Its metatable is the one of its module: nobody else makes such. */
    o = lua_touserdata(L, index < 0 ? index - 1 : index);
    lua_pushliteral(L, "__eq");
    lua_rawget(L, -2);
    is = lua_tocfunction(L, -1) == object_eq;
    lua_pop(L, 2);
    return is ? o : NULL;
}
