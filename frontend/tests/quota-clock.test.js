// What the quota says at a given time.
import assert from "node:assert/strict";
import { test } from "node:test";
import { isAtMidnight, reading, skew, untilNext } from "../js/quota-clock.js";

const QUOTA = { limit: 5, used: 2, remaining: 3, resets_at: "2026-03-02T00:00:00+09:00" };
const at = (time) => Date.parse(`2026-03-01T${time}+09:00`);

test("what is left, and in how long it resets", () => {
  assert.deepEqual(reading(QUOTA, at("19:48:00")), {
    remaining: 3,
    limit: 5,
    isNone: false,
    isOver: false,
    hours: 4,
    minutes: 12,
  });
});

test("a minute that has begun counts whole, so it never says 0 before the reset", () => {
  const { hours, minutes, isOver } = reading(QUOTA, at("23:59:59"));
  assert.deepEqual([hours, minutes, isOver], [0, 1, false]);
});

test("at the reset the figures are over", () => {
  assert.equal(reading(QUOTA, Date.parse(QUOTA.resets_at)).isOver, true);
  assert.equal(reading(QUOTA, Date.parse(QUOTA.resets_at) + 5000).isOver, true);
});

test("none left, also where a limit was lowered", () => {
  assert.equal(reading({ ...QUOTA, remaining: 0 }, at("12:00:00")).isNone, true);
});

test("the reading changes at whole minutes before the reset", () => {
  assert.equal(untilNext(QUOTA, at("19:48:00")), 60_000);
  assert.equal(untilNext(QUOTA, at("19:48:59")), 1000);
  assert.equal(untilNext(QUOTA, Date.parse(QUOTA.resets_at) + 1), 60_000);
});

test("midnight is that of the reader's own zone", () => {
  const zone = process.env.TZ;
  process.env.TZ = "Asia/Seoul";
  assert.equal(isAtMidnight(QUOTA), true);
  process.env.TZ = "Europe/London";
  assert.equal(isAtMidnight(QUOTA), false);
  if (zone === undefined) delete process.env.TZ;
  else process.env.TZ = zone;
});

test("what is left is reckoned by the API's clock, whatever the one here says", () => {
  const header = '"daily";r=3;t=3600';
  for (const wrong of [-7_200_000, 0, 90 * 86_400_000]) {
    const here = at("23:00:00") + wrong;
    const ahead = skew(QUOTA, header, here);
    assert.equal(ahead + wrong, 0);
    const { hours, minutes, isOver } = reading(QUOTA, here + ahead);
    assert.deepEqual([hours, minutes, isOver], [1, 0, false]);
  }
});

test("without that header the clock here is all there is", () => {
  assert.equal(skew(QUOTA, null, at("23:00:00")), 0);
  assert.equal(skew(QUOTA, "nonsense", at("23:00:00")), 0);
});
