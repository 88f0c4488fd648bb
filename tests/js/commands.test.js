import assert from "node:assert/strict";
import test from "node:test";

import { isRegistered, register, run } from "../../static/js/lib/commands.js";

test("a command runs what is registered for it, until that leaves", () => {
  const done = [];
  const leave = register({ split: () => done.push("split") });
  assert.deepEqual([isRegistered("split"), run("split"), isRegistered("merge_above"), run("merge_above")], [true, true, false, false]);
  leave();
  assert.deepEqual([isRegistered("split"), run("split"), done], [false, false, ["split"]]);
});

test("who leaves late takes nothing from who came after", () => {
  const done = [];
  const first = register({ flag: () => done.push("first") });
  const second = register({ flag: () => done.push("second") });
  first();
  run("flag");
  second();
  assert.deepEqual([done, isRegistered("flag")], [["second"], false]);
});
