// json-rules-engine beside the matchers of benchmarks/matcher.py: takes rules and facts in the first line of the
// standard input, then the number of a fact per line; answers each with its own time and the rules that match.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const require = createRequire(`${process.argv[2]}/`);
const { Engine } = require("json-rules-engine");

const OPERATORS = {
  is: "equal",
  at_least: "greaterThanInclusive",
  at_most: "lessThanInclusive",
  less_than: "lessThan",
  more_than: "greaterThan",
};

let engine;
let facts;

for await (const line of createInterface({ input: process.stdin })) {
  if (!engine) {
    const given = JSON.parse(line);
    facts = given.facts;
    engine = new Engine();
    given.rules.forEach((tests, number) =>
      engine.addRule({
        conditions: { all: tests.map(([fact, op, value]) => ({ fact, operator: OPERATORS[op], value })) },
        event: { type: String(number) },
      }),
    );
    continue;
  }
  const fact = facts[Number(line)];
  const start = process.hrtime.bigint();
  const { events } = await engine.run(fact);
  const rules = events.map((event) => event.type);
  const nanoseconds = Number(process.hrtime.bigint() - start);
  process.stdout.write(`${JSON.stringify({ nanoseconds, rules })}\n`);
}
