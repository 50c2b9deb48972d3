// Values that this browser stores. Where storage is forbidden, even reading throws; the page then uses its defaults.

// Null when there is no such value.
export function readStored(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

export function writeStored(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Full or forbidden: the page works without it.
  }
}
