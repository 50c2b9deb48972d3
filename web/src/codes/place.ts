// Codes come with corners in the picture that read_codes saw; steps after it may have moved them.
import type { Code, PictureInfo } from '../engine/engine';
import { parsePipeline, type Step } from '../pipeline/text';

type Point = [number, number];
interface Size {
  width: number;
  height: number;
}

function resized(values: Record<string, string>, from: Size): Size {
  const width = Number(values.width);
  const height = Number(values.height);
  const scale = Number(values.scale);
  const side = (length: number, ratio: number) => Math.max(1, Math.round(length * ratio));
  if (width && height) return { width, height };
  if (width) return { width, height: side(from.height, width / from.width) };
  if (height) return { width: side(from.width, height / from.height), height };
  return { width: side(from.width, scale), height: side(from.height, scale) };
}

// Moves points through one step; null for a step that this page cannot follow.
function through(step: Step, from: Size, points: Point[]): { size: Size; points: Point[] } | null {
  const { values } = step;
  if (step.operation.name === 'resize') {
    const size = resized(values, from);
    return {
      size,
      points: points.map(([x, y]) => [(x * size.width) / from.width, (y * size.height) / from.height]),
    };
  }
  if (step.operation.name === 'flip') {
    const mirrorX = values.axis !== 'vertical';
    const mirrorY = values.axis !== 'horizontal';
    const move = ([x, y]: Point): Point => [mirrorX ? from.width - x : x, mirrorY ? from.height - y : y];
    return { size: from, points: points.map(move) };
  }
  if (step.operation.name === 'crop') {
    const x0 = Number(values.x);
    const y0 = Number(values.y);
    const width = Math.min(Number(values.width) || Infinity, from.width - x0);
    const height = Math.min(Number(values.height) || Infinity, from.height - y0);
    return { size: { width, height }, points: points.map(([x, y]) => [x - x0, y - y0]) };
  }
  return step.operation.need === 'geometry' ? null : { size: from, points };
}

// The outlines in pixels of the result, null for a code whose place there is not known.
export function placeCodes(codes: Code[], info: PictureInfo, pipeline: string): (Point[] | null)[] {
  const parsed = parsePipeline(pipeline);
  const seen = info.stages.find((stage) => stage.steps.includes('read_codes'));
  if ('error' in parsed || !seen) return codes.map(() => null);
  const at = parsed.steps.findIndex((step) => step.operation.name === 'read_codes');
  const after = parsed.steps.slice(at + 1);
  return codes.map((code) => {
    let state: { size: Size; points: Point[] } | null = { size: seen, points: code.points };
    for (const step of after) state = state && through(step, state.size, state.points);
    return state && state.points;
  });
}
