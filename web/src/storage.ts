// What this browser remembers. Where it is told to keep nothing, even asking throws; the page then starts afresh.

export function recall(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

export function remember(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Full or forbidden: nothing that the user does now depends on it.
  }
}
