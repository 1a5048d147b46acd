/*
 * spec_table - the definition language as data. See spec.h.
 *
 * Order: roots first, then what they hold. A sentence a row: it becomes the
 * reference and what an editor shows. "context" tells elements of one name
 * apart by their parent.
 */
#include "model/spec.h"

#define LIST(...) ((const char *const[]){__VA_ARGS__, NULL})
#define ATTRS(...)                                                             \
    .attrs = (const struct spec_attr[]){__VA_ARGS__},                          \
    .n_attrs = sizeof((const struct spec_attr[]){__VA_ARGS__}) /               \
               sizeof(struct spec_attr)
#define A(n, t, d)                                                             \
    {                                                                          \
        (n), (t), false, NULL, (d), NULL                                       \
    }
#define REQ(n, t, d)                                                           \
    {                                                                          \
        (n), (t), true, NULL, (d), NULL                                        \
    }
#define DEF(n, t, v, d)                                                        \
    {                                                                          \
        (n), (t), false, (v), (d), NULL                                        \
    }
#define ONE_OF(n, v, d, ...)                                                   \
    {                                                                          \
        (n), SPEC_ENUM, false, (v), (d), LIST(__VA_ARGS__)                     \
    }

#define COLORS                                                                 \
    "slate", "grey", "blue", "green", "amber", "red", "violet", "teal"

static const char *const COLOR_NAMES[] = {COLORS, NULL};
#define COLOR_ATTR(d)                                                          \
    {                                                                          \
        "color", SPEC_ENUM, false, NULL, (d), COLOR_NAMES                      \
    }

/* What an overriding layer may say of where a thing stands. */
#define AFTER A("after", SPEC_RAW, "Stand behind this sibling.")

#define FIELD_ATTRS                                                            \
    REQ("name", SPEC_NAME,                                                     \
        "The field's name in the API, in fx and in files."),                   \
        DEF("type", SPEC_RAW, "text", "The field type."),                      \
        A("label", SPEC_TEXT,                                                  \
          "What people read; made from the name if left "                      \
          "out."),                                                             \
        FIELD_COMMON
#define FIELD_COMMON                                                           \
    A("help", SPEC_TEXT, "A sentence shown beside the input."),                \
        DEF("required", SPEC_BOOL, "false", "Must be filled on save."),        \
        DEF("readonly", SPEC_BOOL, "false", "Nobody sets it from outside."),   \
        DEF("hidden", SPEC_BOOL, "false", "Not on generated screens."),        \
        A("default", SPEC_FX, "Value of a new record."),                       \
        A("required-when", SPEC_FX, "Must be filled while this is true."),     \
        A("readonly-when", SPEC_FX, "May not be changed while this is true."), \
        A("visible-when", SPEC_FX, "Shown while this is true."),               \
        DEF("unique", SPEC_BOOL, "false",                                      \
            "No two live records have the same value."),                       \
        DEF("index", SPEC_BOOL, "false", "Make filters and sorting fast."),    \
        DEF("history", SPEC_BOOL, "true",                                      \
            "Shown in the history of a record."),                              \
        A("was", SPEC_NAME, "The name before a rename; data is kept."),        \
        A("uid", SPEC_CODE, "Identity written by the builder."),               \
        A("max", SPEC_RAW, "Largest value, or longest text in characters."),   \
        A("min", SPEC_RAW, "Smallest value, or shortest text."),               \
        A("scale", SPEC_INT, "Decimals kept, 0 to 9 (dec, percent)."),         \
        DEF("trim", SPEC_BOOL, "false", "Cut spaces at both ends (text)."),    \
        A("rows", SPEC_INT, "Lines of the input (longtext)."),                 \
        DEF("open", SPEC_BOOL, "false",                                        \
            "New codes may be written (choice, multichoice)."),                \
        A("to", SPEC_NAMES, "Entity pointed to; several for anyref."),         \
        A("filter", SPEC_FX, "Which records may be picked (ref, user)."),      \
        ONE_OF("on-delete", "restrict",                                        \
               "What deleting the target does to this record.", "restrict",    \
               "clear", "cascade"),                                            \
        A("inverse", SPEC_NAME,                                                \
          "Name of the collection on the target that lists these records."),   \
        DEF("quick-create", SPEC_BOOL, "true",                                 \
            "A target can be made where it is picked."),                       \
        DEF("tree", SPEC_BOOL, "false", "The target is a hierarchy."),         \
        A("currency", SPEC_RAW, "Fixed ISO 4217 currency (money)."),           \
        A("pattern", SPEC_RAW,                                                 \
          "Shape of the number: R-{year}-{0000} (autonumber)."),               \
        ONE_OF("reset", "never", "When counting begins anew (autonumber).",    \
               "never", "year"),                                               \
        A("accept", SPEC_RAW, "Media types, space between (file)."),           \
        A("max-size", SPEC_SIZE, "Largest file, as 10MB (file)."),             \
        A("country", SPEC_RAW, "Country of numbers without one (phone).")

