/* See rules.h. */
#include "package/rules.h"

#include <stdarg.h>
#include <stdio.h>

#include "model/spec_values.h"
#include "package/manifest.h"

enum { SENTENCE_BYTES = 1024, TREES_BYTES = 256 << 20 };

struct look {
    const struct model *current;
    const struct store_change *change;
    struct arena *a;    /* what stays */
    struct arena trees; /* manifests  */
    VEC(struct message) refused;
    VEC(struct plan_ask) asks;
    bool nomem;
};

static void refuse(struct look *l, const char *code, const char *fmt, ...)
    PRINTF_LIKE(3, 4);

static void refuse(struct look *l, const char *code, const char *fmt, ...)
{
    struct message m = {.file = STR("package.xml"),
                        .severity = SEVERITY_ERROR,
                        .code = code,
                        .hint = STR(""),
                        .excerpt = STR("")};
    char text[SENTENCE_BYTES];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    m.text = str_copy(l->a, str_c(text));
    l->nomem |= !m.text.p || !VEC_PUSH(l->a, &l->refused, m);
}

static const struct package *installed(const struct look *l, struct str id)
{
    for (size_t i = 0; l->current && i < l->current->n_packages; i++) {
        if (str_eq(l->current->packages[i]->id, id))
            return l->current->packages[i];
    }
    return NULL;
}

/* --- ids and versions ----------------------------------------------------------- */

/* Starts that name tables and the platform's own; words of the address. */
static bool is_reserved(struct str id)
{
    static const char *const STARTS[] = {"sys", "local", "sqlite", "pg",
                                         "l",   "m",     "s",      NULL};
    static const char *const WORDS[] = {
        "batch",   "builder", "cli",    "events",  "export",   "files",
        "import",  "jobs",    "model",  "openapi", "packages", "search",
        "session", "setup",   "tokens", "undo",    NULL};
    size_t n = 0;

    while (n < id.n && id.p[n] != '.' && id.p[n] != '_')
        n++;
    for (size_t i = 0; STARTS[i]; i++) {
        if (str_eq(str_sub(id, 0, n), str_c(STARTS[i])))
            return true;
    }
    for (size_t i = 0; WORDS[i]; i++) {
        if (str_eq(id, str_c(WORDS[i])))
            return true;
    }
    return false;
}

static void look_at_id(struct look *l, struct str id)
{
    if (str_is(id, "sys") || str_is(id, "local"))
        return;
    if (id.n && is_reserved(id))
        refuse(l, "K712",
               "\"%.*s\" begins like names that are the platform's own (sys, "
               "local, sqlite, pg, l, m, s, or a word of its addresses); give "
               "the package another id.",
               STR_ARG(id));
}

static void look_at_versions(struct look *l, const struct manifest *m,
                             const struct package *had)
{
    if (m->min_runtime.n &&
        manifest_compare(m->min_runtime, STR(PERIGEE_VERSION)) > 0)
        refuse(l, "K706",
               "\"%.*s\" %.*s needs Perigee %.*s or newer; this is %s. Bring "
               "the program up to date first.",
               STR_ARG(m->id), STR_ARG(m->version), STR_ARG(m->min_runtime),
               PERIGEE_VERSION);
    if (had && manifest_compare(m->version, had->version) < 0)
        refuse(l, "K708",
               "\"%.*s\" %.*s is %s; %.*s is older, and there is no way back "
               "to an older version. Remove it first, or bring back a backup.",
               STR_ARG(m->id), STR_ARG(had->version),
               had->is_archived ? "kept as an archive" : "installed",
               STR_ARG(m->version));
}

/* --- permissions ------------------------------------------------------------------ */

static void look_at_asks(struct look *l, const struct manifest *m,
                         const struct package *had, struct err *err)
{
    struct manifest before = {0};
    bool compares = had && !had->is_archived;
    struct str more = STR("");

    if (compares &&
        manifest_read(had->sources, &l->trees, &before, err) != RC_OK) {
        l->nomem = true;
        return;
    }
    for (size_t i = 0; i < m->asks.n; i++) {
        const struct manifest_ask *ask = &m->asks.v[i];
        struct plan_ask one = {str_copy(l->a, ask->words),
                               compares && !manifest_covers(&before, ask)};

        l->nomem |= !one.words.p || !VEC_PUSH(l->a, &l->asks, one);
        if (one.is_more)
            more = str_fmt(&l->trees, "%.*s%s%.*s", STR_ARG(more),
                           more.n ? "; it " : "it ", STR_ARG(ask->words));
    }
    l->nomem |= !more.p;
    if (more.n && !l->change->accept)
        refuse(l, "K709",
               "\"%.*s\" %.*s asks for more than %.*s did: %.*s. Accept that "
               "with --accept, or stay with the version you have.",
               STR_ARG(m->id), STR_ARG(m->version), STR_ARG(had->version),
               STR_ARG(str_sub(more, 0, 500)));
}

