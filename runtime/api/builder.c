/*
 * builder - definitions changed from the browser: read, preview, publish, undo,
 * history, and a pasted spreadsheet as an entity. docs/design/0070.
 *
 * Thin: acts are core/model/edit's, a publish is package_apply's with the `local`
 * that the acts made. An edit is made on the model of the slot; whoever publishes
 * in between is noticed by store_change.base.
 */
#include "api/call.h"

#include <stdio.h>

#include "base/time.h"
#include "base/utf8.h"
#include "exchange/infer.h"
#include "model/edit.h"
#include "package/package.h"

enum { EDIT_BYTES = 256 << 20, HISTORY_MOST = 200, DIFF_BYTES = 4 << 20 };

/* One edit under way. */
struct building {
    struct call *c;
    struct arena arena;
    const struct model *m;
    struct edit edit;
    struct package_src *src;
    struct store_change change;
    struct plan plan;
    struct messages messages;
    char hash[EDIT_HASH_BYTES]; /* of what it was made on */
};

static void begin(struct building *b, struct call *c)
{
    *b = (struct building){.c = c};
    arena_init(&b->arena, EDIT_BYTES);
    messages_init(&b->messages, &b->arena);
    b->m = model_slot_ref(c->ws->slot);
    edit_hash(edit_local(b->m), b->hash);
}

static enum rc end(struct building *b, enum rc rc)
{
    model_unref(b->m);
    arena_release(&b->arena);
    return rc;
}

static struct str hash_text(const char hash[EDIT_HASH_BYTES])
{
    return str_of(hash, EDIT_HASH_BYTES);
}

/* --- what an edit comes to --------------------------------------------------------- */

/* The caller saw these definitions, or others. */
static enum rc check_hash(struct building *b, bool must)
{
    struct str hash = STR_NONE;
    enum rc rc = call_text(b->c, b->c->body, "hash", &hash);

    if (rc != RC_OK)
        return rc;
    if (!hash.n && must)
        return call_reject(b->c, "hash", "required",
                           "Say the hash of the definitions that you saw.");
    if (hash.n && !str_eq(hash, hash_text(b->hash)))
        return FAIL(&b->c->err, RC_CONFLICT,
                    "The definitions were changed meanwhile; look at what is "
                    "there now and make the change again.");
    return RC_OK;
}

static enum rc change_of(struct building *b)
{
    struct call *c = b->c;
    enum rc rc = edit_source(&b->edit, &b->src, &c->err);

    if (rc == RC_OK)
        rc = call_flag(c, c->body, "allow_drop", &b->change.allow_drop);
    if (rc == RC_OK)
        rc = edit_log(&b->edit, &b->arena, &b->change.log, &c->err);
    b->change.put = b->src;
    b->change.accept = true;
    b->change.base = edit_local(b->m);
    b->change.renames = b->edit.renames.v;
    b->change.n_renames = b->edit.renames.n;
    return rc;
}

static void write_words(const struct building *b, struct json_w *w)
{
    size_t i;

    json_k(w, "sentences");
    json_arr_begin(w);
    for (i = 0; i < b->edit.words.n; i++) {
        json_obj_begin(w);
        json_kv(w, "en", b->edit.words.v[i].en);
        json_kv(w, "de", b->edit.words.v[i].de);
        json_obj_end(w);
    }
    json_arr_end(w);
    json_k(w, "notes");
    json_arr_begin(w);
    for (i = 0; i < b->edit.notes.n; i++)
        json_w_str(w, b->edit.notes.v[i]);
    json_arr_end(w);
}

static void write_files(const struct building *b, struct json_w *w)
{
    size_t i;

    json_k(w, "files");
    json_arr_begin(w);
    for (i = 0; i < b->edit.files.n; i++) {
        const struct edit_file *f = &b->edit.files.v[i];

        if (!edit_file_changed(f))
            continue;
        json_obj_begin(w);
        json_kv(w, "path", f->path);
        json_kv(w, "change",
                !f->before.p ? STR("made")
                : !f->text.p ? STR("gone")
                             : STR("changed"));
        json_obj_end(w);
    }
    json_arr_end(w);
}

