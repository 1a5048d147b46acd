/*
 * breaker - see the header. Few scripts break limits, so a list is searched;
 * when it is full the entry that was quiet longest makes room.
 */
#include "script/breaker.h"

static void key_of(struct str owner, struct str name,
                   char key[BREAKER_NAME_BYTES])
{
    snprintf(key, BREAKER_NAME_BYTES, "%.*s\n%.*s", STR_ARG(owner),
             STR_ARG(name));
}

static struct breaker_entry *find(const struct breaker *b, struct str owner,
                                  struct str name)
{
    char key[BREAKER_NAME_BYTES];

    key_of(owner, name, key);
    for (size_t i = 0; i < b->n; i++)
        if (strcmp(b->v[i].name, key) == 0)
            return &b->v[i];
    return NULL;
}

static int64_t last_of(const struct breaker_entry *e)
{
    return e->at[(e->next + BREAKER_TIMES - 1) % BREAKER_TIMES];
}

static struct breaker_entry *room_for(struct breaker *b)
{
    struct breaker_entry *oldest = &b->v[0];

    if (b->n < BREAKER_ENTRIES)
        return &b->v[b->n++];
    for (size_t i = 1; i < b->n; i++)
        if ((oldest->open && !b->v[i].open) ||
            (oldest->open == b->v[i].open &&
             last_of(&b->v[i]) < last_of(oldest)))
            oldest = &b->v[i];
    return oldest;
}

bool breaker_is_open(const struct breaker *b, struct str owner, struct str name)
{
    const struct breaker_entry *e = find(b, owner, name);

    return e && e->open;
}

bool breaker_count(struct breaker *b, struct str owner, struct str name,
                   int64_t now_ms)
{
    struct breaker_entry *e = find(b, owner, name);

    if (!e) {
        e = room_for(b);
        memset(e, 0, sizeof *e);
        for (int i = 0; i < BREAKER_TIMES; i++)
            e->at[i] = INT64_MIN / 2; /* long ago */
        key_of(owner, name, e->name);
    }
    if (e->open)
        return false;
    e->at[e->next] = now_ms;
    e->next = (e->next + 1) % BREAKER_TIMES;
    /* The next place now holds the oldest of the five. */
    e->open = now_ms - e->at[e->next] < BREAKER_WINDOW_MS;
    return e->open;
}

void breaker_reset(struct breaker *b, struct str owner, struct str name)
{
    struct breaker_entry *e = find(b, owner, name);

    if (!e)
        return;
    *e = b->v[b->n - 1];
    b->n--;
}
