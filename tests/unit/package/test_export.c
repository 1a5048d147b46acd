/*
 * Packages out and in again: definitions byte for byte, and every field type
 * with its value.
 */
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/id.h"
#include "record/blob.h"
#include "support/every_type.h"
#include "support/records_fixture.h"
#include "support/runtime/ws_fixture.h"
#include "support/test.h"

/* --- helpers ------------------------------------------------------------------ */

/* The workspace as the fixture of records sees it. */
struct world {
    struct ws_fixture w;
    struct records_fixture r;
};

static void look(struct world *x)
{
    model_unref(x->r.model);
    x->r.model = model_slot_ref(x->w.ws.slot);
}

static void open_world(struct world *x)
{
    *x = (struct world){0};
    ws_fixture_open(&x->w);
    arena_init(&x->r.arena, 256 << 20);
    x->r.clock = x->w.clock;
    x->r.store = x->w.ws.store;
    x->r.slot = x->w.ws.slot;
    x->r.who = principal_system(SOURCE_API);
    look(x);
}

static void close_world(struct world *x)
{
    model_unref(x->r.model);
    arena_release(&x->r.arena);
    ws_fixture_close(&x->w);
}

static void install(struct world *x, const struct package_src *src)
{
    if (ws_put(&x->w, src) != RC_OK) {
        for (size_t i = 0; i < x->w.messages.n; i++)
            fprintf(stderr, "%.*s:%u: %.*s\n", STR_ARG(x->w.messages.v[i].file),
                    (unsigned)x->w.messages.v[i].line,
                    STR_ARG(x->w.messages.v[i].text));
        test_fail(__FILE__, __LINE__, "%s", x->w.err.text);
    }
    look(x);
}

static struct package_src *exported_with(struct world *x,
                                         struct package_export spec,
                                         struct issues *notes)
{
    struct package_src *src = NULL;

    issues_init(notes, &x->w.arena);
    if (package_export(&x->w.ws, &spec, &x->w.arena, &src, notes, &x->w.err) !=
        RC_OK)
        test_fail(__FILE__, __LINE__, "%s", x->w.err.text);
    return src;
}

static struct package_src *exported(struct world *x, const char *id,
                                    const char *as, bool records)
{
    struct issues notes;

    return exported_with(
        x, (struct package_export){str_c(id), str_c(as), records}, &notes);
}

static struct str text_of(const struct package_src *src, const char *path)
{
    for (size_t i = 0; i < src->n; i++) {
        if (str_eq(src->files[i].path, str_c(path)))
            return src->files[i].text;
    }
    return STR_NONE;
}

static void check_same(const struct package_src *a, const struct package_src *b)
{
    CHECK_I64(a->n, b->n);
    for (size_t i = 0; i < a->n; i++) {
        CHECK(str_eq(a->files[i].path, b->files[i].path));
        if (!str_eq(a->files[i].text, b->files[i].text))
            test_fail(__FILE__, __LINE__, "%.*s:\n%.*s\nnot\n%.*s",
                      STR_ARG(a->files[i].path), STR_ARG(b->files[i].text),
                      STR_ARG(a->files[i].text));
    }
}

/* --- definitions ----------------------------------------------------------------- */

static const struct ws_file LOCAL[] = {
    {"entities/visit.xml",
     "<!-- ours -->\n<entity name=\"visit\" label=\"Visit\" "
     "import-key=\"place\">\n  <field name=\"place\"/>\n"
     "  <field name=\"before\" type=\"ref\" to=\"local:visit\" "
     "inverse=\"after\"/>\n"
     "  <field name=\"account\" type=\"ref\" to=\"crm:account\"/>\n"
     "  <help>Not local:time, but local:visit.</help>\n</entity>\n"},
    {"extend/crm.deal.xml",
     "<extend entity=\"crm:deal\"><field name=\"x_region\"/><field "
     "ref=\"amount\" label=\"Sum\"/></extend>"},
    {"local.lock", "crm:deal/field[amount]/@label  base \"Seen\"  v0.9\n"},
    {NULL, NULL}};

