/* translate [-g GLOSSARY] [-k KERNELS] MODEL TEXT...: translates the texts in one batch, prints one per line, and
 * reports flagged sentences on standard error. The model is read into memory first. An example of a C program. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "deshi.h"

/* A file's bytes; a null pointer if it cannot be read. */
static char *read_file(const char *path, size_t *length)
{
    FILE *file = fopen(path, "rb");
    char *bytes = NULL;
    long end;
    if (file == NULL)
        return NULL;
    if (fseek(file, 0, SEEK_END) == 0 && (end = ftell(file)) >= 0 && fseek(file, 0, SEEK_SET) == 0) {
        bytes = malloc((size_t)end + 1);
        *length = bytes == NULL ? 0 : fread(bytes, 1, (size_t)end, file);
    }
    fclose(file);
    return bytes;
}

static DeshiStatus open_model(const char *path, const DeshiOptions *options, DeshiTranslator **translator)
{
    size_t length = 0;
    char *bundle = read_file(path, &length);
    DeshiStatus status;
    /* Lets deshi report why the file cannot be opened. */
    if (bundle == NULL)
        return deshi_open(path, options, translator);
    status = deshi_open_memory((const uint8_t *)bundle, length, options, translator);
    free(bundle);
    return status;
}

static void print(const DeshiTranslation *translation)
{
    size_t i;
    fwrite(deshi_translation_text(translation), 1, deshi_translation_length(translation), stdout);
    putchar('\n');
    for (i = 0; i < deshi_translation_sentences(translation); i++) {
        DeshiSentence sentence;
        if (deshi_translation_sentence(translation, i, &sentence) == DESHI_STATUS_OK)
            fprintf(stderr, "sentence %u: bytes %u to %u, flags %u, mean log-probability %.2f\n", (unsigned)i,
                    (unsigned)sentence.source_start, (unsigned)sentence.source_end, (unsigned)sentence.flags,
                    sentence.mean_log_probability);
    }
}

int main(int argc, char **argv)
{
    DeshiOptions *options = NULL;
    DeshiTranslator *translator = NULL;
    DeshiStatus status = deshi_options_new(&options);
    int first = 1;
    while (status == DESHI_STATUS_OK && first + 1 < argc && argv[first][0] == '-') {
        if (strcmp(argv[first], "-g") == 0) {
            size_t length = 0;
            char *glossary = read_file(argv[first + 1], &length);
            status = deshi_options_set_glossary(options, glossary, length);
            free(glossary);
        } else {
            status = deshi_options_set_kernels(options, argv[first + 1]);
        }
        first += 2;
    }
    if (argc < first + 2) {
        fprintf(stderr, "deshi %s\nusage: %s [-g GLOSSARY] [-k KERNELS] MODEL TEXT...\n", deshi_version(), argv[0]);
        deshi_options_free(options);
        return 2;
    }
    if (status == DESHI_STATUS_OK)
        status = open_model(argv[first], options, &translator);
    deshi_options_free(options);
    if (status == DESHI_STATUS_OK) {
        size_t count = (size_t)(argc - first - 1), i;
        DeshiText *texts = calloc(count, sizeof *texts);
        DeshiTranslation **translations = calloc(count, sizeof *translations);
        for (i = 0; i < count; i++) {
            texts[i].data = argv[first + 1 + (int)i];
            texts[i].length = strlen(texts[i].data);
        }
        status = deshi_translate_batch(translator, texts, count, translations);
        for (i = 0; i < count; i++) {
            if (status == DESHI_STATUS_OK)
                print(translations[i]);
            deshi_translation_free(translations[i]);
        }
        free(texts);
        free(translations);
    }
    if (status != DESHI_STATUS_OK)
        fprintf(stderr, "deshi, status %d: %s\n", (int)status, deshi_last_error());
    deshi_close(translator);
    return status == DESHI_STATUS_OK ? 0 : 1;
}
