// Compiled, not run: the package's types.
import { load, type Flag, type Translation } from "deshi";
import { TranslatorWorker } from "deshi/client";

const translator = await load({ options: { glossary: [["station", "Haltepunkt"]], onForeign: "error" } });
const one: Translation = translator.translate("a");
const flags: Flag[] = one.sentences.flatMap((sentence) => sentence.flags);
const file: Uint8Array = translator.translateFile("a.txt", new Uint8Array()).bytes;
translator.free();

const worker = new TranslatorWorker({ model: "fr-de.deshi" });
const language: string = (await worker.ready).sourceLanguage;
const several: Translation[] = await worker.translate(["a", "b"]);
await worker.configure({ memory: "a\tb\n" });
worker.close();

// @ts-expect-error not a text
translator.translate(1);
// @ts-expect-error not an option
await worker.configure({ colour: "red" });

export { file, flags, language, several };