TEST(export, gives_back_what_was_installed)
{
    struct world x, y;
    struct package_src *once;

    open_world(&x);
    install(&x, fixture_folder(&x.w.arena, "crm", "apps/crm"));
    install(&x, ws_package(&x.w, "local", LOCAL));
    once = exported(&x, "local", "", false);
    CHECK_STR(text_of(once, "entities/visit.xml"), LOCAL[0].text);
    CHECK_STR(text_of(once, "local.lock"), LOCAL[2].text);
    open_world(&y);
    install(&y, fixture_folder(&y.w.arena, "crm", "apps/crm"));
    install(&y, once);
    check_same(exported(&y, "local", "", false), once);
    check_same(exported(&x, "crm", "", false),
               fixture_folder(&x.w.arena, "crm", "apps/crm"));
    close_world(&y);
    close_world(&x);
}

TEST(export, makes_a_package_of_what_was_built_here)
{
    struct world x, y;
    struct package_src *src;

    open_world(&x);
    install(&x, fixture_folder(&x.w.arena, "crm", "apps/crm"));
    install(&x, ws_package(&x.w, "local", LOCAL));
    (void)records_fixture_create(&x.r, "local:visit", "{\"place\":\"Graz\"}");
    src = exported(&x, "local", "acme.site_visits", true);
    CHECK_STR(src->id, "acme.site_visits");
    CHECK_STR(text_of(src, "package.xml"),
              "<package format=\"1\" id=\"acme.site_visits\" "
              "version=\"1.0.0\" label=\"Site visits\">\n"
              "  <depends on=\"crm\" version=\"^1.0\"/>\n</package>\n");
    CHECK(str_find(text_of(src, "entities/visit.xml"),
                   STR("to=\"acme.site_visits:visit\"")) > 0);
    CHECK(str_find(text_of(src, "entities/visit.xml"),
                   STR("Not local:time, but acme.site_visits:visit.")) > 0);
    CHECK(text_of(src, "local.lock").p == NULL);
    open_world(&y);
    install(&y, fixture_folder(&y.w.arena, "crm", "apps/crm"));
    install(&y, src);
    CHECK_STR(ws_text(&y.w, "SELECT place FROM acme_site_visits_visit"),
              "Graz");
    check_same(exported(&y, "acme.site_visits", "", true), src);
    close_world(&y);
    close_world(&x);
}

TEST(export, says_what_it_cannot_do)
{
    static const struct {
        const char *id, *as;
        enum rc rc;
        const char *text;
    } BAD[] = {
        {"local", "", RC_NOTFOUND, "Nothing has been built"},
        {"acme.no", "", RC_NOTFOUND, "is not installed"},
        {"", "", RC_NOTFOUND, "is not installed"},
        {"sys", "", RC_INVALID, "come with the program"},
        {"crm", "acme.crm", RC_INVALID, "Only \"local\""},
        {"local", "sys", RC_INVALID, "is no name for a package"},
        {"local", "local", RC_INVALID, "is no name for a package"},
    };
    static const char *const NAMES[] = {"Acme", "acme visits", "a..b",
                                        "../x", "\"/><x",      "a__b"};
    struct world x;
    struct package_src *src = NULL;
    struct issues notes;
    size_t i;

    open_world(&x);
    install(&x, fixture_folder(&x.w.arena, "crm", "apps/crm"));
    issues_init(&notes, &x.w.arena);
    for (i = 0; i < sizeof BAD / sizeof BAD[0]; i++) {
        struct package_export spec = {str_c(BAD[i].id), str_c(BAD[i].as), true};

        CHECK_RC(
            package_export(&x.w.ws, &spec, &x.w.arena, &src, &notes, &x.w.err),
            BAD[i].rc);
        CHECK_HAS(x.w.err.text, BAD[i].text);
        CHECK(src == NULL);
    }
    install(&x, ws_package(&x.w, "local", LOCAL));
    for (i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++) {
        struct package_export spec = {STR("local"), str_c(NAMES[i]), false};

        CHECK_RC(
            package_export(&x.w.ws, &spec, &x.w.arena, &src, &notes, &x.w.err),
            RC_INVALID);
        CHECK(src == NULL);
    }
    close_world(&x);
}

/* --- records ------------------------------------------------------------------------ */

struct upload {
    const char *bytes;
    uint8_t key[SHA256_BYTES];
};

static enum rc keep_bytes(void *arg, struct db *db, int64_t txn,
                          struct err *err)
{
    struct upload *u = arg;

