import assert from "node:assert/strict";
import test from "node:test";

import { beingNamed, completed, matching } from "../../static/js/lib/mentions.js";

test("a name is being written behind an @", () => {
  assert.deepEqual(beingNamed("Look @li", 8), { from: 6, begun: "li" });
  assert.deepEqual(beingNamed("请@", 2), { from: 2, begun: "" });
  assert.deepEqual(beingNamed("@lin wei", 8), { from: 1, begun: "lin wei" });
});

test("an address or another line names nobody", () => {
  for (const text of ["lin@example", "@lin\nthen", "nobody", ""]) assert.equal(beingNamed(text, text.length), null);
});

test("only what stands before the caret counts", () => {
  assert.deepEqual(beingNamed("@li and more", 3), { from: 1, begun: "li" });
});

test("names go on as they were begun, later words after first ones", () => {
  const names = ["ana", "Lin", "li.wei", "wei.lin"];
  assert.deepEqual(matching(names, "LI"), ["Lin", "li.wei", "wei.lin"]);
  assert.deepEqual(matching(names, ""), names);
  assert.deepEqual(matching(names, "x"), []);
});

test("the chosen name takes the place of what was begun", () => {
  assert.deepEqual(completed("Look @li", 8, "lin"), { text: "Look @lin ", caret: 10 });
  assert.deepEqual(completed("Look @li there", 8, "lin"), { text: "Look @lin there", caret: 10 });
  assert.deepEqual(completed("nobody", 6, "lin"), { text: "nobody", caret: 6 });
});
