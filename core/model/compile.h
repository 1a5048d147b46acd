/*
 * compile - from files of XML to a model, with every fault at its place.
 *
 *   files -> parse (xml) -> shape (spec.h) -> layers merged -> names resolved
 *         -> fx typed -> judged -> struct model
 *
 * All faults are collected in `messages`; a model comes only without errors.
 * Where the shape is wrong and nothing is near that could be meant, the passes
 * after it do not run: what they said would follow from the fault.
 */
#ifndef MODEL_COMPILE_H
#define MODEL_COMPILE_H

#include "model/message.h"
#include "model/model.h"

struct package_file {
    struct str path;     /* "entities/deal.xml", "seed/accounts.csv" */
    struct str text;     /* bytes                                    */
    struct xml_doc *doc; /* set by package_parse; NULL for others    */
};
struct package_src {
    struct str id;              /* from package.xml, "local", "sys"    */
    struct package_file *files; /* sorted by path                      */
    size_t n;
    bool is_archived; /* removed, records kept: nobody writes them   */
    /* An upgrade: the version before, parsed; where both versions and `local`
       say different things, a review is asked for. Or NULL. */
    const struct package_src *previous;
};

/* Logical name -> physical name, given once and stored (sys_name).
   kinds: 'e' "crm:deal" (with the entity's number), 'f' "crm:deal.amount",
   'u' 'i' indexes, 'm' side tables, 'x' uid= of the builder -> its name. */
struct name_pair {
    char kind;
    struct str logical, physical;
    int number;
};
struct names;
struct names *names_new(struct arena *a);
/* Known pair from the database; number for kind 'e'. */
bool names_know(struct names *ns, char kind, struct str logical,
                struct str physical, int number);
/* The physical name, made and remembered when new. STR_NONE: no memory. */
struct str names_physical(struct names *ns, char kind, struct str logical,
                          struct str proposed);
int names_number(struct names *ns, struct str entity);
/* A rename keeps the physical name: moves the logical one. */
bool names_rename(struct names *ns, char kind, struct str from, struct str to);
/* The name an element with this uid had when it was last published (STR_NONE:
   it is new), and that it is called `now`. Kind 'x', key "crm:f:UID". */
bool names_uid(struct names *ns, struct str key, struct str now,
               struct str *before);
/* Is this name in use in the workspace? */
bool names_has(struct names *ns, char kind, struct str logical);
/* Every pair, copied into `a`, sorted by kind and logical name. */
enum rc names_list(const struct names *ns, struct arena *a,
                   const struct name_pair **out, size_t *n,
                   struct err *err) MUST_CHECK;

struct settings {        /* of the workspace */
    char currency[4];    /* "EUR" */
    struct str tz, lang; /* "UTC", "en" */
};

/* Parse and shape-check the XML files of one package; faults go to messages
   (files with faults keep doc NULL). RC_NOMEM only. */
enum rc package_parse(struct package_src *src, struct arena *a,
                      struct messages *ms, struct err *err) MUST_CHECK;

/*
 * Compile packages (any order; sys always among them). The model gets an arena
 * of its own and copies what it keeps. RC_INVALID: messages has errors.
 */
enum rc model_compile(const struct package_src *const *packages, size_t n,
                      const struct settings *settings, struct names *names,
                      int64_t generation, struct messages *ms,
                      struct model **out, struct err *err) MUST_CHECK;

#endif
