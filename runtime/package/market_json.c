/* market_json - the cards of the marketplace for programs and screens. */
#include "base/json.h"
#include "package/market.h"

static void put_list(struct json_w *w, const char *key, const struct str *v,
                     size_t n)
{
    json_key(w, str_c(key));
    json_arr_begin(w);
    for (size_t i = 0; i < n; i++)
        json_w_str(w, v[i]);
    json_arr_end(w);
}

static void kv_or_null(struct json_w *w, const char *key, struct str s)
{
    json_key(w, str_c(key));
    if (s.n > 0)
        json_w_str(w, s);
    else
        json_w_null(w);
}

static void put_brings(struct json_w *w, const struct manifest_brings *b)
{
    json_k(w, "brings");
    json_obj_begin(w);
    put_list(w, "words", b->words.v, b->words.n);
    put_list(w, "entities", b->entities.v, b->entities.n);
    json_kv_i64(w, "fields", b->fields);
    json_kv_i64(w, "forms", b->forms);
    json_kv_i64(w, "views", b->views);
    json_kv_i64(w, "menus", b->menus);
    json_kv_i64(w, "scripts", b->scripts);
    put_list(w, "extends", b->extends.v, b->extends.n);
    put_list(w, "languages", b->languages.v, b->languages.n);
    json_kv_bool(w, "demo", b->has_demo);
    json_obj_end(w);
}

/* Those of a new version that the installed one did not ask for are new. */
static void put_asks(struct json_w *w, const struct manifest *m,
                     const struct manifest *had)
{
    json_k(w, "asks");
    json_arr_begin(w);
    for (size_t i = 0; i < m->asks.n; i++) {
        const struct manifest_ask *ask = &m->asks.v[i];

        json_obj_begin(w);
        json_kv(w, "kind", ask->kind);
        json_kv(w, "words", ask->words);
        json_kv_bool(w, "new", had && !manifest_covers(had, ask));
        json_obj_end(w);
    }
    json_arr_end(w);
}

static void put_needs(struct json_w *w, const struct manifest *m)
{
    json_k(w, "needs");
    json_arr_begin(w);
    for (size_t i = 0; i < m->needs.n; i++) {
        json_obj_begin(w);
        json_kv(w, "package", m->needs.v[i].on);
        json_kv(w, "version", m->needs.v[i].range);
        json_kv_bool(w, "optional", m->needs.v[i].is_optional);
        json_obj_end(w);
    }
    json_arr_end(w);
}

static void put_screens(struct json_w *w, const struct manifest *m)
{
    json_k(w, "screens");
    json_arr_begin(w);
    for (size_t i = 0; i < m->images.n; i++) {
        json_obj_begin(w);
        json_kv(w, "file", m->images.v[i].file);
        json_kv(w, "caption", m->images.v[i].caption);
        json_obj_end(w);
    }
    json_arr_end(w);
}

static const char *state_of(const struct package *installed,
                            const struct market_card *card)
{
    if (!installed)
        return "available";
    if (installed->is_archived)
        return "archived";
    if (card &&
        manifest_compare(card->manifest.version, installed->version) > 0)
        return "upgrade";
    return "installed";
}

enum rc market_card_json(const struct package *installed,
                         const struct market_card *card, struct json_w *w,
                         struct err *err)
{
    static const struct market_card NO_CARD = {0};
    struct manifest had = {0};
    struct manifest_brings brings = {0};
    const struct manifest *m;
    struct arena a;
    enum rc rc = RC_OK;

    arena_init(&a, 64 << 20);
    if (installed)
        rc = manifest_read(installed->sources, &a, &had, err);
    if (rc == RC_OK && installed && !card)
        rc = manifest_brings(installed->sources, &a, &brings, err);
    if (rc != RC_OK)
        goto out;
    m = card ? &card->manifest : &had;
    json_obj_begin(w);
    json_kv(w, "id", installed ? installed->id : m->id);
    json_kv(w, "state", str_c(state_of(installed, card)));
    kv_or_null(w, "installed",
               installed && !installed->is_archived ? installed->version
                                                    : STR(""));
    kv_or_null(w, "available", (card ? card : &NO_CARD)->manifest.version);
    json_kv(w, "label", m->label.n ? m->label : m->id);
    json_kv(w, "summary", m->summary);
    json_kv(w, "icon", m->icon);
    json_kv(w, "vendor", m->vendor);
    json_kv(w, "url", m->url);
    json_kv(w, "license", m->license);
    put_needs(w, m);
    put_list(w, "conflicts", m->conflicts.v, m->conflicts.n);
    put_asks(w, m, installed && !installed->is_archived && card ? &had : NULL);
    put_brings(w, card ? &card->brings : &brings);
    put_screens(w, m);
    kv_or_null(w, "digest",
               card ? str_of(card->digest, MARKET_DIGEST_BYTES) : STR(""));
    json_obj_end(w);
out:
    arena_release(&a);
    return rc;
}

static bool is_installed(const struct model *model, struct str id)
{
    for (size_t i = 0; i < model->n_packages; i++) {
        if (str_eq(model->packages[i]->id, id))
            return true;
    }
    return false;
}

enum rc market_json(const struct market *m, const struct model *model,
                    struct json_w *w, struct err *err)
{
    enum rc rc = RC_OK;

    json_obj_begin(w);
    json_k(w, "items");
    json_arr_begin(w);
    for (size_t i = 0; rc == RC_OK && i < model->n_packages; i++) {
        const struct package *p = model->packages[i];

        /* the platform and the workspace's own are no packages to remove */
        if (!str_is(p->id, "sys") && !str_is(p->id, "local"))
            rc = market_card_json(p, market_find(m, p->id), w, err);
    }
    for (size_t i = 0; rc == RC_OK && i < m->cards.n; i++) {
        if (!is_installed(model, m->cards.v[i].manifest.id))
            rc = market_card_json(NULL, &m->cards.v[i], w, err);
    }
    json_arr_end(w);
    json_k(w, "faults");
    json_arr_begin(w);
    for (size_t i = 0; i < m->faults.n; i++) {
        json_obj_begin(w);
        json_kv(w, "where", m->faults.v[i].where);
        json_kv(w, "message", m->faults.v[i].message);
        json_obj_end(w);
    }
    json_arr_end(w);
    json_obj_end(w);
    return rc;
}
