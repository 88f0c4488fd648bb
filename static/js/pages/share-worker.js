// @ts-check
/**
 * The service worker that takes what other apps share with Flashweb. The file is kept in the browser, and the library
 * uploads it like any other: in chunks, after signing in if need be. Without this worker the server takes it at once.
 */
import { requestKey } from "../lib/http.js";
import { keepFile } from "../lib/kept-files.js";

addEventListener("fetch", (event) => {
  const { request } = /** @type {Event & {request: Request}} */ (event);
  if (request.method !== "POST") return;
  /** @type {any} */ (event).respondWith(receive(request));
});

/** @param {Request} request */
async function receive(request) {
  const copy = request.clone();
  const form = await request.formData();
  for (const file of form.getAll("file")) {
    if (!(file instanceof File)) continue;
    const { name, type, lastModified } = file;
    const kept = { id: requestKey(), by: "", name, type, lastModified, grows: false, accepted: 0, fields: {} };
    if ((await keepFile(kept, file)) === null) return fetch(copy);
  }
  return Response.redirect("/", 303);
}