static enum rc write_diff(const struct building *b, struct json_w *w,
                          struct err *err)
{
    struct str text;
    struct buf diff;
    enum rc rc;

    buf_init(&diff, DIFF_BYTES);
    edit_diff(&b->edit, &diff);
    rc = buf_finish(&diff, b->c->a, &text, err);
    buf_release(&diff);
    if (rc == RC_OK)
        json_kv(w, "diff", text);
    return rc;
}

/* The definitions as they are then; *planned false: they do not compile. */
static enum rc plan(struct building *b, bool *planned)
{
    enum rc rc = change_of(b);

    *planned = false;
    if (rc != RC_OK)
        return rc;
    rc = package_plan(b->c->ws, &b->change, &b->arena, &b->plan, &b->messages,
                      &b->c->err);
    if (rc == RC_INVALID && b->messages.errors > 0)
        return RC_OK;
    *planned = rc == RC_OK;
    return rc;
}

static enum rc answer_preview(struct building *b)
{
    struct call *c = b->c;
    bool planned = false;
    enum rc rc = plan(b, &planned);

    if (rc != RC_OK)
        return rc;
    json_obj_begin(&c->w);
    json_kv(&c->w, "hash", hash_text(b->hash));
    json_kv_bool(&c->w, "ok", planned && b->plan.n_refused == 0);
    json_kv_bool(&c->w, "changed", edit_has_changed(&b->edit));
    write_words(b, &c->w);
    write_files(b, &c->w);
    rc = write_diff(b, &c->w, &c->err);
    if (rc != RC_OK)
        return rc;
    json_k(&c->w, "messages");
    messages_json(&b->messages, &c->w);
    json_k(&c->w, "plan");
    if (planned)
        plan_json(&b->plan, &c->w);
    else
        json_w_null(&c->w);
    json_obj_end(&c->w);
    return answer_json(c, 200);
}

static enum rc answer_published(struct building *b)
{
    struct call *c = b->c;
    struct package_result done = {0};
    char hash[EDIT_HASH_BYTES];
    enum rc rc = change_of(b);

    if (rc == RC_OK && !edit_has_changed(&b->edit))
        return call_reject(c, "acts", "nothing",
                           "This changes nothing; it is so already.");
    if (rc != RC_OK)
        return rc;
    rc = package_apply(c->ws, call_who(c), &b->change, &b->arena, &b->plan,
                       &b->messages, &done, &c->err);
    if (rc == RC_INVALID)
        call_messages(c, b->messages.v, b->messages.n);
    if (rc == RC_CONFLICT)
        call_messages(c, b->plan.refused, b->plan.n_refused);
    if (rc != RC_OK)
        return rc;
    edit_hash(b->src, hash);
    json_obj_begin(&c->w);
    json_kv_i64(&c->w, "generation", done.generation);
    json_kv(&c->w, "hash", hash_text(hash));
    write_words(b, &c->w);
    json_obj_end(&c->w);
    return answer_json(c, 200);
}

/* --- acts --------------------------------------------------------------------------- */

static enum rc do_acts(struct building *b)
{
    struct call *c = b->c;
    const struct json *acts = json_at(c->body, "acts");
    enum rc rc;

    if (!acts || acts->kind != JSON_ARRAY)
        return call_reject(c, "acts", "required",
                           "\"acts\" is a list of acts: "
                           "[{\"op\":\"field.add\", ...}].");
    rc = edit_begin(&b->edit, b->m, &b->arena, &c->issues, &c->err);
    return rc == RC_OK ? edit_acts(&b->edit, acts, &c->err) : rc;
}

enum rc run_builder_preview(struct call *c)
{
    struct building b;
    enum rc rc = call_members(c, c->body, "", "hash acts allow_drop");

