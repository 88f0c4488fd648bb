import assert from "node:assert/strict";
import test from "node:test";

import { holdFiles } from "../../static/js/lib/dropped-files.js";

/** What comes of a drag over the page and of the drop: whether the browser would open it, and how often that was told. */
function dropped({ types = ["Files"], taken = false, inField = false }) {
  const page = new EventTarget();
  page.closest = () => (inField ? {} : null);
  let told = 0;
  if (taken) for (const name of ["dragover", "drop"]) page.addEventListener(name, (event) => event.preventDefault());
  holdFiles(page, () => (told += 1));
  const prevented = ["dragover", "drop"].map((name) => {
    const event = Object.assign(new Event(name, { cancelable: true }), { dataTransfer: { types } });
    return !page.dispatchEvent(event);
  });
  return { prevented, told };
}

test("a file that nothing takes is held, and that is told once", () => {
  assert.deepEqual(dropped({}), { prevented: [true, true], told: 1 });
});

test("words that are dragged, drop areas and fields for files are left alone", () => {
  assert.deepEqual(dropped({ types: ["text/plain"] }), { prevented: [false, false], told: 0 });
  assert.deepEqual(dropped({ taken: true }), { prevented: [true, true], told: 0 });
  assert.deepEqual(dropped({ inField: true }), { prevented: [false, false], told: 0 });
});
