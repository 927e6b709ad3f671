/* translate MODEL TEXT...: translates each text to a line. What a program in C takes to use deshi. */
#include <stdio.h>

#include "deshi.h"

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: %s MODEL TEXT...\n", argv[0]);
        return 2;
    }
    DeshiTranslator *translator = NULL;
    DeshiStatus status = deshi_open(argv[1], &translator);
    for (int i = 2; i < argc && status == DESHI_STATUS_OK; i++) {
        char *translation = NULL;
        status = deshi_translate(translator, argv[i], &translation);
        if (status == DESHI_STATUS_OK)
            puts(translation);
        deshi_string_free(translation);
    }
    if (status != DESHI_STATUS_OK)
        fprintf(stderr, "deshi, status %d: %s\n", (int)status, deshi_last_error());
    deshi_close(translator);
    return status == DESHI_STATUS_OK ? 0 : 1;
}
