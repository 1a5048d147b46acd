/* folder: one process, one secret, nobody else. */
#include "app/folder.h"
#include "support/test.h"

#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char at[512];

static const char *below(const char *dir, const char *name)
{
    snprintf(at, sizeof at, "%s/%s", dir, name);
    return at;
}

static unsigned mode_of(const char *path)
{
    struct stat st;

    CHECK(stat(path, &st) == 0);
    return (unsigned)st.st_mode & 0777u;
}

TEST(folder, is_made_closed_to_others_with_a_secret_made_once)
{
    char dir[256];
    uint8_t secret[CRYPTO_KEY_BYTES];
    struct err err = ERR_INIT;
    struct folder f;

    snprintf(dir, sizeof dir, "%s/data", test_tmpdir());
    folder_init(&f);
    CHECK_RC(folder_open(&f, dir, false, 0, &err), RC_NOTFOUND);
    CHECK_RC(folder_open(&f, dir, true, 0, &err), RC_OK);
    memcpy(secret, f.secret, sizeof secret);
    CHECK_I64(mode_of(dir), 0700);
    CHECK_I64(mode_of(below(dir, "secret.key")), 0600);
    CHECK_I64(mode_of(below(dir, "perigee.lock")), 0600);
    folder_close(&f);
    folder_close(&f);
    CHECK_RC(folder_open(&f, below(dir, "/"), false, 0, &err), RC_OK);
    CHECK(memcmp(secret, f.secret, sizeof secret) == 0);
    folder_close(&f);
}

TEST(folder, belongs_to_one_at_a_time)
{
    struct err err = ERR_INIT;
    struct folder one, two;
    const char *dir = test_tmpdir();

    folder_init(&one);
    folder_init(&two);
    CHECK_RC(folder_open(&one, dir, true, 0, &err), RC_OK);
    CHECK_RC(folder_open(&two, dir, true, 0, &err), RC_BUSY);
    CHECK_HAS(err.text, "Another perigee is using");
    CHECK_HAS(err.text, dir);
    folder_close(&one);
    CHECK_RC(folder_open(&two, dir, true, 0, &err), RC_OK);
    folder_close(&two);
}

TEST(folder, closes_what_others_could_read)
{
    struct err err = ERR_INIT;
    const char *dir = test_tmpdir();
    struct folder f;

    folder_init(&f);
    CHECK_RC(folder_open(&f, dir, true, 0, &err), RC_OK);
    folder_close(&f);
    CHECK(chmod(dir, 0755) == 0 && chmod(below(dir, "secret.key"), 0644) == 0);
    CHECK_RC(folder_open(&f, dir, false, 0, &err), RC_OK);
    folder_close(&f);
    CHECK_I64(mode_of(dir), 0700);
    CHECK_I64(mode_of(below(dir, "secret.key")), 0600);
}

TEST(folder, says_when_its_secret_is_lost_or_damaged)
{
    struct err err = ERR_INIT;
    const char *dir = test_tmpdir();
    struct folder f;
    FILE *db;

    folder_init(&f);
    CHECK_RC(folder_open(&f, dir, true, 0, &err), RC_OK);
    CHECK_RC(folder_make(&f, "workspaces/main", &err), RC_OK);
    folder_close(&f);
    db = fopen(below(dir, "workspaces/main/workspace.db"), "w");
    CHECK(db != NULL);
    fclose(db);
    CHECK(truncate(below(dir, "secret.key"), 31) == 0);
    CHECK_RC(folder_open(&f, dir, true, 0, &err), RC_IO);
    CHECK_HAS(err.text, "damaged");
    CHECK(unlink(below(dir, "secret.key")) == 0);
    CHECK_RC(folder_open(&f, dir, true, 0, &err), RC_IO);
    CHECK_HAS(err.text, "backup");
}

TEST(folder, is_none_when_nothing_of_ours_is_in_it)
{
    struct err err = ERR_INIT;
    const char *dir = test_tmpdir();
    struct folder f;

    folder_init(&f);
    CHECK_RC(folder_open(&f, dir, false, 0, &err), RC_NOTFOUND);
    CHECK(access(below(dir, "perigee.lock"), F_OK) != 0); /* left as it was */
    CHECK_RC(folder_open(&f, "", true, 0, &err), RC_LIMIT);
}

TEST(folder, writes_a_new_file_whole_or_not_at_all)
{
    struct err err = ERR_INIT;
    const char *dir = test_tmpdir();
    struct folder f;

    folder_init(&f);
    CHECK_RC(folder_open(&f, dir, true, 0, &err), RC_OK);
    CHECK_RC(folder_write_new(&f, "x.pem", STR("one"), &err), RC_OK);
    CHECK_RC(folder_write_new(&f, "x.pem", STR("two"), &err), RC_CONFLICT);
    CHECK(!folder_has(&f, "x.pem.new"));
    CHECK_I64(mode_of(below(dir, "x.pem")), 0600);
    CHECK_RC(folder_write_new(&f, "no/x.pem", STR("x"), &err), RC_IO);
    folder_close(&f);
}