    (void)txn;
    return blob_put_all(db, u->key, str_c(u->bytes), 1, err);
}

static int64_t upload(struct world *x, const char *name, const char *bytes)
{
    struct record_ctx ctx = records_fixture_ctx(&x->r);
    const struct entity *e = records_fixture_entity(&x->r, "sys:file");
    struct upload u = {.bytes = bytes};
    struct record_batch batch;
    struct record_result result;
    struct record_item *item;
    struct issues issues;

    sha256(str_c(bytes), u.key);
    issues_init(&issues, &x->r.arena);
    record_batch_init(&batch, &x->r.arena);
    item = record_add(&batch, x->r.model, RECORD_CREATE, e, 0);
    CHECK(record_set(item, entity_field(e, STR("name")),
                     value_text(str_c(name))) &&
          record_set(item, entity_field(e, STR("type")),
                     value_text(STR("image/png"))) &&
          record_set(item, entity_field(e, STR("size")),
                     value_int((int64_t)strlen(bytes))) &&
          record_set(item, entity_field(e, STR("sha256")),
                     value_text(crypto_hex(&x->r.arena, u.key, sizeof u.key))));
    ctx.in_tx = keep_bytes;
    ctx.in_tx_arg = &u;
    CHECK_RC(record_save(&ctx, x->r.model, &batch, &issues, &result, &x->w.err),
             RC_OK);
    return batch.items[0].id;
}

static const struct json *read_back(struct world *x, const char *entity,
                                    int64_t id)
{
    struct issues is;
    struct query_ctx q = records_fixture_read(&x->r, &is);
    struct query_spec spec = {.entity = records_fixture_entity(&x->r, entity)};
    const struct json *tree = NULL;
    struct str text = STR_NONE;
    struct json_w w;
    struct buf b;
    int64_t rev = 0;

    buf_init(&b, 1 << 20);
    json_w_init(&w, &b);
    CHECK_RC(query_get_json(&q, &spec, id, &w, &rev, &x->w.err), RC_OK);
    CHECK_RC(buf_finish(&b, &x->r.arena, &text, &x->w.err), RC_OK);
    buf_release(&b);
    db_read_end(q.db);
    CHECK_RC(json_parse(text, &x->r.arena, &tree, &x->w.err), RC_OK);
    return tree;
}

static struct str json_text(struct world *x, const struct json *v)
{
    struct str out = STR_NONE;
    struct json_w w;
    struct buf b;

    CHECK(v != NULL);
    buf_init(&b, 1 << 20);
    json_w_init(&w, &b);
    json_w_tree(&w, v);
    CHECK_RC(buf_finish(&b, &x->r.arena, &out, NULL), RC_OK);
    buf_release(&b);
    return out;
}

/* Those that others point to stand in both workspaces, under other ids. */
static void people(struct world *x, char *account, char *user)
{
    install(x, fixture_folder(&x->w.arena, "crm", "apps/crm"));
    id_format(
        records_fixture_create(&x->r, "crm:account",
                               "{\"name\":\"Target, \\\"quoted\\\" / =1\"}"),
        account);
    id_format(records_fixture_create(
                  &x->r, "sys:user",
                  "{\"name\":\"Ann\",\"email\":\"ann@example.com\"}"),
              user);
}

