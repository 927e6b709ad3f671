// Compiled, not run: the package's types. `await` is in a function, because the default of older versions, CommonJS, has it nowhere else.
import { load, type Flag, type Translation } from "deshi";
import { TranslatorWorker } from "deshi/client";

export async function uses() {
    const translator = await load({ options: { glossary: [["station", "Haltepunkt"]], onForeign: "error" } });
    const one: Translation = translator.translate("a");
    const flags: Flag[] = one.sentences[0]?.flags ?? [];
    const file: Uint8Array = translator.translateFile("a.txt", new Uint8Array(0)).bytes;
    translator.free();
    using other = await load();
    const target: string = other.targetLanguage;

    const worker = new TranslatorWorker({ model: "fr-de.deshi" });
    const language: string = (await worker.ready).sourceLanguage;
    const several: Translation[] = await worker.translate(["a", "b"]);
    await worker.configure({ memory: "a\tb\n" });
    worker.close();

    // @ts-expect-error not a text
    translator.translate(1);
    // @ts-expect-error not an option
    await worker.configure({ colour: "red" });
    return { file, flags, language, several, target };
}
