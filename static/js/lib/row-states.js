// @ts-check
/**
 * What becomes of a row while its text is typed, saved, refused and changed by others: a table that gives for each state
 * and each event the next state and what is to be done, in order. It touches nothing: `editor/editing.js` raises the
 * events, and `editor/row-effects.js` does what they ask for.
 */

/**
 * A row shows what is stored, a text that the server does not have yet (`unsaved`), or a text that the server did not take
 * and that waits for its writer: somebody else changed the same words (`conflict`), or it is none that a row can have
 * (`invalid`). Each of these with its field open or closed.
 */
export const STATES = /** @type {const} */ ({
  stored: { open: false, mark: "" },
  unsaved: { open: false, mark: "unsaved" },
  conflict: { open: false, mark: "conflict" },
  invalid: { open: false, mark: "invalid" },
  open: { open: true, mark: "" },
  openUnsaved: { open: true, mark: "unsaved" },
  openConflict: { open: true, mark: "conflict" },
  openInvalid: { open: true, mark: "invalid" },
});

/** @typedef {keyof typeof STATES} State */
/** @typedef {typeof EVENTS[number]} Event */
/**
 * @typedef {"openField" | "focusField" | "closeField" | "typeText" | "rebaseField" | "moveBase" | "becomeText" | "showMerged"
 *   | "keepDraft" | "keepChoice" | "dropDraft" | "resumeDraft" | "forgetSession" | "planSave" | "saveField" | "sendField" | "sendText"
 *   | "showText" | "settleRow" | "swapRow" | "arrangeRows" | "updateShell" | "carryText" | "noteStored" | "noteFresh" | "fetchStored"
 *   | "refreshRow" | "forgetRow" | "replaceNote" | "removeNote" | "removeNotes" | "focusRow" | "reportEmpty" | "rescueText"
 *   | "sayNothing" | "forgetSaved" | "sayConflict" | "sayInvalid" | "sayMissing"} Effect
 */
/** @typedef {{next: State, effects: readonly Effect[]}} Step */

export const EVENTS = /** @type {const} */ ([
  // The person opens the row, or an open one once more; types in it; pauses (or a change of rows wants the text stored).
  ...["open", "type", "pause", "pauseComposing"],
  // The field is left: with the text that is stored, with no text, with another one; or what was typed is thrown away.
  ...["leaveSame", "leaveEmpty", "leaveChanged", "discard"],
  // A command gives the row another text; an earlier visit left one.
  ...["write", "restore"],
  // How a refused text is settled: as it is, by the stored one (`takeStored`: one of the two is empty), or by writing on.
  ...["keepMine", "takeTheirs", "takeStored", "editMine", "editMerged"],
  // The server stored the text; `Merged` with somebody else's; `Earlier`: the page has a later one by now.
  ...["accepted", "acceptedMerged", "acceptedEarlier"],
  // The same, and the page already shows a newer version of the row than the answer's.
  ...["overtaken", "overtakenEarlier"],
  // The server did not take the text, or has no such row.
  ...["conflict", "invalid", "missing"],
  // The row came anew: beside what is typed, over a field in which nothing was typed, with what stands in the field.
  ...["fresh", "freshUntouched", "freshSame"],
  "removed",
]);

const CLOSED = /** @type {const} */ (["stored", "unsaved", "conflict", "invalid"]);
const OPEN = /** @type {const} */ (["open", "openUnsaved", "openConflict", "openInvalid"]);
const ALL = [...CLOSED, ...OPEN];
/** @type {Effect[]} */
const TYPED = ["keepDraft", "forgetSaved", "planSave"];
/** @type {Effect[]} */
const FROM_ANSWER = ["updateShell", "carryText"];

