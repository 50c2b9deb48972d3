// The selected picture: before, the preview and result tiles, outlines of codes, comparing, zoom.
import './viewer.css';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Shape } from '../engine/engine';
import type { Item } from '../jobs/item';
import { remove, run } from '../jobs/queue';
import { size } from '../ui/format';
import { Icon } from '../ui/icons';
import { type Before, useBefore, useBlobUrl } from './before';
import { CompareHandle, comparing, position } from './compare';
import { Detail } from './detail';
import { useGestures } from './gestures';
import { Outlines } from './outlines';
import { type Surface, viewerSize } from './surface';
import { Underlay } from './underlay';
import { type Box, clampView, fit, FIT_VIEW, type View, zoomAt } from './zoom';

const MARGIN = 24; // around a picture that fits, in pixels
const BUTTON_ZOOM = 1.5;

function useSize(element: { current: HTMLElement | null }): Box {
  const [box, setBox] = useState<Box>({ width: 1, height: 1 });
  useLayoutEffect(() => {
    const target = element.current;
    if (!target) return;
    const measure = () => {
      const { clientWidth: width, clientHeight: height } = target;
      Object.assign(viewerSize, { width: width * devicePixelRatio, height: height * devicePixelRatio });
      setBox({ width, height });
    };
    const observer = new ResizeObserver(measure);
    observer.observe(target);
    measure();
    return () => observer.disconnect();
  }, [element]);
  return box;
}

function Canvases({ surface }: { surface: Surface }) {
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    box.current?.replaceChildren(...surface.canvases);
  }, [surface]);
  return <div class="canvases" ref={box} />;
}

function ErrorPanel({ item }: { item: Item }) {
  return (
    <div class="error-panel" role="alert">
      <Icon name="warn" />
      <h3>{item.name}</h3>
      <p data-testid="error">{item.error.value}</p>
      <div>
        <button class="button" onClick={() => run([item])}>
          <Icon name="retry" />
          Try again
        </button>
        <button class="button" onClick={() => remove(item)}>
          Remove
        </button>
      </div>
    </div>
  );
}

// What the viewer displays of an item: its result if there is one, else the picture before.
interface Content {
  before: Before | null;
  surface: Surface | null;
  file: Blob | null; // a result without a surface
  shape: Shape | null; // of what is displayed; null until it is known
}

function useContent(item: Item): Content {
  const before = useBefore(item);
  const surface = item.surface.value;
  const outcome = item.outcome.value;
  const file = surface ? null : (outcome?.file ?? null);
  const shape = surface?.shape ?? (file ? outcome : null) ?? (before && { ...before, channels: 3 });
  return { before, surface, file, shape };
}

interface Zoom {
  view: View;
  viewport: Box;
  frame: Box; // the picture at zoom 1
  max: number;
  setView(view: View): void;
}

function useZoom(item: Item, element: { current: HTMLElement | null }, shape: Shape | null): Zoom {
  const viewport = useSize(element);
  const [view, setView] = useState<View>(FIT_VIEW);
  const frame = shape
    ? fit(shape, { width: viewport.width - MARGIN, height: viewport.height - MARGIN })
    : { width: 0, height: 0 };
  const max = shape ? Math.max(4, (shape.width / Math.max(1, frame.width)) * 8) : 4;
  useEffect(() => setView(FIT_VIEW), [item]);
  useGestures(element, { viewport, frame, maxZoom: max, view, setView });
  return { view, viewport, frame, max, setView };
}

// Pixels of the screen per pixel of the picture.
const nativeZoom = ({ frame, view }: Zoom, shape: Shape | null) =>
  frame.width > 0 && shape ? (frame.width * view.k) / shape.width : 1;

interface FrameProps {
  item: Item;
  content: Content;
  zoom: Zoom;
  compare: boolean;
}

