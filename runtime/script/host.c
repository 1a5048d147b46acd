/*
 * host - what functions of the server find in their call; quotas of a run and
 * of its transaction.
 */
#include "script/host.h"

static const struct script_value NIL = {.kind = SCRIPT_NIL};

const struct script_value *script_arg(const struct script_call *call, size_t i)
{
    return i < call->n ? &call->args[i] : &NIL;
}

enum rc script_arg_text(const struct script_call *call, size_t i,
                        struct str *out, struct err *err)
{
    const struct script_value *v = script_arg(call, i);

    if (v->kind != SCRIPT_TEXT)
        return FAIL_CODE(err, RC_INVALID, "E_TYPE",
                         "Argument %zu of %s must be a text.", i + 1,
                         call->fn->name);
    *out = v->u.s;
    return RC_OK;
}

static const char *const NAMES[SCRIPT_RESOURCES] = {
    [SCRIPT_QUERIES] = "queries",      [SCRIPT_ROWS] = "rows",
    [SCRIPT_WRITES] = "saved records", [SCRIPT_HTTP] = "HTTP calls",
    [SCRIPT_MAILS] = "mails",          [SCRIPT_JOBS] = "jobs"};

/* The first breach may be caught, the second may not. */
static enum rc breach(struct script_call *call, const char *what, int64_t limit,
                      struct err *err)
{
    struct host_state *h = call->state;

    call->ends_run = h->breaches++ > 0;
    return FAIL_CODE(err, RC_SCRIPT, "E_QUOTA",
                     "The script used up its %lld %s.", (long long)limit, what);
}

enum rc script_charge(struct script_call *call, enum script_resource what,
                      int64_t n, struct err *err)
{
    struct host_state *h = call->state;
    struct script_budget *b = call->run->budget;
    int64_t limit = h->limits.quota[what];

    if (n < 0 || n > limit - h->used[what])
        return breach(call, NAMES[what], limit, err);
    if (b && what == SCRIPT_QUERIES) {
        if (n > b->queries)
            return breach(call, "queries of its transaction",
                          SCRIPT_BUDGET_QUERIES, err);
        b->queries -= n;
    }
    h->used[what] += n;
    return RC_OK;
}

enum rc script_charge_write(struct script_call *call, int64_t statements,
                            int64_t rows, struct err *err)
{
    struct script_budget *b = call->run->budget;

    if (!b)
        return RC_OK;
    if (statements < 0 || statements > b->statements)
        return breach(call, "write statements of its transaction",
                      SCRIPT_BUDGET_STATEMENTS, err);
    if (rows < 0 || rows > b->rows_written)
        return breach(call, "written rows of its transaction",
                      SCRIPT_BUDGET_ROWS, err);
    b->statements -= statements;
    b->rows_written -= rows;
    return RC_OK;
}
