// Outlines and numbers of the codes, over the result.
import './outlines.css';
import { highlighted } from '../codes/list';
import { outlinesOf } from '../codes/outlines';
import type { Shape } from '../engine/engine';
import type { Item } from '../jobs/item';

interface Props {
  item: Item;
  shape: Shape; // of the result
  scale: number; // zoom of the frame; numbers are not scaled
}

export function Outlines({ item, shape, scale }: Props) {
  const info = item.picture.value;
  if (!info || item.codes.value.length === 0) return null;
  const outlines = outlinesOf(item.codes.value, info, item.pipeline);
  return (
    <>
      <svg
        class="outlines"
        viewBox={`0 0 ${shape.width} ${shape.height}`}
        preserveAspectRatio="none"
        data-testid="outlines"
      >
        {outlines.map(
          (points, index) =>
            points && (
              <polygon
                key={index}
                class={highlighted.value === index ? 'highlighted' : ''}
                points={points.map((point) => point.join(',')).join(' ')}
                data-testid="outline"
              />
            ),
        )}
      </svg>
      {outlines.length > 1 &&
        outlines.map(
          (points, index) =>
            points && (
              <span
                key={index}
                class={highlighted.value === index ? 'outline-number highlighted' : 'outline-number'}
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
