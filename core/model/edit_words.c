/*
 * edit_words - what an act does, as a sentence a person would say, in English
 * and German. Made before the act is done, of the words that people see now.
 */
#include "model/edit_in.h"

#include "base/limits.h"
#include "base/utf8.h"

enum { VALUE_SHOWN = 60, LANGS = 2 };

struct pattern {
    const char *op, *text[LANGS];
};
/*
 * %E entity  %F field  %O option  %T state or status  %M move  %N what is new
 * %Y its type  %X form or view  %W section, tab or field of a form  %C what is
 * set  %P where it goes  %I what is inside
 */
static const struct pattern PATTERNS[] = {
    {"entity.add", {"Make the entity %N%I.", "Die Entität %N anlegen%I."}},
    {"entity.set", {"Change %E: %C.", "%E ändern: %C."}},
    {"entity.remove", {"Remove the entity %E.", "Die Entität %E entfernen."}},
    {"field.add",
     {"Add the field %N (%Y) to %E%P.",
      "Das Feld %N (%Y) zu %E hinzufügen%P."}},
    {"field.set",
     {"Change the field %F of %E: %C.", "Das Feld %F von %E ändern: %C."}},
    {"field.rename",
     {"Rename the field %F of %E to %N; data and everything that names it "
      "follow.",
      "Das Feld %F von %E in %N umbenennen; Daten und alles, was es nennt, "
      "folgen."}},
    {"field.move",
     {"Move the field %F of %E%P.", "Das Feld %F von %E verschieben%P."}},
    {"field.remove",
     {"Remove the field %F from %E.", "Das Feld %F aus %E entfernen."}},
    {"option.add",
     {"Add the option %N to %F of %E%P.",
      "Die Auswahl %N zu %F von %E hinzufügen%P."}},
    {"option.set",
     {"Change the option %O of %F in %E: %C.",
      "Die Auswahl %O von %F in %E ändern: %C."}},
    {"option.move",
     {"Move the option %O of %F in %E%P.",
      "Die Auswahl %O von %F in %E verschieben%P."}},
    {"option.remove",
     {"Remove the option %O from %F of %E.",
      "Die Auswahl %O aus %F von %E entfernen."}},
    {"status.add", {"Give %E the status %N%I.", "%E den Status %N geben%I."}},
    {"status.set",
     {"Change the status %T of %E: %C.", "Den Status %T von %E ändern: %C."}},
    {"state.add",
     {"Add the state %N to %T of %E%P.",
      "Den Zustand %N zu %T von %E hinzufügen%P."}},
    {"state.set",
     {"Change the state %O of %T in %E: %C.",
      "Den Zustand %O von %T in %E ändern: %C."}},
    {"state.move",
     {"Move the state %O of %T in %E%P.",
      "Den Zustand %O von %T in %E verschieben%P."}},
    {"state.remove",
     {"Remove the state %O from %T of %E.",
      "Den Zustand %O aus %T von %E entfernen."}},
    {"move.add", {"Allow %E to go from %M.", "%E darf gehen von %M."}},
    {"move.set",
     {"Change the move %M of %E: %C.", "Den Schritt %M von %E ändern: %C."}},
    {"move.remove",
     {"Take the move %M of %E away.", "Den Schritt %M von %E wegnehmen."}},
    {"form.add",
     {"Write the form %X of %E down, to be arranged.",
      "Das Formular %X von %E festhalten, um es anzuordnen."}},
    {"form.set",
     {"Change the form %X of %E: %C.", "Das Formular %X von %E ändern: %C."}},
    {"form.tab",
     {"The page %W on the form of %E%P: %C.",
      "Die Seite %W auf dem Formular von %E%P: %C."}},
    {"form.section",
     {"The section %W on the form of %E%P: %C.",
      "Der Abschnitt %W auf dem Formular von %E%P: %C."}},
    {"form.place",
     {"Place %W on the form of %E%P.", "%W auf das Formular von %E setzen%P."}},
    {"form.move",
     {"Move %W on the form of %E%P.",
      "%W auf dem Formular von %E verschieben%P."}},
    {"form.remove",
     {"Take %W off the form of %E.", "%W vom Formular von %E nehmen."}},
    {"view.add",
     {"Make the view %N of %E%I.", "Die Ansicht %N von %E anlegen%I."}},
    {"view.set",
     {"Change the view %X of %E: %C.", "Die Ansicht %X von %E ändern: %C."}},
    {"view.remove",
     {"Remove the view %X of %E.", "Die Ansicht %X von %E entfernen."}},
    {"menu.add",
     {"Put %E into the menu %A%P.", "%E in das Menü %A aufnehmen%P."}},
    {"menu.move",
     {"Move %E in the menu %A%P.", "%E im Menü %A verschieben%P."}},
    {"menu.remove",
     {"Take %E out of the menu %A.", "%E aus dem Menü %A nehmen."}},
    {"i18n.set", {"Say %K in the language %L.", "%K in der Sprache %L sagen."}},
};

