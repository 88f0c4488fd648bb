import assert from "node:assert/strict";
import test from "node:test";

import { SHORTCUTS, SITUATIONS, boundTo, keyLabel, objection, pressed, shortcutFor } from "../../static/js/lib/shortcuts.js";

/** A key press: "Ctrl+Alt+KeyA"; what the key writes is given where it matters. */
function press(combination, more = {}) {
  const parts = combination.split("+");
  const code = parts.pop();
  return {
    code,
    key: code === "Enter" || code === "Escape" ? code : "",
    ctrlKey: parts.includes("Ctrl"),
    altKey: parts.includes("Alt"),
    metaKey: parts.includes("Meta"),
    shiftKey: parts.includes("Shift"),
    isComposing: false,
    keyCode: 0,
    ...more,
  };
}

const commandFor = (event, situation, shortcuts) => shortcutFor(event, situation, shortcuts)?.command ?? null;

test("keys work where the table says", () => {
  const cases = [
    ["Alt+KeyK", "field", "play"],
    ["Alt+KeyK", "input", "play"],
    ["F8", "row", "play"],
    ["Alt+ArrowUp", "field", "previous_row"],
    ["Enter", "field", "close"],
    ["NumpadEnter", "field", "close"],
    ["Ctrl+Enter", "field", "close"],
    ["Meta+Enter", "field", "close"],
    ["Escape", "field", "close"],
    ["Shift+Enter", "field", "split"],
    ["Alt+Enter", "field", "verify_next"],
    ["Alt+Enter", "row", "verify_next"],
    ["Alt+Enter", "input", null],
    ["Alt+KeyX", "input", null],
    ["Alt+KeyX", "field", "delete_row"],
    ["Enter", "row", "edit"],
    ["Enter", "page", null],
    ["Ctrl+KeyZ", "row", "undo"],
    ["Meta+KeyZ", "page", "undo"],
    ["Ctrl+Shift+KeyZ", "row", "redo"],
    ["Ctrl+KeyY", "row", "redo"],
    ["Ctrl+KeyZ", "field", null],
    ["Ctrl+Shift+KeyZ", "field", null],
    ["Ctrl+KeyY", "input", null],
    ["Digit3", "row", "speaker_3"],
    ["Digit3", "field", null],
    ["Digit3", "input", null],
    ["Alt+Shift+Digit3", "field", "speaker_3"],
    ["Escape", "row", null],
    ["Space", "row", null],
    ["Tab", "field", null],
    ["Ctrl+Alt+KeyK", "field", null], // AltGr writes signs
    ["Ctrl+Meta+KeyZ", "row", null],
  ];
  for (const [combination, situation, command] of cases) {
    const event = press(combination, combination === "NumpadEnter" ? { key: "Enter" } : {});
    assert.equal(commandFor(event, situation), command, `${combination} in ${situation}`);
  }
  assert.equal(commandFor({ ...press("Alt+KeyK"), getModifierState: (name) => name === "AltGraph" }, "field"), null);
});

test("the question mark is the sign, wherever it lies", () => {
  assert.equal(commandFor(press("Shift+Minus", { key: "?" }), "row"), "help");
  assert.equal(commandFor(press("Shift+Slash", { key: "?" }), "field"), null);
});

test("no key of the table is ours while an input method composes", () => {
  for (const composing of [{ isComposing: true }, { keyCode: 229 }]) {
    for (const situation of Object.keys(SITUATIONS)) {
      for (const combination of SHORTCUTS.flatMap(({ keys }) => keys)) {
        const event = press(combination.replace("Mod", "Ctrl"), composing);
        assert.equal(commandFor(event, situation), null, combination);
        assert.equal(pressed(event, { mac: false }), null, combination);
      }
    }
  }
});

test("no combination of the table means two things in one place", () => {
  for (const { command, keys } of SHORTCUTS) {
    for (const key of keys) assert.equal(objection(SHORTCUTS, command, key), null, `${command}: ${key}`);
  }
});

test("the table takes nothing from browsers and input methods", () => {
  const browsers = ["D", "E", "F", "B", "H", "S", "T", "V"].map((letter) => `Alt+Key${letter}`);
  const digits = Array.from({ length: 9 }, (_none, index) => `Alt+Digit${index + 1}`);
  const functions = [1, 3, 4, 5, 6, 7, 9, 10, 11, 12].map((number) => `F${number}`);
  const taken = new Set([...browsers, ...digits, ...functions, "Alt+KeyA", "Alt+KeyR", "Alt+KeyZ", "Ctrl+Space", "Mod+Space", "Shift+Space", "Mod+Period", "Space", "Tab"]);
  const keys = SHORTCUTS.flatMap((shortcut) => shortcut.keys);
  assert.deepEqual(keys.filter((key) => taken.has(key) || /^(Ctrl|Mod)\+(Alt|Shift)\+(?!KeyZ$)/.test(key)), []);
});

