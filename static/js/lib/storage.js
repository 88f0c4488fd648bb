// @ts-check
/** The browser's storage, which may be forbidden or full: then what is kept lives as long as the page. */

/** @typedef {Pick<Storage, "getItem" | "setItem" | "removeItem" | "key" | "length">} Store */

/** @returns {Store} */
export function memory() {
  /** @type {Map<string, string>} */
  const items = new Map();
  return {
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => void items.set(key, value),
    removeItem: (key) => void items.delete(key),
    key: (index) => [...items.keys()][index] ?? null,
    get length() {
      return items.size;
    },
  };
}

/** @returns {Store} */
export function storage() {
  try {
    localStorage.setItem("flashweb.probe", "1");
    localStorage.removeItem("flashweb.probe");
    return localStorage;
  } catch {
    return memory();
  }
}
