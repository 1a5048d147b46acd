/*
 * The crm fixture, compiled: what is in the model.
 */
#include "support/model_fixture.h"

#include <string.h>
#include <time.h>

#include "model/field/field.h"
#include "support/test.h"

static struct fixture crm(bool with_local)
{
    struct fixture f = {0};
    struct package_src *p[2];

    arena_init(&f.arena, 64 << 20);
    p[0] = fixture_folder(&f.arena, "crm", "tests/fixtures/model/crm");
    p[1] = fixture_folder(&f.arena, "local", "tests/fixtures/model/local");
    if (fixture_compile(&f, p, with_local ? 2 : 1) != RC_OK)
        CHECK_CSTR(f.said.p, "");
    return f;
}

static const struct field *field(const struct fixture *f, const char *entity,
                                 const char *name)
{
    const struct entity *e = model_entity(f->model, str_c(entity));

    CHECK(e != NULL);
    CHECK(entity_field(e, str_c(name)) != NULL);
    return entity_field(e, str_c(name));
}

TEST(compile, entities_have_system_fields_first)
{
    struct fixture f = crm(false);
    const struct entity *e = model_entity(f.model, STR("crm:deal"));

    CHECK_I64(e->n_system, 7);
    CHECK_STR(e->fields[0]->name, "id");
    CHECK_STR(e->fields[6]->name, "deleted_at");
    CHECK_STR(e->table.s, "crm_deal");
    CHECK_STR(e->plural.base, "Deals");
    CHECK(e == model_entity_in(f.model, STR("crm"), STR("deal")));
    CHECK(e == model_entity_no(f.model, e->number));
    CHECK(model_entity_no(f.model, 0) == NULL);
    CHECK(model_entity_no(f.model, -1) == NULL);
    CHECK(model_entity_no(f.model, 10000) == NULL);
    CHECK(e->fields[3]->targets[0] == f.model->user);
    fixture_release(&f);
}

TEST(compile, fields_take_what_their_types_read)
{
    struct fixture f = crm(false);
    const struct field *p;

    p = field(&f, "crm:deal", "discount");
    CHECK_I64(p->scale, 3);
    p = field(&f, "crm:deal", "probability");
    CHECK(p->has_max && p->max == 10000); /* 100.00 */
    CHECK_STR(fx_source(p->initial), "10");
    p = field(&f, "crm:deal", "contract");
    CHECK_I64(p->max_size, 10 << 20);
    CHECK_STR(p->targets[0]->qname, "sys:file");
    p = field(&f, "crm:account", "name");
    CHECK(p->flags & FIELD_UNIQUE);
    CHECK(p->flags & FIELD_REQUIRED);
    CHECK(p->flags & FIELD_HISTORY);
    CHECK(p->flags & FIELD_TRIM);
    CHECK_I64(p->max, 160);
    CHECK_STR(p->col.key.s, "name__k");
    CHECK_STR(field(&f, "crm:account", "tags")->col.side.s,
              "m_crm_account_tags");
    CHECK_STR(field(&f, "crm:account", "revenue")->col.base.s, "revenue__base");
    CHECK_STR(field(&f, "crm:visit", "regarding")->col.ent.s, "regarding__ent");
    CHECK_I64(field(&f, "crm:visit", "regarding")->n_targets, 3);
    CHECK_STR(fx_source(field(&f, "crm:deal", "owner")->initial), "user.id");
    CHECK_STR(fx_source(field(&f, "crm:deal", "source")->initial), "'web'");
    fixture_release(&f);
}

TEST(compile, a_status_has_states_and_moves)
{
    struct fixture f = crm(false);
    const struct entity *e = model_entity(f.model, STR("crm:deal"));
    const struct field *s = e->status;

    CHECK_STR(s->name, "stage");
    CHECK_STR(s->initial_state->code, "prospecting");
    CHECK_I64(s->n_moves, 3);
    CHECK_STR(s->moves[1].name, "engaging-won");
    CHECK_I64(s->moves[1].n_require, 2);
    CHECK_STR(s->moves[1].require[1]->name, "closed_on");
    CHECK(s->moves[1].when != NULL);
    CHECK_STR(s->moves[2].name, "prospecting-engaging-lost");
    CHECK_I64(s->moves[2].n_from, 2);
    CHECK_I64(s->moves[2].n_ask, 1);
    CHECK(field_option(s, STR("won"))->kind == STATE_DONE);
    CHECK(field_option(s, STR("nope")) == NULL);
    fixture_release(&f);
}

