import assert from "node:assert/strict";
import test from "node:test";

import { between, carried, codePoints, difference, halves, readingSpeed } from "../../static/js/lib/splicing.js";

test("two texts differ in one stretch", () => {
  assert.deepEqual(difference("abcd", "abcd"), { start: 4, fromEnd: 4, toEnd: 4 });
  assert.deepEqual(difference("abcd", "abXYd"), { start: 2, fromEnd: 3, toEnd: 4 });
  assert.deepEqual(difference("aa", "aaa"), { start: 2, fromEnd: 2, toEnd: 3 });
  assert.deepEqual(difference("", "x"), { start: 0, fromEnd: 0, toEnd: 1 });
});

test("a place is carried over into the changed text", () => {
  const [typed, stored] = ["我们 really 下个月", "我们下个月"];
  assert.deepEqual([0, 1, 2, 5, 10, 12].map((at) => carried(at, typed, stored)), [0, 1, 2, 2, 2, 4]);
  assert.deepEqual([1, 2, 4].map((at) => carried(at, stored, typed)), [1, 10, 12]);
});

test("what is typed while a row is being split goes to the half where it was typed", () => {
  const whole = "one two three four";
  const cut = 8;
  assert.deepEqual(halves(whole, whole, cut), { left: "one two ", right: "three four" });
  assert.deepEqual(halves(whole, "one two so three four", cut), { left: "one two ", right: "so three four" });
  assert.deepEqual(halves(whole, "so one two three four", cut), { left: "so one two ", right: "three four" });
  assert.deepEqual(halves(whole, "one two three four five", cut), { left: "one two ", right: "three four five" });
  assert.deepEqual(halves(whole, "one four", cut), { left: "one ", right: "four" });
});

test("reading speed is that of captions: nine Han characters a second, or twenty letters", () => {
  assert.deepEqual(readingSpeed("这里一共有九个字的", 1), { rate: 9, fast: false });
  assert.deepEqual(readingSpeed("这里一共有九个字的话", 1), { rate: 10, fast: true });
  assert.deepEqual(readingSpeed(" Twenty letters, 20. ", 1), { rate: 19, fast: false });
  assert.deepEqual(readingSpeed("Twenty-one letters, 21", 1), { rate: 22, fast: true });
  assert.deepEqual(readingSpeed("e\u0301\u200d", 0.1), { rate: 1, fast: false });
  assert.deepEqual(readingSpeed("", 0), { rate: 0, fast: false });
});

test("offsets are sent in code points", () => {
  assert.equal(codePoints("我𠮷好", 3), 2);
  assert.equal(codePoints("abc", 2), 2);
});

test("no character is torn apart", () => {
  const text = "笑😀哭👩‍👩‍👧e\u0301";
  assert.deepEqual([0, 1, 2, 3, 4, 5, 8, 12, 13, 14].map((at) => between(text, at)), [0, 1, 1, 3, 4, 4, 4, 12, 12, 14]);
  assert.equal(between("", 0), 0);
});
