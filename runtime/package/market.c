/* See market.h: what is offered. As JSON: market_json.c. */
#include "package/market.h"

#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "crypto/crypto.h"

enum { ONE_ARENA = PACKAGE_MAX_BYTES * 3 };

/* --- one package ----------------------------------------------------------------- */

bool market_digest(const struct package_src *src, struct arena *a,
                   char out[MARKET_DIGEST_BYTES])
{
    struct sha256_ctx *all = sha256_begin(a);
    uint8_t hash[SHA256_BYTES];

    memset(out, '0', MARKET_DIGEST_BYTES);
    if (!all)
        return false;
    for (size_t i = 0; i < src->n; i++) {
        sha256(src->files[i].text, hash);
        sha256_add(all, str_of((const char *)hash, sizeof hash));
        sha256_add(all, src->files[i].path);
        sha256_add(all, str_of("", 1)); /* its NUL: paths do not run together */
    }
    sha256_end(all, hash);
    crypto_hex_into(hash, sizeof hash, out);
    return true;
}

static enum rc read_one(const struct market_source *source, bool is_embedded,
                        struct str where, struct arena *a,
                        struct package_src **out, struct err *err)
{
    struct str path = is_embedded
                          ? str_fmt(a, "apps/%.*s", STR_ARG(where))
                          : str_fmt(a, "%s/%.*s", source->apps, STR_ARG(where));

    if (!path.p)
        return FAIL(err, RC_NOMEM, "There is no memory for a package.");
    return is_embedded
               ? package_read_embedded(source->embedded, path.p, a, out, err)
               : package_read(path.p, a, out, err);
}

/* m->cards.n: there is none. */
static size_t place_of(const struct market *m, struct str id)
{
    size_t i = 0;

    while (i < m->cards.n && !str_eq(m->cards.v[i].manifest.id, id))
        i++;
    return i;
}

const struct market_card *market_find(const struct market *m, struct str id)
{
    size_t i = place_of(m, id);

    return i < m->cards.n ? &m->cards.v[i] : NULL;
}

static enum rc add_fault(struct market *m, struct str where, const char *why,
                         struct err *err)
{
    struct market_fault f = {str_copy(m->arena, where),
                             str_copy(m->arena, str_c(why))};

    if (!f.where.p || !f.message.p || !VEC_PUSH(m->arena, &m->faults, f))
        return FAIL(err, RC_NOMEM, "There is no memory for the marketplace.");
    return RC_OK;
}

static enum rc add_card(struct market *m, const struct market_card *card,
                        struct err *err)
{
    size_t at = place_of(m, card->manifest.id);

    if (at < m->cards.n) {
        struct market_card *had = &m->cards.v[at];

        if (manifest_compare(card->manifest.version, had->manifest.version) >=
            0)
            *had = *card;
        return RC_OK;
    }
    if (m->cards.n >= MARKET_MAX)
        return FAIL(err, RC_LIMIT,
                    "The marketplace folder holds more than %d packages; move "
                    "some of them elsewhere.",
                    MARKET_MAX);
    return VEC_PUSH(m->arena, &m->cards, *card)
               ? RC_OK
               : FAIL(err, RC_NOMEM, "There is no memory for the marketplace.");
}

/* What can be said of a package that is read and let go again. */
static enum rc offer(struct market *m, const struct market_source *source,
                     bool is_embedded, struct str where, struct err *err)
{
    struct market_card card = {.is_embedded = is_embedded};
    struct package_src *src = NULL;
    struct err why = ERR_INIT;
    struct arena a;
    enum rc rc;

    arena_init(&a, ONE_ARENA);
    rc = read_one(source, is_embedded, where, &a, &src, &why);
    if (rc == RC_OK)
        rc = manifest_read(src, m->arena, &card.manifest, &why);
    if (rc == RC_OK && (!card.manifest.is_there || !card.manifest.id.n))
        rc = FAIL(&why, RC_INVALID,
                  "It has no package.xml that can be read; \"perigee check\" "
                  "says why.");
    if (rc == RC_OK)
        rc = manifest_brings(src, m->arena, &card.brings, &why);
    if (rc == RC_OK) {
        (void)market_digest(src, &a, card.digest);
        card.where = str_copy(m->arena, where);
        card.manifest.id = str_copy(m->arena, card.manifest.id);
        rc = card.where.p && card.manifest.id.p
                 ? add_card(m, &card, &why)
                 : FAIL(&why, RC_NOMEM,
                        "There is no memory for the marketplace.");
    }
    arena_release(&a);
    if (rc == RC_OK)
        return RC_OK;
    if (arena_failed(m->arena) || rc == RC_LIMIT)
        return FAIL(err, rc, "%s", why.text);
    return add_fault(m, where, why.text, err);
}

