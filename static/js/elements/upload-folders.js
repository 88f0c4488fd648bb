// @ts-check
import { MOST_ENTRIES, chosenFiles, isMedia, tagsOf } from "../lib/folders.js";
import { fill } from "../lib/format.js";
import { askOffer } from "./upload-offer.js";

/** Has a folder chosen, by a field of its own, so that the one on the page stays one for files. @returns {Promise<import("../lib/folders.js").FolderContent>} */
export function chooseFolder() {
  const field = document.createElement("input");
  field.type = "file";
  field.webkitdirectory = true;
  field.hidden = true;
  document.body.append(field); // Safari forgets one that stands nowhere.
  return new Promise((resolve) => {
    field.addEventListener("change", () => (field.remove(), resolve(chosenFiles(field.files ?? []))));
    field.addEventListener("cancel", () => field.remove());
    field.click();
  });
}

/**
 * Shows what is in folders and which tags they make of it.
 * @param {HTMLElement} area
 * @param {Record<string, string>} text
 * @param {import("../lib/folders.js").FolderContent} content
 * @param {(files: File[]) => void} sayMinutes
 * @returns {Promise<{file: File, tags: string[]}[]>} what is to be added
 */
export async function askFolders(area, text, { found, unread, isCut }, sayMinutes) {
  const media = found.filter(({ file }) => isMedia(file));
  const others = found.filter(({ file }) => !isMedia(file)).map(({ file, folders }) => [...folders, file.name].join("/"));
  const leftOut = [...others, ...unread];
  const count = media.length;
  sayMinutes(media.map(({ file }) => file));
  const isWanted = await askOffer(area, {
    title: fill(count ? text.offer_files : text.offer_none, { count }),
    tags: tagsOf(media.flatMap(({ folders }) => folders)),
    notes: [count ? text.offer_tags : "", isCut ? fill(text.offer_cut, { most: MOST_ENTRIES }) : ""],
    details: leftOut.length ? { title: fill(text.offer_left_out, { count: leftOut.length }), list: leftOut } : null,
    confirm: count ? fill(text.offer_add, { count }) : "",
  });
  if (!isWanted) sayMinutes([]);
  return isWanted ? media.map(({ file, folders }) => ({ file, tags: tagsOf(folders) })) : [];
}
