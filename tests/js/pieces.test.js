import assert from "node:assert/strict";
import { test } from "node:test";

import { Refused, sendPieces } from "../../static/js/lib/pieces.js";

const FILE = new Blob(["abcdefghij"]);

/**
 * A server that keeps what comes; `troubles` are the statuses of the next pieces, in place of 204.
 */
function server({ troubles = [], kept = "", begins = [] } = {}) {
  const state = { kept, sent: [], waits: [] };
  const transport = {
    begin: async () => ({ status: begins.shift() ?? 200, id: "u", url: "/u/", offset: state.kept.length, pieceBytes: 4 }),
    send: async (_url, offset, piece, onSent) => {
      const text = await piece.text();
      state.sent.push([offset, text]);
      onSent(piece.size);
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

test("a file is sent piece by piece and told to be whole", async () => {
  const { state, transport } = server();
  const { sent, options: given } = options();
  assert.equal(await sendPieces(FILE, transport, given), "u");
  assert.deepEqual(state.sent, [[0, "abcd"], [4, "efgh"], [8, "ij"]]);
  assert.deepEqual(sent, [0, 4, 4, 8, 8, 10, 10]);
});

test("what the server has already is not sent again", async () => {
  const { state, transport } = server({ kept: "abcdefgh" });
  await sendPieces(FILE, transport, options().options);
  assert.deepEqual(state.sent, [[8, "ij"]]);
});

test("a broken connection costs one piece, and the pauses grow until something moves", async () => {
  const { state, transport } = server({ troubles: [204, 0, 502, 204, 0], begins: [0, 200, 503] });
  await sendPieces(FILE, transport, options().options);
  assert.equal(state.kept, "abcdefghij");
  assert.deepEqual(state.waits, [1000, 1000, 2000, 4000, 1000]);
});

test("another page that sends the same file, and an upload that was forgotten, are asked about again", async () => {
  const { state, transport } = server({ troubles: [409, 404] });
  await sendPieces(FILE, transport, options().options);
  assert.equal(state.kept, "abcdefghij");
});

test("an empty file has no piece", async () => {
  const { state, transport } = server();
  assert.equal(await sendPieces(new Blob([]), transport, options().options), "u");
  assert.deepEqual(state.sent, []);
});

for (const status of [401, 403, 413, 422, 507]) {
  test(`the server's no (${status}) is final`, async () => {
    const refused = (/** @type {any} */ error) => error instanceof Refused && error.answer.status === status;
    await assert.rejects(sendPieces(FILE, server({ begins: [status] }).transport, options().options), refused);
    if (status !== 507) {
      await assert.rejects(sendPieces(FILE, server({ troubles: [status] }).transport, options().options), refused);
    }
  });
}

test("a cancelled upload stops", async () => {
  const controller = new AbortController();
  const { state, transport } = server();
  const send = transport.send;
  transport.send = async (...given) => {
    controller.abort();
    return send(...given);
  };
  await assert.rejects(sendPieces(FILE, transport, options(controller).options), { name: "AbortError" });
  assert.equal(state.sent.length, 1);
});
