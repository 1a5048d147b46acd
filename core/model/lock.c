/*
 * lock - local.lock: what stood below each change that `local` makes, when the
 * change was made. It is what a later version of a package is compared with.
 *
 *   crm:deal/field[amount]/@label              base "Amount"  v1.2.0
 *   crm:deal/form[main]/money/place[x_region]  anchor after amount
 *
 * Written anew with every model, by path. A change that has its line keeps it,
 * letter for letter: what was seen then stays, whatever stands there now. Where
 * a folder brings no local.lock, the lines are those of the version before.
 */
#include "model/build.h"

#include <stdlib.h>

#include "base/json.h"
#include "model/spec.h"

enum { LOCK_BYTES = 4 << 20, PATH_COLUMNS = 42 };

static const struct str NAME = STR_INIT("local.lock");

/* --- paths ------------------------------------------------------------------ */

static bool is_root(const struct def *d)
{
    return !d->parent || str_is(d->parent->name, "bundle");
}

static struct str root_path(struct build *b, const struct def *d)
{
    struct str entity = def_value(d, "entity"), name = def_value(d, "name");
    struct str owner = entity.n ? entity : name;

    if (str_chr(owner, ':') < 0)
        owner = str_fmt(b->scratch, "%.*s:%.*s", STR_ARG(d->package->id),
                        STR_ARG(owner));
    if (!entity.n)
        return owner;
    return str_fmt(b->scratch, "%.*s/%.*s[%.*s]", STR_ARG(owner),
                   STR_ARG(d->name), STR_ARG(name));
}

/* "field[amount]"; sections are called by their name alone, and tabs, which
   nothing is found by, not at all. */
static struct str path_of(struct build *b, const struct def *d)
{
    struct str above, key;

    if (is_root(d))
        return root_path(b, d);
    above = path_of(b, d->parent);
    if (str_is(d->name, "tab") && d->first)
        return above;
    key = def_key(b, d);
    if (str_is(d->name, "section"))
        return str_fmt(b->scratch, "%.*s/%.*s", STR_ARG(above), STR_ARG(key));
    if (!def_key_attr(d->name))
        return str_fmt(b->scratch, "%.*s/%.*s", STR_ARG(above),
                       STR_ARG(d->name));
    return str_fmt(b->scratch, "%.*s/%.*s[%.*s]", STR_ARG(above),
                   STR_ARG(d->name), STR_ARG(key));
}

/* --- lines ------------------------------------------------------------------- */

static void add(struct build *b, struct str path, struct str what)
{
    struct lock_line line = {path, what};
    size_t i;

    if (!path.p || !what.p) {
        b->nomem = true;
        return;
    }
    for (i = 0; i < b->locks.n; i++)
        if (str_eq(b->locks.v[i].path, path))
            return; /* changed twice: the first saw what was below */
    BUILD_PUSH(b, &b->locks, line);
}

/* What an attribute that is not written means. */
static struct str fallback(const struct def *target, struct str name)
{
    const struct spec_element *e = spec_of(target->node);
    const struct spec_attr *a = e ? spec_attr_find(e, name) : NULL;

    if (a && a->fallback)
        return str_c(a->fallback);
    return a && a->type == SPEC_BOOL ? STR("false") : STR("");
}

static struct str base_words(struct build *b, struct str value,
                             const struct package *seen)
{
    struct json_w w;
    struct buf text;
    struct str quoted, out = STR_NONE;

    buf_init(&text, LOCK_BYTES);
    json_w_init(&w, &text);
    json_w_str(&w, value);
    quoted = str_copy(b->scratch, buf_view(&text));
    if (text.failed == RC_OK && quoted.p)
        out = seen->version.n
                  ? str_fmt(b->scratch, "base %.*s  v%.*s", STR_ARG(quoted),
                            STR_ARG(seen->version))
                  : str_fmt(b->scratch, "base %.*s", STR_ARG(quoted));
    buf_release(&text);
    return out;
}

struct str build_meant(const struct def *d, struct str name)
{
    size_t i;

    for (i = 0; i < d->n_attrs; i++)
        if (str_eq(d->attrs[i].attr->name, name))
            return d->attrs[i].value;
    return fallback(d, name);
}

static bool is_local(const struct package *p)
{
    return str_is(p->id, "local");
}

void build_lock_value(struct build *b, const struct def *target,
                      const struct def *ext, struct str name)
{
    const struct package *seen = target->package;
    struct str path;
    size_t i;

    if (!is_local(ext->package))
        return;
    for (i = 0; i < target->n_attrs; i++)
        if (str_eq(target->attrs[i].attr->name, name))
            seen = target->attrs[i].package;
    if (is_local(seen))
        return;
    path = path_of(b, target);
    add(b, str_fmt(b->scratch, "%.*s/@%.*s", STR_ARG(path), STR_ARG(name)),
        base_words(b, build_meant(target, name), seen));
}

void build_lock_text(struct build *b, const struct def *target,
                     const struct def *ext)
{
    struct str path;

    if (!is_local(ext->package) || is_local(target->package))
        return;
    path = path_of(b, target);
    add(b, str_fmt(b->scratch, "%.*s/text()", STR_ARG(path)),
        base_words(b, xml_text_of(target->node, b->scratch), target->package));
}

