/* test - see test.h. One thread runs tests; the state here is that thread's. */
#include "support/test.h"

#include <errno.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#ifdef TEST_FAULTS
#include "base/fault.h"
const struct test_fault test_fault_alloc = {
    "allocation", fault_alloc_arm, fault_alloc_fired, fault_alloc_disarm};
#else
const struct test_fault test_fault_alloc = {"allocation", NULL, NULL, NULL};
#endif

enum {
    TESTS_MAX = 4096,    /* in one program                         */
    TMPDIRS_MAX = 256,   /* in one program                         */
    FAULTS_MAX = 200000, /* a loop that long is a loop without end */
    SHOWN_MAX = 2000     /* bytes of a value in a message          */
};

static struct CMUnitTest tests[TESTS_MAX];
static size_t test_count;
static const char *const *only; /* words from the command line */

static char *tmpdirs[TMPDIRS_MAX];
static size_t tmpdir_count;

/* The running WITH_EACH_FAILING, told in the message of a failure. */
static const struct test_fault *fault_now;
static long fault_n;
static bool fault_was_fired;

void test_add(const char *name, void (*run)(void **state))
{
    if (test_count == TESTS_MAX) {
        fputs("test_add: raise TESTS_MAX.\n", stderr);
        abort();
    }
    tests[test_count++] = (struct CMUnitTest){.name = name, .test_func = run};
}

/* Faults ---------------------------------------------------------------- */

static void fault_off(void)
{
    if (fault_now != NULL && fault_now->disarm != NULL)
        fault_now->disarm();
    fault_now = NULL;
}

bool test_fault_next(const struct test_fault *fault, long *i)
{
    if (*i > 0) {
        bool fired = fault->fired != NULL && fault->fired();

        fault_off();
        if (!fired && !fault_was_fired)
            return false;
    }
    ++*i;
    if (*i > FAULTS_MAX)
        test_fail(__FILE__, __LINE__, "%s still fails at use %ld", fault->name,
                  *i);
    fault_now = fault;
    fault_n = *i;
    fault_was_fired = false;
    if (fault->arm != NULL)
        fault->arm(*i);
    return true;
}

bool test_fault_pause(void)
{
    if (fault_now != NULL && fault_now->disarm != NULL) {
        fault_was_fired = fault_was_fired || fault_now->fired();
        fault_now->disarm();
    }
    return true;
}

bool test_fault_resume(void)
{
    if (fault_now != NULL && fault_now->arm != NULL && !fault_was_fired)
        fault_now->arm(fault_n);
    return false;
}

/* Checks ---------------------------------------------------------------- */

_Noreturn void test_fail(const char *file, int line, const char *fmt, ...)
{
    va_list args;

    fflush(stdout);
    fprintf(stderr, "%s:%d: ", file, line);
    va_start(args, fmt);
    vfprintf(stderr, fmt, args);
    va_end(args);
    if (fault_now != NULL)
        fprintf(stderr, " [with %s %ld failing]", fault_now->name, fault_n);
    fputc('\n', stderr);
    fault_off();
    _fail(file, line);
    abort(); /* _fail does not return */
}

void test_check_int(const char *file, int line, const char *expr, int64_t got,
                    const char *want_expr, int64_t want)
{
    if (got != want)
        test_fail(file, line, "%s is %lld, not %s (%lld)", expr, (long long)got,
                  want_expr, (long long)want);
}

static int shown(size_t n)
{
    return (int)(n < SHOWN_MAX ? n : SHOWN_MAX);
}

void test_check_str(const char *file, int line, const char *expr,
                    const char *got, size_t n, const char *want)
{
    size_t want_n = strlen(want);

    if (n != want_n || (n > 0 && memcmp(got, want, n) != 0))
        test_fail(file, line, "%s\n   is \"%.*s\" (%zu bytes)\n  not \"%s\"",
                  expr, shown(n), n > 0 ? got : "", n, want);
}

void test_check_cstr(const char *file, int line, const char *expr,
                     const char *got, const char *want)
{
    if (got == NULL || strcmp(got, want) != 0)
        test_fail(file, line, "%s\n   is \"%s\"\n  not \"%s\"", expr,
                  got != NULL ? got : "(NULL)", want);
}

void test_check_has(const char *file, int line, const char *expr,
                    const char *text, const char *part)
{
    if (text == NULL || strstr(text, part) == NULL)
        test_fail(file, line, "%s\n   is \"%s\"\n  without \"%s\"", expr,
                  text != NULL ? text : "(NULL)", part);
}

/* Files ----------------------------------------------------------------- */

static char *read_whole(const char *path, size_t *n)
{
    FILE *in = fopen(path, "rb");
    char *text = NULL;
    long size;

    if (in == NULL)
        return NULL;
    if (fseek(in, 0, SEEK_END) == 0 && (size = ftell(in)) >= 0 &&
        fseek(in, 0, SEEK_SET) == 0) {
        text = calloc(1, (size_t)size + 1);
        if (text != NULL)
            *n = fread(text, 1, (size_t)size, in);
    }
    fclose(in);
    return text;
}

