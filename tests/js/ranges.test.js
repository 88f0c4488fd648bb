// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { rangeOf } from "../../static/js/lib/ranges.js";

test("a range goes either way and has both ends", () => {
  const items = ["a", "b", "c", "d"];
  assert.deepEqual(rangeOf(items, "b", "d"), ["b", "c", "d"]);
  assert.deepEqual(rangeOf(items, "d", "b"), ["b", "c", "d"]);
  assert.deepEqual(rangeOf(items, "c", "c"), ["c"]);
});

test("where its first is gone there is the last alone", () => {
  assert.deepEqual(rangeOf(["a", "b"], "x", "b"), ["b"]);
  assert.deepEqual(rangeOf(["a", "b"], null, "b"), ["b"]);
});