TEST(compile, collections_are_written_named_or_made)
{
    struct fixture f = crm(false);
    const struct entity *account = model_entity(f.model, STR("crm:account"));
    const struct entity *deal = model_entity(f.model, STR("crm:deal"));
    const struct collection *c = entity_collection(account, STR("people"));

    CHECK_STR(c->child->name, "contact");
    CHECK_STR(c->order->name, "name");
    CHECK(entity_collection(account, STR("contacts")) == NULL);
    CHECK(entity_collection(account, STR("subsidiaries")) != NULL);
    CHECK(entity_collection(account, STR("deals")) != NULL); /* made */
    CHECK(entity_collection(account, STR("visits")) != NULL);
    c = entity_collection(deal, STR("lines"));
    CHECK(c->inline_rows);
    CHECK_STR(entity_collection(deal, STR("stakeholders"))->child->qname,
              "crm:deal_contact");
    CHECK(entity_collection(f.model->user, STR("deals")) == NULL);
    CHECK(entity_collection(f.model->user, STR("reports")) != NULL);
    CHECK_STR(entity_suggest(deal, STR("acount")), "account");
    CHECK_I64(deal->n_incoming, 3); /* lines, stakeholders, visits */
    fixture_release(&f);
}

TEST(compile, links_are_entities_with_two_ends)
{
    struct fixture f = crm(false);
    const struct entity *e = model_entity(f.model, STR("crm:deal_contact"));

    CHECK(e->is_link);
    CHECK_STR(e->table.s, "l_crm_deal_contact");
    CHECK_STR(entity_field(e, STR("a"))->targets[0]->qname, "crm:deal");
    CHECK(entity_field(e, STR("b"))->on_delete == ON_DELETE_CASCADE);
    CHECK_I64(e->n_uniques, 1);
    CHECK_I64(e->uniques[0].n, 2);
    CHECK_STR(fx_source(e->title), "a.name .. ' / ' .. b.name");
    fixture_release(&f);
}

TEST(compile, titles_and_search_have_a_default)
{
    struct fixture f = crm(false);
    const struct entity *e = model_entity(f.model, STR("crm:deal_line"));

    CHECK_STR(e->title_field->name, "product");
    CHECK_I64(e->n_search, 1);
    e = model_entity(f.model, STR("crm:contact"));
    CHECK_I64(e->n_search, 3);
    CHECK_STR(fx_source(e->search[2]), "account.name");
    CHECK_STR(model_entity(f.model, STR("crm:account"))->import_key->name,
              "name");
    fixture_release(&f);
}

TEST(compile, a_written_form_is_as_written)
{
    struct fixture f = crm(false);
    const struct form *form = model_entity(f.model, STR("crm:deal"))->form;

    CHECK(!form->generated);
    CHECK_STR(form->path->name, "stage");
    CHECK_I64(form->n_facts, 2);
    CHECK(form->facts[1].visible_when != NULL);
    CHECK_I64(form->n_tabs, 2);
    CHECK_I64(form->tabs[0].n_sections, 3);
    CHECK_I64(form->tabs[0].sections[0].places[0].span, 2);
    CHECK_I64(form->tabs[0].sections[1].columns, 3);
    CHECK_STR(fx_source(form->tabs[0].sections[1].places[1].visible_when),
              "not (stage = 'won')");
    CHECK_STR(form->tabs[0].sections[2].grid->name, "lines");
    CHECK_I64(form->tabs[0].sections[2].n_grid_fields, 3);
    fixture_release(&f);
}

