import assert from "node:assert/strict";
import test from "node:test";

import { Peaks, drawn, loudest } from "../../static/js/lib/peaks.js";

const MINUTE = 60_000;

/** A server with so many bytes, each the number of its minute; `ranges: false` sends everything. */
function server(minutes, { ranges = true } = {}) {
  const bytes = Int8Array.from({ length: minutes * 6000 }, (_none, index) => Math.floor(index / 6000));
  const asked = [];
  const fetch = async (url, { headers }) => {
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(headers.Range);
    asked.push([url, Number(first), Number(last)]);
    const body = ranges ? bytes.slice(Number(first), Number(last) + 1) : bytes;
    return { ok: true, status: ranges ? 206 : 200, arrayBuffer: async () => body.buffer };
  };
  return { asked, fetch };
}

const come = () => new Promise((resolve) => setTimeout(resolve, 0));

test("a block is asked for when it is wanted, once, and kept", async () => {
  const { asked, fetch } = server(10);
  const peaks = new Peaks("/peaks/", 10 * MINUTE, { fetch });
  let blocks = 0;
  peaks.onBlock = () => (blocks += 1);
  peaks.want(5 * MINUTE, 5 * MINUTE + 20_000);
  await come();
  peaks.want(5 * MINUTE, 6.5 * MINUTE);
  await come();
  assert.deepEqual(asked, [["/peaks/", 30_000, 35_999], ["/peaks/", 36_000, 41_999]]);
  assert.equal(blocks, 2);
  assert.deepEqual([0, 30_000, 41_999, 42_000].map((at) => peaks.values[at]), [0, 5, 6, 0]);
});

test("nothing is asked for beyond the ends", async () => {
  const { asked, fetch } = server(1);
  const peaks = new Peaks("/peaks/", MINUTE, { fetch });
  peaks.want(-5000, 10 * MINUTE);
  await come();
  assert.deepEqual(asked, [["/peaks/", 0, 5999]]);
  new Peaks("/peaks/", 0, { fetch }).want(0, 20_000);
  assert.equal(asked.length, 1);
});

test("a server that knows no ranges is understood", async () => {
  const { fetch } = server(10, { ranges: false });
  const peaks = new Peaks("/peaks/", 10 * MINUTE, { fetch });
  peaks.want(9 * MINUTE, 9 * MINUTE);
  await come();
  assert.deepEqual([0, 53_999, 54_000, 59_999].map((at) => peaks.values[at]), [0, 0, 9, 9]);
});

test("what did not come is asked for again, after a while", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  let asked = 0;
  const fetch = async () => {
    asked += 1;
    throw new TypeError("no connection");
  };
  const peaks = new Peaks("/peaks/", MINUTE, { fetch });
  const settle = async () => {
    for (let turn = 0; turn < 5; turn += 1) await null;
  };
  peaks.want(0, 1000);
  await settle();
  peaks.want(0, 1000);
  assert.equal(asked, 1);
  t.mock.timers.tick(5000);
  peaks.want(0, 1000);
  await settle();
  assert.equal(asked, 2);
});

test("values are drawn from -1 to 1", () => {
  assert.deepEqual([...drawn(Int8Array.of(-128, 64))], [-1, 0.5]);
});

test("silence has a loudest value too", () => {
  assert.deepEqual([loudest(Int8Array.of(-128, 3)), loudest(new Int8Array(4))], [1, 1 / 128]);
});
