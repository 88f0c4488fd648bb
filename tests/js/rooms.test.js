import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import test from "node:test";

const LIB = new URL("../../static/js/lib/", import.meta.url);

test("every module of the library loads without a page", async () => {
  const names = await readdir(LIB);
  assert.ok(names.length > 20);
  for (const name of names) await import(new URL(name, LIB));
});
