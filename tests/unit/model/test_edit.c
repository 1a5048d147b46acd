/*
 * Acts: each of them as golden text (the act, its sentences, the diff), what is
 * refused, and that undoing gives back every byte.
 */
#include "edit_stage.h"

#include <string.h>

#include "model/edit_uses.h"

#include "support/test.h"

static const char *const ACTS[] = {
    "{'op':'entity.add','name':'offer','label':'Offer \"A\"','icon':'tag',"
    "'fields':[{'name':'title','required':true},{'name':'sum','type':'money'},"
    "{'name':'kind','type':'choice','options':[{'code':'a','label':'A & "
    "B'},'b']},{'name':'status','states':[{'code':'new'},{'code':'done','kind':"
    "'done'}],'moves':[{'from':'new','to':'done'}]}]}",
    "{'op':'entity.add','name':'bare'}",
    "{'op':'entity.set','entity':'visit','label':'Call','icon':'phone',"
    "'import-key':null}",
    "{'op':'entity.set','entity':'blank','label':'Nothing'}",
    "{'op':'entity.set','entity':'crm:deal','label':null,'icon':'star'}",
    "{'op':'entity.set','entity':'crm:account','plural':'Customers'}",
    "{'op':'entity.remove','entity':'blank'}",
    "{'op':'field.add','entity':'visit','name':'mood','label':'Mood','type':"
    "'choice','after':'note','options':['good','bad']}",
    "{'op':'field.add','entity':'visit','name':'last','type':'text'}",
    "{'op':'field.add','entity':'blank','name':'first','required':false,'min':"
    "3,'type':'int'}",
    "{'op':'field.add','entity':'crm:deal','name':'x_score','type':'int',"
    "'after':'amount'}",
    "{'op':'field.add','entity':'crm:account','name':'x_size','type':'choice',"
    "'options':[{'code':'s'},{'code':'l','label':'Large'}]}",
    "{'op':'field.set','entity':'visit','field':'topic','label':'Subject',"
    "'required':false,'help':'In a few words.'}",
    "{'op':'field.set','entity':'crm:deal','field':'amount','label':null,"
    "'required':null}",
    "{'op':'field.set','entity':'crm:deal','field':'name','help':'As in the "
    "contract'}",
    "{'op':'field.move','entity':'visit','field':'planned_on','after':'topic'}",
    "{'op':'field.move','entity':'visit','field':'kind','before':'account'}",
    "{'op':'field.remove','entity':'visit','field':'kind'}",
    "{'op':'field.remove','entity':'crm:deal','field':'x_region'}",
    "{'op':'field.remove','entity':'crm:deal','field':'discount'}",
    "{'op':'field.rename','entity':'visit','field':'planned_on','name':'due_"
    "on'}",
    "{'op':'field.rename','entity':'visit','field':'kind','name':'sort_of'}",
    "{'op':'field.rename','entity':'crm:deal','field':'x_region','name':'x_"
    "area'}",
    "{'op':'option.add','entity':'visit','field':'kind','code':'never','label':"
    "'Never <again>','after':'first'}",
    "{'op':'option.add','entity':'crm:deal','field':'source','code':'web',"
    "'label':'Web site','color':'blue'}",
    "{'op':'option.set','entity':'visit','field':'kind','option':'again',"
    "'label':'Once more'}",
    "{'op':'option.set','entity':'crm:deal','field':'source','option':"
    "'referral','label':'Recommended'}",
    "{'op':'option.move','entity':'visit','field':'kind','option':'again',"
    "'before':'first'}",
    "{'op':'option.remove','entity':'visit','field':'kind','option':'again'}",
    "{'op':'option.remove','entity':'crm:deal','field':'source','option':"
    "'referral'}",
    "{'op':'option.remove','entity':'crm:deal','field':'source','option':"
    "'fair'}",
    "{'op':'status.add','entity':'part','name':'state','label':'State',"
    "'states':[{'code':'new'},{'code':'old','kind':'done'}],'moves':[{'from':"
    "'new','to':'old'}]}",
    "{'op':'status.set','entity':'visit','status':'status','label':'Stage'}",
    "{'op':'state.add','entity':'visit','status':'status','code':'lost','kind':"
    "'lost','after':'planned'}",
    "{'op':'state.add','entity':'crm:deal','status':'stage','code':'legal',"
    "'label':'Legal review','after':'engaging'}",
    "{'op':'state.set','entity':'visit','status':'status','state':'done',"
    "'color':'green'}",
    "{'op':'state.move','entity':'visit','status':'status','state':'done',"
    "'before':'planned'}",
    "{'op':'state.remove','entity':'crm:deal','status':'stage','state':"
    "'prospecting'}",
    "{'op':'move.add','entity':'visit','status':'status','from':'done','to':"
    "'planned','label':'Reopen'}",
    "{'op':'move.set','entity':'visit','status':'status','move':'planned-done'"
    ",'require':['note']}",
    "{'op':'move.remove','entity':'crm:deal','status':'stage','move':"
    "'engaging-won'}",
    "{'op':'form.place','entity':'visit','field':'note','section':'what',"
    "'span':2}",
    "{'op':'form.place','entity':'visit','field':'kind','after':'account'}",
    "{'op':'form.place','entity':'visit','field':'topic','label':'About'}",
    "{'op':'form.place','entity':'blank','field':'owner'}",
    "{'op':'form.place','entity':'crm:deal','field':'discount','after':"
    "'amount'}",
    "{'op':'form.move','entity':'visit','field':'done_on','before':"
    "'planned_on'}",
    "{'op':'form.move','entity':'visit','field':'planned_on','section':"
    "'what'}",
    "{'op':'form.move','entity':'visit','section':'when','before':'what'}",
    "{'op':'form.remove','entity':'visit','field':'account'}",
    "{'op':'form.remove','entity':'crm:deal','field':'probability'}",
    "{'op':'form.section','entity':'visit','section':'more','label':'More',"
    "'columns':1,'after':'what'}",
    "{'op':'form.section','entity':'visit','section':'when','label':'Day'}",
    "{'op':'form.section','entity':'crm:deal','section':'x_ours','label':"
    "'Ours','after':'money'}",
    "{'op':'form.tab','entity':'visit','tab':'history','label':'History'}",
    "{'op':'form.add','entity':'part'}",
    "{'op':'form.add','entity':'crm:deal','name':'ours','label':'Ours'}",
    "{'op':'form.set','entity':'visit','label':'All of it'}",
    "{'op':'view.add','entity':'visit','name':'late','label':'Late','columns':["
    "'topic',{'field':'planned_on','label':'Day'}],'sort':['planned_on'],"
    "'filter':\"planned_on lt today() and status = 'planned'\"}",
    "{'op':'view.add','entity':'crm:deal','name':'by_source','type':'kanban',"
    "'by':'source','card':{'title':'name'}}",
    "{'op':'view.set','entity':'visit','view':'open','columns':['planned_on',"
    "'topic','note'],'sort':['topic','-planned_on'],'filter':\"status = "
    "'planned'\",'group':'kind'}",
    "{'op':'view.set','entity':'visit','view':'board','by':'kind','hide':"
    "'again','card':{'badge':null,'subtitle':'account'}}",
    "{'op':'view.set','entity':'crm:deal','view':'open','columns':['name',"
    "'amount','x_region']}",
    "{'op':'view.remove','entity':'visit','view':'open'}",
    "{'op':'menu.add','app':'site','entity':'part','after':'visit'}",
    "{'op':'menu.add','app':'site','entity':'part','group':'More & more'}",
    "{'op':'menu.add','app':'shop','app_label':'Shop','entity':'crm:deal',"
    "'view':'open'}",
    "{'op':'menu.move','app':'site','entity':'visit','after':'crm:account'}",
    "{'op':'menu.remove','app':'site','entity':'visit'}",
    "{'op':'i18n.set','lang':'de','entity':'visit','key':'label','text':"
    "'Termin'}",
    "{'op':'i18n.set','lang':'de','entity':'visit','key':'plural','text':"
    "'Termine'}",
    "{'op':'i18n.set','lang':'de','entity':'crm:deal','key':'field.x_region',"
    "'text':'Gebiet'}",
    "{'op':'i18n.set','lang':'fr','entity':'visit','key':'label','text':"
    "'Visite'}",
};

