/*
 * bind - parameters, captures, headers and members of a body, each checked by
 * name: what nobody knows is refused with the nearest name that is known.
 */
#include "api/call.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/id.h"

enum { REJECT_BYTES = 400, NAMES_MAX = 24, SHOWN_BYTES = 60 };

static struct str shown(struct str s)
{
    size_t n = s.n > SHOWN_BYTES ? SHOWN_BYTES : s.n;

    while (n < s.n && n > 0 && ((unsigned char)s.p[n] & 0xC0) == 0x80)
        n--;
    return str_of(s.p, n);
}

enum rc call_reject(struct call *c, const char *path, const char *code,
                    const char *fmt, ...)
{
    char text[REJECT_BYTES];
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    issues_add(&c->issues, str_c(path), code, "%s", text);
    return RC_INVALID;
}

void call_messages(struct call *c, const struct message *v, size_t n)
{
    size_t i;

    for (i = 0; i < n; i++) {
        if (v[i].severity == SEVERITY_ERROR)
            issues_add(&c->issues,
                       str_fmt(c->a, "%.*s:%u:%u", STR_ARG(v[i].file),
                               v[i].line, v[i].column),
                       v[i].code, "%.*s", STR_ARG(v[i].text));
    }
}

/* --- parameters ------------------------------------------------------------- */

struct str call_param(const struct call *c, const char *name)
{
    struct str value = STR_NONE;

    return http_query_get(c->req, name, &value) ? value : STR_NONE;
}

enum rc call_param_bool(struct call *c, const char *name, bool *out)
{
    struct str v = call_param(c, name);

    if (v.p == NULL)
        return RC_OK;
    if (!str_is(v, "true") && !str_is(v, "false"))
        return call_reject(c, name, "invalid_bool",
                           "\"%s\" is either true or false.", name);
    *out = str_is(v, "true");
    return RC_OK;
}

enum rc call_param_int(struct call *c, const char *name, int min, int max,
                       int *out)
{
    struct str v = call_param(c, name);
    int64_t n = 0;

    if (v.p == NULL)
        return RC_OK;
    if (!str_to_i64(v, &n) || n < min || n > max)
        return call_reject(c, name, "invalid_number",
                           "\"%s\" is a whole number from %d to %d.", name, min,
                           max);
    *out = (int)n;
    return RC_OK;
}

static bool among(struct str names, struct str name)
{
    struct str word;

    while (str_word(&names, &word)) {
        if (str_eq(word, name))
            return true;
    }
    return false;
}

static struct str nearest(struct str names, struct str wrong)
{
    struct str list[NAMES_MAX], word;
    size_t n = 0;

    while (n < NAMES_MAX && str_word(&names, &word))
        list[n++] = word;
    return str_nearest(wrong, list, n);
}

static void unknown(struct call *c, struct str path, const char *what,
                    struct str wrong, struct str names)
{
    struct str near = nearest(names, wrong), said = shown(wrong);

    if (near.n > 0)
        issues_add(&c->issues, path, "unknown",
                   "There is no %s \"%.*s\"; did you mean \"%.*s\"?", what,
                   STR_ARG(said), STR_ARG(near));
    else if (names.n > 0)
        issues_add(&c->issues, path, "unknown",
                   "There is no %s \"%.*s\"; there are: %.*s.", what,
                   STR_ARG(said), STR_ARG(names));
    else
        issues_add(&c->issues, path, "unknown",
                   "There is no %s \"%.*s\"; none is known here.", what,
                   STR_ARG(said));
}

enum rc call_check_params(struct call *c)
{
    struct str names = str_c(c->op->params);
    size_t i;

    for (i = 0; i < c->req->n_query; i++) {
        struct str name = c->req->query[i].name;

        if (!among(names, name))
            unknown(c, name, "parameter", name, names);
    }
    return issues_any(&c->issues) ? RC_INVALID : RC_OK;
}

/* --- captures ------------------------------------------------------------------ */

static enum rc no_entity(struct call *c)
{
    return FAIL(&c->err, RC_NOTFOUND, "There is no such entity.");
}

enum rc call_entity(struct call *c, const struct entity **out)
{
    const struct entity *e =
        model_entity_in(c->m, http_capture(c->req, 0), http_capture(c->req, 1));

    if (e == NULL || !access_sees(&c->auth.who, e))
        return no_entity(c);
    *out = e;
    return RC_OK;
}

enum rc call_entity_named(struct call *c, struct str qname,
                          const struct entity **out)
{
    const struct entity *e = model_entity(c->m, qname);

    if (e == NULL || !access_sees(&c->auth.who, e))
        return no_entity(c);
    *out = e;
    return RC_OK;
}

enum rc call_id(struct call *c, size_t k, int64_t *out)
{
    if (!id_parse(http_capture(c->req, k), out))
        return FAIL(&c->err, RC_NOTFOUND, "There is no such record.");
    return RC_OK;
}

/* --- headers ---------------------------------------------------------------------- */

enum rc call_if_match(struct call *c, struct str tag, int64_t *rev)
{
    int64_t n = 0;

    tag = str_trim(tag);

    if (tag.n == 0 || str_is(tag, "*")) {
        *rev = -1;
        return RC_OK;
    }
    if (tag.n < 3 || tag.p[0] != '"' || tag.p[tag.n - 1] != '"' ||
        !str_to_i64(str_sub(tag, 1, tag.n - 2), &n) || n < 0)
        return FAIL(&c->err, RC_SYNTAX,
                    "If-Match is one strong tag as ETag gave it (\"3\"), or "
                    "*.");
    *rev = n;
    return RC_OK;
}

/* --- members of a body --------------------------------------------------------------- */

enum rc call_members(struct call *c, const struct json *object,
                     const char *path, const char *names)
{
    struct str known = str_c(names);
    size_t i, before = c->issues.errors;

    for (i = 0; object != NULL && i < object->u.object.n; i++) {
        struct str key = object->u.object.v[i].key;

        if (!among(known, key))
            unknown(c,
                    path[0] == '\0'
                        ? key
                        : str_fmt(c->a, "%s.%.*s", path, STR_ARG(key)),
                    "member", key, known);
    }
    return c->issues.errors > before ? RC_INVALID : RC_OK;
}

enum rc call_text(struct call *c, const struct json *object, const char *name,
                  struct str *out)
{
    const struct json *v =
        object != NULL ? json_get(object, str_c(name)) : NULL;

    *out = STR_NONE;
    if (v == NULL || v->kind == JSON_NULL)
        return RC_OK;
    if (v->kind != JSON_STR)
        return call_reject(c, name, "wrong_type", "\"%s\" is a text.", name);
    *out = v->u.s;
    return RC_OK;
}

enum rc call_flag(struct call *c, const struct json *object, const char *name,
                  bool *out)
{
    const struct json *v =
        object != NULL ? json_get(object, str_c(name)) : NULL;

    *out = false;
    if (v == NULL || v->kind == JSON_NULL)
        return RC_OK;
    if (v->kind != JSON_BOOL)
        return call_reject(c, name, "wrong_type", "\"%s\" is true or false.",
                           name);
    *out = v->u.b;
    return RC_OK;
}
