// Pointer, wheel and key events of the viewer, turned into views.
import { useEffect, useRef } from 'preact/hooks';
import { bound, type Box, FITTED, type View, zoomAt } from './zoom';

interface Gestures {
  room: Box;
  frame: Box;
  most: number; // the largest zoom
  view: View;
  setView(view: View): void;
}

export function useGestures(element: { current: HTMLElement | null }, gestures: Gestures): void {
  const now = useRef(gestures);
  now.current = gestures;
  useEffect(() => {
    const target = element.current;
    if (!target) return;
    const pointers = new Map<number, { x: number; y: number }>();
    const set = (view: View) => {
      const { frame, room, setView } = now.current;
      // Events come faster than frames: the next one starts from this view.
      now.current.view = bound(view, frame, room);
      setView(now.current.view);
    };
    const middle = () => {
      const box = target.getBoundingClientRect();
      return { x: box.left + box.width / 2, y: box.top + box.height / 2 };
    };
    const zoom = (factor: number, clientX: number, clientY: number) => {
      const at = middle();
      set(zoomAt(now.current.view, factor, clientX - at.x, clientY - at.y, now.current.most));
    };
    const wheel = (event: WheelEvent) => {
      event.preventDefault();
      zoom(Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.0015)), event.clientX, event.clientY);
    };
    const down = (event: PointerEvent) => {
      if ((event.target as Element).closest('.compare-handle, button')) return;
      pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
      if (now.current.view.k > 1 || pointers.size > 1) target.setPointerCapture(event.pointerId);
    };
    const move = (event: PointerEvent) => {
      const before = pointers.get(event.pointerId);
      if (!before) return;
      const after = { x: event.clientX, y: event.clientY };
      if (pointers.size === 2) {
        const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1];
        if (other) {
          const far = (point: { x: number; y: number }) =>
            Math.hypot(point.x - other.x, point.y - other.y) || 1;
          zoom(far(after) / far(before), (after.x + other.x) / 2, (after.y + other.y) / 2);
        }
      } else if (now.current.view.k > 1) {
        const { k, x, y } = now.current.view;
        set({ k, x: x + after.x - before.x, y: y + after.y - before.y });
      }
      pointers.set(event.pointerId, after);
    };
    const up = (event: PointerEvent) => pointers.delete(event.pointerId);
    const double = (event: MouseEvent) => {
      if ((event.target as Element).closest('.compare-handle, button')) return;
      if (now.current.view.k > 1) set(FITTED);
      else zoom(Math.min(now.current.most, 4), event.clientX, event.clientY);
    };
    const key = (event: KeyboardEvent) => {
      if (event.target !== target) return;
      const { k, x, y } = now.current.view;
      const at = middle();
      const moves: Record<string, () => void> = {
        '+': () => zoom(1.4, at.x, at.y),
        '=': () => zoom(1.4, at.x, at.y),
        '-': () => zoom(1 / 1.4, at.x, at.y),
        '0': () => set(FITTED),
        ArrowLeft: () => set({ k, x: x + 60, y }),
        ArrowRight: () => set({ k, x: x - 60, y }),
        ArrowUp: () => set({ k, x, y: y + 60 }),
        ArrowDown: () => set({ k, x, y: y - 60 }),
      };
      if (!moves[event.key] || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      moves[event.key]();
    };
    target.addEventListener('wheel', wheel, { passive: false });
    target.addEventListener('pointerdown', down);
    target.addEventListener('pointermove', move);
    target.addEventListener('pointerup', up);
    target.addEventListener('pointercancel', up);
    target.addEventListener('dblclick', double);
    target.addEventListener('keydown', key);
    return () => {
      target.removeEventListener('wheel', wheel);
      target.removeEventListener('pointerdown', down);
      target.removeEventListener('pointermove', move);
      target.removeEventListener('pointerup', up);
      target.removeEventListener('pointercancel', up);
      target.removeEventListener('dblclick', double);
      target.removeEventListener('keydown', key);
    };
  }, [element]);
}
