// @ts-check
/**
 * The one table of shortcuts: it binds the keys and makes the list that people read.
 *
 * Letters and signs are named by their place on the keyboard (`event.code`), because Alt turns them into other signs
 * on a Mac. Kept free: what browsers and input methods use, plain Space, plain Tab.
 */

/** @typedef {"anywhere" | "outside" | "row" | "field"} Where */
/** @typedef {{command: string, keys: string[], where: Where}} Shortcut */

/** @type {readonly Shortcut[]} */
export const SHORTCUTS = [
  { command: "play", keys: ["Ctrl+Space", "Alt+KeyK", "F8"], where: "anywhere" },
  { command: "back", keys: ["Alt+KeyJ", "F2"], where: "anywhere" },
  { command: "forward", keys: ["Alt+KeyL", "F4"], where: "anywhere" },
  { command: "slower", keys: ["Alt+Minus"], where: "anywhere" },
  { command: "faster", keys: ["Alt+Equal"], where: "anywhere" },
  { command: "play_row", keys: ["Alt+KeyP"], where: "anywhere" },
  { command: "previous_row", keys: ["Alt+ArrowUp"], where: "anywhere" },
  { command: "next_row", keys: ["Alt+ArrowDown"], where: "anywhere" },
  { command: "playhead", keys: ["Alt+KeyG"], where: "anywhere" },
  { command: "edit", keys: ["Enter"], where: "row" },
  { command: "close", keys: ["Mod+Enter", "Enter", "Escape"], where: "field" },
  { command: "undo", keys: ["Mod+KeyZ"], where: "outside" },
  { command: "help", keys: ["?"], where: "outside" },
];

/** @typedef {Pick<KeyboardEvent, "key" | "code" | "ctrlKey" | "altKey" | "metaKey" | "shiftKey" | "isComposing" | "keyCode">} Key */

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
 * @param {Where[]} places where the focus is
 * @returns {string | null} the command
 */
export function commandFor(event, places) {
  if (isComposing(event)) return null;
  const found = SHORTCUTS.find(
    ({ keys, where }) => places.includes(where) && keys.some((combination) => presses(event, combination)),
  );
  return found?.command ?? null;
}

/**
 * @param {Key} event
 * @param {string} combination
 */
function presses(event, combination) {
  if (combination === "?") return event.key === "?" && !event.ctrlKey && !event.altKey && !event.metaKey;
  const parts = combination.split("+");
  const key = parts.pop();
  const mod = parts.includes("Mod");
  if (mod ? event.ctrlKey === event.metaKey : event.ctrlKey !== parts.includes("Ctrl") || event.metaKey) return false;
  if (event.altKey !== parts.includes("Alt") || event.shiftKey) return false;
  return key === event.code || (key === "Enter" && event.key === "Enter");
}

const SIGNS = { ArrowUp: "↑", ArrowDown: "↓", Minus: "-", Equal: "=" };

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
      if (part === "Mod") return mac ? "⌘" : "Ctrl";
      if (part === "Alt") return mac ? "⌥" : "Alt";
      if (part in SIGNS) return SIGNS[/** @type {keyof typeof SIGNS} */ (part)];
      return names[part] ?? part.replace(/^Key/, "");
    })
    .join(mac ? " " : "+");
}
