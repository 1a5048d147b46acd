/*
 * model - all installed definitions of a workspace, compiled and immutable.
 *
 * Made by model_compile (compile.h) from the layers sys < packages < local;
 * published whole as a new generation through a struct model_slot. Everything
 * below a model is const, lives in the model's arena and goes with it, so any
 * pointer into it is good while a reference is held. Threads: any, read only.
 */
#ifndef MODEL_MODEL_H
#define MODEL_MODEL_H

#include "base/map.h"
#include "base/value.h"
#include "db/sqlb.h"
#include "fx/fx.h"
#include "fx/fx_eval.h"
#include "fx/fx_sql.h"

struct entity;
struct field;
struct field_type;
struct model;

/* A visible string in the author's words and its translations. */
struct text {
    struct str base;
    struct str *tr; /* by index into model.langs; n 0: missing; or NULL */
};

struct option { /* of choice, multichoice, status */
    struct str code, color;
    struct text label;
    bool hidden;
    int order; /* position; sorting is by it   */
    /* status only */
    enum { STATE_OPEN, STATE_DONE, STATE_LOST } kind;
};

struct move {        /* of a status */
    struct str name; /* "engaging-won"                      */
    const struct option **from;
    size_t n_from;
    const struct option *to;
    struct text label, message;
    const struct field **require; /* must be filled on entering       */
    size_t n_require;
    const struct field **ask; /* offered in the dialog            */
    size_t n_ask;
    const struct fx_expr *when; /* guard; or NULL                   */
    bool disabled;
};

enum on_delete { ON_DELETE_RESTRICT, ON_DELETE_CLEAR, ON_DELETE_CASCADE };

enum field_flag {
    FIELD_REQUIRED = 1 << 0,
    FIELD_READONLY = 1 << 1, /* nobody may set it from outside           */
    FIELD_HIDDEN = 1 << 2,   /* not in generated screens                 */
    FIELD_UNIQUE = 1 << 3,
    FIELD_INDEX = 1 << 4,
    FIELD_HISTORY = 1 << 5,
    FIELD_SYSTEM = 1 << 6, /* id rev created_at created_by updated_at
                                 updated_by deleted_at: no spec element    */
    FIELD_TRIM = 1 << 7,
    FIELD_TREE = 1 << 8,
    FIELD_QUICK_CREATE = 1 << 9
};

struct field {
    struct str name, help_base;
    struct text label, help;
    const struct field_type *type;
    const struct entity *entity;
    int index;          /* in entity->fields              */
    struct str package; /* that defined it (extends)      */
    unsigned flags;

    struct fx_columns col; /* physical; see fx_sql.h         */

    const struct fx_expr *initial; /* default=; or NULL              */
    const struct fx_expr *required_when, *readonly_when, *visible_when;

    /* by type; zero where it does not apply */
    int scale; /* dec percent money(base)       */
    bool has_min, has_max;
    int64_t min, max; /* in the value's own unit: points of
                                          text, scaled dec, days, ms, count */
    struct option **options;
    const struct str *codes; /* of the options, in their order */
    size_t n_options;
    bool open; /* new codes may be written       */
    const struct option *initial_state;
    struct move *moves;
    size_t n_moves;
    const struct entity *
        *targets; /* ref: one; anyref: several; user: sys:user */
    size_t n_targets;
    const struct fx_expr *filter; /* of ref: which targets fit; over the target,
                                          with `this` the record          */
    enum on_delete on_delete;
    struct str inverse;        /* collection name on the target  */
    char currency[4];          /* money: fixed currency or base  */
    struct str number_pattern; /* autonumber                  */
    bool reset_yearly;         /* autonumber: counts anew each year   */
    struct str country;        /* phone: ISO 3166-1, or empty    */
    int64_t max_size;          /* file: bytes, 0: LIMIT_UPLOAD_BYTES */
    struct str accept;         /* file: types                    */
};

struct collection {
    struct str name;
    struct text label;
    const struct entity *entity; /* owner                         */
    const struct entity *child;
    const struct field *by;    /* field of child pointing back  */
    const struct field *order; /* or NULL                       */
    bool inline_rows;
};

struct unique {
    const struct field **fields;
    size_t n;
    struct text message;
    struct ident index;         /* physical; empty when `when` is set */
    const struct fx_expr *when; /* checked by the pipeline            */
};

