/*
 * reference - see the header. A signature is read as it is written:
 * "text.pad(s, width, side?) -> text, count".
 */
#include "script/reference.h"

#include <inttypes.h>

#include "script/script.h"

static const struct {
    enum script_phase bit;
    const char *name;
} PHASES[] = {{SCRIPT_BEFORE, "before"}, {SCRIPT_AFTER, "after"},
              {SCRIPT_ASYNC, "async"},   {SCRIPT_X, "action"},
              {SCRIPT_FORM, "form"},     {SCRIPT_WEB, "webhook"},
              {SCRIPT_TEST, "test"}};
enum { N_PHASES = sizeof PHASES / sizeof PHASES[0] };

static bool is_hidden(const struct script_fn *fn)
{
    return fn->name[strlen(fn->name) - 1] == '_';
}

/* --- the manual ---------------------------------------------------------------------------- */

static void add_phases(struct buf *b, const struct script_fn *fn)
{
    if (fn->phases == SCRIPT_ALL)
        return;
    buf_adds(b, "\nAllowed in: ");
    for (int i = 0, n = 0; i < N_PHASES; i++)
        if (fn->phases & PHASES[i].bit)
            buf_addf(b, "%s%s", n++ ? ", " : "", PHASES[i].name);
    buf_adds(b, ".\n");
}

static void add_fn(struct buf *b, const struct script_fn *fn)
{
    buf_addf(b, "### %s\n\n```lua\n%s\n```\n\n%s\n", fn->name, fn->signature,
             fn->doc);
    add_phases(b, fn);
    buf_addf(b, "\n```lua\n%s\n```\n\n", fn->example);
}

/* One row: a limit of all three classes. */
static void add_limit(struct buf *b, const char *name, const char *unit,
                      int64_t rule, int64_t action, int64_t job)
{
    buf_addf(b, "| %s | %" PRId64 "%s | %" PRId64 "%s | %" PRId64 "%s |\n",
             name, rule, unit, action, unit, job, unit);
}

static void add_limits(struct buf *b)
{
    static const char *const RESOURCES[SCRIPT_RESOURCES] = {
        [SCRIPT_QUERIES] = "queries",
        [SCRIPT_ROWS] = "rows read",
        [SCRIPT_WRITES] = "records written",
        [SCRIPT_HTTP] = "HTTP calls",
        [SCRIPT_MAILS] = "mails",
        [SCRIPT_JOBS] = "jobs"};
    struct script_limits l[SCRIPT_CLASSES];

    for (int i = 0; i < SCRIPT_CLASSES; i++)
        l[i] = script_limits_of((enum script_class)i, 0);
    buf_adds(b,
             "## Limits\n\n"
             "Of one run. Time and memory cannot be caught; of the others "
             "the first breach raises E_QUOTA, the second ends\nthe run. A "
             "batch of n records adds 10 n rows read, 2 n records written, n "
             "mails and n jobs.\n\n"
             "| limit | rule, formula | action | job |\n|---|---|---|---|\n");
    add_limit(b, "steps (instructions and charged loops)", "", l[0].steps,
              l[1].steps, l[2].steps);
    add_limit(b, "computing", " ms", l[0].cpu_ms, l[1].cpu_ms, l[2].cpu_ms);
    add_limit(b, "time in all", " ms", l[0].wall_ms, l[1].wall_ms,
              l[2].wall_ms);
    add_limit(b, "memory at once", " MiB", l[0].memory >> 20, l[1].memory >> 20,
              l[2].memory >> 20);
    add_limit(b, "values made in all", " MiB", l[0].volume >> 20,
              l[1].volume >> 20, l[2].volume >> 20);
    add_limit(b, "one text", " KiB", l[0].one >> 10, l[1].one >> 10,
              l[2].one >> 10);
    add_limit(b, "log", " KiB", l[0].log_bytes >> 10, l[1].log_bytes >> 10,
              l[2].log_bytes >> 10);
    add_limit(b, "result", " KiB", l[0].result_bytes >> 10,
              l[1].result_bytes >> 10, l[2].result_bytes >> 10);
    for (int i = 0; i < SCRIPT_RESOURCES; i++)
        add_limit(b, RESOURCES[i], "", l[0].quota[i], l[1].quota[i],
                  l[2].quota[i]);
    buf_adds(b, "\n");
}

void script_write_reference(const struct script_module *const *modules,
                            struct buf *b)
{
    buf_adds(
        b, "# The Lua API\n\n"
           "<!-- Written by runtime/script/reference.c from the declarations; "
           "every example is a test.\n     UPDATE_GOLDEN=1 "
           "build/dev/unit_script reference -->\n\n"
           "A script runs in a process of its own, in a fresh state, with "
           "limits of time and memory. These are all the\n"
           "names it has; setting another global raises. `?` after a "
           "parameter: it may be left out. A function raises\n"
           "`{code, message}`, which `pcall` catches; a limit that is used up "
           "ends the script.\n\n");
    add_limits(b);
    for (const struct script_module *const *m = modules; *m; m++) {
        buf_addf(b, "## %s\n\n%s\n\n",
                 (*m)->name[0] != '\0' ? (*m)->name : "Globals", (*m)->doc);
        for (size_t i = 0; i < (*m)->n; i++)
            if (!is_hidden(&(*m)->fns[i]))
                add_fn(b, &(*m)->fns[i]);
    }
    if (!b->failed && b->n > 0 && b->p[b->n - 1] == '\n')
        b->n--; /* one line end is enough at the end */
}

/* --- stubs ----------------------------------------------------------------------------------- */

