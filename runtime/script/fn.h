/*
 * fn - how a function of the Lua API is declared: one row for the worker, the
 * server, the reference, the stubs and the tests (docs/design/0050).
 *
 * A row runs in the worker (`lua`) or on the server (`host`), never both. Rows
 * are numbered by their place; server and worker are the same program.
 */
#ifndef SCRIPT_FN_H
#define SCRIPT_FN_H

#include "script/value.h"

struct lua_State;
struct script_call;

/* Where a function may be called: the phase letters of automation.md A.7. */
enum script_phase {
    SCRIPT_BEFORE = 1,
    SCRIPT_AFTER = 2,
    SCRIPT_ASYNC = 4, /* Y: async, flow, schedule                       */
    SCRIPT_X = 8,     /* action                                         */
    SCRIPT_FORM = 16,
    SCRIPT_WEB = 32, /* webhook, portal                                 */
    SCRIPT_TEST = 64
};
enum { SCRIPT_ALL = 127, SCRIPT_ALL_BUT_FORM = 127 & ~SCRIPT_FORM };

struct script_fn {
    const char *name;      /* "db.count", "record:save", "fail"           */
    const char *signature; /* "db.count(entity, filter?, params?) -> integer" */
    unsigned phases;
    int cost; /* steps of a call, over those it counts itself             */
    /* Sentences; errors it raises. Every row has a text and an example, but
       those whose name ends in '_': they are not for scripts. */
    const char *doc;
    const char *example;             /* Lua that passes when it does not raise */
    int (*lua)(struct lua_State *L); /* in the worker                     */
    enum rc (*host)(struct script_call *call, struct err *err);
};

struct script_module {
    const char *name; /* "db"; "" for globals                             */
    const char *doc;  /* a paragraph for the reference                    */
    const struct script_fn *fns; /* in the order of the reference         */
    size_t n;
    /* Worker, all or NULL: more for the module's table (at -1), once, when a
       script first names it; a field of an object (self, key), when no method
       has that name; what `obj.f = v` does. */
    void (*open)(struct lua_State *L);
    int (*index)(struct lua_State *L);
    int (*newindex)(struct lua_State *L);
};

/* What the program has of itself: NULL at the end. */
const struct script_module *const *script_modules(void);

/* --- the server's side of a call ---------------------------------------- */
struct script_run;
struct host_state;

/* One call of a script, on the thread of script_run. Texts in args live until
   the function returns; *out is copied out before the next call. */
struct script_call {
    const struct script_fn *fn;
    const struct script_run *run;
    void *ctx; /* run->host->ctx */
    const struct script_value *args;
    size_t n;
    struct arena *arena;     /* until the function returns; 4 MiB         */
    int64_t deadline_mono;   /* CLOCK_MONOTONIC ms by which to be done    */
    struct script_value out; /* nil unless set                            */
    bool ends_run;           /* set: no script catches this failure       */
    struct host_state *state; /* of script_charge                         */
};
/* Argument i (from 0); nil past the end. */
const struct script_value *script_arg(const struct script_call *call, size_t i);
/* As text, RC_INVALID with E_TYPE naming function and argument otherwise. */
enum rc script_arg_text(const struct script_call *call, size_t i,
                        struct str *out, struct err *err) MUST_CHECK;

#endif
