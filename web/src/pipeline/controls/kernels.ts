// Square kernels, row by row: well-known ones in any odd size, and what can be done to one.

export type Kernel = number[];

const made = (size: number, weight: (x: number, y: number) => number): Kernel =>
  Array.from({ length: size * size }, (_, i) => weight(i % size, Math.floor(i / size)));

// Six digits are enough for 8-bit pixels, and short in the text form.
const six = (value: number) => Number(value.toPrecision(6)) || 0;

const sumOf = (kernel: Kernel) => kernel.reduce((sum, weight) => sum + weight, 0);

// Divided by its sum, which keeps the picture as bright as it is; as it is where the sum is none.
export function normalized(kernel: Kernel): Kernel {
  const sum = sumOf(kernel);
  return Math.abs(sum) < 1e-9 ? kernel : kernel.map((weight) => six(weight / sum));
}

export const sum = (kernel: Kernel) => six(Math.round(sumOf(kernel) * 1e4) / 1e4);

// The same about its middle: cut, or with zeros around.
export function resized(kernel: Kernel, size: number): Kernel {
  const old = Math.sqrt(kernel.length);
  const shift = (old - size) / 2;
  const at = (x: number, y: number) => (x < 0 || y < 0 || x >= old || y >= old ? 0 : kernel[y * old + x]);
  return made(size, (x, y) => at(x + shift, y + shift));
}

// The n-th row of Pascal's triangle.
function binomials(size: number): number[] {
  let row = [1];
  while (row.length < size) row = [...row, 0].map((value, i) => value + (row[i - 1] ?? 0));
  return row;
}

const identity = (size: number) => made(size, (x, y) => (x === y && 2 * x === size - 1 ? 1 : 0));
const bell = (size: number) => normalized(made(size, (x, y) => binomials(size)[x] * binomials(size)[y]));
const cross = [0, -1, 0, -1, 5, -1, 0, -1, 0];

export const KERNELS: { title: string; make(size: number): Kernel }[] = [
  { title: 'Identity', make: identity },
  { title: 'Box', make: (size) => normalized(made(size, () => 1)) },
  { title: 'Gauss', make: bell },
  {
    title: 'Sharpen', // in larger sizes twice the picture less its blur
    make: (size) => (size === 3 ? cross : identity(size).map((weight, i) => six(2 * weight - bell(size)[i]))),
  },
  {
    title: 'Emboss', // light from the lower right
    make: (size) =>
      size === 3
        ? [-2, -1, 0, -1, 1, 1, 0, 1, 2]
        : made(size, (x, y) => (x !== y ? 0 : 2 * x < size - 1 ? -1 : 1)),
  },
  { title: 'Edges', make: (size) => identity(size).map((weight) => weight * size * size - 1) },
  { title: 'Motion', make: (size) => normalized(made(size, (x, y) => (x === y ? 1 : 0))) },
];
