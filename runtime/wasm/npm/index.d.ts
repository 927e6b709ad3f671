import type { Options, Translator } from "./deshi_wasm.js";

export { Translator } from "./deshi_wasm.js";
export type { FileTranslation, Flag, Options, Pairs, Progress, Sentence, Translation } from "./deshi_wasm.js";

/** What is loaded. */
export interface Loading {
    /** A bundle's address or bytes. Default: the model inside, English to German. */
    model?: URL | string | Uint8Array;
    /** How texts are translated. */
    options?: Options;
}

/** Loads a model. It translates on the thread that calls it; in a page, `TranslatorWorker` of "deshi/client" does not. */
export function load(loading?: Loading): Promise<Translator>;
