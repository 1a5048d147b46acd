/*
 * model_fixture - see the header.
 */
#include "support/model_fixture.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/vec.h"
#include "support/test.h"

struct files {
    struct package_file *v;
    size_t n, cap;
};

static void take_folder(struct arena *a, const char *root, const char *below,
                        struct files *out)
{
    char path[512], name[512], full[1024];
    struct dirent *d;
    struct stat st;
    DIR *dir;

    snprintf(path, sizeof path, "%s/%s%s", TEST_SOURCE_DIR, root, below);
    dir = opendir(path);
    CHECK(dir != NULL);
    while ((d = readdir(dir)) != NULL) {
        if (d->d_name[0] == '.')
            continue;
        snprintf(name, sizeof name, "%s/%s", below, d->d_name);
        snprintf(full, sizeof full, "%s/%s%s", TEST_SOURCE_DIR, root, name);
        CHECK(stat(full, &st) == 0);
        if (S_ISDIR(st.st_mode)) {
            take_folder(a, root, name, out);
        } else {
            struct package_file f = {0};
            char relative[1024];
            size_t n;
            char *text;

            snprintf(relative, sizeof relative, "%s%s", root, name);
            text = test_read(relative, &n);
            f.path = str_copy(a, str_c(name + 1));
            f.text = str_copy(a, str_of(text, n));
            free(text);
            CHECK(VEC_PUSH(a, out, f));
        }
    }
    closedir(dir);
}

static int by_path(const void *x, const void *y)
{
    const struct package_file *a = x, *b = y;

    return str_cmp(a->path, b->path);
}

struct package_src *fixture_folder(struct arena *a, const char *id,
                                   const char *folder)
{
    struct package_src *src = ARENA_NEW(a, struct package_src);
    struct files files = {0};

    take_folder(a, folder, "", &files);
    qsort(files.v, files.n, sizeof *files.v, by_path);
    *src =
        (struct package_src){.id = str_c(id), .files = files.v, .n = files.n};
    return src;
}

struct package_src *fixture_texts(struct arena *a, const char *id,
                                  const struct fixture_file *files)
{
    struct package_src *src = ARENA_NEW(a, struct package_src);
    struct files v = {0};

    for (; files->path; files++) {
        struct package_file f = {str_c(files->path), str_c(files->text), NULL};

        CHECK(VEC_PUSH(a, &v, f));
    }
    qsort(v.v, v.n, sizeof *v.v, by_path);
    *src = (struct package_src){.id = str_c(id), .files = v.v, .n = v.n};
    return src;
}

enum rc fixture_compile(struct fixture *f, struct package_src *const *packages,
                        size_t n)
{
    static const struct settings SETTINGS = {"EUR", STR_INIT("UTC"),
                                             STR_INIT("en")};
    const struct package_src *all[16];
    struct package_src *sys;
    struct err err = ERR_INIT;
    enum rc rc = RC_OK;
    struct buf text;
    size_t i;

    CHECK(n < 16);
    if (!f->names)
        f->names = names_new(&f->arena);
    if (!f->names)
        return RC_NOMEM;
    messages_init(&f->messages, &f->arena);
    f->model = NULL;
    f->said = STR("");
    sys = fixture_folder(&f->arena, "sys", "schemas/sys");
    all[0] = sys;
    rc = package_parse(sys, &f->arena, &f->messages, &err);
    for (i = 0; rc == RC_OK && i < n; i++) {
        rc = package_parse(packages[i], &f->arena, &f->messages, &err);
        all[i + 1] = packages[i];
    }
    if (rc == RC_OK)
        rc = model_compile(all, n + 1, &SETTINGS, f->names, 1, &f->messages,
                           &f->model, &err);
    buf_init(&text, 1 << 20);
    messages_text(&f->messages, &text);
    if (buf_finish(&text, &f->arena, &f->said, NULL) != RC_OK)
        f->said = STR("");
    buf_release(&text);
    return rc;
}

void fixture_release(struct fixture *f)
{
    model_unref(f->model);
    f->model = NULL;
    arena_release(&f->arena);
}
