import assert from "node:assert/strict";
import test from "node:test";

import { Activity, UNATTENDED_MS } from "../../static/js/lib/activity.js";

/** @param {import("node:test").TestContext} context */
function start(context) {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  let now = 0;
  /** When the server is told, and of what moment. @type {[number, number][]} */
  const told = [];
  const activity = new Activity(
    (idle) => told.push([now, now - idle]),
    () => now,
  );
  const pass = (/** @type {number} */ seconds) => {
    for (let ms = 0; ms < seconds * 1000; ms += 250) {
      now += 250;
      context.mock.timers.tick(250);
    }
  };
  return { activity, told, pass };
}

test("who begins is at work soon, and then every twenty seconds", (context) => {
  const { activity, told, pass } = start(context);
  for (let second = 0; second < 60; second++) {
    activity.touch();
    pass(1);
  }
  assert.deepEqual(told, [
    [2_000, 1_000],
    [22_000, 21_000],
    [42_000, 41_000],
  ]);
});

test("the last that was done is told with when that was, and nothing after it", (context) => {
  const { activity, told, pass } = start(context);
  activity.touch();
  pass(3);
  activity.touch();
  pass(600);
  assert.deepEqual(told, [
    [2_000, 0],
    [22_000, 3_000],
  ]);
});

test("who leaves is told of at once, and once", (context) => {
  const { activity, told, pass } = start(context);
  activity.touch();
  activity.flush();
  activity.flush();
  pass(60);
  assert.deepEqual(told, [[0, 0]]);
});

test("what plays counts for a quarter of an hour after the last touch", (context) => {
  const { activity, told, pass } = start(context);
  activity.listen();
  pass(60);
  assert.deepEqual(told, []);
  activity.touch();
  for (let second = 0; second < 3_600; second++) {
    activity.listen();
    pass(1);
  }
  assert.equal(told.at(-1)?.[1], 60_000 + UNATTENDED_MS - 1_000);
});