/* The acts above are written with ' for ". What means an apostrophe stands
   inside a text that is written with \". */
static const char *quoted(struct arena *a, const char *act)
{
    size_t n = strlen(act), i;
    char *s = arena_alloc(a, n * 2 + 1), *p = s;
    bool inside = false;

    CHECK(s != NULL);
    for (i = 0; i < n; i++) {
        if (act[i] == '"' && i > 0 && act[i - 1] == ':') {
            inside = true;
            *p++ = '"';
        } else if (act[i] == '"' && inside) {
            inside = false;
            *p++ = '"';
        } else if (act[i] == '"') {
            *p++ = '\\';
            *p++ = '"';
        } else {
            *p++ = act[i] == '\'' && !inside ? '"' : act[i];
        }
    }
    *p = 0;
    return s;
}

static void tell(struct buf *b, struct workspace *w, struct edit_run *run)
{
    size_t i;

    for (i = 0; i < run->edit.words.n; i++)
        buf_addf(b, "en: %.*s\nde: %.*s\n", STR_ARG(run->edit.words.v[i].en),
                 STR_ARG(run->edit.words.v[i].de));
    for (i = 0; i < run->issues.n; i++)
        buf_addf(b, "refused: %.*s %.*s: %.*s\n",
                 STR_ARG(run->issues.v[i].path), STR_ARG(run->issues.v[i].code),
                 STR_ARG(run->issues.v[i].message));
    if (run->rc != RC_OK && !run->issues.n)
        buf_addf(b, "refused: %s: %s\n", rc_name(run->rc), run->err.text);
    if (run->rc != RC_OK)
        return;
    edit_diff(&run->edit, b);
    if (edit_prepare(w, run, false) != RC_OK)
        buf_addf(b, "does not compile: %s\n", w->err.text);
    messages_text(&w->messages, b);
}

