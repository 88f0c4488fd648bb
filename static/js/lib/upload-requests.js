// @ts-check
/** The requests of an upload, as `chunks.js` asks for them. */

import { TAKEN } from "./chunks.js";
import { canHash, hashContent } from "./content-hash.js";
import { GrowingFile } from "./growing-file.js";
import { csrfToken, post } from "./http.js";

/** @param {string} url */
export function removeUpload(url) {
  const headers = { "HX-Request": "true", "X-CSRFToken": csrfToken() };
  if (url) fetch(url, { method: "DELETE", headers, keepalive: true }).catch(() => {});
}

/**
 * Asks by its size, and then by its hash, whether the file is on the server already.
 * @param {File} file
 * @param {{signal: AbortSignal, onRead: (bytes: number) => void}} options
 * @returns {Promise<string>} the question what to do about it; "" where it is new, or nobody can tell
 */
export async function askKnown(file, { signal, onRead }) {
  if (!canHash()) return ""; // The server asks once it has the file.
  const fields = { size_bytes: String(file.size) };
  const sized = await post("/recordings/known/", fields).catch(() => null);
  if (!sized?.ok || !(await sized.json()).known) return "";
  const content_hash = await hashContent(file, { signal, onRead });
  const answer = await post("/recordings/known/", { ...fields, content_hash }).catch(() => null);
  return answer?.status === 300 ? answer.text() : "";
}

/**
 * @param {File | GrowingFile} file
 * @param {{url: string, body: FormData}} upload learns its address; `body` has the options of the recognition
 * @param {AbortSignal} signal
 * @returns {import("../lib/chunks.js").Transport}
 */
export function transportOf(file, upload, signal) {
  return {
    async begin() {
      const answer = await begin(file, upload.body);
      upload.url = answer.url ?? upload.url;
      const isTaken = file instanceof GrowingFile && file.ended && file.accepted === file.size && answer.offset === 0;
      return isTaken && file.size ? { status: TAKEN } : answer;
    },
    send: (url, offset, chunk, onSent) => send(url, offset, chunk, onSent, signal),
    wait: (ms) => pauseOf(ms, signal),
  };
}

/**
 * @param {File | GrowingFile} file
 * @param {FormData} body the options, by which a recording is made of what came, should nothing more come
 * @returns {Promise<import("../lib/chunks.js").Answer>}
 */
async function begin(file, body) {
  const named = { file_name: file.name, modified_ms: String(file.lastModified) };
  const options = Object.fromEntries([...body].map(([name, value]) => [name, String(value)]));
  const sized = { ...named, size_bytes: String(file.size), tags: options.tags ?? "" };
  const fields = file instanceof GrowingFile ? { ...options, ...named } : sized;
  const response = await post("/uploads/", fields).catch(() => null);
  if (!response) return { status: 0 };
  const answer = await response.json().catch(() => ({}));
  const reason = Object.values(answer.errors ?? {}).flat()[0];
  return { status: response.status, id: answer.id, url: answer.url, offset: answer.offset, chunkBytes: answer.chunk_bytes, reason };
}

/**
 * One chunk, by the one way of sending that tells how far it is.
 * @param {string} url
 * @param {number} offset
 * @param {Blob} chunk
 * @param {(bytes: number) => void} onSent
 * @param {AbortSignal} signal
 * @returns {Promise<import("../lib/chunks.js").Answer>}
 */
function send(url, offset, chunk, onSent, signal) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    const abort = () => request.abort();
    signal.addEventListener("abort", abort);
    request.upload.addEventListener("progress", (event) => onSent(event.loaded));
    request.addEventListener("loadend", () => {
      signal.removeEventListener("abort", abort);
      const reason = request.status === 403 ? request.responseText : "";
      resolve({ status: request.status, offset: Number(request.getResponseHeader("Upload-Offset") ?? NaN), reason });
    });
    request.open("PATCH", url);
    request.setRequestHeader("Content-Type", "application/offset+octet-stream");
    request.setRequestHeader("Upload-Offset", String(offset));
    request.setRequestHeader("HX-Request", "true");
    request.setRequestHeader("X-CSRFToken", csrfToken());
    request.send(chunk);
  });
}

/**
 * Asks for a recording of what was sent.
 * @param {string} url
 * @param {FormData} body
 * @param {AbortSignal} signal
 * @returns {Promise<{status: number, text(): Promise<string>}>}
 */
export async function handIn(url, body, signal) {
  const headers = { "HX-Request": "true", "X-CSRFToken": csrfToken() };
  try {
    return await fetch(url, { method: "POST", headers, body, signal });
  } catch {
    signal.throwIfAborted();
    return { status: 0, text: () => Promise.resolve("") };
  }
}

/**
 * @param {number} ms
 * @param {AbortSignal} signal
 * @returns {Promise<void>} at the end of the pause, or when the connection is back, or when it is cancelled
 */
export function pauseOf(ms, signal) {
  return new Promise((resolve) => {
    const end = new AbortController();
    const done = () => (clearTimeout(timer), end.abort(), resolve());
    const timer = setTimeout(done, ms);
    window.addEventListener("online", done, { signal: end.signal });
    signal.addEventListener("abort", done, { signal: end.signal });
  });
}