// The layers of the picture, moved and scaled together.
function Frame({ item, content, zoom, compare }: FrameProps) {
  const { before, surface, file, shape } = content;
  const { view, viewport, frame } = zoom;
  const fileUrl = useBlobUrl(file);
  const outcome = item.outcome.value;
  const hasResult = surface !== null || file !== null;
  // The picture before is displayed until opaque tiles cover it, and while comparing.
  const opaque = (shape?.channels ?? 3) % 2 === 1;
  const underlay = before && shape && (compare || !hasResult || (!outcome && opaque));
  const left = viewport.width / 2 + view.x - (frame.width * view.k) / 2;
  const clip = compare ? Math.max(0, (position.value * viewport.width - left) / view.k) : 0;
  const pixelated = nativeZoom(zoom, shape) > 2.5;
  return (
    <div
      class={`frame${pixelated ? ' pixelated' : ''}${hasResult && !outcome ? ' loading' : ''}`}
      hidden={item.state.value === 'failed' || !shape}
      style={{
        width: `${frame.width}px`,
        height: `${frame.height}px`,
        transform: `translate(-50%, -50%) translate(${view.x}px, ${view.y}px) scale(${view.k})`,
      }}
    >
      {underlay && (
        <Underlay
          {...{ before, item, shape, frame, compare }}
          pipeline={hasResult ? (outcome?.pipeline ?? item.pipeline) : ''}
        />
      )}
      <div class="result" style={{ clipPath: clip > 0 ? `inset(0 0 0 ${clip}px)` : '' }} data-testid="after">
        {surface && <Canvases surface={surface} />}
        {surface && outcome && <Detail surface={surface} view={view} frame={frame} viewport={viewport} />}
        {fileUrl && <img src={fileUrl} alt="After" draggable={false} data-testid="result-image" />}
        {shape && <Outlines item={item} shape={shape} scale={view.k} />}
      </div>
    </div>
  );
}

interface BarProps {
  item: Item;
  shape: Shape | null;
  zoom: Zoom;
  comparable: boolean;
}

function ViewerBar({ item, shape, zoom, comparable }: BarProps) {
  const { view, viewport, frame, max, setView } = zoom;
  const zoomBy = (factor: number) => setView(clampView(zoomAt(view, factor, 0, 0, max), frame, viewport));
  return (
    <div class="viewer-bar">
      <span class="viewer-name" data-testid="picture-name">
        {item.name}
        <small>{shape && ` ${size(shape)}`}</small>
      </span>
      <button
        class={comparing.value ? 'chip selected' : 'chip'}
        aria-pressed={comparing.value}
        disabled={!comparable}
        onClick={() => (comparing.value = !comparing.value)}
        data-testid="compare"
      >
        <Icon name="compare" />
        Compare
      </button>
      <span class="zoom">
        <button
          class="icon-button"
          onClick={() => zoomBy(1 / BUTTON_ZOOM)}
          aria-label="Zoom out"
          disabled={view.k <= 1}
        >
          −
        </button>
        <button class="icon-button zoom-level" onClick={() => setView(FIT_VIEW)} aria-label="Fit" title="Fit">
          {Math.round(nativeZoom(zoom, shape) * 100)} %
        </button>
        <button
          class="icon-button"
          onClick={() => zoomBy(BUTTON_ZOOM)}
          aria-label="Zoom in"
          disabled={view.k >= max}
        >
          +
        </button>
      </span>
    </div>
  );
}

export function Viewer({ item }: { item: Item }) {
  const viewport = useRef<HTMLDivElement>(null);
  const content = useContent(item);
  const { shape } = content;
  const zoom = useZoom(item, viewport, shape);
  const failed = item.state.value === 'failed';
  const comparable = item.outcome.value !== null && content.before !== null;
  const compare = comparing.value && comparable;
  return (
    <div class="viewer">
      <div
        class={`viewport${zoom.view.k > 1 ? ' zoomed' : ''}`}
        ref={viewport}
        tabIndex={0}
        role="group"
        aria-label={`${item.name}; plus and minus zoom, arrows move`}
        data-testid="viewer"
      >
        <Frame {...{ item, content, zoom, compare }} />
        {!shape && !failed && (
          <p class="empty-message" data-testid="no-view">
            This picture is shown when its first tile arrives.
          </p>
        )}
        {compare && <CompareHandle />}
      </div>
      {failed && <ErrorPanel item={item} />}
      {item.warning.value && (
        <p class="warning" role="status" data-testid="warning">
          <Icon name="warn" />
          <span>{item.warning.value}</span>
        </p>
      )}
      <ViewerBar {...{ item, shape, zoom, comparable }} />
    </div>
  );
}
