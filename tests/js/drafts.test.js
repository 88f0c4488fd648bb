import assert from "node:assert/strict";
import test from "node:test";

import { Drafts } from "../../static/js/lib/drafts.js";
import { memory } from "../../static/js/lib/storage.js";

const DRAFT = { text: "改过的字", base: 2, key: "abc" };

test("a draft is kept, read and dropped", () => {
  const drafts = new Drafts(memory(), "1");
  drafts.keep("7", DRAFT);
  assert.deepEqual([drafts.of("7"), drafts.ids()], [DRAFT, ["7"]]);
  drafts.drop("7");
  assert.deepEqual([drafts.of("7"), drafts.ids()], [null, []]);
});

test("the drafts of another person on the same machine stay hidden", () => {
  const store = memory();
  new Drafts(store, "1").keep("7", DRAFT);
  const others = new Drafts(store, "12");
  assert.deepEqual([others.of("7"), others.ids()], [null, []]);
});

test("what is no draft is dropped", () => {
  const store = memory();
  for (const [id, value] of Object.entries({ 1: "{", 2: "null", 3: '{"text":1,"base":1}', 4: '{"text":"a"}' })) {
    store.setItem(`flashweb.draft.1.${id}`, value);
  }
  const drafts = new Drafts(store, "1");
  assert.deepEqual(["1", "2", "3", "4"].map((id) => drafts.of(id)), [null, null, null, null]);
  assert.deepEqual(drafts.ids(), []);
});

test("a full storage loses nothing but the draft", () => {
  const store = memory();
  store.setItem = () => {
    throw new DOMException("full", "QuotaExceededError");
  };
  assert.doesNotThrow(() => new Drafts(store, "1").keep("7", DRAFT));
});

test("drafts stand in the order in which their rows began to wait", () => {
  let now = 100;
  const drafts = new Drafts(memory(), "1", () => (now += 1));
  for (const id of ["9", "7", "8"]) drafts.keep(id, DRAFT);
  drafts.keep("9", { ...DRAFT, text: "again" });
  assert.deepEqual(drafts.ids(), ["9", "7", "8"]);
});
