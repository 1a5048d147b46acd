/*
 * mem - see the header. A size of zero gets one byte, so that NULL always
 * means that memory is gone.
 */
#include "base/mem.h"

#include <stdint.h>
#include <stdlib.h>

#include "base/fault.h"

/* 64 GiB: nothing of ours is that large, so the size came out of a mistake;
   and beyond PTRDIFF_MAX differences of pointers would be undefined. */
#define MOST_BYTES (UINT64_C(1) << 36)

void *mem_alloc(size_t n)
{
    if (n > MOST_BYTES || fault_alloc_hit())
        return NULL;
    return calloc(1, n ? n : 1);
}

void *mem_realloc(void *p, size_t n)
{
    if (n > MOST_BYTES || fault_alloc_hit())
        return NULL;
    return realloc(p, n ? n : 1);
}

void mem_free(void *p)
{
    free(p);
}
