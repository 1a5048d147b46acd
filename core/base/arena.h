/*
 * arena - memory that lives as long as one thing: process, model generation,
 * request, scratch. Freed whole. Has a ceiling; past it calls answer NULL and
 * the arena remembers (arena_failed), so that a chain of calls needs one check.
 *
 * Threads: one at a time. Cost: a bump; blocks of 4 KiB doubling to 256 KiB.
 * Under ASan what is free is poisoned.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena_block;

struct arena {
    struct arena_block *head;
    size_t used;    /* bytes given out            */
    size_t ceiling; /* bytes, as given to _init   */
    bool failed;
};

struct arena_mark {
    struct arena_block *block;
    size_t at, used;
};

void arena_init(struct arena *a, size_t ceiling_bytes);
void arena_release(struct arena *a); /* safe on zeroes, safe twice      */
/* Empties it and clears the failure. Keeps the largest block of a usual size,
   so a request's arena soon stops asking the system. Marks end here. */
void arena_reset(struct arena *a);
void *arena_alloc(struct arena *a, size_t n); /* zeroed, aligned to 16   */
void *arena_dup(struct arena *a, const void *p, size_t n);
bool arena_failed(const struct arena *a);
size_t arena_bytes(const struct arena *a); /* held from the system */

struct arena_mark arena_mark(const struct arena *a);
/* Gives back what came after the mark. A failure stays remembered. */
void arena_rewind(struct arena *a, struct arena_mark m);

#define ARENA_NEW(a, type) ((type *)arena_alloc((a), sizeof(type)))
/* n elements, or NULL on overflow of n * size as on no memory. */
void *arena_array(struct arena *a, size_t n, size_t size);
#define ARENA_ARRAY(a, type, n) ((type *)arena_array((a), (n), sizeof(type)))

#endif
