/*
 * packages - what is installed and what the marketplace offers: cards, and the
 * pictures on them. The ways from one to the other: package_work.c.
 *
 * A package is named, never sent: what may be installed lies inside the program
 * or in the server's apps folder, where its administrator put it.
 */
#include "api/call.h"

struct market_source api_market(const struct call *c)
{
    return (struct market_source){&c->api->config.source,
                                  c->api->config.apps_dir};
}

const struct package *api_installed(const struct call *c, struct str id)
{
    size_t i;

    for (i = 0; i < c->m->n_packages; i++) {
        if (str_eq(c->m->packages[i]->id, id))
            return c->m->packages[i];
    }
    return NULL;
}

enum rc run_packages(struct call *c)
{
    struct market_source source = api_market(c);
    struct market m;
    enum rc rc = market_list(&source, c->a, &m, &c->err);

    if (rc == RC_OK)
        rc = market_json(&m, c->m, &c->w, &c->err);
    return rc == RC_OK ? answer_json(c, 200) : rc;
}

static enum rc no_package(struct call *c)
{
    return FAIL(&c->err, RC_NOTFOUND,
                "There is no such package, neither installed nor in the "
                "marketplace.");
}

static enum rc find(struct call *c, const struct package **p,
                    const struct market_card **card)
{
    struct str id = http_capture(c->req, 0);
    struct market_source source = api_market(c);
    struct market *m = ARENA_NEW(c->a, struct market);
    enum rc rc = m != NULL ? market_list(&source, c->a, m, &c->err)
                           : FAIL(&c->err, RC_NOMEM, "There is no memory.");

    if (rc != RC_OK)
        return rc;
    *p = str_is(id, "sys") || str_is(id, "local") ? NULL : api_installed(c, id);
    *card = market_find(m, id);
    return *p == NULL && *card == NULL ? no_package(c) : RC_OK;
}

enum rc run_package(struct call *c)
{
    const struct package *p = NULL;
    const struct market_card *card = NULL;
    enum rc rc = find(c, &p, &card);

    if (rc == RC_OK)
        rc = market_card_json(p, card, &c->w, &c->err);
    return rc == RC_OK ? answer_json(c, 200) : rc;
}

/* --- pictures ------------------------------------------------------------------ */

/* By what the bytes are, not by what the file is called. */
static const char *picture_type(struct str b)
{
    if (str_starts(b, STR("\x89PNG\r\n\x1a\n")))
        return "image/png";
    if (str_starts(b, STR("\xff\xd8\xff")))
        return "image/jpeg";
    if (b.n > 12 && str_starts(b, STR("RIFF")) &&
        memcmp(b.p + 8, "WEBP", 4) == 0)
        return "image/webp";
    return NULL;
}

static enum rc send_picture(struct call *c, const struct package_src *src,
                            struct str path)
{
    const struct package_file *f = market_file(src, path);
    const char *type = f != NULL ? picture_type(f->text) : NULL;

    if (type == NULL)
        return FAIL(&c->err, RC_NOTFOUND,
                    "The package has no such picture; PNG, JPEG and WebP are "
                    "shown.");
    http_response_reset(c->res);
    buf_add(&c->res->body, f->text);
    c->res->content_type = str_c(type);
    http_header_add(c->res, "Content-Security-Policy",
                    STR("default-src 'none'; sandbox"));
    return c->res->body.failed;
}

/* The n-th of the card's "screens". */
enum rc run_package_screen(struct call *c)
{
    const struct package *p = NULL;
    const struct market_card *card = NULL;
    struct market_source source = api_market(c);
    struct package_src *src = NULL;
    struct manifest m = {0};
    struct arena a;
    int64_t n = -1;
    enum rc rc = find(c, &p, &card);

    if (rc != RC_OK)
        return rc;
    if (!str_to_i64(http_capture(c->req, 1), &n))
        n = -1;
    arena_init(&a, PACKAGE_MAX_BYTES * 4);
    if (card != NULL)
        rc =
            market_read(&source, card->manifest.id, STR(""), &a, &src, &c->err);
    if (rc == RC_OK)
        rc = manifest_read(card != NULL ? src : p->sources, &a, &m, &c->err);
    if (rc == RC_OK && (n < 0 || (size_t)n >= m.images.n))
        rc = FAIL(&c->err, RC_NOTFOUND, "The package has no such picture.");
    if (rc == RC_OK)
        rc = send_picture(c, card != NULL ? src : p->sources,
                          m.images.v[n].file);
    arena_release(&a);
    return rc;
}
