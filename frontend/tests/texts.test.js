// The catalogues against each other, against what asks for them, and the page's rules about its own files.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import en from "../js/texts/en.js";
import enPages from "../js/texts/en-pages.js";
import ko from "../js/texts/ko.js";
import koPages from "../js/texts/ko-pages.js";

const ROOT = new URL("../", import.meta.url);
const read = (name) => readFileSync(new URL(name, ROOT), "utf8");
const named = (folder, ending) =>
  readdirSync(new URL(folder, ROOT))
    .filter((name) => name.endsWith(ending))
    .map((name) => folder + name);
const PAGES = named("./", ".html");
const SCRIPTS = [...named("js/", ".js"), ...named("js/texts/", ".js")];
const korean = { ...ko, ...koPages };
const english = { ...en, ...enPages };
const parameters = (text) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();

test("both languages have the same texts with the same parameters", () => {
  assert.deepEqual(Object.keys(ko), Object.keys(en));
  assert.deepEqual(Object.keys(koPages), Object.keys(enPages));
  for (const key of Object.keys(korean))
    assert.deepEqual(new Set(parameters(english[key])), new Set(parameters(korean[key])), key);
});

test("no text is empty, and none is in both parts", () => {
  for (const [key, text] of Object.entries({ ...korean, ...english })) assert.ok(text.trim(), key);
  assert.equal(Object.keys(korean).length, Object.keys(ko).length + Object.keys(koPages).length);
});

test("every text that is asked for exists, and every one is asked for", () => {
  const sources = [...PAGES, ...named("js/", ".js")].map(read).join("\n");
  const asked = [...sources.matchAll(/(?:\bt\(|data-(?:text|label|placeholder|content)=)["']([\w.]+)["']/g)].map(
    ([, key]) => key,
  );
  for (const key of asked) assert.ok(key in korean, key);
  const isMentioned = (key) => sources.includes(`"${key}"`) || sources.includes(`\`${key.split(/[._](?=\w+$)/)[0]}`);
  const built = [/^reply\.failed_/, /^foot\.theme_/, /^social\./, /^reply\.(up|down)$/];
  assert.deepEqual(
    Object.keys(korean).filter((key) => !isMentioned(key) && !built.some((kind) => kind.test(key))),
    [],
  );
});

test("no file of ours is longer than 200 lines", () => {
  assert.deepEqual(
    SCRIPTS.filter((name) => read(name).split("\n").length > 201),
    [],
  );
});

test("one place fetches, one keeps tokens, none writes markup", () => {
  const holding = (pattern) =>
    SCRIPTS.filter((name) => pattern.test(read(name).replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "")));
  assert.deepEqual(holding(/\bfetch\(/), ["js/api.js"]);
  assert.deepEqual(holding(/\b(?:inner|outer)HTML\b|insertAdjacentHTML|document\.write|\beval\(|new Function/), []);
  assert.deepEqual(holding(/DOMPurify/), ["js/markdown.js"]);
  assert.deepEqual(holding(/haru\.refresh/), ["js/early.js", "js/session.js"]);
});

test("every page has the policy, the same header, and loads nothing from elsewhere", () => {
  const header = (page) => page.match(/<header[\s\S]*<\/header>/)[0].replaceAll(' aria-current="page"', "");
  const headers = new Set(PAGES.map((name) => header(read(name))));
  assert.equal(headers.size, 1);
  for (const name of PAGES) {
    const page = read(name);
    assert.match(page, /script-src 'self';[^"]*require-trusted-types-for 'script'; trusted-types dompurify"/, name);
    assert.doesNotMatch(page, /unsafe-|(?:src|href)="(?:https?:)?\/\/|<script>|<style>|\son\w+=|style="/, name);
  }
});

/** A page with everything it loads, each file compressed by itself. */
function weight(name) {
  const page = read(name);
  const loaded = [...page.matchAll(/<(?:script|link)[^>]*(?:src|href)="([^"]+\.(?:js|css|svg|webmanifest))"/g)].map(
    ([, path]) => path,
  );
  return [name, ...loaded].reduce((sum, path) => sum + gzipSync(read(path), { level: 9 }).length, 0);
}

test("no page weighs more than 120 kB, compressed, with everything it loads", () => {
  for (const name of PAGES) assert.ok(weight(name) <= 120_000, `${name}: ${weight(name)} bytes`);
});

test("all pages together fit into 120 kB, compressed", () => {
  const files = [
    ...PAGES,
    ...SCRIPTS,
    "config.js",
    ...named("css/", ".css"),
    ...named("vendor/", ".js"),
    "icons/haru.svg",
  ];
  const bytes = gzipSync(files.map(read).join("\n"), { level: 9 }).length;
  assert.ok(bytes <= 120_000, `${bytes} bytes`);
});
