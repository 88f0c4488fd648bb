// @ts-check
/**
 * The one table of shortcuts: it binds the keys and makes the list that people read and change.
 *
 * A combination is "Alt+Shift+Digit1": keys are named by their place on the keyboard (`event.code`), because Alt turns
 * them into other signs on a Mac. "Mod" is Ctrl, or the Command key of a Mac.
 *
 * Kept free by the defaults: what browsers take (Ctrl+letters, Alt+D, E, F, B, H, S, T, V, Alt+digits on Linux, F1, F3
 * to F7, F9 to F12), what Chinese input methods and their switches take (Ctrl+Space, Shift+Space, Ctrl+full stop,
 * Ctrl+Shift+letters, Ctrl+Alt+letters), what chats and graphics drivers take of the whole machine (Alt+A, Alt+R, Alt+Z),
 * dead keys of a Mac (Alt+E, I, N, U), plain Space and plain Tab.
 */

/** @typedef {"anywhere" | "rows" | "outside" | "row" | "field"} Where "rows": wherever keys act on a row or its field */
/** @typedef {"listening" | "going" | "text" | "times" | "review" | "speakers" | "general"} Group */
/** @typedef {{command: string, keys: string[], where: Where, group: Group, repeats?: boolean}} Shortcut */
/** @typedef {keyof typeof SITUATIONS} Situation */

/** Where the keyboard can be, and what is bound there. @type {Record<string, readonly Where[]>} */
export const SITUATIONS = {
  page: ["anywhere", "rows", "outside"],
  row: ["anywhere", "rows", "outside", "row"],
  field: ["anywhere", "rows", "field"],
  input: ["anywhere"],
};

export const SPEAKER_KEYS = 9;

/** @type {readonly Shortcut[]} */
export const SHORTCUTS = [
  { command: "play", keys: ["Alt+KeyK", "F8"], where: "anywhere", group: "listening" },
  { command: "back", keys: ["Alt+KeyJ", "F2"], where: "anywhere", group: "listening", repeats: true },
  { command: "forward", keys: ["Alt+KeyL"], where: "anywhere", group: "listening", repeats: true },
  { command: "play_row", keys: ["Alt+KeyP"], where: "anywhere", group: "listening" },
  { command: "play_on", keys: ["Alt+KeyC"], where: "anywhere", group: "listening" },
  { command: "loop_row", keys: ["Alt+Semicolon"], where: "anywhere", group: "listening" },
  { command: "slower", keys: ["Alt+Minus"], where: "anywhere", group: "listening" },
  { command: "faster", keys: ["Alt+Equal"], where: "anywhere", group: "listening" },
  { command: "normal_speed", keys: ["Alt+Digit0"], where: "anywhere", group: "listening" },
  { command: "hold_to_play", keys: [], where: "anywhere", group: "listening" },

  { command: "previous_row", keys: ["Alt+ArrowUp"], where: "anywhere", group: "going", repeats: true },
  { command: "next_row", keys: ["Alt+ArrowDown"], where: "anywhere", group: "going", repeats: true },
  { command: "playhead", keys: ["Alt+KeyG"], where: "anywhere", group: "going" },
  { command: "find", keys: ["Alt+Slash"], where: "anywhere", group: "going" },
  { command: "replace", keys: ["Alt+Backslash"], where: "anywhere", group: "going" },
  { command: "next_hit", keys: ["Alt+Shift+ArrowDown"], where: "anywhere", group: "going", repeats: true },
  { command: "previous_hit", keys: ["Alt+Shift+ArrowUp"], where: "anywhere", group: "going", repeats: true },

  { command: "edit", keys: ["Enter"], where: "row", group: "text" },
  { command: "close", keys: ["Mod+Enter", "Enter", "Escape"], where: "field", group: "text" },
  { command: "split", keys: ["Shift+Enter"], where: "field", group: "text" },
  { command: "merge_above", keys: ["Alt+KeyM"], where: "rows", group: "text" },
  { command: "merge_below", keys: ["Alt+Shift+KeyM"], where: "rows", group: "text" },
  { command: "insert_after", keys: ["Alt+KeyW"], where: "rows", group: "text" },
  { command: "delete_row", keys: ["Alt+KeyX"], where: "rows", group: "text" },
  { command: "original_text", keys: ["Alt+KeyO"], where: "rows", group: "text" },
  { command: "history", keys: ["Alt+Shift+KeyH"], where: "rows", group: "text" },
  { command: "undo", keys: ["Mod+KeyZ"], where: "outside", group: "text" },
  { command: "redo", keys: ["Mod+Shift+KeyZ", "Mod+KeyY"], where: "outside", group: "text" },

  { command: "verify_next", keys: ["Alt+Enter"], where: "rows", group: "review" },
  { command: "next_unverified", keys: ["Alt+PageDown"], where: "anywhere", group: "review" },
  { command: "flag", keys: ["Alt+KeyQ"], where: "rows", group: "review" },
  { command: "comment", keys: ["Alt+Shift+KeyC"], where: "rows", group: "review" },
  { command: "mark_inaudible", keys: ["Alt+KeyY"], where: "field", group: "review" },
  { command: "mark_crosstalk", keys: ["Alt+Shift+KeyY"], where: "field", group: "review" },
  { command: "next_warning", keys: ["Alt+Quote"], where: "anywhere", group: "review" },

  { command: "start_earlier", keys: ["Alt+Comma"], where: "rows", group: "times" },
  { command: "start_later", keys: ["Alt+Period"], where: "rows", group: "times" },
  { command: "end_earlier", keys: ["Alt+BracketLeft"], where: "rows", group: "times" },
  { command: "end_later", keys: ["Alt+BracketRight"], where: "rows", group: "times" },
  { command: "estimated", keys: [], where: "anywhere", group: "times" },

  ...Array.from({ length: SPEAKER_KEYS }, (_none, index) => ({
    command: `speaker_${index + 1}`,
    keys: [`Alt+Shift+Digit${index + 1}`, `Digit${index + 1}`],
    where: /** @type {Where} */ ("rows"),
    group: /** @type {Group} */ ("speakers"),
  })),

  { command: "help", keys: ["?"], where: "outside", group: "general" },
];

