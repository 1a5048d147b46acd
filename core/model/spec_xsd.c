/*
 * spec_xsd - the spec table as an XML schema for editors (schemas/perigee.xsd)
 * and as a page for people (docs/language/reference.md). See spec.h.
 *
 * The schema helps while typing; what counts is spec_check, which says more and
 * says it better.
 */
#include <stdio.h>

#include "model/field/field.h"
#include "model/spec.h"

static size_t elements(const struct spec_element **out)
{
    return spec_elements(out);
}

/* "field", "field.extend": the name of an element's type. */
static void type_name(const struct spec_element *e, struct buf *out)
{
    const char *c;

    buf_addf(out, "t.%s", e->name);
    for (c = e->context; c != NULL && *c != '\0'; c++) {
        if (c == e->context)
            buf_addc(out, '.');
        buf_addc(out, *c == '/' ? '.' : *c);
    }
}

static bool same(const char *a, const char *b)
{
    return a == NULL ? b == NULL : b != NULL && strcmp(a, b) == 0;
}

static const struct spec_element *with_context(const char *name,
                                               const char *context)
{
    const struct spec_element *all;
    size_t n = elements(&all), i;

    for (i = 0; i < n; i++) {
        if (strcmp(all[i].name, name) == 0 && same(all[i].context, context))
            return &all[i];
    }
    return NULL;
}

/* What `name` means inside `parent`. */
static const struct spec_element *child_of(const struct spec_element *parent,
                                           const char *name)
{
    char context[128];
    const struct spec_element *e = NULL;

    if (parent->context != NULL) {
        (void)snprintf(context, sizeof context, "%s/%s", parent->context,
                       parent->name);
        e = with_context(name, context);
    }
    if (e == NULL && parent->context == NULL)
        e = with_context(name, parent->name);
    return e != NULL ? e : with_context(name, NULL);
}

static void escaped(struct buf *out, const char *s)
{
    xml_escape_text(out, str_c(s));
}

/* --- the schema -------------------------------------------------------------------- */

static void xsd_values(const char *const *values, struct buf *out)
{
    buf_adds(out, "        <xs:simpleType><xs:restriction base=\"xs:string\">");
    for (; *values != NULL; values++)
        buf_addf(out, "<xs:enumeration value=\"%s\"/>", *values);
    buf_adds(out, "</xs:restriction></xs:simpleType>\n");
}

static void xsd_field_types(struct buf *out)
{
    const struct field_type *const *types;
    size_t n = field_types(&types), i;

    buf_adds(out, "        <xs:simpleType><xs:restriction base=\"xs:string\">");
    for (i = 0; i < n; i++) {
        if (strcmp(types[i]->name, "id") != 0 &&
            strcmp(types[i]->name, "status") != 0)
            buf_addf(out, "<xs:enumeration value=\"%s\"/>", types[i]->name);
    }
    buf_adds(out, "</xs:restriction></xs:simpleType>\n");
}

static const char *simple_type(enum spec_type t)
{
    switch (t) {
    case SPEC_NAME:
        return "s.name";
    case SPEC_BOOL:
        return "s.bool";
    case SPEC_INT:
        return "xs:integer";
    case SPEC_PACKAGE:
    case SPEC_ENTITY:
    case SPEC_PATH:
    case SPEC_NAMES:
    case SPEC_TEXT:
    case SPEC_ENUM:
    case SPEC_FX:
    case SPEC_VERSION:
    case SPEC_RANGE:
    case SPEC_COLOR:
    case SPEC_ICON:
    case SPEC_FILE:
    case SPEC_CODE:
    case SPEC_SIZE:
    case SPEC_RAW:
        return "xs:string";
    }
    return "xs:string";
}

static void xsd_attribute(const struct spec_element *e,
                          const struct spec_attr *a, struct buf *out)
{
    bool types = strcmp(e->name, "field") == 0 && strcmp(a->name, "type") == 0;
    bool listed = a->type == SPEC_ENUM || types;

    buf_addf(out, "      <xs:attribute name=\"%s\"%s", a->name,
             a->required ? " use=\"required\"" : "");
    if (a->fallback != NULL && !a->required)
        buf_addf(out, " default=\"%s\"", a->fallback);
    if (!listed)
        buf_addf(out, " type=\"%s\"", simple_type(a->type));
    buf_adds(out, ">\n        <xs:annotation><xs:documentation>");
    escaped(out, a->doc);
    buf_adds(out, "</xs:documentation></xs:annotation>\n");
    if (types)
        xsd_field_types(out);
    else if (listed)
        xsd_values(a->values, out);
    buf_adds(out, "      </xs:attribute>\n");
}

static void xsd_children(const struct spec_element *e, struct buf *out)
{
    const char *const *name;

    if (e->children == NULL || e->children[0] == NULL)
        return;
    buf_adds(out,
             "      <xs:choice minOccurs=\"0\" maxOccurs=\"unbounded\">\n");
    for (name = e->children; *name != NULL; name++) {
        const struct spec_element *child = child_of(e, *name);

        if (child == NULL)
            continue;
        buf_addf(out, "        <xs:element name=\"%s\" type=\"", *name);
        type_name(child, out);
        buf_adds(out, "\"/>\n");
    }
    buf_adds(out, "      </xs:choice>\n");
}

static void xsd_type(const struct spec_element *e, struct buf *out)
{
    size_t i;

    buf_adds(out, "    <xs:complexType name=\"");
    type_name(e, out);
    buf_addf(out, "\"%s>\n", e->text ? " mixed=\"true\"" : "");
    buf_adds(out, "      <xs:annotation><xs:documentation>");
    escaped(out, e->doc);
    buf_adds(out, "</xs:documentation></xs:annotation>\n");
    xsd_children(e, out);
    for (i = 0; i < e->n_attrs; i++)
        xsd_attribute(e, &e->attrs[i], out);
    buf_adds(out, "    </xs:complexType>\n");
}

