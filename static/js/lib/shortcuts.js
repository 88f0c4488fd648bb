// @ts-check
/**
 * The one table of shortcuts: it binds the keys and makes the list that people read and change.
 *
 * A combination is "Alt+Shift+Digit1": keys are named by their place on the keyboard (`event.code`), because layouts and
 * modifiers turn them into other signs. "Mod" is Ctrl, or the Command key of a Mac.
 *
 * In a text, a key that writes is never a command. Option (Alt) writes on a Mac, so Macs have defaults of their own.
 *
 * Kept free by the defaults: what browsers take (Ctrl+letters, Alt+D, E, F, B, H, S, T, V, Alt+digits on Linux, F1, F3
 * to F7, F9 to F12), what Chinese input methods and their switches take (Ctrl+Space, Shift+Space, Ctrl+full stop,
 * Ctrl+Shift+letters, Ctrl+Alt+letters), what chats and graphics drivers take of the whole machine (Alt+A, Alt+R, Alt+Z),
 * plain Space and plain Tab. On a Mac: Option with what writes, the Control keys that move and delete in every text
 * (A, B, D, E, F, H, K, L, N, O, P, T, V, Y, also with Shift where that selects), Control with Space, arrows and function
 * keys (the system's), Control+Option (VoiceOver's), Control+Shift+J, K and semicolon (Japanese input), Command+letters.
 */

/** @typedef {"anywhere" | "rows" | "outside" | "row" | "field"} Where "rows": wherever keys act on a row or its field */
/** @typedef {"listening" | "going" | "selecting" | "text" | "times" | "review" | "speakers" | "general"} Group */
/** @typedef {{command: string, keys: string[], mac?: string[], where: Where, group: Group, repeats?: boolean}} Shortcut `mac`: its keys on a Mac, if others */
/** @typedef {keyof typeof SITUATIONS} Situation */

/** Where the keyboard can be, and what is bound there. @type {Record<string, readonly Where[]>} */
export const SITUATIONS = {
  page: ["anywhere", "rows", "outside"],
  row: ["anywhere", "rows", "outside", "row"],
  field: ["anywhere", "rows", "field"],
  input: ["anywhere"],
};

export const SPEAKER_KEYS = 9;

/** Whether this is a Mac, an iPad or an iPhone. */
export const MAC = /Mac|iP(hone|ad)/.test(globalThis.navigator?.platform ?? "");

