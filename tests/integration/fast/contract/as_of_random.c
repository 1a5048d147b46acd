/*
 * A random history: what was answered at a moment is what is answered as of it,
 * byte for byte, whatever happened since.
 */
#include "contract.h"

#include "base/id.h"

enum { MOMENTS = 12, STEPS = 14, RECORDS = 24, QUERIES = 9 };

static const char *const TARGETS[QUERIES] = {
    RENTAL "?filter=note%3D'rnd'&limit=200&count=true",
    RENTAL "?filter=note%3D'rnd'&sort=asset,-price&limit=200&expand=asset,"
           "about&fields=name,asset.city,extras,size",
    RENTAL "?filter=note%3D'rnd'&deleted=include&sort=-updated_at&limit=200",
    RENTAL "?filter=note%3D'rnd'&deleted=only&limit=200",
    RENTAL "?filter=note%3D'rnd'+and+asset.city%3D'c1'&sort=name&limit=200",
    RENTAL "?filter=note%3D'rnd'+and+'roof'+in+extras&sort=-size&limit=200",
    RENTAL "/aggregate?filter=note%3D'rnd'&by=size,state&measure=count(),"
           "sum(price),max(pieces)",
    RENTAL "/aggregate?filter=note%3D'rnd'&by=asset&measure=count()",
    ASSET "?filter=contains(name,'rnd')&sort=-name&limit=200&expand=parent",
};

/* The same on every machine. */
static unsigned dice(unsigned n)
{
    static uint64_t state = 88172645463325252u;

    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (unsigned)(state % n);
}

static const char *id_at(const int64_t *ids, unsigned i, struct fix *f)
{
    return id_of(f, ids[i]);
}

/* Fields of a rental, each now and then. */
static const char *rental(struct fix *f, const int64_t *assets)
{
    static const char *const SIZES[] = {"\"small\"", "\"huge\"", "null"};
    static const char *const EXTRAS[] = {"[\"roof\"]", "[\"seat\",\"roof\"]",
                                         "[]", "null"};
    const char *asset = id_at(assets, dice(4), f);

    return text(
        f,
        "{\"note\":\"rnd\",\"name\":\"n%u\",\"size\":%s,\"extras\":%s,"
        "\"pieces\":%u,\"price\":\"%u.5 %s\",\"asset\":\"%s\",\"about\":"
        "{\"entity\":\"acme.rental:asset\",\"id\":\"%s\"},\"insured\":%s,"
        "\"day\":\"2026-0%u-15\"}",
        dice(9), SIZES[dice(3)], EXTRAS[dice(4)], dice(5), dice(90),
        dice(3) ? "EUR" : "USD", asset, id_at(assets, dice(4), f),
        dice(2) ? "true" : "null", 1 + dice(9));
}

/* One thing that happens; what is refused did not happen. */
static void step(struct fix *f, int64_t *rentals, unsigned *n,
                 const int64_t *assets, const char **txn)
{
    const char *one =
        text(f, "%s/%s", RENTAL, id_at(rentals, *n ? dice(*n) : 0, f));
    int64_t id;

    f->r.clock.now += 1 + dice(5000);
    switch (*n < 4 ? 0 : dice(8)) {
    case 0:
    case 1:
        if (*n < RECORDS) {
            make(f, RENTAL, rental(f, assets));
            CHECK(id_parse(str_c(at(f, "id")), &id));
            rentals[(*n)++] = id;
        }
        break;
    case 2:
    case 3:
    case 4:
        call(f, ADMIN, "PATCH", one, NULL, rental(f, assets));
        break;
    case 5:
        call(f, ADMIN, "DELETE", one, NULL, NULL);
        break;
    case 6:
        call(f, ADMIN, "POST", text(f, "%s/restore", one), NULL, NULL);
        break;
    default:
        patch(f, text(f, "%s/%s", ASSET, id_at(assets, dice(4), f)),
              text(f, "{\"name\":\"rnd %u\",\"city\":\"c%u\"}", dice(99),
                   dice(3)));
        if (dice(2))
            call(f, ADMIN, "POST", text(f, "/api/v1/undo/%s", *txn), NULL,
                 "{\"skip_conflicts\":true}");
        break;
    }
    if (strcmp(header(f, "Perigee-Txn"), "(absent)") != 0)
        *txn = text(f, "%s", header(f, "Perigee-Txn"));
}

TEST(as_of, a_random_history_is_answered_at_each_moment_as_it_was_then)
{
    struct fix *f = contract();
    int64_t assets[4], rentals[RECORDS] = {1}, moments[MOMENTS];
    const char *answers[MOMENTS][QUERIES], *txn = "00000000001";
    unsigned n = 0, k, q, i;

    for (i = 0; i < 4; i++) {
        make(f, ASSET, text(f, "{\"name\":\"rnd %u\",\"city\":\"c1\"}", i));
        CHECK(id_parse(str_c(at(f, "id")), &assets[i]));
    }
    for (k = 0; k < MOMENTS; k++) {
        for (i = 0; i < STEPS; i++)
            step(f, rentals, &n, assets, &txn);
        moments[k] = f->r.clock.now;
        for (q = 0; q < QUERIES; q++) {
            get(f, TARGETS[q]);
            answers[k][q] = body_text(f);
        }
        f->r.clock.now += 1;
    }
    for (k = 0; k < MOMENTS; k++) {
        const char *when = instant(f, moments[k]);

        for (q = 0; q < QUERIES; q++) {
            get(f, text(f, "%s&as_of=%s", TARGETS[q], when));
            if (strcmp(body_text(f), answers[k][q]) != 0)
                test_fail(__FILE__, __LINE__, "%s as of %s is\n%s\nnot\n%s",
                          TARGETS[q], when, body_text(f), answers[k][q]);
        }
    }
}
