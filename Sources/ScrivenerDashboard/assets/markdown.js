// Shows Markdown of agents. It comes from outside, so no markup of it is ever parsed as HTML: the
// text is taken apart by marked's lexer only, and each token that is on the list below becomes an
// element by name, with its text as text. HTML within it is shown as the text that it is; images
// are not loaded; links go to http and https only. A sandboxed frame would be as safe, but neither
// selectable with the page, nor in its colours, nor readable at 360 pixels.

import { lexer } from "./vendor/marked.esm.js";
import { h } from "./dom.js";

/** Nesting beyond this is shown as plain text. */
const deepest = 24;
/** What is longer is shown as text: tokens take many times the room of what they stand for. */
const longest = 2_000_000;

export function renderMarkdown(text) {
  if (text.length > longest) return [h("pre", null, text)];
  return blocks(lexer(text), 0);
}

function blocks(tokens, depth) {
  return tokens.flatMap((token) => (depth > deepest ? [h("p", null, token.raw)]
    : block(token, depth)));
}

function block(token, depth) {
  switch (token.type) {
    case "heading": return [h(`h${Math.min(token.depth, 6)}`, null, inline(token.tokens, depth))];
    case "paragraph": return [h("p", null, inline(token.tokens, depth))];
    case "text": return token.tokens ? inline(token.tokens, depth) : [plain(token.text)];
    case "list": return [list(token, depth)];
    case "blockquote": return [h("blockquote", null, blocks(token.tokens, depth + 1))];
    case "code": return [h("pre", null, h("code", null, token.text))];
    case "table": return [table(token, depth)];
    case "hr": return [h("hr")];
    case "space":
    case "def": return [];
    default: return [h("p", null, token.raw)];
  }
}

function list(token, depth) {
  const start = token.ordered && Number.isInteger(token.start) ? token.start : null;
  return h(token.ordered ? "ol" : "ul", { start }, token.items.map((item) =>
    h("li", null, blocks(item.tokens, depth + 1))));
}

function table(token, depth) {
  return h("div", { class: "scroll" }, h("table", null,
    h("thead", null, h("tr", null, token.header
      .map((cell) => h("th", null, inline(cell.tokens, depth))))),
    h("tbody", null, token.rows.map((row) => h("tr", null, row.map((cell) =>
      h("td", null, inline(cell.tokens, depth))))))));
}

function inline(tokens, depth) {
  return (tokens ?? []).flatMap((token) => (depth > deepest ? [token.raw]
    : [span(token, depth + 1)]));
}

function span(token, depth) {
  switch (token.type) {
    case "strong": return h("strong", null, inline(token.tokens, depth));
    case "em": return h("em", null, inline(token.tokens, depth));
    case "del": return h("del", null, inline(token.tokens, depth));
    case "codespan": return h("code", null, plain(token.text));
    case "br": return h("br");
    case "link": return link(token, depth);
    case "image": return `[${plain(token.text)}]`;
    case "escape":
    case "text": return token.tokens ? h("span", null, inline(token.tokens, depth))
      : plain(token.text);
    default: return token.raw;
  }
}

function link(token, depth) {
  const label = inline(token.tokens, depth);
  let target = null;
  try { target = new URL(token.href); } catch { /* relative to something that is not here */ }
  if (!target || !["http:", "https:"].includes(target.protocol)) return h("span", null, label);
  return h("a", { href: target.href, rel: "noopener noreferrer", target: "_blank" }, label);
}

const entities = { amp: "&", lt: "<", gt: ">", quot: "\"", "#39": "'" };

/** The lexer escapes the text of some tokens for HTML; what it put in is taken out again. */
function plain(text) {
  return text.replace(/&(amp|lt|gt|quot|#39);/g, (_, name) => entities[name]);
}
