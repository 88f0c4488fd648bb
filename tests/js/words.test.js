import assert from "node:assert/strict";
import test from "node:test";

import { WordTimes, lastAtMost, unpack, wordAtOffset } from "../../static/js/lib/words.js";

// "我们 go 😀吧。" from 1000 ms: 我 们 go 😀 吧, the emoji two units long and 吧 with an estimated time.
const PACKED = { w: [0, 1, 0, 200, 0, 1, 40, 160, 1, 2, 100, 300, 1, 2, 0, 200, 0, 1, 50, 150], e: [4] };

test("words are unpacked to offsets and times", () => {
  assert.deepEqual(unpack(PACKED, 1000), {
    from: Uint32Array.of(0, 1, 3, 6, 8),
    to: Uint32Array.of(1, 2, 5, 8, 9),
    start: Int32Array.of(1000, 1240, 1500, 1800, 2050),
    end: Int32Array.of(1200, 1400, 1800, 2000, 2200),
    estimated: new Set([4]),
  });
});

test("a row without words unpacks to nothing", () => {
  assert.equal(unpack({ w: [] }, 500).start.length, 0);
  assert.equal(wordAtOffset(unpack({ w: [] }, 500), 0), -1);
});

test("the search finds the last value at most", () => {
  const cases = [-5, 0, 9, 10, 11, 30, 99].map((value) => lastAtMost([0, 10, 10, 30], value));
  assert.deepEqual(cases, [-1, 0, 0, 2, 2, 3, 3]);
  assert.equal(lastAtMost([], 5), -1);
});

test("every character belongs to a word, punctuation to the one before it", () => {
  const words = unpack(PACKED, 1000);
  const found = Array.from({ length: 10 }, (_, offset) => wordAtOffset(words, offset));
  assert.deepEqual(found, [0, 1, 1, 2, 2, 2, 3, 3, 4, 4]);
});

test("punctuation before the first word goes with it", () => {
  assert.equal(wordAtOffset(unpack({ w: [1, 2, 0, 100] }, 0), 0), 0);
});

test("rows are unpacked once, replaced and forgotten", () => {
  const times = new WordTimes({ 7: { w: [0, 2, 0, 100] } });
  const first = times.of("7", 50);
  assert.equal(times.of("7", 50), first);
  times.set("7", { w: [0, 3, 10, 100] });
  assert.deepEqual([...times.of("7", 50).start], [60]);
  times.forget("7");
  assert.equal(times.of("7", 50), null);
  assert.equal(times.of("8", 0), null);
});

test("rows that are moved take their words along, unpacked or not", () => {
  const times = new WordTimes({ 7: { w: [0, 2, 10, 100] }, 8: { w: [0, 2, 10, 100] } });
  times.of("7", 50);
  times.shift(["7", "8", "9"], 500);
  const shifted = ["7", "8"].map((id) => times.of(id, 550));
  assert.deepEqual(shifted.map(({ start, end }) => [start[0], end[0]]), [[560, 660], [560, 660]]);
});
