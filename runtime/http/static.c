/* static - see the header. */
#include "http/static.h"

#include <strings.h>

static const struct ending {
    const char *ending, *type;
} TYPES[] = {{".css", "text/css; charset=utf-8"},
             {".html", "text/html; charset=utf-8"},
             {".ico", "image/x-icon"},
             {".js", "text/javascript; charset=utf-8"},
             {".json", "application/json; charset=utf-8"},
             {".map", "application/json; charset=utf-8"},
             {".mjs", "text/javascript; charset=utf-8"},
             {".png", "image/png"},
             {".svg", "image/svg+xml"},
             {".txt", "text/plain; charset=utf-8"},
             {".webmanifest", "application/manifest+json"},
             {".webp", "image/webp"},
             {".woff2", "font/woff2"},
             {".xml", "application/xml; charset=utf-8"},
             {".xsd", "application/xml; charset=utf-8"}};

struct str http_content_type(struct str path)
{
    for (size_t i = 0; i < sizeof TYPES / sizeof *TYPES; i++)
        if (str_ends(path, str_c(TYPES[i].ending)))
            return str_c(TYPES[i].type);
    return STR("application/octet-stream");
}

/* Does Accept-Encoding name this coding, and not with a weight of zero? */
static bool accepts(struct str list, struct str coding)
{
    struct str word, name;

    while (str_split(&list, ',', &word)) {
        if (!str_split(&word, ';', &name))
            continue;
        name = str_trim(name);
        if (name.n != coding.n || strncasecmp(name.p, coding.p, coding.n) != 0)
            continue;
        word = str_trim(word);
        return !(str_is(word, "q=0") || str_starts(word, STR("q=0.0")));
    }
    return false;
}

/* The smallest form that the client takes; *coding "" for the plain one. */
static struct str choose(const struct http_file *f, struct str list,
                         struct str *coding)
{
    if (f->brotli.p && accepts(list, STR("br"))) {
        *coding = STR("br");
        return f->brotli;
    }
    if (f->gzip.p && accepts(list, STR("gzip"))) {
        *coding = STR("gzip");
        return f->gzip;
    }
    *coding = STR("");
    return f->plain;
}

/* "\"9f86\"" becomes "\"9f86-gzip\"": forms of other bytes, other tags. */
static struct str tag_of(const struct http_file *f, struct str coding,
                         struct arena *a)
{
    if (coding.n == 0 || f->etag.n < 2)
        return f->etag;
    return str_fmt(a, "%.*s-%.*s\"", (int)f->etag.n - 1, f->etag.p,
                   STR_ARG(coding));
}

bool http_static_serve(http_file_find *find, void *arg, struct str path,
                       struct http_request *req, struct http_response *res)
{
    struct http_file f = {.plain = STR_NONE};
    struct str body, coding, tag;

    if ((req->method != HTTP_GET && req->method != HTTP_HEAD) ||
        !find(arg, path, &f))
        return false;
    http_response_reset(res);
    body = choose(&f, http_header_get(req, "accept-encoding"), &coding);
    tag = tag_of(&f, coding, req->arena);
    res->cache = f.is_hashed ? STR("public, max-age=31536000, immutable")
                             : STR("no-cache");
    res->csp = f.csp;
    http_header_add(res, "ETag", tag);
    if (f.gzip.p || f.brotli.p)
        http_header_add(res, "Vary", STR("Accept-Encoding"));
    if (tag.n > 0 && http_if_none_match(req, tag)) {
        res->status = 304;
        return true;
    }
    res->content_type = f.content_type;
    if (coding.n > 0)
        http_header_add(res, "Content-Encoding", coding);
    res->borrowed = body;
    return true;
}