char *test_read(const char *path, size_t *n)
{
    char full[4096];
    size_t got = 0;
    char *text;

    snprintf(full, sizeof full, "%s/%s", TEST_SOURCE_DIR, path);
    text = read_whole(full, &got);
    if (text == NULL)
        test_fail(__FILE__, __LINE__, "%s: %s", path, strerror(errno));
    if (n != NULL)
        *n = got;
    return text;
}

static void make_parents(char *path)
{
    for (char *slash = path + strlen(TEST_SOURCE_DIR) + 1;
         (slash = strchr(slash, '/')) != NULL; slash++) {
        *slash = '\0';
        mkdir(path, 0777);
        *slash = '/';
    }
}

static void golden_write(const char *file, int line, char *full,
                         const char *text, size_t n)
{
    FILE *out;

    make_parents(full);
    out = fopen(full, "wb");
    if (out == NULL || (n > 0 && fwrite(text, 1, n, out) != n) ||
        fclose(out) != 0)
        test_fail(file, line, "cannot write %s: %s", full, strerror(errno));
    printf("wrote %s\n", full);
}

void test_golden(const char *file, int line, const char *path, const char *text,
                 size_t n)
{
    const char *update = getenv("UPDATE_GOLDEN");
    char full[4096];
    size_t want_n = 0;
    size_t at = 0;
    size_t row = 1;
    char *want;

    if (n == (size_t)-1)
        n = strlen(text);
    snprintf(full, sizeof full, "%s/tests/golden/%s", TEST_SOURCE_DIR, path);
    if (update != NULL && strcmp(update, "1") == 0) {
        golden_write(file, line, full, text, n);
        return;
    }
    want = read_whole(full, &want_n);
    if (want == NULL)
        test_fail(file, line,
                  "tests/golden/%s is missing; UPDATE_GOLDEN=1 "
                  "writes it. It would be:\n%.*s",
                  path, shown(n), text);
    while (at < n && at < want_n && text[at] == want[at])
        row += text[at++] == '\n';
    if (at == n && at == want_n) {
        free(want);
        return;
    }
    while (at > 0 && text[at - 1] != '\n')
        at--;
    fprintf(stderr, "is:  %.*s\nnot: %.*s\n", (int)strcspn(text + at, "\n"),
            text + at, (int)strcspn(want + at, "\n"), want + at);
    free(want);
    test_fail(file, line,
              "differs from tests/golden/%s in line %zu; "
              "UPDATE_GOLDEN=1 rewrites it",
              path, row);
}

const char *test_tmpdir(void)
{
    const char *base = getenv("TMPDIR");
    char path[4096];

    if (tmpdir_count == TMPDIRS_MAX)
        test_fail(__FILE__, __LINE__, "raise TMPDIRS_MAX");
    snprintf(path, sizeof path, "%s/perigee-test.XXXXXX",
             base != NULL ? base : "/tmp");
    if (mkdtemp(path) == NULL)
        test_fail(__FILE__, __LINE__, "%s: %s", path, strerror(errno));
    tmpdirs[tmpdir_count] = strdup(path);
    return tmpdirs[tmpdir_count++];
}

static int remove_one(const char *path, const struct stat *info, int kind,
                      struct FTW *at)
{
    (void)info;
    (void)kind;
    (void)at;
    remove(path);
    return 0;
}

/* Running --------------------------------------------------------------- */

/* Leave the tests that the words name; returns how many. */
static size_t keep_chosen(void)
{
    size_t kept = 0;

    for (size_t i = 0; i < test_count; i++) {
        bool chosen = *only == NULL;

        for (const char *const *word = only; *word != NULL; word++)
            chosen = chosen || strstr(tests[i].name, *word) != NULL;
        if (chosen)
            tests[kept++] = tests[i];
    }
    return kept;
}

int main(int argc, char **argv)
{
    const char *slash = strrchr(argv[0], '/');
    const char *program = slash != NULL ? slash + 1 : argv[0];
    int failed;

    (void)argc;
    only = (const char *const *)(argv + 1);
    test_count = keep_chosen();
    failed = _cmocka_run_group_tests(program, tests, test_count, NULL, NULL);
    for (size_t i = 0; i < tmpdir_count; i++) {
        nftw(tmpdirs[i], remove_one, 16, FTW_DEPTH | FTW_PHYS);
        free(tmpdirs[i]);
    }
    fflush(stderr);
    if (failed < 0)
        failed = (int)test_count;
    printf("%zu passed, %d failed\n", test_count - (size_t)failed, failed);
    return failed == 0 && test_count > 0 ? 0 : 1;
}
