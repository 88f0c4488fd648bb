// @ts-check

/** A file that is still being recorded, chunk by chunk. It is sent while it grows, as any other file is. */
export class GrowingFile {
  /** @type {Blob[]} */
  #chunks = [];
  #changed = () => {};
  size = 0;
  ended = false;
  /** How many bytes the server has. */
  accepted = 0;
  /** Is given each new `accepted`. */
  onAccepted = (/** @type {number} */ _bytes) => {};

  /**
   * @param {string} name
   * @param {{type: string, lastModified: number}} properties as those of a file; `lastModified` is when it began
   */
  constructor(name, { type, lastModified }) {
    this.name = name;
    this.type = type;
    this.lastModified = lastModified;
  }

  /** @param {Blob} chunk */
  add(chunk) {
    if (!chunk.size) return;
    this.#chunks.push(chunk);
    this.size += chunk.size;
    this.#changed();
  }

  /** The server has so many bytes. @param {number} bytes */
  accept(bytes) {
    this.accepted = bytes;
    this.onAccepted(bytes);
  }

  /** Nothing more comes. */
  end() {
    this.ended = true;
    this.#changed();
  }

  /**
   * @param {number} [start]
   * @param {number} [end]
   */
  slice(start, end) {
    return new Blob(this.#chunks, { type: this.type }).slice(start, end, this.type);
  }

  /**
   * Waits for the next chunk or the end, but not for long.
   * @param {number} ms
   * @returns {Promise<boolean>} whether there may be more
   */
  async goesOn(ms) {
    const { size } = this;
    if (!this.ended) {
      await new Promise((resolve) => {
        const timer = setTimeout(resolve, ms);
        this.#changed = () => (clearTimeout(timer), resolve(undefined));
      });
    }
    return !this.ended || this.size > size;
  }
}
