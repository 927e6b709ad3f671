// A worker with one translator. A message is {id, call, given}; its answer {id, result} or {id, error}, after any number
// of {id, progress}.
import { load } from "./index.js";

let translator;

const calls = {
    async load(loading) {
        translator = await load(loading);
        const { sourceLanguage, targetLanguage, name, kernels } = translator;
        return { sourceLanguage, targetLanguage, name, kernels };
    },
    configure: (id, options) => translator.configure(options),
    translate: (id, texts) => texts.map((text) => translator.translate(text)),
    translateFile(id, name, bytes) {
        return translator.translateFile(name, bytes, (...progress) => postMessage({ id, progress }));
    },
};

// One call after the other, also while the model loads.
let last = Promise.resolve();
addEventListener("message", ({ data: { id, call, given } }) => {
    last = last.then(async () => {
        try {
            const result = call === "load" ? await calls.load(...given) : calls[call](id, ...given);
            postMessage({ id, result }, result?.bytes ? [result.bytes.buffer] : []);
        } catch (error) {
            postMessage({ id, error: error.message ?? String(error) });
        }
    });
});
