import assert from "node:assert/strict";
import test from "node:test";

import { isScrollKey, isVisible, scrollFor } from "../../static/js/lib/follow.js";
import { isUnderWay, titleWith } from "../../static/js/lib/finished.js";
import { clock, fill, megabytes, oneLine } from "../../static/js/lib/format.js";
import { stretches } from "../../static/js/lib/overview-map.js";
import { SPEEDS, remembered, stepped } from "../../static/js/lib/speeds.js";

test("times are written as on a tape deck", () => {
  assert.deepEqual([0, 999, 724_000, 7_325_400, -3].map(clock), ["0:00:00", "0:00:00", "0:12:04", "2:02:05", "0:00:00"]);
});

test("sizes keep the unit of the whole", () => {
  const whole = 14.2 * 2 ** 20;
  assert.deepEqual([megabytes(300_000, whole), megabytes(whole)], ["0.3 MB", "14.2 MB"]);
  assert.deepEqual([megabytes(2048), megabytes(3 * 2 ** 30)], ["2.0 KB", "3.0 GB"]);
});

test("sentences are filled in, unknown names left alone", () => {
  assert.equal(fill("{sent} of {total} {x}", { sent: "8 MB", total: 0 }), "8 MB of 0 {x}");
});

test("a row is one line", () => {
  assert.equal(oneLine("一\r\n二\n三\t四\u2028五"), "一 二 三 四 五");
});

test("speeds step through their list and stay at its ends", () => {
  assert.deepEqual([stepped(1, 1), stepped(1, -1), stepped(3, 1), stepped(0.5, -1), stepped(1.05, 1)], [1.1, 0.9, 3, 0.5, 1.1]);
  assert.deepEqual([SPEEDS[0], SPEEDS.at(-1)], [0.5, 3]);
  assert.deepEqual([remembered("1.5"), remembered("7"), remembered(null), remembered("x")], [1.5, 1, 1, 1]);
});

test("a row that stands well is left where it is, another is brought up", () => {
  const band = { top: 100, bottom: 900 };
  const rows = [[300, 360], [50, 110], [880, 940], [5000, 5060], [690, 750]];
  assert.deepEqual(rows.map(([top, bottom]) => scrollFor({ top, bottom }, band)), [0, -250, 580, 4700, 390]);
});

test("a row is visible while any of it is", () => {
  const band = { top: 100, bottom: 900 };
  assert.deepEqual([[0, 101], [0, 100], [899, 950], [900, 950]].map(([top, bottom]) => isVisible({ top, bottom }, band)), [true, false, true, false]);
});

test("keys that scroll are told from keys that write", () => {
  const key = (name, more = {}) => ({ key: name, ctrlKey: false, altKey: false, metaKey: false, ...more });
  assert.deepEqual(
    [isScrollKey(key("PageDown"), false), isScrollKey(key("ArrowDown"), true), isScrollKey(key("ArrowUp", { altKey: true }), false), isScrollKey(key("a"), false)],
    [true, false, false, false],
  );
});

test("the tab's title tells what ended while nobody looked", () => {
  assert.deepEqual([1, 2, 0].map((count) => titleWith("Recordings", count)), ["✓ Recordings", "✓ 2 Recordings", "Recordings"]);
  assert.equal(titleWith(titleWith("Recordings", 1), 2), "✓ 2 Recordings");
  assert.equal(titleWith(titleWith("Recordings", 2), 0), "Recordings");
  assert.deepEqual(["waiting", "done", undefined].map(isUnderWay), [true, false, false]);
});

test("neighbours that look alike are one stretch of the map", () => {
  const row = (/** @type {number} */ start, /** @type {number} */ end, colour = "1", verified = false, flagged = false) => ({
    start, end, colour, verified, flagged,
  });
  const drawn = (/** @type {ReturnType<typeof row>[]} */ ...rows) => stretches(rows, 0.01).map(({ from, to }) => [from, to]);
  assert.deepEqual(drawn(row(0, 1000), row(1050, 2000)), [[0, 20]]);
  assert.deepEqual(drawn(row(0, 1000), row(1200, 2000)), [[0, 10], [12, 20]]);
  assert.deepEqual(drawn(row(0, 1000), row(1000, 2000, "2")), [[0, 10], [10, 20]]);
  assert.deepEqual(drawn(row(0, 1000), row(1000, 2000, "1", true)), [[0, 10], [10, 20]]);
  assert.deepEqual(drawn(row(0, 1000), row(1000, 2000, "1", false, true)), [[0, 10], [10, 20]]);
  assert.deepEqual(drawn(row(0, 10)), [[0, 1]]);
});
