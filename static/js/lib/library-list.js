// @ts-check
import { get } from "./http.js";
import { fragmentOf } from "./html.js";

let asked = 0;

/**
 * Shows other recordings without leaving the page, on which uploads may be under way. An answer that comes after a later
 * question shows nothing.
 * @param {string} address of the library, with its filter
 */
export async function showLibrary(address) {
  const mine = (asked += 1);
  const answer = await get(address).catch(() => null);
  const text = answer?.ok ? await answer.text().catch(() => "") : "";
  if (mine !== asked) return;
  if (!text) return location.assign(address);
  const came = fragmentOf(text);
  const list = came.querySelector("#recordings");
  const shown = document.getElementById("recordings");
  if (!list || !shown) return location.assign(address);
  for (const part of ["#recordings", "#library-list .pages", ".library-none", ".filter-kept", "#bulk [name=query]", "[data-all]"]) {
    const old = document.querySelector(part);
    const next = came.querySelector(part);
    if (old && next) old.replaceWith(next);
    else if (old) old.remove();
    else if (next && part !== ".filter-kept") list.after(next);
    else if (next) document.querySelector(".library-filter")?.append(next);
  }
  history.replaceState(history.state, "", address);
  const around = document.getElementById("library-list");
  if (!around) return;
  window.htmx.process(around);
  around.dispatchEvent(new CustomEvent("page:changed", { bubbles: true }));
}
