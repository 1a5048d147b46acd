/*
 * mem - the only place that calls the C library's allocator.
 *
 * Outside base and the adapters of libraries nobody calls these: memory
 * belongs to an arena. In test builds (PERIGEE_FAULTS) each call counts and
 * can be made to fail: fault.h.
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

/* NULL when there is none, or for more than 64 GiB. */
void *mem_alloc(size_t n);            /* zeroed                          */
void *mem_realloc(void *p, size_t n); /* as realloc; p stays on NULL     */
void mem_free(void *p);               /* NULL is fine                    */

#endif
