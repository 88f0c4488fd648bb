import assert from "node:assert/strict";
import { test } from "node:test";
import { numbered, runFrom, shares } from "../../static/js/lib/speakers.js";

const speaker = (id, label) => ({ id, label });

test("speakers have the number of their label, others the lowest that is free", () => {
  const speakers = [speaker("7", "2-1"), speaker("8", "2"), speaker("9", "1"), speaker("10", "12")];
  assert.deepEqual([...numbered(speakers)], [["8", 2], ["9", 1], ["7", 3], ["10", 4]]);
});

test("who has a number keeps it when others go", () => {
  const first = numbered([speaker("7", "a"), speaker("8", "b")]);
  assert.deepEqual([...numbered([speaker("8", "b"), speaker("9", "1")], first)], [["7", 1], ["8", 2], ["9", 3]]);
});

test("there are nine keys", () => {
  const many = Array.from({ length: 12 }, (_none, index) => speaker(String(index), `x${index}`));
  assert.deepEqual([...numbered(many).values()], [1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

test("a run goes on until the speaker changes", () => {
  const rows = ["1", "1", "2", "1"].map((name) => ({ speaker: name }));
  assert.deepEqual([0, 1, 2, 3].map((index) => runFrom(rows, index)), [2, 1, 1, 1]);
});

test("shares are rows and time", () => {
  const rows = [
    { speaker: "1", start: 0, end: 500 },
    { speaker: "", start: 500, end: 600 },
    { speaker: "1", start: 600, end: 1000 },
  ];
  assert.deepEqual([...shares(rows)], [["1", { rows: 2, ms: 900 }], ["", { rows: 1, ms: 100 }]]);
});