#define CHECK_ATTRS                                                            \
    REQ("name", SPEC_NAME, "The check's name."),                               \
        REQ("when", SPEC_FX, "True: the record is wrong."),                    \
        A("field", SPEC_NAME, "The field that shows the message."),            \
        REQ("message", SPEC_TEXT, "What is wrong and what to do."),            \
        ONE_OF("level", "error", "Refuse the save, or only warn.", "error",    \
               "warn"),                                                        \
        ONE_OF("at", "save", "When it is looked at.", "save", "commit")

#define PLACE_ATTRS                                                            \
    DEF("span", SPEC_INT, "1", "Columns it takes, 1 to 4."),                   \
        A("label", SPEC_TEXT, "Another label here."),                          \
        DEF("autofocus", SPEC_BOOL, "false", "The cursor begins here."),       \
        A("visible-when", SPEC_FX, "Shown while this is true."),               \
        A("hide-when", SPEC_FX, "Hidden while this is true."),                 \
        A("required-when", SPEC_FX, "Must be filled while this is true."),     \
        A("readonly-when", SPEC_FX, "May not be changed while this is true."), \
        DEF("hidden", SPEC_BOOL, "false", "Taken off by an upper layer."),     \
        AFTER

#define ROOTS                                                                  \
    "entity", "link", "extend", "form", "view", "menus", "i18n", "seed"

