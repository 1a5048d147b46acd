/*
 * plan_text - a plan for people and for programs.
 */
#include "model/plan.h"

#include "base/json.h"

static const char *op_name(enum plan_op op)
{
    static const char *const NAMES[] = {[PLAN_ADD_ENTITY] = "add_entity",
                                        [PLAN_DROP_ENTITY] = "drop_entity",
                                        [PLAN_RENAME_ENTITY] = "rename_entity",
                                        [PLAN_ADD_FIELD] = "add_field",
                                        [PLAN_DROP_FIELD] = "drop_field",
                                        [PLAN_RENAME_FIELD] = "rename_field",
                                        [PLAN_RETYPE_FIELD] = "retype_field",
                                        [PLAN_ADD_INDEX] = "add_index",
                                        [PLAN_DROP_INDEX] = "drop_index",
                                        [PLAN_ADD_UNIQUE] = "add_unique",
                                        [PLAN_DROP_UNIQUE] = "drop_unique",
                                        [PLAN_REINDEX] = "reindex",
                                        [PLAN_KEEP_ENTITY] = "keep_entity",
                                        [PLAN_KEEP_FIELD] = "keep_field",
                                        [PLAN_WAKE_ENTITY] = "wake_entity",
                                        [PLAN_WAKE_FIELD] = "wake_field",
                                        [PLAN_DEFINITIONS] = "definitions"};

    return NAMES[op];
}

static void step_json(const struct plan_step *s, struct json_w *w)
{
    json_obj_begin(w);
    json_kv(w, "op", str_c(op_name(s->op)));
    json_kv(w, "entity", s->entity);
    json_kv(w, "field", s->field);
    json_k(w, "rows");
    if (s->rows < 0)
        json_w_null(w);
    else
        json_w_i64(w, s->rows);
    json_kv_i64(w, "ms", s->ms);
    json_kv(w, "words", s->words);
    json_obj_end(w);
}

static void review_json(const struct message *m, struct json_w *w)
{
    json_obj_begin(w);
    json_kv(w, "code", str_c(m->code));
    json_kv(w, "file", m->file);
    json_kv_i64(w, "line", m->line);
    json_kv_i64(w, "column", m->column);
    json_kv(w, "message", m->text);
    json_obj_end(w);
}

void plan_json(const struct plan *plan, struct json_w *w)
{
    size_t i;

    json_obj_begin(w);
    json_kv(w, "package", plan->package);
    json_kv(w, "from", plan->from);
    json_kv(w, "to", plan->to);
    json_k(w, "steps");
    json_arr_begin(w);
    for (i = 0; i < plan->n; i++)
        step_json(&plan->steps[i], w);
    json_arr_end(w);
    json_k(w, "refused");
    json_arr_begin(w);
    for (i = 0; i < plan->n_refused; i++) {
        json_obj_begin(w);
        json_kv(w, "code", str_c(plan->refused[i].code));
        json_kv(w, "message", plan->refused[i].text);
        json_obj_end(w);
    }
    json_arr_end(w);
    json_k(w, "review");
    json_arr_begin(w);
    for (i = 0; i < plan->n_review; i++)
        review_json(&plan->review[i], w);
    json_arr_end(w);
    json_k(w, "asks");
    json_arr_begin(w);
    for (i = 0; i < plan->n_asks; i++) {
        json_obj_begin(w);
        json_kv(w, "words", plan->asks[i].words);
        json_kv_bool(w, "new", plan->asks[i].is_more);
        json_obj_end(w);
    }
    json_arr_end(w);
    json_obj_end(w);
}

void plan_text(const struct plan *plan, struct buf *out)
{
    size_t i;

    for (i = 0; i < plan->n; i++) {
        const struct plan_step *s = &plan->steps[i];

        buf_add(out, s->words);
        if (s->rows > 0)
            buf_addf(out, " (%lld row%s, about %lld ms)", (long long)s->rows,
                     s->rows == 1 ? "" : "s", (long long)s->ms);
        buf_addc(out, '\n');
    }
    for (i = 0; i < plan->n_asks; i++)
        buf_addf(out, "It %.*s%s.\n", STR_ARG(plan->asks[i].words),
                 plan->asks[i].is_more ? " (new)" : "");
    for (i = 0; i < plan->n_review; i++)
        buf_addf(out, "review %s: %.*s\n", plan->review[i].code,
                 STR_ARG(plan->review[i].text));
    for (i = 0; i < plan->n_refused; i++)
        buf_addf(out, "refused %s: %.*s\n", plan->refused[i].code,
                 STR_ARG(plan->refused[i].text));
}
