import assert from "node:assert/strict";
import { test } from "node:test";
import { endOfTurn, extended, numbersSaid, selectedIn, stepped } from "../../static/js/lib/selection.js";

const ORDER = ["a", "b", "c", "d"];
const rows = [..."aabba"].map((speaker, index) => ({ id: String(index), speaker }));

test("a selection is what stands between its ends, whichever comes first", () => {
  assert.deepEqual(selectedIn({ anchor: "b", head: "d" }, ORDER), ["b", "c", "d"]);
  assert.deepEqual(selectedIn({ anchor: "d", head: "c" }, ORDER), ["c", "d"]);
  assert.deepEqual(selectedIn({ anchor: "b", head: "b" }, ORDER), ["b"]);
});

test("nothing is selected without a selection, or where an end is gone", () => {
  assert.deepEqual(selectedIn(null, ORDER), []);
  assert.deepEqual(selectedIn({ anchor: "b", head: "x" }, ORDER), []);
  assert.deepEqual(selectedIn({ anchor: "x", head: "b" }, ORDER), []);
});

test("it is extended from where it began", () => {
  assert.deepEqual(extended(null, "b", "d"), { anchor: "b", head: "d" });
  assert.deepEqual(extended({ anchor: "c", head: "d" }, "b", "a"), { anchor: "c", head: "a" });
});

test("steps stop at the first and the last row, and shrink on the way back", () => {
  let selection = stepped(null, ORDER, "c", 1);
  assert.deepEqual(selection, { anchor: "c", head: "d" });
  selection = stepped(selection, ORDER, "d", 1);
  assert.deepEqual(selection, { anchor: "c", head: "d" });
  selection = stepped(stepped(selection, ORDER, "d", -1), ORDER, "c", -1);
  assert.deepEqual(selection, { anchor: "c", head: "b" });
  assert.deepEqual(stepped(null, ORDER, "a", -1), { anchor: "a", head: "a" });
});

test("a turn ends before another speaker begins, in both directions", () => {
  assert.equal(endOfTurn(rows, "0", 1), "1");
  assert.equal(endOfTurn(rows, "2", 1), "3");
  assert.equal(endOfTurn(rows, "3", -1), "2");
  assert.equal(endOfTurn(rows, "4", 1), "4");
  assert.equal(endOfTurn(rows, "x", 1), "x");
});

test("rows are told by their numbers", () => {
  assert.equal(numbersSaid([4], "en"), "4");
  assert.equal(numbersSaid([4, 5], "en"), "4 and 5");
  assert.equal(numbersSaid([4, 5, 6], "en"), "4–6");
  assert.equal(numbersSaid([2, 4, 5, 6, 9], "en-GB"), "2, 4–6 and 9");
  assert.equal(numbersSaid([4, 5], "zh-Hans"), "4和5");
});
