/*
 * sandbox - see the header. The order inside one run: state, globals, sources,
 * call, result, all in one protected call; then close, and look whether all
 * memory came back.
 */
#include "script/sandbox.h"

#include <unistd.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/utf8.h"

enum {
    HOOK_STEPS = 100,  /* sandbox.md 5: 30 % on code of calls        */
    LOOK_STEPS = 4096, /* steps of library loops between two looks   */
    RESCUES = 8,       /* emergency collections that may make room   */
    GC_PAUSE = 130,    /* per cent of what lives: then collect again */
    GC_SPEED = 200,
    SLACK = 1 << 20, /* over `volume` until the next look          */
    SCRATCH_BYTES = 8 << 20,
    OUT_BYTES = 8 << 20
};

static const char LIMIT_KEY = 0;    /* its address is the uncatchable error */
static const char IMPORTED_KEY = 0; /* registry: what import answered      */

int64_t sandbox_now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static int64_t cpu_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* A few ns: it tells only whether it is worth asking the others. */
static int64_t coarse_tick(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* --- budgets ------------------------------------------------------------------ */

/* Counts, never throws; a shrink never fails. A text may be `one` large; what
   grows by halves (buffers, tables) half as much again. */
static void *allocate(void *ud, void *p, size_t old, size_t size)
{
    struct sandbox *s = ud;
    const struct script_limits *l = &s->job->limits;
    int64_t one = l->one + l->one / 2;
    void *q;

    if (!p) { /* `old` is a type's number then */
        if (old == LUA_TSTRING)
            one = l->one;
        old = 0;
    }
    if (size == 0) {
        mem_free(p);
        s->live -= (int64_t)old;
        return NULL;
    }
    if (size > old) {
        int64_t more = (int64_t)(size - old);

        if ((int64_t)size > one || s->live + more > l->memory ||
            s->volume + more > l->volume + SLACK) {
            s->rescues++;
            return NULL;
        }
        s->volume += more;
    }
    q = mem_realloc(p, size);
    if (!q && size > old)
        return NULL;
    if (!q)
        q = p; /* the block is large enough as it is */
    s->live += (int64_t)size - (int64_t)old;
    if (s->live > s->peak)
        s->peak = s->live;
    return q;
}

static void hook(lua_State *L, lua_Debug *ar)
{
    struct sandbox *s = sandbox_of(L);

    (void)ar;
    s->steps -= s->killed ? 1 : HOOK_STEPS;
    sandbox_look(L, s);
}

_Noreturn void sandbox_die(lua_State *L, enum sandbox_kill why)
{
    struct sandbox *s = sandbox_of(L);

    if (!s->killed)
        s->killed = why;
    lua_sethook(L, hook, LUA_MASKCOUNT, 1); /* the next instruction dies too */
    lua_pushlightuserdata(L, (void *)(uintptr_t)&LIMIT_KEY);
    lua_error(L);
    abort(); /* lua_error does not return */
}

void sandbox_look(lua_State *L, struct sandbox *s)
{
    int64_t tick;

    s->until_look = LOOK_STEPS;
    if (s->killed)
        sandbox_die(L, s->killed);
    if (s->steps < 0)
        sandbox_die(L, KILL_STEPS);
    if (s->volume > s->job->limits.volume)
        sandbox_die(L, KILL_VOLUME);
    if (s->rescues > RESCUES)
        sandbox_die(L, KILL_MEMORY);
    tick = coarse_tick();
    if (tick == s->tick)
        return;
    s->tick = tick;
    if (cpu_us() > s->cpu_end_us)
        sandbox_die(L, KILL_CPU);
    if (sandbox_now_us() > s->deadline_us)
        sandbox_die(L, KILL_WALL);
}

void sandbox_text_size(lua_State *L, size_t n)
{
    struct sandbox *s = sandbox_of(L);

    /* Lua's own head of a string is 24 bytes and a NUL. */
    if (n + 25 > (size_t)s->job->limits.one)
        sandbox_die(L, KILL_STRING);
    sandbox_copying(L, n);
}

static void limit_text(const struct sandbox *s, char *out, size_t size)
{
    const struct script_limits *l = &s->job->limits;

    switch (s->killed) {
    case KILL_STEPS:
        snprintf(out, size, "The script took more than %lld steps.",
                 (long long)l->steps);
        break;
    case KILL_CPU:
        snprintf(out, size, "The script computed for more than %d ms.",
                 (int)l->cpu_ms);
        break;
    case KILL_WALL:
        snprintf(out, size, "The script ran for more than %d ms.",
                 (int)l->wall_ms);
        break;
    case KILL_MEMORY:
        snprintf(out, size, "The script needs more than %lld MiB of memory.",
                 (long long)(l->memory >> 20));
        break;
    case KILL_VOLUME:
        snprintf(out, size, "The script made more than %lld MiB of values.",
                 (long long)(l->volume >> 20));
        break;
    case KILL_STRING:
        snprintf(out, size, "The script made a text of more than %lld KiB.",
                 (long long)(l->one >> 10));
        break;
    case KILL_HOST:
        snprintf(out, size, "%.*s", STR_ARG(s->kill_text));
        break;
    case KILL_WIRE:
    case KILL_NOT:
        snprintf(out, size, "The server ended the script.");
        break;
    }
}

/* --- one run -------------------------------------------------------------------- */

/* Source `i` compiled, onto the stack; raises. */
static void load_source(lua_State *L, const struct script_source *source)
{
    struct sandbox *s = sandbox_of(L);

    if (source->text.n > LIMIT_SCRIPT_BYTES)
        sandbox_raise(L, "E_SCRIPT", "The source of \"%s\" is too large.",
                      s->problem);
    lua_pushlstring(L, source->name.p, source->name.n);
    lua_pushfstring(L, "=%s", lua_tostring(L, -1));
    if (source->text.n > 0 && source->text.p[0] == LUA_SIGNATURE[0]) {
        lua_pushfstring(L, "%s:1: a script is text, not a compiled program",
                        lua_tostring(L, -2));
        lua_error(L);
    }
    if (luaL_loadbufferx(L, source->text.p, source->text.n, lua_tostring(L, -1),
                         "t") != LUA_OK)
        lua_error(L);
    lua_replace(L, -3);
    lua_pop(L, 1);
}

/* Run source `i` once a run and leave what it returned. */
static void run_source(lua_State *L, size_t i)
{
    struct sandbox *s = sandbox_of(L);

    luaL_checkstack(L, 8, NULL);
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &IMPORTED_KEY) == LUA_TNIL) {
        lua_pop(L, 1);
        lua_newtable(L);
        lua_pushvalue(L, -1);
        lua_rawsetp(L, LUA_REGISTRYINDEX, &IMPORTED_KEY);
    }
    if (lua_rawgeti(L, -1, (lua_Integer)i + 1) != LUA_TNIL) {
        if (lua_islightuserdata(L, -1))
            sandbox_raise(L, "E_CYCLE", "A module imports itself.");
        lua_remove(L, -2);
        return;
    }
    lua_pop(L, 1);
    lua_pushlightuserdata(L, s); /* being imported */
    lua_rawseti(L, -2, (lua_Integer)i + 1);
    load_source(L, &s->job->sources[i]);
    lua_call(L, 0, 1);
    if (lua_isnil(L, -1)) {
        lua_pop(L, 1);
        lua_pushboolean(L, 1);
    }
    lua_pushvalue(L, -1);
    lua_rawseti(L, -3, (lua_Integer)i + 1);
    lua_remove(L, -2);
}

