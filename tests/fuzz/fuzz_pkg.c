/*
 * fuzz_pkg - the reader of package archives on any bytes: as they come, and
 * with the checksums of their headers made right, without which little gets
 * past the first look.
 *
 * Oracle: what is refused gives nothing out and says a sentence; what is
 * accepted keeps every limit and every rule of paths, and written again it is
 * read as the same files.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/buf.h"
#include "package/archive.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { BLOCK = 512, ROOM_BYTES = 256 << 20, MOST_BYTES = 1 << 20 };

#define MUST(x)                                                                \
    do {                                                                       \
        if (!(x))                                                              \
            abort();                                                           \
    } while (0)

static void check_path(struct str path)
{
    struct str rest = path, part;

    MUST(path.n > 0 && path.n <= 255);
    while (str_split(&rest, '/', &part)) {
        MUST(part.n > 0 && part.p[0] != '.');
        for (size_t i = 0; i < part.n; i++)
            MUST(part.p[i] >= ' ' && part.p[i] < 127 && part.p[i] != '\\' &&
                 part.p[i] != ':');
    }
}

static void check_package(const struct package_src *src)
{
    size_t bytes = 0;

    MUST(src->n > 0 && src->n <= PACKAGE_MAX_FILES);
    for (size_t i = 0; i < src->n; i++) {
        check_path(src->files[i].path);
        MUST(src->files[i].text.n <= PACKAGE_MAX_FILE_BYTES);
        bytes += src->files[i].text.n;
        MUST(i == 0 || str_cmp(src->files[i - 1].path, src->files[i].path) < 0);
    }
    MUST(bytes <= PACKAGE_MAX_BYTES);
}

/* A path that came in by a prefix of its own may be one ustar would cut
   elsewhere, or not at all: then it is refused, not changed. */
static void check_again(const struct package_src *src, struct arena *a)
{
    struct package_src *again = NULL;
    struct err err = ERR_INIT;
    struct buf b;

    buf_init(&b, ARCHIVE_MAX_BYTES);
    if (archive_write(src, &b, &err) == RC_OK) {
        MUST(archive_read(buf_view(&b), "again", a, &again, &err) == RC_OK);
        MUST(again->n == src->n);
        for (size_t i = 0; i < src->n; i++)
            MUST(str_eq(again->files[i].path, src->files[i].path) &&
                 str_eq(again->files[i].text, src->files[i].text));
    }
    buf_release(&b);
}

static const struct package_src *read_one(struct str bytes, struct arena *a)
{
    struct package_src *src = NULL;
    struct err err = ERR_INIT;
    enum rc rc = archive_read(bytes, "x.perigee", a, &src, &err);

    MUST(rc == RC_OK || rc == RC_INVALID || rc == RC_LIMIT);
    MUST((rc == RC_OK) == (src != NULL));
    if (rc != RC_OK) {
        MUST(err.text[0] != '\0');
        return NULL;
    }
    check_package(src);
    check_again(src, a);
    return src;
}

/* Each block that claims to be a header gets the sum of its bytes. */
static void mend_sums(char *p, size_t n)
{
    for (size_t at = 0; at + BLOCK <= n; at += BLOCK) {
        char *h = p + at;
        unsigned sum = 0;

        if (memcmp(h + 257, "ustar", 6) != 0)
            continue;
        memset(h + 148, ' ', 8);
        for (size_t i = 0; i < BLOCK; i++)
            sum += (unsigned char)h[i];
        for (int i = 5; i >= 0; i--, sum /= 8)
            h[148 + i] = (char)('0' + sum % 8);
        h[154] = '\0';
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a;
    char *p;

    if (size > MOST_BYTES)
        return 0;
    arena_init(&a, ROOM_BYTES);
    (void)read_one(str_of((const char *)data, size), &a);
    p = arena_alloc(&a, size + 1);
    if (p && size > 0) {
        memcpy(p, data, size);
        mend_sums(p, size);
        (void)read_one(str_of(p, size), &a);
    }
    arena_release(&a);
    return 0;
}
