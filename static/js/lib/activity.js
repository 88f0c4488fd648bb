// @ts-check
/** When a person is at work, told to the server every so often, from which it counts their minutes. */

const SOON_MS = 2_000; // After a pause.
const OFTEN_MS = 20_000;
/** Playing counts as listening for so long after the person last touched the page. */
export const UNATTENDED_MS = 15 * 60_000;

export class Activity {
  #touched = -Infinity;
  #worked = 0;
  #sent = -Infinity;
  #timer = 0;

  /**
   * @param {(idle: number) => void} send is given for how many ms the person has done nothing
   * @param {() => number} [now] in ms; the clock on the wall may be set wrong, and is set
   */
  constructor(send, now = () => performance.now()) {
    this.send = send;
    this.now = now;
  }

  /** The person does something. */
  touch() {
    this.#touched = this.now();
    this.#note();
  }

  /** The recording plays before them. */
  listen() {
    if (this.now() - this.#touched < UNATTENDED_MS) this.#note();
  }

  /** They leave: what was not told yet is told now. */
  flush() {
    if (!this.#timer) return;
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.#sent = this.now();
    this.send(Math.round(this.#sent - this.#worked));
  }

  stop() {
    clearTimeout(this.#timer);
    this.#timer = 0;
  }

  #note() {
    this.#worked = this.now();
    if (this.#timer) return;
    const wait = Math.max(SOON_MS, this.#sent + OFTEN_MS - this.#worked);
    this.#timer = /** @type {any} */ (setTimeout(() => this.flush(), wait));
  }
}
