// The pictures of this page in the browser's database, so that a reload or a closed tab loses none. Each page is a session;
// a page that opens adopts the pictures of sessions whose page is gone. Where the browser has no database, for example in a
// private window, the page works without.
import { signal } from '@preact/signals';
import type { Code, JobOptions, Line } from '../engine/engine';
import type { Outcome } from './item';

export interface StoredItem {
  key: number; // ascends in the order of the page's list
  session: string;
  time: number; // of the last change
  name: string;
  options: JobOptions;
  // Of a picture that is done.
  result?: { outcome: Outcome; codes: Code[]; lines: Line[] | null; warning: string };
}

const MAX_AGE_MS = 3_600_000;
const SESSION_KEY = 'tilecast.session';
const lockName = (session: string) => `tilecast-${session}`;

const session = Math.random().toString(36).slice(2);
let previous: string | null = null; // of this tab before a reload
let opened: Promise<IDBDatabase | null> | null = null;

export const isStored = signal(false); // the browser has a database

function open(): Promise<IDBDatabase | null> {
  opened ??= new Promise((resolve) => {
    try {
      const request = indexedDB.open('tilecast', 1);
      request.onupgradeneeded = () => {
        request.result.createObjectStore('items', { keyPath: 'key' });
        // The item's file by its key, that of its result by the negative key. The items stay small, so that a page that
        // adopts them writes little.
        request.result.createObjectStore('files');
      };
      request.onsuccess = () => {
        isStored.value = true;
        resolve(request.result);
      };
      request.onerror = request.onblocked = () => resolve(null);
    } catch {
      resolve(null);
    }
  });
  return opened;
}

// Runs `use` in a transaction; undefined if there is no database or it fails, e.g. as it is full.
async function transact<T>(
  mode: IDBTransactionMode,
  use: (items: IDBObjectStore, files: IDBObjectStore) => IDBRequest<T> | undefined,
): Promise<T | undefined> {
  const database = await open();
  if (!database) return undefined;
  return await new Promise((resolve) => {
    const transaction = database.transaction(['items', 'files'], mode);
    const request = use(transaction.objectStore('items'), transaction.objectStore('files'));
    transaction.oncomplete = () => resolve(request?.result);
    transaction.onerror = transaction.onabort = () => resolve(undefined);
  });
}

// Stores an item's file, once, and what is known of the item.
export function storeFile(key: number, file: Blob): void {
  void transact('readwrite', (_, files) => files.put(file, key));
}

export function storeItem(item: Omit<StoredItem, 'session' | 'time'>): void {
  const { result } = item;
  const file = result?.outcome.file;
  const small = result && { ...result, outcome: { ...result.outcome, file: null } };
  void transact('readwrite', (items, files) => {
    if (file) files.put(file, -item.key);
    return items.put({ ...item, result: small, session, time: Date.now() });
  });
}

export function forgetItems(keys: number[]): void {
  void transact('readwrite', (items, files) => {
    for (const key of keys) {
      items.delete(key);
      files.delete(key);
      files.delete(-key);
    }
    return undefined;
  });
}

// Marks this session as one whose page is there, for as long as it is.
function claim(): void {
  try {
    previous = sessionStorage.getItem(SESSION_KEY);
    sessionStorage.setItem(SESSION_KEY, session);
  } catch {
    // Without storage a reload is a new page.
  }
  void navigator.locks?.request(lockName(session), () => new Promise(() => undefined));
}

async function liveSessions(): Promise<Set<string> | null> {
  const locks = await navigator.locks?.query();
  return locks ? new Set(locks.held?.map((lock) => lock.name ?? '')) : null;
}

// The items of pages that are gone, with their files, in their order. They belong to this page from now on. Older ones are
// removed. Where the browser does not tell which pages there are (without HTTPS), only those of this tab before a reload.
export async function adoptItems(): Promise<{ stored: StoredItem; file: Blob }[]> {
  claim();
  const live = await liveSessions();
  const all = (await transact<StoredItem[]>('readonly', (items) => items.getAll())) ?? [];
  const adopted: { stored: StoredItem; file: Blob }[] = [];
  for (const stored of all) {
    const gone = live ? !live.has(lockName(stored.session)) : stored.session === previous;
    const old = Date.now() - stored.time > MAX_AGE_MS;
    if (!gone && !old) continue;
    const { key, result } = stored;
    const file = old ? undefined : await transact<Blob>('readonly', (_, files) => files.get(key));
    if (!file) {
      forgetItems([key]);
      continue;
    }
    storeItem(stored); // as one of this session
    if (result)
      result.outcome.file = (await transact<Blob>('readonly', (_, files) => files.get(-key))) ?? null;
    adopted.push({ stored, file });
  }
  return adopted;
}
