// The only way to the API: addresses, tokens, errors. What is asked for is in the modules that ask.
import { language } from "./i18n.js";
import { LoggedOut, Session } from "./session.js";
import { kept, keptHere } from "./storage.js";

const BASE = `${window.HARU_API || location.origin}/api/v1/`;

/** A refusal in the API's words: `code` is stable, `message` a sentence for people, `errors` are {field: [texts]}. */
export class Problem extends Error {
  constructor(status, body, retryAfter) {
    super(body.detail ?? `HTTP ${status}`);
    this.status = status;
    this.code = body.code ?? "server_error";
    this.errors = body.errors ?? {};
    this.body = body;
    this.retryAfter = retryAfter;
  }
}

/** No answer came: the network, or a server that is away. */
export class Unreachable extends Error {}

/** An Idempotency-Key; `crypto.randomUUID` is there over HTTPS only. */
export const newKey = () => crypto.getRandomValues(new Uint32Array(4)).join("-");

/** Whether what went wrong may be right again in a moment, without anybody doing anything (429: too many tabs follow). */
export const isPassing = (error) => error instanceof Unreachable || [429, 502, 503, 504].includes(error.status);

async function exchange(refresh) {
  const response = await send("POST", "accounts/token/refresh/", { body: { refresh } });
  return response.json();
}

export const session = new Session({
  store: kept,
  here: keptHere,
  channel: new BroadcastChannel("haru.session"),
  // Where the page is not served safely there are no locks; then tabs may refresh twice, which the API forgives.
  locks: navigator.locks ?? { request: (_, work) => work() },
  exchange,
});

/** One request; the answer of a success, else a Problem or Unreachable. `path` is below /api/v1/. */
async function send(method, path, { body, headers = {}, signal, access } = {}) {
  const all = { "Accept-Language": language, Accept: "application/json", ...headers };
  if (access) all.Authorization = `Bearer ${access}`;
  if (body !== undefined) all["Content-Type"] = "application/json";
  let response;
  try {
    response = await fetch(BASE + path, {
      method,
      headers: all,
      body: body === undefined ? undefined : JSON.stringify(body),
      signal,
      cache: "no-store",
      credentials: "omit",
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Unreachable(error.message);
  }
  if (!response.ok) throw await problem(response);
  return response;
}

async function problem(response) {
  const body = await response.json().catch(() => ({}));
  return new Problem(response.status, body, Number(response.headers.get("Retry-After")) || null);
}

/** The raw answer to a member (or, signed out, to anybody); an expired access token is renewed, nothing is lost. */
export async function open(method, path, options = {}) {
  if (!session.isLoggedIn) return send(method, path, options);
  const access = await session.access();
  try {
    return await send(method, path, { ...options, access });
  } catch (error) {
    if (error.status !== 401 || error.code === "wrong_credentials") throw error;
    return send(method, path, { ...options, access: await session.renew(access) });
  }
}

/** Its JSON; null where there is no content. */
export async function call(method, path, options) {
  const response = await open(method, path, options);
  return response.status === 204 || response.status === 202 ? null : response.json();
}

/** As `call`, without any token. */
export async function callAsAnybody(method, path, body) {
  const response = await send(method, path, { body });
  return response.status === 200 || response.status === 201 ? response.json() : null;
}

export const get = (path) => call("GET", path);

/** A page of a list and how to get the one after it: `{results, more}`, `more` null at the end. */
export async function list(path) {
  const page = await get(path);
  const query = page.next && new URL(page.next, location.href).search;
  return { results: page.results, more: query ? () => list(path.split("?")[0] + query) : null };
}

/** Where a browser itself must go, for a log-in with a provider. */
export const address = (path) => BASE + path;

export { LoggedOut };
