/* See archive.h. */
#include "package/archive.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/buf.h"
#include "crypto/crypto.h"
#include "package/gather.h"

enum { BLOCK = 512, NAME_BYTES = 100, PREFIX_BYTES = 155, HEX = 64 };

/* POSIX.1-1988. Every field is bytes; numbers are octal digits and a NUL. */
struct header {
    char name[NAME_BYTES], mode[8], uid[8], gid[8], size[12], mtime[12];
    char checksum[8], type, link[100], magic[6], version[2];
    char user[32], group[32], major[8], minor[8], prefix[PREFIX_BYTES],
        rest[12];
};
_Static_assert(sizeof(struct header) == BLOCK, "a header is a block");

static const char LIST_NAME[] = "FILES";

static bool is_reserved(struct str path)
{
    return str_is(path, "FILES") || str_is(path, "SIGNATURE") ||
           str_is(path, "SIGNER");
}

/* The bytes of a header with the checksum itself read as spaces. */
static unsigned sum_of(const struct header *h)
{
    const unsigned char *p = (const unsigned char *)h;
    size_t at = offsetof(struct header, checksum);
    unsigned sum = 0;

    for (size_t i = 0; i < BLOCK; i++)
        sum += i >= at && i < at + sizeof h->checksum ? ' ' : p[i];
    return sum;
}

/* "sha256  size  path\n" */
static void list_line(struct buf *b, const struct package_file *f)
{
    uint8_t hash[SHA256_BYTES];
    char hex[HEX];

    sha256(f->text, hash);
    crypto_hex_into(hash, sizeof hash, hex);
    buf_add(b, str_of(hex, HEX));
    buf_addf(b, "  %zu  %.*s\n", f->text.n, STR_ARG(f->path));
}

/* --- writing ------------------------------------------------------------------ */

/* A long path is cut at a slash into prefix and name. */
static bool put_path(struct header *h, struct str path)
{
    size_t cut = 0;

    if (path.n > NAME_BYTES) {
        for (cut = path.n - NAME_BYTES - 1; cut < path.n; cut++) {
            if (path.p[cut] == '/')
                break;
        }
        if (cut == 0 || cut >= path.n - 1 || cut > PREFIX_BYTES)
            return false;
        memcpy(h->prefix, path.p, cut);
        cut++;
    }
    memcpy(h->name, path.p + cut, path.n - cut);
    return true;
}

static enum rc put_member(struct buf *out, struct str path, struct str bytes,
                          struct err *err)
{
    static const char ZEROES[BLOCK] = {0};
    struct header h = {.mode = "0000644",
                       .uid = "0000000",
                       .gid = "0000000",
                       .mtime = "00000000000",
                       .type = '0',
                       .magic = "ustar",
                       .version = {'0', '0'},
                       .major = "0000000",
                       .minor = "0000000"};
    char number[16];

    if (!put_path(&h, path))
        return FAIL(err, RC_INVALID,
                    "The path \"%.*s\" is too long for an archive; give its "
                    "folders shorter names.",
                    STR_ARG(path));
    snprintf(number, sizeof number, "%011zo", bytes.n);
    memcpy(h.size, number, sizeof h.size);
    snprintf(number, sizeof number, "%06o", sum_of(&h));
    memcpy(h.checksum, number, 7);
    h.checksum[7] = ' ';
    buf_add(out, str_of((const char *)&h, BLOCK));
    buf_add(out, bytes);
    if (bytes.n % BLOCK)
        buf_add(out, str_of(ZEROES, BLOCK - bytes.n % BLOCK));
    return RC_OK;
}

static enum rc put_list(const struct package_src *src, struct buf *out,
                        struct err *err)
{
    struct buf list;
    enum rc rc;

    buf_init(&list, ARCHIVE_LIST_BYTES);
    for (size_t i = 0; i < src->n; i++)
        list_line(&list, &src->files[i]);
    rc = list.failed != RC_OK
             ? FAIL(err, list.failed, "There is no memory for the archive.")
             : put_member(out, str_c(LIST_NAME), buf_view(&list), err);
    buf_release(&list);
    return rc;
}

