/* rc: errors are told in the caller's storage. */
#include "base/rc.h"

#include <string.h>

#include "base/utf8.h"
#include "support/test.h"

static enum rc full(struct err *err)
{
    return FAIL_CODE(err, RC_IO, "E_FULL", "The disk of \"%s\" is full.",
                     "main");
}

TEST(rc, every_code_has_a_name_of_its_own)
{
    int i, j;

    for (i = 0; i < RC_COUNT; i++) {
        CHECK(strcmp(rc_name((enum rc)i), "?") != 0);
        for (j = 0; j < i; j++)
            CHECK(strcmp(rc_name((enum rc)i), rc_name((enum rc)j)) != 0);
    }
    CHECK_CSTR(rc_name(RC_NOTFOUND), "NOTFOUND");
}

TEST(rc, an_error_says_what_where_and_with_which_outside_code)
{
    struct err err = ERR_INIT;

    CHECK_RC(full(&err), RC_IO);
    CHECK_RC(err.rc, RC_IO);
    CHECK_CSTR(err.code, "E_FULL");
    CHECK_CSTR(err.text, "The disk of \"main\" is full.");
    CHECK_HAS(err.file, "test_rc.c");
    CHECK(err.line > 0);
    err_clear(&err);
    CHECK_RC(err.rc, RC_OK);
    CHECK_CSTR(err.text, "");
    CHECK_CSTR(err.code, "");
}

TEST(rc, nobody_has_to_listen)
{
    CHECK_RC(full(NULL), RC_IO);
}

TEST(rc, context_may_be_put_before_what_the_error_already_says)
{
    struct err err = ERR_INIT;

    (void)full(&err);
    CHECK_RC(FAIL(&err, RC_IO, "Saving failed: %s", err.text), RC_IO);
    CHECK_CSTR(err.text, "Saving failed: The disk of \"main\" is full.");
    CHECK_CSTR(err.code, "");
}

TEST(rc, long_text_is_cut_between_characters)
{
    struct err err = ERR_INIT;
    char wide[2 * ERR_TEXT_BYTES];
    size_t lead;

    /* Each phase of a 4-byte character at the cut. */
    for (lead = 0; lead < 4; lead++) {
        size_t i;

        memset(wide, 'a', lead);
        for (i = lead; i + 5 < sizeof wide; i += 4)
            memcpy(wide + i, "\xF0\x9F\x98\x80", 4);
        wide[i] = '\0';
        CHECK_RC(FAIL(&err, RC_BUG, "%s", wide), RC_BUG);
        CHECK(strlen(err.text) > ERR_TEXT_BYTES - 6);
        CHECK(utf8_invalid(str_c(err.text)) == -1);
    }
}

TEST(rc, text_that_just_fits_is_whole)
{
    struct err err = ERR_INIT;
    char text[ERR_TEXT_BYTES];

    memset(text, 'x', sizeof text - 3);
    memcpy(text + sizeof text - 3, "\xC3\xA9", 3);
    CHECK_RC(FAIL(&err, RC_BUG, "%s", text), RC_BUG);
    CHECK_CSTR(err.text, text);
}

TEST(rc, a_code_that_is_too_long_is_cut)
{
    struct err err = ERR_INIT;

    (void)FAIL_CODE(&err, RC_BUG, "E_A_CODE_LONGER_THAN_ANY_WE_HAVE", "x");
    CHECK(strlen(err.code) == ERR_CODE_BYTES - 1);
}
