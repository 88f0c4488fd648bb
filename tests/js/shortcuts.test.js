import assert from "node:assert/strict";
import test from "node:test";

import { SHORTCUTS, SITUATIONS, boundTo, keyLabel, objection, pressed, shortcutFor, worksOnlyOutside } from "../../static/js/lib/shortcuts.js";

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

/** Every command by every combination the page could know, so that any key that is taken for a command shows. */
const everything = (mac) => [
  ...boundTo({}, { mac, tab: true, space: true }),
  ...SHORTCUTS.map((shortcut) => ({ ...shortcut, where: /** @type {const} */ ("anywhere") })),
];

const ALT_GRAPH = { getModifierState: (name) => name === "AltGraph" };
/** What keyboards send: the platform, the combination, what the key writes, and more of the event. */
const WRITTEN = [
  // Polish, on a Mac
  ...Object.entries({ A: "ą", C: "ć", E: "ę", L: "ł", N: "ń", O: "ó", S: "ś", X: "ź", Z: "ż" }).flatMap(([letter, sign]) => [
    ["Mac", `Alt+Key${letter}`, sign],
    ["Mac", `Alt+Shift+Key${letter}`, sign.toUpperCase()],
  ]),
  // German, on a Mac
  ...Object.entries({ KeyL: "@", KeyM: "µ", KeyE: "€", KeyQ: "«", KeyC: "ç", KeyX: "≈", KeyW: "∑", KeyO: "ø", KeyP: "π", KeyG: "©" }).map(
    ([code, sign]) => ["Mac", `Alt+${code}`, sign],
  ),
  ...Object.entries({ Digit5: "[", Digit6: "]", Digit7: "|", Digit8: "{", Digit9: "}", Minus: "¿", Equal: "\u2019", Quote: "æ", Comma: "∞", Period: "…", Slash: "–", BracketLeft: "•", BracketRight: "±", Semicolon: "œ", Backslash: "‘" }).map(
    ([code, sign]) => ["Mac", `Alt+${code}`, sign],
  ),
  ["Mac", "Alt+Shift+Digit7", "\\"],
  ["Mac", "Alt+KeyN", "Dead"],
  ["Mac", "Alt+KeyU", "Dead"],
  ["Mac", "Alt+KeyK", "˚"],
  // A platform that is not told, or a Mac's keyboard elsewhere
  ["", "Alt+KeyX", "ź"],
  ["", "Alt+KeyM", "µ"],
  ["", "Alt+KeyC", "ć"],
  ["", "Alt+KeyL", "@"],
  ["", "Alt+KeyN", "Dead"],
  // AltGr: Polish and German, on Windows and Linux
  ...Object.entries({ KeyX: "ź", KeyL: "ł", KeyC: "ć", KeyQ: "@", KeyE: "€", Digit7: "{", Digit0: "}", Minus: "\\", BracketRight: "~", KeyM: "µ" }).flatMap(
    ([code, sign]) => [
      ["", code, sign, ALT_GRAPH],
      ["", `Ctrl+Alt+${code}`, sign, ALT_GRAPH],
      ["", `Ctrl+Alt+${code}`, sign],
    ],
  ),
  ["", "Ctrl+Alt+KeyN", "Dead"],
  // Without modifiers; one key can write several code points.
  ["", "KeyB", "لا"],
  ["", "Shift+Slash", "?"],
  ["", "Space", " "],
];

test("a key that writes is no command in a text", () => {
  for (const [platform, combination, key, more] of WRITTEN) {
    const mac = platform === "Mac";
    const own = boundTo({ play: [combination], close: [combination], split: [combination.replace("Ctrl", "Mod")] }, { mac });
    for (const shortcuts of [everything(mac), everything(!mac), own]) {
      for (const situation of ["field", "input"]) {
        assert.equal(shortcutFor(press(combination, { key, ...more }), situation, shortcuts, mac), null, `${combination} ${key}`);
      }
    }
  }
});

test("a Chinese input method has every key of both tables", () => {
  const keys = SHORTCUTS.flatMap((shortcut) => [...shortcut.keys, ...(shortcut.mac ?? [])]);
  for (const combination of keys) {
    for (const composing of [{ key: "Process", keyCode: 229 }, { isComposing: true }, { key: "n", keyCode: 229, isComposing: true }]) {
      for (const mac of [true, false]) {
        const event = press(combination.replace("Mod", mac ? "Meta" : "Ctrl"), composing);
        for (const situation of Object.keys(SITUATIONS)) assert.equal(shortcutFor(event, situation, everything(mac), mac), null);
      }
    }
  }
});

