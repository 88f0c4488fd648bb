// @ts-check
/** The waveform file: pairs of signed bytes, the lowest and the highest sample of each fiftieth of a second. */

export const PAIRS_PER_SECOND = 50;

/**
 * At most `most` pairs that keep every extreme, as wavesurfer wants them: the values from -1 to 1, lowest and highest
 * in turn.
 * @param {Int8Array} peaks
 * @param {number} most
 */
export function overview(peaks, most) {
  const pairs = peaks.length >> 1;
  const count = Math.min(pairs, most);
  const values = new Float32Array(count * 2);
  for (let index = 0; index < count; index += 1) {
    const end = Math.floor(((index + 1) * pairs) / count);
    let low = 127;
    let high = -128;
    for (let pair = Math.floor((index * pairs) / count); pair < end; pair += 1) {
      low = Math.min(low, peaks[2 * pair]);
      high = Math.max(high, peaks[2 * pair + 1]);
    }
    values[2 * index] = low / 128;
    values[2 * index + 1] = high / 128;
  }
  return values;
}

/**
 * The loudest value, by which quiet recordings are drawn larger; never 0.
 * @param {Int8Array} peaks
 */
export function loudest(peaks) {
  let most = 1;
  for (const value of peaks) most = Math.max(most, Math.abs(value));
  return most / 128;
}