TEST(compile, a_form_is_made_where_none_is_written)
{
    struct fixture f = crm(false);
    const struct entity *e = model_entity(f.model, STR("crm:account"));
    const struct tab *t = &e->form->tabs[0];

    CHECK(e->form->generated);
    CHECK_STR(t->sections[0].name, "main");
    CHECK_I64(t->sections[0].n_places, 8);
    CHECK(t->sections[0].places[0].autofocus);
    CHECK_STR(t->sections[1].name, "more");
    CHECK_STR(t->sections[2].name, "notes");
    CHECK_I64(t->sections[2].places[0].span, 2);
    CHECK(t->sections[3].grid != NULL);
    CHECK_I64(t->n_sections, 3 + e->n_collections);
    fixture_release(&f);
}

TEST(compile, views_are_lists_and_boards)
{
    struct fixture f = crm(false);
    const struct entity *e = model_entity(f.model, STR("crm:deal"));
    const struct view *v = entity_view(f.model, e, STR("pipeline"));

    CHECK(v->kind == VIEW_KANBAN);
    CHECK_STR(v->by->name, "stage");
    CHECK_STR(v->hide[0]->code, "lost");
    CHECK_STR(v->card_subtitle, "account.name");
    CHECK_STR(v->sum->name, "amount");
    CHECK(v->count);
    v = e->view;
    CHECK_STR(v->name, "open");
    CHECK(v->filter != NULL);
    CHECK_STR(v->columns[1].path, "account.name");
    CHECK_STR(v->columns[1].field->entity->name, "account");
    CHECK(v->columns[0].pinned);
    CHECK(v->sorts[0].descending);
    CHECK_STR(v->sorts[0].path, "closed_on");
    CHECK_I64(v->n_quicks, 2);
    v = model_entity(f.model, STR("crm:account"))->view;
    CHECK(v->generated);
    CHECK_STR(v->columns[0].path, "name");
    CHECK_I64(v->n_columns, 6);
    fixture_release(&f);
}

TEST(compile, menus_seeds_and_words)
{
    struct fixture f = crm(false);
    const struct menu_app *app = f.model->apps[0];
    const struct entity *deal = model_entity(f.model, STR("crm:deal"));
    int de = model_lang(f.model, STR("de"));

    CHECK_I64(app->n_items, 4);
    CHECK_STR(app->items[0].view->name, "pipeline");
    CHECK_STR(text_in(&app->label, de), "Verkauf");
    CHECK_STR(text_in(&app->items[2].group_label, de), "Menschen");
    CHECK_STR(text_in(&app->items[0].label, de), "Geschäfte");
    CHECK_STR(text_in(&app->items[3].label, de), "Calendar");
    CHECK_STR(text_in(&deal->label, de), "Geschäft");
    CHECK_STR(text_in(&deal->status->moves[1].label, de), "Gewinnen");
    CHECK_STR(text_in(&field_option(deal->status, STR("won"))->label, de),
              "Gewonnen");
    CHECK_STR(text_in(&deal->view->quicks[0].label, de), "Meine");
    CHECK_STR(text_in(&deal->fields[2]->label, de), "Angelegt am");
    CHECK_STR(text_in(&deal->owner->label, de), "Zuständig");
    CHECK_I64(f.model->n_seeds, 3);
    CHECK_STR(f.model->seeds[0]->record->values[0].text, "Our own company");
    CHECK_STR(f.model->seeds[1]->csv_file, "seed/accounts.csv");
    CHECK(f.model->seeds[1]->csv_sep == ';');
    CHECK(f.model->seeds[2]->mode == SEED_DEMO);
    CHECK(f.model->seeds[2]->record->values[1].fx != NULL);
    fixture_release(&f);
}

