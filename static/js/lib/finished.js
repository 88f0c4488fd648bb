// @ts-check
/** How the tab's title tells, while nobody looks, that a recognition has ended. */

/** What begins a title that tells so; a number where there are several. */
const MARK = /^✓ (\d+ )?/;

/**
 * @param {string} title of the tab
 * @param {number} count of those that ended since somebody looked
 */
export function titleWith(title, count) {
  const own = title.replace(MARK, "");
  return count ? `✓ ${count > 1 ? `${count} ` : ""}${own}` : own;
}

/** @param {string | undefined} state of a transcription */
export const isUnderWay = (state) => ["queued", "converting", "sending", "waiting"].includes(state ?? "");
