/*
 * vec - see the header. `v` is read and written with memcpy because it points
 * to a pointer of another type than void *.
 */
#include "base/vec.h"

#include <string.h>

enum { FIRST_CAP = 8 };

bool vec_grow(struct arena *a, void **v, size_t *cap, size_t size)
{
    size_t more = *cap ? 2 * *cap : FIRST_CAP;
    void *old, *p;

    if (more < *cap)
        return false;
    p = arena_array(a, more, size);
    if (!p)
        return false;
    memcpy(&old, v, sizeof old);
    if (*cap)
        memcpy(p, old, *cap * size);
    memcpy(v, &p, sizeof p);
    *cap = more;
    return true;
}