static const struct {
    const char *name, *de;
} GERMAN[] = {
    /* types */
    {"anyref", "Verweis"},
    {"autonumber", "Nummer"},
    {"bool", "Ja/Nein"},
    {"choice", "Auswahl"},
    {"date", "Datum"},
    {"datetime", "Datum und Zeit"},
    {"dec", "Dezimalzahl"},
    {"email", "E-Mail"},
    {"file", "Datei"},
    {"int", "Ganzzahl"},
    {"longtext", "langer Text"},
    {"money", "Betrag"},
    {"multichoice", "Mehrfachauswahl"},
    {"percent", "Prozent"},
    {"phone", "Telefon"},
    {"ref", "Verweis"},
    {"text", "Text"},
    {"url", "Adresse"},
    {"user", "Person"},
    /* attributes */
    {"color", "Farbe"},
    {"columns", "Spalten"},
    {"default", "Vorgabe"},
    {"filter", "Filter"},
    {"group", "Gruppierung"},
    {"help", "Hilfe"},
    {"hidden", "verborgen"},
    {"icon", "Symbol"},
    {"index", "schnell"},
    {"initial", "Anfang"},
    {"label", "Beschriftung"},
    {"max", "höchstens"},
    {"min", "mindestens"},
    {"plural", "Mehrzahl"},
    {"readonly", "nur lesen"},
    {"required", "Pflicht"},
    {"search", "Suche"},
    {"sort", "Reihenfolge"},
    {"span", "Breite"},
    {"title", "Titel"},
    {"type", "Art"},
    {"unique", "einmalig"},
    {"true", "ja"},
    {"false", "nein"},
};

struct say {
    struct edit_ctx *c;
    struct buf *b;
    bool de;
    int lang;
    const struct entity *e;
    const struct field *f;
};

static struct str word(const struct say *s, struct str name)
{
    size_t i;

    for (i = 0; s->de && i < sizeof GERMAN / sizeof GERMAN[0]; i++)
        if (str_eq(name, str_c(GERMAN[i].name)))
            return str_c(GERMAN[i].de);
    if (!s->de && str_is(name, "true"))
        return STR("yes");
    if (!s->de && str_is(name, "false"))
        return STR("no");
    return name;
}

static void quote(const struct say *s, struct str text)
{
    struct str shown = utf8_head(text, VALUE_SHOWN);

    buf_adds(s->b, s->de ? "„" : "“");
    buf_add(s->b, shown);
    buf_adds(s->b, shown.n < text.n ? "…" : "");
    buf_adds(s->b, s->de ? "“" : "”");
}

/* A member that need not be well formed: what is wrong is the act's to say. */
static struct str member(const struct say *s, const char *name)
{
    return json_str(json_get(s->c->act, str_c(name)), STR_NONE);
}

static struct str label_or_name(const struct say *s)
{
    static const char *const NAMES[] = {"label", "name", "code"};
    size_t i;

    for (i = 0; i < 3; i++)
        if (member(s, NAMES[i]).n)
            return member(s, NAMES[i]);
    return STR("?");
}

static void say_entity(const struct say *s)
{
    if (s->e)
        quote(s, text_in(&s->e->label, s->lang));
    else
        quote(s, member(s, "entity"));
}

static void say_field(const struct say *s, struct str name)
{
    const struct field *f = s->e ? entity_field(s->e, name) : NULL;

    quote(s, f ? text_in(&f->label, s->lang) : name);
}

static void say_option(const struct say *s)
{
    struct str code =
        member(s, "option").n ? member(s, "option") : member(s, "state");
    const struct option *o = s->f ? field_option(s->f, code) : NULL;

    quote(s, o ? text_in(&o->label, s->lang) : code);
}

static void say_state(const struct say *s, struct str code)
{
    const struct option *o = s->f ? field_option(s->f, code) : NULL;

    quote(s, o ? text_in(&o->label, s->lang) : code);
}

