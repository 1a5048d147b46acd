/*
 * embed - the files inside the executable: apps/, schemas/ and the built web
 * application.
 *
 * A path is as in the source tree ("apps/crm/package.xml"), except that
 * "web/dist/index.html" is "web/index.html". Rows are sorted by path, byte by
 * byte. Everything here is constant and lives as long as the process; any
 * thread may read it. After each file's bytes comes a NUL that is not counted.
 */
#ifndef APP_EMBED_H
#define APP_EMBED_H

#include <stdbool.h>
#include <stddef.h>

/* Laid out by runtime/embed.cmake in assembler: eight 8-byte words. */
struct embed_file {
    const char *path;
    const char *type; /* content type, with charset for text    */
    const unsigned char *data;
    size_t n;
    const unsigned char *gz; /* the same compressed by gzip, or NULL   */
    size_t gz_n;
    const unsigned char *br; /* the same compressed by brotli, or NULL */
    size_t br_n;
};

/* The file with exactly this path, or NULL. */
const struct embed_file *embed_find(const char *path);

/*
 * Call `visit` for each file whose path begins with `prefix` ("" for all), in
 * order of path, until it returns false. Returns false if a call did.
 */
bool embed_each(const char *prefix,
                bool (*visit)(void *self, const struct embed_file *file),
                void *self);

/* How many files there are. */
size_t embed_files(void);

#endif
