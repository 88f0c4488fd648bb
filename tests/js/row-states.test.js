import assert from "node:assert/strict";
import test from "node:test";

import { EVENTS, RULES, STATES, acceptance, freshness, leaving, stateOf, step } from "../../static/js/lib/row-states.js";

const ALL = Object.keys(STATES);
const PAIRS = ALL.flatMap((state) => EVENTS.map((event) => ({ state, event, ...step(state, event) })));

/** Each event with what it does in each state: the states, the next one ("=": the same), the effects in their order. */
const EXPECTED = `
open
  stored > open: openField
  unsaved > openUnsaved: openField
  conflict > openConflict: openField
  invalid > openInvalid: openField
  open openUnsaved openConflict openInvalid > =: focusField
type
  stored unsaved conflict invalid > =:
  open openUnsaved openConflict openInvalid > =: keepDraft forgetSaved planSave
pause
  stored unsaved conflict invalid openConflict openInvalid > =:
  open openUnsaved > =: sendField
pauseComposing
  stored unsaved conflict invalid > =:
  open openUnsaved openConflict openInvalid > =: planSave
leaveSame
  stored unsaved conflict invalid > =:
  open openUnsaved openConflict openInvalid > stored: closeField dropDraft settleRow sayNothing
leaveEmpty
  stored unsaved conflict invalid > =:
  open openUnsaved openConflict openInvalid > stored: closeField dropDraft settleRow sayNothing reportEmpty
leaveChanged
  stored unsaved conflict invalid > =:
  open openUnsaved openConflict openInvalid > unsaved: closeField removeNotes showText sendText
discard
  stored unsaved conflict invalid > =:
  open openUnsaved openConflict openInvalid > stored: closeField dropDraft
write
  stored conflict invalid > unsaved: forgetSession showText sendText
  unsaved > =: forgetSession showText sendText
  open openUnsaved openConflict openInvalid > =: typeText
restore
  stored conflict invalid > unsaved: showText resumeDraft
  unsaved > =: showText resumeDraft
  open openUnsaved openConflict openInvalid > =:
keepMine
  stored unsaved conflict invalid > =: removeNote sendText focusRow
  open > =: removeNote rebaseField keepDraft forgetSaved planSave saveField
  openUnsaved openConflict openInvalid > open: removeNote rebaseField keepDraft forgetSaved planSave saveField
takeTheirs
  stored conflict invalid > unsaved: focusRow removeNote showText sendText
  unsaved > =: focusRow removeNote showText sendText
  open openUnsaved openConflict openInvalid > unsaved: closeField dropDraft focusRow removeNote showText sendText
takeStored
  stored unsaved conflict invalid > =: focusRow fetchStored
  open openUnsaved openConflict openInvalid > stored: closeField dropDraft focusRow fetchStored
editMine
  stored unsaved conflict invalid > open: removeNote keepChoice openField keepDraft forgetSaved planSave
  open > =: removeNote rebaseField keepDraft forgetSaved planSave
  openUnsaved openConflict openInvalid > open: removeNote rebaseField keepDraft forgetSaved planSave
editMerged
  stored unsaved conflict invalid > open: removeNote keepChoice openField showMerged keepDraft forgetSaved planSave
  open > =: removeNote rebaseField showMerged keepDraft forgetSaved planSave
  openUnsaved openConflict openInvalid > open: removeNote rebaseField showMerged keepDraft forgetSaved planSave
accepted
  stored > =: swapRow arrangeRows
  unsaved conflict invalid > stored: swapRow arrangeRows
  open > =: updateShell carryText rebaseField dropDraft
  openUnsaved openConflict openInvalid > open: updateShell carryText rebaseField dropDraft
acceptedMerged
  stored > =: swapRow arrangeRows
  unsaved conflict invalid > stored: swapRow arrangeRows
  open > =: updateShell carryText rebaseField becomeText dropDraft
  openUnsaved openConflict openInvalid > open: updateShell carryText rebaseField becomeText dropDraft
acceptedEarlier
  stored unsaved conflict invalid > =: noteStored
  open > =: updateShell carryText rebaseField keepDraft forgetSaved planSave
  openUnsaved openConflict openInvalid > open: updateShell carryText rebaseField keepDraft forgetSaved planSave
overtaken
  stored > =: refreshRow
  unsaved conflict invalid > stored: refreshRow
  open > =: rebaseField becomeText dropDraft
  openUnsaved openConflict openInvalid > open: rebaseField becomeText dropDraft
overtakenEarlier
  stored > =: refreshRow
  unsaved conflict invalid > stored: refreshRow
  open > =: rebaseField keepDraft forgetSaved planSave
  openUnsaved openConflict openInvalid > open: rebaseField keepDraft forgetSaved planSave
conflict
  stored unsaved invalid > conflict: replaceNote sayConflict
  conflict > =: replaceNote sayConflict
  open openUnsaved openInvalid > openConflict: replaceNote keepDraft forgetSaved planSave sayConflict
  openConflict > =: replaceNote keepDraft forgetSaved planSave sayConflict
invalid
  stored unsaved conflict > invalid: replaceNote sayInvalid
  invalid > =: replaceNote sayInvalid
  open openUnsaved openConflict > openInvalid: replaceNote keepDraft forgetSaved planSave sayInvalid
  openInvalid > =: replaceNote keepDraft forgetSaved planSave sayInvalid
missing
  stored unsaved conflict invalid open openUnsaved openConflict openInvalid > =: sayMissing
fresh
  stored > =: swapRow
  unsaved conflict invalid > =: updateShell noteFresh
  open openUnsaved openConflict openInvalid > =: updateShell carryText
freshUntouched
  stored unsaved conflict invalid > =:
  open openUnsaved openConflict openInvalid > =: becomeText moveBase updateShell carryText
freshSame
  stored unsaved conflict invalid > =:
  open openUnsaved openConflict openInvalid > =: moveBase updateShell carryText
removed
  stored > =: forgetRow
  unsaved conflict invalid > stored: forgetRow
  open openUnsaved openConflict openInvalid > stored: rescueText closeField forgetRow
`;