/* --- who needs it ------------------------------------------------------------------- */

/* What an archive points to may be archived, but not deleted. */
static bool deletes(const struct look *l)
{
    return l->change->remove.n && !l->change->keep_records;
}

/* "acme.rental and acme.fleet", of those that live and need `id`. */
static void look_at_dependents(struct look *l, struct str id,
                               struct str version, struct err *err)
{
    struct str names = STR("");
    int v[3];
    bool ok;

    (void)spec_version(version, v);
    for (size_t i = 0; l->current && i < l->current->n_packages; i++) {
        const struct package *p = l->current->packages[i];
        struct manifest m = {0};

        if (str_eq(p->id, id) || (p->is_archived && !deletes(l)))
            continue;
        if (manifest_read(p->sources, &l->trees, &m, err) != RC_OK) {
            l->nomem = true;
            return;
        }
        for (size_t k = 0; k < m.needs.n; k++) {
            const struct manifest_need *need = &m.needs.v[k];

            if (!str_eq(need->on, id))
                continue;
            if (version.n && need->range.n &&
                !spec_range_has(need->range, v, &ok) && ok)
                refuse(l, "K711",
                       "\"%.*s\" %.*s needs \"%.*s\" %.*s and does not go with "
                       "%.*s; upgrade or remove \"%.*s\" first.",
                       STR_ARG(p->id), STR_ARG(p->version), STR_ARG(id),
                       STR_ARG(need->range), STR_ARG(version), STR_ARG(p->id));
            if (!version.n && !need->is_optional)
                names = str_fmt(&l->trees, "%.*s%s%s\"%.*s\"", STR_ARG(names),
                                names.n ? ", " : "",
                                p->is_archived ? "the records kept of " : "",
                                STR_ARG(p->id));
            l->nomem |= !names.p;
        }
    }
    if (names.n)
        refuse(l, "K710", "\"%.*s\" is needed by %.*s; remove %s first.",
               STR_ARG(id), STR_ARG(str_sub(names, 0, 600)),
               str_chr(names, ',') >= 0 ? "them" : "it");
}

/* --- together ---------------------------------------------------------------------------- */

static enum rc look_at_put(struct look *l, struct plan *plan, struct err *err)
{
    const struct package_src *src = l->change->put;
    const struct package *had = installed(l, src->id);
    struct manifest m = {0};
    enum rc rc = manifest_read(src, &l->trees, &m, err);

    if (rc != RC_OK)
        return rc;
    plan->package = str_copy(l->a, src->id);
    plan->from =
        had && !had->is_archived ? str_copy(l->a, had->version) : STR("");
    plan->to = str_copy(l->a, m.version);
    look_at_id(l, src->id);
    if (!m.is_there)
        return RC_OK; /* local, or a manifest whose faults the check says */
    look_at_versions(l, &m, had);
    look_at_asks(l, &m, had, err);
    if (had)
        look_at_dependents(l, src->id, m.version, err);
    return RC_OK;
}

static void look_at_remove(struct look *l, struct plan *plan, struct err *err)
{
    const struct package *had = installed(l, l->change->remove);

    plan->package = str_copy(l->a, l->change->remove);
    plan->from = had ? str_copy(l->a, had->version) : STR("");
    plan->to = STR("");
    look_at_dependents(l, l->change->remove, STR(""), err);
}

enum rc rules_look(const struct model *current,
                   const struct store_change *change, struct arena *a,
                   struct plan *plan, struct err *err)
{
    struct look l = {.current = current, .change = change, .a = a};
    enum rc rc = RC_OK;

    *plan = (struct plan){.arena = a};
    arena_init(&l.trees, TREES_BYTES);
    if (change->put)
        rc = look_at_put(&l, plan, err);
    else
        look_at_remove(&l, plan, err);
    arena_release(&l.trees);
    if (rc == RC_OK &&
        (l.nomem || !plan->package.p || !plan->from.p || !plan->to.p))
        rc = FAIL(err, RC_NOMEM, "There is no memory for the plan.");
    if (rc != RC_OK)
        return rc;
    plan->asks = l.asks.v;
    plan->n_asks = l.asks.n;
    plan->refused = l.refused.v;
    plan->n_refused = l.refused.n;
    return RC_OK;
}
