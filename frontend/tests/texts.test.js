// The catalogues against each other, against what asks for them, and the page's rules about its own files.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import en from "../js/texts/en.js";
import enPages from "../js/texts/en-pages.js";
import enProse from "../js/texts/en-prose.js";
import ko from "../js/texts/ko.js";
import koPages from "../js/texts/ko-pages.js";
import koProse from "../js/texts/ko-prose.js";

const ROOT = new URL("../", import.meta.url);
const read = (name) => readFileSync(new URL(name, ROOT), "utf8");
const named = (folder, ending) =>
  readdirSync(new URL(folder, ROOT))
    .filter((name) => name.endsWith(ending))
    .map((name) => folder + name);
const PAGES = named("./", ".html");
const SCRIPTS = [...named("js/", ".js"), ...named("js/texts/", ".js")];
const korean = { ...ko, ...koPages, ...koProse };
const english = { ...en, ...enPages, ...enProse };
const parameters = (text) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();

test("both languages have the same texts with the same parameters", () => {
  assert.deepEqual(Object.keys(ko), Object.keys(en));
  assert.deepEqual(Object.keys(koPages), Object.keys(enPages));
  assert.deepEqual(Object.keys(koProse), Object.keys(enProse));
  for (const key of Object.keys(korean))
    assert.deepEqual(new Set(parameters(english[key])), new Set(parameters(korean[key])), key);
});

test("no text is empty, and none is in two parts", () => {
  for (const [key, text] of Object.entries({ ...korean, ...english })) assert.ok(text.trim(), key);
  assert.equal(Object.keys(korean).length, [ko, koPages, koProse].flatMap(Object.keys).length);
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

const weigh = (names) => names.reduce((sum, name) => sum + gzipSync(read(name), { level: 9 }).length, 0);
const ASSETS = [
  ...named("js/", ".js"),
  ...named("css/", ".css"),
  ...named("vendor/", ".js"),
  "config.js",
  "haru.webmanifest",
  "icons/haru.svg",
];
// What the HTML files say in Korean is fetched only by who reads another language.
const TEXTS = {
  ko: ["js/texts/ko.js", "js/texts/ko-pages.js"],
  en: ["js/texts/en.js", "js/texts/en-pages.js", "js/texts/en-prose.js"],
};
const WALK = ["index", "signup", "login", "chat", "archive", "attractions", "me"].map((name) => `${name}.html`);

test("a member who has been everywhere has loaded at most 124 kB, each file compressed by itself", () => {
  for (const [language, texts] of Object.entries(TEXTS)) {
    const bytes = weigh([...WALK, ...ASSETS, ...texts]);
    assert.ok(bytes <= 124_000, `${language}: ${bytes} bytes`);
  }
});

test("no page weighs more than 100 kB with everything it loads", () => {
  for (const name of PAGES) {
    const loaded = [...read(name).matchAll(/<(?:script|link)[^>]*(?:src|href)="([^"]+\.(?:js|css|svg))"/g)];
    const bytes = weigh([name, ...loaded.map(([, path]) => path), ...TEXTS.en]);
    assert.ok(bytes <= 100_000, `${name}: ${bytes} bytes`);
  }
});
