/*
 * fx_call_field - functions that speak of a field itself rather than of its
 * value: is, changed, changed_to, changed_from, format, label.
 */
#include "fx/fx_check.h"

static const struct fx_node *check_is(struct fx_check *c,
                                      const struct fx_syn *s,
                                      const struct fx_node **args)
{
    const struct fx_schema *schema = c->schema;
    const struct fx_node *call[3] = {args[0], args[1], NULL}, *made;
    const void *entity;

    if (args[0]->type.kind != FX_ANYREF)
        return fx_refuse(c, "F210", args[0]->at, args[0]->length,
                         "is() asks what a reference to any entity points to; "
                         "%.*s is %.*s.",
                         STR_ARG(fx_words(c, args[0])),
                         STR_ARG(fx_type_words(c, &args[0]->type)));
    if (!fx_is_literal_text(args[1]))
        return fx_refuse(c, "F203", args[1]->at, args[1]->length,
                         "is() needs the name of an entity in quotes: "
                         "'crm:deal'.");
    entity = schema->entity_by_name && schema->entity_number
                 ? schema->entity_by_name(schema->ctx, args[1]->u.constant.u.s)
                 : NULL;
    if (!entity)
        return fx_refuse(
            c, "F201", args[1]->at, args[1]->length,
            "There is no entity \"%.*s\"; write package and name, such as "
            "'crm:deal'.",
            STR_ARG(str_sub(args[1]->u.constant.u.s, 0, 60)));
    call[2] =
        fx_make_const(c, fx_type_of(FX_INT), s,
                      value_int(schema->entity_number(schema->ctx, entity)));
    made = call[2] ? fx_make_call(c, FX_F_IS, fx_type_of(FX_BOOL), s, call, 3)
                   : NULL;
    if (made && !fx_has_column(args[0]))
        fx_no_sql(made, "only a field of a record is asked there");
    return made;
}

static bool own_field(struct fx_check *c, const struct fx_fn *fn,
                      const struct fx_node *n)
{
    if (n->op == FX_OP_PATH && n->u.path.root == FX_ROOT_ROW &&
        n->u.path.n == 1)
        return true;
    fx_refuse(c, "F203", n->at, n->length,
              "%s needs a field of this record; write %s.", fn->name, fn->call);
    return false;
}

static const struct fx_node *check_changed(struct fx_check *c,
                                           const struct fx_syn *s,
                                           const struct fx_fn *fn,
                                           const struct fx_node **args)
{
    struct fx_type t;

    if (!own_field(c, fn, args[0]))
        return NULL;
    if (s->n == 2) {
        const struct fx_node *field = args[0];

        if (!fx_check_no_lists(c, fn, args, 2) ||
            !fx_unify(c, args, 2, FX_TO_COMPARE, &t))
            return NULL;
        /* Brought to another scale it would be no field any more. */
        if (args[0] != field) {
            args[0] = field;
            args[1] = fx_fit(c, args[1], &field->type, "The value must be");
            if (!args[1])
                return NULL;
        }
    }
    return fx_make_call(c, fn->id, fx_type_of(FX_BOOL), s, args, s->n);
}

static const struct fx_node *check_format(struct fx_check *c,
                                          const struct fx_syn *s,
                                          const struct fx_node **args)
{
    const struct fx_type text = fx_type_of(FX_TEXT);
    enum fx_kind k = args[0]->type.kind;

    if (!fx_is_number(&args[0]->type) && k != FX_DATE && k != FX_INSTANT &&
        k != FX_TIME && k != FX_NULL)
        return fx_refuse(c, "F210", args[0]->at, args[0]->length,
                         "format needs a number, a date or a time; %.*s is "
                         "%.*s.",
                         STR_ARG(fx_words(c, args[0])),
                         STR_ARG(fx_type_words(c, &args[0]->type)));
    if (s->n == 2) {
        args[1] = fx_fit(c, args[1], &text, "The pattern is");
        if (!args[1])
            return NULL;
    }
    return fx_make_call(c, FX_F_FORMAT, text, s, args, s->n);
}

static const struct fx_node *check_label(struct fx_check *c,
                                         const struct fx_syn *s,
                                         const struct fx_node **args)
{
    if (args[0]->type.kind != FX_CHOICE)
        return fx_refuse(c, "F210", args[0]->at, args[0]->length,
                         "label needs a choice; %.*s is %.*s.",
                         STR_ARG(fx_words(c, args[0])),
                         STR_ARG(fx_type_words(c, &args[0]->type)));
    return fx_make_call(c, FX_F_LABEL, fx_type_of(FX_TEXT), s, args, 1);
}

const struct fx_node *fx_check_field_call(struct fx_check *c,
                                          const struct fx_syn *s,
                                          const struct fx_fn *fn,
                                          const struct fx_node **args)
{
    switch ((int)fn->id) {
    case FX_F_IS:
        return check_is(c, s, args);
    case FX_F_FORMAT:
        return check_format(c, s, args);
    case FX_F_LABEL:
        return check_label(c, s, args);
    default: /* changed and its sisters */
        return check_changed(c, s, fn, args);
    }
}
