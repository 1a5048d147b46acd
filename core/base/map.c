/*
 * map - see the header.
 *
 * Entries stand in an array in order of insertion; `slots` holds their index
 * plus one. Up to SCAN entries there are no slots: comparing eight hashes is
 * faster than one probe that misses the cache.
 */
#include "base/map.h"

#include <string.h>

enum { SCAN = 8 };

void map_init(struct map *m, struct arena *a)
{
    *m = (struct map){.arena = a};
}

static struct map_entry *find(const struct map *m, struct str key,
                              uint64_t hash)
{
    struct map_entry *e;
    size_t i;

    if (!m->n_slots) {
        for (i = 0; i < m->n; i++)
            if (m->entries[i].hash == hash && str_eq(m->entries[i].key, key))
                return &m->entries[i];
        return NULL;
    }
    for (i = hash & (m->n_slots - 1); m->slots[i];
         i = (i + 1) & (m->n_slots - 1)) {
        e = &m->entries[m->slots[i] - 1];
        if (e->hash == hash && str_eq(e->key, key))
            return e;
    }
    return NULL;
}

void *map_find(const struct map *m, struct str key)
{
    const struct map_entry *e = m->n ? find(m, key, str_hash(key)) : NULL;

    return e ? e->value : NULL;
}

bool map_has(const struct map *m, struct str key)
{
    return m->n && find(m, key, str_hash(key));
}

static void place(uint32_t *slots, size_t n_slots, uint64_t hash, size_t index)
{
    size_t i = hash & (n_slots - 1);

    while (slots[i])
        i = (i + 1) & (n_slots - 1);
    slots[i] = (uint32_t)(index + 1);
}

/* Twice the room. All or nothing: the map stays whole when memory is gone. */
static bool grow(struct map *m)
{
    size_t cap = m->cap ? 2 * m->cap : SCAN;
    size_t n_slots = cap > SCAN ? 2 * cap : 0; /* never more than half full */
    struct map_entry *entries;
    uint32_t *slots = NULL;
    size_t i;

    if (cap > UINT32_MAX / 2)
        return false;
    entries = ARENA_ARRAY(m->arena, struct map_entry, cap);
    if (!entries)
        return false;
    if (n_slots) {
        slots = ARENA_ARRAY(m->arena, uint32_t, n_slots);
        if (!slots)
            return false;
    }
    if (m->n)
        memcpy(entries, m->entries, m->n * sizeof *entries);
    for (i = 0; slots && i < m->n; i++)
        place(slots, n_slots, entries[i].hash, i);
    m->entries = entries;
    m->slots = slots;
    m->cap = cap;
    m->n_slots = n_slots;
    return true;
}

bool map_put(struct map *m, struct str key, void *value)
{
    uint64_t hash = str_hash(key);
    struct map_entry *e = m->n ? find(m, key, hash) : NULL;

    if (e) {
        e->value = value;
        return true;
    }
    if (m->n == m->cap && !grow(m))
        return false;
    m->entries[m->n] = (struct map_entry){key, value, hash};
    if (m->slots)
        place(m->slots, m->n_slots, hash, m->n);
    m->n++;
    return true;
}
