import assert from "node:assert/strict";
import test from "node:test";

import { BLOCK_BYTES, hashContent } from "../../static/js/lib/content-hash.js";

// As tests/services/recordings/test_known.py has them: the server computes the same.
const EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const SHORT = "8da1ffed0808eaa3a0ef134809c0e0395143c5ed424bcac4c45e91f66510b2e2";
const LONG = "e563962ba4c33b9f1adf9e5a61637833d22858a74f595dddad18a7f60c7ef09d";

const filled = (size) => new Blob([Uint8Array.from({ length: size }, (_, at) => (at * 7) % 251)]);

test("a file has the hash that the server gives it", async () => {
  const hashes = await Promise.all([filled(0), filled(5), filled(2 * BLOCK_BYTES + 5)].map((file) => hashContent(file)));
  assert.deepEqual(hashes, [EMPTY, SHORT, LONG]);
});

test("blocks are read one after another, and told", async () => {
  const read = [];
  await hashContent(filled(BLOCK_BYTES + 5), { onRead: (bytes) => read.push(bytes) });
  assert.deepEqual(read, [BLOCK_BYTES, BLOCK_BYTES + 5]);
});

test("a cancelled file is read no further", async () => {
  const cancelled = new AbortController();
  const read = [];
  const onRead = (bytes) => (read.push(bytes), cancelled.abort());
  await assert.rejects(hashContent(filled(3 * BLOCK_BYTES), { signal: cancelled.signal, onRead }), { name: "AbortError" });
  assert.deepEqual(read, [BLOCK_BYTES]);
});