static const struct spec_element ELEMENTS[] = {
    {.name = "package",
     .doc = "The manifest of a package, in package.xml.",
     ATTRS(REQ("format", SPEC_INT, "Version of this language: 1."),
           REQ("id", SPEC_PACKAGE, "The package's name: crm, acme.rental."),
           REQ("version", SPEC_VERSION, "As 1.4.0."),
           REQ("label", SPEC_TEXT, "What people read."),
           A("icon", SPEC_ICON, "An icon's name."),
           A("vendor", SPEC_TEXT, "Who makes it."),
           A("url", SPEC_RAW, "Where to read more."),
           A("license", SPEC_RAW, "Under which terms."),
           A("min-runtime", SPEC_VERSION, "Oldest program it runs on.")),
     .children = LIST("summary", "depends", "conflicts", "permissions",
                      "exports", "include", "screens"),
     .root = true},
    {.name = "summary",
     .doc = "A paragraph about the package.",
     .children = NULL,
     .text = true},
    {.name = "depends",
     .doc = "A package that must be installed first.",
     ATTRS(REQ("on", SPEC_PACKAGE, "The package."),
           A("version", SPEC_RANGE, "As 1.2.3, ^1.2, ~1.2 or 1.0 - 2.0."),
           DEF("optional", SPEC_BOOL, "false", "Only if it is there."))},
    {.name = "conflicts",
     .doc = "A package this one cannot live beside.",
     ATTRS(REQ("with", SPEC_PACKAGE, "The package."))},
    {.name = "permissions",
     .doc = "What the package asks for; shown before it is installed, and "
            "consented to again when an upgrade asks for more.",
     .children = LIST("data", "http", "secret", "mail", "schedule", "portal")},
    {.name = "data",
     .doc = "Records of another package that its code works on.",
     ATTRS(REQ("entity", SPEC_ENTITY, "The entity, as crm:account."),
           REQ("access", SPEC_NAMES,
               "Of read create update delete, space "
               "between."))},
    {.name = "http",
     .doc = "A host its code talks to.",
     ATTRS(REQ("host", SPEC_RAW, "As api.tracker.example."),
           DEF("methods", SPEC_RAW, "GET",
               "Of GET POST PUT PATCH DELETE, "
               "space between."))},
    {.name = "secret",
     .doc = "A value that is asked for and kept sealed, as a key of an API.",
     ATTRS(REQ("name", SPEC_NAME, "Its name in the code."),
           A("label", SPEC_TEXT, "What people read."))},
    {.name = "mail",
     .doc = "It sends mail.",
     ATTRS(REQ("daily", SPEC_INT, "At most so many a day."))},
    {.name = "schedule", .doc = "It runs by the clock."},
    {.name = "portal", .doc = "It has public pages."},
    {.name = "exports",
     .doc = "What packages that depend on this one may use of it.",
     .children = LIST("module", "entity")},
    {.name = "module",
     .doc = "A Lua module others may import.",
     ATTRS(REQ("name", SPEC_NAME, "The name they import it by."),
           REQ("file", SPEC_FILE, "A file of the package."))},
    {.name = "entity",
     .context = "exports",
     .doc = "An entity meant for others to build on.",
     ATTRS(REQ("name", SPEC_NAME, "One of the package's own."))},
    {.name = "screens",
     .doc = "Pictures for the marketplace.",
     .children = LIST("image")},
    {.name = "image",
     .doc = "One picture: PNG, JPEG or WebP.",
     ATTRS(REQ("file", SPEC_FILE, "A file of the package."),
           A("caption", SPEC_TEXT, "What it shows."))},
    {.name = "include",
     .doc = "Files of the package; all of entities/, forms/, views/, "
            "automation/, i18n/, seed/ and the top when none is written.",
     ATTRS(REQ("path", SPEC_RAW, "A path, * for any name."))},

    {.name = "bundle",
     .doc = "Several definitions in one file.",
     .children = LIST(ROOTS),
     .root = true},

    {.name = "entity",
     .doc = "A kind of record: a table, an API, a form and a list.",
     ATTRS(REQ("name", SPEC_NAME, "The entity's name, singular."),
           A("label", SPEC_TEXT, "What people read, singular."),
           A("plural", SPEC_TEXT, "What people read, plural."),
           A("icon", SPEC_ICON, "An icon's name."),
           COLOR_ATTR("The colour of its icon."),
           A("title", SPEC_FX,
             "What names a record; its first text field if "
             "left out."),
           A("subtitle", SPEC_FX, "A second line under the title."),
           DEF("owner", SPEC_BOOL, "false", "Records belong to a user."),
           DEF("comments", SPEC_BOOL, "true", "People may comment."),
           DEF("files", SPEC_BOOL, "false", "Files may be attached."),
           DEF("history", SPEC_BOOL, "true", "Changes are shown."),
           A("search", SPEC_NAMES,
             "Fields and paths that search finds; text "
             "fields if left out."),
           A("import-key", SPEC_NAME,
             "The field that names a record in "
             "files."),
           A("was", SPEC_NAME, "The name before a rename; data is kept."),
           A("uid", SPEC_CODE, "Identity written by the builder.")),
     .children = LIST("help", "field", "status", "collection", "unique",
                      "index", "check"),
     .key = "name",
     .root = true},
    {.name = "help", .doc = "A paragraph for people.", .text = true},
    {.name = "field",
     .doc = "A value of every record.",
     ATTRS(FIELD_ATTRS),
     .children = LIST("help", "option"),
     .key = "name"},
    {.name = "option",
     .doc = "One value of a choice or multichoice.",
     ATTRS(REQ("code", SPEC_CODE, "What is stored."),
           A("label", SPEC_TEXT, "What people read."),
           COLOR_ATTR("Its colour."),
           DEF("hidden", SPEC_BOOL, "false", "Not offered any more.")),
     .key = "code"},
    {.name = "status",
     .doc = "A field that says where a record stands, and the moves between "
            "its states.",
     ATTRS(REQ("name", SPEC_NAME, "The field's name."),
           A("label", SPEC_TEXT, "What people read."),
           A("help", SPEC_TEXT, "A sentence shown beside the path."),
           A("initial", SPEC_CODE,
             "State of a new record; the first if left "
             "out."),
           DEF("index", SPEC_BOOL, "false", "Make filters and sorting fast."),
           A("was", SPEC_NAME, "The name before a rename; data is kept."),
           A("uid", SPEC_CODE, "Identity written by the builder.")),
     .children = LIST("state", "move"),
     .key = "name"},
    {.name = "state",
     .doc = "One state of a status.",
     ATTRS(REQ("code", SPEC_CODE, "What is stored."),
           A("label", SPEC_TEXT, "What people read."),
           COLOR_ATTR("Its colour."),
           ONE_OF("kind", "open", "Whether work goes on.", "open", "done",
                  "lost"),
           DEF("hidden", SPEC_BOOL, "false", "Not offered any more.")),
     .key = "code"},
    {.name = "move",
     .doc = "A change of state that is allowed; without any, all are.",
     ATTRS(REQ("from", SPEC_NAMES, "States it begins in, space between."),
           REQ("to", SPEC_CODE, "The state it ends in."),
           A("name", SPEC_RAW, "Its name; from-to if left out."),
           A("label", SPEC_TEXT, "What the button says."),
           A("require", SPEC_NAMES, "Fields that must be filled."),
           A("ask", SPEC_NAMES, "Fields the dialog offers."),
           A("when", SPEC_FX, "Allowed while this is true."),
           A("message", SPEC_TEXT, "Said when it is not allowed.")),
     .key = "name"},
    {.name = "collection",
     .doc = "The records of another entity that point here.",
     ATTRS(REQ("name", SPEC_NAME, "The collection's name."),
           REQ("of", SPEC_ENTITY, "The other entity."),
           REQ("by", SPEC_NAME, "Its field that points here."),
           A("label", SPEC_TEXT, "What people read."),
           A("order", SPEC_NAME, "The field its rows are ordered by."),
           DEF("inline", SPEC_BOOL, "false", "Edited inside the record."),
           A("was", SPEC_NAME, "The name before a rename.")),
     .key = "name"},
    {.name = "unique",
     .doc = "Fields that together no two live records share.",
     ATTRS(REQ("fields", SPEC_NAMES, "Field names, space between."),
           A("when", SPEC_FX, "Only among records where this is true."),
           A("message", SPEC_TEXT, "Said when it is broken.")),
     .key = "fields"},
    {.name = "index",
     .doc = "Fields that are filtered or sorted together.",
     ATTRS(REQ("fields", SPEC_NAMES,
               "Field names; - before one that "
               "descends.")),
     .key = "fields"},
    {.name = "check",
     .doc = "A condition no record may fulfil.",
     ATTRS(CHECK_ATTRS),
     .key = "name"},

    {.name = "link",
     .doc = "Many to many between two entities, with fields of its own.",
     ATTRS(REQ("name", SPEC_NAME, "The link's name; addressed as an entity."),
           REQ("a", SPEC_ENTITY, "One side."),
           REQ("b", SPEC_ENTITY, "The other side."),
           A("a-name", SPEC_NAME, "Collection on a that lists the b."),
           A("b-name", SPEC_NAME, "Collection on b that lists the a."),
           A("label", SPEC_TEXT, "What people read, singular."),
           A("plural", SPEC_TEXT, "What people read, plural."),
           A("icon", SPEC_ICON, "An icon's name."),
           DEF("unique", SPEC_BOOL, "false", "A pair exists once."),
           A("was", SPEC_NAME, "The name before a rename; data is kept."),
           A("uid", SPEC_CODE, "Identity written by the builder.")),
     .children = LIST("help", "field"),
     .key = "name",
     .root = true},

    {.name = "extend",
     .doc = "Changes another package's entity, form or view by name.",
     ATTRS(A("entity", SPEC_ENTITY, "The entity changed: crm:deal."),
           A("form", SPEC_RAW, "The form changed: crm:deal.main."),
           A("view", SPEC_RAW, "The view changed: crm:deal.open."),
           A("label", SPEC_TEXT, "Another label."),
           A("plural", SPEC_TEXT, "Another plural."),
           A("icon", SPEC_ICON, "Another icon."), COLOR_ATTR("Another colour."),
           A("title", SPEC_FX, "Another title."),
           A("subtitle", SPEC_FX, "Another subtitle."),
           A("search", SPEC_NAMES, "Other fields that search finds.")),
     .children =
         LIST("field", "status", "collection", "unique", "index", "check",
              "tab", "section", "filter", "column", "sort", "group", "quick"),
     .root = true},
    {.name = "field",
     .context = "extend",
     .doc = "A new field (name), or what is other at one that is there (ref).",
     ATTRS(A("ref", SPEC_NAME, "The field that is changed."),
           A("name", SPEC_NAME, "A new field's name, best x_..."),
           A("type", SPEC_RAW, "A new field's type."),
           A("label", SPEC_TEXT, "What people read."), FIELD_COMMON, AFTER),
     .children = LIST("help", "option"),
     .key = "name"},
    {.name = "option",
     .context = "extend/field",
     .doc = "A new option (code), or what is other at one that is there (ref).",
     ATTRS(A("ref", SPEC_CODE, "The option that is changed."),
           A("code", SPEC_CODE, "A new option's code."),
           A("label", SPEC_TEXT, "What people read."),
           COLOR_ATTR("Its colour."),
           A("hidden", SPEC_BOOL, "Not offered any more."), AFTER),
     .key = "code"},
    {.name = "status",
     .context = "extend",
     .doc = "A new status (name), or what is other at one that is there (ref).",
     ATTRS(A("ref", SPEC_NAME, "The status that is changed."),
           A("name", SPEC_NAME, "A new status' name, best x_..."),
           A("label", SPEC_TEXT, "What people read."),
           A("help", SPEC_TEXT, "A sentence shown beside the path."),
           A("initial", SPEC_CODE, "State of a new record."),
           A("was", SPEC_NAME, "The name before a rename; data is kept."),
           A("uid", SPEC_CODE, "Identity written by the builder.")),
     .children = LIST("state", "move"),
     .key = "name"},
    {.name = "state",
     .context = "extend/status",
     .doc = "A new state (code), or what is other at one that is there (ref).",
     ATTRS(A("ref", SPEC_CODE, "The state that is changed."),
           A("code", SPEC_CODE, "A new state's code."),
           A("label", SPEC_TEXT, "What people read."),
           COLOR_ATTR("Its colour."),
           {"kind", SPEC_ENUM, false, NULL, "Whether work goes on.",
            LIST("open", "done", "lost")},
           A("hidden", SPEC_BOOL, "Not offered any more."), AFTER),
     .key = "code"},
    {.name = "move",
     .context = "extend/status",
     .doc = "A new move (from, to), or what is other at one that is there "
            "(ref).",
     ATTRS(A("ref", SPEC_RAW, "The move that is changed: from-to."),
           A("from", SPEC_NAMES, "States a new one begins in."),
           A("to", SPEC_CODE, "The state a new one ends in."),
           A("name", SPEC_RAW, "A new one's name."),
           A("label", SPEC_TEXT, "What the button says."),
           A("require", SPEC_NAMES, "Fields that must be filled."),
           A("ask", SPEC_NAMES, "Fields the dialog offers."),
           A("when", SPEC_FX, "Allowed while this is true."),
           A("message", SPEC_TEXT, "Said when it is not allowed."),
           A("disabled", SPEC_BOOL, "The move is taken away.")),
     .key = "name"},

    {.name = "form",
     .doc = "How a record is shown and edited.",
     ATTRS(REQ("name", SPEC_NAME, "The form's name."),
           REQ("entity", SPEC_ENTITY, "Whose records."),
           A("label", SPEC_TEXT, "What people read."),
           A("for", SPEC_NAMES, "edit, view."),
           DEF("default", SPEC_BOOL, "false", "The one that opens.")),
     .children = LIST("header", "tab", "section"),
     .key = "name",
     .root = true},
    {.name = "header",
     .context = "form",
     .doc = "The top of the record.",
     .children = LIST("path", "fact")},
    {.name = "path",
     .doc = "The status as a path with its moves.",
     ATTRS(REQ("field", SPEC_NAME, "A status field."))},
    {.name = "fact",
     .doc = "A field shown large.",
     ATTRS(REQ("field", SPEC_NAME, "The field."),
           A("show-when", SPEC_FX, "Shown while this is true.")),
     .key = "field"},
    {.name = "tab",
     .doc = "A page of the form.",
     ATTRS(REQ("name", SPEC_NAME, "The tab's name."),
           A("label", SPEC_TEXT, "What people read."), AFTER),
     .children = LIST("section", "grid"),
     .key = "name"},
    {.name = "section",
     .doc = "A group of fields.",
     ATTRS(A("name", SPEC_NAME, "The section's name."),
           A("label", SPEC_TEXT, "What people read."),
           DEF("columns", SPEC_INT, "2", "Columns, 1 to 4."),
           A("visible-when", SPEC_FX, "Shown while this is true."),
           A("hide-when", SPEC_FX, "Hidden while this is true."), AFTER),
     .children = LIST("place"),
     .key = "name"},
    {.name = "section",
     .context = "extend",
     .doc =
         "A new section (name), or what is other at one that is there (ref).",
     ATTRS(A("ref", SPEC_NAME, "The section that is changed."),
           A("name", SPEC_NAME, "A new section's name, best x_..."),
           A("label", SPEC_TEXT, "What people read."),
           A("columns", SPEC_INT, "Columns, 1 to 4."),
           A("visible-when", SPEC_FX, "Shown while this is true."),
           A("hide-when", SPEC_FX, "Hidden while this is true."), AFTER),
     .children = LIST("place"),
     .key = "name"},
    {.name = "place",
     .doc = "A field on the form.",
     ATTRS(REQ("field", SPEC_NAME, "The field."), PLACE_ATTRS),
     .key = "field"},
    {.name = "place",
     .context = "extend/section",
     .doc = "A new place (field), or what is other at one that is there (ref).",
     ATTRS(A("ref", SPEC_NAME, "The place that is changed."),
           A("field", SPEC_NAME, "A new place's field."), PLACE_ATTRS),
     .key = "field"},
    {.name = "grid",
     .doc = "The records of a collection as rows.",
     ATTRS(REQ("collection", SPEC_NAME, "The collection."),
           A("columns", SPEC_NAMES, "Fields shown; all if left out."),
           A("label", SPEC_TEXT, "Another label.")),
     .key = "collection"},

    {.name = "view",
     .doc = "A list or a board of an entity's records.",
     ATTRS(REQ("name", SPEC_NAME, "The view's name."),
           REQ("entity", SPEC_ENTITY, "Whose records."),
           ONE_OF("type", "list", "How they are shown.", "list", "kanban"),
           A("label", SPEC_TEXT, "What people read."),
           A("icon", SPEC_ICON, "An icon's name."),
           DEF("default", SPEC_BOOL, "false", "The one that opens.")),
     .children = LIST("filter", "column", "sort", "group", "quick", "columns",
                      "card", "header"),
     .key = "name",
     .root = true},
    {.name = "filter", .doc = "Which records, as fx.", .text = true},
    {.name = "column",
     .doc = "A column of a list.",
     ATTRS(REQ("field", SPEC_PATH, "A field or a path over refs."),
           {"pin", SPEC_ENUM, false, NULL, "Stays at this side.", LIST("left")},
           {"total", SPEC_ENUM, false, NULL,
            "What the foot of the column "
            "shows.",
            LIST("sum", "avg", "min", "max", "count")},
           A("label", SPEC_TEXT, "Another label."),
           DEF("hidden", SPEC_BOOL, "false", "Taken off by an upper layer."),
           AFTER),
     .key = "field"},
    {.name = "column",
     .context = "extend",
     .doc =
         "A new column (field), or what is other at one that is there (ref).",
     ATTRS(A("ref", SPEC_PATH, "The column that is changed."),
           A("field", SPEC_PATH, "A new column's field or path over refs."),
           {"pin", SPEC_ENUM, false, NULL, "Stays at this side.", LIST("left")},
           {"total", SPEC_ENUM, false, NULL,
            "What the foot of the column shows.",
            LIST("sum", "avg", "min", "max", "count")},
           A("label", SPEC_TEXT, "Another label."),
           DEF("hidden", SPEC_BOOL, "false", "Taken off by an upper layer."),
           AFTER),
     .key = "field"},
    {.name = "sort",
     .doc = "An order; the first counts most.",
     ATTRS(REQ("by", SPEC_RAW, "A field or path; - before it descends.")),
     .key = "by"},
    {.name = "group",
     .context = "view",
     .doc = "Rows under headings.",
     ATTRS(REQ("by", SPEC_PATH, "A field or path."))},
    {.name = "group",
     .context = "extend",
     .doc = "Rows under headings.",
     ATTRS(REQ("by", SPEC_PATH, "A field or path."))},
    {.name = "quick",
     .doc = "A filter at one click.",
     ATTRS(REQ("label", SPEC_TEXT, "What people read."),
           REQ("filter", SPEC_FX, "Which records.")),
     .key = "label"},
    {
        .name = "columns",
        .doc = "The columns of a board.",
        ATTRS(REQ("by", SPEC_NAME, "A status or choice field."),
              A("hide", SPEC_NAMES, "Codes without a column.")),
    },
    {.name = "card",
     .doc = "What a card of a board shows.",
     ATTRS(A("title", SPEC_PATH, "First line; the record's title if left out."),
           A("subtitle", SPEC_PATH, "Second line."),
           A("badge", SPEC_PATH, "A value in the corner."),
           A("badge-when", SPEC_FX, "The badge is shown while this is true."))},
    {.name = "header",
     .context = "view",
     .doc = "What the head of a board's column shows.",
     ATTRS(A("sum", SPEC_NAME, "A field that is added up."),
           DEF("count", SPEC_BOOL, "true", "How many cards."))},

    {.name = "menus",
     .doc = "The applications people choose from.",
     .children = LIST("app"),
     .root = true},
    {.name = "app",
     .doc = "One application: a name and what its menu holds.",
     ATTRS(REQ("name", SPEC_NAME, "The application's name."),
           A("label", SPEC_TEXT, "What people read."),
           A("icon", SPEC_ICON, "An icon's name.")),
     .children = LIST("item", "group"),
     .key = "name"},
    {.name = "item",
     .doc = "A line of the menu.",
     ATTRS(REQ("entity", SPEC_ENTITY, "The entity it opens."),
           A("view", SPEC_NAME, "The view; its default if left out."),
           A("label", SPEC_TEXT, "What people read."),
           A("icon", SPEC_ICON, "An icon's name."))},
    {.name = "group",
     .context = "app",
     .doc = "Lines under a heading.",
     ATTRS(REQ("label", SPEC_TEXT, "The heading.")),
     .children = LIST("item")},

    {.name = "i18n",
     .doc = "Words in another language.",
     ATTRS(REQ("lang", SPEC_RAW, "The language: de."),
           A("entity", SPEC_ENTITY, "Whose words; the package's if left out.")),
     .children = LIST("t"),
     .root = true},
    {.name = "t",
     .doc = "One text: label, plural, field.NAME, status.CODE, ...",
     ATTRS(REQ("k", SPEC_RAW, "Which text.")),
     .text = true,
     .key = "k"},

    {.name = "seed",
     .doc = "Records that come with the package.",
     ATTRS({"mode", SPEC_ENUM, false, "once",
            "once: if the key is absent; sync: overwritten; demo: examples.",
            LIST("once", "sync", "demo")}),
     .children = LIST("record", "csv"),
     .root = true},
    {.name = "record",
     .doc = "One record.",
     ATTRS(REQ("entity", SPEC_ENTITY, "Of which entity."),
           A("key", SPEC_NAME, "The field that tells whether it is there.")),
     .children = LIST("v")},
    {.name = "v",
     .doc = "A value, as it would stand in a CSV file: a link by what its "
            "target is called (an anyref as crm:account/Acme), a file by its "
            "path in the package, with its media type and name behind if they "
            "are to be others: files/3f2a.pdf application/pdf Offer 7.pdf.",
     ATTRS(REQ("f", SPEC_NAME, "The field."),
           A("value", SPEC_FX, "An expression instead of the text.")),
     .text = true,
     .key = "f"},
    {.name = "csv",
     .doc = "The rows of a file; cells are as in <v>. A user who is not here "
            "is left out.",
     ATTRS(REQ("entity", SPEC_ENTITY, "Of which entity."),
           REQ("file", SPEC_FILE, "A file of the package."),
           A("key", SPEC_NAME, "The field that tells whether a row is there."),
           A("map", SPEC_FILE, "An import map, a JSON file of the package."),
           A("sep", SPEC_RAW, "The separator; a comma if left out."))},
};

size_t spec_elements(const struct spec_element **out)
{
    *out = ELEMENTS;
    return sizeof ELEMENTS / sizeof ELEMENTS[0];
}
