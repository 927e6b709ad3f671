// node bergamot.mjs PACKAGE WORK ROUNDS: see `bergamot`, which prepares both folders. Every measurement is a node process of its own, with
// the engine in a worker, as in a page; the engines take turns.
import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Worker, isMainThread, parentPort, workerData } from "node:worker_threads";

const [folder, work, third] = isMainThread ? process.argv.slice(2) : [];
const model = (name) => join(work, "model", name);

/** deshi in a worker: a function that translates a sentence. */
async function deshi(bundle) {
    const worker = new Worker(fileURLToPath(import.meta.url), { workerData: { folder, bundle } });
    const call = (text) => new Promise((resolve, reject) => {
        worker.once("message", resolve);
        worker.once("error", reject);
        worker.postMessage(text);
    });
    return { translate: call, close: () => worker.terminate() };
}

/** Bergamot in its own worker. */
async function bergamot() {
    const url = pathToFileURL(join(work, "node_modules/@browsermt/bergamot-translator/translator.js"));
    const { TranslatorBacking } = await import(url);
    // It would ask a server for its models.
    class Local extends TranslatorBacking {
        async loadModelRegistery() {
            return [];
        }
    }
    const { worker, exports } = await new Local({}).loadWorker();
    const pair = { from: "en", to: "de" };
    const [weights, vocabulary] = await Promise.all(["int8.alphas.bin", "vocab.spm"].map(async (name) => {
        return new Uint8Array(await readFile(model(name))).buffer;
    }));
    await exports.loadTranslationModel(pair, { model: weights, shortlist: new ArrayBuffer(0), vocabs: [vocabulary] });
    const translate = async (text) => {
        const [{ target }] = await exports.translate({ models: [pair], texts: [{ text, html: false, qualityScores: false }] });
        return target.text;
    };
    return { translate, close: () => worker.terminate() };
}

const CLOCKS = ["clock", "processors"];
const ENGINES = {
    "deshi": () => deshi(model("imported.deshi")),
    "deshi, the package's model": () => deshi(),
    "Bergamot": bergamot,
};

/** Lines with sentences of letters: what deshi's text layer does for links, numbers and marks is not what is compared. */
async function sentences() {
    const lines = (await readFile(model("source.txt"), "utf8")).trimEnd().split("\n");
    return lines.filter((line) => /^[A-Z][a-z' ]+(, [a-z' ]+)*[.?]$/.test(line) && line.split(" ").length >= 5);
}

/** Milliseconds since this process began: on the clock, and of processors, which other work on the machine changes less. */
function now() {
    const { user, system } = process.cpuUsage();
    return { clock: performance.now(), processors: (user + system) / 1000 };
}

/** Prints milliseconds to the first translation, and for each sentence of a second pass. */
async function measure(name) {
    const lines = await sentences();
    const engine = await ENGINES[name]();
    await engine.translate(lines[0]);
    const first = now();
    const texts = [];
    for (const line of lines) {
        texts.push(await engine.translate(line));
    }
    const started = now();
    for (const line of lines) {
        await engine.translate(line);
    }
    const ended = now();
    const later = Object.fromEntries(CLOCKS.map((clock) => [clock, (ended[clock] - started[clock]) / lines.length]));
    console.log(JSON.stringify({ first, later, texts }));
    await engine.close();
}

const spread = (ratios) => {
    const [least, middle, most] = [Math.min(...ratios), median(ratios), Math.max(...ratios)].map((ratio) => ratio.toFixed(2));
    return `${middle} (${least}-${most})`;
};
const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

function compare(rounds) {
    const results = Object.fromEntries(Object.keys(ENGINES).map((name) => [name, []]));
    for (let round = 0; round < rounds; round += 1) {
        for (const name of Object.keys(ENGINES)) {
            const command = [fileURLToPath(import.meta.url), folder, work, name];
            const output = execFileSync(process.execPath, command, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
            // Bergamot's log is on standard output, too.
            results[name].push(JSON.parse(output.split("\n").find((line) => line.startsWith('{"first"'))));
        }
    }
    const theirs = results.Bergamot;
    const same = theirs[0].texts.filter((text, at) => text === results.deshi[0].texts[at]).length;
    console.log(`${theirs[0].texts.length} sentences, ${rounds} rounds, node ${process.version}; ${same} translations are the same`);
    if (2 * same < theirs[0].texts.length) {
        throw new Error("they do not run the same model");
    }
    console.log("| engine | to the first, ms | of Bergamot's | its processor time | each later, ms | of Bergamot's | its processor time |");
    console.log("|---|---|---|---|---|---|---|");
    for (const [name, runs] of Object.entries(results)) {
        const cells = ["first", "later"].flatMap((part) => {
            const time = median(runs.map((run) => run[part].clock)).toFixed(part === "first" ? 0 : 1);
            return [time, ...CLOCKS.map((clock) => spread(runs.map((run, round) => run[part][clock] / theirs[round][part][clock])))];
        });
        console.log(`| ${[name, ...cells].join(" | ")} |`);
    }
}

if (!isMainThread) {
    const { load } = await import(pathToFileURL(join(workerData.folder, "index.js")));
    const { bundle } = workerData;
    const translator = await load(bundle ? { model: await readFile(bundle) } : {});
    parentPort.on("message", (text) => parentPort.postMessage(translator.translate(text).text));
} else if (third in ENGINES) {
    await measure(third);
} else {
    compare(Number(third));
}
