// A translator can be declared with `using`; a project's own libraries may be older than that.
/// <reference lib="esnext.disposable" />
import type { Options, Translator } from "./deshi_wasm.js";

export { Translator } from "./deshi_wasm.js";
export type { FileTranslation, Flag, Options, Pairs, Progress, Sentence, Translation } from "./deshi_wasm.js";

/** What is loaded. */
export interface Loading {
    /** A bundle's bytes, or its address; the file there may be packed by gzip. Default: the model inside, English to German. */
    model?: URL | string | Uint8Array;
    /** How texts are translated. */
    options?: Options;
}

/** Loads a model. It translates on the thread that calls it; in a page, `TranslatorWorker` of "deshi/client" does not. */
export function load(loading?: Loading): Promise<Translator>;
