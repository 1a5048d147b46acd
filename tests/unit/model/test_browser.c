/*
 * What the browser gets of a compiled crm (docs/design/0002).
 */
#include "access/access.h"
#include "base/json.h"
#include "support/model_fixture.h"
#include "support/test.h"

TEST(browser, a_crm_in_german_for_an_administrator)
{
    struct fixture f = {0};
    struct principal who = principal_system(SOURCE_UI);
    struct package_src *p[2];
    const struct json *root, *deal;
    struct json_w w;
    struct buf b;

    arena_init(&f.arena, 64 << 20);
    p[0] = fixture_folder(&f.arena, "crm", "tests/fixtures/model/crm");
    p[1] = fixture_folder(&f.arena, "local", "tests/fixtures/model/local");
    CHECK_RC(fixture_compile(&f, p, 2), RC_OK);
    who.lang = STR("de");
    buf_init(&b, 8 << 20);
    json_w_init(&w, &b);
    json_obj_begin(&w);
    access_model_json(&who, f.model, model_lang(f.model, who.lang), &w);
    json_obj_end(&w);
    CHECK_RC(json_w_finish(&w, NULL), RC_OK);
    CHECK_RC(json_parse(buf_view(&b), &f.arena, &root, NULL), RC_OK);
    deal = json_at(json_at(root, "entities"), "crm:deal");
    CHECK(deal != NULL);
    CHECK_STR(json_str(json_at(deal, "plural"), STR("")), "Geschäfte");
    golden_check("model/crm.browser.json", buf_view(&b));
    buf_release(&b);
    fixture_release(&f);
}
