// What the page says, in each language of the interface.
const MESSAGES = {
    en: {
        promise: "Translates English to German on this device. Nothing you type leaves it.",
        language: "Language",
        colours: "Colours",
        automatic: "automatic",
        light: "light",
        dark: "dark",
        english: "English",
        german: "German",
        hint: "Type or paste text.",
        copy: "Copy",
        copied: "Copied",
        files: "Files",
        filesHint: "Drop files here. They keep their form: text, Markdown, HTML, subtitles, PO, JSON, XLIFF, DOCX, ODT, EPUB.",
        choose: "Choose files…",
        glossary: "Glossary",
        glossaryHint: "One term on each line, with its translation: station = Haltepunkt. A term alone stays as it is.",
        loading: "Loading the model…",
        ready: "Ready. This page also works without a network.",
        online: "Ready.",
        failed: (reason) => `The translator does not start: ${reason}`,
        wrong: (reason) => `Not translated: ${reason}`,
        doubts: (count) => (count === 1 ? "1 sentence to check" : `${count} sentences to check`),
        waiting: "waiting",
        working: (percent) => `${percent} %`,
        cancel: "Cancel",
        cancelled: "cancelled",
        download: (name) => `Download ${name}`,
        sentences: (count) => (count === 1 ? "1 sentence" : `${count} sentences`),
        line: (line, reason) => `Line ${line}: ${reason}`,
        twoParts: "more than one “=”",
        flags: {
            cut: "long sentence, translated in parts",
            truncated: "the end is missing",
            repaired: "a number or name was damaged at first",
            repeated: "the model repeated itself",
            foreign: "not English",
            low_confidence: "uncertain",
            digits_differ: "the digits differ",
            negation_differs: "a negation was lost or added",
            copied: "not translated",
        },
    },
    de: {
        promise: "Übersetzt Englisch ins Deutsche, auf diesem Gerät. Was Sie schreiben, verlässt es nicht.",
        language: "Sprache",
        colours: "Farben",
        automatic: "automatisch",
        light: "hell",
        dark: "dunkel",
        english: "Englisch",
        german: "Deutsch",
        hint: "Schreiben Sie einen Text, oder fügen Sie ihn ein.",
        copy: "Kopieren",
        copied: "Kopiert",
        files: "Dateien",
        filesHint: "Legen Sie Dateien hier ab. Sie behalten ihre Form: Text, Markdown, HTML, Untertitel, PO, JSON, XLIFF, DOCX, ODT, EPUB.",
        choose: "Dateien wählen …",
        glossary: "Glossar",
        glossaryHint: "In jeder Zeile ein Begriff mit seiner Übersetzung: station = Haltepunkt. Ein Begriff allein bleibt, wie er ist.",
        loading: "Das Modell wird geladen …",
        ready: "Bereit. Diese Seite geht auch ohne Netz.",
        online: "Bereit.",
        failed: (reason) => `Der Übersetzer startet nicht: ${reason}`,
        wrong: (reason) => `Nicht übersetzt: ${reason}`,
        doubts: (count) => (count === 1 ? "1 Satz zum Prüfen" : `${count} Sätze zum Prüfen`),
        waiting: "wartet",
        working: (percent) => `${percent} %`,
        cancel: "Abbrechen",
        cancelled: "abgebrochen",
        download: (name) => `${name} herunterladen`,
        sentences: (count) => (count === 1 ? "1 Satz" : `${count} Sätze`),
        line: (line, reason) => `Zeile ${line}: ${reason}`,
        twoParts: "mehr als ein „=“",
        flags: {
            cut: "langer Satz, in Teilen übersetzt",
            truncated: "das Ende fehlt",
            repaired: "eine Zahl oder ein Name war zuerst beschädigt",
            repeated: "das Modell hat sich wiederholt",
            foreign: "nicht Englisch",
            low_confidence: "unsicher",
            digits_differ: "die Ziffern weichen ab",
            negation_differs: "eine Verneinung fehlt oder kam hinzu",
            copied: "nicht übersetzt",
        },
    },
};

let language = "en";

/** Chooses the interface's language, and writes its texts into the page. */
export function speak(wanted) {
    language = Object.hasOwn(MESSAGES, wanted) ? wanted : "en";
    document.documentElement.lang = language;
    for (const element of document.querySelectorAll("[data-text]")) {
        element.textContent = say(element.dataset.text);
    }
}

/** A message. */
export function say(name, ...values) {
    const message = MESSAGES[language][name];
    return typeof message === "function" ? message(...values) : message;
}

/** What flags mean, for people. */
export function explain(flags) {
    return flags.map((flag) => MESSAGES[language].flags[flag]).filter(Boolean).join("; ");
}

/** A message that a later choice of language changes too. */
export function show(element, name, ...values) {
    element.textContent = name ? say(name, ...values) : "";
    if (name && !values.length) {
        element.dataset.text = name;
    } else {
        delete element.dataset.text;
    }
}
