// The service worker: caches the whole page, so that it loads without a server. build/offline.js defines the two names
// below: the list of files, and the version.
/* global self, caches, fetch, PRECACHE, VERSION */

const CACHE = `tilecast-${VERSION}`;

// Files with a hash in their names are copied from the caches of other versions.
async function fill() {
  const cache = await caches.open(CACHE);
  await Promise.all(
    PRECACHE.map(async ({ url, hashed }) => {
      const known = hashed && (await caches.match(url));
      await cache.put(url, known || (await fetchWhole(url)));
    }),
  );
}

async function fetchWhole(url) {
  const answer = await fetch(url, { cache: 'no-cache' });
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  return answer;
}

async function removeOld() {
  const names = await caches.keys();
  await Promise.all(
    names.filter((name) => name.startsWith('tilecast-') && name !== CACHE).map((name) => caches.delete(name)),
  );
  await self.clients.claim();
}

async function answer(request) {
  const cache = await caches.open(CACHE);
  const page = request.mode === 'navigate';
  const cached = await cache.match(page ? './' : request, { ignoreSearch: page });
  return cached || fetch(request);
}

const files = new Set(PRECACHE.map(({ url }) => new URL(url, self.location.href).pathname));

self.addEventListener('install', (event) => event.waitUntil(fill()));
self.addEventListener('activate', (event) => event.waitUntil(removeOld()));
self.addEventListener('message', (event) => event.data === 'take over' && self.skipWaiting());
self.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url);
  // All other requests, such as the server's interface, go to the network.
  if (event.request.method === 'GET' && url.origin === self.location.origin && files.has(url.pathname))
    event.respondWith(answer(event.request));
});
