import assert from "node:assert/strict";
import test from "node:test";

import { between, carried, codePoints, difference, halves, letters } from "../../static/js/lib/splicing.js";

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

test("offsets are sent in code points, and letters counted as a reader sees them", () => {
  assert.equal(codePoints("我𠮷好", 3), 2);
  assert.equal(codePoints("abc", 2), 2);
  assert.equal(letters("我们 go, e\u0301!"), 7);
});

test("no character is torn apart", () => {
  const text = "笑😀哭👩‍👩‍👧e\u0301";
  assert.deepEqual([0, 1, 2, 3, 4, 5, 8, 12, 13, 14].map((at) => between(text, at)), [0, 1, 1, 3, 4, 4, 4, 12, 12, 14]);
  assert.equal(between("", 0), 0);
});
