// Reads one page per line, as a JSON string, and answers each with one line: a JSON list of what is wrong with it.
// One process serves a whole run of tests; starting the validator costs more than a hundred pages.
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { HtmlValidate } from "html-validate";

const rules = JSON.parse(readFileSync(new URL("htmlvalidate.json", import.meta.url), "utf8"));
const validator = new HtmlValidate(rules);

for await (const line of createInterface({ input: process.stdin })) {
    const report = await validator.validateString(JSON.parse(line));
    const faults = report.results.flatMap(page => page.messages);
    console.log(JSON.stringify(faults.map(fault => `${fault.line}:${fault.column} ${fault.ruleId}: ${fault.message}`)));
}