static void golden(const char *path, const char *const *acts, size_t n)
{
    struct workspace w;
    struct buf b;
    size_t i;

    edit_stage_open(&w);
    buf_init(&b, 4 << 20);
    for (i = 0; i < n; i++) {
        struct edit_run run;
        const char *act = quoted(&w.arena, acts[i]);

        buf_addf(&b, "%s\n", act);
        edit_run(&w, act, &run);
        tell(&b, &w, &run);
        buf_addc(&b, '\n');
    }
    golden_check(path, buf_view(&b));
    buf_release(&b);
    workspace_close(&w);
}

TEST(edit, writes_what_a_person_would_have_written)
{
    golden("model/edit_acts.txt", ACTS, sizeof ACTS / sizeof ACTS[0]);
}

static const char *const WRONG[] = {
    "[]",
    "{}",
    "{'op':'field.ad','entity':'visit'}",
    "{'op':'entity.add'}",
    "{'op':'entity.add','name':'../../etc'}",
    "{'op':'entity.add','name':'Visit'}",
    "{'op':'entity.add','name':'visit'}",
    "{'op':'entity.add','name':'new','fields':{'name':'a'}}",
    "{'op':'entity.add','name':'new','fields':[{'name':'a','tyype':'int'}]}",
    "{'op':'entity.add','name':'new','fields':[3]}",
    "{'op':'entity.set','entity':'visitt','label':'X'}",
    "{'op':'entity.set','entity':'visit','lable':'X'}",
    "{'op':'entity.set','entity':'visit','name':'other'}",
    "{'op':'entity.set','entity':'visit','label':{'a':1}}",
    "{'op':'entity.remove','entity':'crm:deal'}",
    "{'op':'field.add','entity':'visit','name':'topic'}",
    "{'op':'field.add','entity':'crm:deal','name':'amount'}",
    "{'op':'field.add','entity':'crm:deal','name':'x_region'}",
    "{'op':'field.add','entity':'visit','name':'x','was':'topic'}",
    "{'op':'field.add','entity':'visit','name':'x','after':'nothing'}",
    "{'op':'field.add','entity':'visit','name':'x','after':'topic','before':"
    "'note'}",
    "{'op':'field.add','entity':'visit','name':'x','type':'mony'}",
    "{'op':'field.add','entity':'visit','name':'a b'}",
    "{'op':'field.add','entity':'crm:deal','name':'x_a','before':'name'}",
    "{'op':'field.set','entity':'visit','field':'nothing','label':'X'}",
    "{'op':'field.set','entity':'visit','field':'topic','name':'y'}",
    "{'op':'field.set','entity':'crm:deal','field':'amount','type':'int'}",
    "{'op':'field.move','entity':'crm:deal','field':'amount','after':'name'}",
    "{'op':'field.move','entity':'visit','field':'topic'}",
    "{'op':'field.rename','entity':'visit','field':'topic','name':'note'}",
    "{'op':'field.rename','entity':'visit','field':'topic','name':'and'}",
    "{'op':'field.rename','entity':'visit','field':'topic','name':'a__b'}",
    "{'op':'field.rename','entity':'crm:deal','field':'amount','name':"
    "'value'}",
    "{'op':'option.add','entity':'visit','field':'kind','code':'first'}",
    "{'op':'option.set','entity':'visit','field':'kind','option':'first',"
    "'code':'second'}",
    "{'op':'move.set','entity':'visit','status':'status','move':'done-gone',"
    "'label':'X'}",
    "{'op':'form.place','entity':'visit','form':'none','field':'topic'}",
    "{'op':'form.add','entity':'crm:deal','name':'main'}",
    "{'op':'form.move','entity':'crm:deal','field':'amount','after':'name'}",
    "{'op':'form.remove','entity':'visit'}",
    "{'op':'view.add','entity':'visit','name':'open'}",
    "{'op':'view.set','entity':'visit','view':'open','columns':['topic',"
    "'topic']}",
    "{'op':'view.set','entity':'crm:deal','view':'open','sort':['name']}",
    "{'op':'view.remove','entity':'crm:deal','view':'open'}",
    "{'op':'menu.add','app':'site','entity':'visit'}",
    "{'op':'menu.add','app':'crm','entity':'visit'}",
    "{'op':'menu.remove','app':'site','entity':'part'}",
    "{'op':'i18n.set','lang':'../x','key':'label','text':'X'}",
};