TEST(export, carries_a_value_of_every_field_type)
{
    static const char NAME[] = "Grüße 1.PNG", BYTES[] = "not really a picture";
    char account[ID_TEXT_BYTES + 1], user[ID_TEXT_BYTES + 1];
    char file[ID_TEXT_BYTES + 1];
    const struct json *again, *facts;
    struct package_src *src;
    struct issues notes;
    struct world x, y;
    struct str body;
    int64_t id;
    size_t i;

    open_world(&x);
    people(&x, account, user);
    install(&x, fixture_folder(&x.w.arena, "every_type",
                               "schemas/examples/valid/every_type"));
    id = records_fixture_create(&x.r, "every_type:thing",
                                every_type_body(&x.r.arena, account, user));
    id_format(upload(&x, NAME, BYTES), file);
    body =
        str_fmt(&x.r.arena, "{\"a_file\":\"%s\",\"owner\":\"%s\"}", file, user);
    CHECK_RC(records_fixture_update(&x.r, "every_type:thing", id,
                                    str_cstr(&x.r.arena, body)),
             RC_OK);
    src = exported_with(
        &x, (struct package_export){STR("every_type"), STR(""), true}, &notes);
    CHECK_I64(notes.n, 0);

    open_world(&y);
    (void)records_fixture_create(&y.r, "sys:user", "{\"name\":\"Other\"}");
    people(&y, account, user);
    install(&y, src);
    CHECK_I64(ws_i64(&y.w, "SELECT count(*) FROM every_type_thing"), 1);
    again = read_back(&y, "every_type:thing",
                      ws_i64(&y.w, "SELECT id FROM every_type_thing"));
    for (i = 0; i < EVERY_TYPE_SAMPLES; i++) {
        const struct every_type *t = &EVERY_TYPE[i];

        if (strcmp(t->type, "file") != 0)
            CHECK_STR(
                json_text(&y, json_get(again, str_c(t->field))),
                str_cstr(&y.r.arena, every_type_filled(&y.r.arena, t->answer,
                                                       account, user)));
    }
    CHECK_STR(json_str(json_get(again, STR("owner")), STR("")), user);
    facts = json_get(again, STR("a_file"));
    CHECK(facts != NULL && facts->kind == JSON_OBJECT);
    CHECK_STR(json_str(json_get(facts, STR("name")), STR("")), NAME);
    CHECK_STR(json_str(json_get(facts, STR("type")), STR("")), "image/png");
    CHECK_STR(ws_text(&y.w, "SELECT CAST(data AS TEXT) FROM sys_blob_chunk"),
              BYTES);
    /* and the file belongs to the record, and the next number is the next */
    CHECK_I64(ws_i64(&y.w, "SELECT f.rec = t.id FROM sys_file f JOIN "
                           "every_type_thing t ON t.a_file = f.id"),
              1);
    id = records_fixture_create(&y.r, "every_type:thing",
                                "{\"a_text\":\"next\"}");
    CHECK_STR(json_str(json_get(read_back(&y, "every_type:thing", id),
                                STR("an_autonumber")),
                       STR("")),
              "T-2026-0002");
    close_world(&y);
    close_world(&x);
}

TEST(export, of_records_is_the_same_from_where_it_was_installed)
{
    char account[ID_TEXT_BYTES + 1], user[ID_TEXT_BYTES + 1];
    struct world x, y;
    struct package_src *src;

    open_world(&x);
    people(&x, account, user);
    install(&x, fixture_folder(&x.w.arena, "every_type",
                               "schemas/examples/valid/every_type"));
    (void)records_fixture_create(&x.r, "every_type:thing",
                                 every_type_body(&x.r.arena, account, user));
    (void)records_fixture_create(&x.r, "every_type:thing",
                                 "{\"a_text\":\"=1+1\",\"a_bool\":null}");
    src = exported(&x, "every_type", "", true);
    open_world(&y);
    people(&y, account, user);
    install(&y, src);
    check_same(exported(&y, "every_type", "", true), src);
    install(&y, src); /* planted once */
    CHECK_I64(ws_i64(&y.w, "SELECT count(*) FROM every_type_thing"), 2);
    close_world(&y);
    close_world(&x);
}

/* Two that point at each other, one that points at itself both ways, a link. */
static const struct ws_file RING[] = {
    {"entities/ring.xml",
     "<bundle><entity name=\"hen\" import-key=\"name\"><field name=\"name\"/>"
     "<field name=\"egg\" type=\"ref\" to=\"egg\" inverse=\"hens\"/>"
     "<field name=\"mother\" type=\"ref\" to=\"hen\" inverse=\"chicks\"/>"
     "<field name=\"near\" type=\"anyref\" to=\"hen egg\"/></entity>"
     "<entity name=\"egg\" import-key=\"name\"><field name=\"name\"/>"
     "<field name=\"hen\" type=\"ref\" to=\"hen\" required=\"true\" "
     "inverse=\"eggs\"/></entity>"
     "<entity name=\"note\"><field name=\"text\"/><field name=\"of\" "
     "type=\"anyref\" to=\"note hen\"/></entity>"
     "<link name=\"nest\" a=\"hen\" a-name=\"nests\" b=\"egg\" "
     "b-name=\"nests\"><field name=\"kind\"/></link></bundle>"},
    {"package.xml",
     "<package format=\"1\" id=\"ring\" version=\"1.0.0\" label=\"Ring\">"
     "<include path=\"entities/*.xml\"/></package>"},
    {NULL, NULL}};

