// @ts-check
/** By what the server knows a file again: the digest of the digests of its blocks, so that no file is held in memory. */

/** As transcripts/services/recordings/known.py has it. */
export const BLOCK_BYTES = 4 * 2 ** 20;
const DIGEST_BYTES = 32;

/** Browsers give it to pages that came over HTTPS, or from this machine. */
export const canHash = () => Boolean(globalThis.crypto?.subtle);

/**
 * @param {Blob} file
 * @param {{signal?: AbortSignal, onRead?: (bytes: number) => void}} [options]
 * @returns {Promise<string>} in hexadecimal
 */
export async function hashContent(file, { signal, onRead = () => {} } = {}) {
  const digests = new Uint8Array(DIGEST_BYTES * Math.ceil(file.size / BLOCK_BYTES));
  for (let start = 0; start < file.size; start += BLOCK_BYTES) {
    const block = await file.slice(start, start + BLOCK_BYTES).arrayBuffer();
    signal?.throwIfAborted();
    digests.set(new Uint8Array(await crypto.subtle.digest("SHA-256", block)), (DIGEST_BYTES * start) / BLOCK_BYTES);
    onRead(start + block.byteLength);
  }
  const whole = new Uint8Array(await crypto.subtle.digest("SHA-256", digests));
  return Array.from(whole, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