/**
 * The table as one person has it.
 * @param {Record<string, string[]>} keys of the commands whose keys the person changed
 * @param {{tab?: boolean, space?: boolean}} [options] whether plain Tab (in the field) and plain Space (outside) play
 * @returns {Shortcut[]}
 */
export function boundTo(keys, { tab = false, space = false } = {}) {
  const own = SHORTCUTS.map((shortcut) => ({ ...shortcut, keys: keys[shortcut.command] ?? shortcut.keys }));
  /** @type {Shortcut[]} */
  const chosen = [];
  if (tab) chosen.push({ command: "play", keys: ["Tab"], where: "field", group: "listening" });
  if (space) chosen.push({ command: "play", keys: ["Space"], where: "outside", group: "listening" });
  return [...own, ...chosen];
}

/** @typedef {Pick<KeyboardEvent, "key" | "code" | "ctrlKey" | "altKey" | "metaKey" | "shiftKey" | "isComposing" | "keyCode"> & {getModifierState?: (name: string) => boolean}} Key */

/**
 * Whether an input method has the keyboard: then no key is ours. (Safari reports the Enter that confirms a candidate
 * with key code 229 and `isComposing` false.)
 * @param {Key} event
 */
export function isComposing(event) {
  return event.isComposing || event.keyCode === 229;
}

/**
 * @param {Key} event
 * @param {Situation} situation
 * @param {readonly Shortcut[]} [shortcuts]
 * @returns {Shortcut | null}
 */
export function shortcutFor(event, situation, shortcuts = SHORTCUTS) {
  if (isComposing(event) || event.getModifierState?.("AltGraph")) return null;
  const found = shortcuts.find((shortcut) =>
    shortcut.keys.some((combination) => presses(event, combination) && fires(shortcut, combination, situation)),
  );
  return found ?? null;
}

const MODIFIERS = ["Mod", "Ctrl", "Meta", "Alt", "Shift"];
/** Keys that write, or that move the caret or the focus; all others, such as F13 or those of a pedal, are free. */
const TYPING =
  /^(\?|Key[A-Z]|Digit\d|Numpad.+|Space|Tab|Enter|Escape|Backspace|Delete|Arrow.+|Home|End|PageUp|PageDown|Minus|Equal|Bracket.+|Backslash|Semicolon|Quote|Backquote|Comma|Period|Slash|Intl.+|Lang\d|Convert|NonConvert|KanaMode)$/;
/** Which of them a command of the field may have there. */
const OF_THE_FIELD = /^(Enter|Escape|Tab)$/;

/** @param {string} combination */
function parsed(combination) {
  const parts = combination.split("+");
  const key = parts.pop() ?? "";
  return { key, modifiers: new Set(parts) };
}

/**
 * Whether the combination works for the shortcut where the keyboard is. What writes in a text works outside of it only.
 * @param {Pick<Shortcut, "where">} shortcut
 * @param {string} combination
 * @param {Situation} situation
 */
function fires({ where }, combination, situation) {
  if (!SITUATIONS[situation].includes(where)) return false;
  const { key, modifiers } = parsed(combination);
  const types = TYPING.test(key) && !["Mod", "Ctrl", "Meta", "Alt"].some((name) => modifiers.has(name));
  if (!types || situation === "page" || situation === "row") return true;
  return where === "field" && OF_THE_FIELD.test(key);
}

/**
 * @param {Key} event
 * @param {string} combination
 */
function presses(event, combination) {
  if (combination === "?") return event.key === "?" && !event.ctrlKey && !event.altKey && !event.metaKey;
  const { key, modifiers } = parsed(combination);
  const control = modifiers.has("Mod")
    ? event.ctrlKey !== event.metaKey
    : event.ctrlKey === modifiers.has("Ctrl") && event.metaKey === modifiers.has("Meta");
  if (!control || event.altKey !== modifiers.has("Alt") || event.shiftKey !== modifiers.has("Shift")) return false;
  return key === (event.code || event.key) || (key === "Enter" && event.key === "Enter");
}

