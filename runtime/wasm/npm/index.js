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

/** What a gzip file begins with (RFC 1952). Neither a bundle nor a module does. */
const GZIP = [0x1f, 0x8b];

/**
 * The bytes that a gzip file holds; other bytes as they are, because a server may name its file's encoding, and then the
 * browser has unpacked it.
 * @param {Uint8Array} packed
 * @returns {Promise<Uint8Array>}
 */
async function unpacked(packed) {
    if (!GZIP.every((byte, at) => packed[at] === byte)) {
        return packed;
    }
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** The bytes of a file, unpacked. */
async function read(url) {
    const packed = await bytes(url);
    return await unpacked(packed).catch(({ message }) => {
        throw new Error(`cannot unpack ${url}: ${message}`);
    });
}

let module;

/**
 * Loads a model; see index.d.ts.
 */
export async function load({ model = new URL("en-de.deshi.gz", import.meta.url), options } = {}) {
    const file = model instanceof Uint8Array ? Promise.resolve(model) : read(model);
    // A model that cannot be read is reported below, not before the module has come.
    file.catch(() => {});
    module ??= read(new URL("deshi_wasm_bg.wasm.gz", import.meta.url)).then((code) => init({ module_or_path: code }));
    await module.catch((error) => {
        module = undefined;
        throw error;
    });
    return new Translator(await file, options);
}
