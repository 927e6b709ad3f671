import type { FileTranslation, Options, Progress, Translation } from "./deshi_wasm.js";
import type { Loading } from "./index.js";

/** What a worker has loaded. */
export interface Model {
    /** The language of the texts, such as "en". */
    sourceLanguage: string;
    /** The language of the translations, such as "de". */
    targetLanguage: string;
    /** The model's name. */
    name: string;
    /** The kernels that are used: "simd128". */
    kernels: string;
}

/** A translator in a worker of a page. Its calls run one after the other. */
export class TranslatorWorker {
    constructor(loading?: Loading);
    /** The model, once it is loaded. */
    readonly ready: Promise<Model>;
    /** Replaces the options by these and the defaults, for all later calls. */
    configure(options?: Options): Promise<void>;
    /** Translates a text. */
    translate(text: string): Promise<Translation>;
    /** Translates texts, each by itself. */
    translate(texts: string[]): Promise<Translation[]>;
    /** Translates a document, whose name says its format. */
    translateFile(name: string, bytes: Uint8Array, progress?: Progress): Promise<FileTranslation>;
    /** Ends the worker. Calls that are open fail. */
    close(): void;
}