    if (rc != RC_OK)
        return rc;
    begin(&b, c);
    rc = check_hash(&b, false);
    if (rc == RC_OK)
        rc = do_acts(&b);
    return end(&b, rc == RC_OK ? answer_preview(&b) : rc);
}

enum rc run_builder_publish(struct call *c)
{
    struct building b;
    enum rc rc = call_members(c, c->body, "", "hash acts allow_drop");

    if (rc != RC_OK)
        return rc;
    begin(&b, c);
    rc = check_hash(&b, true);
    if (rc == RC_OK)
        rc = do_acts(&b);
    return end(&b, rc == RC_OK ? answer_published(&b) : rc);
}

/* --- history ------------------------------------------------------------------------ */

static const struct str SQL_ENTRY =
    STR_INIT("SELECT value FROM sys_kv WHERE package='local' AND key=?1");
static const struct str SQL_HISTORY =
    STR_INIT("SELECT generation, at, \"user\", note FROM sys_model"
             " WHERE note LIKE 'local%' ORDER BY generation DESC LIMIT ?1");

static enum rc entry_of(struct db *db, int64_t generation, struct arena *a,
                        struct str *out, struct err *err)
{
    struct db_stmt *st = NULL;
    bool has_row = false;
    char key[40];
    enum rc rc = db_prepare(db, SQL_ENTRY, &st, err);
    int n =
        snprintf(key, sizeof key, "_builder/%012lld", (long long)generation);

    *out = STR_NONE;
    if (rc == RC_OK) {
        db_bind_str(st, 1, str_of(key, (size_t)n));
        rc = db_step(st, &has_row, err);
    }
    if (rc == RC_OK && has_row) {
        *out = str_copy(a, db_col_str(st, 0));
        if (!out->p)
            rc = FAIL(err, RC_NOMEM, "There is no memory for the history.");
    }
    db_stmt_release(st);
    return rc;
}

struct past {
    int64_t generation, at, user, undoes;
    struct str note;
    const struct json *entry;
    bool undone;
};

static bool is_local_note(struct str note)
{
    return str_eq(note, STR("local")) || str_starts(note, STR("local "));
}

static enum rc read_past(struct call *c, int limit, struct past *v, size_t *n)
{
    struct db_stmt *st = NULL;
    bool has_row = true;
    enum rc rc = db_prepare(c->db, SQL_HISTORY, &st, &c->err);

    if (rc == RC_OK)
        db_bind_i64(st, 1, limit);
    while (rc == RC_OK && has_row) {
        rc = db_step(st, &has_row, &c->err);
        if (rc != RC_OK || !has_row)
            continue;
        v[*n] = (struct past){.generation = db_col_i64(st, 0),
                              .at = db_col_i64(st, 1),
                              .user = db_col_i64(st, 2),
                              .note = str_copy(c->a, db_col_str(st, 3))};
        if (is_local_note(v[*n].note))
            (*n)++;
    }
    db_stmt_release(st);
    return rc;
}

/* Newest first: an undo that stands makes what it undoes undone. */
static enum rc read_entries(struct call *c, struct past *v, size_t n)
{
    size_t i, k;
    enum rc rc = RC_OK;

    for (i = 0; rc == RC_OK && i < n; i++) {
        struct str text;
        const struct json *undoes;

        rc = entry_of(c->db, v[i].generation, c->a, &text, &c->err);
        if (rc != RC_OK || !text.n)
            continue;
        rc = json_parse(text, c->a, &v[i].entry, &c->err);
        undoes = rc == RC_OK ? json_at(v[i].entry, "undoes") : NULL;
        if (!undoes || undoes->kind != JSON_INT || v[i].undone)
            continue;
        for (k = i + 1; k < n; k++)
            if (v[k].generation == undoes->u.i)
                v[k].undone = true;
    }
    return rc;
}

