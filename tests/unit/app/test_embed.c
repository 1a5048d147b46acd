/* The files inside the executable. */
#include "app/embed.h"
#include "support/test.h"

#include <stdlib.h>
#include <string.h>

struct seen {
    const struct embed_file *last;
    size_t n;
};

static bool in_order(void *self, const struct embed_file *file)
{
    struct seen *seen = self;

    if (seen->last != NULL)
        CHECK(strcmp(seen->last->path, file->path) < 0);
    CHECK(embed_find(file->path) == file);
    CHECK(file->data[file->n] == 0);
    CHECK(strchr(file->type, '/') != NULL);
    seen->last = file;
    seen->n++;
    return true;
}

static bool stop(void *self, const struct embed_file *file)
{
    (void)self;
    (void)file;
    return false;
}

TEST(embed, lists_every_file_in_order_and_finds_it)
{
    struct seen seen = {NULL, 0};

    CHECK(embed_each("", in_order, &seen));
    CHECK_I64(seen.n, embed_files());
    CHECK(embed_files() == 0 || !embed_each("", stop, NULL));
}

TEST(embed, knows_no_path_that_is_not_there)
{
    CHECK(embed_find("") == NULL);
    CHECK(embed_find("apps") == NULL);
    CHECK(embed_find("zzz") == NULL);
    CHECK(embed_each("no/such/", stop, NULL));
}

TEST(embed, holds_the_bytes_of_the_source_tree)
{
    const struct embed_file *file = embed_find("apps/crm/package.xml");
    size_t n;
    char *text;

    if (file == NULL)
        return;
    text = test_read(file->path, &n);
    CHECK_I64(file->n, n);
    CHECK(memcmp(file->data, text, n) == 0);
    free(text);
    CHECK_CSTR(file->type, "application/xml");
}
