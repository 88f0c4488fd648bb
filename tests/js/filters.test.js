import assert from "node:assert/strict";
import { test } from "node:test";
import { counts, gaps, isActive, lastVisit, matches, nothing, opened, parsed, written } from "../../static/js/lib/filters.js";

const row = (facts = {}) => ({
  verified: false,
  flagged: false,
  estimated: false,
  wordless: false,
  unsure: false,
  speaker: "1",
  changed: 0,
  ...facts,
});

test("all that is asked for holds for a row that is shown", () => {
  const filter = { kinds: ["unverified", "flagged"], speaker: "1", since: 100 };
  assert.equal(matches(row({ flagged: true, changed: 100 }), filter), true);
  for (const other of [{ verified: true }, { flagged: false }, { speaker: "2" }, { changed: 99 }]) {
    assert.equal(matches(row({ flagged: true, changed: 100, ...other }), filter), false);
  }
});

test("nothing asked for shows every row", () => {
  assert.equal(isActive(nothing()), false);
  assert.equal(matches(row({ verified: true }), nothing()), true);
});

test("rows are counted by kind", () => {
  const rows = [row(), row({ verified: true, flagged: true }), row({ wordless: true, estimated: true, unsure: true })];
  assert.deepEqual(counts(rows), { unverified: 2, flagged: 1, estimated: 1, wordless: 1, unsure: 1 });
});

test("the address keeps the filter and what else stood there", () => {
  const filter = { kinds: ["unverified", "flagged"], speaker: "12", since: 1700000000 };
  const query = written("?find=x&show=wordless", filter);
  assert.equal(query, "?find=x&show=unverified,flagged&speaker=12&since=1700000000");
  assert.deepEqual(parsed(query), filter);
  assert.equal(written(query, nothing()), "?find=x");
  assert.equal(written("", nothing()), "");
});

test("what an address can't mean is left out", () => {
  for (const query of ["", "?show=all,none&speaker=x&since=never", "?since=-5", "?since=1e99", "?show=&speaker=-1"]) {
    assert.deepEqual(parsed(query), nothing());
  }
});

test("gaps are the stretches that are left out", () => {
  assert.deepEqual(gaps([false, false, true, false, true]), [{ first: 0, count: 2 }, { first: 3, count: 1 }]);
  assert.deepEqual(gaps([true, false]), [{ first: 1, count: 1 }]);
  assert.deepEqual(gaps([true]), []);
});

test("a short gap opens whole, a long one at the ends that border on shown rows", () => {
  assert.deepEqual(opened({ first: 2, count: 3 }, 10), [2, 3, 4]);
  assert.deepEqual(opened({ first: 10, count: 100 }, 200), [10, 11, 12, 13, 106, 107, 108, 109]);
  assert.deepEqual(opened({ first: 0, count: 100 }, 200), [96, 97, 98, 99]);
  assert.deepEqual(opened({ first: 100, count: 100 }, 200), [100, 101, 102, 103]);
  assert.equal(opened({ first: 0, count: 100 }, 100).length, 12);
});

test("a reload is no new visit, a later day is", () => {
  assert.equal(lastVisit(null, 1000), 0);
  assert.equal(lastVisit({ before: 0, seen: 1000 }, 1100), 0);
  assert.equal(lastVisit({ before: 0, seen: 1100 }, 90000), 1100);
  assert.equal(lastVisit({ before: 1100, seen: 90000 }, 90060), 1100);
});
