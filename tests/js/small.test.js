import assert from "node:assert/strict";
import test from "node:test";

import { isScrollKey, isVisible, scrollFor } from "../../static/js/lib/follow.js";
import { clock, fill, megabytes, oneLine } from "../../static/js/lib/format.js";
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
