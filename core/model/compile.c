/*
 * compile - the passes in their order. See compile.h and build.h.
 *
 * Where shape is wrong already nothing is compiled: a file that is left out
 * would only make every name in it unknown.
 */
#include "model/build.h"

#include "base/time.h"
#include "crypto/crypto.h"

enum { SCRATCH_MAX_BYTES = 256 << 20 };

static void read_settings(struct build *b)
{
    struct model *m = b->m;
    struct err err = ERR_INIT;
    enum rc rc;

    memcpy(m->base_currency, b->settings->currency, sizeof m->base_currency);
    m->tz_name = build_copy(b, b->settings->tz);
    m->lang = build_copy(b, b->settings->lang);
    m->tz = tz_utc();
    if (!m->tz_name.n)
        return;
    rc = tz_load(m->tz_name, b->a, &m->tz, &err);
    if (rc == RC_OK)
        return;
    b->nomem |= rc == RC_NOMEM;
    m->tz = tz_utc();
    messages_file(b->ms, STR("package.xml"), SEVERITY_WARNING, "K707",
                  "the workspace's time zone is not there; days are those of "
                  "UTC: %s",
                  err.text);
}

static void finish(struct build *b)
{
    struct model *m = b->m;
    size_t i;

    m->entities = build_alloc(b, b->entities.n, sizeof *m->entities);
    if (!m->entities)
        return;
    m->n_entities = b->entities.n;
    for (i = 0; i < b->entities.n; i++) {
        m->entities[i] = b->entities.v[i]->entity;
        if ((size_t)m->entities[i]->number >= m->n_numbers)
            m->n_numbers = (size_t)m->entities[i]->number + 1;
    }
    m->by_number = BUILD_ARRAY(b, const struct entity *, m->n_numbers);
    for (i = 0; m->by_number && i < m->n_entities; i++)
        m->by_number[m->entities[i]->number] = m->entities[i];
}

/* Over the hashes of all files, with their names: order is that of layers. */
static enum rc hash(struct build *b, struct err *err)
{
    uint8_t one[SHA256_BYTES];
    struct buf all;
    size_t i, k;
    enum rc rc;

    buf_init(&all, 64 << 20);
    for (i = 0; i < b->m->n_packages; i++) {
        const struct package_src *src = b->m->packages[i]->sources;

        buf_add(&all, src->id);
        buf_addc(&all, '\0');
        for (k = 0; k < src->n; k++) {
            buf_add(&all, src->files[k].path);
            buf_addc(&all, '\0');
            sha256(src->files[k].text, one);
            buf_add(&all, str_of((const char *)one, sizeof one));
        }
    }
    rc = all.failed == RC_OK ? RC_OK
                             : FAIL(err, all.failed,
                                    "There is no memory for the model's hash.");
    if (rc == RC_OK)
        sha256(buf_view(&all), b->m->hash);
    buf_release(&all);
    return rc;
}

static enum rc passes(struct build *b, struct err *err)
{
    enum rc rc = RC_OK;

    read_settings(b);
    build_packages(b);
    build_entities(b);
    build_collections(b);
    build_columns(b);
    if (b->nomem || arena_failed(b->scratch) || arena_failed(b->a))
        return RC_NOMEM;
    build_schema(b->m);
    build_rules(b);
    build_forms(b);
    build_views(b);
    build_indexes(b);
    build_judge(b);
    build_menus(b);
    build_seeds(b);
    build_words(b);
    finish(b);
    if (b->nomem || arena_failed(b->scratch) || arena_failed(b->a))
        return RC_NOMEM;
    if (b->ms->errors)
        return RC_INVALID;
    build_lock(b);
    if (b->nomem || arena_failed(b->a))
        return RC_NOMEM;
    rc = names_list(b->names, b->a, &b->m->names, &b->m->n_names, err);
    return rc == RC_OK ? hash(b, err) : rc;
}

static enum rc refuse(enum rc rc, const struct messages *ms, struct err *err)
{
    if (rc == RC_NOMEM)
        return FAIL(err, rc, "There is no memory to compile the definitions.");
    if (rc == RC_INVALID && ms->n)
        return FAIL(err, rc,
                    "The definitions have %zu errors; the first is in %.*s, "
                    "line %u: %.*s",
                    ms->errors, STR_ARG(ms->v[0].file), ms->v[0].line,
                    STR_ARG(ms->v[0].text));
    return FAIL(err, rc, "The definitions have errors.");
}

enum rc model_compile(const struct package_src *const *packages, size_t n,
                      const struct settings *settings, struct names *names,
                      int64_t generation, struct messages *ms,
                      struct model **out, struct err *err)
{
    struct arena scratch;
    struct build b = {.settings = settings, .names = names, .ms = ms};
    enum rc rc;

    if (ms->errors > ms->mended)
        return refuse(RC_INVALID, ms, err);
    b.m = model_new();
    if (!b.m)
        return refuse(RC_NOMEM, ms, err);
    arena_init(&scratch, SCRATCH_MAX_BYTES);
    b.a = b.m->arena;
    b.scratch = &scratch;
    b.src = packages;
    b.n_src = n;
    b.m->generation = generation;
    map_init(&b.entity_defs, &scratch);
    map_init(&b.form_defs, &scratch);
    map_init(&b.view_defs, &scratch);
    map_init(&b.built, &scratch);
    map_init(&b.texts, &scratch);
    rc = passes(&b, err);
    arena_release(&scratch);
    messages_sort(ms);
    if (rc == RC_OK) {
        *out = b.m;
        return RC_OK;
    }
    model_unref(b.m);
    return refuse(rc, ms, err);
}
