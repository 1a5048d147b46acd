/*
 * issues - what a user got wrong, all of it at once.
 *
 * `path` is the field ("email"), in a batch "requests.2.email"; `code` is
 * snake_case for programs ("invalid_email"); `message` is a sentence for
 * people in the language of the request, naming the thing and the remedy.
 */
#ifndef BASE_ISSUES_H
#define BASE_ISSUES_H

#include "base/str.h"

enum { ISSUES_MAX = 200 };

struct issue {
    struct str path, code, message;
    bool is_warning; /* the save goes on */
};

struct issues {
    struct arena *arena;
    struct issue *v;
    size_t n, cap;     /* kept, at most ISSUES_MAX */
    size_t errors;     /* not warnings; all, also past the cap */
    struct str prefix; /* put before each path; "" or "requests.2." */
};

void issues_init(struct issues *is, struct arena *a);
/* Strings are copied. Past ISSUES_MAX only counted. Never fails: without
   memory the count still rises, so a save is refused all the same. */
void issues_add(struct issues *is, struct str path, const char *code,
                const char *fmt, ...) PRINTF_LIKE(4, 5);
void issues_warn(struct issues *is, struct str path, const char *code,
                 const char *fmt, ...) PRINTF_LIKE(4, 5);
static inline bool issues_any(const struct issues *is)
{
    return is->errors > 0;
}

#endif
