// node page.mjs PAGE TABLE CHROMIUM SCREENSHOTS: uses the page as a person does, in a headless Chromium: typing, the glossary,
// files by drop and by choice, languages, colours, the keyboard, and a reload without a network.
import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, readdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as rest } from "node:timers/promises";
import puppeteer from "puppeteer-core";
import { readCases } from "./cases.mjs";
import { serve } from "./server.mjs";

const [folder, table, chromium, screenshots] = process.argv.slice(2);
const STATION = "Where is the station?";
const BAHNHOF = "Wo ist der Bahnhof?";
const scratch = await mkdtemp(join(tmpdir(), "deshi-page-"));
await mkdir(screenshots, { recursive: true });

const server = await serve(folder);
const browser = await puppeteer.launch({
    executablePath: chromium,
    args: ["--no-sandbox", "--disable-dev-shm-usage", "--lang=en"],
});
const page = await browser.newPage();
await page.setViewport({ width: 1100, height: 900 });
const complaints = [];
page.on("pageerror", (error) => complaints.push(String(error)));
page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));

/** Waits until a function gives what is expected. */
async function until(expected, read, what) {
    let got;
    for (const end = Date.now() + 60_000; Date.now() < end; await rest(50)) {
        got = await read();
        if (got === expected) {
            return;
        }
    }
    assert.equal(got, expected, what);
}
const text = (selector) => page.$eval(selector, (element) => element.textContent);
const target = () => text("#target");
/** Puts a text into a box as pasting does. */
const paste = (selector, value) => page.$eval(selector, (box, value) => {
    box.value = value;
    box.dispatchEvent(new Event("input", { bubbles: true }));
}, value);
const passed = [];
const done = (name) => passed.push(name);

// The first load.
const started = Date.now();
await page.goto(server.url);
await page.type("#source", STATION);
await until(BAHNHOF, target);
console.log(`first translation ${Date.now() - started} ms after the page was asked for`);
await until("Ready. This page also works without a network.", () => text("#status"));
done("typing");

// The words are the command's.
const cases = readCases(await readFile(table, "utf8")).filter(({ options, text }) => {
    // A text box has one kind of line end.
    return Object.keys(options).length === 2 && !options.glossary && !options.memory && !text.includes("\r");
});
assert.ok(cases.length >= 20, `${cases.length} cases`);
for (const { name, text, translation } of cases) {
    await paste("#source", text);
    await until(translation, target, name);
}
done(`${cases.length} cases`);

// Many lines, and a newer text while they are translated.
const lines = Array.from({ length: 300 }, (_, n) => `There are ${n} people at the station.`);
await paste("#source", lines.join("\n"));
await rest(200);
await paste("#source", `${STATION}\n${STATION}`);
await until(`${BAHNHOF}\n${BAHNHOF}`, target);
await until("false", () => page.$eval("#target", (element) => element.getAttribute("aria-busy")));
done("a newer text");

// What needs a look is underlined, and says why.
const german = "Der Ausschuss trifft sich am Donnerstag wieder, um den Vorschlag zu beraten.";
await paste("#source", `${STATION} ${german}`);
await until(`${BAHNHOF} ${german}`, target);
assert.equal(await text("#target .doubtful"), german);
assert.equal(await page.$eval("#target .doubtful", (element) => element.title), "not English");
assert.equal(await text("#doubts"), "1 sentence to check");
done("doubts");

// The glossary, and what is wrong in it.
await paste("#source", STATION);
await page.click("summary");
await page.type("#glossary", "station = Haltepunkt");
await until(true, async () => (await target()).includes("Haltepunkt"));
await page.type("#glossary", "\na = b = c");
await until("Line 2: more than one “=”", () => text("#glossary-error"));
await paste("#glossary", "station");
await until(true, async () => (await target()).includes("station"));
assert.equal(await text("#glossary-error"), "");
await paste("#glossary", "");
await until(BAHNHOF, target);
done("glossary");

