// A short notice of something that has just happened.
import './toast.css';
import { signal } from '@preact/signals';

const message = signal('');
let timer = 0;

export function showToast(text: string): void {
  message.value = text;
  clearTimeout(timer);
  timer = window.setTimeout(() => (message.value = ''), 3500);
}

export function Toast() {
  return (
    <div class={message.value ? 'toast visible' : 'toast'} role="status" data-testid="toast">
      {message.value}
    </div>
  );
}
