/*
 * arena - see the header.
 *
 * Blocks form a stack; `head` is the one being filled. What is too large for
 * a block of the usual size gets a block of its own, and the rest of the one
 * before is given up: that keeps a mark two words and a rewind a pop.
 */
#include "base/arena.h"

#include <assert.h>
#include <string.h>

#include "base/mem.h"

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_ASAN 1
#endif
#endif
#ifdef ARENA_ASAN
#include <sanitizer/asan_interface.h>
#define POISON(p, n)   ASAN_POISON_MEMORY_REGION((p), (n))
#define UNPOISON(p, n) ASAN_UNPOISON_MEMORY_REGION((p), (n))
#else
#define POISON(p, n)   ((void)(p), (void)(n))
#define UNPOISON(p, n) ((void)(p), (void)(n))
#endif

enum { ALIGN = 16, BLOCK_MIN = 4096, BLOCK_MAX = 256 * 1024 };

struct arena_block {
    struct arena_block *prev;
    size_t size; /* usable bytes */
    size_t at;   /* given out    */
    size_t pad;  /* keeps data on a multiple of ALIGN */
};
_Static_assert(sizeof(struct arena_block) % ALIGN == 0, "data is aligned");

static char *data_of(struct arena_block *b)
{
    return (char *)(b + 1);
}

void arena_init(struct arena *a, size_t ceiling_bytes)
{
    *a = (struct arena){.ceiling = ceiling_bytes};
}

static void pop(struct arena *a)
{
    struct arena_block *b = a->head;

    a->head = b->prev;
    mem_free(b);
}

void arena_release(struct arena *a)
{
    while (a->head)
        pop(a);
    *a = (struct arena){.ceiling = a->ceiling};
}

void arena_reset(struct arena *a)
{
    struct arena_block *keep = NULL, *b, *prev;

    for (b = a->head; b; b = b->prev)
        if (b->size + sizeof *b <= BLOCK_MAX && (!keep || b->size > keep->size))
            keep = b;
    for (b = a->head; b; b = prev) {
        prev = b->prev;
        if (b != keep)
            mem_free(b);
    }
    if (keep) {
        keep->prev = NULL;
        keep->at = 0;
        POISON(data_of(keep), keep->size);
    }
    a->head = keep;
    a->used = 0;
    a->failed = false;
}

/* A block with room for n more bytes on top of the stack. */
static bool push(struct arena *a, size_t n)
{
    size_t size = BLOCK_MIN;
    struct arena_block *b;

    if (a->head) {
        size = 2 * (a->head->size + sizeof *b);
        if (size > BLOCK_MAX)
            size = BLOCK_MAX;
    }
    size -= sizeof *b;
    if (size < n)
        size = n;
    if (size > SIZE_MAX - sizeof *b)
        return false;
    b = mem_realloc(NULL, sizeof *b + size); /* zeroed when it is given out */
    if (!b)
        return false;
    *b = (struct arena_block){.prev = a->head, .size = size};
    POISON(data_of(b), size);
    a->head = b;
    return true;
}

void *arena_alloc(struct arena *a, size_t n)
{
    size_t whole;
    char *p;

    if (n > SIZE_MAX - ALIGN)
        goto fail;
    whole = n ? (n + ALIGN - 1) & ~(size_t)(ALIGN - 1) : ALIGN;
    if (whole > a->ceiling || a->used > a->ceiling - whole)
        goto fail;
    if ((!a->head || a->head->size - a->head->at < whole) && !push(a, whole))
        goto fail;

    p = data_of(a->head) + a->head->at;
    a->head->at += whole;
    a->used += whole;
    UNPOISON(p, n); /* not the padding: an overrun of one byte is seen */
    memset(p, 0, n);
    return p;

fail:
    a->failed = true;
    return NULL;
}

void *arena_dup(struct arena *a, const void *p, size_t n)
{
    void *copy = arena_alloc(a, n);

    if (copy && n)
        memcpy(copy, p, n);
    return copy;
}

void *arena_array(struct arena *a, size_t n, size_t size)
{
    size_t bytes;

    if (__builtin_mul_overflow(n, size, &bytes)) {
        a->failed = true;
        return NULL;
    }
    return arena_alloc(a, bytes);
}

bool arena_failed(const struct arena *a)
{
    return a->failed;
}

size_t arena_bytes(const struct arena *a)
{
    const struct arena_block *b;
    size_t sum = 0;

    for (b = a->head; b; b = b->prev)
        sum += sizeof *b + b->size;
    return sum;
}

struct arena_mark arena_mark(const struct arena *a)
{
    return (struct arena_mark){a->head, a->head ? a->head->at : 0, a->used};
}

void arena_rewind(struct arena *a, struct arena_mark m)
{
    while (a->head && a->head != m.block)
        pop(a);
    assert(a->head == m.block); /* a mark of this arena, older than no reset */
    if (a->head) {
        assert(m.at <= a->head->at);
        a->head->at = m.at;
        POISON(data_of(a->head) + m.at, a->head->size - m.at);
    }
    a->used = m.used;
}