/* import(name), for globals.c. */
int sandbox_import(lua_State *L)
{
    struct sandbox *s = sandbox_of(L);
    size_t n;
    const char *name = luaL_checklstring(L, 1, &n);

    for (size_t i = 0; i < s->job->n_sources; i++)
        if (str_eq(s->job->sources[i].name, str_of(name, n))) {
            run_source(L, i);
            return 1;
        }
    return sandbox_raise(L, "E_NOT_FOUND",
                         "There is no module \"%s\" to import.", name);
}

static int run_protected(lua_State *L)
{
    struct sandbox *s = sandbox_of(L);
    const struct wire_run *job = s->job;
    const struct script_caps caps = {(size_t)job->limits.result_bytes,
                                     (size_t)job->limits.result_nodes};

    sandbox_open_globals(L);
    if (job->n_sources == 0)
        sandbox_raise(L, "E_SCRIPT", "There is no source to run.");
    if (job->function.n == 0) {
        load_source(L, &job->sources[0]);
        sandbox_push(L, &job->arg);
        lua_call(L, 1, 1);
    } else {
        run_source(L, 0);
        lua_pushlstring(L, job->function.p, job->function.n);
        if (!lua_istable(L, -2) || (lua_rawget(L, -2), !lua_isfunction(L, -1)))
            sandbox_raise(L, "E_SCRIPT",
                          "The script returns no function \"%s\".", s->problem);
        sandbox_push(L, &job->arg);
        lua_call(L, 1, 1);
    }
    buf_reset(&s->out);
    sandbox_encode(L, -1, &caps);
    return 0;
}