/* "A", "B" to "C"; or what the move is called. */
static void say_move(const struct say *s)
{
    struct str from = member(s, "from"), code;
    bool first = true;

    if (member(s, "move").n || !from.n) {
        quote(s, member(s, "move"));
        return;
    }
    while (str_word(&from, &code)) {
        buf_adds(s->b, first ? "" : ", ");
        first = false;
        say_state(s, code);
    }
    buf_adds(s->b, s->de ? " nach " : " to ");
    say_state(s, member(s, "to"));
}

static bool is_address(struct str name)
{
    static const char *const WORDS[] = {
        "op",     "entity", "field",  "status", "option",  "state",
        "move",   "form",   "view",   "tab",    "section", "after",
        "before", "app",    "states", "moves",  "options", "fields",
    };
    size_t i;

    for (i = 0; i < sizeof WORDS / sizeof WORDS[0]; i++)
        if (str_eq(name, str_c(WORDS[i])))
            return true;
    return false;
}

static void say_value(const struct say *s, const struct json *v)
{
    size_t i;

    switch (v->kind) {
    case JSON_NULL:
        buf_adds(s->b, s->de ? "nicht mehr eigens" : "no longer said");
        break;
    case JSON_BOOL:
        buf_add(s->b, word(s, v->u.b ? STR("true") : STR("false")));
        break;
    case JSON_INT:
        buf_add_i64(s->b, v->u.i);
        break;
    case JSON_REAL:
        buf_add(s->b, v->u.real.text);
        break;
    case JSON_STR:
        if (str_is(v->u.s, "true") || str_is(v->u.s, "false"))
            buf_add(s->b, word(s, v->u.s));
        else
            quote(s, v->u.s);
        break;
    case JSON_ARRAY:
        for (i = 0; i < v->u.array.n && i < 12; i++) {
            const struct json *one = &v->u.array.v[i];

            buf_adds(s->b, i ? ", " : "");
            say_field(s, one->kind == JSON_OBJECT
                             ? json_str(json_at(one, "field"), STR("?"))
                             : json_str(one, STR("?")));
        }
        buf_adds(s->b, i < v->u.array.n ? ", …" : "");
        break;
    case JSON_OBJECT:
        for (i = 0; i < v->u.object.n && i < 8; i++) {
            buf_adds(s->b, i ? ", " : "");
            buf_add(s->b, word(s, v->u.object.v[i].key));
            buf_addc(s->b, ' ');
            quote(s, json_str(&v->u.object.v[i].value, STR("")));
        }
        break;
    }
}

static void say_changes(const struct say *s)
{
    const struct json *act = s->c->act;
    size_t i, n = 0;

    for (i = 0; i < act->u.object.n; i++) {
        if (is_address(act->u.object.v[i].key))
            continue;
        buf_adds(s->b, n++ ? "; " : "");
        buf_add(s->b, word(s, act->u.object.v[i].key));
        buf_addc(s->b, ' ');
        say_value(s, &act->u.object.v[i].value);
    }
    if (!n)
        buf_adds(s->b, s->de ? "wie es ist" : "as it is");
}

static void say_where(const struct say *s)
{
    static const char *const MEMBER[] = {"after", "before", "section", "tab"};
    static const char *const EN[] = {" after ", " before ", ", section ",
                                     ", page "};
    static const char *const DE[] = {" (nach ", " (vor ", " (Abschnitt ",
                                     " (Seite "};
    size_t i;

    for (i = 0; i < 4; i++) {
        struct str at = member(s, MEMBER[i]);
        bool is_subject = str_is(member(s, "op"), "form.section") ||
                          str_is(member(s, "op"), "form.tab");

        if (!at.n || (i > 1 && is_subject) || (i > 1 && !member(s, "field").n))
            continue;
        buf_adds(s->b, s->de ? DE[i] : EN[i]);
        if (s->f && s->f->n_options)
            say_state(s, at);
        else
            say_field(s, at);
        buf_adds(s->b, s->de ? ")" : "");
    }
}

static size_t count(const struct say *s, const char *name)
{
    const struct json *v = json_get(s->c->act, str_c(name));

    return v && v->kind == JSON_ARRAY ? v->u.array.n : 0;
}

