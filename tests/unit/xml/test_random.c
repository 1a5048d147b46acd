/*
 * Random files and random splices, against a model that knows nothing of
 * bytes: the tree written out with the change made by name. After a splice
 * the new file, read again, must be that; and the bytes outside the place of
 * the change must be the old ones. Comments are counted, not placed: a comment
 * at the end of an element's line stays with it.
 */
#include "fixture.h"

#include "base/buf.h"

enum { FILES = 150, EDITS = 12, SEED = 20260301 };

static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

static bool one_in(uint32_t *r, uint32_t n)
{
    return next_random(r) % n == 0;
}

/* --- random files --------------------------------------------------------- */

struct maker {
    struct buf out;
    uint32_t random;
    const char *eol, *unit;
};

/* Characters that some place must escape, and some longer ones. */
static void random_text(struct buf *b, uint32_t *r, bool is_layout_allowed)
{
    static const char *const PIECES[] = {
        "a",
        "B7",
        "<",
        ">",
        "&",
        "\"",
        "'",
        "]]>",
        "-",
        "\xC3\xA4",
        "\xE2\x82\xAC",
        "\xF0\x9F\x9A\x9A",
        "x y",
        "&amp;",
        "\n",
        "\t",
        " ",
    };
    uint32_t n = sizeof PIECES / sizeof *PIECES - (is_layout_allowed ? 0 : 3);

    for (uint32_t k = next_random(r) % 5; k > 0; k--)
        buf_adds(b, PIECES[next_random(r) % n]);
}

static void add_name(struct maker *m)
{
    static const char *const NAMES[] = {"a", "field", "state", "b-c",
                                        "\xC3\xA4"};

    buf_adds(&m->out, NAMES[next_random(&m->random) % 5]);
}

static void add_attrs(struct maker *m)
{
    uint32_t n = next_random(&m->random) % 4;

    for (uint32_t i = 0; i < n; i++) {
        struct buf value;

        buf_init(&value, 256);
        random_text(&value, &m->random, true);
        if (one_in(&m->random, 4)) {
            buf_adds(&m->out, m->eol);
            buf_adds(&m->out, m->unit);
        }
        buf_addf(&m->out, " %c=\"", (char)('p' + i));
        xml_escape_attr(&m->out, buf_view(&value));
        buf_addc(&m->out, '"');
        buf_release(&value);
    }
}

static void new_line(struct maker *m, int depth)
{
    buf_adds(&m->out, m->eol);
    for (int i = 0; i < depth; i++)
        buf_adds(&m->out, m->unit);
}

static void add_leaf(struct maker *m)
{
    struct buf text;

    buf_init(&text, 256);
    random_text(&text, &m->random, true);
    if (one_in(&m->random, 3)) {
        buf_adds(&m->out, "<![CDATA[x & <y>]]>");
    } else {
        buf_addc(&m->out, 'T');
        xml_escape_text(&m->out, buf_view(&text));
    }
    buf_release(&text);
}

static void add_element(struct maker *m, int depth);

static void add_children(struct maker *m, int depth)
{
    bool is_block = !one_in(&m->random, 3);
    uint32_t n = next_random(&m->random) % 5;

    for (uint32_t i = 0; i < n; i++) {
        if (is_block && !one_in(&m->random, 5))
            new_line(m, depth + 1);
        if (one_in(&m->random, 5))
            buf_adds(&m->out, "<!-- note -->");
        else if (!is_block && one_in(&m->random, 3))
            add_leaf(m);
        else
            add_element(m, depth + 1);
    }
    if (is_block && n > 0)
        new_line(m, depth);
}

static void add_element(struct maker *m, int depth)
{
    size_t from = m->out.n + 1;
    struct buf name;

    buf_addc(&m->out, '<');
    add_name(m);
    buf_init(&name, 64);
    buf_add(&name, str_of(m->out.p + from, m->out.n - from));
    add_attrs(m);
    if (one_in(&m->random, 4)) {
        buf_adds(&m->out, one_in(&m->random, 2) ? "/>" : " />");
    } else {
        buf_addc(&m->out, '>');
        if (depth >= 4 || one_in(&m->random, 3))
            add_leaf(m);
        else
            add_children(m, depth);
        buf_adds(&m->out, "</");
        buf_add(&m->out, buf_view(&name));
        buf_addc(&m->out, '>');
    }
    buf_release(&name);
}

static void make_file(struct maker *m, uint32_t seed)
{
    *m = (struct maker){.random = seed};
    buf_init(&m->out, 1 << 20);
    m->eol = one_in(&m->random, 3) ? "\r\n" : "\n";
    m->unit = one_in(&m->random, 3) ? "\t" : "  ";
    if (one_in(&m->random, 2))
        buf_adds(&m->out, "<?xml version='1.0'?>\n<!-- head -->\n");
    add_element(m, 0);
    buf_adds(&m->out, m->eol);
    CHECK_RC(m->out.failed, RC_OK);
}

