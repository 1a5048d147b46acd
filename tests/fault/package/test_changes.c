/*
 * changes: a package is installed, upgraded and removed on a disk that fails at
 * each of its calls in turn, and by a process that is killed at any moment.
 * Afterwards the workspace is as before or as after, never in between, and who
 * was told that it is done finds it done.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "support/fault_vfs.h"
#include "support/runtime/ws_fixture.h"
#include "support/test.h"

#define MANIFEST(id, version, inner)                                           \
    {                                                                          \
        "package.xml",                                                         \
            "<package format=\"1\" id=\"" id "\" version=\"" version           \
            "\" label=\"" id "\">" inner "</package>"                          \
    }

static const struct ws_file BASE[] = {
    {"entities/all.xml",
     "<entity name=\"thing\" label=\"Thing\"><field name=\"name\"/><field "
     "name=\"kind\" type=\"choice\"><option code=\"a\"/></field></entity>"},
    MANIFEST("base", "1.0", ""),
    {NULL, NULL}};
static const struct ws_file ADDON_1[] = {
    {"entities/all.xml",
     "<bundle><entity name=\"extra\"><field name=\"name\" index=\"true\"/>"
     "<field name=\"of\" type=\"ref\" to=\"base:thing\"/></entity><extend "
     "entity=\"base:thing\"><field name=\"size\" type=\"int\" "
     "index=\"true\"/></extend></bundle>"},
    MANIFEST("addon", "1.0", "<depends on=\"base\"/>"),
    {"seed/once.xml", "<seed mode=\"once\"><record entity=\"extra\" "
                      "key=\"name\"><v f=\"name\">One</v></record></seed>"},
    {NULL, NULL}};
static const struct ws_file ADDON_2[] = {
    {"entities/all.xml",
     "<bundle><entity name=\"extra\"><field name=\"title\" was=\"name\"/>"
     "<field name=\"tags\" type=\"multichoice\"><option code=\"x\"/></field>"
     "<field name=\"of\" type=\"ref\" to=\"base:thing\"/></entity><extend "
     "entity=\"base:thing\"><field name=\"size\" type=\"text\"/></extend>"
     "</bundle>"},
    MANIFEST("addon", "2.0", "<depends on=\"base\"/>"),
    {NULL, NULL}};
/* local speaks of what 2.0 renames, so the upgrade splices its text too */
static const struct ws_file LOCAL[] = {
    {"extend/a.xml",
     "<extend entity=\"addon:extra\"><field ref=\"name\" label=\"Ours\"/>"
     "</extend>"},
    {NULL, NULL}};

enum kind { INSTALL, UPGRADE, KEEP, DELETE, KINDS };

struct images {
    char file[512], pristine[KINDS][600];
    char before[KINDS][65536], after[KINDS][65536];
};
static struct images P;

static enum rc change(struct ws_fixture *f, enum kind kind)
{
    struct store_change c = {.allow_drop = true};

    err_clear(&f->err);
    if (kind == INSTALL)
        c.put = ws_package(f, "addon", ADDON_1);
    else if (kind == UPGRADE)
        c.put = ws_package(f, "addon", ADDON_2);
    else
        c.remove = STR("addon");
    c.keep_records = kind == KEEP;
    return ws_install(f, &c);
}

static void copy(const char *from, const char *to)
{
    static const char *const ENDS[] = {"-wal", "-shm", "-journal"};
    char buf[65536], name[600];
    FILE *in = fopen(from, "rb"), *out;
    size_t n;

    for (size_t i = 0; i < 3; i++) {
        snprintf(name, sizeof name, "%s%s", to, ENDS[i]);
        unlink(name);
    }
    unlink(to);
    out = fopen(to, "wb");
    CHECK(in && out);
    while ((n = fread(buf, 1, sizeof buf, in)) > 0)
        CHECK(fwrite(buf, 1, n, out) == n);
    fclose(in);
    fclose(out);
}

static void keep(char to[65536], struct ws_fixture *f)
{
    snprintf(to, 65536, "%s", ws_facts(f));
    CHECK(strlen(to) > 1000);
}

/* What is there before each change, and what it comes to where nothing fails. */
static void prepare(void)
{
    struct ws_fixture f;
    char dir[480];

    fault_vfs_register();
    log_set_level(LOG_LEVEL_OFF);
    if (P.file[0])
        return;
    snprintf(dir, sizeof dir, "%s", test_tmpdir());
    snprintf(P.file, sizeof P.file, "%s/w.db", dir);
    for (int k = 0; k < KINDS; k++) {
        snprintf(P.pristine[k], sizeof P.pristine[k], "%s/%d.db", dir, k);
        ws_fixture_open_file(&f, P.pristine[k], NULL);
        CHECK_RC(ws_put(&f, ws_package(&f, "base", BASE)), RC_OK);
        if (k != INSTALL) {
            CHECK_RC(change(&f, INSTALL), RC_OK);
            CHECK_RC(ws_put(&f, ws_package(&f, "local", LOCAL)), RC_OK);
        }
        keep(P.before[k], &f);
        ws_fixture_close(&f);
        copy(P.pristine[k], P.file);
        ws_fixture_open_file(&f, P.file, NULL);
        CHECK_RC(change(&f, (enum kind)k), RC_OK);
        keep(P.after[k], &f);
        CHECK(strcmp(P.before[k], P.after[k]) != 0);
        ws_fixture_close(&f);
    }
}

