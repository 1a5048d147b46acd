/* archive: what is packed comes out again; what others made of it does not. */
#include "package/archive.h"

#include <stdio.h>

#include "base/buf.h"
#include "support/test.h"

enum { BLOCK = 512 };

struct fix {
    struct arena arena;
    struct err err;
    struct buf b;
    struct package_src *out;
};

static void begin(struct fix *f)
{
    *f = (struct fix){0};
    arena_init(&f->arena, 256 << 20);
    buf_init(&f->b, ARCHIVE_MAX_BYTES);
}

static void end(struct fix *f)
{
    buf_release(&f->b);
    arena_release(&f->arena);
}

static struct package_file FILES[] = {
    {STR_INIT("entities/visit.xml"),
     STR_INIT("<entity name=\"visit\" label=\"Visit\"/>"), NULL},
    {STR_INIT("files/empty.txt"), STR_INIT(""), NULL},
    {STR_INIT("package.xml"),
     STR_INIT("<package format=\"1\" id=\"acme.visits\" version=\"1.0.0\" "
              "label=\"Visits\"/>"),
     NULL},
};
static const struct package_src SRC = {
    .id = STR_INIT("acme.visits"), .files = FILES, .n = 3};

static enum rc read_it(struct fix *f)
{
    f->out = NULL;
    return archive_read(buf_view(&f->b), "x.perigee", &f->arena, &f->out,
                        &f->err);
}

static void pack(struct fix *f)
{
    buf_reset(&f->b);
    CHECK_RC(archive_write(&SRC, &f->b, &f->err), RC_OK);
}

/* --- a tar made by hand, any field of which can be wrong ------------------------- */

struct raw {
    const char *name, *prefix, *size, *link, *magic, *body;
    char type;
    int sum_off; /* added to the checksum                      */
    int cut;     /* bytes of the body that are not there       */
};

static void put_raw(struct buf *b, const struct raw *r)
{
    char h[BLOCK] = {0};
    unsigned sum = 0;
    size_t n = r->body ? strlen(r->body) : 0;

    memcpy(h, r->name, strlen(r->name) > 100 ? 100 : strlen(r->name));
    memcpy(h + 100, "0000644", 8);
    memcpy(h + 108, "0000000", 8);
    memcpy(h + 116, "0000000", 8);
    snprintf(h + 124, 12, "%011o", (unsigned)n & 0777777777u);
    if (r->size)
        memcpy(h + 124, r->size, strlen(r->size) > 12 ? 12 : strlen(r->size));
    memcpy(h + 136, "00000000000", 12);
    h[156] = r->type ? r->type : '0';
    if (r->link)
        memcpy(h + 157, r->link, strlen(r->link));
    memcpy(h + 257, r->magic ? r->magic : "ustar\00000", 8);
    if (r->prefix)
        memcpy(h + 345, r->prefix, strlen(r->prefix));
    memset(h + 148, ' ', 8);
    for (size_t i = 0; i < BLOCK; i++)
        sum += (unsigned char)h[i];
    snprintf(h + 148, 8, "%06o", (sum + (unsigned)r->sum_off) & 0777777u);
    h[155] = ' ';
    buf_add(b, str_of(h, BLOCK));
    buf_add(b, str_of(r->body ? r->body : "", n - (size_t)r->cut));
    while (b->n % BLOCK && !r->cut)
        buf_addc(b, '\0');
}

static void put_end(struct buf *b)
{
    for (int i = 0; i < 2 * BLOCK; i++)
        buf_addc(b, '\0');
}

/* FILES with a wrong or empty list, then one member, then the end. */
static enum rc read_raw(struct fix *f, const struct raw *r)
{
    const struct raw list = {.name = "FILES", .body = ""};

    buf_reset(&f->b);
    put_raw(&f->b, &list);
    put_raw(&f->b, r);
    put_end(&f->b);
    return read_it(f);
}

TEST(archive, gives_back_what_was_packed)
{
    struct fix f;

    begin(&f);
    pack(&f);
    CHECK_RC(read_it(&f), RC_OK);
    CHECK_STR(f.out->id, "acme.visits");
    CHECK_I64(f.out->n, 3);
    CHECK_STR(f.out->files[0].path, "entities/visit.xml");
    CHECK_STR(f.out->files[0].text, "<entity name=\"visit\" label=\"Visit\"/>");
    CHECK_I64(f.out->files[1].text.n, 0);
    end(&f);
}

TEST(archive, is_the_same_bytes_for_the_same_files)
{
    struct fix f;
    struct str first;

    begin(&f);
    pack(&f);
    first = str_copy(&f.arena, buf_view(&f.b));
    pack(&f);
    CHECK(str_eq(first, buf_view(&f.b)));
    CHECK_I64(first.n % BLOCK, 0);
    end(&f);
}

