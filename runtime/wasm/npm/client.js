// A translator in a worker; see client.d.ts.
export class TranslatorWorker {
    #worker;
    #open = new Map();
    #next = 0;

    constructor(loading = {}) {
        this.#worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
        this.#worker.addEventListener("message", ({ data: { id, progress, error, result } }) => {
            const call = this.#open.get(id);
            if (progress) {
                call?.progress?.(...progress);
                return;
            }
            this.#open.delete(id);
            if (error === undefined) {
                call?.resolve(result);
            } else {
                call?.reject(new Error(error));
            }
        });
        this.#worker.addEventListener("error", (event) => {
            event.preventDefault();
            this.#fail(new Error(event.message || "the worker does not start"));
        });
        const model = loading.model && !(loading.model instanceof Uint8Array)
            ? new URL(loading.model, location.href).href
            : loading.model;
        this.ready = this.#call("load", [{ ...loading, model }]);
        // Whoever waits for it gets the error; who does not gets it from the first call.
        this.ready.catch(() => {});
    }

    #fail(error) {
        for (const { reject } of this.#open.values()) {
            reject(error);
        }
        this.#open.clear();
    }

    #call(call, given, progress) {
        if (!this.#worker) {
            return Promise.reject(new Error("the translator is closed"));
        }
        const id = this.#next++;
        return new Promise((resolve, reject) => {
            this.#open.set(id, { resolve, reject, progress });
            this.#worker.postMessage({ id, call, given });
        });
    }

    async configure(options) {
        await this.ready;
        await this.#call("configure", [options]);
    }

    async translate(text) {
        await this.ready;
        const translations = await this.#call("translate", [typeof text === "string" ? [text] : text]);
        return typeof text === "string" ? translations[0] : translations;
    }

    async translateFile(name, bytes, progress) {
        await this.ready;
        return await this.#call("translateFile", [name, bytes], progress);
    }

    close() {
        this.#worker?.terminate();
        this.#worker = undefined;
        this.#fail(new Error("the translator is closed"));
    }
}
