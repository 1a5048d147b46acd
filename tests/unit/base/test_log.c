/* log: one event a line. */
#include "base/log.h"

#include <unistd.h>

#include "base/arena.h"
#include "support/test.h"

struct heard {
    char text[8192];
    size_t n;
    int lines;
};

static void hear(void *arg, struct str line)
{
    struct heard *h = arg;

    CHECK(h->n + line.n < sizeof h->text);
    memcpy(h->text + h->n, line.p, line.n);
    h->n += line.n;
    h->text[h->n] = '\0';
    h->lines++;
}

static void listen_to(struct heard *h)
{
    *h = (struct heard){.n = 0};
    log_set_sink(hear, h);
}

static void stop_listening(void)
{
    log_set_sink(NULL, NULL);
    log_set_level(LOG_LEVEL_INFO);
}

TEST(log, writes_time_level_event_and_pairs)
{
    struct heard h;

    listen_to(&h);
    log_info("record.save", KV("entity", STR("crm:deal")), KV_I64("ms", -3));
    stop_listening();
    CHECK(h.lines == 1);
    CHECK(strncmp(h.text, "time=20", 7) == 0);
    CHECK_HAS(h.text, "Z level=info event=record.save entity=crm:deal ms=-3\n");
}

TEST(log, values_that_could_pass_for_something_else_are_quoted)
{
    struct heard h;

    listen_to(&h);
    log_warn("x", KV("a", STR("two words")), KV("b", STR("k=v")),
             KV("c", STR("")), KV("d", STR("say \"no\"")), KV("e", STR("a\\b")),
             KV("f", STR("\xC3\xA9")), KV_C("g", NULL));
    stop_listening();
    CHECK_HAS(h.text, " level=warn event=x a=\"two words\" b=\"k=v\" c=\"\" "
                      "d=\"say \\\"no\\\"\" e=\"a\\\\b\" f=\xC3\xA9 g=\"\"\n");
}

TEST(log, no_value_can_forge_a_line_or_reach_the_terminal)
{
    struct heard h;

    listen_to(&h);
    log_error("x", KV("a", STR("1\ntime=forged\r\x1B[31m\x7F\0z")));
    stop_listening();
    CHECK_HAS(h.text, "a=\"1\\ntime=forged\\x0d\\x1b[31m\\x7f\\x00z\"\n");
    CHECK(strchr(h.text, '\n') == h.text + h.n - 1);
}

TEST(log, below_the_level_nothing_is_written)
{
    struct heard h;

    listen_to(&h);
    log_write(LOG_LEVEL_DEBUG, "quiet", NULL, 0);
    log_set_level(LOG_LEVEL_ERROR);
    log_warn("quiet", KV_I64("n", 1));
    log_set_level(LOG_LEVEL_OFF);
    log_error("quiet", KV_I64("n", 1));
    CHECK(h.lines == 0);
    log_set_level(LOG_LEVEL_DEBUG);
    log_write(LOG_LEVEL_DEBUG, "loud", NULL, 0);
    stop_listening();
    CHECK(h.lines == 1);
    CHECK_HAS(h.text, "level=debug event=loud\n");
}

TEST(log, a_line_that_is_too_long_is_cut_and_says_so)
{
    static char wide[9000];
    struct heard h;

    memset(wide, 'x', sizeof wide);
    listen_to(&h);
    log_info("x", KV("first", STR("kept")),
             KV("wide", str_of(wide, sizeof wide)), KV("last", STR("lost")));
    wide[10] = '\n';
    log_info("x", KV("wide", str_of(wide, 4080)));
    stop_listening();
    CHECK(h.lines == 2);
    CHECK(h.n <= 2 * 4096);
    CHECK_HAS(h.text, "first=kept wide=...\n");
    CHECK(strstr(h.text, "lost") == NULL);
    CHECK(strcmp(h.text + h.n - 4, "...\n") == 0);
}

TEST(log, without_a_sink_the_line_goes_to_stderr_whole)
{
    char got[512];
    int pipe_fds[2], kept = dup(STDERR_FILENO);
    ssize_t n;

    CHECK(kept >= 0 && pipe(pipe_fds) == 0);
    CHECK(dup2(pipe_fds[1], STDERR_FILENO) >= 0);
    log_info("to.stderr", KV_I64("n", 42));
    CHECK(dup2(kept, STDERR_FILENO) >= 0);
    n = read(pipe_fds[0], got, sizeof got - 1);
    CHECK(n > 0);
    got[n] = '\0';
    CHECK_HAS(got, "event=to.stderr n=42\n");
    close(kept);
    close(pipe_fds[0]);
    close(pipe_fds[1]);
}
