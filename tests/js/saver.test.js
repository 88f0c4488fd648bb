import assert from "node:assert/strict";
import test from "node:test";

import { Drafts } from "../../static/js/lib/drafts.js";
import { Saver } from "../../static/js/lib/saver.js";
import { memory } from "../../static/js/lib/storage.js";

/** A server whose answers are given one by one, timers that run when told, and everything the saver said. */
function bench() {
  const drafts = new Drafts(memory(), "1");
  const sent = [];
  const states = [];
  const answers = [];
  const due = [];
  const pauses = [];
  let keys = 0;
  const send = (request) =>
    new Promise((resolve, reject) => {
      sent.push({ ...request, answer: resolve, fail: reject });
    });
  const timers = {
    setTimeout: (run, pause) => (pauses.push(pause), due.push({ run })),
    clearTimeout: (number) => {
      if (number) due[number - 1] = null;
    },
  };
  const saver = new Saver({ send, drafts, newKey: () => `key-${(keys += 1)}`, timers });
  saver.onState = (state, status) => states.push(status ? `${state} ${status}` : state);
  saver.onAnswer = (request, answer, more) => answers.push([request.text, answer.status, more]);
  const request = (index) => {
    const { text, base, key, baseText } = sent[index];
    return { text, base, key, ...(baseText && { baseText }) };
  };
  return { saver, drafts, sent, states, answers, due, pauses, request };
}

const rest = () => new Promise((resolve) => setImmediate(resolve));

test("what is typed beyond the text that goes next stays the draft", async () => {
  const { saver, drafts, sent } = bench();
  saver.save("7", "a", 1);
  saver.save("7", "ab", 1);
  saver.keep("7", "abc", 1);
  sent[0].answer({ status: 200, version: 2, text: "a" });
  await rest();
  assert.equal(sent[1].text, "ab");
  assert.deepEqual(drafts.of("7"), { text: "abc", base: 2, key: "", sent: { text: "ab", key: "key-2" } });
});

test("a later text that a merge has made already leaves no draft", async () => {
  const { saver, drafts, sent } = bench();
  saver.save("7", "a b", 1);
  saver.save("7", "a b c", 1);
  sent[0].answer({ status: 200, version: 3, text: "a b c" });
  await rest();
  assert.equal(sent.length, 1);
  assert.deepEqual(drafts.ids(), []);
});

test("a saved text leaves no draft", async () => {
  const { saver, drafts, sent, states, answers, request } = bench();
  saver.save("7", "new", 3);
  assert.deepEqual(drafts.of("7"), { text: "new", base: 3, key: "key-1" });
  sent[0].answer({ status: 200, version: 4, text: "new" });
  await rest();
  assert.deepEqual(request(0), { text: "new", base: 3, key: "key-1" });
  assert.deepEqual(answers, [["new", 200, false]]);
  assert.deepEqual(states, ["saving", "saved"]);
  assert.deepEqual(drafts.ids(), []);
});

test("what is typed while a save is under way follows it, on the version it made", async () => {
  const { saver, drafts, sent, answers, request } = bench();
  saver.save("7", "first", 3);
  saver.save("7", "second", 3);
  assert.equal(sent.length, 1);
  assert.deepEqual(drafts.of("7"), { text: "second", base: 3, key: "", sent: { text: "first", key: "key-1" } });
  sent[0].answer({ status: 200, version: 4, text: "first" });
  await rest();
  assert.deepEqual(answers, [["first", 200, true]]);
  assert.deepEqual(request(1), { text: "second", base: 4, key: "key-2" });
  sent[1].answer({ status: 200, version: 5, text: "second" });
  await rest();
  assert.deepEqual(drafts.ids(), []);
  assert.equal(saver.pending, 0);
});

test("after a merge what is typed later is still based on what was typed over", async () => {
  const { saver, sent, request } = bench();
  saver.save("7", "first", 3);
  saver.save("7", "second", 3);
  sent[0].answer({ status: 200, version: 5, text: "first, and theirs" });
  await rest();
  assert.deepEqual(request(1), { text: "second", base: 5, key: "key-2", baseText: "first" });
});

test("what is being typed is kept after what is under way, and both come back", async () => {
  const { saver, drafts, sent, request } = bench();
  saver.keep("7", "fir", 3, "over");
  assert.deepEqual(drafts.of("7"), { text: "fir", base: 3, key: "", baseText: "over" });
  saver.save("7", "first", 3);
  saver.keep("7", "first an", 3);
  const draft = drafts.of("7");
  assert.deepEqual(draft, { text: "first an", base: 3, key: "", sent: { text: "first", key: "key-1" } });
  saver.keep("7", "first", 3);
  assert.deepEqual(drafts.of("7"), { text: "first", base: 3, key: "key-1" });

  const next = bench();
  next.saver.resume("7", draft);
  assert.deepEqual(next.request(0), request(0));
  next.sent[0].answer({ status: 200, version: 4, text: "first" });
  await rest();
  assert.deepEqual(next.request(1), { text: "first an", base: 4, key: "key-1" });
  assert.equal(sent.length, 1);
});

