// @ts-check
/**
 * Sends what was typed, row by row, until the server has it. One request a row at a time; what is typed meanwhile goes
 * after it. A row whose request fails is tried again with growing pauses, and at once when the connection is back.
 */

/**
 * What the server answered: `version` and `text` are the stored row's where `status` is 200; status 0 is no answer.
 * @typedef {{status: number, html?: string, version?: number, text?: string}} Answer
 * @typedef {{id: string, text: string, base: number, baseText: string, key: string}} Request
 * @typedef {Request & {later: string | null, busy: boolean, failed: number, tries: number, timer: any}} Job
 * @typedef {"idle" | "saving" | "saved" | "failed"} State
 */

const LONGEST_PAUSE_MS = 30_000;
const FINAL = new Set([404, 409, 422]);

export class Saver {
  /** @type {Map<string, Job>} */
  #jobs = new Map();
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
   * @param {{setTimeout: Function, clearTimeout: Function}} [tools.timers]
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
   * @param {{key?: string, baseText?: string}} [more] `key` of an earlier request with exactly this text; `baseText` as in a draft
   */
  save(id, text, base, { key, baseText = "" } = {}) {
    const running = this.#jobs.get(id);
    if (running) {
      // The first text goes first, under its own key: the server may have stored it and only its answer was lost.
      running.later = text === running.text ? null : text;
      this.keep(id, text, base);
      if (!running.busy) void this.#run(running);
      return;
    }
    const state = { later: null, busy: false, failed: 0, tries: 0, timer: null };
    /** @type {Job} */
    const job = { id, text, base, baseText, key: key || this.#newKey(), ...state };
    this.#jobs.set(id, job);
    this.keep(id, text, base, baseText);
    void this.#run(job);
  }

  /**
   * Keeps in the browser what is being typed, over `base` or after what is under way.
   * @param {string} id
   * @param {string} text
   * @param {number} base
   * @param {string} [baseText]
   */
  keep(id, text, base, baseText = "") {
    const job = this.#jobs.get(id);
    /** @type {import("./drafts.js").Draft} */
    const draft = job ? { text, base: job.base, key: "" } : { text, base, key: "" };
    if (job?.text === text) draft.key = job.key;
    else if (job) draft.sent = { text: job.text, key: job.key };
    if (job ? job.baseText : baseText) draft.baseText = job ? job.baseText : baseText;
    this.#drafts.keep(id, draft);
  }

  /**
   * Goes on with what an earlier visit left.
   * @param {string} id
   * @param {import("./drafts.js").Draft} draft
   */
  resume(id, { text, base, key, baseText, sent }) {
    if (sent) this.save(id, sent.text, base, { key: sent.key, baseText });
    this.save(id, text, base, { key, baseText });
  }

  /** @param {string} id */
  isPending(id) {
    return this.#jobs.has(id);
  }

  get pending() {
    return this.#jobs.size;
  }

  /** Tries every row that failed again, now. */
  retryNow() {
    for (const job of this.#jobs.values()) {
      if (!job.busy) void this.#run(job);
    }
  }

  /** Settles when every request has got some answer (rows that failed are left to their timers). */
  settled() {
    const busy = [...this.#jobs.values()].some((job) => job.busy);
    return busy ? new Promise((resolve) => void this.#waiting.push(() => resolve(undefined))) : Promise.resolve();
  }

  /** Stops the timers; the drafts stay. */
  close() {
    this.#closed = true;
    for (const job of this.#jobs.values()) this.#timers.clearTimeout(job.timer);
  }

  /** @param {Job} job */
  async #run(job) {
    this.#timers.clearTimeout(job.timer);
    job.busy = true;
    this.#tell();
    /** @type {Answer} */
    let answer = { status: 0 };
    try {
      const { id, text, base, baseText, key } = job;
      answer = await this.#send({ id, text, base, baseText, key });
    } catch {
      // No connection.
    }
    job.busy = false;
    if (answer.status === 200) this.#stored(job, answer);
    else if (FINAL.has(answer.status)) this.#refused(job, answer);
    else this.#failed(job, answer.status);
    this.#tell();
    if (![...this.#jobs.values()].some((other) => other.busy)) {
      for (const done of this.#waiting.splice(0)) done();
    }
  }

  /**
   * @param {Job} job
   * @param {Answer} answer
   */
  #stored(job, answer) {
    this.#outcome = "saved";
    this.#jobs.delete(job.id);
    const { later } = job;
    if (this.#drafts.of(job.id)?.text === job.text) this.#drafts.drop(job.id);
    const more = later !== null && later !== answer.text;
    this.onAnswer(job, answer, more);
    // Where the server merged, what was typed later is still based on what was typed first: it is merged again.
    if (more) this.save(job.id, later, Number(answer.version), { baseText: answer.text === job.text ? "" : job.text });
  }

  /**
   * @param {Job} job
   * @param {Answer} answer
   */
  #refused(job, answer) {
    this.#outcome = "idle";
    this.#jobs.delete(job.id);
    const text = job.later ?? job.text;
    this.keep(job.id, text, job.base, job.baseText);
    this.onAnswer({ ...job, text }, answer, false);
  }

  /**
   * @param {Job} job
   * @param {number} status
   */
  #failed(job, status) {
    job.failed = status || -1;
    job.tries += 1;
    if (this.#closed) return;
    const pause = Math.min(1000 * 2 ** (job.tries - 1), LONGEST_PAUSE_MS);
    job.timer = this.#timers.setTimeout(() => void this.#run(job), pause);
  }

  #tell() {
    const jobs = [...this.#jobs.values()];
    const failed = jobs.find((job) => job.failed);
    if (failed) this.onState("failed", failed.failed);
    else if (jobs.length) this.onState("saving", 0);
    else this.onState(this.#outcome, 0);
  }
}
