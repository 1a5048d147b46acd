/*
 * edit_stage - see the header. Nothing here is laid out as the builder would: two
 * kinds of quotes, tabs, comments, several definitions in a line.
 */
#include "edit_stage.h"

#include <stdio.h>

#include "support/test.h"

static const struct fixture_file LOCAL[] = {
    {"entities/visit.xml",
     "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
     "<!-- What our people see on site. -->\n"
     "<entity name=\"visit\" label='Visit' title=\"topic .. "
     "if(planned_on is empty, '', '!')\"\n"
     "        search=\"topic note account.name\" import-key='topic'>\n"
     "    <help>One visit.</help>\n"
     "\n"
     "    <field name=\"topic\"  required=\"true\"/>   <!-- always said -->\n"
     "    <field name='account' type='ref' to=\"crm:account\"\n"
     "           inverse=\"site_visits\"/>\n"
     "    <field name=\"note\" type=\"longtext\" label='\"Quoted\" "
     "&lt;note&gt;'/>\n"
     "    <field name=\"kind\" type=\"choice\" default=\"first\">\n"
     "        <option code=\"first\" label=\"First visit\"/>\n"
     "        <option code=\"again\" label=\"Again &amp; again\"/>\n"
     "    </field>\n"
     "    <field name=\"planned_on\" type=\"date\"/>\n"
     "    <field name=\"done_on\" type=\"date\"\n"
     "           required-when=\"kind = 'again' and planned_on lt today()\"/>\n"
     "    <status name=\"status\" initial=\"planned\">\n"
     "        <state code=\"planned\" color=\"blue\"/>\n"
     "        <state code=\"done\" kind=\"done\"/>\n"
     "        <move from=\"planned\" to=\"done\" require=\"done_on note\"/>\n"
     "    </status>\n"
     "    <unique fields=\"account planned_on\"/>\n"
     "    <index fields=\"-planned_on topic\"/>\n"
     "    <check name=\"dates\" when=\"done_on lt planned_on\" "
     "field=\"done_on\"\n"
     "           message=\"It was done before planned_on.\"/>\n"
     "</entity>\n"},
    {"entities/parts.xml",
     "<bundle>\n"
     "\t<!-- its own planned_on is another -->\n"
     "\t<entity name=\"part\"><field name=\"name\"/><field name=\"planned_on\" "
     "type=\"date\"/>\n"
     "\t\t<field name=\"visit\" type=\"ref\" to=\"visit\" filter=\"planned_on "
     "ge "
     "this.planned_on\"/>\n"
     "\t\t<check name=\"late\" when=\"visit.planned_on lt planned_on\" "
     "message=\"Too late.\"/>\n"
     "\t</entity>\n"
     "\t<entity name=\"blank\"/>\n"
     "</bundle>\n"},
    {"forms/visit.xml",
     "<form name=\"main\" entity=\"visit\" default=\"true\">\n"
     "  <header><path field=\"status\"/><fact field=\"planned_on\"/></header>\n"
     "  <section name=\"what\" columns=\"2\">\n"
     "    <place field=\"topic\" span=\"2\" autofocus=\"true\"/>\n"
     "    <place field=\"account\"/> <!-- who -->\n"
     "  </section>\n"
     "  <section name=\"when\" label=\"When\">\n"
     "    <place field=\"planned_on\" readonly-when=\"planned_on lt "
     "today()\"/>\n"
     "    <place field=\"done_on\" visible-when=\"planned_on is not empty\"/>\n"
     "  </section>\n"
     "</form>\n"},
    {"views/visit.xml",
     "<bundle>\n"
     "  <view name=\"open\" entity=\"visit\" label=\"Open\">\n"
     "    <filter>status = 'planned' and planned_on ge today() -3 "
     "days</filter>\n"
     "    <column field=\"topic\" pin=\"left\"/> <column field=\"account\"/>\n"
     "    <column field=\"planned_on\"/> <!-- the day -->\n"
     "    <sort by=\"-planned_on\"/>\n"
     "    <quick label=\"Late\" filter=\"planned_on lt today()\"/>\n"
     "  </view>\n"
     "  <view name=\"board\" entity=\"visit\" type=\"kanban\">\n"
     "    <columns by=\"status\"/>\n"
     "    <card title=\"topic\" badge=\"planned_on\"/>\n"
     "  </view>\n"
     "</bundle>\n"},
    {"extend/crm.deal.xml",
     "<bundle>\n"
     "  <extend entity=\"crm:deal\" label=\"Opportunity\">\n"
     "    <field ref=\"amount\" label=\"Contract value\" required=\"true\"/>\n"
     "    <field ref=\"source\"><option code=\"fair\" label=\"Trade fair\" "
     "after=\"referral\"/></field>\n"
     "    <field name=\"x_region\" type=\"choice\" label=\"Region\"><option "
     "code=\"n\" label=\"North\"/></field>\n"
     "  </extend>\n"
     "  <extend form=\"crm:deal.main\">\n"
     "    <section ref=\"money\"><place field=\"x_region\" "
     "after=\"amount\"/></section>\n"
     "  </extend>\n"
     "</bundle>\n"},
    {"i18n/de.xml",
     "<bundle>\n"
     "  <i18n lang=\"de\" entity=\"visit\">\n"
     "    <t k=\"label\">Besuch</t> <t k=\"field.planned_on\">Geplant am</t>\n"
     "    <t k=\"kind.first\">Erster Besuch</t>\n"
     "    <t k=\"form.main.place.planned_on\">Am</t>\n"
     "  </i18n>\n"
     "</bundle>\n"},
    {"menus.xml", "<menus>\n"
                  "  <app name=\"site\" label=\"On site\">\n"
                  "    <item entity=\"visit\"/>\n"
                  "    <item entity=\"crm:account\"/>\n"
                  "  </app>\n"
                  "</menus>\n"},
    {"seed/visits.csv", "topic,\"planned_on\",kind\nOne,2026-01-02,first\n"},
    {"seed/visits.xml",
     "<seed mode=\"once\">\n"
     "  <csv entity=\"visit\" key=\"topic\" file=\"seed/visits.csv\"/>\n"
     "  <record entity=\"visit\" key=\"topic\"><v f=\"topic\">Two</v><v "
     "f=\"planned_on\" value=\"today()\"/></record>\n"
     "</seed>\n"},
    {NULL, NULL}};