static void write_past(struct call *c, const struct past *p)
{
    const struct json *words = p->entry ? json_at(p->entry, "words") : NULL;
    const struct json *undoes = p->entry ? json_at(p->entry, "undoes") : NULL;
    const struct json *acts = p->entry ? json_at(p->entry, "acts") : NULL;
    char at[25];

    json_obj_begin(&c->w);
    json_kv_i64(&c->w, "generation", p->generation);
    json_kv(&c->w, "at", str_of(at, instant_format(p->at, at)));
    json_kv_id(&c->w, "user", p->user);
    json_k(&c->w, "sentence");
    json_obj_begin(&c->w);
    json_kv(&c->w, "en",
            words ? json_str(json_at(words, "en"), STR(""))
                  : STR("Definitions were put in from a folder."));
    json_kv(&c->w, "de",
            words ? json_str(json_at(words, "de"), STR(""))
                  : STR("Definitionen kamen aus einem Ordner."));
    json_obj_end(&c->w);
    json_k(&c->w, "acts");
    if (acts)
        json_w_tree(&c->w, acts);
    else
        json_w_null(&c->w);
    json_k(&c->w, "undoes");
    if (undoes && undoes->kind == JSON_INT)
        json_w_i64(&c->w, undoes->u.i);
    else
        json_w_null(&c->w);
    json_kv_bool(&c->w, "undone", p->undone);
    json_kv_bool(&c->w, "undoable", p->entry && !p->undone);
    json_obj_end(&c->w);
}

enum rc run_builder_history(struct call *c)
{
    struct past *v = ARENA_ARRAY(c->a, struct past, HISTORY_MOST + 1);
    size_t n = 0, i;
    int limit = 50;
    enum rc rc = call_param_int(c, "limit", 1, HISTORY_MOST, &limit);

    if (rc == RC_OK && !v)
        rc = FAIL(&c->err, RC_NOMEM, "There is no memory for the history.");
    if (rc == RC_OK)
        rc = read_past(c, limit, v, &n);
    if (rc == RC_OK)
        rc = read_entries(c, v, n);
    if (rc != RC_OK)
        return rc;
    json_obj_begin(&c->w);
    json_k(&c->w, "items");
    json_arr_begin(&c->w);
    for (i = 0; i < n; i++)
        write_past(c, &v[i]);
    json_arr_end(&c->w);
    json_obj_end(&c->w);
    return answer_json(c, 200);
}

/* --- undo --------------------------------------------------------------------------- */

static enum rc undo_edit(struct building *b)
{
    struct call *c = b->c;
    struct str log = STR_NONE;
    int64_t generation = 0;
    enum rc rc;

    if (!str_to_i64(http_capture(c->req, 0), &generation) || generation < 1)
        return FAIL(&c->err, RC_NOTFOUND, "There is no such change.");
    rc = call_read(c, 0);
    if (rc == RC_OK)
        rc = entry_of(c->db, generation, &b->arena, &log, &c->err);
    call_let_go(c);
    if (rc == RC_OK && !log.n)
        return FAIL(&c->err, RC_NOTFOUND,
                    "Generation %lld was not made by the builder; there is "
                    "nothing to undo.",
                    (long long)generation);
    if (rc == RC_OK)
        rc = edit_begin(&b->edit, b->m, &b->arena, &c->issues, &c->err);
    return rc == RC_OK ? edit_undo(&b->edit, generation, log, &c->err) : rc;
}

enum rc run_builder_undo(struct call *c)
{
    static const struct json NOTHING = {.kind = JSON_OBJECT};
    struct building b;
    bool dry_run = false;
    enum rc rc;

    if (!c->body)
        c->body = &NOTHING;
    rc = call_members(c, c->body, "", "hash allow_drop dry_run");
    if (rc == RC_OK)
        rc = call_flag(c, c->body, "dry_run", &dry_run);
    if (rc != RC_OK)
        return rc;
    begin(&b, c);
    rc = check_hash(&b, false);
    if (rc == RC_OK)
        rc = undo_edit(&b);
    if (rc == RC_OK)
        rc = dry_run ? answer_preview(&b) : answer_published(&b);
    return end(&b, rc);
}

