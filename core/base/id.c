/*
 * id - 53-bit record ids; id.h has the contract.
 *
 * Inside, a generator counts *slots*: milliseconds since 2025 times 128 plus
 * the counter. A slot and the node make an id, and a later slot is a larger
 * id whatever the node. Taking n ids is one compare-and-swap on the next free
 * slot, so threads never wait for each other.
 */
#include "base/id.h"

#include <assert.h>
#include <stdatomic.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/mem.h"

enum { MS_BITS = 41, NODE_BITS = 5, COUNTER_BITS = 7 };

static const int64_t EPOCH_MS = INT64_C(1735689600000); /* 2025-01-01 */
static const int64_t MS_MAX = (INT64_C(1) << MS_BITS) - 1;
static const int64_t SLOT_END = INT64_C(1) << (MS_BITS + COUNTER_BITS);
static const int64_t COUNTER_MASK = (1 << COUNTER_BITS) - 1;
static const int64_t NODE_MASK = (1 << NODE_BITS) - 1;

static int64_t id_of_slot(int64_t slot, int64_t node)
{
    return (slot >> COUNTER_BITS) << (NODE_BITS + COUNTER_BITS) |
           node << COUNTER_BITS | (slot & COUNTER_MASK);
}

static int64_t slot_of_id(int64_t id)
{
    return (id >> (NODE_BITS + COUNTER_BITS)) << COUNTER_BITS |
           (id & COUNTER_MASK);
}

/* --- text ------------------------------------------------------------ */

static const char DIGITS[] = "0123456789abcdefghjkmnpqrstvwxyz";

void id_format(int64_t id, char out[ID_TEXT_BYTES + 1])
{
    uint64_t left = (uint64_t)id & (uint64_t)ID_MAX;

    for (int i = ID_TEXT_BYTES - 1; i >= 0; i--) {
        out[i] = DIGITS[left & 31];
        left >>= 5;
    }
    out[ID_TEXT_BYTES] = '\0';
}

struct str id_text(struct arena *a, int64_t id)
{
    char *p = arena_alloc(a, ID_TEXT_BYTES + 1);

    if (p == NULL)
        return STR_NONE;
    id_format(id, p);
    return str_of(p, ID_TEXT_BYTES);
}

/* 0..31, or -1: no digit of Crockford's base32. */
static int digit_value(char c)
{
    const char *at;

    if (c >= 'A' && c <= 'Z')
        c = (char)(c - 'A' + 'a');
    if (c == 'o')
        c = '0';
    if (c == 'i' || c == 'l')
        c = '1';
    at = memchr(DIGITS, c, sizeof DIGITS - 1);
    return at != NULL ? (int)(at - DIGITS) : -1;
}

bool id_parse(struct str s, int64_t *out)
{
    uint64_t v = 0;

    if (s.n != ID_TEXT_BYTES)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        int digit = digit_value(s.p[i]);

        if (digit < 0)
            return false;
        v = v << 5 | (uint64_t)digit;
    }
    if (v == 0 || v > (uint64_t)ID_MAX) // 11 digits are 55 bits
        return false;
    *out = (int64_t)v;
    return true;
}

/* --- time in an id --------------------------------------------------- */

int64_t id_first_at(int64_t wall_ms, int node)
{
    int64_t ms;

    assert(node >= 0 && node <= NODE_MASK);
    if (wall_ms <= EPOCH_MS)
        ms = 0;
    else if (wall_ms - EPOCH_MS > MS_MAX)
        ms = MS_MAX;
    else
        ms = wall_ms - EPOCH_MS;
    return id_of_slot(ms << COUNTER_BITS, node);
}

int64_t id_wall_ms(int64_t id)
{
    return (id >> (NODE_BITS + COUNTER_BITS)) + EPOCH_MS;
}

int64_t id_plus(int64_t first, int k)
{
    int64_t node = first >> COUNTER_BITS & NODE_MASK;

    return id_of_slot(slot_of_id(first) + k, node);
}

/* --- the generator --------------------------------------------------- */

struct idgen {
    const struct clock *clock;
    int64_t node;
    _Atomic int64_t next; /* first free slot */
};

struct idgen *idgen_new(const struct clock *clock, int node, int64_t above)
{
    struct idgen *g;
    int64_t floor_slot;

    assert(node >= 0 && node <= NODE_MASK);
    g = mem_alloc(sizeof *g);
    if (g == NULL)
        return NULL;
    g->clock = clock;
    g->node = node;
    // the next whole millisecond: above `above` for every node and counter,
    // and never slot 0, whose id at node 0 would be 0, "no record"
    floor_slot = above > 0 ? slot_of_id(above) | COUNTER_MASK : COUNTER_MASK;
    atomic_init(&g->next, floor_slot + 1);
    return g;
}

void idgen_free(struct idgen *g)
{
    mem_free(g);
}

/* The slot the clock stands at; 0 before 2025, for `next` is always above. */
static int64_t slot_now(const struct idgen *g)
{
    int64_t ms = g->clock->now_ms(g->clock->arg);

    if (ms <= EPOCH_MS)
        return 0;
    ms -= EPOCH_MS;
    return ms > MS_MAX ? SLOT_END : ms << COUNTER_BITS;
}

int64_t idgen_take(struct idgen *g, int n)
{
    int64_t now = slot_now(g);
    int64_t next = atomic_load_explicit(&g->next, memory_order_relaxed);
    int64_t first;

    assert(n > 0);
    do {
        first = next > now ? next : now;
        if (first > SLOT_END - n)
            return 0;
    } while (!atomic_compare_exchange_weak_explicit(&g->next, &next, first + n,
                                                    memory_order_relaxed,
                                                    memory_order_relaxed));
    return id_of_slot(first, g->node);
}
