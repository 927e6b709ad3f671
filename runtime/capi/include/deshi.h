/* deshi: machine translation on the device. Written by cbindgen from runtime/capi; see its tests/header.rs.
 *
 * Texts are UTF-8 and end with a zero. No call throws or ends the program. See examples/translate.c. */

#ifndef DESHI_H
#define DESHI_H

// How a call ended. Of each but `DESHI_STATUS_OK`, `deshi_last_error` has the message.
typedef enum {
  // As it should.
  DESHI_STATUS_OK = 0,
  // A pointer is null, or a text is no UTF-8.
  DESHI_STATUS_ARGUMENT = 1,
  // The model cannot be read, or is no bundle that runs here.
  DESHI_STATUS_MODEL = 2,
  // The model cannot translate.
  DESHI_STATUS_TRANSLATE = 3,
  // A defect of deshi's: it is safe to go on, but best to close the translator and report it.
  DESHI_STATUS_PANIC = 4,
} DeshiStatus;

// A model in memory. Several threads may translate with one at once.
typedef struct DeshiTranslator DeshiTranslator;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

// Reads a bundle from the file `path` and puts a translator into `*translator`, which is to be closed by
// `deshi_close`; a null pointer, if it cannot.
//
// # Safety
// `path` is null or a text that ends with a zero; `translator` is null or can be written.
DeshiStatus deshi_open(const char *path,
                       DeshiTranslator **translator);

// Translates `text` and puts the translation into `*translation`, which is to be freed by `deshi_string_free`; a
// null pointer, if it cannot. Both are UTF-8.
//
// # Safety
// `translator` is null or from `deshi_open` and not closed; `text` is null or a text that ends with a zero;
// `translation` is null or can be written.
DeshiStatus deshi_translate(const DeshiTranslator *translator,
                            const char *text,
                            char **translation);

// The message of this thread's last call, empty if that went well. It is deshi's, and lasts until the thread's next
// call.
const char *deshi_last_error(void);

// Frees a translation. Does nothing with a null pointer.
//
// # Safety
// `string` is null, or from `deshi_translate` and not freed.
void deshi_string_free(char *string);

// Frees a translator. Does nothing with a null pointer.
//
// # Safety
// `translator` is null, or from `deshi_open`, not closed, and in no call.
void deshi_close(DeshiTranslator *translator);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* DESHI_H */