enum rc archive_write(const struct package_src *src, struct buf *out,
                      struct err *err)
{
    static const char END[2 * BLOCK] = {0};
    enum rc rc = RC_OK;

    for (size_t i = 0; i < src->n; i++) {
        if (is_reserved(src->files[i].path))
            return FAIL(err, RC_INVALID,
                        "\"%.*s\" is a name of the archive's own; call the "
                        "file something else.",
                        STR_ARG(src->files[i].path));
    }
    rc = put_list(src, out, err);
    for (size_t i = 0; rc == RC_OK && i < src->n; i++)
        rc = put_member(out, src->files[i].path, src->files[i].text, err);
    if (rc != RC_OK)
        return rc;
    buf_add(out, str_of(END, sizeof END));
    if (out->failed != RC_OK)
        return FAIL(err, out->failed, "The archive is larger than %d MB.",
                    ARCHIVE_MAX_BYTES >> 20);
    return RC_OK;
}

/* --- reading ------------------------------------------------------------------ */

struct unpack {
    struct gather g;
    const char *name;
    struct str bytes, list;
    size_t at;
    bool has_list;
};

static enum rc damaged(const struct unpack *u, const char *why)
{
    return FAIL(u->g.err, RC_INVALID,
                "\"%s\" is no package archive: %s (byte %zu). Make it with "
                "\"perigee pack\".",
                u->name, why, u->at);
}

/* Octal digits to the end of the field or a NUL or space, then only those. */
static bool octal(const char *p, size_t n, uint64_t *out)
{
    uint64_t v = 0;
    size_t i = 0;

    for (; i < n && p[i] >= '0' && p[i] <= '7'; i++)
        v = v * 8 + (uint64_t)(p[i] - '0');
    if (i == 0)
        return false;
    for (; i < n; i++) {
        if (p[i] != '\0' && p[i] != ' ')
            return false;
    }
    *out = v;
    return true;
}

/* Text to the first NUL, after which there is nothing else. */
static bool text_of(const char *p, size_t n, struct str *out)
{
    size_t k = 0;

    while (k < n && p[k])
        k++;
    *out = str_of(p, k);
    for (; k < n; k++) {
        if (p[k])
            return false;
    }
    return true;
}

static bool is_zero(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i])
            return false;
    }
    return true;
}

static const char *type_fault(char type)
{
    switch (type) {
    case '0':
    case '\0':
        return NULL;
    case '1':
    case '2':
        return "it holds a link, and a package has none";
    case '3':
    case '4':
    case '6':
        return "it holds a device, and a package has none";
    case '5':
        return "it holds a folder by itself; only files are listed";
    default:
        return "it holds a member of another kind of tar";
    }
}

static enum rc path_of(struct unpack *u, const struct header *h,
                       struct str *path)
{
    struct str name, prefix;

    if (!text_of(h->name, sizeof h->name, &name) ||
        !text_of(h->prefix, sizeof h->prefix, &prefix))
        return damaged(u, "a name has something after its end");
    *path = prefix.n ? str_fmt(u->g.arena, "%.*s/%.*s", STR_ARG(prefix),
                               STR_ARG(name))
                     : name;
    return path->p ? RC_OK : gather_nomem(&u->g);
}

static enum rc take(struct unpack *u, struct str path, struct str bytes)
{
    if (!u->has_list) {
        if (!str_is(path, "FILES"))
            return damaged(u, "its first member is not FILES");
        u->has_list = true;
        u->list = bytes;
        return RC_OK;
    }
    if (is_reserved(path))
        return damaged(u, "a member has a name of the archive's own");
    return gather_add(&u->g, path, bytes);
}

static enum rc member(struct unpack *u)
{
    const struct header *h = (const void *)(u->bytes.p + u->at);
    uint64_t size, sum;
    struct str path, bytes, pad;
    const char *fault = type_fault(h->type);
    enum rc rc;