/** @returns {Map<string, {next: string, effects: string[]}>} by state and event */
function expected() {
  const steps = new Map();
  let event = "";
  for (const line of EXPECTED.split("\n").filter(Boolean)) {
    if (!line.startsWith(" ")) event = line;
    else {
      const [states, result] = line.trim().split(" > ");
      const [next, effects] = result.split(":");
      for (const state of states.split(" ")) {
        steps.set(`${state} ${event}`, { next: next === "=" ? state : next, effects: effects.trim().split(" ").filter(Boolean) });
      }
    }
  }
  return steps;
}

const STEPS = expected();
for (const { state, event, next, effects } of PAIRS) {
  test(`row ${state}: ${event}`, () => {
    assert.deepEqual({ next, effects }, STEPS.get(`${state} ${event}`));
  });
}

test("every pair of a state and an event is ruled, and ruled once", () => {
  const pairs = RULES.flatMap(([event, states]) => states.map((state) => `${state} ${event}`));
  assert.deepEqual(pairs.toSorted(), ALL.flatMap((state) => EVENTS.map((event) => `${state} ${event}`)).toSorted());
  assert.equal(STEPS.size, pairs.length);
});

test("a field is there exactly in the states that say so", () => {
  for (const { state, event, next, effects } of PAIRS) {
    const change = Number(STATES[next].open) - Number(STATES[state].open);
    const made = Number(effects.includes("openField")) - Number(effects.includes("closeField"));
    assert.equal(made, change, `${state} ${event}`);
  }
});

test("an open field is never swapped with its row", () => {
  for (const { state, event, effects } of PAIRS) {
    if (STATES[state].open) assert.ok(!effects.includes("swapRow"), `${state} ${event}`);
  }
});

test("what is typed is sent, kept as a draft, or given back when its field goes", () => {
  const harmless = { leaveSame: "settleRow", leaveEmpty: "settleRow", removed: "rescueText", takeStored: "fetchStored" };
  for (const { state, event, effects } of PAIRS.filter((pair) => pair.effects.includes("closeField"))) {
    if (event === "discard") continue; // What was typed stands elsewhere: its row was split, merged or emptied.
    assert.ok(effects.includes(harmless[event] ?? "sendText"), `${state} ${event}`);
  }
});

