/**
 * Reads the glossary box: on each line a term, "=" (or a tab) and its translation; a term alone stays as it is.
 * @param {string} text
 * @returns {{options: {glossary: [string, string][], doNotTranslate: string[]}, error?: {line: number}}}
 */
export function readGlossary(text) {
    const options = { glossary: [], doNotTranslate: [] };
    const lines = text.split("\n");
    for (const [at, line] of lines.entries()) {
        const parts = line.split(line.includes("\t") ? "\t" : "=").map((part) => part.trim());
        if (parts.length > 2) {
            return { options, error: { line: at + 1 } };
        }
        const [term, translation] = parts;
        if (term && translation) {
            options.glossary.push([term, translation]);
        } else if (term && parts.length === 1) {
            options.doNotTranslate.push(term);
        }
        // "station =" is being typed.
    }
    return { options };
}
