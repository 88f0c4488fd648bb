// @ts-check
/**
 * What can be done on the editor's page, by name. Each part registers its own commands; the keys of `shortcuts.js` and
 * the buttons with `data-command` run them, and what nobody has registered is neither bound nor listed.
 *
 *     const leave = register({ split: () => this.split(), verify_next: () => this.verifyAndGoOn() });
 */

/** @typedef {() => unknown} Doing what it returns is thrown away */

/** @type {Map<string, Doing>} */
const doings = new Map();

/**
 * @param {Record<string, Doing>} commands
 * @returns {() => void} takes them out again (those that nobody has registered anew meanwhile)
 */
export function register(commands) {
  for (const [command, doing] of Object.entries(commands)) doings.set(command, doing);
  return () => {
    for (const [command, doing] of Object.entries(commands)) {
      if (doings.get(command) === doing) doings.delete(command);
    }
  };
}

/** @param {string} command */
export const isRegistered = (command) => doings.has(command);

/**
 * @param {string} command
 * @returns {boolean} whether somebody does it
 */
export function run(command) {
  const doing = doings.get(command);
  doing?.();
  return doing !== undefined;
}