TEST(archive, holds_long_paths_by_their_folders)
{
    char path[200] = "";
    struct package_file one = {STR_NONE, STR_INIT("x"), NULL};
    struct package_src src = {.id = STR("a"), .files = &one, .n = 1};
    struct fix f;

    begin(&f);
    for (int i = 0; i < 4; i++) {
        memset(path + i * 41, 'a' + i, 40);
        path[i * 41 + 40] = i < 3 ? '/' : '\0';
    }
    one.path = str_c(path);
    CHECK_RC(archive_write(&src, &f.b, &f.err), RC_OK);
    CHECK_RC(read_it(&f), RC_OK);
    CHECK_STR(f.out->files[0].path, path);
    memset(path, 'a', 120); /* no slash where ustar could cut it */
    path[120] = '\0';
    one.path = str_c(path);
    buf_reset(&f.b);
    CHECK_RC(archive_write(&src, &f.b, &f.err), RC_INVALID);
    end(&f);
}

TEST(archive, keeps_its_own_names_for_itself)
{
    struct package_file one = {STR_INIT("SIGNATURE"), STR_INIT("x"), NULL};
    struct package_src src = {.id = STR("a"), .files = &one, .n = 1};
    struct fix f;

    begin(&f);
    CHECK_RC(archive_write(&src, &f.b, &f.err), RC_INVALID);
    one.path = STR("FILES");
    CHECK_RC(archive_write(&src, &f.b, &f.err), RC_INVALID);
    end(&f);
}

TEST(archive, refuses_whatever_a_member_should_not_be)
{
    static const struct {
        struct raw raw;
        enum rc rc;
        const char *says;
    } CASES[] = {
        {{.name = "../evil.xml", .body = "x"}, RC_INVALID, "../evil.xml"},
        {{.name = "/etc/passwd", .body = "x"}, RC_INVALID, "/etc/passwd"},
        {{.name = "a/../../b.xml", .body = "x"}, RC_INVALID, "no name"},
        {{.name = "./package.xml", .body = "x"}, RC_INVALID, "no name"},
        {{.name = "a//b.xml", .body = "x"}, RC_INVALID, "no name"},
        {{.name = "a/", .body = "x"}, RC_INVALID, "no name"},
        {{.name = "", .body = "x"}, RC_INVALID, "no name"},
        {{.name = ".hidden", .body = "x"}, RC_INVALID, "no name"},
        {{.name = "a/.git/config", .body = "x"}, RC_INVALID, "no name"},
        {{.name = "a\\b.xml", .body = "x"}, RC_INVALID, "no name"},
        {{.name = "a:b.xml", .body = "x"}, RC_INVALID, "no name"},
        {{.name = "a\nb.xml", .body = "x"}, RC_INVALID, "no name"},
        {{.name = "a\xc3\xa4.xml", .body = "x"}, RC_INVALID, "no name"},
        {{.name = "x ", .body = "x"}, RC_INVALID, "no name"},
        {{.name = "b.xml", .prefix = "..", .body = "x"}, RC_INVALID, "no name"},
        {{.name = "b.xml", .prefix = "/etc", .body = "x"},
         RC_INVALID,
         "no name"},
        {{.name = "a/b/c/d/e/f/g/h/i/j.xml", .body = "x"}, RC_LIMIT, "deeper"},
        {{.name = "link.xml", .type = '1', .link = "package.xml"},
         RC_INVALID,
         "link"},
        {{.name = "link.xml", .type = '2', .link = "/etc/passwd"},
         RC_INVALID,
         "link"},
        {{.name = "link.xml", .link = "/etc/passwd", .body = "x"},
         RC_INVALID,
         "link"},
        {{.name = "dev", .type = '3'}, RC_INVALID, "device"},
        {{.name = "dev", .type = '4'}, RC_INVALID, "device"},
        {{.name = "pipe", .type = '6'}, RC_INVALID, "device"},
        {{.name = "entities", .type = '5'}, RC_INVALID, "folder"},
        {{.name = "pax", .type = 'x', .body = "x"}, RC_INVALID, "another kind"},
        {{.name = "pax", .type = 'g', .body = "x"}, RC_INVALID, "another kind"},
        {{.name = "gnu", .type = 'L', .body = "x"}, RC_INVALID, "another kind"},
        {{.name = "sparse", .type = 'S', .body = "x"},
         RC_INVALID,
         "another kind"},
        {{.name = "a.xml", .body = "x", .sum_off = 1}, RC_INVALID, "checksum"},
        {{.name = "a.xml", .body = "x", .magic = "ustar  \0"},
         RC_INVALID,
         "ustar"},
        {{.name = "a.xml", .body = "x", .size = "zzzzzzzzzzz"},
         RC_INVALID,
         "size"},
        {{.name = "a.xml", .body = "x", .size = "\x80\xff\xff\xff"},
         RC_INVALID,
         "size"},
        {{.name = "a.xml", .body = "x", .size = "-0000000001"},
         RC_INVALID,
         "size"},
        {{.name = "a.xml", .body = "x", .size = "77777777777"},
         RC_LIMIT,
         "larger"},
        {{.name = "a.xml", .body = "x", .size = "00000177777"},
         RC_INVALID,
         "middle"},
        {{.name = "b.perigee", .body = "x"}, RC_INVALID, "archive inside"},
        {{.name = "files/b.TAR", .body = "x"}, RC_INVALID, "archive inside"},
        {{.name = "files/b.zip", .body = "x"}, RC_INVALID, "archive inside"},
        {{.name = "FILES", .body = "x"}, RC_INVALID, "own"},
        {{.name = "SIGNATURE", .body = "x"}, RC_INVALID, "own"},
        {{.name = "a.xml", .body = "unlisted"}, RC_INVALID, "changed"},
    };
    struct fix f;

    begin(&f);
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        enum rc rc = read_raw(&f, &CASES[i].raw);

        if (rc != CASES[i].rc || !strstr(f.err.text, CASES[i].says))
            fprintf(stderr, "case %zu: %s\n", i, f.err.text);
        CHECK_RC(rc, CASES[i].rc);
        CHECK_HAS(f.err.text, CASES[i].says);
        CHECK(f.out == NULL);
        err_clear(&f.err);
    }
    end(&f);
}

