/**
 * A database of files: one object store, names to Blobs. Blobs are read in slices, so opening a
 * checkpoint in it reads no more than its header.
 */
const storeName = 'files';

/** Opens, and makes where it is not yet there, a database of files. The caller closes it. */
export function openFileDatabase(name: string): Promise<IDBDatabase> {
  const request = indexedDB.open(name, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(storeName);
  return settled(request);
}

/** @returns the file, or undefined if there is none of this name */
export function readBlob(database: IDBDatabase, name: string): Promise<Blob | undefined> {
  return settled(
    database.transaction(storeName).objectStore(storeName).get(name) as IDBRequest<Blob | undefined>,
  );
}

/** Puts a file in one transaction: it is all there afterwards, or the old one still is. */
export function writeBlob(database: IDBDatabase, name: string, blob: Blob): Promise<void> {
  return change(database, (store) => store.put(blob, name));
}

/** Removes a file; nothing happens if there is none. */
export function removeBlob(database: IDBDatabase, name: string): Promise<void> {
  return change(database, (store) => store.delete(name));
}

/** Names of all files, in order. */
export async function blobNames(database: IDBDatabase): Promise<string[]> {
  const keys = await settled(database.transaction(storeName).objectStore(storeName).getAllKeys());
  return keys.map(String);
}

function change(database: IDBDatabase, run: (store: IDBObjectStore) => IDBRequest): Promise<void> {
  const transaction = database.transaction(storeName, 'readwrite', { durability: 'strict' });
  run(transaction.objectStore(storeName));
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error ?? new Error('the transaction was aborted'));
    transaction.onerror = () => reject(transaction.error);
  });
}

function settled<Result>(request: IDBRequest<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