/* --- the model ------------------------------------------------------------ */

enum op { SET, UNSET, TEXT, REMOVE, LAST, FIRST, AFTER, BEFORE, N_OPS };

struct edit {
    enum op op;
    const struct xml_node *at;
    struct str name, value;
};

static const char FRAGMENT[] = "<new n=\"1\">\n  <in/>\n</new>";
static const char FRAGMENT_WRITTEN[] = "<new n=\"1\"><in></in></new>";

static bool is_blank(struct str s)
{
    return str_trim(s).n == 0;
}

static bool is_gone(const struct xml_node *n, const struct edit *e)
{
    return e && e->op == REMOVE && e->at == n;
}

static bool is_put_in(const struct xml_node *el, const struct edit *e)
{
    if (!e || e->op < LAST)
        return false;
    return (e->op <= FIRST ? e->at : e->at->parent) == el;
}

static bool has_elements(const struct xml_node *el, const struct edit *e)
{
    if (is_put_in(el, e))
        return true;
    for (const struct xml_node *n = el->first; n; n = n->next)
        if (n->kind == XML_ELEMENT && !is_gone(n, e))
            return true;
    return false;
}

static bool is_mixed(const struct xml_node *el, const struct edit *e)
{
    for (const struct xml_node *n = el->first; n; n = n->next)
        if (n->kind == XML_TEXT && !is_gone(n, e) && !is_blank(n->text))
            return true;
    return false;
}

static void write_attr(struct buf *b, struct str name, struct str value)
{
    buf_addf(b, " %.*s=\"", STR_ARG(name));
    xml_escape_attr(b, value);
    buf_addc(b, '"');
}

static void write_tag(struct buf *b, const struct xml_node *el,
                      const struct edit *e)
{
    bool is_here = e && e->at == el;

    buf_addf(b, "<%.*s", STR_ARG(el->name));
    for (size_t i = 0; i < el->n_attrs; i++) {
        bool is_it = is_here && str_eq(el->attrs[i].name, e->name);

        if (!(is_it && e->op == UNSET))
            write_attr(b, el->attrs[i].name,
                       is_it && e->op == SET ? e->value : el->attrs[i].value);
    }
    if (is_here && e->op == SET && !xml_attr(el, e->name))
        write_attr(b, e->name, e->value);
    buf_addc(b, '>');
}

/* Without elements inside, only the trimmed text counts. */
static void write_leaf(struct buf *b, const struct xml_node *el,
                       const struct edit *e)
{
    struct buf text;

    buf_init(&text, 1 << 16);
    for (const struct xml_node *n = el->first; n; n = n->next)
        if (n->kind == XML_TEXT && !is_gone(n, e))
            buf_add(&text, n->text);
    xml_escape_text(b, str_trim(e && e->op == TEXT && e->at == el
                                    ? e->value
                                    : buf_view(&text)));
    buf_release(&text);
}

static void put_in(struct buf *b, const struct xml_node *at, enum op op,
                   const struct edit *e)
{
    if (e && e->op == op && e->at == at)
        buf_adds(b, FRAGMENT_WRITTEN);
}

static void write_element(struct buf *b, const struct xml_node *el,
                          const struct edit *e)
{
    bool mixed = is_mixed(el, e);

    write_tag(b, el, e);
    put_in(b, el, FIRST, e);
    if (!has_elements(el, e))
        write_leaf(b, el, e);
    else
        for (const struct xml_node *n = el->first; n; n = n->next) {
            put_in(b, n, BEFORE, e);
            if (is_gone(n, e))
                continue;
            if (n->kind == XML_ELEMENT)
                write_element(b, n, e);
            else if (n->kind == XML_TEXT && mixed)
                xml_escape_text(b, n->text);
            put_in(b, n, AFTER, e);
        }
    put_in(b, el, LAST, e);
    buf_addf(b, "</%.*s>", STR_ARG(el->name));
}

static int count_comments(const struct xml_node *el, const struct edit *e)
{
    int count = 0;

    for (const struct xml_node *n = el->first; n; n = n->next)
        if (!is_gone(n, e))
            count += n->kind == XML_COMMENT ? 1 : count_comments(n, e);
    return count;
}

/* --- the test ------------------------------------------------------------- */

static const struct xml_node *random_node(const struct xml_doc *doc,
                                          uint32_t *r, bool only_elements)
{
    const struct xml_node *n = doc->root, *chosen = doc->root;
    uint32_t seen = 1;

    while (n) {
        if (n->first) {
            n = n->first;
        } else {
            while (n && !n->next)
                n = n->parent;
            n = n ? n->next : NULL;
        }
        if (n && (n->kind == XML_ELEMENT ||
                  (!only_elements &&
                   (n->kind == XML_COMMENT || !is_blank(n->text)))))
            if (one_in(r, ++seen))
                chosen = n;
    }
    return chosen;
}

