import assert from "node:assert/strict";
import { test } from "node:test";

import { Refused, sendChunks } from "../../static/js/lib/chunks.js";
import { GrowingFile } from "../../static/js/lib/growing-file.js";

const FILE = new Blob(["abcdefghij"]);

/**
 * A server that keeps what comes; `troubles` are the statuses of the next chunks, in place of 204.
 */
function server({ troubles = [], kept = "", begins = [] } = {}) {
  const state = { kept, sent: [], waits: [] };
  const transport = {
    begin: async () => ({ status: begins.shift() ?? 200, id: "u", url: "/u/", offset: state.kept.length, chunkBytes: 4 }),
    send: async (_url, offset, chunk, onSent) => {
      const text = await chunk.text();
      state.sent.push([offset, text]);
      onSent(chunk.size);
      const status = troubles.shift() ?? 204;
      if (status !== 204) return { status };
      state.kept = state.kept.slice(0, offset) + text;
      return { status, offset: state.kept.length };
    },
    wait: async (ms) => void state.waits.push(ms),
  };
  return { state, transport };
}

function options(controller = new AbortController()) {
  const sent = [];
  return { sent, options: { signal: controller.signal, onSent: (bytes) => sent.push(bytes), onWait: () => {} } };
}

test("a file is sent chunk by chunk and told to be whole", async () => {
  const { state, transport } = server();
  const { sent, options: given } = options();
  assert.equal(await sendChunks(FILE, transport, given), "u");
  assert.deepEqual(state.sent, [[0, "abcd"], [4, "efgh"], [8, "ij"]]);
  assert.deepEqual(sent, [0, 4, 4, 8, 8, 10, 10]);
});

test("what the server has already is not sent again", async () => {
  const { state, transport } = server({ kept: "abcdefgh" });
  await sendChunks(FILE, transport, options().options);
  assert.deepEqual(state.sent, [[8, "ij"]]);
});

test("a broken connection costs one chunk, and the pauses grow until something moves", async () => {
  const { state, transport } = server({ troubles: [204, 0, 502, 204, 0], begins: [0, 200, 503] });
  await sendChunks(FILE, transport, options().options);
  assert.equal(state.kept, "abcdefghij");
  assert.deepEqual(state.waits, [1000, 1000, 2000, 4000, 1000]);
});

test("another page that sends the same file, and an upload that was forgotten, are asked about again", async () => {
  const { state, transport } = server({ troubles: [409, 404] });
  await sendChunks(FILE, transport, options().options);
  assert.equal(state.kept, "abcdefghij");
});

test("an empty file has no chunk", async () => {
  const { state, transport } = server();
  assert.equal(await sendChunks(new Blob([]), transport, options().options), "u");
  assert.deepEqual(state.sent, []);
});

for (const status of [401, 403, 413, 422, 507]) {
  test(`the server's no (${status}) is final`, async () => {
    const refused = (/** @type {any} */ error) => error instanceof Refused && error.answer.status === status;
    await assert.rejects(sendChunks(FILE, server({ begins: [status] }).transport, options().options), refused);
    if (status !== 507) {
      await assert.rejects(sendChunks(FILE, server({ troubles: [status] }).transport, options().options), refused);
    }
  });
}

test("a disk that is full ends no upload that has begun", async () => {
  const { state, transport } = server({ troubles: [204, 507] });
  const why = [];
  await sendChunks(FILE, transport, { ...options().options, onWait: ({ status }) => why.push(status) });
  assert.deepEqual([state.kept, why], ["abcdefghij", [507]]);
});

test("a cancelled upload stops", async () => {
  const controller = new AbortController();
  const { state, transport } = server();
  const send = transport.send;
  transport.send = async (...given) => {
    controller.abort();
    return send(...given);
  };
  await assert.rejects(sendChunks(FILE, transport, options(controller).options), { name: "AbortError" });
  assert.equal(state.sent.length, 1);
});

function recording(...chunks) {
  const file = new GrowingFile("Recording.webm", { type: "audio/webm", lastModified: 7 });
  for (const chunk of chunks) file.add(new Blob([chunk]));
  return file;
}

test("a recording is sent while it grows, and is whole when it ends", async () => {
  const { state, transport } = server();
  const file = recording("abc");
  const sending = sendChunks(file, transport, options().options);
  for (const chunk of ["defghi", "j"]) {
    await new Promise((resolve) => setTimeout(resolve));
    file.add(new Blob([chunk]));
  }
  file.end();
  assert.equal(await sending, "u");
  assert.deepEqual([state.kept, file.accepted, file.size], ["abcdefghij", 10, 10]);
  assert.equal(await file.slice().text(), "abcdefghij");
});

test("in a pause an empty chunk says that there will be more", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const { state, transport } = server();
  const file = recording("abc");
  const sending = sendChunks(file, transport, options().options);
  while (state.sent.length < 3) {
    await Promise.resolve();
    context.mock.timers.tick(15_000);
  }
  file.end();
  await sending;
  assert.deepEqual(state.sent.slice(0, 3), [[0, "abc"], [3, ""], [3, ""]]);
});

test("what the server forgot is sent again from the beginning", async () => {
  const { state, transport } = server({ troubles: [204, 404] });
  const file = recording("abcdefghij");
  file.end();
  const send = transport.send;
  transport.send = async (...given) => {
    const answer = await send(...given);
    if (answer.status === 404) state.kept = "";
    return answer;
  };
  await sendChunks(file, transport, options().options);
  assert.equal(state.kept, "abcdefghij");
});

for (const status of [0, 401, 403, 507]) {
  test(`a recording waits until ${status} passes`, async () => {
    const { state, transport } = server({ begins: [status], troubles: [status] });
    const file = recording("abcdefghij");
    file.end();
    const why = [];
    await sendChunks(file, transport, { ...options().options, onWait: (answer) => why.push(answer.status) });
    assert.deepEqual([state.kept, why], ["abcdefghij", [status, status]]);
  });
}

test("a discarded recording is not handed in", async () => {
  const controller = new AbortController();
  const { transport } = server();
  const file = recording("abc");
  const sending = sendChunks(file, transport, options(controller).options);
  await new Promise((resolve) => setTimeout(resolve));
  controller.abort();
  file.end();
  await assert.rejects(sending, { name: "AbortError" });
});
