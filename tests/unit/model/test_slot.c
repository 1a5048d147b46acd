/*
 * Generations: a reader keeps the one it began with.
 */
#include "model/model.h"

#include "support/test.h"

TEST(slot, a_reader_keeps_its_generation_over_a_publish)
{
    struct model_slot *s = model_slot_new();
    struct model *one = model_new(), *two = model_new();
    const struct model *held;

    CHECK(s && one && two);
    CHECK(model_slot_ref(s) == NULL);
    one->generation = 1;
    two->generation = 2;
    model_slot_publish(s, one);
    held = model_slot_ref(s);
    model_slot_publish(s, two);
    CHECK_I64(held->generation, 1); /* ASan would tell */
    model_unref(held);
    held = model_slot_ref(s);
    CHECK_I64(held->generation, 2);
    model_slot_free(s);
    CHECK_I64(held->generation, 2); /* past the slot itself */
    model_unref(held);
    model_unref(NULL);
    model_slot_free(NULL);
}

TEST(slot, a_translation_falls_back_to_the_authors_words)
{
    struct str tr[] = {STR("Konto"), STR("")};
    struct str langs[] = {STR("de"), STR("fr")};
    struct text t = {STR("Account"), tr};
    struct model *m = model_new();

    m->langs = langs;
    m->n_langs = 2;
    CHECK_STR(text_in(&t, model_lang(m, STR("de-AT"))), "Konto");
    CHECK_STR(text_in(&t, model_lang(m, STR("DE"))), "Konto");
    CHECK_STR(text_in(&t, model_lang(m, STR("fr"))), "Account");
    CHECK_STR(text_in(&t, model_lang(m, STR("it"))), "Account");
    CHECK_I64(model_lang(m, STR("")), -1);
    CHECK_I64(model_lang(m, STR("-")), -1);
    model_unref(m);
}

TEST(slot, model_new_survives_any_failed_allocation)
{
    WITH_EACH_ALLOC_FAILING (i) {
        struct model *m = model_new();
        struct model_slot *s = model_slot_new();

        model_unref(m);
        model_slot_free(s);
    }
}
