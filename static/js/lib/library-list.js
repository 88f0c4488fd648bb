// @ts-check
import { get } from "./http.js";
import { fragmentOf } from "./html.js";

/**
 * Shows other recordings without leaving the page, on which uploads may be under way.
 * @param {string} address of the library, with its filter
 */
export async function showLibrary(address) {
  const answer = await get(address).catch(() => null);
  if (!answer?.ok) return location.assign(address);
  const came = fragmentOf(await answer.text());
  const list = came.querySelector("#recordings");
  const shown = document.getElementById("recordings");
  if (!list || !shown) return location.assign(address);
  for (const part of ["#recordings", "#library-list .pages", ".library-none", ".filter-kept", "#bulk [name=query]", "[data-all]"]) {
    const old = document.querySelector(part);
    const next = came.querySelector(part);
    if (old && next) old.replaceWith(next);
    else if (old) old.remove();
    else if (next && part !== ".filter-kept") shown.after(next);
    else if (next) document.querySelector(".library-filter")?.append(next);
  }
  history.replaceState(history.state, "", address);
  const around = document.getElementById("library-list");
  if (!around) return;
  window.htmx.process(around);
  around.dispatchEvent(new CustomEvent("page:changed", { bubbles: true }));
}
