// Reads an AsyncAPI document on stdin with the specification's own parser and prints what it finds, as JSON.
import { readFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import { Parser } from "@asyncapi/parser";

const source = await text(process.stdin);
const { document, diagnostics } = await new Parser().parse(source);
const official = JSON.parse(
  readFileSync(`node_modules/@asyncapi/specs/schemas/${JSON.parse(source).asyncapi}.json`, "utf8"),
);
console.log(
  JSON.stringify({
    diagnostics: diagnostics.map((each) => `${each.code} ${each.path.join("/")}: ${each.message}`),
    channels: document ? document.channels().all().map((each) => each.address()) : [],
    operations: document ? document.operations().all().map((each) => `${each.action()} ${each.id()}`) : [],
    messages: document ? document.messages().all().map((each) => [each.name(), each.contentType(), each.hasPayload()]) : [],
    official,
  }),
);
