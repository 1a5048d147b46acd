/*
 * plant - the records a package brings, after its definitions: in transactions
 * of their own, so a mark is written with the definitions and taken away by
 * package_plant when they are all there. Private to package.
 */
#ifndef PACKAGE_PLANT_H
#define PACKAGE_PLANT_H

#include "package/package.h"

/* Inside the write job that publishes: are there records to plant? */
enum rc plant_mark(struct db *db, const struct model *next, struct str package,
                   struct err *err) MUST_CHECK;

#endif
