/*
 * fixture - one file parsed into an arena of its own.
 */
#ifndef UNIT_XML_FIXTURE_H
#define UNIT_XML_FIXTURE_H

#include <stdlib.h>

#include "support/test.h"

#include "base/limits.h"
#include "base/utf8.h"
#include "xml/xml.h"

struct fixture {
    struct arena arena;
    struct xml_doc *doc;
    struct xml_fault fault;
};

static inline enum rc parse_into(struct fixture *f, struct str source)
{
    *f = (struct fixture){0};
    arena_init(&f->arena, (size_t)64 << 20);
    return xml_parse(STR("entities/rental.xml"), source, &f->arena, &f->doc,
                     &f->fault);
}

static inline struct fixture parsed(struct str source)
{
    struct fixture f;
    enum rc rc = parse_into(&f, source);

    if (rc != RC_OK)
        test_fail(__FILE__, __LINE__, "refused at %u:%u: %s", f.fault.pos.line,
                  f.fault.pos.column, f.fault.text);
    return f;
}

static inline void release(struct fixture *f)
{
    arena_release(&f->arena);
}

static inline struct str spanned(const struct xml_doc *doc,
                                 struct xml_span span)
{
    return str_of(doc->source.p + span.from, span.to - span.from);
}

#define CHECK_AT(pos_, line_, column_)                                         \
    do {                                                                       \
        struct xml_pos at_ = (pos_);                                           \
        CHECK_I64(at_.line, (line_));                                          \
        CHECK_I64(at_.column, (column_));                                      \
    } while (0)

#endif