/* Keys: what a field is sorted by (folded text, base amount), then id. */
struct index_def {
    const struct field **fields;
    bool *descending;
    size_t n;
    bool live_only; /* not the records in the bin */
    struct ident index;
};

struct check {
    struct str name;
    const struct fx_expr *when; /* true: the record is wrong */
    const struct field *field;  /* where to show; or NULL    */
    struct text message;
    bool is_warning, at_commit;
};

struct entity {
    struct str package, name, qname; /* "crm", "deal", "crm:deal" */
    struct text label, plural, help;
    struct str icon, color;
    int index;  /* in model->entities              */
    int number; /* stable within the workspace, > 0 */
    struct ident table;
    struct field **fields; /* system fields first             */
    size_t n_fields, n_system;
    struct map by_name;              /* field name -> struct field      */
    struct collection **collections; /* written and inverse ones     */
    size_t n_collections;
    struct unique *uniques;
    size_t n_uniques;
    struct index_def *indexes;
    size_t n_indexes;
    struct check *checks;
    size_t n_checks;
    const struct fx_expr
        *title; /* never NULL: else the first text field, else id */
    const struct field *title_field; /* when title is one own field; or NULL */
    const struct fx_expr *subtitle;  /* or NULL                        */
    const struct fx_expr **search;   /* what full-text search finds     */
    size_t n_search;
    const struct field *import_key;
    const struct field *status;    /* the first status field; or NULL */
    const struct field *owner;     /* or NULL                         */
    const struct field **incoming; /* ref, anyref fields pointing here */
    size_t n_incoming;
    bool is_link;     /* <link>: refs a and b            */
    bool is_platform; /* of package sys: administrators */
    bool is_archived; /* its package was removed: read only */
    bool history, files, comments;
    const struct form *form;        /* the default one, generated if none */
    const struct view *view;        /* the default list                */
    const struct str *member_names; /* fields and collections     */
    size_t n_member_names;
};

/* --- forms --------------------------------------------------------------- */
struct place {
    const struct field *field;
    int span;
    struct text label; /* base.n 0: the field's           */
    bool autofocus;
    const struct fx_expr *visible_when, *readonly_when, *required_when;
};
struct section {
    struct str name;
    struct text label;
    int columns; /* 1..4 */
    struct place *places;
    size_t n_places;
    const struct collection *grid; /* <grid>: a collection instead of places */
    const struct field **grid_fields;
    size_t n_grid_fields;
    const struct fx_expr *visible_when;
};
struct tab {
    struct str name;
    struct text label;
    struct section *sections;
    size_t n_sections;
};
struct fact {
    const struct field *field;
    const struct fx_expr *visible_when;
};
struct form {
    struct str package, name;
    const struct entity *entity;
    struct text label;
    bool is_default, generated;
    const struct field *path; /* status path in the header; or NULL */
    struct fact *facts;
    size_t n_facts;
    struct tab *tabs;
    size_t n_tabs;
};

/* --- views --------------------------------------------------------------- */
enum view_kind { VIEW_LIST, VIEW_KANBAN };
struct view_column {
    struct str path;           /* "account.name", as asked of the API */
    const struct field *field; /* the last of the path              */
    const struct fx_expr *expr;
    bool pinned;
    struct str total;  /* sum avg min max count or empty    */
    struct text label; /* base.n 0: the field's             */
};
struct view_sort {
    struct str path;
    const struct fx_expr *expr;
    bool descending;
};
struct view {
    struct str package, name;
    const struct entity *entity;
    enum view_kind kind;
    struct text label;
    struct str icon;
    bool generated;
    const struct fx_expr *filter; /* or NULL */
    struct view_column *columns;
    size_t n_columns;
    struct view_sort *sorts;
    size_t n_sorts;
    struct str group_by; /* path or empty                    */
    struct {
        struct text label;
        const struct fx_expr *filter;
    } * quicks;
    size_t n_quicks;
    /* kanban */
    const struct field *by; /* status or choice                 */
    const struct option **hide;
    size_t n_hide;
    struct str card_title, card_subtitle, card_badge; /* paths */
    const struct fx_expr *card_badge_when;
    const struct field *sum; /* in the column header; or NULL    */
    bool count;
};

