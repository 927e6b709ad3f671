// The page: settings, typing, the glossary. Files are in files.js.
import { TranslatorWorker } from "./deshi/client.js";
import { Files } from "./files.js";
import { readGlossary } from "./glossary.js";
import { Live } from "./live.js";
import { explain, say, show, speak } from "./messages.js";

const element = (id) => document.getElementById(id);
const [source, target, status] = ["source", "target", "status"].map(element);
const [copy, doubts, glossary, glossaryError] = ["copy", "doubts", "glossary", "glossary-error"].map(element);

/** Rests between the last key and the translation, in milliseconds. */
const REST_MS = 120;

/** What the user chose before; nothing where the browser keeps nothing. */
function remembered(name) {
    try {
        return localStorage.getItem(`deshi-${name}`);
    } catch {
        return null;
    }
}

function remember(name, value) {
    try {
        localStorage.setItem(`deshi-${name}`, value);
    } catch {
        // A browser that keeps nothing.
    }
}

/** A choice that is remembered. */
function setting(name, initial, apply) {
    const select = element(name);
    select.value = remembered(name) ?? initial;
    apply(select.value);
    select.addEventListener("change", () => {
        remember(name, select.value);
        apply(select.value);
    });
}

const translator = new TranslatorWorker();
const live = new Live(translator, render);
const files = new Files(element("list"), () => readGlossary(glossary.value).options);

/** Whether the status says what was wrong with the last translation. */
let wrong = false;

/** Shows translated lines, the sentences that need a look underlined. */
function render({ lines, complete, error }) {
    const pieces = [];
    let doubtful = 0;
    lines.forEach((line, at) => {
        if (at > 0) {
            pieces.push("\n");
        }
        let end = 0;
        for (const sentence of line.sentences.filter((one) => one.doubtful)) {
            const [start, stop] = sentence.targetRange;
            const mark = document.createElement("span");
            mark.className = "doubtful";
            mark.title = explain(sentence.flags);
            mark.textContent = line.text.slice(start, stop);
            pieces.push(line.text.slice(end, start), mark);
            end = stop;
            doubtful += 1;
        }
        pieces.push(line.text.slice(end));
    });
    target.replaceChildren(...pieces);
    target.setAttribute("aria-busy", String(!complete));
    copy.disabled = !target.textContent;
    doubts.textContent = doubtful ? say("doubts", doubtful) : "";
    if (error) {
        status.className = "error";
        show(status, "wrong", error.message);
    } else if (wrong) {
        status.className = "";
        show(status, "online");
    }
    wrong = Boolean(error);
}

let rest;
source.addEventListener("input", () => {
    clearTimeout(rest);
    rest = setTimeout(() => live.translate(source.value), REST_MS);
});

let glossaryRest;
async function useGlossary() {
    const { options, error } = readGlossary(glossary.value);
    if (error) {
        glossaryError.textContent = say("line", error.line, say("twoParts"));
        return;
    }
    glossaryError.textContent = "";
    remember("glossary", glossary.value);
    await live.configure(options);
}
glossary.addEventListener("input", () => {
    clearTimeout(glossaryRest);
    glossaryRest = setTimeout(useGlossary, REST_MS);
});

copy.disabled = true;
// A page without HTTPS has no clipboard.
copy.hidden = !navigator.clipboard;
copy.addEventListener("click", async () => {
    await navigator.clipboard.writeText(target.textContent);
    show(copy, "copied");
    setTimeout(() => show(copy, "copy"), 1500);
});

setting("theme", "auto", (theme) => {
    document.documentElement.dataset.theme = theme;
});
setting("language", navigator.language.startsWith("de") ? "de" : "en", (language) => {
    speak(language);
    files.speak();
    live.render();
});

// Files can be dropped anywhere on the page; text that is dragged is the browser's.
const hasFiles = (event) => event.dataTransfer?.types.includes("Files");
let inside = 0;
addEventListener("dragenter", (event) => {
    if (hasFiles(event)) {
        inside += 1;
        document.body.classList.add("dropping");
    }
});
addEventListener("dragleave", (event) => {
    if (hasFiles(event) && --inside <= 0) {
        document.body.classList.remove("dropping");
    }
});
addEventListener("dragover", (event) => {
    if (hasFiles(event)) {
        event.preventDefault();
    }
});
addEventListener("drop", (event) => {
    if (hasFiles(event)) {
        event.preventDefault();
        inside = 0;
        document.body.classList.remove("dropping");
        files.add(event.dataTransfer.files);
    }
});
element("choose").addEventListener("change", (event) => {
    files.add(event.target.files);
    event.target.value = "";
});

/** The service worker that keeps the files; where there is none, the page works with a network. */
async function keep() {
    if (!("serviceWorker" in navigator)) {
        return false;
    }
    try {
        await navigator.serviceWorker.register("service-worker.js");
        await navigator.serviceWorker.ready;
        return true;
    } catch {
        return false;
    }
}

show(status, "loading");
glossary.value = remembered("glossary") ?? "";
try {
    await translator.ready;
    await useGlossary();
    // Typed while the model was loaded.
    live.translate(source.value);
    show(status, "online");
    if (await keep()) {
        show(status, "ready");
    }
} catch (error) {
    status.className = "error";
    show(status, "failed", error.message);
}
