/*
 * rules - what manifests alone decide of a change, before a model is compiled:
 * K706 K708 K709 K710 K711 K712. Private to package.
 */
#ifndef PACKAGE_RULES_H
#define PACKAGE_RULES_H

#include "model/store.h"

/*
 * Fills plan->asks and plan->refused (in `a`), and the plan's name and
 * versions. The change itself is looked at no further when something is
 * refused. RC_NOMEM.
 */
enum rc rules_look(const struct model *current,
                   const struct store_change *change, struct arena *a,
                   struct plan *plan, struct err *err) MUST_CHECK;

#endif
