// @ts-check

export const SPEEDS = [0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.1, 1.25, 1.5, 1.75, 2, 2.5, 3];

/**
 * The next speed up (`by` 1) or down (-1); at the ends it stays.
 * @param {number} speed
 * @param {1 | -1} by
 */
export function stepped(speed, by) {
  const others = SPEEDS.filter((other) => (by > 0 ? other > speed : other < speed));
  return (by > 0 ? others[0] : others.at(-1)) ?? speed;
}

/**
 * A stored speed, or 1 for anything that is none of ours.
 * @param {string | null} stored
 */
export function remembered(stored) {
  const speed = Number(stored);
  return SPEEDS.includes(speed) ? speed : 1;
}
