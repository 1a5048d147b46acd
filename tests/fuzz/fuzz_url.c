/*
 * fuzz_url - addresses, queries, cookies and whole heads. The first byte
 * chooses. Beyond "no crash": what was accepted holds no slash, dot piece, NUL
 * or broken UTF-8, and decodes again from its own encoding.
 */
#include <assert.h>
#include <stdint.h>

#include "base/utf8.h"
#include "http/head.h"
#include "http/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_pieces(const struct str *piece, size_t n, struct arena *a)
{
    for (size_t i = 0; i < n; i++) {
        struct str again[HTTP_MAX_SEGMENTS];
        const char *why = NULL;
        struct buf b;
        size_t count = 0;
        int status;

        assert(piece[i].n > 0 && utf8_invalid(piece[i]) < 0);
        assert(!memchr(piece[i].p, '/', piece[i].n));
        assert(!memchr(piece[i].p, '\\', piece[i].n));
        assert(!memchr(piece[i].p, '\0', piece[i].n));
        assert(!str_is(piece[i], ".") && !str_is(piece[i], ".."));
        buf_init(&b, 1 << 20);
        buf_addc(&b, '/');
        http_url_encode(&b, piece[i]);
        status = http_path_decode(buf_view(&b), a, again, HTTP_MAX_SEGMENTS,
                                  &count, &why);
        assert(status == 0 && count == 1 && str_eq(again[0], piece[i]));
        buf_release(&b);
    }
}

static void try_head(struct str s, struct arena *a)
{
    static struct http_frame frame;
    size_t scanned = 0, line = 0, end = 0;
    const char *why = NULL;

    if (http_head_end(s, &scanned, &line, &end) != HTTP_HEAD_WHOLE)
        return;
    if (http_head_parse(str_sub(s, 0, end), a, &frame, &why) != 0) {
        assert(why);
        return;
    }
    assert(frame.req.content_length >= 0);
    assert(!http_header_get(&frame.req, "transfer-encoding").p);
    check_pieces(frame.req.segments, frame.req.n_segments, a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str piece[HTTP_MAX_SEGMENTS], s;
    struct http_pair pair[HTTP_MAX_QUERY];
    const char *why = NULL;
    struct arena a;
    size_t n = 0;

    if (size == 0)
        return 0;
    s = str_of((const char *)data + 1, size - 1);
    arena_init(&a, 16 << 20);
    switch (data[0] % 4) {
    case 0:
        if (http_path_decode(s, &a, piece, HTTP_MAX_SEGMENTS, &n, &why) == 0)
            check_pieces(piece, n, &a);
        break;
    case 1:
        if (http_query_decode(s, &a, pair, HTTP_MAX_QUERY, &n, &why) == 0)
            for (size_t i = 0; i < n; i++)
                assert(pair[i].name.n > 0 && utf8_invalid(pair[i].value) < 0);
        break;
    case 2:
        http_cookie_find(s, STR("s"));
        break;
    default:
        try_head(s, &a);
        break;
    }
    arena_release(&a);
    return 0;
}