static int64_t make(struct world *x, const char *entity, const char *fmt,
                    int64_t a, int64_t b)
{
    char first[ID_TEXT_BYTES + 1], second[ID_TEXT_BYTES + 1], body[400];
    struct str rest = str_c(fmt), part;
    size_t n = 0;
    int k = 0;

    id_format(a, first);
    id_format(b, second);
    while (str_split(&rest, '@', &part)) {
        n +=
            (size_t)snprintf(body + n, sizeof body - n, "%.*s%s", STR_ARG(part),
                             rest.p == NULL || rest.n == 0 ? ""
                             : k++ == 0                    ? first
                                                           : second);
    }
    return records_fixture_create(&x->r, entity, body);
}

TEST(export, finds_links_again_that_go_in_circles)
{
    struct world x, y;
    struct package_src *src;
    struct issues notes;
    int64_t hen, chick, egg;
    char id[ID_TEXT_BYTES + 1], body[100];

    open_world(&x);
    install(&x, ws_package(&x.w, "ring", RING));
    hen = make(&x, "ring:hen", "{\"name\":\"Old\"}", 1, 1);
    chick =
        make(&x, "ring:hen", "{\"name\":\"Young\",\"mother\":\"@\"}", hen, 1);
    egg = make(&x, "ring:egg", "{\"name\":\"Egg\",\"hen\":\"@\"}", hen, 1);
    id_format(egg, id);
    snprintf(body, sizeof body, "{\"egg\":\"%s\"}", id);
    CHECK_RC(records_fixture_update(&x.r, "ring:hen", hen, body), RC_OK);
    id_format(chick, id);
    snprintf(body, sizeof body,
             "{\"near\":{\"entity\":\"ring:hen\",\"id\":\"%s\"}}", id);
    CHECK_RC(records_fixture_update(&x.r, "ring:hen", hen, body), RC_OK);
    (void)make(&x, "ring:nest", "{\"a\":\"@\",\"b\":\"@\",\"kind\":\"hay\"}",
               hen, egg);
    src = exported_with(&x, (struct package_export){STR("ring"), STR(""), true},
                        &notes);
    CHECK_I64(notes.n, 0);
    CHECK(str_find(text_of(src, "package.xml"), STR("seed/0_records.xml")) > 0);
    CHECK(text_of(src, "seed/records/hen_links.csv").n > 0);

    open_world(&y);
    install(&y, src);
    CHECK_STR(ws_text(&y.w, "SELECT m.name FROM ring_hen h JOIN ring_hen m ON "
                            "m.id = h.mother WHERE h.name = 'Young'"),
              "Old");
    CHECK_STR(ws_text(&y.w, "SELECT e.name FROM ring_hen h JOIN ring_egg e ON "
                            "e.id = h.egg WHERE h.name = 'Old' AND e.hen = "
                            "h.id"),
              "Egg");
    CHECK_STR(ws_text(&y.w, "SELECT n.name FROM ring_hen h JOIN ring_hen n ON "
                            "n.id = h.near__id WHERE h.name = 'Old'"),
              "Young");
    CHECK_I64(ws_i64(&y.w, "SELECT count(*) FROM l_ring_nest"), 1);
    install(&y, src);
    CHECK_I64(ws_i64(&y.w, "SELECT count(*) FROM l_ring_nest"), 1);
    close_world(&y);
    close_world(&x);
}

