// Square convolution kernels, row by row: well-known ones in any odd size, and operations on kernels.

export type Kernel = number[];

const build = (size: number, weight: (x: number, y: number) => number): Kernel =>
  Array.from({ length: size * size }, (_, i) => weight(i % size, Math.floor(i / size)));

// Six digits are enough for 8-bit pixels.
const round = (value: number) => Number(value.toPrecision(6)) || 0;

const sumOf = (kernel: Kernel) => kernel.reduce((sum, weight) => sum + weight, 0);

// Divided by its sum, so that the picture keeps its brightness; unchanged if the sum is 0.
export function normalized(kernel: Kernel): Kernel {
  const sum = sumOf(kernel);
  return Math.abs(sum) < 1e-9 ? kernel : kernel.map((weight) => round(weight / sum));
}

export const sum = (kernel: Kernel) => round(Math.round(sumOf(kernel) * 1e4) / 1e4);

// Cropped, or padded with zeros, about its center.
export function resized(kernel: Kernel, size: number): Kernel {
  const old = Math.sqrt(kernel.length);
  const shift = (old - size) / 2;
  const at = (x: number, y: number) => (x < 0 || y < 0 || x >= old || y >= old ? 0 : kernel[y * old + x]);
  return build(size, (x, y) => at(x + shift, y + shift));
}

// The n-th row of Pascal's triangle.
function binomials(size: number): number[] {
  let row = [1];
  while (row.length < size) row = [...row, 0].map((value, i) => value + (row[i - 1] ?? 0));
  return row;
}

const identity = (size: number) => build(size, (x, y) => (x === y && 2 * x === size - 1 ? 1 : 0));
const gaussian = (size: number) => normalized(build(size, (x, y) => binomials(size)[x] * binomials(size)[y]));
const cross = [0, -1, 0, -1, 5, -1, 0, -1, 0];

export const KERNELS: { title: string; make(size: number): Kernel }[] = [
  { title: 'Identity', make: identity },
  { title: 'Box', make: (size) => normalized(build(size, () => 1)) },
  { title: 'Gauss', make: gaussian },
  {
    title: 'Sharpen', // in larger sizes: twice the picture minus its blur
    make: (size) =>
      size === 3 ? cross : identity(size).map((weight, i) => round(2 * weight - gaussian(size)[i])),
  },
  {
    title: 'Emboss', // light from the lower right
    make: (size) =>
      size === 3
        ? [-2, -1, 0, -1, 1, 1, 0, 1, 2]
        : build(size, (x, y) => (x !== y ? 0 : 2 * x < size - 1 ? -1 : 1)),
  },
  { title: 'Edges', make: (size) => identity(size).map((weight) => weight * size * size - 1) },
  { title: 'Motion', make: (size) => normalized(build(size, (x, y) => (x === y ? 1 : 0))) },
];
