// @ts-check
/** Where an abbreviation ends in a text, and what it becomes there. */

// Writing without spaces, in which every character is a word's end.
const HAN = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u;
const LETTER = /[\p{L}\p{M}\p{N}_]/u;
/** @param {string} character */
const isLetter = (character) => LETTER.test(character) && !HAN.test(character);

/** Full-width signs and letters, as Chinese input methods write them, count as the others. @param {string} text */
const halfWidth = (text) => text.replace(/[！-～]/g, (sign) => String.fromCharCode(sign.charCodeAt(0) - 0xfee0));

/**
 * The abbreviation that ends at `end` now that `next` follows there; the longest one counts.
 *
 * One that ends with a letter goes on with letters and ends with anything else; it also begins after anything else, if with
 * a letter. One that ends with a Chinese character ends with a sign or a letter, or with anything if it begins with a sign.
 * While it may become a longer one, it has not ended.
 * @param {string} text
 * @param {number} end
 * @param {string} next one character, or none where the text is done
 * @param {Readonly<Record<string, string>>} abbreviations to what they become
 * @returns {{start: number, becomes: string} | null}
 */
export function expansionAt(text, end, next, abbreviations) {
  const before = halfWidth(text.slice(0, end));
  const names = Object.keys(abbreviations).filter((name) => name && before.endsWith(name));
  for (const name of names.sort((one, other) => other.length - one.length)) {
    const start = end - name.length;
    const [first, last] = [[...name][0], [...name].at(-1) ?? ""];
    if (isLetter(first) && isLetter([...before.slice(0, start)].at(-1) ?? "")) continue;
    const wordless = !isLetter(first) && !HAN.test(first);
    if (isLetter(last) ? isLetter(next) : HAN.test(last) && HAN.test(next) && !wordless) continue;
    const longer = name + halfWidth(next);
    if (next && Object.keys(abbreviations).some((other) => other.startsWith(longer))) return null;
    return { start, becomes: abbreviations[name] };
  }
  return null;
}
