// Pages of words only: about, privacy, terms, not found.
import { address } from "./api.js";
import { begin } from "./page.js";

begin();
for (const link of document.querySelectorAll("[data-api]")) link.href = new URL("../docs/", address("")).href;
