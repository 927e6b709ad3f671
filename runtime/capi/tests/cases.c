/* cases MODEL TABLE: translates every case of the table that all faces run (tests/cases/cases.rs describes it), and
 * compares the translation and its flags. Ends with 1 if one differs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "deshi.h"

enum { NAME, TEXT, OPTIONS, GLOSSARY, MEMORY, TRANSLATION, FLAGS, COLUMNS };

static const struct {
    const char *name;
    unsigned flag;
} FLAG_NAMES[] = {
    {"cut", DESHI_FLAG_CUT},
    {"truncated", DESHI_FLAG_TRUNCATED},
    {"repaired", DESHI_FLAG_REPAIRED},
    {"repeated", DESHI_FLAG_REPEATED},
    {"passed_through", DESHI_FLAG_PASSED_THROUGH},
    {"foreign", DESHI_FLAG_FOREIGN},
    {"low_confidence", DESHI_FLAG_LOW_CONFIDENCE},
    {"digits_differ", DESHI_FLAG_DIGITS_DIFFER},
    {"copied", DESHI_FLAG_COPIED},
    {"negation_differs", DESHI_FLAG_NEGATION_DIFFERS},
};

/* Takes the next field from the line, and reads its escapes in place. */
static char *next_field(char **line)
{
    char *field = *line, *to = field, *from = field;
    while (*from != '\0' && *from != '\t') {
        if (*from == '\\') {
            from++;
            *to++ = *from == 'n' ? '\n' : *from == 'r' ? '\r' : *from == 't' ? '\t' : *from;
        } else {
            *to++ = *from;
        }
        from++;
    }
    *line = *from == '\t' ? from + 1 : from;
    *to = '\0';
    return field;
}

static unsigned read_flags(char *names)
{
    unsigned flags = 0;
    char *name;
    size_t i;
    for (name = strtok(names, " "); name != NULL; name = strtok(NULL, " "))
        for (i = 0; i < sizeof FLAG_NAMES / sizeof FLAG_NAMES[0]; i++)
            if (strcmp(name, FLAG_NAMES[i].name) == 0)
                flags |= FLAG_NAMES[i].flag;
    return flags;
}

static DeshiStatus set_options(DeshiOptions *options, char **fields)
{
    DeshiStatus status = DESHI_STATUS_OK;
    char *option;
    for (option = strtok(fields[OPTIONS], " "); option != NULL && status == DESHI_STATUS_OK; option = strtok(NULL, " ")) {
        char *value = strchr(option, '=');
        *value++ = '\0';
        if (strcmp(option, "paragraphs") == 0)
            status = deshi_options_set_paragraphs(options, strcmp(value, "true") == 0);
        else if (strcmp(option, "minimum_confidence") == 0)
            status = deshi_options_set_minimum_confidence(options, (float)atof(value));
        else if (strcmp(option, "on_low_confidence") == 0)
            status = deshi_options_set_on_low_confidence(options, value);
        else if (strcmp(option, "on_foreign") == 0)
            status = deshi_options_set_on_foreign(options, value);
        else
            status = DESHI_STATUS_ARGUMENT;
    }
    if (status == DESHI_STATUS_OK)
        status = deshi_options_set_glossary(options, fields[GLOSSARY], strlen(fields[GLOSSARY]));
    if (status == DESHI_STATUS_OK)
        status = deshi_options_set_translation_memory(options, fields[MEMORY], strlen(fields[MEMORY]));
    return status;
}

static int check(const char *model, char **fields)
{
    DeshiOptions *options = NULL;
    DeshiTranslator *translator = NULL;
    DeshiTranslation *translation = NULL;
    DeshiText text;
    unsigned expected = read_flags(fields[FLAGS]), flags = 0;
    int same = 0;
    DeshiStatus status = deshi_options_new(&options);
    if (status == DESHI_STATUS_OK)
        status = set_options(options, fields);
    if (status == DESHI_STATUS_OK)
        status = deshi_open(model, options, &translator);
    text.data = fields[TEXT];
    text.length = strlen(fields[TEXT]);
    if (status == DESHI_STATUS_OK)
        status = deshi_translate_batch(translator, &text, 1, &translation);
    if (status == DESHI_STATUS_OK) {
        flags = deshi_translation_flags(translation);
        same = strcmp(deshi_translation_text(translation), fields[TRANSLATION]) == 0 && flags == expected;
    }
    if (!same)
        printf("%s: expected \"%s\", flags %u; got status %d, \"%s\", flags %u %s\n", fields[NAME], fields[TRANSLATION],
               expected, (int)status, status == DESHI_STATUS_OK ? deshi_translation_text(translation) : "", flags,
               deshi_last_error());
    deshi_translation_free(translation);
    deshi_close(translator);
    deshi_options_free(options);
    return same;
}

int main(int argc, char **argv)
{
    static char line[1 << 16];
    int cases = 0, failed = 0;
    FILE *table = argc == 3 ? fopen(argv[2], "rb") : NULL;
    if (table == NULL || fgets(line, sizeof line, table) == NULL) {
        fprintf(stderr, "usage: %s MODEL TABLE\n", argv[0]);
        return 2;
    }
    while (fgets(line, sizeof line, table) != NULL) {
        char *fields[COLUMNS], *rest = line;
        int column;
        line[strcspn(line, "\n")] = '\0';
        for (column = 0; column < COLUMNS; column++)
            fields[column] = next_field(&rest);
        cases++;
        failed += !check(argv[1], fields);
    }
    fclose(table);
    printf("%d cases, %d failed\n", cases, failed);
    return cases == 0 || failed != 0;
}
