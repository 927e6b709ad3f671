/* deshi: machine translation on the device. Written by cbindgen from runtime/capi; see its tests/header.rs.
 *
 * Texts are UTF-8. A call that can fail returns a status, and `deshi_last_error` its message; no call throws or ends the
 * program. See examples/translate.c. */

#ifndef DESHI_H
#define DESHI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// A sentence was longer than the model was trained for, and was translated in parts.
#define DESHI_FLAG_CUT 1

// The translation reached its maximum length, and its end is missing.
#define DESHI_FLAG_TRUNCATED 2

// The first translation damaged something that must not change; this one is a repaired version.
#define DESHI_FLAG_REPAIRED 4

// The model repeated itself and was stopped.
#define DESHI_FLAG_REPEATED 8

// Source text was kept: there was nothing to translate, or the options say so.
#define DESHI_FLAG_PASSED_THROUGH 16

// Text is not in the model's source language.
#define DESHI_FLAG_FOREIGN 32

// The confidence is below the minimum set in the options.
#define DESHI_FLAG_LOW_CONFIDENCE 64

// The digits of source and translation differ.
#define DESHI_FLAG_DIGITS_DIFFER 128

// The translation is the same as its source, or nearly.
#define DESHI_FLAG_COPIED 256

// The source is negated and the translation is not, or the other way round.
#define DESHI_FLAG_NEGATION_DIFFERS 512

// The result of a call. For every code but `DESHI_STATUS_OK`, `deshi_last_error` has the message.
typedef enum {
  // Success.
  DESHI_STATUS_OK = 0,
  // An argument is invalid: a pointer is null, a text is not valid UTF-8, or a value is out of range.
  DESHI_STATUS_ARGUMENT = 1,
  // The model cannot be read, or is not a bundle that runs here.
  DESHI_STATUS_MODEL = 2,
  // The text cannot be translated.
  DESHI_STATUS_TRANSLATE = 3,
  // A defect in deshi. The program can go on, but should close the translator; please report it.
  DESHI_STATUS_PANIC = 4,
} DeshiStatus;

// How a model is loaded and run. One thread at a time may use it.
typedef struct DeshiOptions DeshiOptions;

// A translated text. Several threads may read it at once.
typedef struct DeshiTranslation DeshiTranslation;

// A model in memory. Several threads may translate with it at once.
typedef struct DeshiTranslator DeshiTranslator;

// A text in memory: `length` bytes of UTF-8, which may contain zeros.
typedef struct {
  // The first byte. May be null if the length is 0.
  const char *data;
  // Length in bytes.
  size_t length;
} DeshiText;

// A sentence of a text. Positions are in bytes; an end is the position after the last byte.
typedef struct {
  // Where it starts in the source.
  size_t source_start;
  // Where it ends in the source.
  size_t source_end;
  // Where its translation starts in the text of the translation.
  size_t target_start;
  // Where its translation ends.
  size_t target_end;
  // The union (bitwise or) of its `DESHI_FLAG_...` values.
  uint32_t flags;
  // Mean natural log-probability per token; NaN if the model was not used.
  float mean_log_probability;
} DeshiSentence;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

// deshi's version, such as "0.1.0".
const char *deshi_version(void);

// The message of this thread's last call; empty if that call succeeded. deshi owns the message. It is valid until the
// thread's next call.
const char *deshi_last_error(void);

// Puts options with their defaults into `*options`. Free them with `deshi_options_free`.
//
// # Safety
// `options` is null or can be written.
DeshiStatus deshi_options_new(DeshiOptions **options);

// Frees options. A null pointer is ignored.
//
// # Safety
// `options` is null, or from `deshi_options_new` and not freed before.
void deshi_options_free(DeshiOptions *options);

// Sets the engine that runs the model: "auto" (default), "native", or "tract" if deshi is built with it. Every engine
// gives the same translations.
//
// # Safety
// `options` is null, or from `deshi_options_new` and used by no other thread; `engine` is null, or ends with a zero.
DeshiStatus deshi_options_set_engine(DeshiOptions *options,
                                     const char *engine);

