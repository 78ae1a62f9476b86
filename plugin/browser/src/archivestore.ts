/**
 * The reader's archives by digest: in memory while the page is open, and in the browser's storage for the next visit.
 * A document names them by digest alone; the worker asks for them here.
 */

const DATABASE = "layerlab";
const STORE = "archives";

const open = new Map<string, Blob>();

/** Keep an archive. False where the browser refuses: then it's here until the page is closed. */
export async function keepArchive(digest: string, archive: Blob): Promise<boolean> {
  open.set(digest, archive);
  try {
    await withStore("readwrite", async (store) => {
      for (const key of await done(store.getAllKeys())) if (key !== digest && !mentioned(String(key))) store.delete(key);
      await done(store.put(archive, digest));
    });
    return true;
  } catch {
    return false;
  }
}

/** An archive of this visit or an earlier one; null where nobody has it any more. */
export async function findArchive(digest: string): Promise<Blob | null> {
  const here = open.get(digest);
  if (here) return here;
  try {
    const found = await withStore("readonly", (store) => done(store.get(digest) as IDBRequest<unknown>));
    return found instanceof Blob ? found : null;
  } catch {
    return null;
  }
}

/** Whether a kept session of any page of this site speaks of an archive; the others only take room. */
function mentioned(digest: string): boolean {
  try {
    return Object.keys(localStorage).some((key) => localStorage.getItem(key)?.includes(digest));
  } catch {
    return true;
  }
}

async function withStore<Result>(mode: IDBTransactionMode, act: (store: IDBObjectStore) => Promise<Result>): Promise<Result> {
  const request = indexedDB.open(DATABASE, 1);
  request.addEventListener("upgradeneeded", () => request.result.createObjectStore(STORE));
  const database = await done(request);
  try {
    const transaction = database.transaction(STORE, mode);
    const finished = new Promise<void>((resolve, reject) => {
      transaction.addEventListener("complete", () => resolve());
      transaction.addEventListener("abort", () => reject(transaction.error ?? new Error("aborted")));
    });
    finished.catch(() => undefined);
    const result = await act(transaction.objectStore(STORE));
    await finished;
    return result;
  } finally {
    database.close();
  }
}

function done<Result>(request: IDBRequest<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    request.addEventListener("success", () => resolve(request.result));
    request.addEventListener("error", () => reject(request.error ?? new Error("refused")));
  });
}