test("a draft goes only when the server has the text or the person gave it up", () => {
  const events = new Set(PAIRS.filter(({ effects }) => effects.includes("dropDraft")).map(({ event }) => event));
  const given = ["leaveSame", "leaveEmpty", "discard", "takeTheirs", "takeStored"];
  assert.deepEqual(events, new Set([...given, "accepted", "acceptedMerged", "overtaken"]));
});

test("a text that was refused is not sent again until its writer decides", () => {
  for (const state of ["openConflict", "openInvalid"]) {
    for (const event of EVENTS) {
      const { effects, next } = step(state, event);
      const sends = effects.some((effect) => ["sendField", "sendText", "saveField"].includes(effect));
      const decided = ["leaveChanged", "keepMine", "takeTheirs"].includes(event);
      assert.equal(sends, decided, `${state} ${event}`);
      if (decided) assert.ok(!["conflict", "invalid"].includes(STATES[next].mark));
    }
  }
});

test("what was typed is kept before anything is said of it", () => {
  for (const { effects } of PAIRS) {
    const [kept, planned] = [effects.indexOf("keepDraft"), effects.indexOf("planSave")];
    if (planned >= 0 && effects.length > 1) assert.ok(kept >= 0 && kept < planned);
  }
});

test("a row tells its state by its attributes", () => {
  for (const state of ALL) assert.equal(stateOf(STATES[state].open, STATES[state].mark), state);
  assert.equal(stateOf(false), "stored");
});

test("a field is left with the stored text, with none, or with another one", () => {
  assert.equal(leaving({ text: "a", stored: "a", pending: false }), "leaveSame");
  assert.equal(leaving({ text: "", stored: "", pending: false }), "leaveEmpty");
  assert.equal(leaving({ text: "a", stored: "b", pending: false }), "leaveChanged");
  assert.equal(leaving({ text: "a", stored: "a", pending: true }), "leaveChanged", "an earlier text is on its way");
  assert.equal(leaving({ text: "", stored: "b", pending: false }), "leaveChanged");
});

test("a stored text is told by what the page shows by now", () => {
  const facts = { sent: "a", stored: "a", field: null, composing: false, more: false, overtaken: false };
  const told = (/** @type {object} */ others) => acceptance({ ...facts, ...others });
  assert.equal(told({}), "accepted");
  assert.equal(told({ more: true }), "acceptedEarlier");
  assert.equal(told({ stored: "ab" }), "accepted", "a closed row shows whatever was merged");
  assert.equal(told({ field: "a" }), "accepted");
  assert.equal(told({ field: "a", composing: true }), "accepted");
  assert.equal(told({ field: "ab" }), "acceptedEarlier");
  assert.equal(told({ field: "a", stored: "ab" }), "acceptedMerged");
  assert.equal(told({ field: "a", stored: "ab", composing: true }), "acceptedEarlier", "a composition goes on");
  assert.equal(told({ overtaken: true }), "overtaken");
  assert.equal(told({ overtaken: true, field: "a" }), "overtaken");
  assert.equal(told({ overtaken: true, field: "a", composing: true }), "overtakenEarlier");
  assert.equal(told({ overtaken: true, field: "ab" }), "overtakenEarlier");
  for (const field of [null, "a", "ab"]) assert.equal(told({ overtaken: true, more: true, field }), null);
});

test("a fresh row is shown in a field only where nothing was typed", () => {
  const facts = { stored: "a", fresh: "b", current: true };
  assert.equal(freshness({ ...facts, field: null }), "fresh");
  assert.equal(freshness({ ...facts, field: "a" }), "freshUntouched");
  assert.equal(freshness({ ...facts, field: "b" }), "freshSame");
  assert.equal(freshness({ ...facts, field: "c" }), "fresh");
  assert.equal(freshness({ ...facts, fresh: "a", field: "c" }), "freshSame", "only its times or marks changed");
  assert.equal(freshness({ ...facts, fresh: "a", field: "c", current: false }), "fresh", "it is written over an older text");
  assert.equal(freshness({ ...facts, fresh: "a", field: "a", current: false }), "freshSame");
});
