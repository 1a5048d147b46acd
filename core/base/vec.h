/*
 * vec - a growing array in an arena.
 *
 *     struct { struct str *v; size_t n, cap; } names = {0};
 *     if (!VEC_PUSH(arena, &names, s)) return RC_NOMEM;
 *
 * Growth doubles and leaves the old storage to the arena. Elements move:
 * never keep a pointer to one across a push.
 */
#ifndef BASE_VEC_H
#define BASE_VEC_H

#include "base/arena.h"

#define VEC(type)                                                              \
    struct {                                                                   \
        type *v;                                                               \
        size_t n, cap;                                                         \
    }
/* true when stored; false when memory is gone (the vec is unchanged). The size
   is that of a type because clang-tidy takes a pointer's for a slip. */
#define VEC_PUSH(a, vec, ...)                                                  \
    (((vec)->n < (vec)->cap || vec_grow((a), (void **)&(vec)->v, &(vec)->cap,  \
                                        sizeof(__typeof__(*(vec)->v))))        \
         ? ((vec)->v[(vec)->n++] = (__VA_ARGS__), true)                        \
         : false)
bool vec_grow(struct arena *a, void **v, size_t *cap, size_t size);

#endif