/* A C handler: nothing of the script runs in it. Leaves (error, trace). */
static int with_trace(lua_State *L)
{
    struct sandbox *s = sandbox_of(L);

    if (s->killed || lua_islightuserdata(L, 1))
        return 1;
    if (lua_checkstack(L, 10)) {
        luaL_traceback(L, L, NULL, 1);
        lua_setfield(L, LUA_REGISTRYINDEX, "trace");
    }
    lua_settop(L, 1);
    return 1;
}

static struct str text_field(lua_State *L, const char *key, struct arena *a)
{
    struct str s = STR_NONE;
    size_t n;
    const char *p;

    lua_pushstring(L, key);
    if (lua_rawget(L, -2) == LUA_TSTRING) {
        p = lua_tolstring(L, -1, &n);
        s = str_of(p, n < WIRE_TEXT_BYTES ? n : WIRE_TEXT_BYTES);
        s = str_copy(
            a, utf8_invalid(s) < 0 ? s : str_of(s.p, (size_t)utf8_invalid(s)));
        if (s.n > 0 && memchr(s.p, 0, s.n))
            s.n = strlen(s.p);
    }
    lua_pop(L, 1);
    return s;
}

/* "scoring:14: what is wrong" into its parts. */
static void split_place(struct script_problem *p, struct str text)
{
    size_t colon = 0;
    size_t at;
    int line = 0;

    for (size_t i = 0; i < text.n && text.p[i] != '\n' && text.p[i] != ' ';
         i++) {
        if (text.p[i] != ':')
            continue;
        for (at = i + 1, line = 0; at < text.n && text.p[at] >= '0' &&
                                   text.p[at] <= '9' && line < 10000000;
             at++)
            line = line * 10 + (text.p[at] - '0');
        if (at > i + 1 && at + 1 < text.n && text.p[at] == ':') {
            colon = i;
            break;
        }
        line = 0;
    }
    p->message = text;
    if (colon == 0)
        return;
    at = colon + 1;
    while (text.p[at] != ':')
        at++;
    p->file = str_of(text.p, colon);
    p->line = line;
    p->message = str_trim(str_sub(text, at + 1, text.n));
}

/* The error at the top of the stack, without running anything of the script.
   May raise for memory: called protected. */
static int problem_protected(lua_State *L)
{
    struct sandbox *s = sandbox_of(L);
    struct sandbox_end *end = lua_touserdata(L, 2);
    struct arena *a = lua_touserdata(L, 3);
    static const struct script_caps CAPS = {WIRE_MORE_BYTES / 2, 1000};
    struct script_problem *p = &end->problem;
    struct script_problem place = {.line = 0};

    p->code = STR("E_SCRIPT");
    lua_settop(L, 1);
    if (sandbox_is_error(L, 1)) {
        p->code = text_field(L, "code", a);
        p->message = text_field(L, "message", a);
        p->field = text_field(L, "field", a);
        split_place(&place, text_field(L, "where", a));
        p->file = place.file;
        p->line = place.line;
        lua_pushstring(L, "details");
        if (lua_rawget(L, 1) != LUA_TNIL) {
            buf_reset(&s->out);
            sandbox_encode(L, -1, &CAPS);
            if (!s->out.failed)
                end->details = str_copy(a, buf_view(&s->out));
        }
        lua_settop(L, 1);
    } else {
        split_place(p, str_copy(a, sandbox_error_text(L, 1)));
    }
    lua_pushvalue(L, LUA_REGISTRYINDEX);
    p->trace = text_field(L, "trace", a);
    return 0;
}

static void tell_problem(struct sandbox *s, struct arena *a,
                         struct sandbox_end *end)
{
    lua_State *L = s->L;

    if (s->killed) {
        limit_text(s, s->problem, sizeof s->problem);
        end->problem.code = STR("E_LIMIT");
        end->problem.message = str_copy(a, str_c(s->problem));
        if (s->killed == KILL_HOST)
            end->problem.code = STR("E_QUOTA");
        return;
    }
    if (!lua_checkstack(L, 8)) {
        end->problem.message = STR("The script used up its stack.");
        return;
    }
    lua_pushcfunction(L, problem_protected);
    lua_insert(L, -2);
    lua_pushlightuserdata(L, end);
    lua_pushlightuserdata(L, a);
    if (lua_pcall(L, 3, 0, 0) != LUA_OK) {
        lua_pop(L, 1);
        if (end->problem.message.n == 0)
            end->problem.message =
                STR("The script failed with an error that cannot be shown.");
    }
    if (end->problem.code.n == 0)
        end->problem.code = STR("E_SCRIPT");
}

