// Line icons on a 24 × 24 grid, drawn in the text's colour.
const PATHS = {
  add: 'M12 5v14M5 12h14',
  up: 'm6 14 6-6 6 6',
  down: 'm6 10 6 6 6-6',
  close: 'm6 6 12 12M18 6 6 18',
  trash: 'M4 7h16M9 7V4h6v3M6.5 7l1 13h9l1-13M10 11v5M14 11v5',
  grip: 'M9 6h.01M15 6h.01M9 12h.01M15 12h.01M9 18h.01M15 18h.01',
  save: 'M12 4v11M7 11l5 5 5-5M5 20h14',
  zip: 'M4 8h16v11H4zM4 8l2-4h12l2 4M12 11v5M9.5 13.5 12 16l2.5-2.5',
  play: 'M8 5.5v13l10.5-6.5z',
  stop: 'M7 7h10v10H7z',
  copy: 'M9 9h11v11H9zM5 15H4V4h11v1',
  check: 'm5 12.5 4.5 4.5L19 7.5',
  image: 'M4 5h16v14H4zM4 16l4.5-4.5 4 4 3-3L20 17M15.5 9.5h.01',
  camera: 'M4 8h3.5L9 5.5h6L16.5 8H20v11H4zM12 16.5a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.4',
  paste: 'M9 4h6v3H9zM9 5H6v15h12V5h-3M9.5 12h5M9.5 15.5h5',
  lock: 'M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3',
  server: 'M4 5h16v6H4zM4 13h16v6H4zM7.5 8h.01M7.5 16h.01',
  device: 'M5 5h14v10H5zM3 19h18',
  auto: 'M13 3 5 13.5h6L10.5 21 19 10h-6z',
  sun: 'M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8M12 3v2M12 19v2M3 12h2M19 12h2M5.6 5.6 7 7M17 17l1.4 1.4M5.6 18.4 7 17M17 7l1.4-1.4',
  moon: 'M19.5 14.5A8 8 0 0 1 9.5 4.5a8 8 0 1 0 10 10',
  compare: 'M12 4v16M4 7h5v10H4M20 7h-5v10h5',
  code: 'M4 4h6v6H4zM14 4h6v6h-6zM4 14h6v6H4zM14 14h2.5v2.5H14zM18.5 18.5H20V20h-1.5zM14 19.5h1M19.5 14.5v1',
  search: 'M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13M15.3 15.3 20 20',
  link: 'M10 14a4 4 0 0 0 5.7 0l3-3A4 4 0 0 0 13 5.3l-1 1M14 10a4 4 0 0 0-5.7 0l-3 3a4 4 0 0 0 5.7 5.7l1-1',
  warn: 'M12 4 2.8 19.5h18.4zM12 10v4.5M12 17h.01',
  scan: 'M4 8.5V4h4.5M15.5 4H20v4.5M20 15.5V20h-4.5M8.5 20H4v-4.5M4 12h16',
  turn: 'M4 11a8 8 0 0 1 14-4.5L20 9M20 4v5h-5M20 13a8 8 0 0 1-14 4.5L4 15M4 20v-5h5',
  retry: 'M19 8A8 8 0 1 0 20 13M20 4v5h-5',
  open: 'M14 5h5v5M19 5l-8 8M17 14v5H5V7h5',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}

export function Logo() {
  return (
    <svg class="logo" viewBox="0 0 32 32" aria-hidden="true">
      <rect class="tile-1" x="3" y="3" width="12" height="12" rx="3.5" />
      <rect class="tile-2" x="17" y="3" width="12" height="12" rx="3.5" />
      <rect class="tile-3" x="3" y="17" width="12" height="12" rx="3.5" />
      <rect class="tile-4" x="19.5" y="19.5" width="9.5" height="9.5" rx="3" />
    </svg>
  );
}
