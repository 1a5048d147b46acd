/*
 * fuzz_json - json_parse on any bytes.
 *
 * Oracle: what is accepted can be written, what was written is accepted again
 * and gives the same tree, and writing that gives the same bytes. What is
 * refused has a sentence that is valid UTF-8 and leaves *out alone.
 */
#include "base/json.h"

#include <stdint.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROOM_BYTES = 64 << 20 };

#define MUST(x)                                                                \
    do {                                                                       \
        if (!(x))                                                              \
            abort();                                                           \
    } while (0)

static bool same(const struct json *a, const struct json *b);

static bool same_members(const struct json *a, const struct json *b)
{
    size_t i;

    if (a->u.object.n != b->u.object.n)
        return false;
    for (i = 0; i < a->u.object.n; i++)
        if (!str_eq(a->u.object.v[i].key, b->u.object.v[i].key) ||
            !same(&a->u.object.v[i].value, &b->u.object.v[i].value))
            return false;
    return true;
}

static bool same_items(const struct json *a, const struct json *b)
{
    size_t i;

    if (a->u.array.n != b->u.array.n)
        return false;
    for (i = 0; i < a->u.array.n; i++)
        if (!same(&a->u.array.v[i], &b->u.array.v[i]))
            return false;
    return true;
}

static bool same(const struct json *a, const struct json *b)
{
    if (a->kind != b->kind)
        return false;
    switch (a->kind) {
    case JSON_NULL:
        return true;
    case JSON_BOOL:
        return a->u.b == b->u.b;
    case JSON_INT:
        return a->u.i == b->u.i;
    case JSON_REAL:
        /* The digits decide, and they must mean the double beside them. */
        return str_eq(a->u.real.text, b->u.real.text) &&
               a->u.real.f == b->u.real.f;
    case JSON_STR:
        return str_eq(a->u.s, b->u.s);
    case JSON_ARRAY:
        return same_items(a, b);
    case JSON_OBJECT:
        return same_members(a, b);
    }
    return false;
}

/* Every number beside the digits that stand for it: the reader matches them
   by order alone. */
static void check_numbers(const struct json *v, struct arena *a)
{
    size_t i;

    if (v->kind == JSON_REAL) {
        const char *digits = str_cstr(a, v->u.real.text);

        MUST(digits && strtod(digits, NULL) == v->u.real.f);
    } else if (v->kind == JSON_STR) {
        MUST(utf8_invalid(v->u.s) == -1);
        MUST(str_chr(v->u.s, '\0') == -1);
    } else if (v->kind == JSON_ARRAY) {
        for (i = 0; i < v->u.array.n; i++)
            check_numbers(&v->u.array.v[i], a);
    } else if (v->kind == JSON_OBJECT) {
        for (i = 0; i < v->u.object.n; i++)
            check_numbers(&v->u.object.v[i].value, a);
    }
}

static void write_tree(struct buf *b, const struct json *v)
{
    struct json_w w;

    buf_init(b, ROOM_BYTES);
    json_w_init(&w, b);
    json_w_tree(&w, v);
    MUST(json_w_finish(&w, NULL) == RC_OK);
}

static void check_round_trip(const struct json *v, struct arena *a)
{
    const struct json *again = NULL;
    struct buf once, twice;

    write_tree(&once, v);
    MUST(json_parse(buf_view(&once), a, &again, NULL) == RC_OK);
    MUST(same(v, again));
    write_tree(&twice, again);
    MUST(str_eq(buf_view(&once), buf_view(&twice)));
    buf_release(&once);
    buf_release(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = str_of((const char *)data, size);
    const struct json *v = NULL;
    struct err err = ERR_INIT;
    struct arena a;
    enum rc rc;

    arena_init(&a, ROOM_BYTES);
    rc = json_parse(text, &a, &v, &err);
    if (rc == RC_OK) {
        check_numbers(v, &a);
        check_round_trip(v, &a);
    } else {
        MUST(rc == RC_SYNTAX || rc == RC_INVALID || rc == RC_LIMIT);
        MUST(v == NULL && err.rc == rc && err.text[0]);
        MUST(utf8_invalid(str_c(err.text)) == -1);
    }
    arena_release(&a);
    return 0;
}
