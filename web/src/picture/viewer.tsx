// The selected picture: as it came, its preview and result tiles on top, codes outlined, before/after, zoom.
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { lit } from '../codes/list';
import { placeCodes } from '../codes/place';
import type { Shape } from '../engine/engine';
import type { Item } from '../jobs/item';
import { remove, run } from '../jobs/queue';
import { Icon } from '../ui/icons';
import { size } from '../ui/words';
import { moves, through } from '../pipeline/geometry';
import { parsePipeline } from '../pipeline/text';
import { type Before, useBefore, useBlobUrl } from './before';
import { Detail } from './detail';
import { CompareHandle, comparing, position } from './compare';
import { useGestures } from './gestures';
import { screen, type Surface } from './surface';
import { bound, type Box, fit, FITTED, type View, zoomAt } from './zoom';

function useRoom(element: { current: HTMLElement | null }): Box {
  const [room, setRoom] = useState<Box>({ width: 1, height: 1 });
  useLayoutEffect(() => {
    const target = element.current;
    if (!target) return;
    const measure = () => {
      const { clientWidth: width, clientHeight: height } = target;
      Object.assign(screen, { width: width * devicePixelRatio, height: height * devicePixelRatio });
      setRoom({ width, height });
    };
    const observer = new ResizeObserver(measure);
    observer.observe(target);
    measure();
    return () => observer.disconnect();
  }, [element]);
  return room;
}

function Canvases({ surface }: { surface: Surface }) {
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    box.current?.replaceChildren(...surface.canvases);
  }, [surface]);
  return <div class="canvases" ref={box} />;
}

// `scale`: how much larger than the frame the picture is shown; numbers keep their size.
function Outlines({ item, shape, scale }: { item: Item; shape: Shape; scale: number }) {
  const info = item.picture.value;
  if (!info || item.codes.value.length === 0) return null;
  const places = placeCodes(item.codes.value, info, item.pipeline);
  return (
    <>
      <svg
        class="outlines"
        viewBox={`0 0 ${shape.width} ${shape.height}`}
        preserveAspectRatio="none"
        data-testid="outlines"
      >
        {places.map(
          (points, index) =>
            points && (
              <polygon
                key={index}
                class={lit.value === index ? 'lit' : ''}
                points={points.map((point) => point.join(',')).join(' ')}
                data-testid="outline"
              />
            ),
        )}
      </svg>
      {places.length > 1 &&
        places.map(
          (points, index) =>
            points && (
              <span
                key={index}
                class={lit.value === index ? 'outline-number lit' : 'outline-number'}
                style={{
                  left: `${(points[0][0] / shape.width) * 100}%`,
                  top: `${(points[0][1] / shape.height) * 100}%`,
                  transform: `translate(-50%, -50%) scale(${1 / scale}) translate(-30%, -30%)`,
                }}
                data-testid="outline-number"
              >
                {index + 1}
              </span>
            ),
        )}
    </>
  );
}

interface UnderlayProps {
  before: Before;
  item: Item;
  shape: Shape; // of what is shown
  frame: Box;
  pipeline: string; // that has made it; '' while it is the picture as it came
  compare: boolean;
}

// The picture as it came, moved by the steps as its pixels were, so that it lies under the result. Where the steps do
// nothing but move, it is compared as it is.
function Underlay({ before, item, shape, frame, pipeline, compare }: UnderlayProps) {
  const parsed = parsePipeline(pipeline);
  const steps = 'error' in parsed ? [] : parsed.steps;
  const source = item.picture.value ?? before;
  const way = compare && steps.length > 0 && steps.every(moves) ? null : through(steps, source);
  const fits = way && way.size.width === shape.width && way.size.height === shape.height;
  const scale = frame.width / shape.width;
  return (
    <img
      class={fits ? 'before' : 'before contain'}
      style={
        fits
          ? {
              width: `${source.width}px`,
              height: `${source.height}px`,
              transform: `matrix(${way.map.map((one) => one * scale).join()})`,
            }
          : undefined
      }
      src={before.url}
      alt={pipeline ? 'Before' : item.name}
      draggable={false}
      data-testid="before"
    />
  );
}

