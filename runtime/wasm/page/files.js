import { TranslatorWorker } from "./deshi/client.js";
import { say } from "./messages.js";

/** Translates files one after the other, in a worker of their own: typing does not wait for them. */
export class Files {
    #list;
    #options;
    #entries = [];
    #busy = false;

    /**
     * @param {HTMLElement} list where the files are shown
     * @param options gives the options for the next file
     */
    constructor(list, options) {
        this.#list = list;
        this.#options = options;
    }

    /** Translates files. */
    add(files) {
        for (const file of files) {
            const entry = { file, state: "waiting", row: document.createElement("li") };
            this.#entries.push(entry);
            this.#list.append(entry.row);
            this.#draw(entry);
        }
        this.#work();
    }

    /** Writes everything again, in the interface's language. */
    speak() {
        this.#entries.forEach((entry) => this.#draw(entry));
    }

    async #work() {
        if (this.#busy) {
            return;
        }
        this.#busy = true;
        let entry;
        while ((entry = this.#entries.find(({ state }) => state === "waiting"))) {
            await this.#translate(entry);
        }
        this.#busy = false;
    }

    async #translate(entry) {
        Object.assign(entry, { state: "working", percent: 0 });
        this.#draw(entry);
        entry.translator = new TranslatorWorker();
        try {
            await entry.translator.configure(this.#options());
            const bytes = new Uint8Array(await entry.file.arrayBuffer());
            const result = await entry.translator.translateFile(entry.file.name, bytes, (done, all) => {
                const percent = Math.floor((100 * done) / all);
                if (percent !== entry.percent && entry.state === "working") {
                    entry.percent = percent;
                    entry.progress.textContent = say("working", percent);
                }
            });
            const link = URL.createObjectURL(new Blob([result.bytes], { type: entry.file.type }));
            Object.assign(entry, { state: "done", link, result });
        } catch (error) {
            if (entry.state === "working") {
                Object.assign(entry, { state: "failed", error });
            }
        }
        entry.translator.close();
        this.#draw(entry);
    }

    #cancel(entry) {
        entry.state = "cancelled";
        entry.translator?.close();
        this.#draw(entry);
    }

    #draw(entry) {
        const { row, file, state, result } = entry;
        const text = (content, name) => {
            const span = document.createElement("span");
            span.textContent = content;
            span.className = name ?? "";
            return span;
        };
        const parts = [text(file.name)];
        if (state === "waiting" || state === "working") {
            const progress = text(state === "waiting" ? say("waiting") : say("working", entry.percent));
            // A screen reader would read every step.
            progress.setAttribute("aria-live", "off");
            entry.progress = progress;
            const button = document.createElement("button");
            button.type = "button";
            button.textContent = say("cancel");
            button.setAttribute("aria-label", `${say("cancel")}: ${file.name}`);
            button.addEventListener("click", () => this.#cancel(entry));
            parts.push(progress, button);
        } else if (state === "done") {
            const name = file.name.replace(/(\.[^.]*)?$/, ".de$1");
            const link = document.createElement("a");
            link.className = "button";
            link.href = entry.link;
            link.download = name;
            link.textContent = say("download", name);
            parts.push(link, text(say("sentences", result.sentences)));
            if (result.doubtful) {
                parts.push(text(say("doubts", result.doubtful), "error"));
            }
        } else if (state === "failed") {
            parts.push(text(say("wrong", entry.error.message), "error"));
        } else {
            parts.push(text(say("cancelled")));
        }
        row.replaceChildren(...parts);
    }
}