/* Open as a start does; one of both it is. */
static void look(enum kind kind, bool was_told, const char *where, long nth)
{
    struct ws_fixture f;
    const char *facts;
    bool is_after;

    ws_fixture_open_file(&f, P.file, NULL);
    CHECK_RC(db_verify(f.ws.store, &f.err), RC_OK);
    CHECK_RC(package_resume(&f.ws, &f.arena, &f.err), RC_OK);
    facts = ws_facts(&f);
    is_after = strcmp(facts, P.after[kind]) == 0;
    if (!is_after && strcmp(facts, P.before[kind]) != 0)
        fprintf(stderr, "%s, kind %d, call %ld: half done:\n%s\n", where, kind,
                nth, facts);
    CHECK(is_after || strcmp(facts, P.before[kind]) == 0);
    CHECK(is_after || !was_told);
    if (is_after && kind == INSTALL)
        CHECK_I64(ws_i64(&f, "SELECT count(*) FROM addon_extra"), 1);
    ws_fixture_close(&f);
}

static void each_call_fails(enum kind kind, bool sticky, bool full)
{
    bool fired = true;

    for (long nth = 1; fired; nth++) {
        struct fault_plan plan = {FAULT_ANY, nth, sticky, full};
        struct ws_fixture f;
        enum rc rc;

        copy(P.pristine[kind], P.file);
        ws_fixture_open_file(&f, P.file, FAULT_VFS);
        fault_vfs_arm(&plan);
        rc = change(&f, kind);
        fired = fault_vfs_fired();
        fault_vfs_disarm();
        CHECK(rc == RC_OK || rc == RC_IO || rc == RC_BUSY);
        CHECK(rc == RC_OK || f.err.text[0] != '\0');
        CHECK(fired || rc == RC_OK);
        ws_fixture_close(&f);
        look(kind, rc == RC_OK, sticky ? "sticky" : "once", nth);
    }
}

TEST(changes, are_whole_or_not_there_whichever_write_fails)
{
    prepare();
    for (int k = 0; k < KINDS; k++)
        each_call_fails((enum kind)k, false, false);
}

TEST(changes, are_whole_or_not_there_on_a_full_or_broken_disk)
{
    prepare();
    for (int k = 0; k < KINDS; k++) {
        each_call_fails((enum kind)k, true, true);
        each_call_fails((enum kind)k, true, false);
    }
}

/* --- kill -9 --------------------------------------------------------------------- */

enum { KILLS = 120 };

static void child(enum kind kind, int out)
{
    struct ws_fixture f;
    char done = 1;

    ws_fixture_open_file(&f, P.file, NULL);
    done = 0; /* ready: the clock of the parent starts */
    if (write(out, &done, 1) != 1)
        _exit(3);
    if (change(&f, kind) != RC_OK)
        _exit(4);
    done = 1;
    if (write(out, &done, 1) != 1)
        _exit(3);
    pause();
    _exit(0);
}

static void kill_one(enum kind kind, long wait_us, long nth)
{
    struct timespec pause = {0, wait_us * 1000};
    char got = 9;
    bool told = false;
    int fd[2], status;
    pid_t pid;

    copy(P.pristine[kind], P.file);
    CHECK(pipe(fd) == 0);
    pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        close(fd[0]);
        child(kind, fd[1]);
    }
    close(fd[1]);
    CHECK(read(fd[0], &got, 1) == 1 && got == 0);
    (void)nanosleep(&pause, NULL);
    CHECK(kill(pid, SIGKILL) == 0);
    told = read(fd[0], &got, 1) == 1 && got == 1;
    CHECK(waitpid(pid, &status, 0) == pid);
    CHECK(WIFSIGNALED(status));
    close(fd[0]);
    look(kind, told, "killed", nth);
}

TEST(changes, are_whole_or_not_there_after_a_kill)
{
    unsigned seed = 20251125;

    prepare();
    for (long i = 0; i < KILLS; i++) {
        seed = seed * 1103515245u + 12345u;
        kill_one((enum kind)(i % KINDS), (long)(seed >> 8) % 60000, i);
    }
}
