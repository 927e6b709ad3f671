// node run.mjs PROGRAM.wasm FOLDER ARGUMENT...: runs a WASI program that can access only FOLDER, at the same path.
// With DESHI_REPORT_MEMORY set, prints the final size of its memory on standard error.
import { readFile } from "node:fs/promises";
import { WASI } from "node:wasi";

const [program, folder, ...args] = process.argv.slice(2);
const wasi = new WASI({ version: "preview1", args: ["deshi", ...args], preopens: { [folder]: folder }, returnOnExit: true });
const module = await WebAssembly.compile(await readFile(program));
const instance = await WebAssembly.instantiate(module, wasi.getImportObject());
process.exitCode = wasi.start(instance);
if (process.env.DESHI_REPORT_MEMORY) {
    console.error(`memory: ${instance.exports.memory.buffer.byteLength} bytes`);
}
