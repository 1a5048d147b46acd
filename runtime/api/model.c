/*
 * model - GET /api/v1/model: docs/design/0002. The ETag moves with the
 * generation, the language, and whatever of the user the document shows, so
 * that a warm start costs a 304.
 */
#include "api/call.h"

/* The first language of Accept-Language there are words in, else the user's. */
static int language(const struct call *c)
{
    struct str rest = http_header_get(c->req, "Accept-Language"), item, tag;
    int lang;

    while (str_split(&rest, ',', &item)) {
        if (!str_split(&item, ';', &tag))
            continue;
        tag = str_trim(tag);
        lang = tag.n > 0 ? model_lang(c->m, tag) : -1;
        if (lang >= 0)
            return lang;
        if (str_starts(tag, STR("en"))) /* the authors' own words */
            return -1;
    }
    return model_lang(c->m, c->auth.who.lang);
}

static struct str language_name(const struct call *c, int lang)
{
    return lang >= 0 ? c->m->langs[lang] : STR("en");
}

static struct str zone(const struct call *c)
{
    return c->auth.tz.n > 0 ? c->auth.tz : c->m->tz_name;
}

/* What the document says of the user and depends on their rights. */
static struct str rights_tag(struct call *c)
{
    struct sha256_ctx *h = sha256_begin(c->a);
    uint8_t hash[SHA256_BYTES];
    const struct auth *who = &c->auth;

    if (h == NULL)
        return STR_NONE;
    sha256_add(h,
               str_of((const char *)&who->who.rights, sizeof who->who.rights));
    sha256_add(h, str_of((const char *)&who->who.user, sizeof who->who.user));
    sha256_add(h, who->who.is_admin ? STR("a") : STR("u"));
    sha256_add(h, who->who.may_write ? STR("w") : STR("r"));
    sha256_add(h, who->name);
    sha256_add(h, STR("\n"));
    sha256_add(h, who->email);
    sha256_add(h, STR("\n"));
    sha256_add(h, zone(c));
    sha256_end(h, hash);
    return crypto_hex(c->a, hash, 6);
}

static void put_user(struct call *c)
{
    json_k(&c->w, "user");
    json_obj_begin(&c->w);
    json_kv_id(&c->w, "id", c->auth.who.user);
    json_kv(&c->w, "name", c->auth.name);
    json_kv(&c->w, "email", c->auth.email);
    json_obj_end(&c->w);
}

enum rc run_model(struct call *c)
{
    int lang = language(c);
    struct str name = language_name(c, lang), rights = rights_tag(c), etag;

    etag =
        rights.p == NULL || name.p == NULL
            ? STR_NONE
            : str_fmt(c->a, "\"%lld-%.*s-%.*s\"", (long long)c->m->generation,
                      STR_ARG(name), STR_ARG(rights));
    if (etag.p == NULL)
        return FAIL(&c->err, RC_NOMEM, "There is no memory for the model.");
    http_header_add(c->res, "ETag", etag);
    http_header_add(c->res, "Vary",
                    STR("Accept-Language, Cookie, "
                        "Authorization"));
    c->res->cache = STR("private, no-cache");
    if (http_if_none_match(c->req, etag)) {
        c->res->status = 304;
        return RC_OK;
    }
    json_obj_begin(&c->w);
    json_kv_i64(&c->w, "generation", c->m->generation);
    json_kv(&c->w, "lang", name);
    json_kv(&c->w, "currency", str_c(c->m->base_currency));
    json_kv(&c->w, "tz", zone(c));
    json_kv_bool(&c->w, "admin", c->auth.who.is_admin);
    put_user(c);
    access_model_json(call_who(c), c->m, lang, &c->w);
    json_obj_end(&c->w);
    return answer_json(c, 200);
}
