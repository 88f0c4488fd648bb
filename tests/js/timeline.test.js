import assert from "node:assert/strict";
import test from "node:test";

import { Timeline } from "../../static/js/lib/timeline.js";
import { unpack } from "../../static/js/lib/words.js";

const ROWS = [
  { id: "a", start: 1000, end: 2000 },
  { id: "b", start: 3000, end: 9000 }, // one channel …
  { id: "c", start: 4000, end: 5000 }, // … spoken over by the other
  { id: "d", start: 9500, end: 9900 },
];
const WORDS = {
  a: unpack({ w: [0, 1, 100, 300, 0, 1, 200, 300] }, 1000), // 1100–1400, 1600–1900
  b: unpack({ w: [0, 1, 0, 500, 0, 1, 3000, 500] }, 3000), // 3000–3500, 6500–7000
};
const at = (ms) => new Timeline(ROWS).at(ms, (row) => WORDS[row.id] ?? null);

test("before the first row nothing is spoken", () => {
  assert.deepEqual(at(0), { row: -1, word: -1, next: 1000 });
});

test("a row begins before its first word", () => {
  assert.deepEqual(at(1000), { row: 0, word: -1, next: 1100 });
});

test("a word stays until the next one starts", () => {
  assert.deepEqual(at(1100), { row: 0, word: 0, next: 1600 });
  assert.deepEqual(at(1599), { row: 0, word: 0, next: 1600 });
  assert.deepEqual(at(1600), { row: 0, word: 1, next: 2000 });
});

test("in a pause the row keeps its mark and no word is spoken", () => {
  assert.deepEqual(at(2000), { row: 0, word: -1, next: 3000 });
});

test("a row that was spoken over goes on after it", () => {
  assert.deepEqual(at(4500), { row: 2, word: -1, next: 5000 });
  assert.deepEqual(at(5000), { row: 1, word: 0, next: 6500 });
  assert.deepEqual(at(7000), { row: 1, word: 1, next: 9000 });
});

test("after the last row nothing is due", () => {
  assert.deepEqual(at(20000), { row: 3, word: -1, next: Infinity });
});

test("a transcript without rows has no moments", () => {
  assert.deepEqual(new Timeline([]).at(500, () => null), { row: -1, word: -1, next: Infinity });
});
