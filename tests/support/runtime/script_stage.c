#include "runtime/script_stage.h"

#include <lauxlib.h>
#include <lua.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "script/channel.h"

/* --- in the worker: what an attacker would do there ----------------------------------------- */

static long try_call(const char *what)
{
    static char *const NOTHING[] = {NULL};

    if (strcmp(what, "open") == 0)
        return syscall(SYS_openat, -100, "/etc/passwd", 0, 0);
    if (strcmp(what, "socket") == 0)
        return syscall(SYS_socket, AF_INET, SOCK_STREAM, 0);
    if (strcmp(what, "execve") == 0)
        return syscall(SYS_execve, "/bin/true", NOTHING, NOTHING);
    if (strcmp(what, "ptrace") == 0)
        return syscall(SYS_ptrace, PTRACE_TRACEME, 0, 0, 0);
    if (strcmp(what, "kill") == 0)
        return syscall(SYS_kill, 1, 0);
    if (strcmp(what, "clone") == 0)
        return syscall(SYS_clone, 17, 0, 0, 0, 0);
    if (strcmp(what, "prctl") == 0)
        return syscall(SYS_prctl, 0, 0, 0, 0, 0);
    if (strcmp(what, "mmap") == 0)
        return syscall(SYS_mmap, 0, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (strcmp(what, "mprotect") == 0)
        return syscall(SYS_mprotect, (uintptr_t)NOTHING & ~(uintptr_t)4095,
                       4096, PROT_READ | PROT_EXEC);
    return -1;
}

static int probe_call(lua_State *L)
{
    lua_pushinteger(L, try_call(luaL_checkstring(L, 1)));
    return 1;
}

/* Bytes to the server past everything that checks them. */
static int probe_say(lua_State *L)
{
    size_t n;
    const char *p = luaL_checklstring(L, 1, &n);

    while (n > 0) {
        ssize_t w = write(3, p, n);

        if (w <= 0)
            break;
        p += w;
        n -= (size_t)w;
    }
    return 0;
}

_Noreturn static int probe_crash(lua_State *L)
{
    (void)L;
    __builtin_trap();
}

/* Never comes back, and no hook sees it. */
_Noreturn static int probe_hang(lua_State *L)
{
    (void)L;
    for (volatile long i = 0;; i++)
        ;
}

/* --- on the server ----------------------------------------------------------------------------- */

static enum rc probe_echo(struct script_call *call, struct err *err)
{
    struct script_stage *s = call->ctx;

    (void)err;
    s->host_calls++;
    call->out = *script_arg(call, 0);
    return RC_OK;
}

static enum rc probe_sleep(struct script_call *call, struct err *err)
{
    (void)err;
    usleep((useconds_t)script_arg(call, 0)->u.i * 1000);
    return RC_OK;
}

static enum rc probe_fail(struct script_call *call, struct err *err)
{
    struct str code, text;
    char cstr[ERR_CODE_BYTES];
    enum rc rc = script_arg_text(call, 0, &code, err);

    if (rc == RC_OK)
        rc = script_arg_text(call, 1, &text, err);
    if (rc != RC_OK)
        return rc;
    snprintf(cstr, sizeof cstr, "%.*s", STR_ARG(code));
    return FAIL_CODE(err, RC_CONFLICT, cstr, "%.*s", STR_ARG(text));
}

static enum rc probe_query(struct script_call *call, struct err *err)
{
    struct script_stage *s = call->ctx;
    enum rc rc = script_charge(call, SCRIPT_QUERIES, 1, err);

    s->host_calls += rc == RC_OK;
    return rc;
}

/* A save that starts a script: run within a run, on the same thread. */
static enum rc probe_nest(struct script_call *call, struct err *err)
{
    struct script_stage *s = call->ctx;
    struct script_run run = *call->run;
    struct script_source source = {STR("nested"), STR_NONE};
    struct script_result result;
    enum rc rc = script_arg_text(call, 0, &source.text, err);

    if (rc != RC_OK)
        return rc;
    run.sources = &source;
    run.n_sources = 1;
    run.arg = *script_arg(call, 0);
    run.deadline_mono = call->deadline_mono;
    rc = script_run(s->pool, &run, call->arena, &result, err);
    if (rc == RC_OK)
        call->out = result.value;
    return rc;
}

static enum rc probe_object(struct script_call *call, struct err *err)
{
    const struct script_module *const *m = script_stage_modules();
    int i = 0;

    (void)err;
    while (strcmp(m[i]->name, "probe") != 0)
        i++;
    call->out = (struct script_value){
        .kind = SCRIPT_OBJECT, .extra = i, .u.i = script_arg(call, 0)->u.i};
    return RC_OK;
}

static enum rc probe_number(struct script_call *call, struct err *err)
{
    const struct script_value *self = script_arg(call, 0);

    if (self->kind != SCRIPT_OBJECT || self->u.i < 1 || self->u.i > 9)
        return FAIL_CODE(err, RC_INVALID, "E_TYPE", "This is no probe.");
    call->out = script_int(self->u.i);
    return RC_OK;
}

static const struct script_fn FNS[] = {
    {"probe.call", "probe.call(name)", SCRIPT_ALL, 0, "", "", probe_call, NULL},
    {"probe.say", "probe.say(bytes)", SCRIPT_ALL, 0, "", "", probe_say, NULL},
    {"probe.crash", "probe.crash()", SCRIPT_ALL, 0, "", "", probe_crash, NULL},
    {"probe.hang", "probe.hang()", SCRIPT_ALL, 0, "", "", probe_hang, NULL},
    {"probe.echo", "probe.echo(v)", SCRIPT_ALL, 0, "", "", NULL, probe_echo},
    {"probe.sleep", "probe.sleep(ms)", SCRIPT_ALL, 0, "", "", NULL,
     probe_sleep},
    {"probe.fail", "probe.fail(code, text)", SCRIPT_ALL, 0, "", "", NULL,
     probe_fail},
    {"probe.query", "probe.query()", SCRIPT_ALL, 0, "", "", NULL, probe_query},
    {"probe.nest", "probe.nest(text)", SCRIPT_ALL, 0, "", "", NULL, probe_nest},
    {"probe.later", "probe.later()", SCRIPT_ASYNC, 0, "", "", NULL, probe_echo},
    {"probe.object", "probe.object(n)", SCRIPT_ALL, 0, "", "", NULL,
     probe_object},
    {"probe:number", "probe:number()", SCRIPT_ALL, 0, "", "", NULL,
     probe_number},
};

static const struct script_module PROBE = {
    .name = "probe", .doc = "", .fns = FNS, .n = sizeof FNS / sizeof FNS[0]};

const struct script_module *const *script_stage_modules(void)
{
    static const struct script_module *all[32];
    const struct script_module *const *m = script_modules();
    size_t n = 0;

    while (m[n]) {
        all[n] = m[n];
        n++;
    }
    all[n++] = &PROBE;
    all[n] = NULL;
    return all;
}

/* --- the stage ----------------------------------------------------------------------------------- */

/* The launcher is this program: before main, with its words. */
__attribute__((constructor)) static void be_the_launcher(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], SCRIPT_LAUNCHER_VERB) == 0)
        _exit(script_launcher_main(script_stage_modules()));
}

