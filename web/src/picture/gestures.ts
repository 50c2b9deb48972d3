// Pointer, wheel and keyboard gestures that zoom and pan the viewer.
import { useEffect, useRef } from 'preact/hooks';
import { type Box, clampView, FIT_VIEW, type View, zoomAt } from './zoom';

interface Point {
  x: number;
  y: number;
}

interface GestureProps {
  viewport: Box;
  frame: Box;
  maxZoom: number;
  view: View;
  setView(view: View): void;
}

const KEY_ZOOM = 1.4;
const KEY_PAN = 60; // pixels of the screen
const DOUBLE_CLICK_ZOOM = 4;

// Controls with gestures of their own.
const isControl = (event: Event) => (event.target as Element).closest('.compare-handle, button') !== null;

class GestureHandler {
  readonly #pointers = new Map<number, Point>(); // that are down, by id

  constructor(
    private readonly target: HTMLElement,
    private readonly props: { current: GestureProps },
  ) {}

  // Returns the function that removes the listeners.
  listen(): () => void {
    const abort = new AbortController();
    const on = <K extends keyof HTMLElementEventMap>(
      type: K,
      handle: (event: HTMLElementEventMap[K]) => void,
    ) => this.target.addEventListener(type, handle, { passive: false, signal: abort.signal });
    on('wheel', (event) => this.#wheel(event));
    on('pointerdown', (event) => this.#pointerDown(event));
    on('pointermove', (event) => this.#pointerMove(event));
    on('pointerup', (event) => this.#pointers.delete(event.pointerId));
    on('pointercancel', (event) => this.#pointers.delete(event.pointerId));
    on('dblclick', (event) => this.#doubleClick(event));
    on('keydown', (event) => this.#keyDown(event));
    return () => abort.abort();
  }

  get #view(): View {
    return this.props.current.view;
  }

  #setView(view: View): void {
    const { current } = this.props;
    // Stored at once: there may be several events per frame, and the next one starts from this view.
    current.view = clampView(view, current.frame, current.viewport);
    current.setView(current.view);
  }

  #center(): Point {
    const box = this.target.getBoundingClientRect();
    return { x: box.left + box.width / 2, y: box.top + box.height / 2 };
  }

  // About a point of the screen.
  #zoom(factor: number, { x, y }: Point): void {
    const center = this.#center();
    this.#setView(zoomAt(this.#view, factor, x - center.x, y - center.y, this.props.current.maxZoom));
  }

  #wheel(event: WheelEvent): void {
    event.preventDefault();
    // Browsers report a pinch on a touchpad as a wheel event with the control key and small steps.
    this.#zoom(Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.0015)), pointOf(event));
  }

  #pointerDown(event: PointerEvent): void {
    if (isControl(event)) return;
    this.#pointers.set(event.pointerId, pointOf(event));
    if (this.#view.k > 1 || this.#pointers.size > 1) this.target.setPointerCapture(event.pointerId);
  }

  #pointerMove(event: PointerEvent): void {
    const before = this.#pointers.get(event.pointerId);
    if (!before) return;
    const after = pointOf(event);
    if (this.#pointers.size === 2) {
      const other = [...this.#pointers].find(([id]) => id !== event.pointerId)?.[1];
      if (other) this.#pinch(before, after, other);
    } else if (this.#view.k > 1) {
      const { k, x, y } = this.#view;
      this.#setView({ k, x: x + after.x - before.x, y: y + after.y - before.y });
    }
    this.#pointers.set(event.pointerId, after);
  }

  #pinch(before: Point, after: Point, other: Point): void {
    const distance = (point: Point) => Math.hypot(point.x - other.x, point.y - other.y) || 1;
    const middle = { x: (after.x + other.x) / 2, y: (after.y + other.y) / 2 };
    this.#zoom(distance(after) / distance(before), middle);
  }

  #doubleClick(event: MouseEvent): void {
    if (isControl(event)) return;
    if (this.#view.k > 1) this.#setView(FIT_VIEW);
    else this.#zoom(Math.min(this.props.current.maxZoom, DOUBLE_CLICK_ZOOM), pointOf(event));
  }

  #keyDown(event: KeyboardEvent): void {
    if (event.target !== this.target) return;
    const { k, x, y } = this.#view;
    const actions: Record<string, () => void> = {
      '+': () => this.#zoom(KEY_ZOOM, this.#center()),
      '=': () => this.#zoom(KEY_ZOOM, this.#center()),
      '-': () => this.#zoom(1 / KEY_ZOOM, this.#center()),
      '0': () => this.#setView(FIT_VIEW),
      ArrowLeft: () => this.#setView({ k, x: x + KEY_PAN, y }),
      ArrowRight: () => this.#setView({ k, x: x - KEY_PAN, y }),
      ArrowUp: () => this.#setView({ k, x, y: y + KEY_PAN }),
      ArrowDown: () => this.#setView({ k, x, y: y - KEY_PAN }),
    };
    if (!actions[event.key] || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    actions[event.key]();
  }
}

const pointOf = ({ clientX, clientY }: MouseEvent): Point => ({ x: clientX, y: clientY });

export function useGestures(element: { current: HTMLElement | null }, props: GestureProps): void {
  const current = useRef(props);
  current.current = props;
  useEffect(
    () => (element.current ? new GestureHandler(element.current, current).listen() : undefined),
    [element],
  );
}
