// The log-in of a browser: one refresh for all tabs, and what a refusal does.
import assert from "node:assert/strict";
import { test } from "node:test";
import { LoggedOut, Session } from "../js/session.js";

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** A browser: one storage, one lock, a channel between its tabs that takes its time. */
function browser(exchange, { newsTakeMs = 1 } = {}) {
  const values = new Map();
  const store = {
    get: (key) => values.get(key) ?? null,
    set: (key, value) => values.set(key, value),
    remove: (key) => values.delete(key),
  };
  let last = Promise.resolve();
  const locks = {
    request: (_, work) => {
      last = last.then(work, work);
      return last;
    },
  };
  const channels = [];
  function channel() {
    const own = {
      onmessage: null,
      postMessage: (data) => {
        for (const other of channels) if (other !== own) setTimeout(() => other.onmessage({ data }), newsTakeMs);
      },
    };
    channels.push(own);
    return own;
  }
  return { store, tab: () => new Session({ store, locks, channel: channel(), exchange }) };
}

/** An API whose refresh tokens are spent by use. */
function api({ takesMs = 5 } = {}) {
  const seen = [];
  const exchange = async (refresh) => {
    seen.push(refresh);
    await pause(takesMs);
    return { access: `access-${seen.length}`, refresh: `refresh-${seen.length}` };
  };
  return { seen, exchange };
}

const refusing = (status) => async () => {
  throw Object.assign(new Error("refused"), { status });
};

test("many requests of a tab share one refresh", async () => {
  const { seen, exchange } = api();
  const { store, tab } = browser(exchange);
  store.set("haru.refresh", "refresh-0");
  const session = tab();
  const tokens = await Promise.all(Array.from({ length: 10 }, () => session.access()));
  assert.deepEqual([new Set(tokens).size, seen], [1, ["refresh-0"]]);
});

test("many tabs share one refresh", async () => {
  const { seen, exchange } = api();
  const { store, tab } = browser(exchange);
  store.set("haru.refresh", "refresh-0");
  const tabs = Array.from({ length: 5 }, tab);
  const tokens = await Promise.all(tabs.map((session) => session.access()));
  assert.deepEqual([new Set(tokens), seen], [new Set(["access-1"]), ["refresh-0"]]);
});

test("a tab whose news come too late uses the newest refresh token, never a spent one", async () => {
  const { seen, exchange } = api();
  const { store, tab } = browser(exchange, { newsTakeMs: 1000 });
  store.set("haru.refresh", "refresh-0");
  await Promise.all([tab().access(), tab().access()]);
  assert.deepEqual(seen, ["refresh-0", "refresh-1"]);
});

test("a stale token is renewed once, a fresh one is kept", async () => {
  const { seen, exchange } = api();
  const session = browser(exchange).tab();
  session.start({ access: "old", refresh: "refresh-0" });
  assert.equal(await session.access(), "old");
  const [one, other] = await Promise.all([session.renew("old"), session.renew("old")]);
  assert.equal(await session.renew("old"), one);
  assert.deepEqual([one, other, seen], ["access-1", "access-1", ["refresh-0"]]);
});

test("the access token never reaches the storage", async () => {
  const { exchange } = api();
  const { store, tab } = browser(exchange);
  tab().start({ access: "secret", refresh: "refresh-0" });
  assert.equal(store.get("haru.refresh"), "refresh-0");
  assert.equal(store.get("haru.access"), null);
});

for (const status of [401, 403]) {
  test(`a refusal with ${status} logs every tab out`, async () => {
    const { store, tab } = browser(refusing(status));
    const [mine, other] = [tab(), tab()];
    store.set("haru.refresh", "refresh-0");
    const told = [];
    mine.onChange((what) => told.push(what));
    other.onChange((what) => told.push(what));
    await assert.rejects(mine.access(), LoggedOut);
    await pause(10);
    assert.deepEqual([mine.isLoggedIn, other.isLoggedIn, told], [false, false, ["ended", "ended"]]);
  });
}

test("a server that is away logs nobody out", async () => {
  const { store, tab } = browser(refusing(503));
  store.set("haru.refresh", "refresh-0");
  const session = tab();
  await assert.rejects(session.access(), { status: 503 });
  assert.equal(session.isLoggedIn, true);
});

test("who is not logged in gets no token", async () => {
  await assert.rejects(browser(refusing(500)).tab().access(), LoggedOut);
});

test("another tab's log-in and log-out are heard", async () => {
  const { exchange } = api();
  const { tab } = browser(exchange);
  const [mine, other] = [tab(), tab()];
  const told = [];
  other.onChange((what) => told.push(what));
  mine.start({ access: "a", refresh: "r" });
  await pause(5);
  assert.equal(await other.access(), "a");
  mine.end();
  await pause(5);
  assert.deepEqual(told, ["started", "ended"]);
  await assert.rejects(other.access(), LoggedOut);
});
