import assert from "node:assert/strict";
import test from "node:test";

import { edgeAt, exactClock, moved, parseClock, snapped } from "../../static/js/lib/times.js";

test("times are written to the millisecond", () => {
  const times = [0, 7, 61_050, 3_600_000, 7_384_999];
  assert.deepEqual(times.map(exactClock), ["0:00:00.000", "0:00:00.007", "0:01:01.050", "1:00:00.000", "2:03:04.999"]);
});

test("a typed time is read in every usual form", () => {
  for (const ms of [0, 7, 61_050, 7_384_999]) assert.equal(parseClock(exactClock(ms)), ms);
  const typed = { "12": 12_000, " 2:03 ": 123_000, "2:03.5": 123_500, "0:00:01,25": 1250, "１：02：03。5": 3_723_500, "75:00": 4_500_000 };
  for (const [text, ms] of Object.entries(typed)) assert.equal(parseClock(text), ms, text);
  for (const text of ["", ":", "1:", "1:2:3:4", "abc", "-1", "1.2.3", "1e3"]) assert.ok(Number.isNaN(parseClock(text)), text);
});

test("a moved edge leaves something of the row and stays in the recording", () => {
  const row = { start: 1000, end: 2000 };
  assert.deepEqual(moved(row, "start", 900.4), { start: 900, end: 2000 });
  assert.deepEqual(moved(row, "start", 5000), { start: 1950, end: 2000 });
  assert.deepEqual(moved(row, "start", -10), { start: 0, end: 2000 });
  assert.deepEqual(moved(row, "end", 0), { start: 1000, end: 1050 });
  assert.deepEqual(moved(row, "end", 9000, 5550), { start: 1000, end: 5550 });
});

test("an edge snaps to another row's edge first, then to a pause", () => {
  // Speech, and a pause from 1000 to 1100 ms.
  const level = (/** @type {number} */ pair) => (pair >= 50 && pair < 55 ? 2 : 100);
  assert.equal(snapped(960, 100, [], level), 1010);
  assert.equal(snapped(1150, 100, [], level), 1090);
  assert.equal(snapped(1050, 100, [], level), 1050);
  assert.equal(snapped(600, 100, [], level), 600);
  assert.equal(snapped(1150, 100, [1200, 3000], level), 1200);
  assert.equal(snapped(500, 100, [], () => 1), 500);
  assert.equal(snapped(500, 100, [], () => 0), 500);
  assert.equal(snapped(5, 100, [], (pair) => (pair < 0 ? 1000 : 1)), 5);
});

test("the edge under the pointer is the nearest, and where rows meet the one of that side", () => {
  const [one, two] = [{ start: 0, end: 1000 }, { start: 1000, end: 2000 }];
  const rows = [one, two];
  assert.deepEqual(edgeAt(990, 100, rows), { row: one, edge: "end" });
  assert.deepEqual(edgeAt(1000, 100, rows), { row: two, edge: "start" });
  assert.deepEqual(edgeAt(1010, 100, rows), { row: two, edge: "start" });
  assert.deepEqual(edgeAt(1950, 100, rows), { row: two, edge: "end" });
  assert.equal(edgeAt(1500, 100, rows), null);
  assert.equal(edgeAt(1500, 100, []), null);
});
