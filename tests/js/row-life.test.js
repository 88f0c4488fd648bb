import assert from "node:assert/strict";
import test from "node:test";

import { Drafts } from "../../static/js/lib/drafts.js";
import { STATES, acceptance, freshness, leaving, stateOf, step } from "../../static/js/lib/row-states.js";
import { Saver } from "../../static/js/lib/saver.js";
import { memory } from "../../static/js/lib/storage.js";

const ID = "7";
const WALKS = 500;
const STEPS = 60;

/** Numbers that are the same for the same seed. @param {number} seed */
function randomOf(seed) {
  let state = seed * 2654435761 + 1;
  return (/** @type {number} */ below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Words of the one and then those of the other that are new: what a merge makes of two texts here. */
const union = (/** @type {string} */ one, /** @type {string} */ other) =>
  [...new Set(`${one} ${other}`.split(" ").filter(Boolean))].join(" ");

/** The row as the server has it. Everything that was ever accepted or refused for good is in `history`. */
class Server {
  version = 1;
  text = "begin";
  history = ["begin"];
  /** @type {Map<string, string>} */
  answered = new Map();

  /** @param {string} text */
  store(text) {
    if (text === this.text) return;
    this.text = text;
    this.version += 1;
    this.history.push(text);
  }

  /** @param {{text: string, base: number, key: string, refused: string}} request @param {boolean} conflict */
  edit({ text, base, key, refused }, conflict) {
    const current = () => ({ status: 200, version: this.version, text: this.text });
    if (this.answered.has(key)) return current();
    if (base !== this.version && conflict) return { status: 409, version: this.version, theirs: this.text };
    this.answered.set(key, text);
    if (refused) this.history.push(refused);
    this.store(base === this.version ? text : union(this.text, text));
    return current();
  }
}

/** One row of a page, with the real table, saver and drafts, and everything else as plain values. */
class Page {
  open = false;
  mark = "";
  version = 1;
  shown = "begin";
  /** @type {string | null} */
  stored = null;
  /** @type {{text: string, base: number, baseText: string, refused: string} | null} */
  field = null;
  /** @type {{theirs: string, version: number} | null} */
  note = null;
  planned = false;
  composing = false;
  /** What is on its way: called when it arrives. @type {(() => void)[]} */
  onTheWay = [];
  drafts = new Drafts(memory(), "1");
  keys = 0;

  /** @param {Server} server @param {(below: number) => number} random */
  constructor(server, random) {
    this.server = server;
    const send = (request) =>
      new Promise((resolve, reject) => {
        // The request may be lost, its answer may be lost, and answers come when they come.
        const way = random(10);
        const answer = way ? server.edit(request, !random(3)) : null;
        this.onTheWay.push(() => (answer && way > 1 ? resolve(answer) : reject(new Error("lost"))));
      });
    const timers = { setTimeout: (run) => (this.onTheWay.push(run), 1), clearTimeout: () => {} };
    this.saver = new Saver({ send, drafts: this.drafts, newKey: () => `key-${(this.keys += 1)}`, timers });
    this.saver.onAnswer = (request, answer, more) => this.takeAnswer(request, answer, more);
  }

  get text() {
    return this.stored ?? this.shown;
  }

  raise(event, context = {}) {
    const { next, effects } = step(stateOf(this.open, this.mark), event);
    ({ open: this.open, mark: this.mark } = STATES[next]);
    for (const effect of effects) EFFECTS[effect]?.(this, context);
    assert.equal(this.open, this.field !== null);
  }

  close() {
    if (!this.field) return;
    const { text } = this.field;
    const event = leaving({ text, stored: this.text, pending: this.saver.isPending(ID) });
    this.raise(event, { ...this.field });
  }

  save() {
    this.planned = false;
    if (!this.field) return;
    if (this.composing) this.raise("pauseComposing");
    else if (this.field.text !== this.text || this.saver.isPending(ID)) this.raise("pause");
  }

  renew({ version, text }) {
    if (version < this.version) return;
    const field = this.field?.text ?? null;
    const event = freshness({ field, stored: this.text, fresh: text, current: this.field?.base === this.version });
    this.raise(event, { fresh: { version, text }, text, base: version });
  }

  takeAnswer({ text: sent }, answer, more) {
    if (answer.status === 409) return this.raise("conflict", { note: answer });
    const { version, text } = answer;
    const overtaken = this.version > version;
    const event = acceptance({ sent, stored: text, field: this.field?.text ?? null, composing: this.composing, more, overtaken });
    if (event === "overtaken") this.raise(event, { text: this.shown, base: this.version });
    else if (event === "overtakenEarlier") this.raise(event, { base: version });
    else if (event) {
      const baseText = event === "acceptedEarlier" && text !== sent ? sent : "";
      this.raise(event, { fresh: { version, text }, text, base: version, baseText });
    }
  }

  resolve(way) {
    if (!this.note) return;
    const mine = this.field?.text ?? this.shown;
    const { theirs, version: base } = this.note;
    const earlier = this.drafts.of(ID)?.refused ?? "";
    // The server takes one refused text with an edit: of two conflicts in a row the later one counts then.
    if (way === "takeTheirs" && !earlier) this.raise(way, { text: theirs, base, refused: mine });
    else if (way !== "takeTheirs") this.raise(way, { text: mine, base, refused: earlier });
  }
}

/** What the table asks for, done to plain values. Those that only say something or move the focus are left out. */
const EFFECTS = {
  openField(page, { text }) {
    const draft = page.drafts.of(ID);
    const { base = page.version, baseText = "", refused = "" } = draft ?? {};
    page.field = { text: text ?? draft?.text ?? page.shown, base, baseText, refused };
  },
  closeField: (page) => Object.assign(page, { field: null, planned: false, composing: false }),
  rebaseField: (page, { base, baseText = "", refused = "" }) => Object.assign(page.field, { base, baseText, refused }),
  moveBase: (page, { base }) => Object.assign(page.field, { base }),
  becomeText: (page, { text }) => Object.assign(page.field, { text }),
  keepDraft: ({ saver, field }) => saver.keep(ID, field.text, field.base, field.baseText, field.refused),
  keepChoice: (page, { text, base, refused }) => page.drafts.keep(ID, { text, base, key: "", ...(refused && { refused }) }),
  dropDraft: (page) => page.drafts.drop(ID),
  planSave: (page) => Object.assign(page, { planned: true }),
  saveField: (page) => page.save(),
  sendField: ({ saver, field }) => saver.save(ID, field.text, field.base, { baseText: field.baseText, refused: field.refused }),
  sendText: (page, { text, base, baseText, refused }) => page.saver.save(ID, text, base, { baseText, refused }),
  showText(page, { text }) {
    page.stored ??= page.shown;
    page.shown = text;
  },
  settleRow(page, { text }) {
    page.stored = page.note = null;
    if (page.shown !== text) EFFECTS.refreshRow(page);
  },
  swapRow: (page, { fresh }) => Object.assign(page, { shown: fresh.text, version: fresh.version, stored: null, note: null }),
  updateShell: (page, { fresh }) => Object.assign(page, { version: fresh.version }),
  carryText: (page, { fresh }) => Object.assign(page, { shown: fresh.text, stored: null }),
  noteStored: (page, { text, base }) => Object.assign(page, { stored: text, version: base }),
  noteFresh: (page, { fresh }) => Object.assign(page, { stored: fresh.text }),
  refreshRow: (page) => page.onTheWay.push(() => page.renew({ version: page.server.version, text: page.server.text })),
  replaceNote: (page, { note }) => Object.assign(page, { note, stored: note.theirs }),
  removeNote: (page) => Object.assign(page, { note: null }),
  removeNotes: (page) => Object.assign(page, { note: null }),
};

const rest = () => new Promise((resolve) => setImmediate(resolve));

/** @param {number} seed */
async function walk(seed) {
  const random = randomOf(seed);
  const server = new Server();
  const page = new Page(server, random);
  const typed = [];
  const doings = [
    () => page.raise("open"),
    () => page.raise("open"),
    () => {
      if (!page.field) return;
      typed.push(`w${typed.length}`);
      page.field.text = union(page.field.text, /** @type {string} */ (typed.at(-1)));
      page.raise("type");
    },
    () => page.field && Object.assign(page, { composing: !page.composing }),
    () => page.planned && page.save(),
    () => page.close(),
    () => server.store(union(`t${server.version}`, server.text)), // A colleague's change,
    () => page.renew({ version: server.version, text: server.text }), // and when the page hears of it.
    () => page.onTheWay.splice(random(page.onTheWay.length), 1)[0]?.(),
    () => page.onTheWay.shift()?.(),
    () => page.resolve(["keepMine", "takeTheirs", "editMine"][random(3)]),
  ];
  for (let count = 0; count < STEPS; count += 1) {
    doings[random(doings.length)]();
    await rest();
    const draft = page.drafts.of(ID);
    const kept = new Set([draft?.text, draft?.sent?.text, draft?.refused, ...server.history].join(" ").split(" "));
    assert.deepEqual(typed.filter((word) => !kept.has(word)), [], `seed ${seed}, step ${count}: all that was typed outlives the page`);
  }
  for (let count = 0; count < 100; count += 1) {
    Object.assign(page, { composing: false });
    page.close();
    if (page.note) page.resolve("keepMine");
    page.onTheWay.shift()?.();
    await rest();
    page.renew({ version: server.version, text: server.text });
  }
  const known = new Set(server.history.join(" ").split(" "));
  assert.deepEqual(typed.filter((word) => !known.has(word)), [], `seed ${seed}: all that was typed is in the history`);
  const end = { shown: page.shown, mark: page.mark, field: page.field, drafts: page.drafts.ids(), pending: page.saver.pending };
  assert.deepEqual(end, { shown: server.text, mark: "", field: null, drafts: [], pending: 0 }, `seed ${seed}`);
  return typed.length;
}

test("whatever happens to a row, nothing typed is lost and the page ends up showing what is stored", async () => {
  let words = 0;
  for (let seed = 1; seed <= WALKS; seed += 1) words += await walk(seed);
  assert.ok(words > WALKS);
});
