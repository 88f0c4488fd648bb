// @ts-check
/**
 * Files that exist nowhere else until the server has them, such as recordings that are being made: kept in the
 * browser's database, so that a closed page, a dead battery or a long tunnel loses nothing. Where there is no such
 * database, or no room in it, they live as long as the page.
 */

/**
 * `by` is whose it is; "" is for whoever signs in next. `accepted` is how many of its bytes the server has, `grows`
 * whether it was begun without a size, and `fields` what was chosen for it.
 * @typedef {{id: string, by: string, name: string, type: string, lastModified: number, grows: boolean, accepted: number, fields: Record<string, string>}} KeptFile
 */

const NAME = "flashweb";
const FILES = "files";
const CHUNKS = "chunks";

/** @returns {Promise<IDBDatabase>} */
function open() {
  const request = indexedDB.open(NAME, 1);
  request.onupgradeneeded = () => {
    request.result.createObjectStore(FILES, { keyPath: "id" });
    request.result.createObjectStore(CHUNKS, { autoIncrement: true }).createIndex("file", "file");
  };
  return resultOf(request);
}

/**
 * @template T
 * @param {IDBRequest<T>} request
 * @returns {Promise<T>}
 */
function resultOf(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/**
 * @template T
 * @param {(files: IDBObjectStore, chunks: IDBObjectStore) => Promise<T>} work
 * @returns {Promise<T | null>} null where nothing can be kept
 */
async function within(work) {
  try {
    const database = await open();
    try {
      const transaction = database.transaction([FILES, CHUNKS], "readwrite");
      const ended = new Promise((resolve, reject) => {
        transaction.oncomplete = resolve;
        transaction.onabort = () => reject(transaction.error);
      });
      const [result] = await Promise.all([work(transaction.objectStore(FILES), transaction.objectStore(CHUNKS)), ended]);
      return result;
    } finally {
      database.close();
    }
  } catch {
    return null;
  }
}

/**
 * @param {KeptFile} file
 * @param {Blob} [content]
 */
export const keepFile = (file, content) =>
  within((files, chunks) => {
    const request = files.put(file);
    return resultOf(content ? chunks.put({ file: file.id, chunk: content }) : request);
  });

/**
 * @param {string} id
 * @param {Blob} chunk
 */
export const keepChunk = (id, chunk) => within((_files, chunks) => resultOf(chunks.put({ file: id, chunk })));

/** @param {string} by @returns {Promise<KeptFile[]>} */
export async function listKept(by) {
  const all = await within((files) => resultOf(files.getAll()));
  return /** @type {KeptFile[]} */ (all ?? []).filter((file) => file.by === by || !file.by);
}

/** @param {string} id @returns {Promise<Blob[]>} */
export async function chunksOf(id) {
  const found = await within((_files, chunks) => resultOf(chunks.index("file").getAll(id)));
  return (found ?? []).map(({ chunk }) => chunk);
}

/** @param {string} id */
export const forgetFile = (id) =>
  within(async (files, chunks) => {
    files.delete(id);
    for (const key of await resultOf(chunks.index("file").getAllKeys(id))) chunks.delete(key);
  });
