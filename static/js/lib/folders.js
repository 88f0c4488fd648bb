// @ts-check
/** What is in folders that people drop or choose, and which tags the folders make. */

/**
 * A file with the names of the folders that it lies in, the outermost first.
 * @typedef {{file: File, folders: string[]}} FolderFile
 * @typedef {{found: FolderFile[], unread: string[], isCut: boolean}} FolderContent
 */

/** So many files and folders are looked at. */
export const MOST_ENTRIES = 20_000;
const LONGEST_TAG = 60;

// What browsers have no type for, or not everywhere; as the field for files has it, and more.
const ENDINGS = new Set(
  ("3ga 3gp 3gpp aac ac3 adts aif aifc aiff alac amr ape asf au avi awb caf dss eac3 f4a f4v flac flv gsm m2ts m4a m4b m4r " +
    "m4v mka mkv mov mp1 mp2 mp3 mp4 mpa mpc mpeg mpg mts mxf oga ogg ogm ogv opus qt ra rm snd spx tta voc vob w64 wav webm " +
    "weba wma wmv wv").split(" "),
);

/** Whether it may be a recording, by its type and name. @param {{name: string, type: string}} file */
export function isMedia({ name, type }) {
  if (name.startsWith(".")) return false; // such as what macOS leaves beside each file
  return /^(audio|video)\//.test(type) || ENDINGS.has(/\.([^.]+)$/.exec(name)?.[1].toLowerCase() ?? "");
}

/** The tags of a file in these folders: no empty ones, each once. @param {string[]} folders */
export function tagsOf(folders) {
  const names = folders.map((name) => name.normalize("NFC").trim().replace(/\s+/g, " ").slice(0, LONGEST_TAG).trim());
  return names.filter((name, index) => name && names.findIndex((other) => other.toLowerCase() === name.toLowerCase()) === index);
}

/** Of a field that takes a folder. @param {Iterable<File>} files @returns {FolderContent} */
export function chosenFiles(files) {
  const all = [...files];
  const found = all.slice(0, MOST_ENTRIES).map((file) => ({ file, folders: file.webkitRelativePath.split("/").slice(0, -1) }));
  return { found: inOrder(found), unread: [], isCut: all.length > MOST_ENTRIES };
}

/** The folders among what is dropped; they are there only while the event is handled. @param {DataTransfer | null} transfer */
export function droppedFolders(transfer) {
  const entries = [...(transfer?.items ?? [])].map((item) => (item.kind === "file" ? item.webkitGetAsEntry?.() : null));
  return entries.filter((entry) => entry?.isDirectory).map((entry) => /** @type {FileSystemDirectoryEntry} */ (entry));
}

/** The dropped files that are no folders. @param {DataTransfer | null} transfer @returns {File[]} */
export function droppedFiles(transfer) {
  const items = [...(transfer?.items ?? [])].filter((item) => item.kind === "file");
  const files = items.filter((item) => !item.webkitGetAsEntry?.()?.isDirectory).map((item) => item.getAsFile());
  return files.filter((file) => file !== null);
}

/**
 * Everything in the folders and in those inside them.
 * @param {FileSystemDirectoryEntry[]} folders
 * @returns {Promise<FolderContent>}
 */
export async function readFolders(folders) {
  /** @type {FolderContent} */
  const content = { found: [], unread: [], isCut: false };
  const waiting = folders.map((folder) => ({ folder, names: [folder.name] }));
  let left = MOST_ENTRIES;
  for (let next = waiting.shift(); next && left > 0; next = waiting.shift()) {
    const { folder, names } = next;
    for await (const entry of entriesOf(folder, () => content.unread.push(names.join("/")))) {
      if (!left--) break;
      if (entry.isDirectory) {
        waiting.push({ folder: /** @type {FileSystemDirectoryEntry} */ (entry), names: [...names, entry.name] });
        continue;
      }
      const file = await fileOf(/** @type {FileSystemFileEntry} */ (entry));
      if (file) content.found.push({ file, folders: names });
      else content.unread.push([...names, entry.name].join("/"));
    }
  }
  return { ...content, found: inOrder(content.found), isCut: left < 0 };
}

/**
 * A browser gives the entries of a folder a hundred at a time.
 * @param {FileSystemDirectoryEntry} folder
 * @param {() => void} onError
 */
async function* entriesOf(folder, onError) {
  const reader = folder.createReader();
  for (;;) {
    /** @type {FileSystemEntry[]} */
    const some = await new Promise((resolve) => {
      reader.readEntries(resolve, () => (onError(), resolve([])));
    });
    if (!some.length) return;
    yield* some;
  }
}

/** @param {FileSystemFileEntry} entry @returns {Promise<File | null>} */
const fileOf = (entry) => new Promise((resolve) => entry.file(resolve, () => resolve(null)));

/** As people count: 2 before 10. @param {FolderFile[]} files */
function inOrder(files) {
  const path = (/** @type {FolderFile} */ { file, folders }) => [...folders, file.name].join("/");
  const { compare } = new Intl.Collator(undefined, { numeric: true });
  return files.map((file) => ({ file, path: path(file) })).sort((one, other) => compare(one.path, other.path)).map(({ file }) => file);
}