TEST(edit, says_what_is_wrong_with_an_act)
{
    golden("model/edit_wrong.txt", WRONG, sizeof WRONG / sizeof WRONG[0]);
}

/* The edit as if it had been published, to be undone. */
static void turn(struct edit_run *run)
{
    struct edit *e = &run->edit;
    size_t i;

    for (i = 0; i < e->files.n; i++) {
        e->files.v[i].before = e->files.v[i].text;
        e->files.v[i].doc = NULL;
    }
    e->words.n = 0;
    e->acts = NULL;
}

static struct str text_now(const struct edit *e, struct str path)
{
    size_t i;

    for (i = 0; i < e->files.n; i++)
        if (str_eq(e->files.v[i].path, path))
            return e->files.v[i].text;
    return STR_NONE;
}

/* Every byte of every file is that of the published definitions. */
static void check_back(const struct workspace *w, const struct edit *e)
{
    const struct package_src *was = edit_local(w->model);
    size_t i, n = 0;

    for (i = 0; i < e->files.n; i++)
        n += e->files.v[i].text.p != NULL;
    CHECK_I64(n, was->n);
    for (i = 0; i < was->n; i++)
        CHECK(str_eq(text_now(e, was->files[i].path), was->files[i].text));
}

TEST(edit, undoing_an_act_gives_back_every_byte)
{
    struct workspace w;
    size_t i;

    edit_stage_open(&w);
    for (i = 0; i < sizeof ACTS / sizeof ACTS[0]; i++) {
        struct edit_run run;
        struct str log;

        edit_run(&w, quoted(&w.arena, ACTS[i]), &run);
        if (run.rc != RC_OK)
            continue;
        CHECK_RC(edit_log(&run.edit, &w.arena, &log, &run.err), RC_OK);
        turn(&run);
        CHECK_RC(edit_undo(&run.edit, 1, log, &run.err), RC_OK);
        check_back(&w, &run.edit);
    }
    workspace_close(&w);
}

