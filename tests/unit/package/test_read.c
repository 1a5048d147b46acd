/* read: folders as they should be, and as others may send them. */
#include "package/package.h"
#include "support/test.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

struct fix {
    const char *dir;
    struct arena arena;
    struct err err;
    struct package_src *src;
};

static void put(struct fix *f, const char *path, const char *text)
{
    char full[512];
    FILE *out;

    snprintf(full, sizeof full, "%s/%s", f->dir, path);
    out = fopen(full, "w");
    CHECK(out != NULL);
    fputs(text, out);
    fclose(out);
}

static void make(struct fix *f, const char *path)
{
    char full[512];

    snprintf(full, sizeof full, "%s/%s", f->dir, path);
    CHECK(mkdir(full, 0700) == 0);
}

static void begin(struct fix *f)
{
    *f = (struct fix){.dir = test_tmpdir()};
    arena_init(&f->arena, 64 << 20);
}

static void end(struct fix *f)
{
    arena_release(&f->arena);
}

static enum rc read_it(struct fix *f)
{
    f->src = NULL;
    return package_read_folder(f->dir, &f->arena, &f->src, &f->err);
}

TEST(read, finds_every_file_in_order_and_the_id)
{
    struct fix f;

    begin(&f);
    make(&f, "views");
    make(&f, "entities");
    put(&f, "views/a.xml", "<v/>");
    put(&f, "entities/b.xml", "<e/>");
    put(&f, "package.xml", "<package format=\"1\" id=\"acme.rental\"/>");
    put(&f, ".hidden", "editor's");
    CHECK_RC(read_it(&f), RC_OK);
    CHECK_STR(f.src->id, "acme.rental");
    CHECK_I64(f.src->n, 3);
    CHECK_STR(f.src->files[0].path, "entities/b.xml");
    CHECK_STR(f.src->files[0].text, "<e/>");
    CHECK_STR(f.src->files[1].path, "package.xml");
    CHECK_STR(f.src->files[2].path, "views/a.xml");
    end(&f);
}

TEST(read, takes_a_folder_without_manifest_for_local)
{
    struct fix f;

    begin(&f);
    put(&f, "menus.xml", "<menus/>");
    CHECK_RC(read_it(&f), RC_OK);
    CHECK_STR(f.src->id, "local");
    put(&f, "package.xml", "<package id=\"acme\"");
    CHECK_RC(read_it(&f), RC_OK); /* the check says what is wrong with it */
    CHECK_STR(f.src->id, "");
    end(&f);
}

TEST(read, follows_no_link)
{
    struct fix f;
    char link[512];

    begin(&f);
    put(&f, "package.xml", "<package id=\"a\"/>");
    snprintf(link, sizeof link, "%s/secret.xml", f.dir);
    CHECK(symlink("/etc/passwd", link) == 0);
    CHECK_RC(read_it(&f), RC_INVALID);
    CHECK_HAS(f.err.text, "secret.xml");
    CHECK(f.src == NULL);
    unlink(link);
    CHECK(symlink("..", link) == 0);
    CHECK_RC(read_it(&f), RC_INVALID);
    end(&f);
}

TEST(read, refuses_what_is_no_file)
{
    struct fix f;
    char fifo[512];

    begin(&f);
    snprintf(fifo, sizeof fifo, "%s/pipe.xml", f.dir);
    CHECK(mkfifo(fifo, 0600) == 0);
    CHECK_RC(read_it(&f), RC_INVALID); /* and does not wait for a writer */
    end(&f);
}

TEST(read, refuses_odd_names_empty_folders_and_none)
{
    struct fix f;

    begin(&f);
    CHECK_RC(read_it(&f), RC_INVALID);
    put(&f, "a\nb.xml", "x");
    CHECK_RC(read_it(&f), RC_INVALID);
    CHECK_RC(package_read_folder("/no/such/folder", &f.arena, &f.src, &f.err),
             RC_NOTFOUND);
    CHECK_HAS(f.err.text, "/no/such/folder");
    end(&f);
}

TEST(read, refuses_a_file_that_is_too_large_and_too_many)
{
    struct fix f;
    char path[512];

    begin(&f);
    snprintf(path, sizeof path, "%s/big.csv", f.dir);
    put(&f, "big.csv", "x");
    CHECK(truncate(path, PACKAGE_MAX_FILE_BYTES + 1) == 0);
    CHECK_RC(read_it(&f), RC_LIMIT);
    CHECK_HAS(f.err.text, "big.csv");
    unlink(path);
    for (int i = 0; i <= PACKAGE_MAX_FILES; i++) {
        snprintf(path, sizeof path, "f%d.txt", i);
        put(&f, path, "");
    }
    CHECK_RC(read_it(&f), RC_LIMIT);
    end(&f);
}

TEST(read, ends_at_eight_folders_deep)
{
    struct fix f;
    char path[128] = "d";

    begin(&f);
    for (int i = 0; i < 10; i++) {
        make(&f, path);
        memcpy(path + strlen(path), "/d", 3);
    }
    CHECK_RC(read_it(&f), RC_LIMIT);
    end(&f);
}

struct files {
    const char *const *paths;
};

static bool each(void *ctx, const char *prefix,
                 bool (*visit)(void *arg, const char *path, struct str bytes),
                 void *arg)
{
    const struct files *files = ctx;

    for (size_t i = 0; files->paths[i]; i++) {
        if (strncmp(files->paths[i], prefix, strlen(prefix)) == 0 &&
            !visit(arg, files->paths[i], STR("<package id=\"crm\"/>")))
            return false;
    }
    return true;
}

TEST(read, takes_from_inside_the_program_by_whole_folder_names)
{
    static const char *const PATHS[] = {"apps/crm/package.xml",
                                        "apps/crm_demo/package.xml", NULL};
    struct files files = {PATHS};
    struct package_source source = {each, &files};
    struct fix f;

    begin(&f);
    CHECK_RC(
        package_read_embedded(&source, "apps/crm", &f.arena, &f.src, &f.err),
        RC_OK);
    CHECK_I64(f.src->n, 1);
    CHECK_STR(f.src->files[0].path, "package.xml");
    CHECK_STR(f.src->id, "crm");
    CHECK_RC(
        package_read_embedded(&source, "apps/none", &f.arena, &f.src, &f.err),
        RC_NOTFOUND);
    end(&f);
}
