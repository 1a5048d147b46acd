/*
 * archive - a package as one .perigee file: plain ustar, and of that the least.
 *
 * The first member is FILES, a line "sha256  size  path" for each other member
 * in order of path; what it lists is there, what is there it lists. Members are
 * regular files. Written with nothing that could differ between two packings of
 * the same files (times and owners are 0), so equal packages are equal bytes.
 *
 * The reader believes nothing and writes no file; the rules for paths, counts
 * and sizes are gather.h's. What it refuses: a compressed file, anything after
 * the end, a checksum, a number or a padding that is not as ustar has it,
 * links, devices, folders and extensions of other tars, files twice.
 */
#ifndef PACKAGE_ARCHIVE_H
#define PACKAGE_ARCHIVE_H

#include "package/package.h"

enum {
    ARCHIVE_LIST_BYTES = PACKAGE_MAX_FILES * 384,
    /* each member has a header and up to a block of padding; tar programs fill
       the end up to 10 kB */
    ARCHIVE_MAX_BYTES = PACKAGE_MAX_BYTES + (PACKAGE_MAX_FILES + 1) * 1024 +
                        ARCHIVE_LIST_BYTES + 10240
};

/* The files are views of `bytes`, which live as long as the package is used.
   RC_INVALID, RC_LIMIT, RC_NOMEM; `name` for the messages. */
enum rc archive_read(struct str bytes, const char *name, struct arena *a,
                     struct package_src **out, struct err *err) MUST_CHECK;
/* The files of `src`, which are in order of path. RC_INVALID: a file that is
   called FILES, SIGNATURE or SIGNER, or a path that ustar cannot hold. */
enum rc archive_write(const struct package_src *src, struct buf *out,
                      struct err *err) MUST_CHECK;

#endif