// Sets the kernel set by its name, such as "plain". Default: the fastest that this CPU has. Every kernel set gives the
// same translations.
//
// # Safety
// `options` is null, or from `deshi_options_new` and used by no other thread; `kernels` is null, or ends with a zero.
DeshiStatus deshi_options_set_kernels(DeshiOptions *options,
                                      const char *kernels);

// Sets the number of threads of a call, from 1 to 1024. Default: the number of threads that the machine runs
// in parallel.
//
// # Safety
// `options` is null, or from `deshi_options_new` and used by no other thread.
DeshiStatus deshi_options_set_threads(DeshiOptions *options,
                                      size_t threads);

// Sets how many sentences each thread computes side by side, from 1 to 64. Default: 8.
//
// # Safety
// `options` is null, or from `deshi_options_new` and used by no other thread.
DeshiStatus deshi_options_set_batch_sentences(DeshiOptions *options, size_t sentences);

// Sets whether to use the model's shortlist, if it has one. Default: true. Without it, translation is slower,
// and some translations differ.
//
// # Safety
// `options` is null, or from `deshi_options_new` and used by no other thread.
DeshiStatus deshi_options_set_shortlist(DeshiOptions *options,
                                        bool shortlist);

// Sets whether lines are hard-wrapped paragraphs, so that a sentence can continue on the next line. Default:
// false.
//
// # Safety
// `options` is null, or from `deshi_options_new` and used by no other thread.
DeshiStatus deshi_options_set_paragraphs(DeshiOptions *options,
                                         bool paragraphs);

// Sets the minimum confidence: the least mean probability per token, from 0 to 1. A translation below it is
// flagged or not used, see `deshi_options_set_on_low_confidence`. Default: 0, which accepts all.
//
// # Safety
// `options` is null, or from `deshi_options_new` and used by no other thread.
DeshiStatus deshi_options_set_minimum_confidence(DeshiOptions *options,
                                                 float probability);

// Sets what happens to a translation below the minimum confidence: "mark" (default) flags it, "keep" keeps the
// source instead.
//
// # Safety
// `options` is null, or from `deshi_options_new` and used by no other thread; `action` is null, or ends with a zero.
DeshiStatus deshi_options_set_on_low_confidence(DeshiOptions *options,
                                                const char *action);

// Sets what happens to text that is not in the model's source language: "keep" (default) leaves it unchanged,
// "translate" translates it anyway, "error" fails with `DESHI_STATUS_TRANSLATE`.
//
// # Safety
// `options` is null, or from `deshi_options_new` and used by no other thread; `action` is null, or ends with a zero.
DeshiStatus deshi_options_set_on_foreign(DeshiOptions *options,
                                         const char *action);

// Sets terms with a fixed translation: lines with a source term, a tab and a target term. The text is copied.
//
// # Safety
// `options` is null, or from `deshi_options_new` and used by no other thread; `tsv` is null, or has `length` bytes.
DeshiStatus deshi_options_set_glossary(DeshiOptions *options,
                                       const char *tsv,
                                       size_t length);

// Sets sentences with a fixed translation: lines with a source sentence, a tab and its translation. The text
// is copied.
//
// # Safety
// `options` is null, or from `deshi_options_new` and used by no other thread; `tsv` is null, or has `length` bytes.
DeshiStatus deshi_options_set_translation_memory(DeshiOptions *options,
                                                 const char *tsv,
                                                 size_t length);

// Accepts only bundles that were signed with this key: the text of a public key's file, `length` bytes, as
// `deshi-export keygen` or `minisign -G` writes it. `deshi_open` then looks for the signature in the file `path` with
// ".minisig" behind it, and `deshi_open_memory` fails. Default: no key, and every bundle is accepted.
//
// # Safety
// `options` is null, or from `deshi_options_new` and used by no other thread; `key` is null, or has `length` bytes.
DeshiStatus deshi_options_set_public_key(DeshiOptions *options,
                                         const char *key,
                                         size_t length);

