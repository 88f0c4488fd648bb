// @ts-check
/**
 * Sends what was typed, row by row, until the server has it. One request a row at a time; what is typed meanwhile goes
 * after it. Rows whose requests failed are tried again with growing pauses, and at once when the connection is back: one
 * after the other, those first that have waited longest.
 */

/**
 * What the server answered: `version` and `text` are the stored row's where `status` is 200; status 0 is no answer.
 * @typedef {{status: number, html?: string, version?: number, text?: string}} Answer
 * @typedef {{id: string, text: string, base: number, baseText: string, key: string, refused: string}} Request
 * @typedef {Request & {later: string | null, busy: boolean, failed: number, tries: number}} Job
 * @typedef {{setTimeout: (run: () => void, ms: number) => number, clearTimeout: (timer: number | undefined) => void}} Timers
 * @typedef {"idle" | "saving" | "saved" | "failed"} State
 */

const LONGEST_PAUSE_MS = 30_000;
const FINAL = new Set([404, 409, 422]);
/** What fails so is the whole connection's matter, not the row's: no answer, signed out, too much, down. */
const FOR_ALL = new Set([-1, 401, 429, 502, 503, 504]);

export class Saver {
  /** In the order of their waiting. @type {Map<string, Job>} */
  #jobs = new Map();
  /** For those that failed. @type {number | undefined} */
  #timer;
  /** Whether those that failed are being tried again. */
  #inLine = false;
  /** @type {(() => void)[]} */
  #waiting = [];
  #send;
  #drafts;
  #newKey;
  #timers;
  #closed = false;
  /** What stands when nothing is under way. @type {State} */
  #outcome = /** @type {State} */ ("idle");

  /**
   * @param {object} tools
   * @param {(request: Request) => Promise<Answer>} tools.send
   * @param {import("./drafts.js").Drafts} tools.drafts
   * @param {() => string} tools.newKey
   * @param {Timers} [tools.timers]
   */
  constructor({ send, drafts, newKey, timers = globalThis }) {
    this.#send = send;
    this.#drafts = drafts;
    this.#newKey = newKey;
    this.#timers = timers;
    /** Called with what is going on after every change; `status` is the last failure's. */
    this.onState = (/** @type {State} */ _state, /** @type {number} */ _status) => {};
    /** Called with each final answer; `more` says that later text of the same row is still to be sent. */
    this.onAnswer = (/** @type {Request} */ _request, /** @type {Answer} */ _answer, /** @type {boolean} */ _more) => {};
  }