void edit_stage_open(struct workspace *w)
{
    workspace_open(w);
    if (workspace_put(w, fixture_folder(&w->arena, "crm",
                                        "tests/fixtures/model/crm")) != RC_OK)
        CHECK_CSTR(w->err.text, "");
    if (workspace_put(w, fixture_texts(&w->arena, "local", LOCAL)) != RC_OK) {
        struct buf b;

        buf_init(&b, 1 << 20);
        messages_text(&w->messages, &b);
        buf_addc(&b, 0);
        CHECK_CSTR(b.p, w->err.text);
    }
}

void edit_run(struct workspace *w, const char *acts, struct edit_run *out)
{
    const struct json *tree = NULL;

    err_clear(&out->err);
    issues_init(&out->issues, &w->arena);
    out->rc = json_parse(str_c(acts), &w->arena, &tree, &out->err);
    if (out->rc == RC_OK)
        out->rc = edit_begin(&out->edit, w->model, &w->arena, &out->issues,
                             &out->err);
    if (out->rc == RC_OK)
        out->rc = edit_acts(&out->edit, tree, &out->err);
}

static enum rc change_of(struct workspace *w, struct edit_run *run,
                         bool allow_drop, struct store_change *c)
{
    struct package_src *src = NULL;
    enum rc rc = edit_source(&run->edit, &src, &run->err);

    *c = (struct store_change){.put = src,
                               .allow_drop = allow_drop,
                               .base = edit_local(w->model),
                               .renames = run->edit.renames.v,
                               .n_renames = run->edit.renames.n};
    if (rc == RC_OK)
        rc = edit_log(&run->edit, &w->arena, &c->log, &run->err);
    return rc;
}

enum rc edit_prepare(struct workspace *w, struct edit_run *run, bool allow_drop)
{
    struct store_change c;
    struct model *next = NULL;
    struct db *db = NULL;
    enum rc rc = change_of(w, run, allow_drop, &c);

    if (rc != RC_OK)
        return rc;
    messages_init(&w->messages, &w->arena);
    CHECK_RC(db_read_begin(w->store, NULL, &db, &w->err), RC_OK);
    rc = store_prepare(db, w->model, &c, &w->arena, &next, &w->plan,
                       &w->messages, &w->err);
    db_read_end(db);
    model_unref(next);
    return rc;
}

enum rc edit_publish(struct workspace *w, struct edit_run *run, bool allow_drop)
{
    struct store_change c;
    enum rc rc = run->rc == RC_OK ? change_of(w, run, allow_drop, &c) : run->rc;

    return rc == RC_OK ? workspace_publish(w, &c) : rc;
}

enum rc edit_take_back(struct workspace *w, int64_t generation,
                       struct edit_run *run)
{
    char sql[120];
    struct str log;

    snprintf(sql, sizeof sql,
             "SELECT value FROM sys_kv WHERE package='local'"
             " AND key='_builder/%012lld'",
             (long long)generation);
    log = workspace_query(w, sql);
    err_clear(&run->err);
    issues_init(&run->issues, &w->arena);
    run->rc =
        edit_begin(&run->edit, w->model, &w->arena, &run->issues, &run->err);
    if (run->rc == RC_OK)
        run->rc = edit_undo(&run->edit, generation, log, &run->err);
    return edit_publish(w, run, false);
}

struct str edit_published(const struct workspace *w, const char *path)
{
    const struct package_src *local = edit_local(w->model);
    size_t i;

    for (i = 0; i < local->n; i++)
        if (str_eq(local->files[i].path, str_c(path)))
            return local->files[i].text;
    return STR("");
}