/* Three acts on three lines beside each other; the first is taken back. */
TEST(edit, undoing_leaves_what_was_done_beside_it)
{
    struct workspace w;
    struct edit_run run;
    int64_t first;

    edit_stage_open(&w);
    edit_run(&w, "{\"op\":\"field.add\",\"entity\":\"visit\",\"name\":\"a\"}",
             &run);
    CHECK_RC(edit_publish(&w, &run, false), RC_OK);
    first = w.model->generation;
    edit_run(&w,
             "[{\"op\":\"field.add\",\"entity\":\"visit\",\"name\":\"b\","
             "\"after\":\"a\"},{\"op\":\"field.add\",\"entity\":\"visit\","
             "\"name\":\"c\",\"before\":\"a\"}]",
             &run);
    CHECK_RC(edit_publish(&w, &run, false), RC_OK);
    edit_run(&w,
             "{\"op\":\"entity.set\",\"entity\":\"visit\",\"icon\":\"car\"}",
             &run);
    CHECK_RC(edit_publish(&w, &run, false), RC_OK);
    CHECK_RC(edit_take_back(&w, first, &run), RC_CONFLICT);
    CHECK_HAS(run.err.text, "entities/visit.xml was changed at the same place");
    CHECK_RC(edit_take_back(&w, first + 1, &run), RC_OK);
    CHECK_RC(edit_take_back(&w, first, &run), RC_OK);
    CHECK(entity_field(model_entity(w.model, STR("local:visit")), STR("a")) ==
          NULL);
    CHECK_STR(model_entity(w.model, STR("local:visit"))->icon, "car");
    workspace_close(&w);
}

TEST(edit, a_renamed_field_keeps_its_data_and_its_undo_too)
{
    struct workspace w;
    struct edit_run run;
    struct str before, one;

    edit_stage_open(&w);
    CHECK_RC(workspace_exec(&w, "INSERT INTO local_visit(id, rev, created_at,"
                                " updated_at, topic, planned_on) VALUES(1, 1,"
                                " 0, 0, 'One', '2026-05-01')"),
             RC_OK);
    before = str_copy(&w.arena, edit_published(&w, "entities/visit.xml"));
    edit_run(&w,
             "{\"op\":\"field.rename\",\"entity\":\"visit\",\"field\":"
             "\"planned_on\",\"name\":\"due_on\"}",
             &run);
    CHECK_RC(edit_publish(&w, &run, false), RC_OK);
    CHECK(entity_field(model_entity(w.model, STR("local:visit")),
                       STR("due_on")) != NULL);
    one = workspace_query(&w, "SELECT planned_on FROM local_visit");
    CHECK_STR(one, "2026-05-01");
    CHECK_RC(edit_take_back(&w, w.model->generation, &run), RC_OK);
    CHECK(str_eq(before, edit_published(&w, "entities/visit.xml")));
    CHECK(entity_field(model_entity(w.model, STR("local:visit")),
                       STR("planned_on")) != NULL);
    one = workspace_query(&w, "SELECT planned_on FROM local_visit");
    CHECK_STR(one, "2026-05-01");
    workspace_close(&w);
}

