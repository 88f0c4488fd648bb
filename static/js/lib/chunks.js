// @ts-check
/**
 * A file sent chunk by chunk, each where the server says that the file goes on. A connection that breaks costs one
 * chunk: the server is asked again, with growing pauses, until it is back or the upload is cancelled.
 *
 * A file that is still being recorded is sent as it grows. While nothing comes, as in a pause, an empty chunk says that
 * there will be more. It exists nowhere else, so that hardly any refusal ends it: it is tried again until it passes.
 */
import { GrowingFile } from "./growing-file.js";

/**
 * What the server said: `status` 0 is no answer. `offset` is how many bytes it has.
 * @typedef {{status: number, id?: string, url?: string, offset?: number, chunkBytes?: number, reason?: string}} Answer
 * @typedef {object} Transport
 * @property {() => Promise<Answer>} begin
 * @property {(url: string, offset: number, chunk: Blob, onSent: (bytes: number) => void) => Promise<Answer>} send
 * @property {(ms: number) => Promise<void>} wait ends early when the connection is back
 */

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 30_000;
const LONGEST_SILENCE_MS = 15_000;

/** The server does not want this file; asking again as it is does not help. */
export class Refused extends Error {
  /** @param {Answer} answer */
  constructor(answer) {
    super(String(answer.status));
    this.answer = answer;
  }
}

/** What a transport says of a recording that the server has made of this file already. */
export const TAKEN = 410;

/**
 * Whether this answer ends an upload.
 * @param {number} status
 * @param {Blob | GrowingFile} file
 */
const isFinal = (status, file) => (file instanceof GrowingFile ? [400, TAKEN, 422].includes(status) : !mayPass(status));

/** @param {number} status */
export const mayPass = (status) => status === 0 || status === 408 || status === 429 || (status >= 500 && status !== 507);

/**
 * @param {Blob | GrowingFile} file
 * @param {Transport} transport
 * @param {{signal: AbortSignal, onSent: (bytes: number) => void, onWait: (answer: Answer) => void}} options `onSent` has all the bytes that arrived; `onWait` why it waits
 * @returns {Promise<string>} the upload's id
 * @throws {Refused} and the signal's reason
 */
export async function sendChunks(file, transport, { signal, onSent, onWait }) {
  let pause = FIRST_PAUSE_MS;
  for (;;) {
    const begun = await transport.begin();
    signal.throwIfAborted();
    if (begun.status !== 200 && isFinal(begun.status, file)) throw new Refused(begun);
    const answer = begun.status === 200 ? await rest(file, begun, transport, { signal, onSent, onMoved: () => (pause = FIRST_PAUSE_MS) }) : begun;
    if (answer.status === 204) return begun.id ?? "";
    onWait(answer);
    await transport.wait(pause);
    signal.throwIfAborted();
    pause = Math.min(2 * pause, LONGEST_PAUSE_MS);
  }
}

/**
 * The chunks that are missing, until all are there or one fails.
 * @param {Blob | GrowingFile} file
 * @param {Answer} begun
 * @param {Transport} transport
 * @param {{signal: AbortSignal, onSent: (bytes: number) => void, onMoved: () => void}} options
 * @returns {Promise<Answer>} 204, or what may pass
 */
async function rest(file, { url = "", offset: from = 0, chunkBytes = 2 ** 20 }, transport, { signal, onSent, onMoved }) {
  let offset = from;
  while (offset < file.size || (file instanceof GrowingFile && (await file.goesOn(LONGEST_SILENCE_MS)))) {
    signal.throwIfAborted();
    onSent(offset);
    const start = offset;
    const chunk = file.slice(start, start + chunkBytes);
    const answer = await transport.send(url, start, chunk, (bytes) => onSent(start + bytes));
    signal.throwIfAborted();
    // 404: a day has passed and what had come is forgotten. 409: another page sends the same file.
    if (answer.status === 404 || answer.status === 409) return { status: 0 };
    if (answer.status !== 204) {
      if (answer.status === 507 || !isFinal(answer.status, file)) return answer; // 507: there will be room again
      throw new Refused(answer);
    }
    offset = Number.isFinite(answer.offset) ? Number(answer.offset) : start + chunk.size;
    if (file instanceof GrowingFile) file.accept(offset);
    onMoved();
  }
  signal.throwIfAborted();
  onSent(file.size);
  return { status: 204 };
}
