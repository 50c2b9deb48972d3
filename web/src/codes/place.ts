// Codes come with corners in the picture that read_codes saw; steps after it may have moved them.
import type { Code, PictureInfo } from '../engine/engine';
import { moved, through } from '../pipeline/geometry';
import { parsePipeline } from '../pipeline/text';

type Point = [number, number];

// The outlines in pixels of the result, null for a code whose place there is not known.
export function placeCodes(codes: Code[], info: PictureInfo, pipeline: string): (Point[] | null)[] {
  const parsed = parsePipeline(pipeline);
  const seen = info.stages.find((stage) => stage.steps.includes('read_codes'));
  if ('error' in parsed || !seen) return codes.map(() => null);
  const at = parsed.steps.findIndex((step) => step.operation.name === 'read_codes');
  const after = parsed.steps.slice(at + 1);
  const places = through(after, seen);
  return codes.map((code) => places && code.points.map((point) => moved(places.map, point)));
}