static void say_count(const struct say *s, size_t n, const char *en,
                      const char *de, const char *de_many)
{
    if (n && s->de)
        buf_addf(s->b, " (%zu %s)", n, n == 1 ? de : de_many);
    else if (n)
        buf_addf(s->b, " with %zu %s%s", n, en, n == 1 ? "" : "s");
}

static void say_inside(const struct say *s)
{
    size_t fields = count(s, "fields"), states = count(s, "states");
    size_t columns = count(s, "columns");

    say_count(s, fields, "field", "Feld", "Felder");
    say_count(s, states, "state", "Zustand", "Zustände");
    say_count(s, columns, "column", "Spalte", "Spalten");
}

static void say_form_or_view(const struct say *s)
{
    struct str name =
        member(s, "form").n ? member(s, "form") : member(s, "view");
    const struct view *v = s->e && member(s, "view").n
                               ? entity_view(s->c->e->model, s->e, name)
                               : NULL;

    if (!name.n)
        name = member(s, "name").n ? member(s, "name") : STR("main");
    quote(s, v ? text_in(&v->label, s->lang) : name);
}

static void say_part(const struct say *s)
{
    if (member(s, "field").n)
        say_field(s, member(s, "field"));
    else if (member(s, "section").n)
        quote(s,
              member(s, "label").n ? member(s, "label") : member(s, "section"));
    else
        quote(s, member(s, "label").n ? member(s, "label") : member(s, "tab"));
}

static void say_letter(const struct say *s, char letter)
{
    switch (letter) {
    case 'A':
        quote(s, member(s, "app"));
        break;
    case 'C':
        say_changes(s);
        break;
    case 'E':
        say_entity(s);
        break;
    case 'F':
        say_field(s, member(s, "field"));
        break;
    case 'I':
        say_inside(s);
        break;
    case 'K':
        quote(s, member(s, "text").n ? member(s, "text") : member(s, "key"));
        break;
    case 'L':
        quote(s, member(s, "lang"));
        break;
    case 'M':
        say_move(s);
        break;
    case 'N':
        quote(s, label_or_name(s));
        break;
    case 'O':
        say_option(s);
        break;
    case 'P':
        say_where(s);
        break;
    case 'T':
        say_field(s, member(s, "status"));
        break;
    case 'W':
        say_part(s);
        break;
    case 'X':
        say_form_or_view(s);
        break;
    case 'Y':
        buf_add(s->b,
                word(s, member(s, "type").n ? member(s, "type") : STR("text")));
        break;
    default:
        buf_addc(s->b, letter);
        break;
    }
}

static enum rc say_one(struct edit_ctx *c, const char *pattern, bool de,
                       struct str *out)
{
    struct str qname = json_str(json_at(c->act, "entity"), STR_NONE), field;
    struct say s = {.c = c, .de = de};
    struct buf b;
    enum rc rc;

    s.lang = model_lang(c->e->model, de ? STR("de") : STR("en"));
    qname = qname.n ? edit_qualify(c->a, qname) : STR_NONE;
    s.e = qname.p ? model_entity(c->e->model, qname) : NULL;
    field = json_str(json_at(c->act, "field"), STR_NONE);
    if (!field.n)
        field = json_str(json_at(c->act, "status"), STR_NONE);
    s.f = s.e ? entity_field(s.e, field) : NULL;
    buf_init(&b, 1 << 16);
    s.b = &b;
    for (; *pattern; pattern++)
        if (*pattern == '%' && pattern[1])
            say_letter(&s, *++pattern);
        else
            buf_addc(&b, *pattern);
    rc = buf_finish(&b, c->a, out, c->err);
    buf_release(&b);
    return rc;
}

enum rc edit_say(struct edit_ctx *c, struct edit_words *out)
{
    struct str op = json_str(json_at(c->act, "op"), STR_NONE);
    struct edit_words words = {STR(""), STR("")};
    size_t i;
    enum rc rc = RC_OK;

    for (i = 0; i < sizeof PATTERNS / sizeof PATTERNS[0]; i++)
        if (str_eq(op, str_c(PATTERNS[i].op)))
            break;
    if (i == sizeof PATTERNS / sizeof PATTERNS[0]) {
        *out = words; /* an act that is none: edit_act says so */
        return RC_OK;
    }
    rc = say_one(c, PATTERNS[i].text[0], false, &words.en);
    if (rc == RC_OK)
        rc = say_one(c, PATTERNS[i].text[1], true, &words.de);
    if (rc == RC_OK)
        *out = words;
    return rc;
}