TEST(export, tells_what_has_no_name_of_its_own)
{
    struct world x, y;
    struct package_src *src;
    struct issues notes;
    int64_t note, hen;
    char text[200] = "";

    open_world(&x);
    install(&x, ws_package(&x.w, "ring", RING));
    hen = make(&x, "ring:hen", "{\"name\":\"Twin\"}", 1, 1);
    (void)make(&x, "ring:hen", "{\"name\":\"twin\"}", 1, 1);
    (void)make(&x, "ring:egg", "{\"name\":\"Egg\",\"hen\":\"@\"}", hen, 1);
    note = make(&x, "ring:note", "{\"text\":\"Same\"}", 1, 1);
    (void)make(&x, "ring:note",
               "{\"text\":\"Same\",\"of\":{\"entity\":\"ring:note\",\"id\":"
               "\"@\"}}",
               note, 1);
    src = exported_with(&x, (struct package_export){STR("ring"), STR(""), true},
                        &notes);
    for (size_t i = 0; i < notes.n; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%.*s %.*s;",
                 STR_ARG(notes.v[i].path), STR_ARG(notes.v[i].code));
    CHECK_HAS(text, "ring:egg.hen left_out;");
    CHECK_HAS(text, "ring:note.of left_out;");
    /* a hen is in no doubt about being one of two, nor is a note */
    CHECK_STR(text_of(src, "seed/records/note.csv"), "text\nSame\nSame\n");
    CHECK_STR(text_of(src, "seed/records/hen.csv"),
              "name,mother\nTwin,\ntwin,\n");
    open_world(&y);
    CHECK_RC(ws_put(&y.w, src), RC_INVALID); /* an egg needs its hen */
    CHECK_HAS(y.w.err.text, "seed/records/egg.csv:2");
    close_world(&y);
    close_world(&x);
}

/* Half of them have no e-mail address, but all have a name. */
TEST(export, names_people_who_have_no_address)
{
    static const struct ws_file FILES[] = {
        {"entities/visit.xml",
         "<entity name=\"visit\"><field name=\"place\"/><field "
         "name=\"host\" type=\"user\"/></entity>"},
        {"package.xml", "<package format=\"1\" id=\"acme\" version=\"1.0.0\" "
                        "label=\"Acme\"/>"},
        {NULL, NULL}};
    struct world x;
    struct package_src *src;
    int64_t bea;

    open_world(&x);
    install(&x, ws_package(&x.w, "acme", FILES));
    (void)records_fixture_create(
        &x.r, "sys:user", "{\"name\":\"Ann\",\"email\":\"a@example.com\"}");
    bea = records_fixture_create(&x.r, "sys:user", "{\"name\":\"Bea\"}");
    (void)make(&x, "acme:visit", "{\"place\":\"Graz\",\"host\":\"@\"}", bea, 1);
    src = exported(&x, "acme", "", true);
    CHECK_STR(text_of(src, "seed/records/visit.csv"), "place,host\nGraz,Bea\n");
    CHECK(str_find(text_of(src, "seed/records/visit.json"),
                   STR("{\"field\": \"host\", \"by\": \"name\"}")) > 0);
    close_world(&x);
}

/* --- the folder ------------------------------------------------------------------------ */

static void put_text(const char *folder, const char *name, const char *text)
{
    char path[500];
    FILE *f;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    f = fopen(path, "w");
    CHECK(f != NULL);
    CHECK(fputs(text, f) >= 0);
    CHECK(fclose(f) == 0);
}

static bool is_there(const char *folder, const char *name)
{
    char path[500];
    struct stat st;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    return lstat(path, &st) == 0;
}

static struct package_src package_of(struct package_file *files, size_t n)
{
    return (struct package_src){.id = STR("acme"), .files = files, .n = n};
}

TEST(export_folder, is_read_as_it_was_written)
{
    struct package_file files[] = {
        {STR("entities/a b.xml"), STR("<entity name=\"a\"/>"), NULL},
        {STR("files/deep/er/x.bin"), {"\0\xff\n", 3}, NULL},
        {STR("local.lock"), STR(""), NULL}};
    struct package_src src = package_of(files, 3), *back = NULL;
    char folder[300], odd[310];
    struct err err = ERR_INIT;
    struct arena a;

    arena_init(&a, 1 << 20);
    snprintf(folder, sizeof folder, "%s/new", test_tmpdir());
    snprintf(odd, sizeof odd, "%s//", folder);
    CHECK_RC(package_write_folder(odd, &src, false, &err), RC_OK);
    CHECK_RC(package_read_folder(folder, &a, &back, &err), RC_OK);
    check_same(back, &src);
    CHECK_RC(package_write_folder(folder, &src, false, &err), RC_CONFLICT);
    CHECK_HAS(err.text, "--force");
    arena_release(&a);
}

