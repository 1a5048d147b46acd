/*
 * json_read - jansson's tree, checked and copied into ours.
 *
 * Numbers keep the digits they were written with: jansson keeps only doubles,
 * which is not enough for "exact numbers are read" (contract.md). So a cursor
 * walks the text beside the tree. Both are in the order of the text, hence the
 * n-th number of one is the n-th of the other. jansson is told to read integers
 * as doubles, because past 64 bits it would refuse the whole text.
 *
 * Cost: jansson's nodes live beside ours until the copy is done. They are held
 * to a multiple of what the arena has left, because a text of "[{},{},{}..."
 * becomes seventy times its size in them.
 */
#include "base/json.h"

#include <pthread.h>

/* The two of them name some constants alike. */
#define JSON_OBJECT  JANSSON_OBJECT
#define JSON_ARRAY   JANSSON_ARRAY
#define JSON_STRING  JANSSON_STRING
#define JSON_INTEGER JANSSON_INTEGER
#define JSON_REAL    JANSSON_REAL
#define JSON_TRUE    JANSSON_TRUE
#define JSON_FALSE   JANSSON_FALSE
#define JSON_NULL    JANSSON_NULL
#include <jansson.h>
#undef JSON_OBJECT
#undef JSON_ARRAY
#undef JSON_STRING
#undef JSON_INTEGER
#undef JSON_REAL
#undef JSON_TRUE
#undef JSON_FALSE
#undef JSON_NULL

#include "base/arena.h"
#include "base/mem.h"

/* An empty object is the worst: 4.3 times the bytes that ours takes. */
enum { NODES_PER_ARENA = 8, NODES_MIN_BYTES = 64 * 1024 };

struct reader {
    struct arena *arena;
    struct str text;
    size_t at; /* behind the last number taken */
    int depth;
    struct err *err;
};

/* jansson's allocator takes no argument of ours, and jansson does not always
   say that memory was the reason; both live as long as one json_parse. */
static _Thread_local bool is_out_of_memory;
static _Thread_local size_t nodes_left; /* bytes jansson may still ask for */

static void *node_alloc(size_t n)
{
    void *p = n <= nodes_left ? mem_realloc(NULL, n) : NULL;

    if (p)
        nodes_left -= n;
    else
        is_out_of_memory = true;
    return p;
}

static size_t nodes_for(const struct arena *a)
{
    size_t left = a->ceiling - a->used, n;

    if (__builtin_mul_overflow(left, (size_t)NODES_PER_ARENA, &n))
        return SIZE_MAX;
    return n > NODES_MIN_BYTES ? n : NODES_MIN_BYTES;
}

static void install_allocator(void)
{
    json_set_alloc_funcs(node_alloc, mem_free);
}

static enum rc no_memory(struct err *err)
{
    return FAIL(err, RC_NOMEM, "There is not enough memory to read this JSON.");
}

/* jansson's own words quote the input, which may be cut inside a character. */
static enum rc refuse(const json_error_t *e, struct err *err)
{
    int line = e->line > 0 ? e->line : 1;
    int column = e->column > 0 ? e->column : 1;

