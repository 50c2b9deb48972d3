// Where the steps that move pixels take the points of a picture; corners are at whole numbers, pixels between them.
import type { Step } from './text';

export interface Size {
  width: number;
  height: number;
}

// As CSS has it: x' = a x + c y + e, y' = b x + d y + f.
export type Affine = [a: number, b: number, c: number, d: number, e: number, f: number];

export interface Moved {
  size: Size; // of the picture after the steps
  map: Affine; // from points before them to points after them
}

type Values = Record<string, string>;

function resized(values: Values, from: Size): Moved {
  const [width, height, scale] = [Number(values.width), Number(values.height), Number(values.scale)];
  const side = (length: number, ratio: number) => Math.max(1, Math.round(length * ratio));
  const free = !width && !height;
  const size = {
    width: width || side(from.width, free ? scale : height / from.height),
    height: height || side(from.height, free ? scale : width / from.width),
  };
  return { size, map: [size.width / from.width, 0, 0, size.height / from.height, 0, 0] };
}

function flipped(values: Values, size: Size): Moved {
  const [x, y] = [values.axis !== 'vertical', values.axis !== 'horizontal'];
  return { size, map: [x ? -1 : 1, 0, 0, y ? -1 : 1, x ? size.width : 0, y ? size.height : 0] };
}

function cropped(values: Values, from: Size): Moved {
  const [x, y] = [Number(values.x), Number(values.y)];
  const size = {
    width: Math.min(Number(values.width) || Infinity, from.width - x),
    height: Math.min(Number(values.height) || Infinity, from.height - y),
  };
  return { size, map: [1, 0, 0, 1, -x, -y] };
}

function rotated(values: Values, from: Size): Moved {
  const expand = values.expand === 'yes';
  const angle = (Number(values.angle) * Math.PI) / 180;
  const [cosine, sine] = [Math.cos(angle), Math.sin(angle)];
  const grown = (along: number, across: number) =>
    Math.ceil(along * Math.abs(cosine) + across * Math.abs(sine) - 1 / 1024);
  const size = expand
    ? { width: grown(from.width, from.height), height: grown(from.height, from.width) }
    : from;
  // The middle, which without `expand` is that of the pixel right below it.
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

const MOVES: Record<string, (values: Values, from: Size) => Moved> = {
  resize: resized,
  flip: flipped,
  crop: cropped,
  rotate: rotated,
};

export const moves = ({ operation }: Step) => operation.need === 'geometry';

// First `one`, then `next`.
function joined(one: Affine, next: Affine): Affine {
  const [a, b, c, d, e, f] = next;
  const turned = (x: number, y: number): [number, number] => [a * x + c * y, b * x + d * y];
  const [x, y] = turned(one[4], one[5]);
  return [...turned(one[0], one[1]), ...turned(one[2], one[3]), x + e, y + f];
}

export const moved = ([a, b, c, d, e, f]: Affine, [x, y]: [number, number]): [number, number] => [
  a * x + c * y + e,
  b * x + d * y + f,
];

// Null when a step moves pixels in a way that is not known here.
export function through(steps: Step[], from: Size): Moved | null {
  let result: Moved = { size: from, map: [1, 0, 0, 1, 0, 0] };
  for (const step of steps.filter(moves)) {
    const move = MOVES[step.operation.name];
    if (!move) return null;
    const { size, map } = move(step.values, result.size);
    result = { size, map: joined(result.map, map) };
  }
  return result;
}
