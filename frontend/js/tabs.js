// What the tabs of one member tell each other.
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
