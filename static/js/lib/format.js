// @ts-check

/**
 * `0:12:04`, the time of a tape deck.
 * @param {number} milliseconds
 */
export function clock(milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const two = (/** @type {number} */ value) => String(value).padStart(2, "0");
  return `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}

/**
 * Bytes as a person reads them, in the unit of `like` so that "8 of 14 MB" does not change its unit midway.
 * @param {number} bytes
 * @param {number} [like]
 */
export function megabytes(bytes, like = bytes) {
  const [unit, size] = like >= 1e9 ? ["GB", 1e9] : like >= 1e6 ? ["MB", 1e6] : ["kB", 1e3];
  const value = bytes / size;
  return `${value.toFixed(value < 10 && unit !== "kB" ? 1 : 0)} ${unit}`;
}

/**
 * `"{sent} of {total}"` with its names filled in.
 * @param {string} template
 * @param {Record<string, string | number>} values
 */
export function fill(template, values) {
  return template.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

/**
 * A row is one line of text: breaks and tabs become spaces, as the server does it.
 * @param {string} text
 */
export function oneLine(text) {
  return text.replace(/\r\n|[\r\n\t\v\f\u0085\u2028\u2029]/g, " ");
}
