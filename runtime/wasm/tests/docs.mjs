// node docs.mjs PAGE: runs the first block of docs/browser.md, which must print what its comments say, and writes the second, which
// needs a browser, to docs-worker.ts, for its types to be checked.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";

const page = await readFile(process.argv[2], "utf8");
const blocks = [...page.matchAll(/^```js\n(.*?)^```$/gms)].map(([, block]) => block);
assert.equal(blocks.length, 2);

await writeFile("docs-load.mjs", blocks[0]);
const printed = execFileSync(process.execPath, ["docs-load.mjs"], { encoding: "utf8" }).trimEnd().split("\n");
const comments = [...blocks[0].matchAll(/^console\.log\(.*\); +\/\/ (.*)$/gm)].map(([, comment]) => comment.split(": ")[0]);
assert.equal(comments.length, 2);
assert.deepEqual(printed, comments);

await writeFile("docs-worker.ts", `declare const file: File;\n${blocks[1]}export { yes, no, bytes };\n`);
console.log("docs/browser.md: one block run, one to be checked");
