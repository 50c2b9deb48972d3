// Keeps the keyboard focus when the focused element is removed: else the next Tab starts at the top of the page.

// Call before the change. If `removed` contains the focus, it moves to the element that `next` finds after the change.
export function moveFocus(removed: Element | null, next: () => HTMLElement | null | undefined): void {
  if (!removed?.contains(document.activeElement)) return;
  setTimeout(() => {
    if (document.activeElement === document.body) next()?.focus({ preventScroll: true });
  });
}
