/** Lines that are translated before the page shows them. */
const LINES = 8;
/** Lines that are remembered. */
const REMEMBERED = 2000;

/**
 * Translates a text as it is typed: a line's translation does not depend on the others, so only lines that changed are
 * translated, and a newer text ends the work on an older one.
 */
export class Live {
    #translator;
    #show;
    #known = new Map();
    #text = "";
    #run = 0;
    #working = false;
    #shown = { lines: [], complete: true };

    /**
     * @param translator a TranslatorWorker
     * @param show called with {lines, complete, error}: the translations of the first lines, and whether they are all
     */
    constructor(translator, show) {
        this.#translator = translator;
        this.#show = show;
    }

    /** Shows again what was shown. */
    render() {
        this.#show(this.#shown);
    }

    /** Uses these options from now on, also for the present text. */
    async configure(options) {
        await this.#translator.configure(options);
        // What is under way keeps the old one.
        this.#known = new Map();
        await this.translate(this.#text);
    }

    /** Translates a text in place of the last one. */
    async translate(text) {
        this.#text = text;
        this.#run += 1;
        if (this.#working) {
            return;
        }
        this.#working = true;
        for (let run; run !== this.#run; ) {
            run = this.#run;
            try {
                await this.#pass(run);
            } catch (error) {
                this.#shown = { lines: [], complete: true, error };
                this.render();
            }
        }
        this.#working = false;
    }

    async #pass(run) {
        const known = this.#known;
        const lines = this.#text.split("\n");
        for (let from = 0; from < lines.length; from += LINES) {
            const some = lines.slice(from, from + LINES);
            const missing = [...new Set(some.filter((line) => !known.has(line)))];
            if (missing.length) {
                const translations = await this.#translator.translate(missing);
                missing.forEach((line, at) => known.set(line, translations[at]));
            }
            if (run !== this.#run) {
                return;
            }
            const complete = from + LINES >= lines.length;
            this.#shown = { lines: lines.slice(0, from + LINES).map((line) => known.get(line)), complete };
            this.render();
        }
        if (known.size > REMEMBERED) {
            this.#known = new Map(lines.map((line) => [line, known.get(line)]));
        }
    }
}
