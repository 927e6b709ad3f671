// The cases that every face of deshi runs; tests/cases/cases.rs describes the table.
const ESCAPES = { n: "\n", r: "\r", t: "\t", "\\": "\\" };
const NAMES = {
    paragraphs: ["paragraphs", (value) => value === "true"],
    minimum_confidence: ["minimumConfidence", Number],
    on_low_confidence: ["onLowConfidence", String],
    on_foreign: ["onForeign", String],
};

const words = (text) => text.split(" ").filter(Boolean);

export function readCases(table) {
    const [head, ...lines] = table.trimEnd().split("\n");
    const columns = head.split("\t");
    return lines.map((line) => {
        const fields = line.split("\t").map((field) => field.replace(/\\(.)/g, (_, character) => ESCAPES[character]));
        const row = Object.fromEntries(columns.map((column, at) => [column, fields[at]]));
        const options = { glossary: row.glossary, memory: row.memory };
        for (const option of words(row.options)) {
            const [name, value] = option.split("=");
            const [ours, read] = NAMES[name];
            options[ours] = read(value);
        }
        return { ...row, options, flags: words(row.flags) };
    });
}
