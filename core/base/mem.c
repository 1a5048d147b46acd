/*
 * mem - see the header. A size of zero gets one byte, so that NULL always
 * means that memory is gone.
 */
#include "base/mem.h"

#include <stdlib.h>

#include "base/fault.h"

void *mem_alloc(size_t n)
{
    if (fault_alloc_hit())
        return NULL;
    return calloc(1, n ? n : 1);
}

void *mem_realloc(void *p, size_t n)
{
    if (fault_alloc_hit())
        return NULL;
    return realloc(p, n ? n : 1);
}

void mem_free(void *p)
{
    free(p);
}
