/* embed - see embed.h. The table is written by runtime/embed.cmake. */
#include "app/embed.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

static_assert(sizeof(struct embed_file) == 64, "as in embed.cmake");
static_assert(offsetof(struct embed_file, br_n) == 56, "as in embed.cmake");

extern const struct embed_file embed_rows[];
extern const uint64_t embed_count;

/* The first row whose path is not below `path`. */
static size_t lower_bound(const char *path)
{
    size_t low = 0;
    size_t high = embed_files();

    while (low < high) {
        size_t mid = low + (high - low) / 2;

        if (strcmp(embed_rows[mid].path, path) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

const struct embed_file *embed_find(const char *path)
{
    size_t i = lower_bound(path);

    if (i == embed_files() || strcmp(embed_rows[i].path, path) != 0)
        return NULL;
    return &embed_rows[i];
}

bool embed_each(const char *prefix,
                bool (*visit)(void *self, const struct embed_file *file),
                void *self)
{
    size_t n = strlen(prefix);

    for (size_t i = lower_bound(prefix); i < embed_files(); i++) {
        if (strncmp(embed_rows[i].path, prefix, n) != 0)
            break;
        if (!visit(self, &embed_rows[i]))
            return false;
    }
    return true;
}

size_t embed_files(void)
{
    return (size_t)embed_count;
}
