/*
 * server - see the header; tests/support/pg.sh does the work.
 */
#include "server.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/test.h"

enum { SKIP = 77 };

/* What `pg.sh <verb> <folder> [-At -f <file>]` writes; *status is its exit. */
static void run_script(const char *verb, const char *folder, const char *file,
                       char *out, size_t cap, int *status)
{
    const char *const args[] = {TEST_SOURCE_DIR "/tests/support/pg.sh",
                                verb,
                                folder,
                                file ? "-At" : NULL,
                                "-f",
                                file,
                                NULL};
    int ends[2], wait_status = 0;
    size_t n = 0;
    pid_t child;

    CHECK(pipe(ends) == 0);
    child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        dup2(ends[1], STDOUT_FILENO);
        dup2(ends[1], STDERR_FILENO);
        close(ends[0]);
        close(ends[1]);
        execv(args[0], (char *const *)(uintptr_t)args);
        _exit(126);
    }
    close(ends[1]);
    for (;;) {
        char rest[512];
        ssize_t k = n + 1 < cap ? read(ends[0], out + n, cap - 1 - n)
                                : read(ends[0], rest, sizeof rest);

        if (k <= 0)
            break;
        n += n + 1 < cap ? (size_t)k : 0;
    }
    out[n] = 0;
    close(ends[0]);
    CHECK(waitpid(child, &wait_status, 0) == child);
    *status = WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : -1;
}

struct pg pg_start(void)
{
    const char *parent = test_tmpdir();
    struct pg pg = {.skipped = false};
    char out[4096];
    int status;

    CHECK(chmod(parent, 0711) == 0); // its account has to get there
    snprintf(pg.folder, sizeof pg.folder, "%s/pg", parent);
    run_script("start", pg.folder, NULL, out, sizeof out, &status);
    pg.skipped = status == SKIP;
    if (pg.skipped)
        fprintf(stderr, "\n*** SKIPPED, nothing was tested: %s\n", out);
    else if (status != 0)
        test_fail(__FILE__, __LINE__, "PostgreSQL did not start: %s", out);
    return pg;
}

void pg_stop(struct pg *pg)
{
    char out[4096];
    int status;

    if (pg->skipped)
        return;
    run_script("stop", pg->folder, NULL, out, sizeof out, &status);
    CHECK_I64(status, 0);
}

void pg_run(struct pg *pg, struct str sql, char *out, size_t cap)
{
    char path[300];
    FILE *file;
    int status;

    snprintf(path, sizeof path, "%s.sql", pg->folder);
    file = fopen(path, "w");
    CHECK(file != NULL);
    CHECK(fwrite(sql.p, 1, sql.n, file) == sql.n);
    CHECK(fclose(file) == 0);
    run_script("psql", pg->folder, path, out, cap, &status);
    if (status != 0) {
        pg_stop(pg);
        test_fail(__FILE__, __LINE__, "psql: %s", out);
    }
}
