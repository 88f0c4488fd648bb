import assert from "node:assert/strict";
import test from "node:test";

import { Preferences } from "../../static/js/lib/preferences.js";
import { memory } from "../../static/js/lib/storage.js";

const VALUES = { keys: { play: ["F13"] }, speed: 100, step_back_ms: 500 };
const NAME = "flashweb.preferences.7";

/** Preferences whose clock and server are the test's. */
function begin({ store = memory(), values = VALUES } = {}) {
  const world = { store, sent: [], answers: [], waits: [], run: null };
  world.preferences = new Preferences({
    values,
    store,
    user: "7",
    later: (run, ms) => (world.waits.push(ms), (world.run = run)),
    send: async (changes) => {
      world.sent.push(changes);
      const answer = world.answers.shift() ?? true;
      if (answer instanceof Error) throw answer;
      return answer;
    },
  });
  return world;
}

test("changes count at once, are told, and are sent together", async () => {
  const { preferences, sent, waits, store } = begin();
  const told = [];
  preferences.onChange((changes) => told.push(changes));
  preferences.set({ keys: { back: ["F14"] } });
  preferences.set({ keys: { play: null }, speed: 150 });
  assert.deepEqual(preferences.values, { keys: { back: ["F14"] }, speed: 150, step_back_ms: 500 });
  assert.deepEqual(told, [{ keys: { back: ["F14"] } }, { keys: { play: null }, speed: 150 }]);
  await preferences.flush();
  assert.deepEqual(sent, [{ keys: { back: ["F14"], play: null }, speed: 150 }]);
  assert.deepEqual([waits.length, store.getItem(NAME)], [1, null]);
  await preferences.flush();
  assert.equal(sent.length, 1);
  assert.deepEqual(VALUES.keys, { play: ["F13"] });
});

test("what the server did not get is kept, sent again, and counts on the next visit", async () => {
  const world = begin();
  world.answers = [false, new Error("no connection")];
  world.preferences.set({ speed: 50 });
  await world.preferences.flush();
  world.preferences.set({ speed: 75 });
  await world.preferences.flush();
  assert.deepEqual(JSON.parse(world.store.getItem(NAME)), { speed: 75 });
  const next = begin({ store: world.store });
  assert.deepEqual(next.preferences.values, { ...VALUES, speed: 75 });
  await next.preferences.flush();
  assert.deepEqual([next.sent, world.store.getItem(NAME)], [[{ speed: 75 }], null]);
});

test("what changes while it is being sent is sent after it", async () => {
  const { preferences, sent } = begin();
  preferences.set({ speed: 50 });
  const first = preferences.flush();
  preferences.set({ speed: 60 });
  await first;
  await preferences.flush();
  assert.deepEqual(sent, [{ speed: 50 }, { speed: 60 }]);
});

test("what was changed on another page counts at once and is not sent", async () => {
  const { preferences, sent } = begin();
  const told = [];
  preferences.onChange((changes) => told.push(changes));
  preferences.take({ abbreviations: { ";fw": "Flashweb" }, speed: 50 });
  assert.deepEqual(preferences.values, { ...VALUES, abbreviations: { ";fw": "Flashweb" } });
  assert.deepEqual(told, [{ abbreviations: { ";fw": "Flashweb" } }]);
  await preferences.flush();
  assert.deepEqual(sent, []);
});

test("a damaged store changes nothing", () => {
  for (const stored of ["{", "null", "3"]) {
    const store = memory();
    store.setItem(NAME, stored);
    assert.deepEqual(begin({ store }).preferences.values, VALUES);
  }
});

test("what a guest changes is kept in their browser alone", async () => {
  const store = memory();
  const guest = () => new Preferences({ values: VALUES, store, user: "", later: () => assert.fail("nothing is to be sent") });
  guest().set({ speed: 150, keys: { play: null } });
  await guest().flush();
  assert.deepEqual(guest().values, { keys: {}, speed: 150, step_back_ms: 500 });
});
