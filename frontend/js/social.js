// Logging in with Kakao, GitHub or Google: the buttons, and the way back. No token is ever in an address.
import { address, call, callAsAnybody, session } from "./api.js";
import { h } from "./dom.js";
import { pick, t } from "./i18n.js";
import { askLine } from "./speak-up.js";
import { brought, keptHere, read } from "./storage.js";

const VERIFIER = "haru.verifier"; // {verifier, next}: only this tab can redeem what the provider brings

/** The providers that the operator has set up; none is no error. */
export function providers() {
  return callAsAnybody("GET", "accounts/social/").catch(() => []);
}

/** Buttons that lead to the providers, with a line that sets them apart from the form below. */
export async function showProviders(place, next) {
  const found = await providers();
  if (!found.length) return;
  const button = ({ id, name }) =>
    h(
      "button",
      { type: "button", class: `wide provider ${id}`, onclick: () => goTo(id, next) },
      t("social.with", { name: pick(name) }),
    );
  const line = h("p", { class: "or" }, h("span", {}, t("social.or")));
  place.replaceChildren(
    h("div", { class: "stack tight", role: "group", "aria-label": t("social.label") }, ...found.map(button)),
    line,
  );
}

/** Goes to a provider; what comes back is redeemed by what stays here. */
export async function goTo(provider, next) {
  const verifier = base64url(crypto.getRandomValues(new Uint8Array(32)));
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  keptHere.set(VERIFIER, JSON.stringify({ verifier, next }));
  location.assign(address(`accounts/social/${provider}/start/?challenge=${base64url(new Uint8Array(digest))}`));
}

const base64url = (bytes) =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");

/**
 * What a provider brought, redeemed.
 * @returns {Promise<{next: string} | {trouble: string, next: string} | null>} null where nothing was brought
 */
export async function comeBackFromProvider() {
  const found = brought();
  const [code, error] = [found.get("social_code"), found.get("social_error")];
  if (!code && !error) return null;
  const { verifier, next = "chat.html" } = read(keptHere, VERIFIER) ?? {};
  keptHere.remove(VERIFIER);
  if (error) return { trouble: t(troubles.has(error) ? `social.${error}` : "social.state_invalid"), next };
  if (!verifier) return { trouble: t("social.state_invalid"), next };
  const linking = session.isLoggedIn;
  const answer = await redeemed({ code, verifier });
  if (!linking) session.start(answer);
  return { next };
}

/** What the code is worth; where the operator wants a sign-up code of who is new, it is asked for. */
async function redeemed(body) {
  try {
    return await call("POST", "accounts/social/token/", { body });
  } catch (error) {
    if (!error.errors?.signup_code) throw error;
    const label = body.signup_code ? error.errors.signup_code.join(" ") : t("signup.code_help");
    const given = await askLine({ title: t("signup.code"), label, yes: t("signup.send") });
    if (!given) throw error;
    return redeemed({ ...body, signup_code: given });
  }
}

const troubles = new Set(["cancelled", "state_invalid", "provider_unavailable"]);
