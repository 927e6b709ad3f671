// node package.mjs TABLE: uses the installed package in node: the cases that every face runs, files, options, errors.
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { gunzipSync } from "node:zlib";
import { load, Translator } from "deshi";
import { readCases } from "./cases.mjs";

const translator = await load();
assert.ok(translator instanceof Translator);
assert.equal(translator.kernels, "simd128");
assert.deepEqual([translator.sourceLanguage, translator.targetLanguage], ["en", "de"]);

const cases = readCases(await readFile(process.argv[2], "utf8"));
for (const { name, text, options, translation, flags } of cases) {
    translator.configure(options);
    const result = translator.translate(text);
    assert.deepEqual([result.text, result.flags], [translation, flags], name);
    for (const sentence of result.sentences) {
        assert.equal(text.slice(...sentence.sourceRange), sentence.source, name);
        assert.equal(result.text.slice(...sentence.targetRange), sentence.text, name);
    }
}

translator.configure({ glossary: [["station", "Haltepunkt"]], doNotTranslate: ["Where"], memory: [["Yes.", "Jawohl."]] });
const listed = translator.translate("Where is the station? Yes.").text;
assert.match(listed, /Where.*Haltepunkt.* Jawohl\.$/);
for (const [wrong, message] of [
    [{ colour: "red" }, /unknown field `colour`/],
    [{ minimumConfidence: 2 }, /0 to 1, got 2/],
    [{ onForeign: "x" }, /unknown variant `x`/],
    [{ glossary: "one" }, /line 1/],
    [{ glossary: 1 }, /options/],
]) {
    assert.throws(() => translator.configure(wrong), message);
    assert.equal(translator.translate("Where is the station? Yes.").text, listed, "the former options stay");
}
translator.configure({ onForeign: "error" });
assert.throws(() => translator.translate("Der Ausschuss trifft sich am Donnerstag wieder."), /deu/);
translator.configure();

const page = new TextEncoder().encode("<p>Where is the <b>station</b>?</p>\n".repeat(100));
const steps = [];
const result = translator.translateFile("page.html", page, (...step) => steps.push(step));
const text = new TextDecoder().decode(result.bytes);
assert.match(text, /^<p>Wo ist der <b>Bahnhof<\/b>\?<\/p>\n/);
assert.deepEqual([result.segments, result.sentences, result.doubtful, result.flags], [100, 100, 0, []]);
assert.deepEqual(steps.at(-1), [100, 100]);
assert.throws(() => translator.translateFile("page.rtf", page), /rtf/);
assert.throws(() => translator.translateFile("film.srt", page), /srt file is not valid/);

// A model of one's own, unpacked, as bytes and by its address; broken ones.
const packed = await readFile(new URL(import.meta.resolve("deshi/en-de.deshi.gz")));
const bundle = gunzipSync(packed);
const own = new URL("own.deshi", import.meta.url);
await writeFile(own, bundle);
for (const model of [bundle, own]) {
    assert.equal((await load({ model })).translate("Where is the station?").text, "Wo ist der Bahnhof?");
}
bundle[bundle.length >> 1] ^= 1;
await assert.rejects(load({ model: bundle }), /weights.bin/);
const cut = new URL("cut.deshi.gz", import.meta.url);
await writeFile(cut, packed.subarray(0, packed.length >> 1));
await assert.rejects(load({ model: cut }), /cannot unpack .*cut\.deshi\.gz: ./);
await assert.rejects(load({ model: new URL("none.deshi", import.meta.url) }), /none.deshi/);

// Sentences a second, for information.
const sentence = "The committee will meet again on Thursday to discuss the proposal.";
const started = performance.now();
for (let n = 0; n < 200; n += 1) {
    translator.translate(sentence);
}
console.log(`${cases.length} cases in node; ${((performance.now() - started) / 200).toFixed(2)} ms a sentence of 12 words`);
