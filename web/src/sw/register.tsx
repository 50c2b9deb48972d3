// The service worker's side of the page: registers it, and offers a new version when one has been fetched.
import './register.css';
import { signal } from '@preact/signals';

const update = signal<ServiceWorker | null>(null);

export function registerWorker(): void {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return;
  const container = navigator.serviceWorker;
  const watch = (worker: ServiceWorker | null) => {
    worker?.addEventListener('statechange', () => {
      if (worker.state === 'installed' && container.controller) update.value = worker;
    });
  };
  container
    .register('sw.js')
    .then((registration) => {
      if (registration.waiting && container.controller) update.value = registration.waiting;
      watch(registration.installing);
      registration.addEventListener('updatefound', () => watch(registration.installing));
    })
    .catch(() => undefined); // without it the page works as long as the server is there
}

function takeOver(worker: ServiceWorker): void {
  navigator.serviceWorker.addEventListener('controllerchange', () => location.reload(), { once: true });
  worker.postMessage('take over');
}

export function UpdateNotice() {
  const worker = update.value;
  return worker ? (
    <div class="notice" role="status">
      A new version is ready.
      <button class="button primary" onClick={() => takeOver(worker)}>
        Reload
      </button>
    </div>
  ) : null;
}