test("a person's keys take the place of the table's", () => {
  const mine = boundTo({ play: ["F13", "KeyP"], back: [], gone: ["F15"] });
  const cases = [
    ["F13", "field", "play"],
    ["KeyP", "row", "play"],
    ["KeyP", "field", null], // it writes
    ["Alt+KeyK", "field", null],
    ["F2", "page", null],
    ["Alt+KeyL", "page", "forward"],
    ["F15", "page", null],
  ];
  for (const [combination, situation, command] of cases) {
    assert.equal(commandFor(press(combination), situation, mine), command, `${combination} in ${situation}`);
  }
  assert.equal(mine.length, SHORTCUTS.length);
});

test("Tab and Space play only where that was chosen", () => {
  const mine = boundTo({}, { tab: true, space: true });
  const found = Object.keys(SITUATIONS).map((situation) => [
    commandFor(press("Tab"), situation, mine),
    commandFor(press("Space"), situation, mine),
    commandFor(press("Shift+Tab"), situation, mine),
  ]);
  assert.deepEqual(Object.fromEntries(Object.keys(SITUATIONS).map((situation, index) => [situation, found[index]])), {
    page: [null, "play", null],
    row: [null, "play", null],
    field: ["play", null, null],
    input: [null, null, null],
  });
});

test("keys are set as they are pressed, pedals' keys too", () => {
  const cases = [
    [press("Ctrl+Shift+KeyB"), false, "Mod+Shift+KeyB"],
    [press("Meta+KeyB"), true, "Mod+KeyB"],
    [press("Ctrl+KeyB"), true, "Ctrl+KeyB"],
    [press("Meta+KeyB"), false, "Meta+KeyB"],
    [press("F24", { key: "F24" }), false, "F24"],
    [press("MediaPlayPause", { key: "MediaPlayPause" }), false, "MediaPlayPause"],
    [press("", { key: "BrowserBack" }), false, "BrowserBack"],
    [press("NumpadEnter", { key: "Enter" }), false, "Enter"],
    [press("Shift+Slash", { key: "?" }), false, "?"],
    [press("Ctrl+ControlLeft", { key: "Control" }), false, null],
    [press("Alt+AltLeft", { key: "Alt" }), false, null],
    [press("", { key: "Unidentified" }), false, null],
    [{ ...press("KeyQ", { key: "@" }), getModifierState: (name) => name === "AltGraph" }, false, null],
  ];
  for (const [event, mac, combination] of cases) assert.equal(pressed(event, { mac }), combination);
  for (const combination of ["F13", "MediaTrackNext", "BrowserBack", "Pause"]) {
    assert.equal(commandFor(press(combination), "field", boundTo({ back: [combination] })), "back");
  }
});

test("what can't be set has a reason", () => {
  const cases = [
    ["play", "F13", null],
    ["play", "Alt+KeyK", null], // its own
    ["play", "Alt+KeyJ", { why: "taken", by: "back" }],
    ["split", "Alt+KeyJ", { why: "taken", by: "back" }],
    ["play", "Mod+KeyC", { why: "text", by: "" }],
    ["play", "Ctrl+KeyV", { why: "text", by: "" }],
    ["help", "Mod+KeyC", null], // outside of text fields
    ["help", "Ctrl+KeyZ", { why: "taken", by: "undo" }],
    ["play", "Mod+Enter", { why: "taken", by: "close" }],
    ["close", "KeyA", { why: "never", by: "" }],
    ["split", "Backspace", { why: "never", by: "" }],
    ["edit", "Escape", null], // on a row, not in the field
    ["play", "Digit1", { why: "taken", by: "speaker_1" }],
    ["nonsense", "F13", null],
  ];
  for (const [command, combination, reason] of cases) {
    assert.deepEqual(objection(SHORTCUTS, command, combination), reason, `${command}: ${combination}`);
  }
  assert.equal(objection(SHORTCUTS, "play", "Digit1", (command) => !command.startsWith("speaker")), null);
  assert.deepEqual(objection(boundTo({}, { space: true }), "help", "Space"), { why: "taken", by: "play" });
});

test("combinations are written as the keyboard shows them", () => {
  const names = { Enter: "回车", Escape: "Esc", Space: "空格" };
  const label = (combination, mac) => keyLabel(combination, { mac, names });
  const keys = ["Ctrl+Space", "Alt+KeyK", "Mod+Enter", "Alt+ArrowUp", "F8", "?", "Alt+Equal", "Alt+Shift+Digit1", "Numpad5", "Meta+Pause"];
  assert.deepEqual(
    keys.map((one) => label(one, false)),
    ["Ctrl+空格", "Alt+K", "Ctrl+回车", "Alt+↑", "F8", "?", "Alt+=", "Alt+Shift+1", "Num 5", "Win+Pause"],
  );
  assert.deepEqual(["Mod+KeyZ", "Alt+KeyJ", "Ctrl+Shift+KeyA"].map((one) => label(one, true)), ["⌘ Z", "⌥ J", "⌃ ⇧ A"]);
});