test("letters of other scripts with Alt are commands still", () => {
  const cases = [["KeyK", "л", "play"], ["KeyX", "ч", "delete_row"], ["KeyL", "λ", "forward"], ["KeyM", ",", "merge_above"], ["Semicolon", "m", "loop_row"]];
  for (const [code, key, command] of cases) assert.equal(shortcutFor(press(`Alt+${code}`, { key }), "field", SHORTCUTS, false)?.command, command);
  const own = boundTo({ play: ["Mod+Alt+KeyK"] }, { mac: false });
  assert.equal(shortcutFor(press("Ctrl+Alt+KeyK", { key: "k" }), "field", own, false)?.command, "play");
});

test("a Mac has a key for every command, wherever it works", () => {
  const bound = boundTo({}, { mac: true });
  for (const { command, keys, where } of bound) {
    const usual = SHORTCUTS.find((one) => one.command === command);
    assert.equal(keys.length, usual?.keys.length, command);
    if (keys.length) assert.ok(keys.some((key) => !worksOnlyOutside({ where }, key, true)), command);
    for (const key of keys) assert.equal(objection(bound, command, key, undefined, true), null, `${command}: ${key}`);
  }
  const cases = [["Ctrl+KeyJ", "field", "play"], ["Ctrl+KeyJ", "input", "play"], ["Ctrl+Shift+KeyD", "field", "delete_row"], ["Meta+Enter", "field", "close"], ["Ctrl+Shift+Digit3", "field", "speaker_3"], ["Alt+Enter", "field", "verify_next"], ["Alt+KeyX", "row", null]];
  for (const [combination, situation, command] of cases) {
    const code = combination.split("+").pop();
    const key = code.startsWith("Key") ? code.slice(3).toLowerCase() : code.replace("Digit", "");
    assert.equal(shortcutFor(press(combination, { key }), situation, bound, true)?.command ?? null, command, combination);
  }
});

test("a Mac's table takes nothing from the system, its browsers and every text", () => {
  const moving = [..."ABDEFHKLNOPTVY"].map((letter) => `Ctrl+Key${letter}`);
  const selecting = [..."ABEFNPV"].map((letter) => `Ctrl+Shift+Key${letter}`);
  const japanese = ["KeyJ", "KeyK", "Semicolon"].map((code) => `Ctrl+Shift+${code}`);
  const taken = new Set([...moving, ...selecting, ...japanese]);
  const keys = boundTo({}, { mac: true }).flatMap((shortcut) => shortcut.keys);
  const system = /^(Ctrl\+(Shift\+)?(Space|Arrow.+|F\d+|Tab)|Ctrl\+Alt\+.*|Mod\+(?!Enter$|KeyA$|KeyZ$|Shift\+KeyZ$|KeyY$).*|Alt\+(?!(Shift\+)?(Enter$|Arrow|Page)).*)$/;
  assert.deepEqual(keys.filter((key) => taken.has(key) || system.test(key)), []);
});

test("keys that people chose stay, on a Mac too, and win over its defaults", () => {
  const mine = boundTo({ play: ["Alt+KeyK", "F8"], flag: ["Ctrl+KeyU"], edit: ["Enter", "KeyE"] }, { mac: true });
  const commandOf = (combination, situation, key) => shortcutFor(press(combination, { key }), situation, mine, true)?.command ?? null;
  assert.deepEqual(
    [commandOf("Alt+KeyK", "row", "˚"), commandOf("Alt+KeyK", "field", "˚"), commandOf("F8", "field", "F8"), commandOf("Ctrl+KeyJ", "field", "j")],
    ["play", null, "play", null],
  );
  assert.deepEqual([commandOf("Ctrl+KeyU", "field", "u"), commandOf("F2", "field", "F2")], ["flag", "back"]);
  assert.deepEqual([commandOf("Enter", "row", "Enter"), commandOf("Enter", "field", "Enter")], ["edit", "close"]);
  assert.deepEqual(objection(mine, "split", "Alt+KeyQ", undefined, true), { why: "never", by: "" });
  assert.equal(objection(mine, "split", "Alt+Shift+KeyP", undefined, false), null);
});
