// @ts-check

/** The CSRF token as it stands now: signing in again in another tab changes it. */
export function csrfToken() {
  const found = document.cookie.match(/(?:^|;\s*)csrftoken=([^;]*)/);
  return found ? decodeURIComponent(found[1]) : "";
}

/** A name for one request. `crypto.randomUUID` is missing where the page came over plain HTTP from another machine. */
export function requestKey() {
  if (typeof crypto.randomUUID === "function") return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * POST as htmx does it, so that the server answers with a fragment. The request outlives the page (`keepalive`)
 * where it is short enough: browsers refuse such a request whose body is above 64 KiB.
 * @param {string} url
 * @param {Record<string, string>} [fields]
 */
export function post(url, fields = {}) {
  const body = new URLSearchParams(fields);
  return fetch(url, {
    method: "POST",
    headers: { "HX-Request": "true", "X-CSRFToken": csrfToken() },
    body,
    keepalive: String(body).length < 60_000,
    redirect: "error",
  });
}

/** @param {string} url */
export function get(url) {
  return fetch(url, { headers: { "HX-Request": "true" }, redirect: "error" });
}

/**
 * What a list shows that could not be fetched.
 * @param {Element | null} list
 * @param {string} [sentence]
 */
export function notFetched(list, sentence = "") {
  const line = document.createElement("p");
  line.className = "error";
  line.textContent = sentence;
  list?.removeAttribute("aria-busy");
  list?.replaceChildren(line);
}

/** What stands in a form, as `post` takes it. @param {HTMLFormElement} form */
export const fieldsOf = (form) => Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value)]));
