import assert from "node:assert/strict";
import { test } from "node:test";

import { Refused, sendChunks } from "../../static/js/lib/chunks.js";

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
  await sendChunks(FILE, transport, { ...options().options, onWait: (status) => why.push(status) });
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