TEST(edit, what_holds_data_is_dropped_only_when_asked)
{
    struct workspace w;
    struct edit_run run;

    edit_stage_open(&w);
    edit_run(&w,
             "{\"op\":\"field.add\",\"entity\":\"visit\",\"name\":\"spare\"}",
             &run);
    CHECK_RC(edit_publish(&w, &run, false), RC_OK);
    CHECK_RC(workspace_exec(&w, "INSERT INTO local_visit(id, rev, created_at,"
                                " updated_at, topic, spare) VALUES(1, 1, 0, 0,"
                                " 'One', 'kept')"),
             RC_OK);
    edit_run(&w,
             "{\"op\":\"field.remove\",\"entity\":\"visit\",\"field\":"
             "\"spare\"}",
             &run);
    CHECK_RC(edit_prepare(&w, &run, false), RC_OK);
    CHECK_I64(w.plan.n_refused, 1);
    CHECK_RC(edit_prepare(&w, &run, true), RC_OK);
    CHECK_I64(w.plan.n_refused, 0);
    workspace_close(&w);
}

TEST(edit, a_publish_on_definitions_that_are_no_longer_there_is_refused)
{
    struct workspace w;
    struct edit_run first, second;
    struct store_change c = {0};
    struct package_src *src = NULL;
    const struct package_src *seen;
    const struct model *old;

    edit_stage_open(&w);
    old = w.model;
    model_ref(old);
    seen = edit_local(w.model);
    edit_run(&w, "{\"op\":\"field.add\",\"entity\":\"visit\",\"name\":\"a\"}",
             &first);
    edit_run(&w, "{\"op\":\"field.add\",\"entity\":\"visit\",\"name\":\"b\"}",
             &second);
    CHECK_RC(edit_publish(&w, &first, false), RC_OK);
    CHECK_RC(edit_source(&second.edit, &src, &w.err), RC_OK);
    c.put = src;
    c.base = seen;
    CHECK_RC(workspace_publish(&w, &c), RC_CONFLICT);
    CHECK(entity_field(model_entity(w.model, STR("local:visit")), STR("a")) !=
          NULL);
    model_unref(old);
    workspace_close(&w);
}

/* --- any act on any layout ---------------------------------------------------- */

static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

/* Lines of the file that the act does not speak of stand there still, in order:
   what is left of the old text when the lines that went are taken out. */
TEST(edit, keeps_every_untouched_byte_over_random_acts)
{
    struct workspace w;
    uint32_t state = 20260101;
    int round;

    edit_stage_open(&w);
    for (round = 0; round < 40; round++) {
        struct edit_run run;
        struct str logs[6];
        size_t n = 0, k;

        issues_init(&run.issues, &w.arena);
        CHECK_RC(
            edit_begin(&run.edit, w.model, &w.arena, &run.issues, &run.err),
            RC_OK);
        while (n < 6) {
            size_t i = next_random(&state) % (sizeof ACTS / sizeof ACTS[0]);
            const struct json *act = NULL;
            struct edit copy = run.edit;

            /* A copy: what is refused leaves an edit that is of no use. */
            copy.files.v = arena_dup(&w.arena, copy.files.v,
                                     copy.files.n * sizeof *copy.files.v);
            copy.files.cap = copy.files.n;
            CHECK_RC(json_parse(str_c(quoted(&w.arena, ACTS[i])), &w.arena,
                                &act, &run.err),
                     RC_OK);
            if (edit_acts(&copy, act, &run.err) != RC_OK) {
                if (next_random(&state) % 8 == 0)
                    break;
                continue;
            }
            run.edit = copy;
            CHECK_RC(edit_log(&run.edit, &w.arena, &logs[n], &run.err), RC_OK);
            turn(&run);
            n++;
        }
        if (round % 10 == 0 && n > 0)
            (void)edit_prepare(&w, &run, true); /* may be refused; not crash */
        for (k = n; k-- > 0;) {
            CHECK_RC(edit_undo(&run.edit, 1, logs[k], &run.err), RC_OK);
            turn(&run);
        }
        check_back(&w, &run.edit);
    }
    workspace_close(&w);
}

/* --- what comes from outside ----------------------------------------------------- */