/* --- reading ------------------------------------------------------------------------- */

enum rc run_builder_files(struct call *c)
{
    const struct package_src *local = edit_local(c->m);
    char hash[EDIT_HASH_BYTES];
    size_t i;

    edit_hash(local, hash);
    json_obj_begin(&c->w);
    json_kv(&c->w, "hash", hash_text(hash));
    json_k(&c->w, "items");
    json_arr_begin(&c->w);
    for (i = 0; i < local->n; i++) {
        bool is_text = utf8_invalid(local->files[i].text) < 0;

        json_obj_begin(&c->w);
        json_kv(&c->w, "path", local->files[i].path);
        json_kv_i64(&c->w, "size", (int64_t)local->files[i].text.n);
        json_k(&c->w, "text");
        if (is_text)
            json_w_str(&c->w, local->files[i].text);
        else
            json_w_null(&c->w);
        json_obj_end(&c->w);
    }
    json_arr_end(&c->w);
    json_obj_end(&c->w);
    return answer_json(c, 200);
}

static enum rc what_of(struct call *c, struct edit_what *what)
{
    /* The outer before the inner; of each row one at most. */
    static const char *const OUTER[] = {"field",   "status", "tab",
                                        "section", "place",  "column"};
    static const char *const INNER[] = {"option", "state", "move"};
    size_t i;

    what->entity = call_param(c, "entity");
    what->form = call_param(c, "form");
    what->view = call_param(c, "view");
    if (!what->entity.n)
        return call_reject(c, "entity", "required",
                           "Say of which \"entity\", as crm:deal.");
    if (what->form.n && what->view.n)
        return call_reject(c, "view", "wrong_value",
                           "Ask for a form or a view, not both.");
    for (i = 0; i < 6 && what->n < 1; i++)
        if (call_param(c, OUTER[i]).n) {
            what->steps[what->n].element = OUTER[i];
            what->steps[what->n++].key = call_param(c, OUTER[i]);
        }
    for (i = 0; i < 3 && what->n == 1; i++)
        if (call_param(c, INNER[i]).n) {
            what->steps[what->n].element = INNER[i];
            what->steps[what->n++].key = call_param(c, INNER[i]);
        }
    return RC_OK;
}

enum rc run_builder_element(struct call *c)
{
    struct edit_what what = {.n = 0};
    struct arena a;
    enum rc rc = what_of(c, &what);

    if (rc != RC_OK)
        return rc;
    arena_init(&a, EDIT_BYTES);
    rc = edit_describe(c->m, &what, &a, &c->w, &c->err);
    arena_release(&a);
    return rc == RC_OK ? answer_json(c, 200) : rc;
}

enum rc run_builder_palette(struct call *c)
{
    edit_palette(&c->w);
    return answer_json(c, 200);
}

/* --- a pasted spreadsheet -------------------------------------------------------------- */

enum rc run_builder_infer(struct call *c)
{
    struct str text = STR_NONE, label = STR_NONE;
    struct infer_sheet sheet;
    struct arena a;
    enum rc rc = call_members(c, c->body, "", "text label");

    if (rc == RC_OK)
        rc = call_text(c, c->body, "text", &text);
    if (rc == RC_OK)
        rc = call_text(c, c->body, "label", &label);
    if (rc != RC_OK)
        return rc;
    if (!text.n)
        return call_reject(c, "text", "required",
                           "\"text\" is the pasted sheet, with its header.");
    arena_init(&a, EDIT_BYTES);
    rc = infer_sheet(text, label, &a, &sheet, &c->err);
    if (rc == RC_OK) {
        infer_json(&sheet, &c->w);
        rc = answer_json(c, 200);
    }
    arena_release(&a);
    return rc;
}
