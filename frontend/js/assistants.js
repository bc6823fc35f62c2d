// The assistants on offer, asked for once a page.
import { callAsAnybody } from "./api.js";

let asked = null;

/** All of them, in the operator's order. */
export function assistants() {
  asked ??= callAsAnybody("GET", "chat/assistants/").catch((error) => {
    asked = null;
    throw error;
  });
  return asked;
}
