// One's conversations at the API; every change is told to the other tabs.
import { call, get, list, open } from "./api.js";
import { download } from "./dom.js";
import { tell } from "./storage.js";

const ALL = "chat/conversations/";
const at = (id) => `${ALL}${id}/`;

/** The first page of them, or so many; `narrow` as in the API: {archived, pinned, assistant, q}. */
export async function conversations(narrow, pages = 1) {
  let { results, more } = await list(`${ALL}?${new URLSearchParams(narrow)}`);
  for (let page = 1; page < pages && more; page++) {
    const next = await more();
    results = [...results, ...next.results];
    more = next.more;
  }
  return { results, more };
}

export const conversation = (id) => get(at(id));

/** A page of messages, newest first. */
export const newestMessages = (id) => list(`${at(id)}messages/?order=newest`);

async function changed(work) {
  const result = await work;
  tell("conversations");
  return result;
}

/** A new conversation; under the same key the same one. */
export const begin = (slug, title, key) =>
  changed(
    call("POST", ALL, {
      body: title ? { assistant: slug, title } : { assistant: slug },
      headers: { "Idempotency-Key": key },
    }),
  );

/** Changes title, pinned or archived; gives the conversation as it is then. */
export const change = (id, fields) => changed(call("PATCH", at(id), { body: fields }));

export const remove = (id) => changed(call("DELETE", at(id)));

/** Saves a conversation as a file. */
export async function save(id) {
  const response = await open("GET", `${at(id)}export/`, { headers: { Accept: "text/markdown" } });
  const name = response.headers.get("Content-Disposition")?.match(/filename="([^"]+)"/)?.[1];
  download(await response.blob(), name ?? `haru-${id}.md`);
}
