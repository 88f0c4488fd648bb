// @ts-check
import { register } from "../lib/commands.js";
import { addHighlight, removeHighlight } from "../lib/highlights.js";
import "./mention-field.js";
import { firstOf, reasonOf, released } from "../lib/html.js";
import { fieldsOf, get, notFetched, post, requestKey } from "../lib/http.js";
import { isBusy, renew } from "../lib/renewing.js";
import { stretchOf } from "../lib/row-text.js";
import { aboutWhat } from "../lib/selected-words.js";
import { findTranscript, rowById, textOf } from "../lib/transcript.js";

/** After something was said or changed, so that a burst of it asks once. */
const CALM_MS = 400;
const ALL = "commented";
const ONE = "commented-here";
const CONTROLS = "a, button, summary, textarea";

/**
 * `<comments-panel data-url>`: what is said about the rows. The list is fetched when its panel opens, and again when
 * somebody says something; what is being written in it is left alone. The words that open threads are about are marked in
 * the text as long as the panel is open.
 */
class CommentsPanel extends HTMLElement {
  #abort = new AbortController();
  #timer = 0;
  #asked = 0;
  /** The newest question whose answer is shown: older answers that come later are not. */
  #shown = 0;
  /** The thread that was gone to last. */
  #thread = new URLSearchParams(location.search).get("thread") ?? "";
  /** @type {{all: Highlight | null, one: Highlight | null}} */
  #marks = { all: null, one: null };

