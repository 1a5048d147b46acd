/* market: what a folder offers, and what is wrong in it. */
#include "package/market.h"

#include <stdio.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "package/archive.h"
#include "support/test.h"

struct fix {
    const char *dir;
    struct arena arena;
    struct err err;
    struct market market;
};

static bool each(void *ctx, const char *prefix,
                 bool (*visit)(void *arg, const char *path, struct str bytes),
                 void *arg)
{
    static const char *const PATHS[] = {"apps/crm/package.xml",
                                        "apps/crm_demo/package.xml"};
    static const char *const IDS[] = {"crm", "crm_demo"};
    struct arena *a = ctx;

    for (int i = 0; i < 2; i++) {
        if (strncmp(PATHS[i], prefix, strlen(prefix)) == 0 &&
            !visit(
                arg, PATHS[i],
                str_fmt(a, "<package id=\"%s\" version=\"1.0.0\"/>", IDS[i])))
            return false;
    }
    return true;
}

static void begin(struct fix *f)
{
    *f = (struct fix){.dir = test_tmpdir()};
    arena_init(&f->arena, 64 << 20);
}

static void write_to(const char *path, struct str bytes)
{
    FILE *out = fopen(path, "w");

    CHECK(out != NULL);
    CHECK(fwrite(bytes.p, 1, bytes.n, out) == bytes.n);
    fclose(out);
}

static struct str manifest(struct fix *f, const char *id, const char *version)
{
    return str_fmt(&f->arena,
                   "<package format=\"1\" id=\"%s\" version=\"%s\" "
                   "label=\"%s\"/>",
                   id, version, id);
}

static void put_folder(struct fix *f, const char *name, struct str text)
{
    struct str path = str_fmt(&f->arena, "%s/%s", f->dir, name);

    CHECK(mkdir(path.p, 0700) == 0);
    write_to(str_fmt(&f->arena, "%s/package.xml", path.p).p, text);
}

static void put_archive(struct fix *f, const char *name, struct str text)
{
    struct package_file one = {STR("package.xml"), text, NULL};
    struct package_src src = {.files = &one, .n = 1};
    struct buf b;

    buf_init(&b, 1 << 20);
    CHECK_RC(archive_write(&src, &b, &f->err), RC_OK);
    write_to(str_fmt(&f->arena, "%s/%s", f->dir, name).p, buf_view(&b));
    buf_release(&b);
}

static enum rc list(struct fix *f)
{
    struct package_source embedded = {each, &f->arena};
    struct market_source source = {&embedded, f->dir};

    return market_list(&source, &f->arena, &f->market, &f->err);
}

static enum rc read_id(struct fix *f, const char *id, struct str digest,
                       struct package_src **out)
{
    struct package_source embedded = {each, &f->arena};
    struct market_source source = {&embedded, f->dir};

    return market_read(&source, str_c(id), digest, &f->arena, out, &f->err);
}

static const char *version_of(struct fix *f, const char *id)
{
    const struct market_card *c = market_find(&f->market, str_c(id));

    return c ? str_cstr(&f->arena, c->manifest.version) : "none";
}

TEST(market, offers_the_highest_version_wherever_it_lies)
{
    struct fix f;

    begin(&f);
    put_folder(&f, "crm", manifest(&f, "crm", "0.9"));
    put_folder(&f, "rental", manifest(&f, "acme.rental", "1.3"));
    put_archive(&f, "rental-1.10.perigee", manifest(&f, "acme.rental", "1.10"));
    put_archive(&f, "rental-1.9.perigee", manifest(&f, "acme.rental", "1.9"));
    CHECK_RC(list(&f), RC_OK);
    CHECK_I64(f.market.cards.n, 3);
    CHECK_STR(f.market.cards.v[0].manifest.id, "acme.rental");
    CHECK_STR(str_c(version_of(&f, "acme.rental")), "1.10");
    CHECK_STR(str_c(version_of(&f, "crm")), "1.0.0");
    CHECK(market_find(&f.market, STR("crm"))->is_embedded);
    CHECK_I64(f.market.faults.n, 0);
    arena_release(&f.arena);
}

TEST(market, says_what_it_cannot_offer_and_why)
{
    struct fix f;

    begin(&f);
    put_folder(&f, "broken", STR("<package id=\"a\""));
    write_to(str_fmt(&f.arena, "%s/bad.perigee", f.dir).p, STR("no archive"));
    write_to(str_fmt(&f.arena, "%s/notes.txt", f.dir).p, STR("milk"));
    put_folder(&f, ".git", manifest(&f, "git", "1"));
    CHECK_RC(list(&f), RC_OK);
    CHECK_I64(f.market.cards.n, 2);
    CHECK_I64(f.market.faults.n, 2);
    CHECK_STR(f.market.faults.v[0].where, "bad.perigee");
    CHECK_HAS(str_cstr(&f.arena, f.market.faults.v[0].message), "perigee pack");
    CHECK_STR(f.market.faults.v[1].where, "broken");
    arena_release(&f.arena);
}

TEST(market, reads_only_what_was_looked_at)
{
    struct package_src *src = NULL;
    struct str digest;
    struct fix f;

    begin(&f);
    put_folder(&f, "rental", manifest(&f, "acme.rental", "1.3"));
    CHECK_RC(list(&f), RC_OK);
    digest = str_of(market_find(&f.market, STR("acme.rental"))->digest,
                    MARKET_DIGEST_BYTES);
    CHECK_RC(read_id(&f, "acme.rental", digest, &src), RC_OK);
    CHECK_STR(src->id, "acme.rental");
    write_to(str_fmt(&f.arena, "%s/rental/menus.xml", f.dir).p,
             STR("<menus/>"));
    src = NULL;
    CHECK_RC(read_id(&f, "acme.rental", digest, &src), RC_CONFLICT);
    CHECK(src == NULL);
    CHECK_RC(read_id(&f, "acme.rental", STR(""), &src), RC_OK);
    CHECK_RC(read_id(&f, "../rental", STR(""), &src), RC_NOTFOUND);
    CHECK_RC(read_id(&f, "", STR(""), &src), RC_NOTFOUND);
    arena_release(&f.arena);
}

TEST(market, of_no_folder_is_what_the_program_brings)
{
    struct fix f;

    begin(&f);
    f.dir = "/no/such/folder";
    CHECK_RC(list(&f), RC_OK);
    CHECK_I64(f.market.cards.n, 2);
    arena_release(&f.arena);
}
