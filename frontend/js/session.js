// The log-in of this browser: its two tokens, and the one refresh of all tabs. Knows no DOM and no network.

/*
 * The access token lives in memory only: whatever reads the disk never sees it. The refresh token must outlive the
 * tab, or every visit would begin with a password, so it is in localStorage. A cookie is no way: the page may live on
 * another origin than the API. What guards it: no script but ours runs here (CSP, Trusted Types), it is spent with
 * every use, and an old one that is shown again ends the log-in.
 */
const REFRESH = "haru.refresh";
const SIBLING_WAIT_MS = 200; // how long another tab's news of its new access token may take

export class LoggedOut extends Error {}

export class Session {
  #access = null;
  #renewing = null;
  #listeners = new Set();

  /**
   * @param {{store: {get: Function, set: Function, remove: Function}, channel: BroadcastChannel,
   *   locks: {request: (name: string, work: () => Promise<any>) => Promise<any>},
   *   exchange: (refresh: string) => Promise<{access: string, refresh: string}>}} parts
   *   `exchange` throws an error with `status` where the API refused.
   */
  constructor({ store, channel, locks, exchange }) {
    Object.assign(this, { store, channel, locks, exchange });
    channel.onmessage = ({ data }) => this.#hear(data);
  }

  get isLoggedIn() {
    return Boolean(this.store.get(REFRESH));
  }

  get refreshToken() {
    return this.store.get(REFRESH);
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

  /** An access token that was good a moment ago. Throws LoggedOut where there is no log-in. */
  async access() {
    return this.#access ?? this.renew(null);
  }

  /** Another access token than `stale`: another tab's, or a new one. All callers share one renewal. */
  renew(stale) {
    if (this.#access && this.#access !== stale) return Promise.resolve(this.#access);
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

  /** Another tab has just spent the token we knew: its news are on their way. */
  async #siblingsNews(stale) {
    const deadline = Date.now() + SIBLING_WAIT_MS;
    while ((!this.#access || this.#access === stale) && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  #hear({ what, access }) {
    this.#access = what === "ended" ? null : access;
    if (what !== "renewed") this.#tell(what);
  }

  #keep({ access, refresh }) {
    this.#access = access;
    this.store.set(REFRESH, refresh);
  }

  #forget() {
    this.#access = null;
    this.store.remove(REFRESH);
  }

  #tell(what) {
    for (const listener of this.#listeners) listener(what);
  }
}
