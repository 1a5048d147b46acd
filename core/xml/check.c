/*
 * check - libxml2 reads the file too, and must say what our scanner said.
 *
 * Every SAX2 event is held against the next node of the tree: name, number of
 * attributes, each name and value, every byte of text and of comments. A
 * difference is a mistake of one of the two readers, so the file is refused
 * rather than understood in one of two ways.
 *
 * The library gets no chance at anything else: no network, no external entity
 * (the loader answers NULL), no DTD (its first event stops the parser), no
 * options beyond NONET and BIG_LINES. Its memory comes from base/mem.h, and
 * all of it is returned before xml_check returns.
 *
 * Debian 12 and 13 have 2.9.14, where it is tested. Newer ones, up to 2.15,
 * still offer all that is used here; what differs is below the includes.
 */
#include <libxml/parser.h>
#include <libxml/xmlerror.h>
#include <libxml/xmlmemory.h>
#include <pthread.h>

#include "base/mem.h"
#include "xml/scan.h"

#if LIBXML_VERSION >= 21200
typedef const xmlError *error_ptr;
#else
typedef xmlErrorPtr error_ptr;
#endif
#if LIBXML_VERSION >= 21300 /* where it is one more wall */
#define NO_XXE XML_PARSE_NO_XXE
#else
#define NO_XXE 0
#endif

/* Where libxml2 stands in our tree. */
struct check {
    const struct xml_doc *doc;
    xmlParserCtxtPtr ctxt;
    const struct xml_node *open; /* innermost open element             */
    const struct xml_node *prev; /* its last child that has been seen  */
    size_t seen;                 /* bytes seen of the text after prev  */
    bool is_done;                /* the root has ended                 */
    struct xml_fault *fault;
    enum rc rc;
};

static void stop(struct check *c, enum rc rc)
{
    if (c->rc == RC_OK)
        c->rc = rc;
    xmlStopParser(c->ctxt);
}

static void differ(struct check *c, size_t offset)
{
    if (c->rc != RC_OK)
        return;
    stop(c, xml_refuse(c->fault, c->doc->source, RC_SYNTAX, "M001", offset, 0,
                       "The two readers of definitions understand this place "
                       "differently. Write it more simply."));
}

/* --- the tree as a sequence ----------------------------------------------- */

/* The next child, empty CDATA sections skipped: libxml2 may not tell them. */
static const struct xml_node *peek(struct check *c)
{
    const struct xml_node *n;

    if (!c->open)
        return c->is_done ? NULL : c->doc->root;
    n = c->prev ? c->prev->next : c->open->first;
    while (n && n->kind == XML_TEXT && n->text.n == 0) {
        c->prev = n;
        n = n->next;
    }
    return n;
}

static size_t offset_here(struct check *c)
{
    const struct xml_node *n = peek(c);

    if (n)
        return n->span.from;
    return c->open ? c->open->inner.to : c->doc->source.n;
}

static bool is_same(struct str ours, const xmlChar *theirs)
{
    return str_eq(ours, str_c((const char *)theirs));
}

/*
 * Without NOENT the library gives "&" in a value as "&#38;", since it expects
 * to read the value a second time.
 */
static bool is_same_value(struct str ours, struct str theirs)
{
    static const struct str AMP = STR_INIT("&#38;");
    size_t t = 0;

    for (size_t i = 0; i < ours.n; i++) {
        if (t >= theirs.n || ours.p[i] != theirs.p[t])
            return false;
        if (ours.p[i] == '&' &&
            str_starts(str_of(theirs.p + t, theirs.n - t), AMP))
            t += AMP.n;
        else
            t++;
    }
    return t == theirs.n;
}

/* --- events --------------------------------------------------------------- */