static enum rc apply(const struct xml_doc *doc, const struct edit *e,
                     struct arena *a, struct str *out, struct err *err)
{
    static const enum xml_place PLACES[] = {[LAST] = XML_LAST_CHILD,
                                            [FIRST] = XML_FIRST_CHILD,
                                            [AFTER] = XML_AFTER,
                                            [BEFORE] = XML_BEFORE};

    if (e->op == SET)
        return xml_set_attr(doc, e->at, e->name, e->value, a, out, err);
    if (e->op == UNSET)
        return xml_remove_attr(doc, e->at, e->name, a, out, err);
    if (e->op == TEXT)
        return xml_set_text(doc, e->at, e->value, a, out, err);
    if (e->op == REMOVE)
        return xml_remove(doc, e->at, a, out, err);
    return xml_insert(doc, e->at, PLACES[e->op], STR(FRAGMENT), a, out, err);
}

/* The bytes that an edit may touch at most. */
static struct xml_span touched(const struct edit *e)
{
    const struct xml_node *el =
        e->op >= AFTER || e->op == REMOVE ? e->at->parent : e->at;
    const struct xml_attr *attr = xml_attr(el, e->name);

    if (e->op == SET && attr)
        return attr->value_span;
    if (e->op == SET || e->op == UNSET || el->self_closing)
        return el->tag;
    return el->inner;
}

static bool may_be_refused(const struct edit *e, enum rc rc)
{
    if (e->op == UNSET && !xml_attr(e->at, e->name))
        return rc == RC_NOTFOUND;
    if (e->op == TEXT && has_elements(e->at, NULL))
        return rc == RC_INVALID;
    return (e->op == REMOVE || e->op >= AFTER) && !e->at->parent &&
           rc == RC_INVALID;
}

static void check_edit(struct fixture *f, const struct edit *e, uint32_t seed)
{
    struct xml_span range;
    struct buf want, got;
    struct fixture after;
    struct str out, src = f->doc->source;
    struct err err = ERR_INIT;
    enum rc rc = apply(f->doc, e, &f->arena, &out, &err);

    if (may_be_refused(e, rc))
        return;
    if (rc != RC_OK)
        test_fail(__FILE__, __LINE__, "seed %u op %d: %s", seed, (int)e->op,
                  err.text);
    range = touched(e);
    CHECK(out.n >= range.from + (src.n - range.to));
    CHECK(memcmp(out.p, src.p, range.from) == 0);
    CHECK(memcmp(out.p + out.n - (src.n - range.to), src.p + range.to,
                 src.n - range.to) == 0);
    buf_init(&want, 1 << 20);
    buf_init(&got, 1 << 20);
    after = parsed(out);
    write_element(&want, f->doc->root, e);
    write_element(&got, after.doc->root, NULL);
    if (!str_eq(buf_view(&want), buf_view(&got)))
        test_fail(__FILE__, __LINE__,
                  "seed %u op %d at %u of\n%.*s\ngave\n%.*s\nwhich is\n%.*s\n"
                  "not\n%.*s",
                  seed, (int)e->op, e->at->span.from, STR_ARG(src),
                  STR_ARG(out), STR_ARG(buf_view(&got)),
                  STR_ARG(buf_view(&want)));
    CHECK_I64(count_comments(after.doc->root, NULL),
              count_comments(f->doc->root, e));
    release(&after);
    buf_release(&want);
    buf_release(&got);
}

TEST(xml, random_splices_change_what_they_say_and_nothing_else)
{
    static const char *const NAMES[] = {"p", "q", "r", "s"};
    int done[N_OPS] = {0};

    for (uint32_t i = 0; i < FILES; i++) {
        struct maker m;
        struct fixture f;

        make_file(&m, SEED + i);
        f = parsed(buf_view(&m.out));
        for (int k = 0; k < EDITS; k++) {
            struct buf value;
            struct edit e = {.op = next_random(&m.random) % N_OPS};

            buf_init(&value, 256);
            random_text(&value, &m.random, true);
            e.at = random_node(f.doc, &m.random,
                               e.op < REMOVE || e.op == LAST || e.op == FIRST);
            e.name = str_c(NAMES[next_random(&m.random) % 4]);
            e.value = buf_view(&value);
            check_edit(&f, &e, SEED + i);
            done[e.op]++;
            buf_release(&value);
        }
        release(&f);
        buf_release(&m.out);
    }
    for (int op = 0; op < N_OPS; op++)
        CHECK(done[op] > 100);
}