    switch (json_error_code(e)) {
    case json_error_out_of_memory:
        return no_memory(err);
    case json_error_stack_overflow:
        return FAIL(err, RC_LIMIT,
                    "The JSON is nested deeper than the %d levels allowed.",
                    JSON_MAX_DEPTH);
    case json_error_invalid_utf8:
        return FAIL(err, RC_SYNTAX,
                    "The JSON is not valid UTF-8 at line %d, column %d.", line,
                    column);
    case json_error_premature_end_of_input:
        return FAIL(err, RC_SYNTAX,
                    "The JSON ends too early, at line %d, column %d.", line,
                    column);
    case json_error_end_of_input_expected:
        return FAIL(err, RC_SYNTAX,
                    "The JSON goes on after its value, at line %d, column %d; "
                    "send one value.",
                    line, column);
    case json_error_duplicate_key:
        return FAIL(err, RC_SYNTAX,
                    "The JSON has the same key twice in one object, at line "
                    "%d, column %d; keep one of them.",
                    line, column);
    case json_error_null_character:
    case json_error_null_byte_in_key:
        return FAIL(err, RC_INVALID,
                    "The JSON has the character U+0000 in a text, at line %d, "
                    "column %d; no text may contain it.",
                    line, column);
    case json_error_numeric_overflow:
        return FAIL(err, RC_INVALID,
                    "The JSON has a number that is too large, at line %d, "
                    "column %d.",
                    line, column);
    case json_error_unknown:
    case json_error_cannot_open_file:
    case json_error_invalid_argument:
    case json_error_invalid_syntax:
    case json_error_invalid_format:
    case json_error_wrong_type:
    case json_error_null_value:
    case json_error_item_not_found:
    case json_error_index_out_of_range:
        break;
    }
    return FAIL(err, RC_SYNTAX, "The JSON is malformed at line %d, column %d.",
                line, column);
}

/* jansson has accepted the text, so a quote is closed and escapes are whole. */
static void skip_string(struct reader *r)
{
    while (++r->at < r->text.n && r->text.p[r->at] != '"')
        if (r->text.p[r->at] == '\\')
            r->at++;
    r->at++;
}

static bool starts_number(char c)
{
    return c == '-' || (c >= '0' && c <= '9');
}

static bool in_number(char c)
{
    return starts_number(c) || c == '+' || c == '.' || c == 'e' || c == 'E';
}

/* The digits of the next number; empty when there is none. */
static struct str next_number(struct reader *r)
{
    size_t from;

    while (r->at < r->text.n && !starts_number(r->text.p[r->at])) {
        if (r->text.p[r->at] == '"')
            skip_string(r);
        else
            r->at++;
    }
    from = r->at < r->text.n ? r->at : r->text.n;
    r->at = from;
    while (r->at < r->text.n && in_number(r->text.p[r->at]))
        r->at++;
    return str_sub(r->text, from, r->at - from);
}

static enum rc copy_number(struct reader *r, const json_t *from,
                           struct json *to)
{
    struct str digits = next_number(r);

    if (digits.n == 0)
        return FAIL(r->err, RC_BUG, "A number of the JSON has no digits.");
    if (str_to_i64(digits, &to->u.i)) {
        to->kind = JSON_INT;
        return RC_OK;
    }
    to->kind = JSON_REAL;
    to->u.real.f = json_real_value(from);
    to->u.real.text = str_copy(r->arena, digits);
    return to->u.real.text.p ? RC_OK : no_memory(r->err);
}

static enum rc copy_any(struct reader *r, json_t *from, struct json *to);

static enum rc copy_array(struct reader *r, json_t *from, struct json *to)
{
    size_t n = json_array_size(from), i;
    struct json *v = ARENA_ARRAY(r->arena, struct json, n);
    enum rc rc = v ? RC_OK : no_memory(r->err);

    for (i = 0; i < n && rc == RC_OK; i++)
        rc = copy_any(r, json_array_get(from, i), &v[i]);
    to->kind = JSON_ARRAY;
    to->u.array.v = v;
    to->u.array.n = n;
    return rc;
}

static enum rc copy_object(struct reader *r, json_t *from, struct json *to)
{
    size_t n = json_object_size(from), i = 0;
    struct json_member *v = ARENA_ARRAY(r->arena, struct json_member, n);
    void *at = json_object_iter(from);
    enum rc rc = v ? RC_OK : no_memory(r->err);

    for (; at && i < n && rc == RC_OK; i++) {
        v[i].key = str_copy(r->arena, str_of(json_object_iter_key(at),
                                             json_object_iter_key_len(at)));
        if (!v[i].key.p)
            return no_memory(r->err);
        rc = copy_any(r, json_object_iter_value(at), &v[i].value);
        at = json_object_iter_next(from, at);
    }
    to->kind = JSON_OBJECT;
    to->u.object.v = v;
    to->u.object.n = n;
    return rc;
}

