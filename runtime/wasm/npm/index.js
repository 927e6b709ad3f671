// Loads the module and a model.
import init, { Translator } from "./deshi_wasm.js";

export { Translator };

/**
 * The bytes of a file. node cannot fetch those on its own disk.
 * @param {URL | string} url
 * @returns {Promise<Uint8Array>}
 */
async function bytes(url) {
    url = new URL(url, globalThis.location?.href ?? import.meta.url);
    if (url.protocol === "file:") {
        const { readFile } = await import("node:fs/promises");
        return await readFile(url);
    }
    const response = await fetch(url);
    if (!response.ok) {
        throw new Error(`cannot read ${url}: status ${response.status}`);
    }
    return new Uint8Array(await response.arrayBuffer());
}

let module;

/**
 * Loads a model; see index.d.ts.
 */
export async function load({ model = new URL("en-de.deshi", import.meta.url), options } = {}) {
    const file = model instanceof Uint8Array ? Promise.resolve(model) : bytes(model);
    // A model that cannot be read is reported below, not before the module has come.
    file.catch(() => {});
    module ??= bytes(new URL("deshi_wasm_bg.wasm", import.meta.url)).then((code) => init({ module_or_path: code }));
    await module.catch((error) => {
        module = undefined;
        throw error;
    });
    return new Translator(await file, options);
}