/* --- menus --------------------------------------------------------------- */
struct menu_item {
    struct str group; /* label base of its group or empty */
    struct text group_label, label;
    struct str icon;
    const struct entity *entity;
    const struct view *view; /* or NULL: the entity's default    */
};
struct menu_app {
    struct str package, name, icon;
    struct text label;
    struct menu_item *items;
    size_t n_items;
};

struct package {
    struct str id, version, icon, vendor, url, license;
    struct text label, summary;
    struct str *depends; /* ids */
    size_t n_depends;
    const void *sources; /* struct package_src of compile.h  */
    bool is_archived;    /* removed, its records kept        */
    int layer;           /* in model.packages                */
};

/* --- seed ---------------------------------------------------------------- */
enum seed_mode { SEED_ONCE, SEED_SYNC, SEED_DEMO };
struct seed_record {
    const struct entity *entity;
    const struct field *key;
    struct {
        const struct field *field;
        const struct fx_expr *fx; /* NULL: `text` is the value as in CSV */
        struct str text;
    } * values;
    size_t n_values;
};
struct seed {
    struct str package;
    enum seed_mode mode;
    /* one of both */
    struct seed_record *record;
    const struct entity *csv_entity;
    struct str csv_file, csv_map; /* texts of the package's files */
    const struct field *csv_key;
    char csv_sep;
};

struct model_life; /* references and the arena: model.c */
struct name_pair;  /* compile.h */

struct model {
    struct arena *arena; /* its own; released with the last ref */
    struct model_life *life;
    int64_t generation;
    struct str *langs; /* of translations: "de" ...          */
    size_t n_langs;
    struct package **packages; /* in layer order, local last          */
    size_t n_packages;
    struct entity **entities;
    size_t n_entities;
    struct map by_qname;             /* "crm:deal" -> struct entity         */
    const struct entity **by_number; /* internal; use model_entity_no       */
    size_t n_numbers;
    struct form **forms;
    size_t n_forms;
    struct view **views;
    size_t n_views;
    struct menu_app **apps;
    size_t n_apps;
    struct seed **seeds;
    size_t n_seeds;
    const struct entity *user; /* sys:user                            */
    char base_currency[4];
    struct str tz_name, lang; /* of the workspace                 */
    const struct tz *tz;
    struct fx_schema schema;       /* of this model, for fx_compile       */
    struct fx_tables tables;       /* without row predicates: access adds */
    uint8_t hash[32];              /* of all definitions                  */
    const struct name_pair *names; /* every logical and physical name     */
    size_t n_names;
};

const struct entity *model_entity(const struct model *m, struct str qname);
const struct entity *model_entity_in(const struct model *m, struct str package,
                                     struct str name);
const struct entity *model_entity_no(const struct model *m, int number);
const struct field *entity_field(const struct entity *e,
                                 struct str name); /* or NULL */
/* What a field is called in the file: stays when it is renamed, so the journal
   names fields by it. */
struct str field_stored_name(const struct field *f);
const struct field *entity_stored_field(const struct entity *e,
                                        struct str stored); /* or NULL */
const struct collection *entity_collection(const struct entity *e,
                                           struct str name);
const struct option *field_option(const struct field *f,
                                  struct str code); /* or NULL */
const struct view *entity_view(const struct model *m, const struct entity *e,
                               struct str name);
/* "e.f": nearest member name to a wrong one, or STR_NONE. */
struct str entity_suggest(const struct entity *e, struct str wrong);
/* Index of a language ("de-AT" finds "de"), -1 for the author's words. */
int model_lang(const struct model *m, struct str tag);
struct str text_in(const struct text *t, int lang);

/* For those who build one (model_compile): an empty model with one reference,
   in an arena of its own; NULL without memory. model_unref ends it. */
struct model *model_new(void);

/* --- the current generation of a workspace -------------------------------- */
struct model_slot;
struct model_slot *model_slot_new(void);
void model_slot_free(struct model_slot *s);
const struct model *model_slot_ref(
    struct model_slot *s);               /* NULL before the first publish */
void model_ref(const struct model *m);   /* one more; for who holds one */
void model_unref(const struct model *m); /* NULL is fine */
/* Takes the caller's reference; the old generation goes with its last reader. */
void model_slot_publish(struct model_slot *s, struct model *m);

#endif
