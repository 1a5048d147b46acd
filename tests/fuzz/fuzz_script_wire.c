/*
 * What a worker says, read by the server. The first byte says as what; a value
 * that is accepted must come back the same.
 */
#include <stdlib.h>

#include "base/arena.h"
#include "script/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void must_come_back(const struct script_value *v)
{
    static const struct script_caps CAPS = {1 << 20, 10000};
    struct script_value again;
    struct arena a;
    struct buf one, two;
    struct str in;

    arena_init(&a, 16 << 20);
    buf_init(&one, 16 << 20);
    buf_init(&two, 16 << 20);
    script_encode(&one, v);
    in = buf_view(&one);
    must(script_decode(&in, &CAPS, &a, &again, NULL) == RC_OK && in.n == 0);
    script_encode(&two, &again);
    must(str_eq(buf_view(&one), buf_view(&two)));
    buf_release(&one);
    buf_release(&two);
    arena_release(&a);
}

static void try_value(struct str in, struct arena *a)
{
    static const struct script_caps CAPS = {1 << 16, 1000};
    struct script_value v;

    if (script_decode(&in, &CAPS, a, &v, NULL) == RC_OK)
        must_come_back(&v);
}

static void try_result(struct str in, struct arena *a)
{
    struct script_limits limits = script_limits_of(SCRIPT_RULE, 0);
    struct wire_result r;

    if (wire_read_result(in, &limits, a, &r, NULL) != RC_OK)
        return;
    must(r.usage.steps >= 0 && r.usage.cpu_us >= 0);
    must(r.ok || r.problem.code.n > 2);
    must_come_back(r.ok ? &r.value : &r.problem.details);
}

static void try_call(struct str in, struct arena *a)
{
    struct wire_call c;

    if (wire_read_call(in, a, &c, NULL) != RC_OK)
        return;
    must(c.n <= WIRE_ARGS_MAX);
    for (size_t i = 0; i < c.n; i++)
        must_come_back(&c.args[i]);
}

static void try_log(struct str in, struct arena *a)
{
    struct wire_log l;

    if (wire_read_log(in, a, &l, NULL) == RC_OK && l.has_data)
        must_come_back(&l.data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wire_run run;
    struct arena a;
    struct str in;

    if (size == 0)
        return 0;
    in = str_of((const char *)data + 1, size - 1);
    arena_init(&a, 16 << 20);
    switch (data[0] % 5) {
    case 0:
        try_value(in, &a);
        break;
    case 1:
        try_result(in, &a);
        break;
    case 2:
        try_call(in, &a);
        break;
    case 3:
        try_log(in, &a);
        break;
    default:
        (void)!wire_read_run(in, &a, &run, NULL);
        break;
    }
    arena_release(&a);
    return 0;
}
