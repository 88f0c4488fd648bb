import assert from "node:assert/strict";
import test from "node:test";

import { SHORTCUTS, commandFor, keyLabel } from "../../static/js/lib/shortcuts.js";

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

const FIELD = ["anywhere", "field"];
const ROW = ["anywhere", "outside", "row"];

test("keys work where the table says", () => {
  const cases = [
    ["Ctrl+Space", FIELD, "play"],
    ["Alt+KeyK", FIELD, "play"],
    ["F8", ROW, "play"],
    ["Alt+ArrowUp", FIELD, "previous_row"],
    ["Enter", FIELD, "close"],
    ["NumpadEnter", FIELD, "close"],
    ["Ctrl+Enter", FIELD, "close"],
    ["Meta+Enter", FIELD, "close"],
    ["Escape", FIELD, "close"],
    ["Enter", ROW, "edit"],
    ["Enter", ["anywhere", "outside"], null],
    ["Ctrl+KeyZ", ROW, "undo"],
    ["Meta+KeyZ", ROW, "undo"],
    ["Ctrl+KeyZ", FIELD, null],
    ["Ctrl+Shift+KeyZ", ROW, null],
    ["Escape", ROW, null],
    ["Space", ROW, null],
    ["Tab", FIELD, null],
    ["Shift+Enter", FIELD, null],
    ["Ctrl+Alt+KeyK", FIELD, null], // AltGr writes signs
    ["Ctrl+Meta+KeyZ", ROW, null],
  ];
  for (const [combination, places, command] of cases) {
    const event = press(combination, combination === "NumpadEnter" ? { key: "Enter" } : {});
    assert.equal(commandFor(event, places), command, `${combination} in ${places}`);
  }
});

test("the question mark is the sign, wherever it lies", () => {
  assert.equal(commandFor(press("Shift+Minus", { key: "?" }), ROW), "help");
  assert.equal(commandFor(press("Shift+Slash", { key: "?" }), FIELD), null);
});

test("no key is ours while an input method composes", () => {
  for (const composing of [{ isComposing: true }, { keyCode: 229 }]) {
    for (const combination of ["Enter", "Escape", "Ctrl+Space", "Alt+KeyK"]) {
      assert.equal(commandFor(press(combination, composing), FIELD), null);
    }
  }
});

test("no combination means two things in one place", () => {
  const together = [["anywhere", "outside", "row"], ["anywhere", "field"]];
  for (const places of together) {
    const keys = SHORTCUTS.filter(({ where }) => places.includes(where)).flatMap((shortcut) => shortcut.keys);
    assert.equal(new Set(keys).size, keys.length);
  }
});

test("combinations are written as the keyboard shows them", () => {
  const names = { Enter: "回车", Escape: "Esc", Space: "空格" };
  const label = (combination, mac) => keyLabel(combination, { mac, names });
  assert.deepEqual(
    ["Ctrl+Space", "Alt+KeyK", "Mod+Enter", "Alt+ArrowUp", "F8", "?", "Alt+Equal"].map((keys) => label(keys, false)),
    ["Ctrl+空格", "Alt+K", "Ctrl+回车", "Alt+↑", "F8", "?", "Alt+="],
  );
  assert.deepEqual([label("Mod+KeyZ", true), label("Alt+KeyJ", true)], ["⌘ Z", "⌥ J"]);
});
