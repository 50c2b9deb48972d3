// The affine transforms of steps that move pixels. Pixel corners have integer coordinates.
import type { Step } from './text';

export interface Size {
  width: number;
  height: number;
}

// As in CSS: x' = a x + c y + e, y' = b x + d y + f.
export type Affine = [a: number, b: number, c: number, d: number, e: number, f: number];

export interface Transform {
  size: Size; // of the result
  map: Affine; // from points of the source to points of the result
}

type Values = Record<string, string>;

function resize(values: Values, from: Size): Transform {
  const [width, height, scale] = [Number(values.width), Number(values.height), Number(values.scale)];
  const side = (length: number, ratio: number) => Math.max(1, Math.round(length * ratio));
  const free = !width && !height;
  const size = {
    width: width || side(from.width, free ? scale : height / from.height),
    height: height || side(from.height, free ? scale : width / from.width),
  };
  return { size, map: [size.width / from.width, 0, 0, size.height / from.height, 0, 0] };
}

function flip(values: Values, size: Size): Transform {
  const [x, y] = [values.axis !== 'vertical', values.axis !== 'horizontal'];
  return { size, map: [x ? -1 : 1, 0, 0, y ? -1 : 1, x ? size.width : 0, y ? size.height : 0] };
}

function crop(values: Values, from: Size): Transform {
  const [x, y] = [Number(values.x), Number(values.y)];
  const size = {
    width: Math.min(Number(values.width) || Infinity, from.width - x),
    height: Math.min(Number(values.height) || Infinity, from.height - y),
  };
  return { size, map: [1, 0, 0, 1, -x, -y] };
}

function rotate(values: Values, from: Size): Transform {
  const expand = values.expand === 'yes';
  const angle = (Number(values.angle) * Math.PI) / 180;
  const [cosine, sine] = [Math.cos(angle), Math.sin(angle)];
  const expanded = (along: number, across: number) =>
    Math.ceil(along * Math.abs(cosine) + across * Math.abs(sine) - 1 / 1024);
  const size = expand
    ? { width: expanded(from.width, from.height), height: expanded(from.height, from.width) }
    : from;
  // The center of rotation; without `expand` it is the center of a pixel.
  const shift = expand ? 0 : 0.5;
  const [x, y] = [from.width / 2 + shift, from.height / 2 + shift];
  const map: Affine = [
    cosine,
    -sine,
    sine,
    cosine,
    size.width / 2 + shift - cosine * x - sine * y,
    size.height / 2 + shift + sine * x - cosine * y,
  ];
  return { size, map };
}

const TRANSFORMS: Record<string, (values: Values, from: Size) => Transform> = {
  resize,
  flip,
  crop,
  rotate,
};

// Whether the step moves pixels.
export const movesPixels = ({ operation }: Step) => operation.need === 'geometry';

// `first`, then `next`.
function compose(first: Affine, next: Affine): Affine {
  const [a, b, c, d, e, f] = next;
  const rotated = (x: number, y: number): [number, number] => [a * x + c * y, b * x + d * y];
  const [x, y] = rotated(first[4], first[5]);
  return [...rotated(first[0], first[1]), ...rotated(first[2], first[3]), x + e, y + f];
}

export const mapPoint = ([a, b, c, d, e, f]: Affine, [x, y]: [number, number]): [number, number] => [
  a * x + c * y + e,
  b * x + d * y + f,
];

// The transform of all steps on a picture of size `from`; null if one of them is not known here.
export function transformOf(steps: Step[], from: Size): Transform | null {
  let result: Transform = { size: from, map: [1, 0, 0, 1, 0, 0] };
  for (const step of steps.filter(movesPixels)) {
    const transform = TRANSFORMS[step.operation.name];
    if (!transform) return null;
    const { size, map } = transform(step.values, result.size);
    result = { size, map: compose(result.map, map) };
  }
  return result;
}