/* --- the places ------------------------------------------------------------------ */

struct embedded {
    struct market *m;
    const struct market_source *source;
    struct err *err;
    enum rc rc;
};

static bool visit_embedded(void *arg, const char *path, struct str bytes)
{
    struct embedded *e = arg;
    struct str p = str_c(path), id;

    (void)bytes;
    if (!str_starts(p, STR("apps/")) || !str_ends(p, STR("/package.xml")))
        return true;
    id = str_sub(p, 5, p.n - 5 - sizeof "/package.xml" + 1);
    if (!id.n || str_chr(id, '/') >= 0)
        return true;
    e->rc = offer(e->m, e->source, true, id, e->err);
    return e->rc == RC_OK;
}

static int by_name(const void *a, const void *b)
{
    return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

/* Folders, and files that say what they are; the rest is somebody's notes. */
static bool is_package(const struct market_source *source, struct str name,
                       struct arena *a)
{
    struct str path = str_fmt(a, "%s/%.*s", source->apps, STR_ARG(name));
    struct stat st;

    return path.p && stat(path.p, &st) == 0 &&
           (S_ISDIR(st.st_mode) ||
            (S_ISREG(st.st_mode) && str_ends(name, STR(".perigee"))));
}

/* In order of name, so that two lists of one folder are the same. */
static enum rc names_of(DIR *dir, struct arena *a, struct str **out, size_t *n,
                        struct err *err)
{
    VEC(struct str) v = {0};
    const struct dirent *d;

    while ((d = readdir(dir)) != NULL) {
        struct str name;

        if (d->d_name[0] == '.')
            continue;
        name = str_copy(a, str_c(d->d_name));
        if (!name.p || !VEC_PUSH(a, &v, name))
            return FAIL(err, RC_NOMEM,
                        "There is no memory for the marketplace.");
    }
    if (v.n)
        qsort(v.v, v.n, sizeof *v.v, by_name);
    *out = v.v;
    *n = v.n;
    return RC_OK;
}

static enum rc list_folder(struct market *m, const struct market_source *source,
                           struct err *err)
{
    DIR *dir = opendir(source->apps);
    struct str *names = NULL;
    size_t n = 0;
    enum rc rc;

    if (!dir)
        return RC_OK;
    rc = names_of(dir, m->arena, &names, &n, err);
    closedir(dir);
    for (size_t i = 0; rc == RC_OK && i < n; i++) {
        if (is_package(source, names[i], m->arena))
            rc = offer(m, source, false, names[i], err);
    }
    return rc;
}

static int by_id(const void *x, const void *y)
{
    const struct market_card *a = x, *b = y;

    return str_cmp(a->manifest.id, b->manifest.id);
}

enum rc market_list(const struct market_source *source, struct arena *a,
                    struct market *out, struct err *err)
{
    struct market m = {.arena = a};
    struct embedded e = {&m, source, err, RC_OK};

    if (source->embedded && source->embedded->each)
        source->embedded->each(source->embedded->ctx, "apps/", visit_embedded,
                               &e);
    if (e.rc == RC_OK && source->apps)
        e.rc = list_folder(&m, source, err);
    if (e.rc != RC_OK)
        return e.rc;
    if (m.cards.n)
        qsort(m.cards.v, m.cards.n, sizeof *m.cards.v, by_id);
    *out = m;
    return RC_OK;
}

enum rc market_read(const struct market_source *source, struct str id,
                    struct str digest, struct arena *a,
                    struct package_src **out, struct err *err)
{
    char now[MARKET_DIGEST_BYTES];
    const struct market_card *card;
    struct package_src *src = NULL;
    struct market m;
    enum rc rc = market_list(source, a, &m, err);

    if (rc != RC_OK)
        return rc;
    card = market_find(&m, id);
    if (!card)
        return FAIL(err, RC_NOTFOUND,
                    "There is no package \"%.*s\" in the marketplace folder or "
                    "in this program.",
                    STR_ARG(id));
    rc = read_one(source, card->is_embedded, card->where, a, &src, err);
    if (rc != RC_OK)
        return rc;
    (void)market_digest(src, a, now);
    if (digest.n && !str_eq(digest, str_of(now, sizeof now)))
        return FAIL(err, RC_CONFLICT,
                    "Package \"%.*s\" has changed in the marketplace folder "
                    "since you looked; look at it again.",
                    STR_ARG(id));
    *out = src;
    return RC_OK;
}

const struct package_file *market_file(const struct package_src *src,
                                       struct str path)
{
    for (size_t i = 0; i < src->n; i++) {
        if (str_eq(src->files[i].path, path))
            return &src->files[i];
    }
    return NULL;
}