static void on_start(void *arg, const xmlChar *name, const xmlChar *prefix,
                     const xmlChar *uri, int n_namespaces,
                     const xmlChar **namespaces, int n_attrs, int n_defaulted,
                     const xmlChar **attrs)
{
    struct check *c = (struct check *)arg;
    const struct xml_node *n = peek(c);

    (void)uri;
    (void)namespaces;
    if (!n || n->kind != XML_ELEMENT || c->seen != 0 || prefix ||
        n_namespaces != 0 || n_defaulted != 0 || !is_same(n->name, name) ||
        n_attrs < 0 || (size_t)n_attrs != n->n_attrs) {
        differ(c, offset_here(c));
        return;
    }
    /* Five pointers each: name, prefix, URI, value, end of the value. */
    for (size_t i = 0; i < n->n_attrs; i++, attrs += 5) {
        struct str value =
            str_of((const char *)attrs[3], (size_t)(attrs[4] - attrs[3]));

        if (attrs[1] || !is_same(n->attrs[i].name, attrs[0]) ||
            !is_same_value(n->attrs[i].value, value)) {
            differ(c, n->attrs[i].name_span.from);
            return;
        }
    }
    c->open = n;
    c->prev = NULL;
}

static void on_end(void *arg, const xmlChar *name, const xmlChar *prefix,
                   const xmlChar *uri)
{
    struct check *c = (struct check *)arg;

    (void)prefix;
    (void)uri;
    if (!c->open || c->seen != 0 || peek(c) || !is_same(c->open->name, name)) {
        differ(c, offset_here(c));
        return;
    }
    c->prev = c->open;
    c->open = c->open->parent;
    c->is_done = !c->open;
}

/* Comes in pieces of the library's choosing; CDATA too. */
static void on_text(void *arg, const xmlChar *p, int n)
{
    struct check *c = (struct check *)arg;
    size_t left = n > 0 ? (size_t)n : 0;

    while (left > 0) {
        const struct xml_node *node = peek(c);
        size_t take;

        if (!node || node->kind != XML_TEXT) {
            differ(c, offset_here(c));
            return;
        }
        take = node->text.n - c->seen;
        if (take > left)
            take = left;
        if (memcmp(node->text.p + c->seen, p, take) != 0) {
            differ(c, offset_here(c));
            return;
        }
        p += take;
        left -= take;
        c->seen += take;
        if (c->seen == node->text.n) {
            c->prev = node;
            c->seen = 0;
        }
    }
}

static void on_comment(void *arg, const xmlChar *text)
{
    struct check *c = (struct check *)arg;
    const struct xml_node *n = peek(c);

    if (!c->open) /* around the root: no node of ours */
        return;
    if (!n || n->kind != XML_COMMENT || c->seen != 0 ||
        !is_same(n->text, text)) {
        differ(c, offset_here(c));
        return;
    }
    c->prev = n;
}

/* Our scanner has refused all of these: they cannot come. */
static void on_doctype(void *arg, const xmlChar *name, const xmlChar *public_id,
                       const xmlChar *system_id)
{
    struct check *c = (struct check *)arg;

    (void)name;
    (void)public_id;
    (void)system_id;
    differ(c, offset_here(c));
}

static void on_instruction(void *arg, const xmlChar *target,
                           const xmlChar *data)
{
    struct check *c = (struct check *)arg;

    (void)target;
    (void)data;
    differ(c, offset_here(c));
}

static void on_reference(void *arg, const xmlChar *name)
{
    struct check *c = (struct check *)arg;

    (void)name;
    differ(c, offset_here(c));
}

/* --- errors --------------------------------------------------------------- */

/*
 * The library has error reports of three kinds: of a parser (serror), of a
 * thread when there is no parser yet, and on stderr. The first two come here.
 * Lines are counted by LF and columns by bytes: near enough.
 */
static size_t offset_of(struct str source, int line, int column)
{
    size_t from = 0;

    for (int i = 1; i < line; i++) {
        ptrdiff_t at = str_chr(str_of(source.p + from, source.n - from), '\n');

        if (at < 0)
            break;
        from += (size_t)at + 1;
    }
    if (column > 1)
        from += (size_t)column - 1;
    return from < source.n ? from : source.n;
}