static void keep_log(void *ctx, enum script_log_level level, struct str text,
                     const struct script_value *data)
{
    struct script_stage *s = ctx;

    (void)level;
    (void)data;
    if (s->log_n + text.n + 2 > sizeof s->log)
        return;
    memcpy(s->log + s->log_n, text.p, text.n);
    s->log_n += text.n;
    s->log[s->log_n++] = '\n';
    s->log[s->log_n] = '\0';
}

static void count_trip(void *arg, struct str owner, struct str name)
{
    struct script_stage *s = arg;

    (void)owner;
    (void)name;
    s->tripped++;
}

static void must(enum rc rc, const struct err *err)
{
    if (rc == RC_OK)
        return;
    fprintf(stderr, "script_stage: %s\n", err->text);
    abort();
}

void script_stage_open(struct script_stage *s)
{
    struct script_config config = {.modules = script_stage_modules(),
                                   .tripped = count_trip};

    memset(s, 0, sizeof *s);
    arena_init(&s->arena, 16 << 20);
    must(script_launcher_start(&s->launcher, &s->err), &s->err);
    config.launcher = &s->launcher;
    config.tripped_arg = s;
    must(script_pool_open(&config, &s->pool, &s->err), &s->err);
    s->host = (struct script_host){.ctx = s, .log = keep_log};
    s->source.name = STR("main");
    s->run = (struct script_run){.class = SCRIPT_RULE,
                                 .phase = SCRIPT_BEFORE,
                                 .owner = STR("ws/crm"),
                                 .name = STR("test"),
                                 .sources = &s->source,
                                 .n_sources = 1,
                                 .now_ms = 1772348400000,
                                 .zone = STR("Europe/Vienna"),
                                 .seed = 7,
                                 .host = &s->host};
}

void script_stage_close(struct script_stage *s)
{
    script_pool_close(s->pool);
    script_launcher_stop(&s->launcher);
    arena_release(&s->arena);
}

enum rc script_stage_run(struct script_stage *s, const char *text)
{
    int64_t begin = channel_now_us();

    arena_reset(&s->arena);
    err_clear(&s->err);
    memset(&s->result, 0, sizeof s->result);
    s->log_n = 0;
    s->log[0] = '\0';
    s->source.text = str_c(text);
    s->rc = script_run(s->pool, &s->run, &s->arena, &s->result, &s->err);
    s->took_us = channel_now_us() - begin;
    return s->rc;
}