TEST(archive, refuses_one_name_in_two_ways)
{
    static const char *const PAIRS[][2] = {{"A.xml", "a.xml"},
                                           {"a.xml", "a.xml"},
                                           {"files", "files/b.txt"},
                                           {"FiLes/b.txt", "files"}};
    struct fix f;

    begin(&f);
    for (size_t i = 0; i < sizeof PAIRS / sizeof *PAIRS; i++) {
        const struct raw list = {.name = "FILES", .body = ""};
        const struct raw a = {.name = PAIRS[i][0], .body = "1"};
        const struct raw b = {.name = PAIRS[i][1], .body = "2"};

        buf_reset(&f.b);
        put_raw(&f.b, &list);
        put_raw(&f.b, &a);
        put_raw(&f.b, &b);
        put_end(&f.b);
        CHECK_RC(read_it(&f), RC_INVALID);
        CHECK_HAS(f.err.text, "one name");
    }
    end(&f);
}

TEST(archive, refuses_more_files_than_a_package_may_have)
{
    const struct raw list = {.name = "FILES", .body = ""};
    struct fix f;
    char name[32];

    begin(&f);
    put_raw(&f.b, &list);
    for (int i = 0; i <= PACKAGE_MAX_FILES; i++) {
        struct raw r = {.name = name, .body = ""};

        snprintf(name, sizeof name, "f%d.txt", i);
        put_raw(&f.b, &r);
    }
    put_end(&f.b);
    CHECK_RC(read_it(&f), RC_LIMIT);
    CHECK_HAS(f.err.text, "2000");
    end(&f);
}

TEST(archive, refuses_another_file_first_none_and_nothing)
{
    const struct raw r = {.name = "package.xml", .body = "<package/>"};
    struct fix f;

    begin(&f);
    CHECK_RC(read_it(&f), RC_INVALID); /* no bytes at all */
    put_raw(&f.b, &r);
    put_end(&f.b);
    CHECK_RC(read_it(&f), RC_INVALID);
    CHECK_HAS(f.err.text, "FILES");
    buf_reset(&f.b);
    put_end(&f.b);
    CHECK_RC(read_it(&f), RC_INVALID);
    buf_reset(&f.b);
    buf_adds(&f.b, "\x1f\x8b\x08");
    CHECK_RC(read_it(&f), RC_INVALID);
    CHECK_HAS(f.err.text, "compressed");
    end(&f);
}

TEST(archive, notices_every_cut)
{
    struct fix f;
    size_t whole;

    begin(&f);
    pack(&f);
    whole = f.b.n;
    for (size_t n = 0; n < whole; n += 64) {
        f.b.n = n;
        CHECK(read_it(&f) != RC_OK);
        CHECK(f.out == NULL);
    }
    f.b.n = whole;
    CHECK_RC(read_it(&f), RC_OK);
    end(&f);
}

/* FILES covers every byte of the files, a checksum every byte of a header, and
   what is left over must be zero. */
TEST(archive, notices_every_changed_byte)
{
    struct fix f;

    begin(&f);
    pack(&f);
    for (size_t i = 0; i < f.b.n; i++) {
        struct arena_mark m = arena_mark(&f.arena);

        f.b.p[i] ^= 1;
        if (read_it(&f) == RC_OK) {
            fprintf(stderr, "byte %zu changed unseen\n", i);
            CHECK(false);
        }
        f.b.p[i] ^= 1;
        arena_rewind(&f.arena, m);
    }
    end(&f);
}

TEST(archive, survives_any_failed_allocation)
{
    struct fix f;
    struct str bytes;
    struct arena keep;

    arena_init(&keep, 1 << 20);
    begin(&f);
    pack(&f);
    bytes = str_copy(&keep, buf_view(&f.b));
    end(&f);
    WITH_EACH_ALLOC_FAILING (i) {
        struct package_src *out = NULL;
        struct arena a;
        enum rc rc;

        arena_init(&a, 16 << 20);
        rc = archive_read(bytes, "x", &a, &out, NULL);
        CHECK(rc == RC_OK || rc == RC_NOMEM);
        CHECK(rc == RC_OK || out == NULL);
        arena_release(&a);
    }
    arena_release(&keep);
}
