/*
 * docs/language/messages.md names every code that model says.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/test.h"

static bool is_code(const char *p)
{
    return p[0] == '"' && strchr("RLVKDU", p[1]) && p[1] && p[2] >= '0' &&
           p[2] <= '9' && p[3] >= '0' && p[3] <= '9' && p[4] >= '0' &&
           p[4] <= '9' && p[5] == '"';
}

TEST(catalogue, every_code_in_the_sources_is_explained)
{
    char path[400], *page, *text, want[16];
    struct dirent *d;
    size_t n, i, found = 0;
    DIR *dir;

    page = test_read("docs/language/messages.md", &n);
    snprintf(path, sizeof path, "%s/core/model", TEST_SOURCE_DIR);
    dir = opendir(path);
    CHECK(dir != NULL);
    while ((d = readdir(dir)) != NULL) {
        if (strlen(d->d_name) < 3 ||
            strcmp(d->d_name + strlen(d->d_name) - 2, ".c") != 0)
            continue;
        snprintf(path, sizeof path, "core/model/%s", d->d_name);
        text = test_read(path, &n);
        for (i = 0; i + 6 < n; i++) {
            if (!is_code(text + i))
                continue;
            snprintf(want, sizeof want, "| %.4s |", text + i + 1);
            CHECK_HAS(page, want);
            found++;
        }
        free(text);
    }
    closedir(dir);
    CHECK(found > 40);
    free(page);
}
