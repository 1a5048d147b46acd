/*
 * test - the look of our tests, on top of cmocka.
 *
 *     TEST(sequence, counts_up_and_restarts_with_the_year)
 *     {
 *         CHECK_RC(next_at(&f, NYE_2026), RC_OK);
 *         CHECK_STR(f.out, "INV-2026-00001");
 *     }
 *
 * A TEST registers itself; main is in test.c. A CHECK that fails prints file,
 * line, expression and values, and leaves the test by longjmp: what the test
 * held is lost, which does not matter since it failed. Run a program with
 * words to run only the tests whose "suite.name" contains one of them.
 */
#ifndef SUPPORT_TEST_H
#define SUPPORT_TEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TEST(suite, name)                                                      \
    static void test_##suite##_##name(void);                                   \
    static void test_run_##suite##_##name(void **state_)                       \
    {                                                                          \
        (void)state_;                                                          \
        test_##suite##_##name();                                               \
    }                                                                          \
    __attribute__((constructor)) static void test_add_##suite##_##name(void)   \
    {                                                                          \
        test_add(#suite "." #name, test_run_##suite##_##name);                 \
    }                                                                          \
    static void test_##suite##_##name(void)

#define CHECK(x)                                                               \
    ((x) ? (void)0 : test_fail(__FILE__, __LINE__, "CHECK(%s)", #x))

/* An enum rc; the numbers are printed with both expressions. */
#define CHECK_RC(expr, want)                                                   \
    test_check_int(__FILE__, __LINE__, #expr, (int64_t)(expr), #want,          \
                   (int64_t)(want))

#define CHECK_I64(got, want)                                                   \
    test_check_int(__FILE__, __LINE__, #got, (int64_t)(got), #want,            \
                   (int64_t)(want))

/* A struct str (or anything with .p and .n) and a C string. */
#define CHECK_STR(got, want)                                                   \
    do {                                                                       \
        __typeof__(got) check_str_ = (got);                                    \
        test_check_str(__FILE__, __LINE__, #got, check_str_.p, check_str_.n,   \
                       (want));                                                \
    } while (0)

#define CHECK_CSTR(got, want)                                                  \
    test_check_cstr(__FILE__, __LINE__, #got, (got), (want))

/* The C string `text` contains `part`. */
#define CHECK_HAS(text, part)                                                  \
    test_check_has(__FILE__, __LINE__, #text, (text), (part))

/*
 * Run the block with the 1st, 2nd, 3rd ... allocation failing, until a run in
 * which none did. Without fault counters the block runs once. WITHOUT_FAULTS
 * inside shields the making of a fixture:
 *
 *     WITH_EACH_ALLOC_FAILING(i) {
 *         struct fixture f;
 *         WITHOUT_FAULTS { f = setup(); }
 *         ...
 */
#define WITH_EACH_ALLOC_FAILING(i) WITH_EACH_FAILING(i, test_fault_alloc)
#define WITH_EACH_FAILING(i, fault)                                            \
    for (long i = 0; test_fault_next(&(fault), &i);)
#define WITHOUT_FAULTS                                                         \
    for (bool shield_ = test_fault_pause(); shield_;                           \
         shield_ = test_fault_resume())

/* A place that can be told to fail at its n-th use from now. */
struct test_fault {
    const char *name;
    void (*arm)(long nth);
    bool (*fired)(void);
    void (*disarm)(void);
};
extern const struct test_fault test_fault_alloc;

/*
 * Compare with the file tests/golden/<path>; UPDATE_GOLDEN=1 in the
 * environment writes it instead.
 */
#define golden_check(path, text)                                               \
    do {                                                                       \
        __typeof__(text) golden_ = (text);                                     \
        test_golden(__FILE__, __LINE__, (path), golden_.p, golden_.n);         \
    } while (0)
#define golden_check_cstr(path, text)                                          \
    test_golden(__FILE__, __LINE__, (path), (text), (size_t)-1)

/*
 * The whole of a file under the source tree, with a NUL after it that is not
 * counted. Fails the test when it cannot be read; free() it.
 */
char *test_read(const char *path, size_t *n);

/*
 * A new empty folder for this test, removed with what is in it when the
 * program ends. The string lives as long.
 */
const char *test_tmpdir(void);

/* What the macros above are made of. */
void test_add(const char *name, void (*run)(void **state));
_Noreturn void test_fail(const char *file, int line, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void test_check_int(const char *file, int line, const char *expr, int64_t got,
                    const char *want_expr, int64_t want);
void test_check_str(const char *file, int line, const char *expr,
                    const char *got, size_t n, const char *want);
void test_check_cstr(const char *file, int line, const char *expr,
                     const char *got, const char *want);
void test_check_has(const char *file, int line, const char *expr,
                    const char *text, const char *part);
void test_golden(const char *file, int line, const char *path, const char *text,
                 size_t n);
bool test_fault_next(const struct test_fault *fault, long *i);
bool test_fault_pause(void);
bool test_fault_resume(void);

#endif
