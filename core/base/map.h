/*
 * map - str to pointer, open addressing in an arena. Keys are borrowed and
 * must live as long as the map. Order of iteration is order of insertion.
 * Seeded hash: keys from outside cannot make it slow.
 */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include "base/arena.h"
#include "base/str.h"

struct map_entry {
    struct str key;
    void *value;
    uint64_t hash;
};

struct map {
    struct arena *arena;
    struct map_entry *entries; /* n of them, in order of insertion */
    uint32_t *slots;
    size_t n, cap, n_slots;
};

void map_init(struct map *m, struct arena *a);
void *map_find(const struct map *m, struct str key); /* NULL if absent */
bool map_has(const struct map *m, struct str key);
/* Set or replace; false when memory is gone. */
bool map_put(struct map *m, struct str key, void *value);

#endif