function Trouble({ item }: { item: Item }) {
  return (
    <div class="trouble" role="alert">
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

export function Viewer({ item }: { item: Item }) {
  const stage = useRef<HTMLDivElement>(null);
  const room = useRoom(stage);
  const [view, setView] = useState<View>(FITTED);
  const before = useBefore(item);
  const surface = item.surface.value;
  const outcome = item.outcome.value;
  const file = surface ? null : (outcome?.file ?? null);
  const fileUrl = useBlobUrl(file);
  const failed = item.state.value === 'failed';
  const hasResult = surface !== null || file !== null;
  const shape: Shape | null =
    surface?.shape ?? (file ? outcome : null) ?? (before && { ...before, channels: 3 });
  const frame = shape
    ? fit(shape, { width: room.width - 24, height: room.height - 24 })
    : { width: 0, height: 0 };
  const most = shape ? Math.max(4, (shape.width / Math.max(1, frame.width)) * 8) : 4;
  useEffect(() => setView(FITTED), [item]);
  useGestures(stage, { room, frame, most, view, setView });

  const compare = comparing.value && outcome !== null && before !== null;
  // The picture under the tiles: as long as they cover it bit by bit, and when comparing.
  const opaque = (shape?.channels ?? 3) % 2 === 1;
  const underlay = before && shape && (compare || !hasResult || (!outcome && opaque));
  const left = room.width / 2 + view.x - (frame.width * view.k) / 2;
  const cut = compare ? Math.max(0, (position.value * room.width - left) / view.k) : 0;
  const zoomBy = (factor: number) => setView(bound(zoomAt(view, factor, 0, 0, most), frame, room));
  const native = frame.width > 0 && shape ? (frame.width * view.k) / shape.width : 1;
  return (
    <div class="viewer">
      <div
        class={`room${view.k > 1 ? ' zoomed' : ''}`}
        ref={stage}
        tabIndex={0}
        role="group"
        aria-label={`${item.name}; plus and minus zoom, arrows move`}
        data-testid="viewer"
      >
        <div
          class={`frame${native > 2.5 ? ' pixelated' : ''}${hasResult && !outcome ? ' arriving' : ''}`}
          hidden={failed || !shape}
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
          <div class="after" style={{ clipPath: cut > 0 ? `inset(0 0 0 ${cut}px)` : '' }} data-testid="after">
            {surface && <Canvases surface={surface} />}
            {surface && outcome && <Detail surface={surface} view={view} frame={frame} room={room} />}
            {fileUrl && <img src={fileUrl} alt="After" draggable={false} data-testid="result-image" />}
            {shape && <Outlines item={item} shape={shape} scale={view.k} />}
          </div>
        </div>
        {!shape && !failed && (
          <p class="empty" data-testid="no-view">
            This picture is shown when its first tile arrives.
          </p>
        )}
        {compare && <CompareHandle />}
      </div>
      {failed && <Trouble item={item} />}
      {item.warning.value && (
        <p class="warning" role="status" data-testid="warning">
          <Icon name="warn" />
          <span>{item.warning.value}</span>
        </p>
      )}
      <div class="viewer-bar">
        <span class="viewer-name" data-testid="picture-name">
          {item.name}
          <small>{shape && ` ${size(shape)}`}</small>
        </span>
        <button
          class={comparing.value ? 'chip on' : 'chip'}
          aria-pressed={comparing.value}
          disabled={!outcome || !before}
          onClick={() => (comparing.value = !comparing.value)}
          data-testid="compare"
        >
          <Icon name="compare" />
          Compare
        </button>
        <span class="zoom">
          <button class="bare" onClick={() => zoomBy(1 / 1.5)} aria-label="Zoom out" disabled={view.k <= 1}>
            −
          </button>
          <button class="bare level" onClick={() => setView(FITTED)} aria-label="Fit" title="Fit">
            {Math.round(native * 100)} %
          </button>
          <button class="bare" onClick={() => zoomBy(1.5)} aria-label="Zoom in" disabled={view.k >= most}>
            +
          </button>
        </span>
      </div>
    </div>
  );
}