/** @type {readonly Shortcut[]} */
export const SHORTCUTS = [
  { command: "play", keys: ["Alt+KeyK", "F8"], mac: ["Ctrl+KeyJ", "F8"], where: "anywhere", group: "listening" },
  { command: "back", keys: ["Alt+KeyJ", "F2"], mac: ["Ctrl+KeyU", "F2"], where: "anywhere", group: "listening", repeats: true },
  { command: "forward", keys: ["Alt+KeyL"], mac: ["Ctrl+KeyI"], where: "anywhere", group: "listening", repeats: true },
  { command: "play_row", keys: ["Alt+KeyP"], mac: ["Ctrl+KeyR"], where: "anywhere", group: "listening" },
  { command: "play_on", keys: ["Alt+KeyC"], mac: ["Ctrl+Shift+KeyR"], where: "anywhere", group: "listening" },
  { command: "loop_row", keys: ["Alt+Semicolon"], mac: ["Ctrl+Semicolon"], where: "anywhere", group: "listening" },
  { command: "slower", keys: ["Alt+Minus"], mac: ["Ctrl+Minus"], where: "anywhere", group: "listening" },
  { command: "faster", keys: ["Alt+Equal"], mac: ["Ctrl+Equal"], where: "anywhere", group: "listening" },
  { command: "normal_speed", keys: ["Alt+Digit0"], mac: ["Ctrl+Digit0"], where: "anywhere", group: "listening" },
  { command: "hold_to_play", keys: [], where: "anywhere", group: "listening" },

  { command: "previous_row", keys: ["Alt+ArrowUp"], where: "anywhere", group: "going", repeats: true },
  { command: "next_row", keys: ["Alt+ArrowDown"], where: "anywhere", group: "going", repeats: true },
  { command: "playhead", keys: ["Alt+KeyG"], mac: ["Ctrl+KeyG"], where: "anywhere", group: "going" },
  { command: "find", keys: ["Alt+Slash"], mac: ["Ctrl+Slash"], where: "anywhere", group: "going" },
  { command: "replace", keys: ["Alt+Backslash"], mac: ["Ctrl+Backslash"], where: "anywhere", group: "going" },
  { command: "export", keys: ["Alt+Shift+KeyS"], mac: ["Ctrl+Shift+KeyQ"], where: "anywhere", group: "going" },
  { command: "next_hit", keys: ["Alt+Shift+ArrowDown"], where: "anywhere", group: "going", repeats: true },
  { command: "previous_hit", keys: ["Alt+Shift+ArrowUp"], where: "anywhere", group: "going", repeats: true },

  { command: "select_above", keys: ["Shift+ArrowUp"], where: "row", group: "selecting", repeats: true },
  { command: "select_below", keys: ["Shift+ArrowDown"], where: "row", group: "selecting", repeats: true },
  { command: "select_turn_above", keys: ["Shift+PageUp"], where: "row", group: "selecting" },
  { command: "select_turn_below", keys: ["Shift+PageDown"], where: "row", group: "selecting" },
  { command: "select_to_top", keys: ["Shift+Home"], where: "row", group: "selecting" },
  { command: "select_to_bottom", keys: ["Shift+End"], where: "row", group: "selecting" },
  { command: "select_all", keys: ["Mod+KeyA"], where: "outside", group: "selecting" },

  { command: "edit", keys: ["Enter"], where: "row", group: "text" },
  { command: "edit_spoken", keys: ["Alt+KeyI"], mac: ["Ctrl+Shift+KeyI"], where: "anywhere", group: "text" },
  { command: "close", keys: ["Mod+Enter", "Enter", "Escape"], where: "field", group: "text" },
  { command: "split", keys: ["Shift+Enter"], where: "field", group: "text" },
  { command: "merge_above", keys: ["Alt+KeyM"], mac: ["Ctrl+KeyM"], where: "rows", group: "text" },
  { command: "merge_below", keys: ["Alt+Shift+KeyM"], mac: ["Ctrl+Shift+KeyM"], where: "rows", group: "text" },
  { command: "words_above", keys: ["Alt+KeyU"], mac: ["Ctrl+Shift+KeyG"], where: "field", group: "text" },
  { command: "words_below", keys: ["Alt+Shift+KeyU"], mac: ["Ctrl+Shift+KeyW"], where: "field", group: "text" },
  { command: "insert_after", keys: ["Alt+KeyW"], mac: ["Ctrl+KeyW"], where: "rows", group: "text" },
  { command: "delete_row", keys: ["Alt+KeyX"], mac: ["Ctrl+Shift+KeyD"], where: "rows", group: "text" },
  { command: "original_text", keys: ["Alt+KeyO"], mac: ["Ctrl+Shift+KeyO"], where: "rows", group: "text" },
  { command: "history", keys: ["Alt+Shift+KeyH"], mac: ["Ctrl+Shift+KeyH"], where: "rows", group: "text" },
  { command: "undo", keys: ["Mod+KeyZ"], where: "outside", group: "text" },
  { command: "redo", keys: ["Mod+Shift+KeyZ", "Mod+KeyY"], where: "outside", group: "text" },

  { command: "verify_next", keys: ["Alt+Enter"], where: "rows", group: "review" },
  { command: "verify_until", keys: ["Alt+Shift+Enter"], where: "rows", group: "review" },
  { command: "next_unverified", keys: ["Alt+PageDown"], where: "anywhere", group: "review" },
  { command: "flag", keys: ["Alt+KeyQ"], mac: ["Ctrl+KeyQ"], where: "rows", group: "review" },
  { command: "comment", keys: ["Alt+Shift+KeyC"], mac: ["Ctrl+KeyS"], where: "rows", group: "review" },
  { command: "remember", keys: ["Alt+Shift+KeyG"], mac: ["Ctrl+Shift+KeyL"], where: "rows", group: "review" },
  { command: "recurrences", keys: ["Alt+Shift+KeyO"], mac: ["Ctrl+Shift+Slash"], where: "anywhere", group: "review" },
  { command: "mark_inaudible", keys: ["Alt+KeyY"], mac: ["Ctrl+Shift+KeyU"], where: "field", group: "review" },
  { command: "mark_crosstalk", keys: ["Alt+Shift+KeyY"], mac: ["Ctrl+Shift+KeyT"], where: "field", group: "review" },
  { command: "next_warning", keys: ["Alt+Quote"], mac: ["Ctrl+Quote"], where: "anywhere", group: "review" },

  { command: "start_earlier", keys: ["Alt+Comma"], mac: ["Ctrl+Comma"], where: "rows", group: "times" },
  { command: "start_later", keys: ["Alt+Period"], mac: ["Ctrl+Period"], where: "rows", group: "times" },
  { command: "end_earlier", keys: ["Alt+BracketLeft"], mac: ["Ctrl+BracketLeft"], where: "rows", group: "times" },
  { command: "end_later", keys: ["Alt+BracketRight"], mac: ["Ctrl+BracketRight"], where: "rows", group: "times" },
  { command: "shift_rows", keys: [], where: "anywhere", group: "times" },
  { command: "estimated", keys: [], where: "anywhere", group: "times" },
  { command: "fillers", keys: [], where: "anywhere", group: "text" },
  { command: "hide_fillers", keys: [], where: "anywhere", group: "text" },

  ...Array.from({ length: SPEAKER_KEYS }, (_none, index) => ({
    command: `speaker_${index + 1}`,
    keys: [`Alt+Shift+Digit${index + 1}`, `Digit${index + 1}`],
    mac: [`Ctrl+Shift+Digit${index + 1}`, `Digit${index + 1}`],
    where: /** @type {Where} */ ("rows"),
    group: /** @type {Group} */ ("speakers"),
  })),

  { command: "next_unsure", keys: ["Alt+Shift+Quote"], mac: ["Ctrl+Shift+Quote"], where: "anywhere", group: "speakers" },
  { command: "speaker_menu", keys: ["Alt+KeyN"], mac: ["Ctrl+Shift+KeyS"], where: "rows", group: "speakers" },

  { command: "help", keys: ["?"], where: "outside", group: "general" },
];