TEST(edit, takes_any_text_as_a_label_or_says_why_not)
{
    static const char *const LABELS[] = {"<b>&amp;\\\"'</b>",
                                         "]]>",
                                         "\\u202eright\\u202c",
                                         "line\\nbreak",
                                         "\\ttab",
                                         "<!-- -->",
                                         "%s%n",
                                         "{x}"};
    struct workspace w;
    size_t i;

    edit_stage_open(&w);
    for (i = 0; i < sizeof LABELS / sizeof LABELS[0]; i++) {
        struct edit_run run;
        const struct json *label = NULL;
        struct str act = str_fmt(&w.arena,
                                 "{\"op\":\"field.set\",\"entity\":\"visit\","
                                 "\"field\":\"topic\",\"label\":\"%s\"}",
                                 LABELS[i]);

        CHECK_RC(json_parse(act, &w.arena, &label, &run.err), RC_OK);
        edit_run(&w, str_cstr(&w.arena, act), &run);
        CHECK_RC(run.rc, RC_OK);
        CHECK_RC(edit_publish(&w, &run, false), RC_OK);
        CHECK(str_eq(entity_field(model_entity(w.model, STR("local:visit")),
                                  STR("topic"))
                         ->label.base,
                     json_str(json_at(label, "label"), STR_NONE)));
    }
    workspace_close(&w);
}

TEST(edit, refuses_characters_and_sizes_no_file_can_hold)
{
    struct workspace w;
    struct edit_run run;
    struct buf b;

    edit_stage_open(&w);
    edit_run(&w,
             "{\"op\":\"field.set\",\"entity\":\"visit\",\"field\":\"topic\","
             "\"label\":\"a\\u0001b\"}",
             &run);
    CHECK_RC(run.rc, RC_INVALID);
    CHECK_HAS(run.err.text, "U+0001");
    buf_init(&b, 4 << 20);
    buf_adds(&b, "{\"op\":\"field.set\",\"entity\":\"visit\",\"field\":"
                 "\"topic\",\"label\":\"");
    while (b.n < (1 << 20) + 100)
        buf_adds(&b, "long long long long ");
    buf_adds(&b, "\"}");
    buf_addc(&b, 0);
    edit_run(&w, b.p, &run);
    CHECK_RC(run.rc, RC_LIMIT);
    buf_release(&b);
    workspace_close(&w);
}

TEST(edit, survives_any_failed_allocation)
{
    static const char ACT[] =
        "[{\"op\":\"field.rename\",\"entity\":\"visit\",\"field\":\"kind\","
        "\"name\":\"sort_of\"},{\"op\":\"view.set\",\"entity\":\"visit\","
        "\"view\":\"open\",\"columns\":[\"note\",\"topic\"]},{\"op\":\"form."
        "place\",\"entity\":\"crm:deal\",\"field\":\"discount\"}]";
    struct workspace w;
    const struct json *acts = NULL;

    edit_stage_open(&w);
    CHECK_RC(json_parse(str_c(ACT), &w.arena, &acts, &w.err), RC_OK);
    WITH_EACH_ALLOC_FAILING (i) {
        struct arena a;
        struct issues issues;
        struct edit e;
        struct err err = ERR_INIT;
        struct str log = STR_NONE;
        enum rc rc;

        arena_init(&a, 64 << 20);
        issues_init(&issues, &a);
        rc = edit_begin(&e, w.model, &a, &issues, &err);
        if (rc == RC_OK)
            rc = edit_acts(&e, acts, &err);
        if (rc == RC_OK)
            rc = edit_log(&e, &a, &log, &err);
        CHECK(rc == RC_OK || rc == RC_NOMEM);
        CHECK(rc == RC_OK || !log.p);
        arena_release(&a);
    }
    workspace_close(&w);
}

/* --- many acts at once ------------------------------------------------------------ */

