/*
 * schema - the model as fx sees it: entities and fields are its handles.
 */
#include "model/build.h"

static bool member(const void *ctx, const void *entity, struct str name,
                   struct fx_member *out)
{
    const struct entity *e = entity; /* NULL: of a ref that points nowhere */
    const struct field *f = e ? entity_field(e, name) : NULL;
    const struct collection *c = f || !e ? NULL : entity_collection(e, name);

    (void)ctx;
    if (f)
        *out = (struct fx_member){
            .kind = FX_M_FIELD, .type = f->type->fx(f), .handle = f};
    else if (c)
        *out = (struct fx_member){.kind = FX_M_COLLECTION,
                                  .handle = c,
                                  .child = c->child,
                                  .by = c->by};
    return f || c;
}

static size_t names(const void *ctx, const void *entity, const struct str **out)
{
    const struct entity *e = entity;

    (void)ctx;
    *out = e ? e->member_names : NULL;
    return e ? e->n_member_names : 0;
}

static size_t options(const void *ctx, const void *choice_field,
                      const struct str **codes)
{
    const struct field *f = choice_field;

    (void)ctx;
    *codes = f->codes;
    return f->open ? 0 : f->n_options;
}

static struct str entity_name(const void *ctx, const void *entity)
{
    const struct entity *e = entity;

    (void)ctx;
    return e ? e->name : STR("a record");
}

static const void *entity_by_name(const void *ctx, struct str name)
{
    return model_entity(ctx, name);
}

static int entity_number(const void *ctx, const void *entity)
{
    const struct entity *e = entity;

    (void)ctx;
    return e->number;
}

/* In the author's words: an expression does not know who reads it. */
static struct str option_label(const void *ctx, const void *choice_field,
                               struct str code)
{
    const struct option *o = field_option(choice_field, code);

    (void)ctx;
    return o ? o->label.base : code;
}

static struct ident table(const void *ctx, const void *entity)
{
    const struct entity *e = entity;

    (void)ctx;
    return e->table;
}

static void columns(const void *ctx, const void *field, struct fx_columns *out)
{
    const struct field *f = field;

    (void)ctx;
    *out = f->col;
}

static const void *target(const void *ctx, const void *ref_field)
{
    const struct field *f = ref_field;

    (void)ctx;
    return f->n_targets ? f->targets[0] : NULL;
}

void build_schema(struct model *m)
{
    m->schema = (struct fx_schema){
        .ctx = m,
        .member = member,
        .names = names,
        .options = options,
        .entity_name = entity_name,
        .entity_by_name = entity_by_name,
        .user = m->user,
        .entity_number = entity_number,
        .option_label = option_label,
    };
    m->tables = (struct fx_tables){
        .ctx = m,
        .table = table,
        .columns = columns,
        .entity_number = entity_number,
        .target = target,
    };
}