// Loads a bundle from the file `path` and puts a translator into `*translator`, or a null pointer if it fails. Close the
// translator with `deshi_close`. `options` may be null for the defaults, and may be freed after the call.
//
// # Safety
// `path` is null, or ends with a zero; `options` is null, or from `deshi_options_new`; `translator` is null or can be
// written.
DeshiStatus deshi_open(const char *path,
                       const DeshiOptions *options,
                       DeshiTranslator **translator);

// Loads a bundle of `length` bytes from memory, as `deshi_open` does from a file. The bytes are copied.
//
// # Safety
// `bundle` is null, or has `length` bytes; `options` is null, or from `deshi_options_new`; `translator` is null or can be
// written.
DeshiStatus deshi_open_memory(const uint8_t *bundle,
                              size_t length,
                              const DeshiOptions *options,
                              DeshiTranslator **translator);

// Closes a translator. A null pointer is ignored.
//
// # Safety
// `translator` is null, or from `deshi_open` or `deshi_open_memory`, not closed before, and in no call.
void deshi_close(DeshiTranslator *translator);

// Translates `text`, `length` bytes of UTF-8, and puts the translation into `*translation`, or a null pointer if it
// fails. Free the translation with `deshi_translation_free`. The text can have any number of sentences and lines.
//
// # Safety
// `translator` is null, or open; `text` is null, or has `length` bytes; `translation` is null or can be written.
DeshiStatus deshi_translate(const DeshiTranslator *translator,
                            const char *text,
                            size_t length,
                            DeshiTranslation **translation);

// Translates `count` texts, faster than one by one and with the same results, and puts the translations into
// `translations[0]` to `translations[count - 1]`, or null pointers if it fails. Free each translation with
// `deshi_translation_free`.
//
// # Safety
// `translator` is null, or open; `texts` is null, or has `count` texts, each with `length` bytes;
// `translations` is null, or has room for `count` pointers.
DeshiStatus deshi_translate_batch(const DeshiTranslator *translator,
                                  const DeshiText *texts,
                                  size_t count,
                                  DeshiTranslation **translations);

// The text of a translation: UTF-8, followed by a zero byte. It may contain zeros: see
// `deshi_translation_length`. It is valid until the translation is freed. A null pointer gives a null pointer.
//
// # Safety
// `translation` is null, or not freed.
const char *deshi_translation_text(const DeshiTranslation *translation);

// The length of a translation's text in bytes, without the final zero byte.
//
// # Safety
// `translation` is null, or not freed.
size_t deshi_translation_length(const DeshiTranslation *translation);

// The union (bitwise or) of the `DESHI_FLAG_...` values of a translation's sentences.
//
// # Safety
// `translation` is null, or not freed.
uint32_t deshi_translation_flags(const DeshiTranslation *translation);

// The mean natural log-probability per token of a translation; NaN if the model was not used.
//
// # Safety
// `translation` is null, or not freed.
float deshi_translation_mean_log_probability(const DeshiTranslation *translation);

// The number of sentences of a translation.
//
// # Safety
// `translation` is null, or not freed.
size_t deshi_translation_sentences(const DeshiTranslation *translation);

// Puts a sentence of a translation into `*sentence`. Indices start at 0.
//
// # Safety
// `translation` is null, or not freed; `sentence` is null or can be written.
DeshiStatus deshi_translation_sentence(const DeshiTranslation *translation,
                                       size_t index,
                                       DeshiSentence *sentence);

// Frees a translation. A null pointer is ignored.
//
// # Safety
// `translation` is null, or from `deshi_translate` or `deshi_translate_batch`, and not freed before.
void deshi_translation_free(DeshiTranslation *translation);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* DESHI_H */
