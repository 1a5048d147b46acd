/* io: bytes arrive whole, and a file that takes none says so. */
#include "base/io.h"

#include <pthread.h>
#include <unistd.h>

#include "support/test.h"

enum { BYTES = 1 << 20 };

static void *read_slowly(void *arg)
{
    const int *fd = arg;
    char piece[1000];
    size_t n = 0;
    ssize_t got;

    while ((got = read(*fd, piece, sizeof piece)) > 0)
        n += (size_t)got;
    return (void *)(uintptr_t)n;
}

TEST(io, more_than_a_pipe_holds_is_written_whole)
{
    static char bytes[BYTES];
    void *got = NULL;
    int fds[2];
    pthread_t t;

    CHECK(pipe(fds) == 0);
    CHECK(pthread_create(&t, NULL, read_slowly, &fds[0]) == 0);
    CHECK(io_write_all(fds[1], (struct str){bytes, BYTES}));
    CHECK(io_write_all(fds[1], STR("")));
    CHECK(close(fds[1]) == 0);
    CHECK(pthread_join(t, &got) == 0);
    CHECK_I64((int64_t)(uintptr_t)got, BYTES);
    CHECK(close(fds[0]) == 0);
}

TEST(io, what_cannot_be_written_is_said)
{
    int fds[2];

    CHECK(!io_write_all(-1, STR("x")));
    CHECK(io_write_all(-1, STR(""))); /* nothing was asked for */
    CHECK(pipe(fds) == 0);
    CHECK(!io_write_all(fds[0], STR("x"))); /* it is for reading */
    CHECK(close(fds[0]) == 0);
    CHECK(close(fds[1]) == 0);
}