/* xoshiro256** seeded by splitmix64. */
static void seed_random(struct sandbox *s)
{
    uint64_t x = s->job->seed;

    for (int i = 0; i < 4; i++) {
        uint64_t z = x += UINT64_C(0x9e3779b97f4a7c15);

        z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
        z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
        s->random[i] = z ^ z >> 31;
    }
}

_Noreturn static int on_panic(lua_State *L)
{
    (void)L; /* outside every protected call: the worker is not to go on */
    _exit(70);
}

static bool begin(struct sandbox *s)
{
    const struct script_limits *l = &s->job->limits;

    s->killed = KILL_NOT;
    s->steps = l->steps;
    s->until_look = LOOK_STEPS;
    s->live = s->peak = s->volume = 0;
    s->rescues = 0;
    s->log_left = l->log_bytes;
    s->log_cut = false;
    s->span_depth = 0;
    s->begin_us = sandbox_now_us();
    s->deadline_us = s->begin_us + (int64_t)l->wall_ms * 1000;
    s->cpu_begin_us = cpu_us();
    s->cpu_end_us = s->cpu_begin_us + (int64_t)l->cpu_ms * 1000;
    s->tick = 0;
    seed_random(s);
    buf_init(&s->out, OUT_BYTES);
    arena_init(&s->scratch, SCRATCH_BYTES);
    s->L = lua_newstate(allocate, s);
    if (!s->L)
        return false;
    *(struct sandbox **)lua_getextraspace(s->L) = s;
    lua_atpanic(s->L, on_panic);
    lua_sethook(s->L, hook, LUA_MASKCOUNT, HOOK_STEPS);
    /* Lua would wait until memory has doubled, which is past the limit when
       half of it lives. */
    lua_gc(s->L, LUA_GCINC, GC_PAUSE, GC_SPEED, 0);
    return true;
}

static void finish(struct sandbox *s, struct sandbox_end *end)
{
    if (s->L) {
        lua_sethook(s->L, NULL, 0, 0);
        lua_close(s->L);
        s->L = NULL;
    }
    end->killed = s->killed;
    end->is_dirty = s->killed != KILL_NOT || s->live != 0;
    end->usage.steps = s->job->limits.steps - s->steps;
    end->usage.cpu_us = cpu_us() - s->cpu_begin_us;
    end->usage.wall_us = sandbox_now_us() - s->begin_us;
    end->usage.memory_peak = s->peak;
    end->usage.volume = s->volume;
    buf_release(&s->out);
    arena_release(&s->scratch);
}

void sandbox_run(struct sandbox *s, struct arena *a, struct sandbox_end *end)
{
    lua_State *L;
    int status;

    *end = (struct sandbox_end){.ok = false};
    end->problem.code = STR("E_LIMIT");
    end->problem.message = STR("There was no memory to begin the script.");
    snprintf(s->problem, sizeof s->problem, "%.*s",
             STR_ARG(str_sub(s->job->function, 0, 100)));
    if (!begin(s)) {
        finish(s, end);
        end->is_dirty = true;
        return;
    }
    L = s->L;
    /* Both fit into the stack a new state has; neither can raise. */
    lua_pushcfunction(L, with_trace);
    lua_pushcfunction(L, run_protected);
    status = lua_pcall(L, 0, 0, 1);
    if (status == LUA_ERRMEM && !s->killed)
        s->killed = KILL_MEMORY;
    if (status == LUA_OK && s->out.failed)
        s->killed = KILL_MEMORY;
    if (status == LUA_OK && !s->killed) {
        end->value = str_copy(a, buf_view(&s->out));
        end->ok = end->value.p != NULL;
        if (end->ok)
            end->problem = (struct script_problem){.line = 0};
    } else {
        end->problem.message = STR_NONE;
        tell_problem(s, a, end);
    }
    finish(s, end);
}

static int compile_protected(lua_State *L)
{
    load_source(L, lua_touserdata(L, 1));
    return 0;
}

bool sandbox_compile(struct sandbox *s, const struct script_source *source,
                     struct arena *a, struct script_problem *problem)
{
    struct sandbox_end end = {.ok = false};
    bool ok = false;

    *problem = (struct script_problem){.code = STR("E_LIMIT"),
                                       .message = STR("Memory is gone.")};
    if (begin(s)) {
        lua_pushcfunction(s->L, compile_protected);
        lua_pushlightuserdata(s->L, (void *)(uintptr_t)source);
        ok = lua_pcall(s->L, 1, 0, 0) == LUA_OK;
        if (!ok) {
            tell_problem(s, a, &end);
            *problem = end.problem;
        }
    }
    finish(s, &end);
    return ok;
}
