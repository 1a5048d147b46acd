/*
 * replay - main of a fuzz target where there is no libFuzzer: runs each file
 * of the folders and files named on the command line once. Crashes speak for
 * themselves; the sanitizers are on.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUT_MAX = 4 << 20 }; /* bytes; a larger corpus file is a mistake */

static int replay_file(const char *path)
{
    FILE *in = fopen(path, "rb");
    uint8_t *room = malloc(INPUT_MAX);
    uint8_t *data;
    size_t n;

    if (in == NULL || room == NULL) {
        perror(path);
        exit(2);
    }
    n = fread(room, 1, INPUT_MAX, in);
    fclose(in);
    data = malloc(n > 0 ? n : 1); /* exact, so that ASan sees its end */
    if (data == NULL)
        exit(2);
    memcpy(data, room, n);
    free(room);
    LLVMFuzzerTestOneInput(data, n);
    free(data);
    return 1;
}

static int replay(const char *path)
{
    DIR *dir = opendir(path);
    struct dirent *entry;
    char inner[4096];
    int n = 0;

    if (dir == NULL)
        return replay_file(path);
    while ((entry = readdir(dir)) != NULL) {
        if (entry->d_name[0] == '.')
            continue;
        snprintf(inner, sizeof inner, "%s/%s", path, entry->d_name);
        n += replay(inner);
    }
    closedir(dir);
    return n;
}

int main(int argc, char **argv)
{
    int n = 0;

    for (int i = 1; i < argc; i++)
        n += replay(argv[i]);
    printf("%d inputs replayed\n1 passed, 0 failed\n", n);
    return 0;
}
