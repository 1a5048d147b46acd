/*
 * schemas/examples: what the language accepts, and what it says of the rest.
 *
 * valid/NAME/ are packages that check without a word. invalid/NAME.xml is one
 * file of a package "example" that depends on crm; invalid/NAME.txt is exactly
 * what `perigee check` prints for it, be it errors or warnings.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "model/compile.h"
#include "support/model_fixture.h"
#include "support/test.h"

enum { NAMES_MAX = 200, TEXT_BYTES = 1 << 20 };

static int by_name(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* Names in schemas/examples/<kind> that end in `suffix`, sorted. */
static size_t list(const char *kind, const char *suffix,
                   char names[NAMES_MAX][64])
{
    char path[512];
    DIR *dir;
    struct dirent *e;
    size_t n = 0;

    snprintf(path, sizeof path, "%s/schemas/examples/%s", TEST_SOURCE_DIR,
             kind);
    dir = opendir(path);
    CHECK(dir != NULL);
    while (dir != NULL && (e = readdir(dir)) != NULL) {
        size_t length = strlen(e->d_name);

        if (e->d_name[0] == '.' || length < strlen(suffix) || length > 60 ||
            strcmp(e->d_name + length - strlen(suffix), suffix) != 0)
            continue;
        CHECK(n < NAMES_MAX);
        snprintf(names[n++], 64, "%.*s", (int)(length - strlen(suffix)),
                 e->d_name);
    }
    closedir(dir);
    qsort(names, n, 64, by_name);
    return n;
}

static struct str read_example(struct arena *a, const char *name)
{
    char path[512], *text = arena_alloc(a, TEXT_BYTES * 2);
    FILE *file;
    size_t n;

    snprintf(path, sizeof path, "%s/schemas/examples/invalid/%s.xml",
             TEST_SOURCE_DIR, name);
    file = fopen(path, "rb");
    CHECK(file != NULL && text != NULL);
    n = file == NULL ? 0 : fread(text, 1, (size_t)TEXT_BYTES * 2, file);
    if (file != NULL)
        fclose(file);
    return str_of(text, n);
}

static const char MANIFEST[] =
    "<package format=\"1\" id=\"example\" version=\"1.0.0\" "
    "label=\"Example\"><depends on=\"crm\" version=\"^1.0\"/></package>";

TEST(examples, every_invalid_one_gets_exactly_its_messages)
{
    static char names[NAMES_MAX][64];
    size_t n = list("invalid", ".xml", names), i;

    CHECK(n >= 40);
    for (i = 0; i < n; i++) {
        struct fixture f = {0};
        struct package_src *packages[2];
        struct package_src own = {.id = STR("example"), .n = 2};
        char path[128];
        bool manifest;

        arena_init(&f.arena, 1 << 28);
        own.files = ARENA_ARRAY(&f.arena, struct package_file, 2);
        CHECK(own.files != NULL);
        own.files[0].path = str_fmt(&f.arena, "entities/%s.xml", names[i]);
        own.files[0].text = read_example(&f.arena, names[i]);
        own.files[1].path = STR("package.xml");
        own.files[1].text = STR(MANIFEST);
        /* an example named package_ is a manifest itself */
        manifest = strncmp(names[i], "package_", 8) == 0;
        if (manifest) {
            own.files[0].path = STR("package.xml");
            own.n = 1;
        }
        packages[0] = fixture_folder(&f.arena, "crm", "apps/crm");
        packages[1] = &own;
        CHECK(fixture_compile(&f, packages, 2) == RC_INVALID ||
              f.messages.warnings > 0);
        snprintf(path, sizeof path, "../../schemas/examples/invalid/%s.txt",
                 names[i]);
        golden_check(path, f.said);
        fixture_release(&f);
    }
}

TEST(examples, every_valid_one_is_accepted_without_a_word)
{
    static char names[NAMES_MAX][64];
    size_t n = list("valid", "", names), i;

    CHECK(n >= 5);
    for (i = 0; i < n; i++) {
        struct fixture f = {0};
        struct package_src *packages[2];
        char path[128];

        arena_init(&f.arena, 1 << 28);
        snprintf(path, sizeof path, "schemas/examples/valid/%s", names[i]);
        packages[0] = fixture_folder(&f.arena, "crm", "apps/crm");
        packages[1] = fixture_folder(&f.arena, names[i], path);
        CHECK_RC(fixture_compile(&f, packages, 2), RC_OK);
        CHECK_STR(f.said, "");
        fixture_release(&f);
    }
}