TEST(compile, a_package_without_menus_gets_an_application)
{
    static const struct fixture_file FILES[] = {
        {"package.xml", "<package format=\"1\" id=\"acme\" version=\"1.0.0\" "
                        "label=\"Acme hire\" icon=\"truck\"/>"},
        {"e.xml",
         "<bundle><entity name=\"hire\" icon=\"key\"><field name=\"n\"/>"
         "</entity><entity name=\"line\"><field name=\"n\"/><field "
         "name=\"hire\" type=\"ref\" to=\"hire\" required=\"true\" "
         "on-delete=\"cascade\"/></entity><link name=\"k\" a=\"hire\" "
         "b=\"line\"/></bundle>"},
        {NULL, NULL}};
    struct fixture f = {0};
    struct package_src *p;
    const struct menu_app *app;

    arena_init(&f.arena, 64 << 20);
    p = fixture_texts(&f.arena, "acme", FILES);
    CHECK_RC(fixture_compile(&f, &p, 1), RC_OK);
    CHECK_I64(f.model->n_apps, 1);
    app = f.model->apps[0];
    CHECK_STR(app->package, "acme");
    CHECK_STR(app->label.base, "Acme hire");
    CHECK_STR(app->icon, "truck");
    CHECK_I64(app->n_items, 1); /* a line is reached through its hire */
    CHECK_STR(app->items[0].entity->qname, "acme:hire");
    CHECK_STR(app->items[0].label.base, "Hires");
    CHECK_STR(app->items[0].icon, "key");
    fixture_release(&f);
}

TEST(compile, a_local_layer_changes_what_others_wrote)
{
    struct fixture f = crm(true);
    const struct entity *e = model_entity(f.model, STR("crm:deal"));
    const struct field *p = entity_field(e, STR("amount"));
    const struct section *s = &e->form->tabs[0].sections[1];

    CHECK_STR(e->label.base, "Opportunity");
    CHECK_STR(p->label.base, "Contract value");
    CHECK(p->flags & FIELD_REQUIRED);
    p = entity_field(e, STR("source"));
    CHECK_I64(p->n_options, 4);
    CHECK_STR(p->options[2]->code, "fair");
    CHECK(p->options[3]->hidden);
    p = entity_field(e, STR("x_region"));
    CHECK_STR(p->package, "local");
    CHECK_STR(e->status->options[2]->code, "legal");
    CHECK(e->status->moves[1].disabled);
    CHECK_STR(e->status->moves[3].name, "engaging-legal");
    CHECK_STR(s->name, "money");
    CHECK_I64(s->n_places, 3);
    CHECK_STR(s->places[1].field->name, "x_region");
    CHECK_STR(e->form->tabs[0].sections[2].name, "x_extra");
    CHECK_STR(fx_source(e->view->filter), "stage ne 'lost'");
    CHECK_I64(e->view->n_columns, 4);
    CHECK_STR(e->view->columns[3].path, "x_region");
    CHECK(entity_view(f.model, e, STR("mine")) != NULL);
    CHECK_STR(model_entity(f.model, STR("local:site"))->table.s, "local_site");
    CHECK_STR(f.model->packages[f.model->n_packages - 1]->id, "local");
    fixture_release(&f);
}

TEST(compile, what_local_calls_a_thing_is_not_translated_by_others)
{
    struct fixture f = crm(true);
    const struct entity *e = model_entity(f.model, STR("crm:deal"));
    int de = model_lang(f.model, STR("de"));

    CHECK_STR(text_in(&e->label, de), "Opportunity"); /* not "Geschäft" */
    CHECK_STR(text_in(&entity_field(e, STR("amount"))->label, de),
              "Contract value");
    CHECK_STR(text_in(&e->form->tabs[1].label, de), "More");
    CHECK_STR(text_in(&e->plural, de), "Geschäfte");
    fixture_release(&f);
}

TEST(compile, the_hash_is_of_the_definitions)
{
    struct fixture a = crm(false), b = crm(false), c = crm(true);

    CHECK(memcmp(a.model->hash, b.model->hash, 32) == 0);
    CHECK(memcmp(a.model->hash, c.model->hash, 32) != 0);
    fixture_release(&a);
    fixture_release(&b);
    fixture_release(&c);
}

TEST(compile, indexes_are_few_and_each_has_a_reason)
{
    struct fixture f = crm(false);
    const struct entity *e = model_entity(f.model, STR("crm:deal"));
    size_t i, refs = 0;

    for (i = 0; i < e->n_indexes; i++)
        refs += !e->indexes[i].live_only;
    CHECK_I64(refs, 3);         /* account, owner, contract            */
    CHECK_I64(e->n_indexes, 5); /* stage -closed_on (views too), title */
    CHECK_STR(e->uniques[0].index.s, "crm_deal__1");
    fixture_release(&f);
}
