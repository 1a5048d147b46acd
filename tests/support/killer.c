#include "support/killer.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "support/test.h"

enum { SHORTEST_MS = 2, LONGEST_MS = 160, MESSAGE_BYTES = 512 };

uint64_t killer_random(uint64_t *state)
{
    uint64_t x = *state;

    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    return *state = x;
}

static long setting(const char *name, long fallback)
{
    const char *text = getenv(name);

    return text ? strtol(text, NULL, 10) : fallback;
}

static int64_t mono_ms(void)
{
    return clock_system()->mono_ms(NULL);
}

void killer_init(struct killer *k)
{
    k->seed = k->random = (uint64_t)setting("PERIGEE_SEED", 20260101);
    k->kills = 0;
    k->kills_max = setting("PERIGEE_KILLS", 200);
    k->ms_max = 1000 * setting("PERIGEE_SECONDS", 60);
    k->began_ms = mono_ms();
}

bool killer_goes_on(const struct killer *k)
{
    return k->kills < k->kills_max && mono_ms() - k->began_ms < k->ms_max;
}

/* What the child said until the moment, then until its end. */
static void listen(struct killer *k, int fd, int64_t until_ms, pid_t pid)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    char message[MESSAGE_BYTES];
    bool killed = false;

    CHECK(k->message <= sizeof message);
    for (;;) {
        int64_t left = until_ms - mono_ms();

        if (!killed && left <= 0) {
            CHECK(kill(pid, SIGKILL) == 0);
            killed = true;
        }
        if (poll(&p, 1, killed ? -1 : (int)left) <= 0)
            continue;
        if (read(fd, message, k->message) != (ssize_t)k->message)
            return;
        k->heard(k->arg, message);
    }
}

void killer_kill_one(struct killer *k)
{
    int pipes[2], status = 0;
    int64_t until;
    pid_t pid;

    killer_random(&k->random);
    CHECK(pipe(pipes) == 0);
    fflush(NULL);
    pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        close(pipes[0]);
        k->child(k->arg, pipes[1]);
        _exit(4);
    }
    close(pipes[1]);
    until = mono_ms() + SHORTEST_MS +
            (int64_t)(k->random % (LONGEST_MS - SHORTEST_MS));
    listen(k, pipes[0], until, pid);
    close(pipes[0]);
    CHECK(waitpid(pid, &status, 0) == pid);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    k->kills++;
}
