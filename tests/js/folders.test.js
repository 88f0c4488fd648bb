import assert from "node:assert/strict";
import test from "node:test";

import { MOST_ENTRIES, chosenFiles, droppedFiles, droppedFolders, isMedia, readFolders, tagsOf } from "../../static/js/lib/folders.js";

const fileEntry = (name) => ({ name, isFile: true, isDirectory: false, file: (give) => give(new File(["x"], name)) });
const brokenEntry = (name) => ({ ...fileEntry(name), file: (_give, fail) => fail(new Error("gone")) });

/** As browsers do it: at most a hundred at a time, and an empty list at the end. */
function folderEntry(name, entries) {
  const createReader = () => {
    let at = 0;
    return { readEntries: (give) => setTimeout(() => give(entries.slice(at, (at += 100)))) };
  };
  return { name, isFile: false, isDirectory: true, createReader };
}

const paths = ({ found }) => found.map(({ file, folders }) => [...folders, file.name].join("/"));

test("folders are read to their depth, and in the order in which people count", async () => {
  const deep = folderEntry("Interviews", [fileEntry("10.mp3"), fileEntry("2.mp3"), folderEntry("空", [])]);
  const content = await readFolders([folderEntry("2024", [deep, fileEntry("notes.txt"), brokenEntry("gone.mp3")])]);
  assert.deepEqual(paths(content), ["2024/Interviews/2.mp3", "2024/Interviews/10.mp3", "2024/notes.txt"]);
  assert.deepEqual([content.unread, content.isCut], [["2024/gone.mp3"], false]);
});

test("a folder of more than a hundred files is read to its end, and one without end is not", async () => {
  const many = (count) => folderEntry("many", Array.from({ length: count }, (_, number) => fileEntry(`${number}.mp3`)));
  assert.equal((await readFolders([many(250)])).found.length, 250);
  const cut = await readFolders([many(MOST_ENTRIES + 5)]);
  assert.deepEqual([cut.found.length, cut.isCut], [MOST_ENTRIES, true]);
});

test("a folder that can't be read is told", async () => {
  const closed = { ...folderEntry("closed", []), createReader: () => ({ readEntries: (_give, fail) => fail(new Error()) }) };
  assert.deepEqual((await readFolders([closed])).unread, ["closed"]);
});

test("files and folders of a drop are told apart", () => {
  const file = new File([], "a.mp3");
  const folder = folderEntry("2024", []);
  const items = [
    { kind: "string", webkitGetAsEntry: () => null, getAsFile: () => null },
    { kind: "file", webkitGetAsEntry: () => fileEntry("a.mp3"), getAsFile: () => file },
    { kind: "file", webkitGetAsEntry: () => folder, getAsFile: () => null },
    { kind: "file", getAsFile: () => file },
  ];
  assert.deepEqual([droppedFiles({ items }), droppedFolders({ items })], [[file, file], [folder]]);
});

test("a chosen folder has the same structure", () => {
  const file = Object.assign(new File([], "a.mp3"), { webkitRelativePath: "2024/Interviews/a.mp3" });
  assert.deepEqual(chosenFiles([file]).found, [{ file, folders: ["2024", "Interviews"] }]);
});

test("folders become tags, each once and no longer than a tag may be", () => {
  assert.deepEqual(tagsOf(["2024", "Interviews", "interviews", " two  words ", " ", "x".repeat(70)]), ["2024", "Interviews", "two words", "x".repeat(60)]);
});

test("recordings are known by type and name", () => {
  const media = [["a.MP3", ""], ["a.bin", "audio/x-unknown"], ["film.mkv", ""], ["录音.m4a", "audio/mp4"]];
  const others = [["notes.txt", "text/plain"], ["cover.jpg", "image/jpeg"], [".DS_Store", ""], ["._a.mp3", "audio/mpeg"], ["mp3", ""], ["a.zip", "application/zip"]];
  const taken = (files) => files.filter(([name, type]) => isMedia({ name, type })).map(([name]) => name);
  assert.deepEqual([taken(media), taken(others)], [media.map(([name]) => name), []]);
});
