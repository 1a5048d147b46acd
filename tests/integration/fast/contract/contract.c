/* See contract.h. */
#include "contract.h"

#include <time.h>

#include "base/id.h"
#include "base/time.h"
#include "package/package.h"

enum { HOUR_MS = 3600000, TRIES = 500, PAUSE_MS = 2 };

static const struct fixture_file PACKAGE[] = {
    {"package.xml", "<package format='1' id='acme.rental' version='1.0.0' "
                    "label='Rental'/>"},
    {"entities/all.xml",
     "<bundle>"
     "<entity name='asset' label='Asset' title='name' search='name city'"
     " import-key='name'>"
     "<field name='name' required='true'/>"
     "<field name='city'/>"
     "<field name='parent' type='ref' to='asset'/>"
     "</entity>"
     "<entity name='rental' label='Rental' title='name' search='name note'>"
     "<field name='name'/>"
     "<field name='note' type='longtext'/>"
     "<field name='mail' type='email'/>"
     "<field name='phone' type='phone' country='AT'/>"
     "<field name='web' type='url'/>"
     "<field name='pieces' type='int'/>"
     "<field name='weight' type='dec' scale='2'/>"
     "<field name='rebate' type='percent'/>"
     "<field name='price' type='money'/>"
     "<field name='insured' type='bool'/>"
     "<field name='day' type='date'/>"
     "<field name='at' type='datetime'/>"
     "<field name='size' type='choice'><option code='small' label='Small'/>"
     "<option code='large' label='Large'/><option code='huge' label='Huge'/>"
     "</field>"
     "<field name='extras' type='multichoice'><option code='roof' "
     "label='Roof'/><option code='seat' label='Seat'/></field>"
     "<field name='words' type='multichoice' open='true'>"
     "<option code='a' label='A'/></field>"
     "<field name='asset' type='ref' to='asset' on-delete='restrict'"
     " inverse='rentals'/>"
     "<field name='about' type='anyref' to='asset sys:user'/>"
     "<field name='clerk' type='user'/>"
     "<field name='number' type='autonumber' pattern='R-{0000}'/>"
     "<field name='paper' type='file'/>"
     "<status name='state' label='State' initial='open'>"
     "<state code='open' label='Open'/><state code='done' label='Done' "
     "kind='done'/>"
     "<move from='open' to='done' label='Finish'/></status>"
     "</entity>"
     "<link name='booking' a='rental' a-name='booked' b='asset'"
     " b-name='bookings' unique='true' label='Booking'>"
     "<field name='paid' type='bool'/></link>"
     "</bundle>"},
    {NULL, NULL}};

struct fix *contract(void)
{
    static bool is_installed;
    struct fix *f = fix();

    if (!is_installed) {
        is_installed = true;
        records_fixture_install(
            &f->r, fixture_texts(&f->r.arena, "acme.rental", PACKAGE));
    }
    return f;
}

int64_t later(struct fix *f)
{
    return f->r.clock.now += HOUR_MS;
}

const char *instant(struct fix *f, int64_t ms)
{
    char s[25];

    (void)instant_format(ms, s);
    return text(f, "%s", s);
}

const char *make(struct fix *f, const char *where, const char *json)
{
    CHECK_STATUS(call(f, ADMIN, "POST", where, NULL, json), 201);
    return at(f, "id");
}

const char *patch(struct fix *f, const char *one, const char *json)
{
    CHECK_STATUS(call(f, ADMIN, "PATCH", one, NULL, json), 200);
    return header(f, "Perigee-Txn");
}

void get(struct fix *f, const char *target)
{
    CHECK_STATUS(call(f, ADMIN, "GET", target, NULL, NULL), 200);
}

const char *each(struct fix *f, const char *member)
{
    const char *out = "", *one;
    int i;

    for (i = 0;; i++) {
        one = at(f, text(f, "items.%d", i));
        if (strcmp(one, "(absent)") == 0)
            return out;
        out = text(f, "%s%s%s", out, i ? "," : "",
                   at(f, text(f, "items.%d.%s", i, member)));
    }
}

void refresh(struct fix *f)
{
    model_unref(f->r.model);
    f->r.model = model_slot_ref(f->r.slot);
}

int64_t install(struct fix *f, const char *id, const struct fixture_file *files)
{
    struct principal who = principal_system(SOURCE_CLI);
    struct store_change change = {.put = fixture_texts(&f->r.arena, id, files)};
    struct plan plan = {.arena = &f->a};
    struct package_result result = {0};
    struct messages ms;
    struct err err = ERR_INIT;

    messages_init(&ms, &f->a);
    CHECK_RC(
        package_apply(&f->ws, &who, &change, &f->a, &plan, &ms, &result, &err),
        RC_OK);
    refresh(f);
    return result.txn;
}

const char *id_of(struct fix *f, int64_t id)
{
    return str_cstr(&f->a, id_text(&f->a, id));
}

void pause_ms(int ms)
{
    const struct timespec pause = {0, ms * 1000000L};

    (void)nanosleep(&pause, NULL);
}

const char *job_end(struct fix *f, const char *id)
{
    const char *job = text(f, "/api/v1/jobs/%s", id);
    int i;

    for (i = 0; i < TRIES; i++) {
        const char *state;

        get(f, job);
        state = at(f, "state");
        if (strcmp(state, "queued") != 0 && strcmp(state, "running") != 0)
            return state;
        pause_ms(PAUSE_MS);
    }
    return "never";
}