static enum rc copy_nested(struct reader *r, json_t *from, struct json *to)
{
    enum rc rc;

    if (r->depth == JSON_MAX_DEPTH)
        return FAIL(r->err, RC_LIMIT,
                    "The JSON is nested deeper than the %d levels allowed.",
                    JSON_MAX_DEPTH);
    r->depth++;
    rc = json_typeof(from) == JANSSON_ARRAY ? copy_array(r, from, to)
                                            : copy_object(r, from, to);
    r->depth--;
    return rc;
}

static enum rc copy_any(struct reader *r, json_t *from, struct json *to)
{
    switch (json_typeof(from)) {
    case JANSSON_OBJECT:
    case JANSSON_ARRAY:
        return copy_nested(r, from, to);
    case JANSSON_STRING:
        to->kind = JSON_STR;
        to->u.s = str_copy(r->arena, str_of(json_string_value(from),
                                            json_string_length(from)));
        return to->u.s.p ? RC_OK : no_memory(r->err);
    case JANSSON_INTEGER:
    case JANSSON_REAL:
        return copy_number(r, from, to);
    case JANSSON_TRUE:
    case JANSSON_FALSE:
        to->kind = JSON_BOOL;
        to->u.b = json_typeof(from) == JANSSON_TRUE;
        return RC_OK;
    case JANSSON_NULL:
        break;
    }
    to->kind = JSON_NULL;
    return RC_OK;
}

/* No JSON holds the byte 0, but jansson skips one that follows a number. */
static enum rc refuse_nul(struct str text, struct err *err)
{
    const char *nul = text.n ? memchr(text.p, '\0', text.n) : NULL;
    const char *line = text.p, *at = text.p;
    int lines = 1;

    if (!nul)
        return RC_OK;
    while ((at = memchr(at, '\n', (size_t)(nul - at))) != NULL) {
        line = ++at;
        lines++;
    }
    return FAIL(err, RC_SYNTAX,
                "The JSON is malformed at line %d, column %d: a byte of value "
                "0.",
                lines, (int)(nul - line) + 1);
}

enum rc json_parse(struct str text, struct arena *a, const struct json **out,
                   struct err *err)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct reader r = {.arena = a, .text = text.p ? text : STR(""), .err = err};
    json_error_t why = {0};
    struct json *root;
    json_t *tree;
    enum rc rc = refuse_nul(r.text, err);

    if (rc != RC_OK)
        return rc;
    pthread_once(&once, install_allocator);
    is_out_of_memory = false;
    nodes_left = nodes_for(a);
    tree = json_loadb(r.text.p, r.text.n,
                      JSON_REJECT_DUPLICATES | JSON_DECODE_ANY |
                          JSON_DECODE_INT_AS_REAL,
                      &why);
    if (is_out_of_memory) {
        json_decref(tree);
        return no_memory(err);
    }
    if (!tree)
        return refuse(&why, err);

    root = ARENA_NEW(a, struct json);
    rc = root ? copy_any(&r, tree, root) : no_memory(err);
    json_decref(tree);
    if (rc == RC_OK)
        *out = root;
    return rc;
}

const struct json *json_get(const struct json *object, struct str key)
{
    size_t i;

    if (!object || object->kind != JSON_OBJECT)
        return NULL;
    for (i = 0; i < object->u.object.n; i++)
        if (str_eq(object->u.object.v[i].key, key))
            return &object->u.object.v[i].value;
    return NULL;
}

struct str json_str(const struct json *v, struct str fallback)
{
    return v && v->kind == JSON_STR ? v->u.s : fallback;
}

const char *json_version(void)
{
    return jansson_version_str();
}