static void on_error(void *arg, error_ptr e)
{
    struct check *c = (struct check *)arg;
    struct str why;

    if (!e || e->level < XML_ERR_ERROR || c->rc != RC_OK)
        return;
    if (e->code == XML_ERR_NO_MEMORY) {
        c->rc = RC_NOMEM; /* it stops by itself */
        return;
    }
    why = str_trim(str_c(e->message));
    stop(c, xml_refuse(c->fault, c->doc->source, RC_SYNTAX, "M001",
                       offset_of(c->doc->source, e->line, e->int2), 0,
                       "This is not well-formed XML: %.*s.", STR_ARG(why)));
}

/* --- the library ---------------------------------------------------------- */

static xmlParserInputPtr load_nothing(const char *url, const char *id,
                                      xmlParserCtxtPtr ctxt)
{
    (void)url;
    (void)id;
    (void)ctxt;
    return NULL;
}

static char *copy_cstr(const char *s)
{
    size_t n = strlen(s) + 1;
    char *p = (char *)mem_alloc(n);

    return p ? (char *)memcpy(p, s, n) : NULL;
}

/*
 * Once a process. The library initialises with the allocator it comes with:
 * what it makes here stays until the end, and must not meet a test's failing
 * allocation halfway.
 */
static void set_up(void)
{
    xmlInitParser();
    xmlMemSetup(mem_free, mem_alloc, mem_realloc, copy_cstr);
    xmlSetExternalEntityLoader(load_nothing);
}

static void set_handlers(xmlSAXHandler *sax)
{
    memset(sax, 0, sizeof *sax);
    sax->initialized = XML_SAX2_MAGIC;
    sax->startElementNs = on_start;
    sax->endElementNs = on_end;
    sax->characters = on_text;
    sax->ignorableWhitespace = on_text;
    sax->cdataBlock = on_text;
    sax->comment = on_comment;
    sax->internalSubset = on_doctype;
    sax->externalSubset = on_doctype;
    sax->processingInstruction = on_instruction;
    sax->reference = on_reference;
    sax->serror = on_error;
}

static void run(struct check *c)
{
    struct str text = c->doc->source;
    size_t bom = xml_bom(text);
    xmlDocPtr none;

    set_handlers(c->ctxt->sax);
    c->ctxt->userData = c;
    none =
        xmlCtxtReadMemory(c->ctxt, text.p + bom, (int)(text.n - bom), NULL,
                          NULL, XML_PARSE_NONET | XML_PARSE_BIG_LINES | NO_XXE);
    xmlFreeDoc(none); /* NULL: our handlers build nothing */
    if (c->rc == RC_OK && c->ctxt->errNo == XML_ERR_NO_MEMORY)
        c->rc = RC_NOMEM;
    if (c->rc == RC_OK && (!c->ctxt->wellFormed || !c->is_done))
        differ(c, offset_here(c));
}

enum rc xml_check(const struct xml_doc *doc, struct xml_fault *fault)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct check c = {.doc = doc, .fault = fault};

    pthread_once(&once, set_up);
    xmlSetStructuredErrorFunc(&c, on_error); /* of this thread */
    c.ctxt = xmlNewParserCtxt();
    if (c.ctxt)
        run(&c);
    else
        c.rc = RC_NOMEM;
    xmlFreeParserCtxt(c.ctxt);
    xmlSetStructuredErrorFunc(NULL, NULL);
    xmlResetLastError(); /* its strings */
    return c.rc;
}

static char version[64];

/* 20914 is 2.9.14; what distributions append ("-GITv2.9.14") is left out. */
static void find_version(void)
{
    long n = strtol(xmlParserVersion, NULL, 10);

    snprintf(version, sizeof version, "%ld.%ld.%ld", n / 10000, n / 100 % 100,
             n % 100);
}

const char *xml_version(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, find_version);
    return version;
}
