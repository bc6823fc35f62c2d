// The log-in of a browser: one refresh for all tabs, and what a refusal does.
import assert from "node:assert/strict";
import { test } from "node:test";
import { LoggedOut, Session } from "../js/session.js";

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

function storage() {
  const values = new Map();
  return {
    get: (key) => values.get(key) ?? null,
    set: (key, value) => values.set(key, value),
    remove: (key) => values.delete(key),
  };
}

/** A browser: one storage, one lock, a channel between its tabs that takes its time. A tab keeps `here` over a reload. */
function browser(exchange, { newsTakeMs = 1, now } = {}) {
  const store = storage();
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
  const tab = (here = storage()) => new Session({ store, here, locks, channel: channel(), exchange, now });
  return { store, tab };
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

const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** A token as the API makes them; `iat` is by its clock. */
function token(sid, { iat = 1_000_000, minutes = 10, name = "민지?>" } = {}) {
  return `${part({ alg: "HS256" })}.${part({ sid, iat, exp: iat + minutes * 60, name })}.signature`;
}

const refreshOf = (sid, jti) => `${part({ alg: "HS256" })}.${part({ sid, jti })}.signature`;
const turn = () => new Promise((resolve) => setImmediate(resolve));

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
  const tabs = Array.from({ length: 5 }, () => tab());
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

test("a page that is loaded again has its token and spends none", async () => {
  const { seen, exchange } = api();
  const [{ tab }, here] = [browser(exchange), storage()];
  const pair = { access: token("one"), refresh: token("one") };
  tab(here).start(pair);
  for (let load = 0; load < 3; load += 1) assert.equal(await tab(here).access(), pair.access);
  assert.deepEqual(seen, []);
});

test("a refresh token that was sent by a page that was left is sent again by one that stays", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const seen = [];
  const lost = (refresh) => new Promise(() => seen.push(refresh));
  const [first, second] = [browser(lost), browser(lost)]; // the lock of a page that is left is let go
  first.store.set("haru.refresh", refreshOf("one", "r0"));
  second.store.set = first.store.set;
  second.store.get = first.store.get;
  first.tab().access();
  await turn();
  second.tab().access();
  await turn();
  assert.equal(seen.length, 1);
  context.mock.timers.tick(2000);
  await turn();
  assert.deepEqual(seen, [refreshOf("one", "r0"), refreshOf("one", "r0")]);
});

test("the access token is the tab's own, and not for other tabs to find", () => {
  const { store, tab } = browser(api().exchange);
  tab().start({ access: "secret", refresh: "refresh-0" });
  assert.deepEqual([store.get("haru.refresh"), store.get("haru.access")], ["refresh-0", null]);
});

for (const [hours, name] of [
  [-30, "behind"],
  [0, "right"],
  [30, "ahead"],
]) {
  test(`it is used until shortly before its end by a clock that is ${name}`, async () => {
    const clock = { at: (1_000_000 + hours * 3600) * 1000 };
    const { seen, exchange } = api();
    const [{ tab }, here] = [browser(exchange, { now: () => clock.at }), storage()];
    tab(here).start({ access: token("one"), refresh: token("one") });
    clock.at += 9 * 60_000;
    await tab(here).access();
    assert.equal(seen.length, 0);
    clock.at += 59_000;
    await Promise.all([tab(here).access(), tab(here).access()]);
    assert.equal(seen.length, 1);
  });
}

test("what the API refuses is renewed once, whatever the clock says", async () => {
  const { seen, exchange } = api();
  const [{ tab }, here] = [browser(exchange), storage()];
  tab(here).start({ access: token("one"), refresh: token("one") });
  const session = tab(here);
  const refused = await session.access();
  const renewed = await Promise.all([session.renew(refused), session.renew(refused)]);
  assert.deepEqual([renewed, seen.length], [["access-1", "access-1"], 1]);
});

test("a tab that slept while another member logged in does not use the token it has", async () => {
  const { seen, exchange } = api();
  const [{ store, tab }, here] = [browser(exchange), storage()];
  tab(here).start({ access: token("one"), refresh: token("one") });
  store.set("haru.refresh", token("another"));
  const session = tab(here);
  assert.equal(session.id, "another");
  assert.equal(here.get("haru.access"), null);
  assert.equal(await session.access(), "access-1");
  assert.deepEqual(seen, [token("another")]);
});

test("log-out takes the token out of every tab, also of one that opens later", async () => {
  const { store, tab } = browser(api().exchange);
  const heres = [storage(), storage(), storage()];
  const [mine, other] = heres.slice(0, 2).map((here) => tab(here));
  mine.start({ access: token("one"), refresh: token("one") });
  await pause(5);
  heres[2].set("haru.access", heres[1].get("haru.access"));
  assert.equal(await other.access(), token("one"));
  mine.end();
  await pause(5);
  await assert.rejects(tab(heres[2]).access(), LoggedOut);
  assert.deepEqual(
    [...heres, store].map((one) => one.get("haru.access")),
    [null, null, null, null],
  );
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
