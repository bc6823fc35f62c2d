// The log-in of this browser: its two tokens, and the one refresh of all tabs. Knows no DOM and no network.

/*
 * The refresh token must outlive the tab, or every visit would begin with a password, so it is in localStorage. A
 * cookie is no way: the page may live on another origin than the API. What guards it: no script but ours runs here
 * (CSP, Trusted Types), it is spent with every use, and an old one that is shown again ends the log-in. So it must not
 * be spent by every page that is opened and left before the answer came: the access token, which opens less and for
 * minutes, stays with its tab in sessionStorage.
 */
const REFRESH = "haru.refresh";
const ACCESS = "haru.access";
const SHOWN = "haru.shown"; // the id of the refresh token that was last sent, answered or not
const STAY_MS = 2000;
const SIBLING_WAIT_MS = 200; // how long another tab's news of its new access token may take
const MARGIN_MS = 30_000; // what is about to end is not used any more

/** What a token says of itself; nothing where it cannot be read. */
function claims(token) {
  try {
    return JSON.parse(atob(token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/")));
  } catch {
    return {};
  }
}

export class LoggedOut extends Error {}

export class Session {
  #held = null; // {access, until}, the time by this browser's own clock
  #renewing = null;
  #listeners = new Set();

  /**
   * @param {{store: {get: Function, set: Function, remove: Function}, here: {get: Function, set: Function,
   *   remove: Function}, channel: BroadcastChannel, locks: {request: (name: string, work: () => Promise<any>) => Promise<any>},
   *   exchange: (refresh: string) => Promise<{access: string, refresh: string}>, now?: () => number}} parts
   *   `store` is all tabs', `here` this tab's; `exchange` throws an error with `status` where the API refused.
   */
  constructor({ store, here, channel, locks, exchange, now = Date.now }) {
    Object.assign(this, { store, here, channel, locks, exchange, now });
    channel.onmessage = ({ data }) => this.#hear(data);
    const [until, access] = here.get(ACCESS)?.split(" ") ?? [];
    this.#held = access ? { access, until: Number(until) } : null;
    if (!this.#access) here.remove(ACCESS);
  }

  get isLoggedIn() {
    return Boolean(this.store.get(REFRESH));
  }

  get refreshToken() {
    return this.store.get(REFRESH);
  }

  /** Which log-in this is, as its tokens say; null where there is none. */
  get id() {
    return claims(this.store.get(REFRESH)).sid ?? null;
  }

  /** The token that is held, if it is of the log-in that lives: a tab that slept may hold one of another member. */
  get #access() {
    const { access } = this.#held ?? {};
    return access && this.isLoggedIn && (claims(access).sid ?? null) === this.id ? access : null;
  }

  /** Called with "started" or "ended", also when another tab did it. */
  onChange(listener) {
    this.#listeners.add(listener);
  }

  start({ access, refresh }) {
    this.#keep({ access, refresh });
    this.channel.postMessage({ what: "started", access });
    this.#tell("started");
  }

  end() {
    this.#forget();
    this.channel.postMessage({ what: "ended" });
    this.#tell("ended");
  }

  /** An access token that should be good. Throws LoggedOut where there is no log-in. */
  async access() {
    const access = this.#access;
    return !access || this.#held.until <= this.now() ? this.renew(access) : access;
  }

  /** Another access token than `stale`: another tab's, or a new one. All callers share one renewal. */
  renew(stale) {
    const held = this.#access;
    if (held && held !== stale) return Promise.resolve(held);
    const seen = this.store.get(REFRESH);
    this.#renewing ??= this.locks
      .request(REFRESH, () => this.#renewAlone(stale, seen))
      .finally(() => {
        this.#renewing = null;
      });
    return this.#renewing;
  }

  async #renewAlone(stale, seen) {
    const refresh = this.store.get(REFRESH);
    if (refresh && refresh !== seen) await this.#siblingsNews(stale);
    if (this.#access && this.#access !== stale) return this.#access;
    if (!refresh) throw new LoggedOut();
    await this.#stay(claims(refresh).jti);
    try {
      this.#keep(await this.exchange(refresh));
    } catch (error) {
      if (error.status !== 401 && error.status !== 403) throw error;
      if (this.store.get(REFRESH) === refresh) this.end();
      throw new LoggedOut();
    }
    this.channel.postMessage({ what: "renewed", access: this.#access });
    return this.#access;
  }

  /**
   * A page that is left before the answer came has spent the token, and nobody has its successor. The API takes it once
   * more and no third time, so the next page sends it only if it is not left at once too.
   */
  async #stay(id) {
    if (this.store.get(SHOWN) === id) await new Promise((resolve) => setTimeout(resolve, STAY_MS));
    this.store.set(SHOWN, id);
  }

  /** Another tab has just spent the token we knew: its news are on their way. */
  async #siblingsNews(stale) {
    const deadline = Date.now() + SIBLING_WAIT_MS;
    while ((!this.#access || this.#access === stale) && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  #hear({ what, access }) {
    if (what === "ended") this.#let();
    else this.#hold(access);
    if (what !== "renewed") this.#tell(what);
  }

  #keep({ access, refresh }) {
    this.store.set(REFRESH, refresh);
    this.#hold(access);
  }

  /** How long it lasts is reckoned from now: no clock needs to agree with the API's. */
  #hold(access) {
    const { iat, exp } = claims(access);
    this.#held = { access, until: this.now() + (exp - iat) * 1000 - MARGIN_MS };
    this.here.set(ACCESS, `${this.#held.until} ${access}`);
  }

  #let() {
    this.#held = null;
    this.here.remove(ACCESS);
  }

  #forget() {
    this.#let();
    for (const key of [REFRESH, SHOWN]) this.store.remove(key);
  }

  #tell(what) {
    for (const listener of this.#listeners) listener(what);
  }
}