/**
 * The keys of the command where nobody changed them.
 * @param {Pick<Shortcut, "keys" | "mac">} shortcut
 * @param {boolean} [mac]
 */
export function defaultKeys({ keys, mac: onMac }, mac = MAC) {
  return mac && onMac ? onMac : keys;
}

/**
 * The table as one person has it. Their own keys win over the defaults of other commands.
 * @param {Record<string, string[]>} keys of the commands whose keys the person changed
 * @param {{tab?: boolean, space?: boolean, mac?: boolean}} [options] whether plain Tab (in the field) and plain Space
 *   (outside) play
 * @returns {Shortcut[]}
 */
export function boundTo(keys, { tab = false, space = false, mac = MAC } = {}) {
  const changed = SHORTCUTS.filter(({ command }) => keys[command]).map((shortcut) => ({ ...shortcut, keys: keys[shortcut.command] }));
  const own = SHORTCUTS.map((shortcut) => {
    const free = (/** @type {string} */ its) => !changed.some((other) => rivals(other, shortcut, its, mac));
    return { ...shortcut, keys: keys[shortcut.command] ?? defaultKeys(shortcut, mac).filter(free) };
  });
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

/** Names of keys, such as "Enter"; every other `event.key` is what the key writes. */
const NAMED = /^([A-Z][A-Za-z0-9]+)?$/;
/** What no layout has on a letter's key without Option or AltGr; letters of other scripts are those keys' own. */
const THIRD_LEVEL = /^(Dead|[@[\\\]{|}~]|(?!\p{ASCII})[\p{Script=Latin}\p{Script=Common}].*)$/u;

/**
 * Whether the key writes, or begins (a dead key), a character: by itself, by Option, or by AltGr, which some browsers on
 * Windows report as Ctrl+Alt.
 * @param {Key} event
 * @param {boolean} [mac]
 */
export function writes(event, mac = MAC) {
  const { key, code, ctrlKey, altKey, metaKey } = event;
  if (metaKey || (NAMED.test(key) && key !== "Dead")) return false;
  if (event.getModifierState?.("AltGraph")) return true;
  if (ctrlKey) return altKey && !mac && !/^\w$/.test(key);
  return !altKey || mac || (/^Key/.test(code) && THIRD_LEVEL.test(key));
}

/**
 * @param {Key} event
 * @param {Situation} situation
 * @param {readonly Shortcut[]} [shortcuts]
 * @param {boolean} [mac]
 * @returns {Shortcut | null}
 */
export function shortcutFor(event, situation, shortcuts = SHORTCUTS, mac = MAC) {
  if (isComposing(event) || event.getModifierState?.("AltGraph")) return null;
  if (isText(situation) && writes(event, mac)) return null;
  const found = shortcuts.find((shortcut) =>
    shortcut.keys.some((combination) => presses(event, combination) && fires(shortcut, combination, situation, mac)),
  );
  return found ?? null;
}

/** @param {string} situation */
export const isText = (situation) => situation === "field" || situation === "input";

const MODIFIERS = ["Mod", "Ctrl", "Meta", "Alt", "Shift"];
/** Keys that write, or that move the caret or the focus; all others, such as F13 or those of a pedal, are free. */
const TYPING =
  /^(\?|Key[A-Z]|Digit\d|Numpad.+|Space|Tab|Enter|Escape|Backspace|Delete|Arrow.+|Home|End|PageUp|PageDown|Minus|Equal|Bracket.+|Backslash|Semicolon|Quote|Backquote|Comma|Period|Slash|Intl.+|Lang\d|Convert|NonConvert|KanaMode)$/;
/** Which of them a command of the field may have there. */
const OF_THE_FIELD = /^(Enter|Escape|Tab)$/;
/** Which of them write with Option, too. */
const WRITING = /^(Key[A-Z]|Digit\d|Space|Minus|Equal|Bracket.+|Backslash|Semicolon|Quote|Backquote|Comma|Period|Slash|Intl.+)$/;

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
 * @param {string} situation
 * @param {boolean} mac
 */
function fires({ where }, combination, situation, mac) {
  if (!SITUATIONS[situation].includes(where)) return false;
  const { key, modifiers } = parsed(combination);
  if (!isText(situation) || ["Mod", "Ctrl", "Meta"].some((name) => modifiers.has(name))) return true;
  if (modifiers.has("Alt")) return !(mac && WRITING.test(key));
  return !TYPING.test(key) || (where === "field" && OF_THE_FIELD.test(key));
}

/**
 * Whether the command could work in texts, but not by this combination, which writes there.
 * @param {Pick<Shortcut, "where">} shortcut
 * @param {string} combination
 * @param {boolean} [mac]
 */
export function worksOnlyOutside(shortcut, combination, mac = MAC) {
  return SITUATIONS.field.includes(shortcut.where) && !fires(shortcut, combination, "field", mac);
}

/**
 * Whether a key of `one` is this key of `other`, somewhere where both work.
 * @param {Shortcut} one
 * @param {Shortcut} other
 * @param {string} combination
 * @param {boolean} mac
 */
function rivals(one, other, combination, mac) {
  if (one.command === other.command) return false;
  const situations = Object.keys(SITUATIONS).filter((situation) => fires(other, combination, situation, mac));
  return one.keys.some((its) => same(its, combination) && situations.some((situation) => fires(one, its, situation, mac)));
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
 * @param {boolean} [mac]
 * @returns {{why: "text" | "never" | "taken", by: string} | null}
 */
export function objection(shortcuts, command, combination, exists = () => true, mac = MAC) {
  const shortcut = shortcuts.find((one) => one.command === command);
  if (!shortcut) return null;
  const { key, modifiers } = parsed(combination);
  const controls = ["Mod", "Ctrl", "Meta"].some((name) => modifiers.has(name)) && !modifiers.has("Alt");
  const situations = Object.keys(SITUATIONS).filter((situation) => fires(shortcut, combination, situation, mac));
  if (situations.some(isText) && controls && OF_EVERY_TEXT.has(key)) return { why: "text", by: "" };
  if (!situations.length) return { why: "never", by: "" };
  const rival = shortcuts.find((other) => exists(other.command) && rivals(other, shortcut, combination, mac));
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
