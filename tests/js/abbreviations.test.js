import assert from "node:assert/strict";
import test from "node:test";

import { expansionAt } from "../../static/js/lib/abbreviations.js";

const ABBREVIATIONS = {
  ";fw": "Flashweb",
  fw: "for what",
  btw: "by the way",
  "->": "→",
  北邮: "北京邮电大学",
  ";北": "北京",
  ";a": "one",
  ";a.b": "two",
};

/** The text once it was typed up to the bar and what follows was typed behind it. */
function typed(text, abbreviations = ABBREVIATIONS) {
  const [before, next] = text.split("|");
  const found = expansionAt(before + next, before.length, [...next][0] ?? "", abbreviations);
  return found ? before.slice(0, found.start) + found.becomes + next : null;
}

const CASES = {
  "a space, a sign and the end of the text end a word": [
    [";fw| ", "Flashweb "],
    [";fw|,", "Flashweb,"],
    [";fw|'s", "Flashweb's"],
    [";fw|。", "Flashweb。"],
    [";fw|", "Flashweb"],
    ["(btw|)", "(by the way)"],
    [";fw|\u3000", "Flashweb\u3000"],
  ],
  "a word goes on with letters, digits and marks": [
    [";fw|x", null],
    [";fw|2", null],
    ["btw|é", null],
    ["btw|\u0301", null],
  ],
  "a word begins after what is none": [
    ["xbtw| ", null],
    ["2btw| ", null],
    ["𝒜btw| ", null],
    ["x btw| ", "x by the way "],
    ["说btw| ", "说by the way "],
    ["see;fw| ", "seeFlashweb "],
  ],
  "Chinese ends a word of letters, and goes on without spaces": [
    ["我们用;fw|很", "我们用Flashweb很"],
    ["我们用;fw|很多年", "我们用Flashweb很多年"],
    ["说btw|吧", "说by the way吧"],
    ["；fw| ", "Flashweb "],
    ["；ｆｗ|，", "Flashweb，"],
  ],
  "an abbreviation in Chinese ends with a sign, and with anything if it begins with one": [
    ["在北邮|，", "在北京邮电大学，"],
    ["在北邮|箱", null],
    ["在;北|的", "在北京的"],
  ],
  "the longest one counts, and one that may become longer has not ended": [
    [";fw| ", "Flashweb "],
    ["fw| ", "for what "],
    [";a|.", null],
    [";a.b| ", "two "],
    [";a| ", "one "],
  ],
  "signs alone end with anything": [
    ["a ->|b", "a →b"],
    ["a ->| ", "a → "],
  ],
  "nothing else is touched": [
    ["fwd| ", null],
    [";FW| ", null],
    ["| ", null],
  ],
};

for (const [name, cases] of Object.entries(CASES)) {
  test(name, () => {
    for (const [text, wanted] of cases) assert.equal(typed(text), wanted, text);
  });
}

test("without abbreviations, nothing becomes anything", () => {
  assert.equal(typed(";fw| ", {}), null);
  assert.equal(typed(";fw| ", { "": "x" }), null);
});