TEST(export_folder, written_over_keeps_what_is_not_of_an_export)
{
    struct package_file files[] = {
        {STR("entities/a.xml"), STR("<entity name=\"a\"/>"), NULL}};
    struct package_src src = package_of(files, 1);
    char folder[300], path[400];
    struct err err = ERR_INIT;

    snprintf(folder, sizeof folder, "%s", test_tmpdir());
    CHECK_RC(package_write_folder(folder, &src, false, &err),
             RC_OK); /* empty */
    snprintf(path, sizeof path, "%s/views", folder);
    CHECK(mkdir(path, 0700) == 0);
    snprintf(path, sizeof path, "%s/.git", folder);
    CHECK(mkdir(path, 0700) == 0);
    put_text(folder, "views/old.xml", "<view/>");
    put_text(folder, "entities/a.xml", "old");
    put_text(folder, ".git/config.xml", "x");
    put_text(folder, "README.md", "x");
    put_text(folder, "local.lock", "x");
    snprintf(path, sizeof path, "%s/link.xml", folder);
    CHECK(symlink("/etc/hostname", path) == 0);
    CHECK_RC(package_write_folder(folder, &src, true, &err), RC_OK);
    CHECK(!is_there(folder, "views"));
    CHECK(!is_there(folder, "local.lock"));
    CHECK(is_there(folder, "README.md"));
    CHECK(is_there(folder, ".git/config.xml"));
    CHECK(is_there(folder, "link.xml")); /* no file of ours */
    CHECK(is_there(folder, "entities/a.xml"));
}

TEST(export_folder, refuses_places_and_names_outside)
{
    static const char *const NAMES[] = {"",     "/etc/x", "../x", "a/../x",
                                        "a//b", "a/",     ".git", "a/.x",
                                        "a\nb", "a\\b",   "\xff", "x.perigee"};
    struct package_file file = {STR("a.xml"), STR("x"), NULL};
    struct package_src src = package_of(&file, 1);
    char folder[300], path[400];
    struct err err = ERR_INIT;
    size_t i;

    snprintf(folder, sizeof folder, "%s/out", test_tmpdir());
    for (i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++) {
        file.path = str_c(NAMES[i]);
        CHECK_RC(package_write_folder(folder, &src, true, &err), RC_INVALID);
        CHECK(access(folder, F_OK) != 0);
    }
    file.path = STR("e/a.xml");
    CHECK_RC(package_write_folder("", &src, false, &err), RC_LIMIT);
    snprintf(path, sizeof path, "%s/no/where", folder);
    CHECK_RC(package_write_folder(path, &src, false, &err), RC_NOTFOUND);
    snprintf(path, sizeof path, "%s", test_tmpdir());
    put_text(path, "plain", "x");
    snprintf(path + strlen(path), sizeof path - strlen(path), "/plain");
    CHECK_RC(package_write_folder(path, &src, true, &err), RC_CONFLICT);
    /* a link in the folder is not followed */
    CHECK(mkdir(folder, 0700) == 0);
    snprintf(path, sizeof path, "%s/e", folder);
    CHECK(symlink(test_tmpdir(), path) == 0);
    CHECK_RC(package_write_folder(folder, &src, true, &err), RC_IO);
}

/* --- without memory --------------------------------------------------------------------- */

TEST(export, survives_any_failed_allocation)
{
    struct package_export spec = {STR("ring"), STR(""), true};
    struct world x;
    int64_t hen;

    open_world(&x);
    install(&x, ws_package(&x.w, "ring", RING));
    hen = make(&x, "ring:hen", "{\"name\":\"Old\"}", 1, 1);
    (void)make(&x, "ring:hen", "{\"name\":\"Young\",\"mother\":\"@\"}", hen, 1);
    (void)make(&x, "ring:egg", "{\"name\":\"Egg\",\"hen\":\"@\"}", hen, 1);
    WITH_EACH_ALLOC_FAILING (i) {
        struct package_src *src = NULL;
        struct err err = ERR_INIT;
        struct issues notes;
        struct arena a;
        enum rc rc;

        arena_init(&a, 64 << 20);
        issues_init(&notes, &a);
        rc = package_export(&x.w.ws, &spec, &a, &src, &notes, &err);
        CHECK(rc == RC_OK || rc == RC_NOMEM);
        CHECK((rc == RC_OK) == (src != NULL));
        arena_release(&a);
    }
    close_world(&x);
}