    if (memcmp(h->magic, "ustar", 6) != 0 || memcmp(h->version, "00", 2) != 0)
        return damaged(u, "it is not in the ustar format");
    if (!octal(h->checksum, sizeof h->checksum, &sum) || sum != sum_of(h))
        return damaged(u, "a checksum is wrong");
    if (fault)
        return damaged(u, fault);
    if (!is_zero(str_of(h->link, sizeof h->link)))
        return damaged(u, "it holds a link, and a package has none");
    if (!octal(h->size, sizeof h->size, &size))
        return damaged(u, "a size is no number");
    rc = path_of(u, h, &path);
    if (rc != RC_OK)
        return rc;
    if (size > PACKAGE_MAX_FILE_BYTES)
        return FAIL(u->g.err, RC_LIMIT,
                    "\"%s\": the file \"%.*s\" is larger than %d MB, the most "
                    "one file of a package may have.",
                    u->name, STR_ARG(str_sub(path, 0, PACKAGE_MAX_PATH)),
                    PACKAGE_MAX_FILE_BYTES >> 20);
    u->at += BLOCK;
    if (size > u->bytes.n - u->at)
        return damaged(u, "it ends in the middle of a file");
    bytes = str_sub(u->bytes, u->at, (size_t)size);
    u->at += (size_t)size;
    pad = str_sub(u->bytes, u->at, (BLOCK - (size_t)size % BLOCK) % BLOCK);
    if (!is_zero(pad))
        return damaged(u, "there is something between two files");
    u->at += pad.n;
    return take(u, path, bytes);
}

/* --- the list against what is there ------------------------------------------- */

static enum rc check_list(const struct unpack *u, const struct package_src *src)
{
    struct str rest = u->list, line;
    enum rc rc = RC_OK;
    struct buf want;

    buf_init(&want, 1024);
    for (size_t i = 0; rc == RC_OK && i < src->n; i++) {
        const struct package_file *f = &src->files[i];

        buf_reset(&want);
        list_line(&want, f);
        if (want.failed != RC_OK)
            rc = gather_nomem(&u->g);
        else if (!str_split(&rest, '\n', &line) ||
                 !str_eq(line, str_sub(buf_view(&want), 0, want.n - 1)))
            rc = FAIL(u->g.err, RC_INVALID,
                      "\"%s\" has been changed since it was packed: \"%.*s\" "
                      "is not as its list FILES says.",
                      u->name, STR_ARG(f->path));
    }
    if (rc == RC_OK && str_split(&rest, '\n', &line))
        rc = FAIL(u->g.err, RC_INVALID,
                  "\"%s\" lacks a file that its list FILES names.", u->name);
    buf_release(&want);
    return rc;
}

enum rc archive_read(struct str bytes, const char *name, struct arena *a,
                     struct package_src **out, struct err *err)
{
    struct unpack u = {
        .g = {.arena = a, .err = err}, .name = name, .bytes = bytes};
    struct package_src *src = NULL;
    bool ended = false;
    enum rc rc = RC_OK;

    if (bytes.n > ARCHIVE_MAX_BYTES)
        return FAIL(err, RC_LIMIT, "\"%s\" is larger than a package may be.",
                    name);
    if (bytes.n >= 2 && memcmp(bytes.p, "\x1f\x8b", 2) == 0)
        return damaged(&u, "it is compressed");
    if (bytes.n == 0 || bytes.n % BLOCK)
        return damaged(&u, "it is cut off");
    while (rc == RC_OK && !ended && u.at < bytes.n) {
        ended = is_zero(str_sub(bytes, u.at, BLOCK));
        if (!ended)
            rc = member(&u);
    }
    if (rc == RC_OK && (!ended || bytes.n - u.at < 2 * BLOCK))
        rc = damaged(&u, "it is cut off");
    if (rc == RC_OK && !is_zero(str_sub(bytes, u.at, bytes.n)))
        rc = damaged(&u, "there is something after its end");
    if (rc == RC_OK)
        rc = gather_finish(&u.g, name, &src);
    if (rc == RC_OK)
        rc = check_list(&u, src);
    if (rc == RC_OK)
        *out = src;
    return rc;
}
