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
 * Bytes as a person reads them (and as the server writes them), in the unit of `like` so that "8 of 14 MB" does not change its unit midway.
 * @param {number} bytes
 * @param {number} [like]
 */
export function megabytes(bytes, like = bytes) {
  const [unit, size] = like >= 2 ** 30 ? ["GB", 2 ** 30] : like >= 2 ** 20 ? ["MB", 2 ** 20] : ["KB", 2 ** 10];
  const value = bytes / size;
  return `${value.toFixed(1)} ${unit}`;
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
