// Keeps the keyboard's place when what had the focus goes away: without it the next Tab starts at the top of the page.

// To be called before the change; when the focus was inside of `going` it moves to what `next` finds once the page has changed.
export function moveFocus(going: Element | null, next: () => HTMLElement | null | undefined): void {
  if (!going?.contains(document.activeElement)) return;
  setTimeout(() => {
    if (document.activeElement === document.body) next()?.focus({ preventScroll: true });
  });
}
