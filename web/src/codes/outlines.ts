// The outlines of codes in the result. Codes have corners in the input of read_codes; later steps may have moved them.
import type { Code, PictureInfo } from '../engine/engine';
import { mapPoint, transformOf } from '../pipeline/geometry';
import { parsePipeline } from '../pipeline/text';

type Point = [number, number];

// In pixels of the result; null for a code whose position there is not known.
export function outlinesOf(codes: Code[], info: PictureInfo, pipeline: string): (Point[] | null)[] {
  const parsed = parsePipeline(pipeline);
  const input = info.stages.find((stage) => stage.steps.includes('read_codes'));
  if ('error' in parsed || !input) return codes.map(() => null);
  const at = parsed.steps.findIndex((step) => step.operation.name === 'read_codes');
  const transform = transformOf(parsed.steps.slice(at + 1), input);
  return codes.map((code) => transform && code.points.map((point) => mapPoint(transform.map, point)));
}
