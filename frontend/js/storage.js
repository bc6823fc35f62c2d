// What stays in the browser between visits, and what the tabs of one member tell each other.

/** @param {() => Storage} storage */
function guarded(storage) {
  const attempt = (work) => {
    try {
      return work(storage());
    } catch {
      return null;
    }
  };
  return {
    get: (key) => attempt((store) => store.getItem(key)),
    set: (key, value) => attempt((store) => store.setItem(key, value)),
    remove: (key) => attempt((store) => store.removeItem(key)),
    keys: () => attempt((store) => Object.keys(store)) ?? [],
  };
}

/** For every tab, until removed. */
export const kept = guarded(() => localStorage);
/** For this tab, across a reload. */
export const keptHere = guarded(() => sessionStorage);

/** A value written as JSON; null where there is none or it cannot be read. */
export function read(store, key) {
  try {
    return JSON.parse(store.get(key));
  } catch {
    return null;
  }
}

const BROUGHT = "haru.brought";

/** What the address had in its fragment, put away by early.js: a code or a token, once. */
export function brought() {
  const found = new URLSearchParams(keptHere.get(BROUGHT) ?? location.hash.slice(1));
  keptHere.remove(BROUGHT);
  return found;
}

const DRAFT = "haru.draft.";
/** Where questions are kept that are on their way, by conversation. */
export const PENDING = "haru.pending.";

/** What was typed and not sent: texts by conversation, inputs by assistant. */
export const drafts = {
  get: (name) => read(kept, DRAFT + name),
  set: (name, value) => (value ? kept.set(DRAFT + name, JSON.stringify(value)) : kept.remove(DRAFT + name)),
  clear: () => {
    for (const key of keptHere.keys()) if (key.startsWith(PENDING)) keptHere.remove(key);
    for (const key of kept.keys()) if (key.startsWith(DRAFT)) kept.remove(key);
  },
};

const channel = new BroadcastChannel("haru.tabs");
const listeners = new Map();

channel.onmessage = ({ data }) => {
  for (const listener of listeners.get(data.what) ?? []) listener(data);
};

/** Tells the other tabs: "quota" with the figures, "conversations" that the list changed, "reply" with ids. */
export const tell = (what, more = {}) => channel.postMessage({ what, ...more });

export function hearOf(what, listener) {
  listeners.set(what, [...(listeners.get(what) ?? []), listener]);
}
