// Registers the service worker, and offers to reload the page when a new version has been fetched.
import './register.css';
import { signal } from '@preact/signals';

const update = signal<ServiceWorker | null>(null);

export function registerWorker(): void {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return;
  const container = navigator.serviceWorker;
  const offerWhenInstalled = (worker: ServiceWorker | null) => {
    worker?.addEventListener('statechange', () => {
      if (worker.state === 'installed' && container.controller) update.value = worker;
    });
  };
  container
    .register('sw.js')
    .then((registration) => {
      if (registration.waiting && container.controller) update.value = registration.waiting;
      offerWhenInstalled(registration.installing);
      registration.addEventListener('updatefound', () => offerWhenInstalled(registration.installing));
    })
    .catch(() => undefined); // without it the page works only with a server
}

function activate(worker: ServiceWorker): void {
  navigator.serviceWorker.addEventListener('controllerchange', () => location.reload(), { once: true });
  worker.postMessage('take over');
}

export function UpdateNotice() {
  const worker = update.value;
  return worker ? (
    <div class="update-notice" role="status">
      A new version is ready.
      <button class="button primary" onClick={() => activate(worker)}>
        Reload
      </button>
    </div>
  ) : null;
}
