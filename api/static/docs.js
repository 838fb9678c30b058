// Draws /openapi.json as a page. Text goes in as text nodes only, never as markup.
"use strict";

const byId = (id) => document.getElementById(id);

function node(tag, options = {}, ...children) {
  const made = document.createElement(tag);
  Object.assign(made, options);
  made.append(...children.filter((child) => child !== null));
  return made;
}

function nameOf(schema) {
  return schema.$ref ? schema.$ref.split("/").pop() : schema.title || null;
}

function resolve(schema, api) {
  return schema.$ref ? api.components.schemas[nameOf(schema)] : schema;
}

// One line on what a value may be: its type, its bounds, its words.
function inShort(given, api) {
  const schema = resolve(given, api);
  if ("const" in schema) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((word) => JSON.stringify(word)).join(" | ");
  const choices = schema.oneOf || schema.anyOf;
  if (choices) return choices.length > 4 ? `one of ${choices.length}` : choices.map((one) => inShort(one, api)).join(" or ");
  if (schema.type === "array") return `list of ${inShort(schema.items, api)}`;
  const bounds = [];
  if (schema.format) bounds.push(schema.format);
  if (schema.minLength || schema.maxLength) bounds.push(`${schema.minLength || 0} to ${schema.maxLength} characters`);
  if (schema.maximum !== undefined) bounds.push(`${schema.minimum} to ${schema.maximum}`);
  const kind = nameOf(given) || [].concat(schema.type || "anything").join(" or ");
  return kind + (bounds.length ? `, ${bounds.join(", ")}` : "");
}

// The parts of a value, if it has any: properties of objects, items of lists, the branches of a choice.
function parts(given, api, depth = 0) {
  const schema = resolve(given, api);
  if (depth > 6) return null;
  const choices = schema.oneOf || schema.anyOf;
  if (choices) {
    const drawn = choices.map((one) => [nameOf(one) || inShort(one, api), parts(one, api, depth + 1)]).filter((pair) => pair[1]);
    return drawn.length ? node("div", {}, ...drawn.map(([name, inner]) => folded(name, inner))) : null;
  }
  if (schema.type === "array") return parts(schema.items, api, depth + 1);
  if (!schema.properties) return null;
  const rows = Object.entries(schema.properties).map(([name, inner]) => {
    const needed = (schema.required || []).includes(name);
    const key = node("td", {}, node("code", { textContent: name, className: needed ? "required" : "" }));
    const about = inner.description ? node("div", { className: "note", textContent: inner.description }) : null;
    return node("tr", {}, key, node("td", {}, inShort(inner, api), about, parts(inner, api, depth + 1)));
  });
  return node("table", {}, node("tbody", {}, ...rows));
}

function folded(title, inner) {
  return node("details", {}, node("summary", {}, node("code", { textContent: title })), inner);
}

function section(title, content, api) {
  return Object.entries(content || {}).map(([kind, { schema }]) =>
    node("div", {}, node("h3", { textContent: `${title} (${kind})` }), node("div", {}, inShort(schema, api)), parts(schema, api)));
}

function parameters(operation, api) {
  if (!operation.parameters) return [];
  const rows = operation.parameters.map((one) => node("tr", {},
    node("td", {}, node("code", { textContent: one.name, className: one.required ? "required" : "" })),
    node("td", { textContent: `${one.in}: ${inShort(one.schema, api)}. ${one.description || ""}` })));
  return [node("h3", { textContent: "Parameters" }), node("table", {}, node("tbody", {}, ...rows))];
}

function draw(path, method, operation, api) {
  const scopes = (operation.security || []).flatMap((one) => Object.values(one).flat());
  const answers = Object.entries(operation.responses);
  const good = answers.filter(([status]) => status < 300);
  const bad = answers.filter(([status]) => status >= 300).map(([status]) => status);
  const head = node("summary", {},
    node("span", { className: "method", textContent: method }), node("code", { textContent: path }),
    node("span", { className: "note", textContent: ` ${operation.summary}` }));
  return node("details", {}, head,
    node("p", { className: "note", textContent: scopes.length ? `Needs the scope ${scopes.join(", ")}.` : "Open to all." }),
    ...parameters(operation, api),
    ...section("Body", operation.requestBody && operation.requestBody.content, api),
    ...good.flatMap(([status, answer]) => section(`Answer ${status}`, answer.content, api)),
    node("p", { className: "note", textContent: bad.length ? `Problems: ${bad.join(", ")}` : "" }));
}

async function main() {
  const api = await (await fetch("/openapi.json")).json();
  byId("title").textContent = `${api.info.title} API`;
  byId("description").textContent = api.info.description;
  const drawn = Object.entries(api.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => draw(path, method, operation, api)));
  byId("operations").replaceChildren(...drawn);
}

main().catch((error) => { byId("operations").textContent = `openapi.json could not be drawn: ${error.message}`; });