  connectedCallback() {
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    const commands = { comment: () => this.#beginComment(), row_comments: () => this.#showRow() };
    signal.addEventListener("abort", register(commands));
    this.#marks = { all: addHighlight(ALL), one: addHighlight(ONE) };
    this.addEventListener("click", (event) => this.#click(event), { signal });
    this.addEventListener("toggle", (event) => this.#focusOpened(event), { signal, capture: true });
    this.addEventListener("submit", (event) => void this.#submit(/** @type {SubmitEvent} */ (event)), { signal });
    const panel = this.closest("[data-panel]");
    panel?.addEventListener("panel:open", () => void this.load(), { signal });
    panel?.addEventListener("panel:close", () => this.#unmarkWords(), { signal });
    for (const news of ["transcript:annotated", "transcript:arranged"]) document.addEventListener(news, () => this.#planLoad(), { signal });
    document.addEventListener("transcript:redrawn", () => this.#marks.all?.size && this.#markWords(), { signal });
    document.addEventListener("transcript:news", (event) => this.#reloadIfAbout(/** @type {CustomEvent} */ (event).detail.rows), { signal });
    if (this.#isOpen) void this.load();
  }

  disconnectedCallback() {
    this.#abort.abort();
    clearTimeout(this.#timer);
    removeHighlight(ALL);
    removeHighlight(ONE);
  }

  get #transcript() {
    return findTranscript();
  }

  get #isOpen() {
    const panel = this.closest("[data-panel]");
    return panel instanceof HTMLElement && !panel.hidden;
  }

  get #form() {
    return /** @type {HTMLFormElement | null} */ (this.querySelector("[data-new]"));
  }

  #planLoad() {
    clearTimeout(this.#timer);
    if (this.#isOpen) this.#timer = window.setTimeout(() => void this.load(), CALM_MS);
  }

  /** Rows were changed: the words that somebody speaks of may stand elsewhere now. @param {Record<string, number>} rows */
  #reloadIfAbout(rows) {
    const threads = /** @type {NodeListOf<HTMLElement>} */ (this.querySelectorAll("[data-thread]"));
    if ([...threads].some(({ dataset }) => (dataset.row ?? "") in rows)) this.#planLoad();
  }

  async load() {
    clearTimeout(this.#timer);
    const asked = (this.#asked += 1);
    const answer = await get(this.dataset.url ?? "").catch(() => null);
    const html = answer?.ok ? await answer.text().catch(() => "") : "";
    await released(this);
    if (asked < this.#shown || !this.isConnected) return;
    this.#shown = asked;
    if (html) this.#show(html);
    else if (!this.querySelector("[data-threads]")) notFetched(this.querySelector("[data-talk]"), this.dataset.failed);
  }

  /**
   * @param {string} html the list as it is now
   * @param {Element | null} [sent] the form that was sent, in which nobody is writing any more
   */
  #show(html, sent = null) {
    const fresh = firstOf(html);
    const list = this.querySelector("[data-talk]");
    if (!list || !fresh) return;
    const held = this.#rememberFocus();
    if (!list.querySelector("[data-threads]")) list.replaceWith(fresh);
    else renewList(list, fresh, sent);
    held();
    this.dispatchEvent(new CustomEvent("page:changed", { bubbles: true }));
    this.#markWords();
    if (this.#thread) this.#goToThread(this.#thread);
    this.#thread = "";
  }

  /** Where the focus is among the threads: gives what puts it back there, or close to it, should it have been lost. */
  #rememberFocus() {
    const focused = document.activeElement;
    const thread = focused?.closest("[data-thread]");
    if (!thread || !this.contains(thread)) return () => {};
    const index = this.#open.indexOf(thread);
    const control = [...thread.querySelectorAll(CONTROLS)].indexOf(/** @type {Element} */ (focused));
    return () => {
      if (this.contains(document.activeElement) && document.activeElement?.checkVisibility()) return;
      const same = this.querySelector(`#${thread.id}`);
      const near = same?.checkVisibility() ? same : (this.#open[index] ?? this.#open.at(-1));
      const at = near === same ? near?.querySelectorAll(CONTROLS)[control] : null;
      const target = at?.checkVisibility() ? at : (near ?? this.querySelector("[data-command=comment]"));
      if (target instanceof HTMLElement) target.focus({ preventScroll: true });
    };
  }

  /** The threads that are open. */
  get #open() {
    return [...this.querySelectorAll("[data-talk] > [data-threads] > [data-thread]")];
  }

  // --- Marking words ------------------------------------------------------------------------------------------------

  #unmarkWords() {
    this.#marks.all?.clear();
    this.#marks.one?.clear();
  }

  #markWords() {
    this.#unmarkWords();
    for (const thread of this.#open) {
      const range = rangeOf(/** @type {HTMLElement} */ (thread));
      if (range) this.#marks.all?.add(range);
    }
    const current = this.querySelector("[data-thread][aria-current]");
    const range = current && rangeOf(/** @type {HTMLElement} */ (current));
    if (range) this.#marks.one?.add(range);
  }

  /** Shows a thread, and the words that it is about. @param {string} id */
  #goToThread(id) {
    const thread = this.querySelector(`#thread-${CSS.escape(id)}`);
    if (!(thread instanceof HTMLElement)) return;
    for (const one of this.querySelectorAll("[data-thread][aria-current]")) one.removeAttribute("aria-current");
    thread.setAttribute("aria-current", "true");
    thread.closest("details")?.setAttribute("open", "");
    thread.scrollIntoView({ block: "nearest" });
    const row = rowById(thread.dataset.row);
    if (row) this.#transcript?.following?.bring(row);
    this.#markWords();
  }

  /** The threads of the row where the person is. */
  #showRow() {
    const row = this.#transcript?.row;
    const found = () => /** @type {HTMLElement | null} */ (this.querySelector(`[data-thread][data-row="${row?.dataset.utterance}"]`));
    const shown = found()?.id.replace("thread-", "") ?? "";
    if (!this.#isOpen) this.closest("side-panel")?.open("comments", { focus: false });
    const go = () => {
      this.#goToThread(shown || (found()?.id.replace("thread-", "") ?? ""));
      found()?.focus({ preventScroll: true });
    };
    if (shown) go();
    else void this.load().then(go);
  }

  // --- Writing ------------------------------------------------------------------------------------------------------

  /** A new comment on the selected words, or on the row where the person is. */
  async #beginComment() {
    const about = aboutWhat(this.#transcript);
    if (!about) return;
    if (!this.#isOpen) this.closest("side-panel")?.open("comments", { focus: false });
    if (!this.#form) await this.load();
    const form = this.#form;
    if (!form) return;
    for (const name of /** @type {const} */ (["row", "start", "end", "quote"])) {
      /** @type {HTMLInputElement} */ (form.elements.namedItem(name)).value = String(about[name]);
    }
    /** @type {HTMLElement} */ (form.querySelector("[data-new-time]")).textContent = about.time;
    /** @type {HTMLElement} */ (form.querySelector("[data-new-quote]")).textContent = about.quote;
    form.hidden = false;
    form.querySelector("textarea")?.focus();
    form.scrollIntoView({ block: "nearest" });
  }

  /** An answer is begun, or a comment edited. @param {Event} event */
  #focusOpened({ target }) {
    if (!(target instanceof HTMLDetailsElement) || !target.open || !target.matches(".talk-more")) return;
    const field = target.querySelector("textarea");
    field?.focus();
    field?.setSelectionRange(field.value.length, field.value.length);
    target.scrollIntoView({ block: "nearest" });
  }

  /** Back to the row, unless the person has gone on elsewhere meanwhile. @param {boolean} sent */
  #endComment(sent) {
    const form = this.#form;
    if (!form) return;
    const here = form.contains(document.activeElement);
    const row = rowById(/** @type {HTMLInputElement} */ (form.elements.namedItem("row")).value);
    if (sent) /** @type {HTMLTextAreaElement} */ (form.elements.namedItem("body")).value = "";
    form.hidden = true;
    if (here) row?.focus({ preventScroll: true });
  }

  /** @param {SubmitEvent} event */
  async #submit(event) {
    const form = /** @type {HTMLFormElement} */ (event.target);
    event.preventDefault();
    if (form.dataset.busy !== undefined) return;
    form.dataset.busy = "";
    // The same until it is answered: what is sent again applies once.
    form.dataset.key ||= requestKey();
    const fields = fieldsOf(form);
    const answer = await post(form.action, { ...fields, request_key: form.dataset.key }).catch(() => null);
    delete form.dataset.busy;
    const html = await answer?.text().catch(() => "");
    if (!answer?.ok || !html) return say(form, (answer && answer.status < 500 && reasonOf(html ?? "")) || (this.dataset.notDone ?? ""));
    delete form.dataset.key;
    say(form, "");
    this.#shown = this.#asked += 1;
    if (form.matches("[data-new]")) this.#endComment(true);
    else form.closest("details.talk-more")?.removeAttribute("open");
    for (const field of form.querySelectorAll("textarea")) field.value = field.defaultValue;
    this.#show(html, form);
  }

  /** @param {MouseEvent} event */
  #click(event) {
    const target = event.target instanceof Element ? event.target : null;
    const thread = target?.closest("[data-thread]");
    const link = target?.closest("a[data-go]");
    if (target?.closest("[data-cancel]")) return this.#endComment(false);
    if (!(thread instanceof HTMLElement) || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (link) event.preventDefault();
    else if (target?.closest("button, summary, textarea, input")) return;
    if (!document.getSelection()?.isCollapsed) return;
    this.#goToThread(thread.id.replace("thread-", ""));
    if (link) rowById(thread.dataset.row)?.focus({ preventScroll: true });
  }
}

/** The words that a thread is about, in the text. @param {HTMLElement} thread */
function rangeOf({ dataset }) {
  const [from, to] = [Number(dataset.from), Number(dataset.to)];
  const row = rowById(dataset.row);
  const stretch = from < to ? stretchOf(row && textOf(row), from, to) : null;
  return stretch && new StaticRange(stretch);
}

/**
 * @param {Element} list
 * @param {Element} fresh
 * @param {Element | null} sent
 */
function renewList(list, fresh, sent) {
  const busy = (/** @type {Element} */ item) => !(sent && item.contains(sent)) && isBusy(item);
  const [old, now] = [list, fresh].map((one) => [...one.querySelectorAll("[data-threads]")]);
  // A thread in which somebody writes stays where it is, though it was resolved or opened meanwhile.
  for (const [index, threads] of old.entries()) {
    for (const { id } of [...threads.children].filter(busy)) now[1 - index].querySelector(`#${id}`)?.remove();
  }
  old.forEach((threads, index) =>
    renew(threads, now[index], busy, (thread, its) => {
      for (const name of ["data-row", "data-from", "data-to"]) thread.setAttribute(name, its.getAttribute(name) ?? "");
      const [said, itsSaid] = [thread, its].map((one) => one.querySelector(".said"));
      if (said && itsSaid) renew(said, itsSaid, busy);
    }),
  );
  const [none, itsNone] = [list, fresh].map((one) => one.querySelector("[data-none]"));
  none?.remove();
  if (itsNone) list.querySelector("[data-threads]")?.before(itsNone);
  const [resolved, itsResolved] = [list, fresh].map((one) => /** @type {HTMLElement} */ (one.querySelector("[data-resolved]")));
  resolved.hidden = itsResolved.hidden;
  resolved.querySelector("summary")?.replaceWith(/** @type {Element} */ (itsResolved.querySelector("summary")));
}

/**
 * @param {Element} form
 * @param {string} trouble
 */
function say(form, trouble) {
  const line = /** @type {HTMLElement | null} */ (form.querySelector("[data-trouble-said]"));
  if (!line) return;
  line.textContent = trouble;
  line.hidden = !trouble;
}

customElements.define("comments-panel", CommentsPanel);