static const char XSD_HEAD[] =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    "<!-- Written from the spec table (core/model/spec_table.c); do not edit. "
    "-->\n"
    "<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\">\n"
    "    <xs:simpleType name=\"s.name\"><xs:restriction base=\"xs:string\">"
    "<xs:pattern value=\"[a-z][a-z0-9_]{0,47}\"/></xs:restriction>"
    "</xs:simpleType>\n"
    "    <xs:simpleType name=\"s.bool\"><xs:restriction base=\"xs:string\">"
    "<xs:enumeration value=\"true\"/><xs:enumeration value=\"false\"/>"
    "</xs:restriction></xs:simpleType>\n";

void spec_write_xsd(struct buf *out)
{
    const struct spec_element *all;
    size_t n = elements(&all), i;

    buf_adds(out, XSD_HEAD);
    for (i = 0; i < n; i++)
        xsd_type(&all[i], out);
    for (i = 0; i < n; i++) {
        if (!all[i].root)
            continue;
        buf_addf(out, "    <xs:element name=\"%s\" type=\"", all[i].name);
        type_name(&all[i], out);
        buf_adds(out, "\"/>\n");
    }
    buf_adds(out, "</xs:schema>\n");
}

/* --- the page ------------------------------------------------------------------------- */

static const char *value_words(enum spec_type t)
{
    switch (t) {
    case SPEC_NAME:
        return "name";
    case SPEC_PACKAGE:
        return "package";
    case SPEC_ENTITY:
        return "entity";
    case SPEC_PATH:
        return "field or path";
    case SPEC_NAMES:
        return "names";
    case SPEC_TEXT:
        return "text, translatable";
    case SPEC_BOOL:
        return "true, false";
    case SPEC_INT:
        return "whole number";
    case SPEC_ENUM:
        return "one of";
    case SPEC_FX:
        return "fx";
    case SPEC_VERSION:
        return "version";
    case SPEC_RANGE:
        return "version range";
    case SPEC_COLOR:
        return "colour";
    case SPEC_ICON:
        return "icon";
    case SPEC_FILE:
        return "file of the package";
    case SPEC_CODE:
        return "code";
    case SPEC_SIZE:
        return "size";
    case SPEC_RAW:
        return "text";
    }
    return "text";
}

/* A | would end the cell of a Markdown table. */
static void cell(struct buf *out, const char *s)
{
    for (; *s != '\0'; s++) {
        if (*s == '|')
            buf_addc(out, '\\');
        buf_addc(out, *s);
    }
}

static void md_attribute(const struct spec_attr *a, struct buf *out)
{
    const char *const *v;

    buf_addf(out, "| `%s` | ", a->name);
    if (a->type == SPEC_ENUM) {
        for (v = a->values; *v != NULL; v++)
            buf_addf(out, "%s`%s`", v == a->values ? "" : " ", *v);
    } else {
        buf_adds(out, value_words(a->type));
    }
    buf_adds(out, " | ");
    if (a->required)
        buf_adds(out, "must be there");
    else if (a->fallback != NULL)
        buf_addf(out, "`%s`", a->fallback);
    buf_adds(out, " | ");
    cell(out, a->doc);
    buf_adds(out, " |\n");
}

static void md_element(const struct spec_element *e, struct buf *out)
{
    const char *const *c;
    size_t i;

    buf_addf(out, "\n## `<%s>`", e->name);
    if (e->context != NULL)
        buf_addf(out, " in `<%s>`", e->context);
    buf_addf(out, "\n\n%s", e->doc);
    if (e->root)
        buf_adds(out, " May be the root of a file.");
    if (e->text)
        buf_adds(out, " Holds text.");
    if (e->key != NULL)
        buf_addf(out, " Known by its `%s`.", e->key);
    buf_addc(out, '\n');
    if (e->children != NULL && e->children[0] != NULL) {
        buf_adds(out, "\nHolds:");
        for (c = e->children; *c != NULL; c++)
            buf_addf(out, " `<%s>`", *c);
        buf_addc(out, '\n');
    }
    if (e->n_attrs == 0)
        return;
    buf_adds(out, "\n| attribute | value | if left out | |\n"
                  "|---|---|---|---|\n");
    for (i = 0; i < e->n_attrs; i++)
        md_attribute(&e->attrs[i], out);
}

static void md_types(struct buf *out)
{
    const struct field_type *const *types;
    size_t n = field_types(&types), i;
    const char *const *a;

    buf_adds(out, "\n## Field types\n\n| type | | own attributes |\n"
                  "|---|---|---|\n");
    for (i = 0; i < n; i++) {
        if (strcmp(types[i]->name, "id") == 0)
            continue;
        buf_addf(out, "| `%s` | ", types[i]->name);
        cell(out, types[i]->summary);
        buf_adds(out, " |");
        for (a = types[i]->attributes; *a != NULL; a++)
            buf_addf(out, " `%s`", *a);
        buf_adds(out, " |\n");
    }
}

void spec_write_reference(struct buf *out)
{
    const struct spec_element *all;
    size_t n = elements(&all), i;

    buf_adds(out, "# The definition language: reference\n\n"
                  "Written from the spec table (`core/model/spec_table.c`) and "
                  "the field types (`core/model/field/`); a test keeps this "
                  "page in step. The expression language is in "
                  "[fx.md](fx.md).\n");
    md_types(out);
    for (i = 0; i < n; i++)
        md_element(&all[i], out);
}