const NO_KEYS = new Set(["", "Process", "Unidentified", "+", "Fn", "Hyper", "Super", "OS"]);
const HELD = /^(Control|Alt|AltGraph|Shift|Meta|CapsLock|NumLock|ScrollLock|FnLock|Symbol)/;

/**
 * The combination that was pressed to be set; null for what can't be one (yet): a modifier alone, an input method's key.
 * @param {Key} event
 * @param {{mac: boolean}} options
 */
export function pressed(event, { mac }) {
  const key = event.key === "Enter" ? "Enter" : event.code || event.key;
  if (isComposing(event) || event.getModifierState?.("AltGraph") || NO_KEYS.has(key) || HELD.test(event.key)) return null;
  if (event.key === "?" && !event.ctrlKey && !event.altKey && !event.metaKey) return "?";
  const held = {
    Mod: mac ? event.metaKey : event.ctrlKey,
    Ctrl: mac && event.ctrlKey,
    Meta: !mac && event.metaKey,
    Alt: event.altKey,
    Shift: event.shiftKey,
  };
  return [...MODIFIERS.filter((name) => held[/** @type {keyof typeof held} */ (name)]), key].join("+");
}

/** What copies, pastes and takes back in every text. */
const OF_EVERY_TEXT = new Set(["KeyA", "KeyC", "KeyV", "KeyX", "KeyY", "KeyZ"]);

/**
 * Why the combination can't be set for the command: "text" (every text field needs it), "never" (it writes, and the
 * command only works in a text), "taken" by another command; null where it can.
 * @param {readonly Shortcut[]} shortcuts as they are bound
 * @param {string} command
 * @param {string} combination
 * @param {(command: string) => boolean} [exists]
 * @returns {{why: "text" | "never" | "taken", by: string} | null}
 */
export function objection(shortcuts, command, combination, exists = () => true) {
  const shortcut = shortcuts.find((one) => one.command === command);
  if (!shortcut) return null;
  const { key, modifiers } = parsed(combination);
  const controls = ["Mod", "Ctrl", "Meta"].some((name) => modifiers.has(name)) && !modifiers.has("Alt");
  const situations = Object.keys(SITUATIONS).filter((situation) => fires(shortcut, combination, situation));
  const inText = situations.includes("field") || situations.includes("input");
  if (inText && controls && OF_EVERY_TEXT.has(key)) return { why: "text", by: "" };
  if (!situations.length) return { why: "never", by: "" };
  const rival = shortcuts.find(
    (other) =>
      other.command !== command &&
      exists(other.command) &&
      other.keys.some((its) => same(its, combination) && situations.some((situation) => fires(other, its, situation))),
  );
  return rival ? { why: "taken", by: rival.command } : null;
}

/**
 * @param {string} one
 * @param {string} other
 */
export function same(one, other) {
  return exact(one).some((combination) => exact(other).includes(combination));
}

/** "Mod" spelt out. @param {string} combination */
function exact(combination) {
  const { key, modifiers } = parsed(combination);
  const rest = [...modifiers].filter((name) => name !== "Mod");
  const spelt = (/** @type {string[]} */ names) => [...names.sort(), key].join("+");
  return modifiers.has("Mod") ? [spelt([...rest, "Ctrl"]), spelt([...rest, "Meta"])] : [spelt(rest)];
}

/** @type {Record<string, string>} */
const SIGNS = {
  ArrowUp: "↑",
  ArrowDown: "↓",
  ArrowLeft: "←",
  ArrowRight: "→",
  PageUp: "PgUp",
  PageDown: "PgDn",
  Delete: "Del",
  Minus: "-",
  Equal: "=",
  Comma: ",",
  Period: ".",
  Slash: "/",
  Backslash: "\\",
  Semicolon: ";",
  Quote: "'",
  Backquote: "`",
  BracketLeft: "[",
  BracketRight: "]",
};
/** @type {Record<string, string>} */
const ON_A_MAC = { Mod: "⌘", Meta: "⌘", Ctrl: "⌃", Alt: "⌥", Shift: "⇧" };
/** @type {Record<string, string>} */
const ELSEWHERE = { Mod: "Ctrl", Meta: "Win" };

/**
 * The combination as a person reads it.
 * @param {string} combination
 * @param {{mac: boolean, names: Record<string, string>}} options names of Enter, Escape and Space
 */
export function keyLabel(combination, { mac, names }) {
  if (combination === "?") return "?";
  return combination
    .split("+")
    .map((part) => {
      const sign = (mac ? ON_A_MAC : ELSEWHERE)[part] ?? SIGNS[part] ?? names[part];
      return sign ?? part.replace(/^Key(?=.$)|^Digit/, "").replace(/^Numpad/, "Num ");
    })
    .join(mac ? " " : "+");
}