  /**
   * @param {string} id
   * @param {string} text
   * @param {number} base the version it was written over
   * @param {{key?: string, baseText?: string, refused?: string, inLine?: boolean}} [more] `key` of an earlier request with
   *   exactly this text; `baseText` and `refused` as in a draft; `inLine`: after those that wait already
   */
  save(id, text, base, { key, baseText = "", refused = "", inLine = false } = {}) {
    const running = this.#jobs.get(id);
    if (running) {
      // The first text goes first, under its own key: the server may have stored it and only its answer was lost.
      running.later = text === running.text ? null : text;
      this.keep(id, text, base);
      if (!running.busy) this.retryNow();
      return;
    }
    const waiting = inLine || this.#inLine || [...this.#jobs.values()].some((other) => other.failed);
    const state = { later: null, busy: false, failed: 0, tries: 0 };
    /** @type {Job} */
    const job = { id, text, base, baseText, refused, key: key || this.#newKey(), ...state };
    this.#jobs.set(id, job);
    this.keep(id, text, base, baseText, refused);
    if (waiting) this.retryNow();
    else void this.#run(job);
  }

  /**
   * Keeps in the browser what is being typed, over `base` or after what is under way.
   * @param {string} id
   * @param {string} text
   * @param {number} base
   * @param {string} [baseText]
   * @param {string} [refused]
   */
  keep(id, text, base, baseText = "", refused = "") {
    const job = this.#jobs.get(id);
    /** @type {import("./drafts.js").Draft} */
    const draft = job ? { text, base: job.base, key: "" } : { text, base, key: "" };
    if (job?.text === text) draft.key = job.key;
    else if (job) draft.sent = { text: job.text, key: job.key };
    if (job ? job.baseText : baseText) draft.baseText = job ? job.baseText : baseText;
    if (job ? job.refused : refused) draft.refused = job ? job.refused : refused;
    this.#drafts.keep(id, draft);
  }

  /**
   * Goes on with what an earlier visit left.
   * @param {string} id
   * @param {import("./drafts.js").Draft} draft
   */
  resume(id, { text, base, key, baseText, sent, refused }) {
    if (sent) this.save(id, sent.text, base, { key: sent.key, baseText, refused, inLine: true });
    this.save(id, text, base, { key, baseText, refused, inLine: true });
  }

  /** @param {string} id */
  isPending(id) {
    return this.#jobs.has(id);
  }

  get pending() {
    return this.#jobs.size;
  }

  /** Tries every row that waits, now: one after the other, until there is no connection. */
  retryNow() {
    if (!this.#inLine) void this.#tryAll();
  }

  async #tryAll() {
    this.#inLine = true;
    this.#timers.clearTimeout(this.#timer);
    this.#timer = undefined;
    const tried = new Set();
    for (;;) {
      const job = [...this.#jobs.values()].find((other) => !other.busy && !tried.has(other));
      if (!job) break;
      tried.add(job);
      await this.#run(job);
      if (this.#jobs.get(job.id) === job && FOR_ALL.has(job.failed)) break;
    }
    this.#inLine = false;
    const failed = [...this.#jobs.values()].find((job) => job.failed && !job.busy);
    if (failed) this.#plan(failed);
    this.#rest();
  }

  /** Settles when every request has got some answer (rows that failed are left to their timer). */
  settled() {
    return this.#isBusy ? new Promise((resolve) => void this.#waiting.push(() => resolve(undefined))) : Promise.resolve();
  }

  get #isBusy() {
    return this.#inLine || [...this.#jobs.values()].some((job) => job.busy);
  }

  #rest() {
    if (!this.#isBusy) for (const done of this.#waiting.splice(0)) done();
  }

  /** Stops the timer; the drafts stay. */
  close() {
    this.#closed = true;
    this.#timers.clearTimeout(this.#timer);
  }

  /** @param {Job} job */
  async #run(job) {
    job.busy = true;
    this.#tell();
    /** @type {Answer} */
    let answer = { status: 0 };
    try {
      const { id, text, base, baseText, key, refused } = job;
      answer = await this.#send({ id, text, base, baseText, key, refused });
    } catch {
      // No connection.
    }
    job.busy = false;
    if (answer.status === 200) this.#stored(job, answer);
    else if (FINAL.has(answer.status)) this.#refused(job, answer);
    else this.#failed(job, answer.status);
    this.#tell();
    this.#rest();
  }

  /**
   * @param {Job} job
   * @param {Answer} answer
   */
  #stored(job, answer) {
    this.#outcome = "saved";
    this.#jobs.delete(job.id);
    const { later } = job;
    const draft = this.#drafts.of(job.id)?.text;
    if (draft === job.text || draft === answer.text) this.#drafts.drop(job.id);
    const more = later !== null && later !== answer.text;
    this.onAnswer(job, answer, more);
    // Where the server merged, what was typed later is still based on what was typed first: it is merged again.
    if (!more) return;
    const typed = this.#drafts.of(job.id)?.text ?? later;
    this.save(job.id, later, Number(answer.version), { baseText: answer.text === job.text ? "" : job.text });
    if (typed !== later) this.keep(job.id, typed, Number(answer.version));
  }

  /**
   * @param {Job} job
   * @param {Answer} answer
   */
  #refused(job, answer) {
    this.#outcome = "idle";
    this.#jobs.delete(job.id);
    const text = job.later ?? job.text;
    this.keep(job.id, text, job.base, job.baseText, job.refused);
    this.onAnswer({ ...job, text }, answer, false);
  }

  /**
   * @param {Job} job
   * @param {number} status
   */
  #failed(job, status) {
    job.failed = status || -1;
    job.tries += 1;
    this.#plan(job);
  }

  /** @param {Job} job */
  #plan({ tries }) {
    if (this.#closed || this.#timer !== undefined) return;
    const again = () => {
      this.#timer = undefined;
      this.retryNow();
    };
    this.#timer = this.#timers.setTimeout(again, Math.min(1000 * 2 ** (tries - 1), LONGEST_PAUSE_MS));
  }

  #tell() {
    const jobs = [...this.#jobs.values()];
    const failed = jobs.find((job) => job.failed);
    if (failed) this.onState("failed", failed.failed);
    else if (jobs.length) this.onState("saving", 0);
    else this.onState(this.#outcome, 0);
  }
}
