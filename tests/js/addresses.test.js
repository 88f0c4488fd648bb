import assert from "node:assert/strict";
import test from "node:test";

import { addressesIn, linesOf } from "../../static/js/lib/addresses.js";

test("each line is taken once, blank ones not at all", () => {
  const text = "\ufeffhttps://a.org/1.mp3\r\n\r\n  a.org/2.mp3\t\n\u3000\nhttps://a.org/1.mp3\u2028ftp://x\rend\n";
  assert.deepEqual(linesOf(text), ["https://a.org/1.mp3", "a.org/2.mp3", "ftp://x", "end"]);
  assert.deepEqual(linesOf(" \n\t "), []);
});

const PASTED = [
  ["Listen: https://a.org/1.mp3, then (http://b.org/2.wav).", ["https://a.org/1.mp3", "http://b.org/2.wav"]],
  ["<https://a.org/x_(live).mp3> HTTPS://A.org/Y", ["https://a.org/x_(live).mp3", "HTTPS://A.org/Y"]],
  ["录音在 https://a.org/会议.mp3，请听。", ["https://a.org/会议.mp3"]],
  ["1. https://a.org/1\n2. https://a.org/2\n2. https://a.org/2", ["https://a.org/1", "https://a.org/2"]],
  ['"https://a.org/a?b=c&d=e#f"', ["https://a.org/a?b=c&d=e#f"]],
  ["nothing here, ftp://a.org, www.a.org, https://", []],
];

for (const [text, addresses] of PASTED) {
  test(`addresses in: ${text}`, () => assert.deepEqual(addressesIn(text), addresses));
}
