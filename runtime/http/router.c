/*
 * router - see the header. A tree of pieces: at each node the fixed words are
 * a sorted array, beside them at most one capture and one rest.
 */
#include "http/router.h"

#include <assert.h>

#include "base/vec.h"

struct node;

struct word {
    struct str text;
    struct node *next;
};

struct node {
    VEC(struct word) words; /* sorted */
    struct node *capture;
    struct node *rest; /* a leaf: takes all that is left */
    const struct http_route *routes[HTTP_METHODS];
    bool is_end; /* one of them is set */
};

struct http_router {
    struct node root;
};

/* Where `text` is or belongs. */
static size_t place(const struct node *n, struct str text)
{
    size_t low = 0, high = n->words.n;

    while (low < high) {
        size_t mid = (low + high) / 2;

        if (str_cmp(n->words.v[mid].text, text) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static struct node *word_find(const struct node *n, struct str text)
{
    size_t at = place(n, text);

    return at < n->words.n && str_eq(n->words.v[at].text, text)
               ? n->words.v[at].next
               : NULL;
}

static struct node *word_add(struct arena *a, struct node *n, struct str text)
{
    size_t at = place(n, text);
    struct word w = {text, ARENA_NEW(a, struct node)};

    if (!w.next || !VEC_PUSH(a, &n->words, w))
        return NULL;
    memmove(n->words.v + at + 1, n->words.v + at,
            (n->words.n - 1 - at) * sizeof w);
    n->words.v[at] = w;
    return w.next;
}

/* The node behind one piece of a pattern, made when needed. */
static struct node *step(struct arena *a, struct node *n, struct str piece)
{
    struct node *next;

    if (piece.p[0] != '{') {
        next = word_find(n, piece);
        return next ? next : word_add(a, n, piece);
    }
    if (str_ends(piece, STR("...}"))) {
        if (!n->rest)
            n->rest = ARENA_NEW(a, struct node);
        return n->rest;
    }
    if (!n->capture)
        n->capture = ARENA_NEW(a, struct node);
    return n->capture;
}

static bool is_piece(struct str piece, bool is_last)
{
    if (piece.n == 0)
        return false;
    if (piece.p[0] != '{')
        return str_chr(piece, '{') < 0 && str_chr(piece, '}') < 0;
    if (piece.n < 3 || piece.p[piece.n - 1] != '}')
        return false;
    return is_last || !str_ends(piece, STR("...}"));
}

static enum rc add_route(struct http_router *r, const struct http_route *route,
                         struct arena *a, struct err *err)
{
    struct str rest = str_c(route->pattern), piece;
    struct node *n = &r->root;
    size_t count = 0;

    if (rest.n == 0 || rest.p[0] != '/')
        return FAIL(err, RC_BUG, "The route \"%s\" has no slash in front.",
                    route->pattern);
    rest = str_sub(rest, 1, rest.n);
    while (str_split(&rest, '/', &piece)) {
        if (!is_piece(piece, rest.n == 0) || ++count > HTTP_MAX_SEGMENTS)
            return FAIL(err, RC_BUG, "The route \"%s\" is malformed.",
                        route->pattern);
        n = step(a, n, piece);
        if (!n)
            return FAIL(err, RC_NOMEM,
                        "There is not enough memory for the routes.");
    }
    if (n->routes[route->method])
        return FAIL(err, RC_BUG, "The route %s \"%s\" exists twice.",
                    http_method_name(route->method), route->pattern);
    n->routes[route->method] = route;
    n->is_end = true;
    return RC_OK;
}

enum rc http_router_new(const struct http_route *routes, size_t n,
                        struct arena *a, const struct http_router **out,
                        struct err *err)
{
    struct http_router *r = ARENA_NEW(a, struct http_router);

    if (!r)
        return FAIL(err, RC_NOMEM,
                    "There is not enough memory for the routes.");
    for (size_t i = 0; i < n; i++) {
        enum rc rc = add_route(r, &routes[i], a, err);

        if (rc != RC_OK)
            return rc;
    }
    *out = r;
    return RC_OK;
}

struct walk {
    const struct http_request *req;
    struct str captures[HTTP_MAX_SEGMENTS];
    size_t n;
};

/*
 * The best end below `node` for the pieces from `at`. Fixed word, capture,
 * rest, in that order; what a branch captured is dropped when it fails. The
 * depth is that of the patterns, so the recursion is bounded by the table.
 */
static const struct node *descend(const struct node *node, struct walk *w,
                                  size_t at)
{
    size_t kept = w->n;
    const struct node *next, *found = NULL;

    if (at == w->req->n_segments && node->is_end)
        return node;
    if (at < w->req->n_segments) {
        next = word_find(node, w->req->segments[at]);
        if (next)
            found = descend(next, w, at + 1);
        if (!found && node->capture) {
            w->captures[w->n++] = w->req->segments[at];
            found = descend(node->capture, w, at + 1);
            if (!found)
                w->n = kept;
        }
    }
    if (found || !node->rest)
        return found;
    while (at < w->req->n_segments)
        w->captures[w->n++] = w->req->segments[at++];
    return node->rest;
}

static const struct http_route *route_of(const struct node *n,
                                         enum http_method m)
{
    if (!n->routes[m] && m == HTTP_HEAD)
        return n->routes[HTTP_GET];
    return n->routes[m];
}

static struct str allow_of(const struct node *n, struct arena *a)
{
    char text[64];
    size_t at = 0;

    for (int m = 0; m < HTTP_METHODS; m++) {
        if (!route_of(n, (enum http_method)m))
            continue;
        at += (size_t)snprintf(text + at, sizeof text - at, "%s%s",
                               at > 0 ? ", " : "",
                               http_method_name((enum http_method)m));
        assert(at < sizeof text);
    }
    return str_copy(a, str_of(text, at));
}

enum http_routed http_router_find(const struct http_router *r,
                                  struct http_request *req,
                                  const struct http_route **out,
                                  struct str *allow)
{
    struct walk w = {.req = req};
    const struct node *n = descend(&r->root, &w, 0);
    const struct http_route *route;

    if (!n)
        return HTTP_NO_PATH;
    route = route_of(n, req->method);
    if (!route) {
        *allow = allow_of(n, req->arena);
        return HTTP_NO_METHOD;
    }
    memcpy(req->captures, w.captures, sizeof req->captures);
    req->n_captures = w.n;
    *out = route;
    return HTTP_ROUTED;
}

void http_router_serve(const struct http_router *r, void *arg,
                       struct http_request *req, struct http_response *res)
{
    const struct http_route *route = NULL;
    struct str allow = STR("");

    switch (http_router_find(r, req, &route, &allow)) {
    case HTTP_ROUTED:
        assert(route->handle);
        route->handle(arg, req, res);
        break;
    case HTTP_NO_PATH:
        http_error(res, 404, "E_NOT_FOUND",
                   STR("There is nothing at this address."));
        break;
    case HTTP_NO_METHOD:
        http_error(res, 405, "E_METHOD",
                   STR("This address does not take this method."));
        http_header_add(res, "Allow", allow);
        break;
    }
}

struct str http_capture(const struct http_request *req, size_t k)
{
    return k < req->n_captures ? req->captures[k] : STR_NONE;
}