/** Event, the states in which it has these effects, the next state ("" is the same), the effects. @type {[Event, readonly State[], State | "", Effect[]][]} */
export const RULES = [
  ["open", ["stored"], "open", ["openField"]],
  ["open", ["unsaved"], "openUnsaved", ["openField"]],
  ["open", ["conflict"], "openConflict", ["openField"]],
  ["open", ["invalid"], "openInvalid", ["openField"]],
  ["open", OPEN, "", ["focusField"]],
  ["type", OPEN, "", TYPED],
  ["pause", ["open", "openUnsaved"], "", ["sendField"]],
  // What was refused waits for its writer.
  ["pause", ["openConflict", "openInvalid"], "", []],
  ["pauseComposing", OPEN, "", ["planSave"]],
  ["leaveSame", OPEN, "stored", ["closeField", "dropDraft", "settleRow", "sayNothing"]],
  ["leaveEmpty", OPEN, "stored", ["closeField", "dropDraft", "settleRow", "sayNothing", "reportEmpty"]],
  ["leaveChanged", OPEN, "unsaved", ["closeField", "removeNotes", "showText", "sendText"]],
  ["discard", OPEN, "stored", ["closeField", "dropDraft"]],
  ["write", CLOSED, "unsaved", ["forgetSession", "showText", "sendText"]],
  ["write", OPEN, "", ["typeText"]],
  ["restore", CLOSED, "unsaved", ["showText", "resumeDraft"]],

  ["keepMine", CLOSED, "", ["removeNote", "sendText", "focusRow"]],
  ["keepMine", OPEN, "open", ["removeNote", "rebaseField", ...TYPED, "saveField"]],
  ["takeTheirs", CLOSED, "unsaved", ["focusRow", "removeNote", "showText", "sendText"]],
  ["takeTheirs", OPEN, "unsaved", ["closeField", "dropDraft", "focusRow", "removeNote", "showText", "sendText"]],
  ["takeStored", CLOSED, "", ["focusRow", "fetchStored"]],
  ["takeStored", OPEN, "stored", ["closeField", "dropDraft", "focusRow", "fetchStored"]],
  ["editMine", CLOSED, "open", ["removeNote", "keepChoice", "openField", ...TYPED]],
  ["editMine", OPEN, "open", ["removeNote", "rebaseField", ...TYPED]],
  ["editMerged", CLOSED, "open", ["removeNote", "keepChoice", "openField", "showMerged", ...TYPED]],
  ["editMerged", OPEN, "open", ["removeNote", "rebaseField", "showMerged", ...TYPED]],

  ["accepted", CLOSED, "stored", ["swapRow", "arrangeRows"]],
  ["accepted", OPEN, "open", [...FROM_ANSWER, "rebaseField", "dropDraft"]],
  ["acceptedMerged", CLOSED, "stored", ["swapRow", "arrangeRows"]],
  ["acceptedMerged", OPEN, "open", [...FROM_ANSWER, "rebaseField", "becomeText", "dropDraft"]],
  ["acceptedEarlier", CLOSED, "", ["noteStored"]],
  ["acceptedEarlier", OPEN, "open", [...FROM_ANSWER, "rebaseField", ...TYPED]],
  ["overtaken", CLOSED, "stored", ["refreshRow"]],
  ["overtaken", OPEN, "open", ["rebaseField", "becomeText", "dropDraft"]],
  ["overtakenEarlier", CLOSED, "stored", ["refreshRow"]],
  ["overtakenEarlier", OPEN, "open", ["rebaseField", ...TYPED]],
  ["conflict", CLOSED, "conflict", ["replaceNote", "sayConflict"]],
  ["conflict", OPEN, "openConflict", ["replaceNote", ...TYPED, "sayConflict"]],
  ["invalid", CLOSED, "invalid", ["replaceNote", "sayInvalid"]],
  ["invalid", OPEN, "openInvalid", ["replaceNote", ...TYPED, "sayInvalid"]],
  ["missing", ALL, "", ["sayMissing"]],

  ["fresh", ["stored"], "", ["swapRow"]],
  ["fresh", ["unsaved", "conflict", "invalid"], "", ["updateShell", "noteFresh"]],
  ["fresh", OPEN, "", FROM_ANSWER],
  ["freshUntouched", OPEN, "", ["becomeText", "moveBase", ...FROM_ANSWER]],
  ["freshSame", OPEN, "", ["moveBase", ...FROM_ANSWER]],
  ["removed", CLOSED, "stored", ["forgetRow"]],
  ["removed", OPEN, "stored", ["rescueText", "closeField", "forgetRow"]],

  // Only a field has these.
  .../** @type {Event[]} */ (["type", "pause", "pauseComposing", "leaveSame", "leaveEmpty", "leaveChanged", "discard"]).map(ignored(CLOSED)),
  .../** @type {Event[]} */ (["freshUntouched", "freshSame"]).map(ignored(CLOSED)),
  // Drafts are restored before anything can be open.
  .../** @type {Event[]} */ (["restore"]).map(ignored(OPEN)),
];

/** @param {readonly State[]} states @returns {(event: Event) => [Event, readonly State[], "", Effect[]]} */
function ignored(states) {
  return (event) => [event, states, "", []];
}

/** @type {Map<string, Step>} */
const STEPS = new Map();
for (const [event, states, next, effects] of RULES) {
  for (const state of states) STEPS.set(`${state} ${event}`, { next: next || state, effects });
}

/**
 * @param {State} state
 * @param {Event} event
 * @returns {Step}
 */
export const step = (state, event) => /** @type {Step} */ (STEPS.get(`${state} ${event}`));

/**
 * @param {boolean} open
 * @param {string} [mark] as the row carries it
 * @returns {State}
 */
export function stateOf(open, mark = "") {
  const states = /** @type {State[]} */ (Object.keys(STATES));
  return states.find((state) => STATES[state].open === open && STATES[state].mark === mark) ?? "stored";
}

/**
 * How a field is left.
 * @param {{text: string, stored: string, pending: boolean}} facts `pending`: an earlier text of the row is on its way
 * @returns {Event}
 */
export function leaving({ text, stored, pending }) {
  if (text !== stored || pending) return "leaveChanged";
  return text ? "leaveSame" : "leaveEmpty";
}

/**
 * What it means that the server stored a text.
 * @param {object} facts
 * @param {string} facts.sent what was sent
 * @param {string} facts.stored what stands now: the server may have merged it
 * @param {string | null} facts.field what stands in the open field
 * @param {boolean} facts.composing whether an input method is at work in it
 * @param {boolean} facts.more whether a later text of the row is sent next
 * @param {boolean} facts.overtaken whether the page has a newer version of the row
 * @returns {Event | null} null: what is sent next will tell
 */
export function acceptance({ sent, stored, field, composing, more, overtaken }) {
  if (overtaken && more) return null;
  if (overtaken) return field === null || (field === stored && !composing) ? "overtaken" : "overtakenEarlier";
  if (field === null) return more ? "acceptedEarlier" : "accepted";
  if (field === stored) return "accepted";
  return field === sent && !composing ? "acceptedMerged" : "acceptedEarlier";
}

/**
 * What it means for the row that it came anew.
 * @param {object} facts
 * @param {string | null} facts.field what stands in the open field
 * @param {string} facts.stored what was stored until now
 * @param {string} facts.fresh what is stored now
 * @param {boolean} facts.current whether the field is written over the version that the page has
 * @returns {Event}
 */
export function freshness({ field, stored, fresh, current }) {
  if (field === null) return "fresh";
  if (field === stored && fresh !== stored) return "freshUntouched";
  // What was written over the text that still stands is written over it at its new version, too.
  return field === fresh || (fresh === stored && current) ? "freshSame" : "fresh";
}
