/*
 * edit - the files of `local` being changed, and what came of it. See edit.h.
 */
#include "model/edit_in.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/limits.h"
#include "crypto/crypto.h"

enum rc edit_no_memory(struct err *err)
{
    return FAIL(err, RC_NOMEM, "There is no memory for this change.");
}

const struct package_src *edit_local(const struct model *m)
{
    static const struct package_src NOTHING = {.id = STR_INIT("local")};
    size_t i;

    for (i = 0; i < m->n_packages; i++)
        if (str_is(m->packages[i]->id, "local") && m->packages[i]->sources)
            return m->packages[i]->sources;
    return &NOTHING;
}

enum rc edit_begin(struct edit *e, const struct model *m, struct arena *a,
                   struct issues *issues, struct err *err)
{
    const struct package_src *local = edit_local(m);
    size_t i;

    *e = (struct edit){.arena = a, .model = m, .issues = issues};
    for (i = 0; i < local->n; i++) {
        struct edit_file f = {.path = local->files[i].path,
                              .before = local->files[i].text,
                              .text = local->files[i].text};

        if (!VEC_PUSH(a, &e->files, f))
            return edit_no_memory(err);
    }
    return RC_OK;
}

bool edit_file_changed(const struct edit_file *f)
{
    if (!f->before.p || !f->text.p)
        return f->before.p != f->text.p;
    return !str_eq(f->before, f->text);
}

bool edit_has_changed(const struct edit *e)
{
    size_t i;

    for (i = 0; i < e->files.n; i++) {
        if (edit_file_changed(&e->files.v[i]))
            return true;
    }
    return false;
}

enum rc edit_source(const struct edit *e, struct package_src **out,
                    struct err *err)
{
    struct package_src *src = ARENA_NEW(e->arena, struct package_src);
    size_t i;

    if (!src)
        return edit_no_memory(err);
    src->id = STR("local");
    src->files = ARENA_ARRAY(e->arena, struct package_file, e->files.n + 1);
    if (!src->files)
        return edit_no_memory(err);
    for (i = 0; i < e->files.n; i++)
        if (e->files.v[i].text.p)
            src->files[src->n++] = (struct package_file){
                e->files.v[i].path, e->files.v[i].text, NULL};
    *out = src;
    return RC_OK;
}

/* Hashes of hashes: no text can pass for the end of another. local.lock is made,
   not said; an upgrade beneath may write it anew. */
void edit_hash(const struct package_src *src, char out[EDIT_HASH_BYTES])
{
    uint8_t state[SHA256_BYTES] = {0}, next[3 * SHA256_BYTES];
    size_t i;

    for (i = 0; src && i < src->n; i++) {
        if (str_is(src->files[i].path, "local.lock"))
            continue;
        memcpy(next, state, sizeof state);
        sha256(src->files[i].path, next + SHA256_BYTES);
        sha256(src->files[i].text, next + 2 * SHA256_BYTES);
        sha256(str_of((const char *)next, sizeof next), state);
    }
    crypto_hex_into(state, sizeof state, out);
}

/* --- members of an act ------------------------------------------------------ */

enum rc edit_wrong(struct edit_ctx *c, const char *member, const char *code,
                   const char *fmt, ...)
{
    char text[1024];
    struct str path;
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    path = str_fmt(c->a, "acts.%zu%s%s", c->e->at, member ? "." : "",
                   member ? member : "");
    issues_add(c->e->issues, path, code, "%s", text);
    return FAIL(c->err, RC_INVALID, "%s", text);
}

static enum rc join(struct edit_ctx *c, struct str member, const struct json *v,
                    struct str *out)
{
    struct buf b;
    size_t i;
    enum rc rc = RC_OK;

    buf_init(&b, LIMIT_XML_BYTES);
    for (i = 0; rc == RC_OK && i < v->u.array.n; i++) {
        if (v->u.array.v[i].kind != JSON_STR)
            rc = edit_wrong(c, str_cstr(c->a, member), "wrong_type",
                            "\"%.*s\" is a list of texts.", STR_ARG(member));
        else
            buf_add(&b, i ? STR(" ") : STR(""));
        if (rc == RC_OK)
            buf_add(&b, v->u.array.v[i].u.s);
    }
    if (rc == RC_OK)
        rc = buf_finish(&b, c->a, out, c->err);
    buf_release(&b);
    return rc;
}

enum rc edit_value(struct edit_ctx *c, struct str member, const struct json *v,
                   struct str *out)
{
    struct str s;

    switch (v->kind) {
    case JSON_NULL:
        *out = STR_NONE;
        return RC_OK;
    case JSON_STR:
        *out = v->u.s;
        return RC_OK;
    case JSON_BOOL:
        *out = v->u.b ? STR("true") : STR("false");
        return RC_OK;
    case JSON_INT:
        s = str_fmt(c->a, "%lld", (long long)v->u.i);
        break;
    case JSON_REAL:
        s = v->u.real.text;
        break;
    case JSON_ARRAY:
        return join(c, member, v, out);
    case JSON_OBJECT:
        return edit_wrong(c, str_cstr(c->a, member), "wrong_type",
                          "\"%.*s\" is a text, not an object.",
                          STR_ARG(member));
    }
    if (!s.p)
        return edit_no_memory(c->err);
    *out = s;
    return RC_OK;
}

enum rc edit_text(struct edit_ctx *c, const struct json *object,
                  const char *member, struct str *out)
{
    const struct json *v = json_get(object, str_c(member));

    if (!v) {
        *out = STR_NONE;
        return RC_OK;
    }
    return edit_value(c, str_c(member), v, out);
}

enum rc edit_need(struct edit_ctx *c, const char *member, struct str *out)
{
    struct str s = STR_NONE;
    enum rc rc = edit_text(c, c->act, member, &s);

    if (rc != RC_OK)
        return rc;
    if (!s.n)
        return edit_wrong(c, member, "required", "This act needs \"%s\".",
                          member);
    *out = s;
    return RC_OK;
}

/* --- acts --------------------------------------------------------------------- */

static enum rc one_act(struct edit *e, const struct json *act, struct err *err)
{
    struct edit_ctx c = {e, act, e->arena, err};
    struct edit_words words = {STR_NONE, STR_NONE};
    enum rc rc;

    if (act->kind != JSON_OBJECT)
        return edit_wrong(&c, NULL, "wrong_type",
                          "An act is an object: {\"op\":\"field.add\", ...}.");
    rc = edit_say(&c, &words);
    if (rc == RC_OK)
        rc = edit_act(&c);
    if (rc == RC_OK && !VEC_PUSH(e->arena, &e->words, words))
        rc = edit_no_memory(err);
    return rc;
}

enum rc edit_acts(struct edit *e, const struct json *acts, struct err *err)
{
    struct edit_ctx c = {e, acts, e->arena, err};
    enum rc rc = RC_OK;

    e->acts = acts;
    if (acts->kind == JSON_OBJECT)
        return one_act(e, acts, err);
    if (acts->kind != JSON_ARRAY || acts->u.array.n == 0)
        return edit_wrong(&c, NULL, "required",
                          "\"acts\" is a list of acts, at least one.");
    if (acts->u.array.n > EDIT_MAX_ACTS)
        return FAIL(err, RC_LIMIT, "At most %d acts are done at once.",
                    EDIT_MAX_ACTS);
    for (e->at = 0; rc == RC_OK && e->at < acts->u.array.n; e->at++)
        rc = one_act(e, &acts->u.array.v[e->at], err);
    return rc;
}
