// @ts-check
/** The transcript of the editor's page, as the other parts of the page know it. */

/** A row as it stands in the page; its times are milliseconds. @typedef {{id: string, start: number, end: number, element: HTMLElement}} Row */
/** @typedef {{start: number, end: number}} Bounds of a row, in ms */
/** @typedef {Record<string, string | number>} Fields of a request */

/**
 * @typedef {object} ChangeOptions
 * @property {boolean} [keep] leaves the field open
 * @property {(html: string) => HTMLElement[]} [apply] brings the answer's rows into the page
 * @property {string[]} [rows] the ids of the rows it is about: fetched again where the change was refused
 * @property {string} [done] for the status line, as the next two
 * @property {string} [nothing] there was nothing to change
 * @property {string} [conflict] somebody else's words stand in the way; they are shown then
 */

/**
 * The open field of a row.
 * @typedef {object} RowField
 * @property {HTMLTextAreaElement} field
 * @property {string} text as it is to be stored
 * @property {number} base the version that the text is written over
 * @property {() => Promise<unknown>} composed resolves when no input method is at work
 */

/**
 * @typedef {object} RowEditing
 * @property {HTMLElement | null} row whose field is open
 * @property {RowField | null} typing that field
 * @property {() => Promise<boolean>} settled whether all that was typed is stored, once the writer and the requests under way are done
 * @property {Promise<unknown>} quiet resolves when no change is under way
 * @property {(url: string, fields?: () => Fields, options?: ChangeOptions) => Promise<HTMLElement[] | null>} change
 *   sends a change of rows once everything typed is stored; gives the rows that changed and stand, null where nothing was done
 * @property {(html: string, options?: {newer?: boolean}) => HTMLElement[]} applyRows
 * @property {(by: number, versions: Record<string, string | number>) => void} shiftRows
 * @property {(id: string) => Promise<void>} refresh
 * @property {(row: HTMLElement, text: string) => void} write
 * @property {(row: HTMLElement, caret?: number, text?: string, end?: number) => void} open
 * @property {() => void} discard
 */

/**
 * @typedef {object} RowFollowing
 * @property {(row: HTMLElement) => void} bring into view
 * @property {() => void} leave the reader looks elsewhere
 * @property {() => void} resume
 * @property {() => void} back
 */

/**
 * @typedef {object} RowStructure
 * @property {(row: HTMLElement) => Bounds} boundsOf
 * @property {(row: HTMLElement, bounds: Bounds, options?: {edge?: import("./times.js").Edge, now?: boolean}) => void} move
 */

/**
 * @typedef {object} RowSelecting
 * @property {HTMLElement[]} rows that are selected: several, or none
 * @property {() => void} drop
 */

/**
 * `<flash-transcript>`.
 * @typedef {object} TranscriptParts
 * @property {Row[]} rows in the order of their starts
 * @property {HTMLElement | undefined} row the one that commands act on
 * @property {HTMLElement | null} chosen the one that an open menu is about
 * @property {RowSelecting | null} selecting null until it is there
 * @property {HTMLElement[]} selected the rows that commands for several rows act on: those selected, unless a menu is about another one
 * @property {RowEditing} editing
 * @property {{changed: (id: string) => void}[]} marked those who draw over the words of rows
 * @property {RowFollowing} following
 * @property {RowStructure | null} structure null for readers
 * @property {Record<string, string>} text the page's sentences
 * @property {number} duration of the recording, in ms
 * @property {(id: string) => boolean} isEstimated
 * @property {(id: string) => [number, number][]} estimatedIn
 * @property {(url: string, fields?: () => Fields, options?: ChangeOptions) => Promise<HTMLElement[] | null>} change
 * @property {(row?: HTMLElement, caret?: number, end?: number) => void} edit at a word
 * @property {() => void} goToPlayhead
 * @property {() => void} closeRow
 * @property {(by: 1 | -1) => void} move
 * @property {() => Promise<HTMLElement[] | null>} undo
 * @property {() => Promise<HTMLElement[] | null>} redo
 * @property {(ms: number) => void} playFrom
 * @property {(sentence: string, state?: string) => void} say in the status line
 * @property {(sentence: string, more?: {undo?: boolean, body?: HTMLElement | null}) => void} notify above the text
 */
/** @typedef {HTMLElement & TranscriptParts} Transcript */

/** The transcript, where the page has one. */
export const findTranscript = () => document.querySelector("flash-transcript");

/** The transcript of the editor's page. */
export const transcript = () => /** @type {Transcript} */ (findTranscript());

/** @param {string | undefined} id @returns {HTMLElement | null} */
export const rowById = (id) => document.getElementById(`u${id}`);
/** @param {HTMLElement} row */
export const idOf = (row) => row.dataset.utterance ?? "";
/** The element with the row's text. @param {HTMLElement} row */
export const textOf = (row) => /** @type {HTMLElement} */ (row.querySelector("[data-text]"));
/** @param {HTMLElement} row */
export const timeOf = (row) => row.querySelector("[data-play]")?.textContent ?? "";
/** The row that something stands in. @param {EventTarget | null | undefined} target @returns {HTMLElement | null} */
export const rowAround = (target) => (target instanceof Element ? target.closest("[data-utterance]") : null);

/** The numbers of rows in the page, from 1, rising. @param {readonly HTMLElement[]} rows */
export function numbersOf(rows) {
  const wanted = new Set(rows);
  return transcript().rows.flatMap(({ element }, index) => (wanted.has(element) ? [index + 1] : []));
}