// Files: dropped, chosen, refused.
const downloads = join(scratch, "downloads");
const client = await page.createCDPSession();
await client.send("Browser.setDownloadBehavior", { behavior: "allow", downloadPath: downloads });
await page.evaluate(() => {
    const data = new DataTransfer();
    data.items.add(new File(["# Where is the station?\n\n- **Tom** sleeps.\n"], "guide.md", { type: "text/markdown" }));
    data.items.add(new File(["no subtitles"], "film.srt"));
    for (const type of ["dragenter", "dragover", "drop"]) {
        document.querySelector("#files").dispatchEvent(
            new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true }),
        );
    }
});
await page.waitForSelector("#list a[download='guide.de.md']", { timeout: 60_000 });
const chosen = join(scratch, "film.srt");
await writeFile(chosen, `1\n00:00:01,000 --> 00:00:02,000\n${STATION}\n`);
await (await page.$("#choose")).uploadFile(chosen);
await page.waitForSelector("#list a[download='film.de.srt']", { timeout: 60_000 });
assert.match(await text("#list li:nth-child(2)"), /Not translated: .*srt file is not valid/);
for (const link of await page.$$("#list a")) {
    await link.evaluate((element) => element.click());
    await rest(300);
}
await until("film.de.srt guide.de.md", async () => (await readdir(downloads).catch(() => [])).sort().join(" "));
assert.match(await readFile(join(downloads, "guide.de.md"), "utf8"), /^# Wo ist der Bahnhof\?\n\n- \*\*Tom\*\* schläft\.\n$/);
assert.equal(await readFile(join(downloads, "film.de.srt"), "utf8"), `1\n00:00:01,000 --> 00:00:02,000\n${BAHNHOF}\n`);
done("files");

// Typing does not wait for a file, and a file can be cancelled.
await page.evaluate((lines) => {
    const data = new DataTransfer();
    data.items.add(new File([lines], "long.txt"));
    document.body.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
}, lines.join("\n").repeat(100));
await page.waitForSelector("#list li:nth-child(4) button");
await paste("#source", "Tom sleeps.");
await until("Tom schläft.", target);
await page.click("#list li:nth-child(4) button");
await until("long.txtcancelled", () => text("#list li:nth-child(4)"));
done("typing beside a file");

// The keyboard reaches everything, in order, and every control has a name.
await page.focus("#language");
const reached = [];
for (let n = 0; n < 9; n += 1) {
    reached.push(await page.evaluate(() => document.activeElement.id || document.activeElement.tagName.toLowerCase()));
    await page.keyboard.press("Tab");
}
assert.deepEqual(reached, ["language", "theme", "source", "target", "copy", "choose", "a", "a", "glossary-title"]);
const tree = await page.accessibility.snapshot({ interestingOnly: true });
const names = [];
(function walk(node) {
    if (["textbox", "button", "combobox", "link", "region"].includes(node.role)) {
        assert.ok(node.name, `a ${node.role} without a name`);
        names.push(`${node.role} ${node.name}`);
    }
    node.children?.forEach(walk);
})(tree);
for (const name of ["textbox English", "region German", "combobox Language", "button Copy", "link Download guide.de.md"]) {
    assert.ok(names.includes(name), `${name} in ${names}`);
}
done("keyboard and names");

// Pictures, and the other language.
const picture = (name) => page.screenshot({ path: join(screenshots, `${name}.png`) });
await paste("#source", `Dear Ms. Brown,\n\nthank you for your letter of 12 March 2027. ${STATION} Please write to info@example.org.\n\n${german}`);
await until(true, async () => (await target()).includes(german));
await picture("light");
await page.select("#theme", "dark");
await page.select("#language", "de");
assert.equal(await text("h2 label"), "Englisch");
assert.equal(await page.$eval("html", (element) => element.lang), "de");
assert.equal(await text("#doubts"), "1 Satz zum Prüfen");
const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
assert.equal(await ground(), "rgb(22, 24, 28)");
assert.deepEqual(await page.$$eval("[data-text]", (all) => all.filter((element) => !element.textContent).length), 0);
await picture("dark");
await page.setViewport({ width: 390, height: 844 });
await picture("narrow");
const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
assert.equal(wide, false, "a narrow screen scrolls sideways");
await page.setViewport({ width: 1100, height: 900 });
done("language, colours, narrow screen");

// Without a network, and without the server.
await server.stop();
const before = server.requests.length;
await page.setOfflineMode(true);
await page.reload();
await page.type("#source", STATION);
await until(BAHNHOF, target);
assert.equal(await text("h2 label"), "Englisch", "the choice was remembered");
assert.equal(await ground(), "rgb(22, 24, 28)");
await page.evaluate(() => {
    const data = new DataTransfer();
    data.items.add(new File(["Tom sleeps.\n"], "note.txt"));
    document.body.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
});
await page.waitForSelector("#list a[download='note.de.txt']", { timeout: 60_000 });
assert.equal(server.requests.length, before);
done("offline");

assert.deepEqual(complaints, []);
const version = await browser.version();
await browser.close();
console.log(`${passed.length} passed in ${version}, 0 failed: ${passed.join(", ")}`);
