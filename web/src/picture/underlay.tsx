// The picture before processing, under the result.
import type { Shape } from '../engine/engine';
import type { Item } from '../jobs/item';
import { movesPixels, transformOf } from '../pipeline/geometry';
import { parsePipeline } from '../pipeline/text';
import type { Before } from './before';
import type { Box } from './zoom';

interface Props {
  before: Before;
  item: Item;
  shape: Shape; // of what is displayed
  frame: Box;
  pipeline: string; // of the result; '' without one
  compare: boolean;
}

// Transformed by the steps as its pixels were, so that it lies exactly under the result. For comparing it is not
// transformed where all steps only move pixels.
export function Underlay({ before, item, shape, frame, pipeline, compare }: Props) {
  const parsed = parsePipeline(pipeline);
  const steps = 'error' in parsed ? [] : parsed.steps;
  const source = item.picture.value ?? before;
  const onlyMoves = compare && steps.length > 0 && steps.every(movesPixels);
  const transform = onlyMoves ? null : transformOf(steps, source);
  const fits = transform && transform.size.width === shape.width && transform.size.height === shape.height;
  const scale = frame.width / shape.width;
  return (
    <img
      class={fits ? 'before' : 'before contain'}
      style={
        fits
          ? {
              width: `${source.width}px`,
              height: `${source.height}px`,
              transform: `matrix(${transform.map.map((one) => one * scale).join()})`,
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
