// What the quota says now, in figures; no words, no DOM, no clock of its own.

/**
 * @param {{limit: number, used: number, remaining: number, resets_at: string}} quota
 * @param {number} now milliseconds
 */
export function reading(quota, now) {
  const left = Math.max(0, Date.parse(quota.resets_at) - now);
  const minutes = Math.ceil(left / 60_000);
  return {
    remaining: quota.remaining,
    limit: quota.limit,
    isNone: quota.remaining <= 0,
    isOver: left === 0,
    hours: Math.floor(minutes / 60),
    minutes: minutes % 60,
  };
}

/**
 * The moment by the API's clock, whatever the one here says.
 * @param {string | null} rateLimit its header, with the seconds that were left when it was answered: `"daily";r=4;t=3600`
 */
export function skew(quota, rateLimit, now) {
  const left = Number(rateLimit?.match(/;t=(\d+)/)?.[1]);
  return left ? Date.parse(quota.resets_at) - left * 1000 - now : 0;
}

/** Milliseconds until the reading changes: the next whole minute before the reset. */
export function untilNext(quota, now) {
  const left = Date.parse(quota.resets_at) - now;
  return left <= 0 ? 60_000 : left % 60_000 || 60_000;
}

/** Whether it resets at 00:00 where the reader is: elsewhere "midnight" would be another hour than is meant. */
export const isAtMidnight = (quota) => new Date(quota.resets_at).toTimeString().startsWith("00:00");