void build_lock_place(struct build *b, const struct def *ext, const char *way,
                      struct str anchor)
{
    if (is_local(ext->package) && !is_local(ext->parent->package))
        add(b, path_of(b, ext),
            str_fmt(b->scratch, "anchor %s %.*s", way, STR_ARG(anchor)));
}

/* --- the file ------------------------------------------------------------------ */

static struct str lock_of(const struct package_src *src)
{
    size_t i;

    for (i = 0; src && i < src->n; i++)
        if (str_eq(src->files[i].path, NAME))
            return src->files[i].text;
    return STR_NONE;
}

/* Where the path ends: two spaces, and what it is about. */
static struct str path_in(struct str line)
{
    ptrdiff_t base = str_find(line, STR("  base "));
    ptrdiff_t anchor = str_find(line, STR("  anchor "));
    ptrdiff_t at = base < 0 || (anchor >= 0 && anchor < base) ? anchor : base;

    return at < 0 ? STR_NONE : str_trim(str_sub(line, 0, (size_t)at));
}

static struct str line_before(struct str text, struct str path)
{
    struct str line;

    while (str_split(&text, '\n', &line)) {
        if (str_eq(path_in(line), path))
            return line;
    }
    return STR_NONE;
}

static struct str lock_before(struct build *b)
{
    struct str text = STR_NONE;
    size_t i;

    for (i = 0; i < b->n_src; i++) {
        if (!str_is(b->src[i]->id, "local"))
            continue;
        text = lock_of(b->src[i]);
        if (!text.p)
            text = lock_of(b->src[i]->previous);
    }
    return text;
}

/* The text in quotes behind "base". */
static bool base_in(struct build *b, struct str line, struct str *out)
{
    const struct json *v = NULL;
    ptrdiff_t at = str_find(line, STR("  base \""));
    size_t n = 1;

    if (at < 0)
        return false;
    line = str_sub(line, (size_t)at + 7, line.n);
    while (n < line.n && line.p[n] != '"')
        n += line.p[n] == '\\' ? 2 : 1;
    if (n >= line.n ||
        json_parse(str_sub(line, 0, n + 1), b->scratch, &v, NULL) != RC_OK)
        return false;
    *out = json_str(v, STR(""));
    return true;
}

bool build_lock_seen(struct build *b, const struct def *target, struct str name,
                     struct str *out)
{
    struct str path = str_fmt(b->scratch, "%.*s/@%.*s",
                              STR_ARG(path_of(b, target)), STR_ARG(name));

    return base_in(b, line_before(lock_before(b), path), out);
}

static int by_path(const void *x, const void *y)
{
    const struct lock_line *a = x, *b = y;

    return str_cmp(a->path, b->path);
}

static struct str compose(struct build *b, struct str before)
{
    struct str out = STR_NONE;
    struct buf text;
    size_t i;

    buf_init(&text, LOCK_BYTES);
    if (b->locks.n > 0)
        qsort(b->locks.v, b->locks.n, sizeof b->locks.v[0], by_path);
    for (i = 0; i < b->locks.n; i++) {
        const struct lock_line *l = &b->locks.v[i];
        struct str kept = line_before(before, l->path);

        if (kept.n)
            buf_add(&text, kept);
        else
            buf_addf(&text, "%-*.*s  %.*s", PATH_COLUMNS, STR_ARG(l->path),
                     STR_ARG(l->what));
        buf_addc(&text, '\n');
    }
    if (buf_finish(&text, b->a, &out, NULL) != RC_OK)
        b->nomem = true;
    buf_release(&text);
    return out;
}

/* The files of `src` with the lock as it is now, or without. */
static void put(struct build *b, struct package *p, struct str text)
{
    const struct package_src *old = p->sources;
    struct package_src *src = BUILD_NEW(b, struct package_src);
    size_t i;
    bool is_in = text.n == 0;

    if (!src)
        return;
    *src = *old;
    src->files = BUILD_ARRAY(b, struct package_file, old->n + 1);
    src->n = 0;
    for (i = 0; src->files && i < old->n; i++) {
        if (str_eq(old->files[i].path, NAME))
            continue;
        if (!is_in && str_cmp(old->files[i].path, NAME) > 0) {
            src->files[src->n++] = (struct package_file){NAME, text, NULL};
            is_in = true;
        }
        src->files[src->n++] = old->files[i];
    }
    if (src->files && !is_in)
        src->files[src->n++] = (struct package_file){NAME, text, NULL};
    p->sources = src;
}

void build_lock(struct build *b)
{
    struct package *p = NULL;
    struct str text;
    size_t i;

    for (i = 0; i < b->m->n_packages; i++)
        if (is_local(b->m->packages[i]))
            p = b->m->packages[i];
    if (!p || !p->sources)
        return;
    text = compose(b, lock_before(b));
    if (!b->nomem && !str_eq(text, lock_of(p->sources)))
        put(b, p, text);
}
