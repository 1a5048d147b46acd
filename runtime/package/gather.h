/*
 * gather - the files of a package as they come in, whatever they come from,
 * under one set of rules. Private to package.
 *
 * A path is at most 255 bytes and PACKAGE_MAX_DEPTH folders deep; each part has
 * letters, digits, _ - . and spaces, no dot first and no space last. No file is
 * an archive itself, no two paths are one where case does not count, and none
 * is a file here and a folder there.
 */
#ifndef PACKAGE_GATHER_H
#define PACKAGE_GATHER_H

#include "base/vec.h"
#include "package/package.h"

enum { PACKAGE_MAX_DEPTH = 8, PACKAGE_MAX_PATH = 255 };

struct gather {
    struct arena *arena;
    VEC(struct package_file) files;
    size_t bytes;
    struct err *err;
};

/* RC_INVALID, RC_LIMIT: says what is wrong with the path. */
enum rc gather_path(const struct gather *g, struct str path) MUST_CHECK;
/* Both are borrowed for as long as the arena lives. */
enum rc gather_add(struct gather *g, struct str path,
                   struct str bytes) MUST_CHECK;
enum rc gather_nomem(const struct gather *g);
/* Sort, look for clashes, find the id. `where` for the messages. */
enum rc gather_finish(struct gather *g, const char *where,
                      struct package_src **out) MUST_CHECK;

#endif
