/*
 * sandbox - one run in one fresh lua_State, inside a worker (sandbox.md 2-5).
 *
 * Walls A and B: which globals there are, and budgets: steps (hook and charged
 * library functions), CPU, wall time, memory. A budget that is used up *kills*:
 * the error is a light userdata which our pcall passes on, so no script
 * catches it. Everything after lua_newstate runs inside one lua_pcall.
 *
 * A library function holds nothing that a longjmp would lose: what it needs is
 * in Lua values or in the sandbox (`out`, `scratch`).
 */
#ifndef SCRIPT_SANDBOX_H
#define SCRIPT_SANDBOX_H

#include <lauxlib.h>
#include <lua.h>

#include "base/arena.h"
#include "base/time.h"
#include "script/wire.h"

enum sandbox_kill {
    KILL_NOT = 0,
    KILL_STEPS,
    KILL_CPU,
    KILL_WALL,
    KILL_MEMORY, /* live, or one allocation */
    KILL_VOLUME,
    KILL_STRING, /* one text                */
    KILL_HOST,   /* the server ended it     */
    KILL_WIRE    /* the server is gone      */
};

struct sandbox {
    lua_State *L;
    const struct wire_run *job;
    const struct script_module *const *modules;
    /* Ask the server; false: gone. The answer is in `answer`. NULL: nobody. */
    bool (*ask)(void *arg, struct sandbox *s, struct str call,
                struct str *answer);
    void (*log)(void *arg, enum script_log_level level, struct str text,
                struct str data);
    void *arg;

    enum sandbox_kill killed;
    int64_t steps;     /* left                                      */
    int64_t until_look; /* steps to the next look at the clocks      */
    int64_t tick;      /* of the coarse clock when last looked      */
    int64_t begin_us, deadline_us, cpu_begin_us, cpu_end_us;
    int64_t live, peak, volume;
    int rescues; /* collections that made room at the limit */
    int64_t log_left;
    bool log_cut;
    int span_depth;

    uint64_t random[4];
    struct buf out;       /* of the function that is being called */
    struct arena scratch; /* the same                             */
    struct str kill_text; /* of KILL_HOST                         */
    char problem[256];
};

static inline struct sandbox *sandbox_of(lua_State *L)
{
    return *(struct sandbox **)lua_getextraspace(L);
}

/* Ends the run: never returns, is never caught. */
_Noreturn void sandbox_die(lua_State *L, enum sandbox_kill why);
void sandbox_look(lua_State *L, struct sandbox *s);
/* Every loop of a library function says how far it goes, before it goes. */
static inline void sandbox_step(lua_State *L, struct sandbox *s, int64_t n)
{
    s->steps -= n;
    s->until_look -= n;
    if (s->steps < 0 || s->until_look < 0)
        sandbox_look(L, s);
}
/* n bytes are about to be copied (64 a step) or worked on (8 a step). */
static inline void sandbox_copying(lua_State *L, size_t n)
{
    sandbox_step(L, sandbox_of(L), (int64_t)(n / 64 + 1));
}
static inline void sandbox_working(lua_State *L, size_t n)
{
    sandbox_step(L, sandbox_of(L), (int64_t)(n / 8 + 1));
}
/* A text of n bytes is to be made: kills when one may not be that long. */
void sandbox_text_size(lua_State *L, size_t n);

/* How a run ended. Texts are in the arena given. */
struct sandbox_end {
    bool ok;
    enum sandbox_kill killed;
    bool is_dirty; /* the worker is not to run again */
    struct str value;   /* encoded */
    struct script_problem problem;
    struct str details; /* encoded, or empty */
    struct script_usage usage;
};
/* Fills the parts of *s that are the caller's: job, modules, ask, log, arg. */
void sandbox_run(struct sandbox *s, struct arena *a, struct sandbox_end *end);
/* Compiles only; false with the problem's message, file and line. */
bool sandbox_compile(struct sandbox *s, const struct script_source *source,
                     struct arena *a, struct script_problem *problem);

/* --- for the libraries ---------------------------------------------------- */
/* Raise {code, message}, which scripts catch; fmt is lua_pushfstring's. */
int sandbox_raise(lua_State *L, const char *code, const char *fmt, ...);
/* The same with the error object's table at the top of the stack; `code` and
   `message` are set already. */
int sandbox_raise_table(lua_State *L);
int sandbox_import(lua_State *L); /* the function `import` */
/* The text of an error value without running anything of the script. */
struct str sandbox_error_text(lua_State *L, int index);
bool sandbox_is_error(lua_State *L, int index); /* an error object of ours */
/* Like tostring(): may call __tostring; never an address. */
const char *sandbox_tostring(lua_State *L, int index, size_t *n);
/* A table that is no list raises E_TYPE; its length. */
lua_Integer sandbox_list_arg(lua_State *L, int arg);
int64_t sandbox_now_us(void);
/* A line of the run's log, within its cap; data 0: none. */
void sandbox_log(lua_State *L, enum script_log_level level, int text,
                 int data);

/* A function of the API onto the stack. */
void sandbox_push_fn(lua_State *L, const struct script_fn *fn);
/* Every '.' function of `m` into the table at the top. */
void sandbox_set_fns(lua_State *L, const struct script_module *m);
/* The metatable of objects of module `m` (made once) onto the stack. */
void sandbox_object_metatable(lua_State *L, const struct script_module *m);
const struct script_module *sandbox_module(lua_State *L, const char *name);
int sandbox_module_number(lua_State *L, const struct script_module *m);
/* Ask the server: the arguments are the top n values; leaves one result or
   raises. For functions of the worker that need the server. */
void sandbox_call_host(lua_State *L, const struct script_fn *fn, int n);

/* convert.c: Lua to bytes, raw access only, appended to s->out; raises. */
void sandbox_encode(lua_State *L, int index, const struct script_caps *caps);
void sandbox_push(lua_State *L, const struct script_value *v);
void sandbox_push_encoded(lua_State *L, struct str bytes);
void sandbox_push_null(lua_State *L); /* json.null */

/* cell.c: exact values as userdata. */
struct cell {
    enum script_kind kind; /* DEC MONEY DATE INSTANT TIME DUR */
    uint8_t scale;
    char cur[4];
    int32_t months;
    int64_t i;
};
void cell_push(lua_State *L, const struct cell *c);
struct cell *cell_test(lua_State *L, int index); /* or NULL */
struct cell *cell_check(lua_State *L, int arg, enum script_kind kind);
const char *cell_kind_name(enum script_kind kind);
/* Writes at most 64 bytes; the length. */
size_t cell_text(lua_State *L, const struct cell *c, char out[64]);
/* Dec from an argument: dec, integer, or text of a number; raises E_TYPE. */
struct cell dec_arg(lua_State *L, int arg);

/* Objects that the host numbers. */
struct object {
    int module;
    int64_t number;
};
void object_push(lua_State *L, int module, int64_t number);
struct object *object_test(lua_State *L, int index);

/* globals.c: the table of globals, with the core libraries in it. */
void sandbox_open_globals(lua_State *L);
extern const struct script_module script_module_globals, script_module_string,
    script_module_table, script_module_math, script_module_utf8,
    script_module_text, script_module_list, script_module_json,
    script_module_dec, script_module_money, script_module_date,
    script_module_log;

#endif
