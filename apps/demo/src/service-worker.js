// Keeps one whole build on the device: after the first visit the page, the engines and the sample data need no
// network. The build fills in its name and its files.
const build = 'BUILD';
const files = ['FILES'];
const name = `warmstart-${build}`;

self.addEventListener('install', (event) => {
  event.waitUntil(
    caches
      .open(name)
      .then((cache) => cache.addAll(files))
      .then(() => self.skipWaiting()),
  );
});

self.addEventListener('activate', (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((keys) =>
        Promise.all(
          keys.filter((key) => key.startsWith('warmstart-') && key !== name).map((key) => caches.delete(key)),
        ),
      )
      .then(() => self.clients.claim()),
  );
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.method !== 'GET' || new URL(request.url).origin !== self.location.origin) return;
  const page = request.mode === 'navigate' ? 'index.html' : request;
  event.respondWith(
    caches
      .open(name)
      .then((cache) => cache.match(page, { ignoreSearch: true }))
      .then((kept) => kept ?? fetch(request)),
  );
});
