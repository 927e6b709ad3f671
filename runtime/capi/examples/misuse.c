/* misuse MODEL: calls deshi with wrong and unusual arguments, and reports each call that does not return the expected
 * status. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "deshi.h"

static int wrong = 0;

static void expect(const char *what, DeshiStatus expected, DeshiStatus got)
{
    const int has_message = deshi_last_error()[0] != '\0';
    if (got != expected || has_message != (expected != DESHI_STATUS_OK)) {
        printf("%s: expected status %d, got %d and \"%s\"\n", what, (int)expected, (int)got, deshi_last_error());
        wrong = 1;
    }
}

static void expect_true(const char *what, int holds)
{
    if (!holds) {
        printf("%s: false\n", what);
        wrong = 1;
    }
}

int main(int argc, char **argv)
{
    DeshiOptions *options = NULL;
    DeshiTranslator *translator = (DeshiTranslator *)1;
    DeshiTranslation *translation = (DeshiTranslation *)1, *batch[3];
    DeshiText texts[3] = {{"Where is the station?", 21}, {NULL, 0}, {"Tom sleeps.\0Tom sleeps.", 23}};
    DeshiSentence sentence;
    if (argc != 2)
        return 2;

    expect("null for new options", DESHI_STATUS_ARGUMENT, deshi_options_new(NULL));
    expect("options", DESHI_STATUS_OK, deshi_options_new(&options));
    expect("threads of null options", DESHI_STATUS_ARGUMENT, deshi_options_set_threads(NULL, 1));
    expect("no threads", DESHI_STATUS_ARGUMENT, deshi_options_set_threads(options, 0));
    expect("2 threads", DESHI_STATUS_OK, deshi_options_set_threads(options, 2));
    expect("65 sentences", DESHI_STATUS_ARGUMENT, deshi_options_set_batch_sentences(options, 65));
    expect("4 sentences", DESHI_STATUS_OK, deshi_options_set_batch_sentences(options, 4));
    expect("no engine", DESHI_STATUS_ARGUMENT, deshi_options_set_engine(options, NULL));
    expect("an unknown engine", DESHI_STATUS_ARGUMENT, deshi_options_set_engine(options, "magic"));
    expect("an engine", DESHI_STATUS_OK, deshi_options_set_engine(options, "native"));
    expect("unknown kernels", DESHI_STATUS_ARGUMENT, deshi_options_set_kernels(options, "magic"));
    expect("kernels", DESHI_STATUS_OK, deshi_options_set_kernels(options, "plain"));
    expect("no confidence", DESHI_STATUS_ARGUMENT, deshi_options_set_minimum_confidence(options, NAN));
    expect("a glossary without a tab", DESHI_STATUS_ARGUMENT, deshi_options_set_glossary(options, "x", 1));
    expect("a glossary", DESHI_STATUS_OK, deshi_options_set_glossary(options, "Tom\tTim", 7));
    expect("a null glossary", DESHI_STATUS_ARGUMENT, deshi_options_set_glossary(options, NULL, 7));
    expect("a huge glossary", DESHI_STATUS_ARGUMENT, deshi_options_set_glossary(options, "x", SIZE_MAX));

    expect("no path", DESHI_STATUS_ARGUMENT, deshi_open(NULL, options, &translator));
    expect_true("a failed call returns a null pointer", translator == NULL);
    expect("null for the translator", DESHI_STATUS_ARGUMENT, deshi_open(argv[1], options, NULL));
    expect("an empty model", DESHI_STATUS_MODEL, deshi_open_memory(NULL, 0, NULL, &translator));
    expect("a null model", DESHI_STATUS_ARGUMENT, deshi_open_memory(NULL, 9, NULL, &translator));
    expect("a model", DESHI_STATUS_OK, deshi_open(argv[1], options, &translator));
    deshi_options_free(options);
    deshi_options_free(NULL);

    expect("no translator", DESHI_STATUS_ARGUMENT, deshi_translate(NULL, "x", 1, &translation));
    expect_true("a failed call returns a null pointer", translation == NULL);
    expect("no text", DESHI_STATUS_ARGUMENT, deshi_translate(translator, NULL, 1, &translation));
    expect("text that is not UTF-8", DESHI_STATUS_ARGUMENT, deshi_translate(translator, "\xff", 1, &translation));
    expect("null for the translation", DESHI_STATUS_ARGUMENT, deshi_translate(translator, "x", 1, NULL));
    expect("an empty text", DESHI_STATUS_OK, deshi_translate(translator, NULL, 0, &translation));
    expect_true("an empty text stays empty", deshi_translation_length(translation) == 0);
    expect_true("its text ends with a zero", deshi_translation_text(translation)[0] == '\0');
    expect_true("the model was not used", isnan(deshi_translation_mean_log_probability(translation)));
    expect("a missing sentence", DESHI_STATUS_ARGUMENT, deshi_translation_sentence(translation, 0, &sentence));
    deshi_translation_free(translation);
    deshi_translation_free(NULL);

    expect("an empty batch", DESHI_STATUS_OK, deshi_translate_batch(translator, NULL, 0, NULL));
    expect("null for the translations", DESHI_STATUS_ARGUMENT, deshi_translate_batch(translator, texts, 3, NULL));
    expect("a batch", DESHI_STATUS_OK, deshi_translate_batch(translator, texts, 3, batch));
    expect_true("the first is translated", strcmp(deshi_translation_text(batch[0]), "Wo ist der Bahnhof?") == 0);
    expect_true("it has a probability", deshi_translation_mean_log_probability(batch[0]) < 0);
    expect_true("it has one sentence", deshi_translation_sentences(batch[0]) == 1);
    expect("the sentence", DESHI_STATUS_OK, deshi_translation_sentence(batch[0], 0, &sentence));
    expect_true("it is the whole text", sentence.source_start == 0 && sentence.source_end == 21);
    expect("null for the sentence", DESHI_STATUS_ARGUMENT, deshi_translation_sentence(batch[0], 0, NULL));
    expect_true("the second is empty", deshi_translation_length(batch[1]) == 0);
    expect_true("text after a zero is translated",
                deshi_translation_length(batch[2]) >= 2 * strlen("Tom schlaft."));
    deshi_translation_free(batch[0]);
    deshi_translation_free(batch[1]);
    deshi_translation_free(batch[2]);

    expect_true("a null translation has no text", deshi_translation_text(NULL) == NULL);
    expect_true("a null translation has no length", deshi_translation_length(NULL) == 0);
    expect_true("a null translation has no flags", deshi_translation_flags(NULL) == 0);
    expect_true("a null translation has no sentences", deshi_translation_sentences(NULL) == 0);
    deshi_close(translator);
    deshi_close(NULL);

    /* With a key, a bundle without a signature is refused. */
    const char *key = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3";
    DeshiOptions *verifying = NULL;
    expect("further options", DESHI_STATUS_OK, deshi_options_new(&verifying));
    expect("a key that is none", DESHI_STATUS_ARGUMENT, deshi_options_set_public_key(verifying, "x", 1));
    expect("a null key", DESHI_STATUS_ARGUMENT, deshi_options_set_public_key(verifying, NULL, 1));
    expect("a key", DESHI_STATUS_OK, deshi_options_set_public_key(verifying, key, strlen(key)));
    expect("an unsigned model", DESHI_STATUS_MODEL, deshi_open(argv[1], verifying, &translator));
    expect_true("an unsigned model gives a null pointer", translator == NULL);
    deshi_options_free(verifying);
    if (!wrong)
        puts("every call returned the expected status");
    return wrong;
}