TEST(edit, builds_an_entity_its_form_views_and_menu_in_one_go)
{
    static const char *const STEPS[] = {
        "{'op':'entity.add','name':'tour','label':'Tour','fields':[{'name':"
        "'title'},{'name':'day','type':'date'},{'name':'status','states':[{"
        "'code':'open'},{'code':'done'}]}]}",
        "{'op':'field.add','entity':'tour','name':'guide','type':'ref','to':"
        "'crm:contact','after':'title'}",
        "{'op':'field.rename','entity':'tour','field':'day','name':'starts_"
        "on'}",
        "{'op':'option.add','entity':'visit','field':'kind','code':'tour'}",
        "{'op':'form.place','entity':'tour','field':'guide','before':'title',"
        "'span':2}",
        "{'op':'form.section','entity':'tour','section':'when','label':'When'}",
        "{'op':'form.move','entity':'tour','field':'starts_on','section':"
        "'when'}",
        "{'op':'view.add','entity':'tour','name':'board','type':'kanban',"
        "'columns':['title'],'by':'status'}",
        "{'op':'view.add','entity':'tour','name':'all','columns':['title',"
        "'guide.name'],'sort':['-starts_on']}",
        "{'op':'menu.add','app':'site','entity':'tour','view':'board','after':"
        "'visit'}",
        "{'op':'i18n.set','lang':'de','entity':'tour','key':'label','text':"
        "'Führung'}"};
    struct workspace w;
    struct edit_run run;
    struct buf b;
    size_t i;

    edit_stage_open(&w);
    buf_init(&b, 1 << 16);
    for (i = 0; i < sizeof STEPS / sizeof STEPS[0]; i++)
        buf_addf(&b, "%s%s", i ? "," : "[", quoted(&w.arena, STEPS[i]));
    buf_addc(&b, ']');
    buf_addc(&b, 0);
    edit_run(&w, b.p, &run);
    if (run.rc != RC_OK)
        CHECK_CSTR(run.err.text, "");
    if (edit_publish(&w, &run, false) != RC_OK)
        CHECK_CSTR(w.err.text, "");
    CHECK_I64(run.edit.words.n, sizeof STEPS / sizeof STEPS[0]);
    buf_reset(&b);
    for (i = 0; i < edit_local(w.model)->n; i++)
        if (str_find(edit_local(w.model)->files[i].path, STR("tour")) >= 0)
            buf_addf(&b, "%.*s\n%.*s\n",
                     STR_ARG(edit_local(w.model)->files[i].path),
                     STR_ARG(edit_local(w.model)->files[i].text));
    golden_check("model/edit_tour.txt", buf_view(&b));
    buf_release(&b);
    CHECK_RC(edit_take_back(&w, w.model->generation, &run), RC_OK);
    workspace_close(&w);
}

/* --- the tables ------------------------------------------------------------------ */

/* A new attribute of the language that is a name, a path or a list of names either
   names a field, and then a rename has to follow it, or it stands here. */
TEST(edit, knows_of_every_attribute_whether_it_names_a_field)
{
    static const char *const OTHERS =
        " app.name check.name data.access export.name module.name secret.name  "
        "collection.name collection.was columns.hide "
        "entity.name entity.was extend/status.was field.inverse field.name "
        "field.to field.was form.for form.name grid.collection index.name "
        "item.view link.a-name link.b-name link.name link.was move.from "
        "section.name section.ref status.name status.was tab.name view.name "
        "section.after ";
    const struct spec_element *v;
    size_t n = spec_elements(&v), i, k;

    for (i = 0; i < n; i++)
        for (k = 0; k < v[i].n_attrs; k++) {
            const struct spec_attr *a = &v[i].attrs[k];
            struct buf b;
            bool known;

            if (a->type != SPEC_NAME && a->type != SPEC_NAMES &&
                a->type != SPEC_PATH)
                continue;
            buf_init(&b, 200);
            buf_addf(&b, " %s.%s ", v[i].name, a->name);
            known = edit_use_of(v[i].name, a->name) != USE_NONE ||
                    str_find(str_c(OTHERS), buf_view(&b)) >= 0;
            if (!known)
                CHECK_STR(buf_view(&b),
                          "known: does it name a field? then a row of "
                          "edit_uses.c, else a word of OTHERS");
            buf_release(&b);
        }
}