test("a lost request is repeated under its own name, with growing pauses", async () => {
  const { saver, drafts, sent, states, due, pauses, request } = bench();
  saver.save("7", "new", 3);
  sent[0].fail(new TypeError("network"));
  await rest();
  due[0].run();
  sent[1].answer({ status: 503 });
  await rest();
  assert.deepEqual(pauses, [1000, 2000]);
  assert.deepEqual(drafts.of("7"), { text: "new", base: 3, key: "key-1" });
  saver.retryNow();
  assert.deepEqual([request(1), request(2)], [request(0), request(0)]);
  sent[2].answer({ status: 200, version: 4, text: "new" });
  await rest();
  assert.deepEqual(states, ["saving", "failed -1", "failed -1", "failed 503", "failed 503", "saved"]);
});

test("a newer text waits until the lost one is through: the server may have stored it", async () => {
  const { saver, sent, request } = bench();
  saver.save("7", "first", 3);
  sent[0].fail(new TypeError("network"));
  await rest();
  saver.save("7", "second", 3);
  assert.deepEqual(request(1), { text: "first", base: 3, key: "key-1" });
  sent[1].answer({ status: 200, version: 4, text: "first" });
  await rest();
  assert.deepEqual(request(2), { text: "second", base: 4, key: "key-2" });
});

test("signed out is tried again and says so", async () => {
  const { saver, sent, states, due } = bench();
  saver.save("7", "new", 3);
  sent[0].answer({ status: 401 });
  await rest();
  assert.deepEqual([states.at(-1), due.length, saver.isPending("7")], ["failed 401", 1, true]);
});

for (const status of [404, 409, 422]) {
  test(`an answer of ${status} ends the save and keeps the draft`, async () => {
    const { saver, drafts, sent, states, answers, due } = bench();
    saver.save("7", "mine", 3);
    sent[0].answer({ status, html: "<p>" });
    await rest();
    assert.deepEqual(answers, [["mine", status, false]]);
    assert.deepEqual([states.at(-1), due.length, saver.pending], ["idle", 0, 0]);
    assert.deepEqual(drafts.of("7"), { text: "mine", base: 3, key: "" });
  });
}

test("rows are saved at the same time, and settled waits for all of them", async () => {
  const { saver, sent } = bench();
  saver.save("7", "a", 1);
  saver.save("8", "b", 1);
  let settled = false;
  const waiting = saver.settled().then(() => {
    settled = true;
  });
  sent[0].answer({ status: 200, version: 2, text: "a" });
  await rest();
  assert.equal(settled, false);
  sent[1].answer({ status: 200, version: 2, text: "b" });
  await waiting;
  assert.equal(settled, true);
});

test("a closed saver plans nothing more", async () => {
  const { saver, sent, due } = bench();
  saver.save("7", "new", 3);
  saver.close();
  sent[0].fail(new TypeError("network"));
  await rest();
  assert.deepEqual(due, []);
});

test("when the connection is back the rows go one after the other, the oldest first", async () => {
  const { saver, sent, due } = bench();
  for (const id of ["7", "8", "9"]) saver.save(id, `text of ${id}`, 1);
  sent[1].fail(new TypeError("network"));
  sent[0].fail(new TypeError("network"));
  sent[2].fail(new TypeError("network"));
  await rest();
  assert.equal(due.length, 1);
  saver.save("6", "text of 6", 1);
  const order = [];
  while (saver.pending) {
    assert.equal(sent.length, 4 + order.length);
    const request = sent.at(-1);
    order.push(request.id);
    request.answer({ status: 200, version: 2, text: request.text });
    await rest();
  }
  assert.deepEqual(order, ["7", "8", "9", "6"]);
});

test("without a connection one row is tried; a row that alone is refused holds up no other", async () => {
  const { saver, sent, due } = bench();
  for (const id of ["7", "8"]) saver.resume(id, { text: `text of ${id}`, base: 1, key: "" });
  assert.deepEqual(sent.map(({ id }) => id), ["7"]);
  sent[0].fail(new TypeError("network"));
  await rest();
  assert.equal(sent.length, 1);
  due[0].run();
  sent[1].answer({ status: 500 });
  await rest();
  assert.deepEqual(sent.map(({ id }) => id), ["7", "7", "8"]);
  let settled = false;
  void saver.settled().then(() => (settled = true));
  await rest();
  assert.equal(settled, false);
  sent[2].answer({ status: 200, version: 2, text: "text of 8" });
  await rest();
  assert.deepEqual([settled, saver.pending, due.filter(Boolean).length > 0], [true, 1, true]);
});

test("what was refused before a conflict was settled goes along until it is stored", async () => {
  const { saver, drafts, sent } = bench();
  saver.save("7", "theirs", 4, { refused: "mine" });
  assert.equal(drafts.of("7").refused, "mine");
  sent[0].fail(new TypeError("network"));
  await rest();
  const next = bench();
  next.saver.resume("7", drafts.of("7"));
  assert.deepEqual([sent[0].refused, next.sent[0].refused], ["mine", "mine"]);
});