static const char *stub_type(struct str s)
{
    static const struct {
        const char *ours, *theirs;
    } TYPES[] = {{"text", "string"},
                 {"bool", "boolean"},
                 {"integer", "integer"},
                 {"number", "number"},
                 {"list", "any[]"},
                 {"table", "table"},
                 {"dec", "perigee.dec"},
                 {"money", "perigee.money"},
                 {"date", "perigee.date"},
                 {"datetime", "perigee.datetime"},
                 {"time", "perigee.time"},
                 {"dur", "perigee.dur"},
                 {"iterator", "fun(...): any"},
                 {"nil", "nil"},
                 {"false", "false"}};

    for (size_t i = 0; i < sizeof TYPES / sizeof TYPES[0]; i++)
        if (str_eq(s, str_c(TYPES[i].ours)))
            return TYPES[i].theirs;
    return "any";
}

/* "date|datetime, count": one @return each. */
static void add_returns(struct buf *b, struct str returns)
{
    struct str one, type;

    while (str_split(&returns, ',', &one)) {
        int n = 0;

        one = str_trim(one);
        if (str_is(one, "...")) {
            buf_adds(b, "---@return ...\n");
            continue;
        }
        buf_adds(b, "---@return ");
        while (str_split(&one, '|', &type))
            buf_addf(b, "%s%s", n++ ? "|" : "", stub_type(type));
        buf_addc(b, '\n');
    }
}

/* Names of the parameters, without what is after them. */
static void add_parameters(struct buf *b, struct str list, bool as_comment)
{
    struct str one;
    int n = 0;

    while (str_split(&list, ',', &one)) {
        bool optional;

        one = str_trim(one);
        if (one.n == 0)
            continue;
        optional = one.p[one.n - 1] == '?';
        if (optional)
            one.n--;
        if (str_is(one, "end"))
            one = STR("end_");
        if (!as_comment)
            buf_addf(b, "%s%.*s", n++ ? ", " : "", STR_ARG(one));
        else if (!str_is(one, "..."))
            buf_addf(b, "---@param %.*s%s any\n", STR_ARG(one),
                     optional ? "?" : "");
    }
}

static void add_stub(struct buf *b, const struct script_fn *fn)
{
    struct str s = str_c(fn->signature);
    struct str doc = str_c(fn->doc);
    ptrdiff_t open = str_chr(s, '(');
    ptrdiff_t close = str_find(s, STR(")"));
    ptrdiff_t arrow = str_find(s, STR(" -> "));
    struct str name = str_c(fn->name);
    struct str parameters, line;

    if (open < 0 || close < open)
        return;
    parameters = str_sub(s, (size_t)open + 1, (size_t)(close - open) - 1);
    while (str_split(&doc, '\n', &line))
        buf_addf(b, "---%.*s\n", STR_ARG(line));
    add_parameters(b, parameters, true);
    if (arrow >= 0)
        add_returns(b, str_sub(s, (size_t)arrow + 4, s.n));
    buf_adds(b, "function ");
    for (size_t i = 0; i < name.n; i++) {
        if (name.p[i] == ':')
            buf_addc(b, '_'); /* the class has a name of its own */
        buf_addc(b, name.p[i]);
    }
    buf_addc(b, '(');
    add_parameters(b, parameters, false);
    buf_adds(b, ") end\n\n");
}

static bool has_kind(const struct script_module *m, char separator)
{
    for (size_t i = 0; i < m->n; i++)
        if (strchr(m->fns[i].name, separator))
            return true;
    return false;
}

void script_write_stubs(const struct script_module *const *modules,
                        struct buf *b)
{
    buf_adds(b, "---@meta\n"
                "-- For the Lua language server. Written by "
                "runtime/script/reference.c.\n\n"
                "---@class perigee.date\n---@class perigee.datetime\n"
                "---@class perigee.time\n---@class perigee.dur\n\n");
    for (const struct script_module *const *m = modules; *m; m++) {
        if (has_kind(*m, ':'))
            buf_addf(b, "---@class perigee.%s\nlocal %s_ = {}\n\n", (*m)->name,
                     (*m)->name);
        if ((*m)->name[0] != '\0' && has_kind(*m, '.'))
            buf_addf(b, "%s = {}\n\n", (*m)->name);
        for (size_t i = 0; i < (*m)->n; i++)
            if (!is_hidden(&(*m)->fns[i]))
                add_stub(b, &(*m)->fns[i]);
    }
    if (!b->failed && b->n > 0)
        b->n--;
}

/* --- completion -------------------------------------------------------------------------------- */

static void write_fn(struct json_w *w, const struct script_fn *fn)
{
    json_obj_begin(w);
    json_kv(w, "name", str_c(fn->name));
    json_kv(w, "signature", str_c(fn->signature));
    json_kv(w, "doc", str_c(fn->doc));
    json_kv(w, "example", str_c(fn->example));
    json_k(w, "phases");
    json_arr_begin(w);
    for (int i = 0; i < N_PHASES; i++)
        if (fn->phases & PHASES[i].bit)
            json_w_str(w, str_c(PHASES[i].name));
    json_arr_end(w);
    json_obj_end(w);
}

void script_write_completion(const struct script_module *const *modules,
                             struct json_w *w)
{
    json_arr_begin(w);
    for (const struct script_module *const *m = modules; *m; m++) {
        json_obj_begin(w);
        json_kv(w, "module", str_c((*m)->name));
        json_kv(w, "doc", str_c((*m)->doc));
        json_k(w, "functions");
        json_arr_begin(w);
        for (size_t i = 0; i < (*m)->n; i++)
            if (!is_hidden(&(*m)->fns[i]))
                write_fn(w, &(*m)->fns[i]);
        json_arr_end(w);
        json_obj_end(w);
    }
    json_arr_end(w);
}
