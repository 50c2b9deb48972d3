// One job at a time: holds the picture and its run, computes tiles, has a team of workers compute beside it unless the
// picture is small, and tells the page everything on the way.
import type { Code, Format, JobOptions, Line, Pixels, Result, Shape, Tile } from '../engine';
import { Crew, type Done } from './crew';
import { type Computed, type JobEnd, type JobEvent, describe } from './messages';
import { Meter, type Weights, weigh } from './progress';
import { canDeflate, encodePng } from './png';
import type { Readers } from './readers';
import { Cancelled, PAUSE_MS, Rest, pause } from './rest';
import { Share } from './share';
import type { Team } from './team';
import {
  CODES,
  DONE,
  OVER,
  type Picture,
  type Plan,
  type Rect,
  type Run,
  type Stage,
  TILE,
  type Task,
  WAIT,
  type Tilecast,
} from './tilecast';

const SMALL_PIXELS = 300_000; // a picture that is done sooner than workers would be started
const SPENT_BYTES = 96 << 20; // memory of a coordinator that is better ended than kept

export type Emit = (event: JobEvent, transfer?: Transferable[]) => void;

// How tiles of a run become done: all of them, in whatever order.
interface Work {
  tilecast: Tilecast;
  run: Run;
  stages: Stage[];
  options: JobOptions;
  meter: Meter;
  weights: Weights;
  emit: Emit;
  signal: AbortSignal;
}

export class Coordinator {
  // `readers`: who reads codes. `team`: who computes beside this worker, null for nobody; a crew has `tilecast`'s memory.
  constructor(
    private readonly tilecast: Tilecast,
    private readonly readers: Readers,
    private readonly team: Team | Crew | null,
  ) {}

  // Never rejects.
  async end(job: () => Promise<JobEnd>): Promise<JobEnd & { spent: boolean }> {
    try {
      const end = await job();
      return { ...end, spent: this.memory > SPENT_BYTES };
    } catch (thrown) {
      if (thrown instanceof Cancelled)
        return { type: 'cancelled', spent: this.memory > SPENT_BYTES };
      const { error, broken } = describe(thrown);
      return { type: 'failed', error, spent: broken || this.memory > SPENT_BYTES };
    }
  }

  async decode(file: Blob): Promise<JobEnd> {
    const picture = this.tilecast.decode(await read(file));
    const { format, warning } = picture;
    const pixels: Pixels = { ...picture.shape, pixels: picture.pixels(), format, warning };
    picture.destroy();
    return { type: 'decoded', pixels };
  }

  async encode(source: Shape & { pixels: Uint8Array }, format: Format, quality: number): Promise<JobEnd> {
    const picture = this.tilecast.picture(source, source.pixels);
    try {
      return { type: 'encoded', file: await write(picture, format, quality, () => Promise.resolve()) };
    } finally {
      picture.destroy();
    }
  }

  async run(file: Blob, options: JobOptions, emit: Emit, signal: AbortSignal): Promise<JobEnd> {
    const { tilecast } = this;
    const meter = new Meter((progress) => emit({ type: 'progress', progress }));
    tilecast.checkPipeline(options.pipeline);
    const bytes = await read(file);
    const source = tilecast.probe(bytes);
    const plan = tilecast.plan(options.pipeline, source);
    let picture: Picture | null = null;
    try {
      meter.at(0, 1, 'decode', true);
      if (plan.stages(0).some(({ steps }) => steps.includes('read_codes'))) this.readers.prepare();
      await pause(signal);
      picture = tilecast.decode(bytes);
      return { type: 'done', result: await this.work(picture, plan, options, emit, meter, signal) };
    } finally {
      picture?.destroy();
      plan.destroy();
    }
  }

  private async work(
    picture: Picture,
    plan: Plan,
    options: JobOptions,
    emit: Emit,
    meter: Meter,
    signal: AbortSignal,
  ): Promise<Result> {
    const { format, warning } = picture;
    const work = await this.apply(picture, plan, options, emit, meter, signal, format);
    const file = options.want === 'tiles' ? null : await writeResult(work, picture);
    return { ...picture.shape, file, ms: finish(work), warning };
  }

  // Replaces the picture by what the plan makes of it.
  async apply(
    picture: Picture,
    plan: Plan,
    options: JobOptions,
    emit: Emit,
    meter: Meter,
    signal: AbortSignal,
    format = '',
  ): Promise<Work> {
    const { tilecast } = this;
    const { shape } = picture;
    const team = shape.width * shape.height > SMALL_PIXELS ? this.team : null;
    const workers = team ? team.size + 1 : 1;
    const tile = options.want === 'file' ? plan.bands(workers) : tilecast.defaultTile(shape);
    const stages = plan.stages(tile);
    const result = stages[stages.length - 1];
    const run = tilecast.run(plan, picture, tile, team ? team.slots + 1 : 1);
    try {
      emit({ type: 'picture', picture: { ...shape, format, stages: stages.map(infoOf) } });
      const file = options.want === 'tiles' ? null : options.format;
      const pixels = (one: Shape) => one.width * one.height;
      const weights = weigh(pixels(shape), run.total, pixels(result), file, workers);
      const work: Work = { tilecast, run, stages, options, meter, weights, emit, signal };
      if (team instanceof Crew) await this.computeTogether(work, team);
      else await this.compute(work, team, plan);
      run.takeResult(picture);
      if (result.empty) tellWhole(work, picture, tile);
      return work;
    } finally {
      run.destroy();
    }
  }

  // Every tile here, or by the team as well: the workers are given tiles ahead, and this one computes in between.
  private async compute(work: Work, team: Team | null, plan: Plan): Promise<void> {
    const { run, stages, signal } = work;
    const own = team ? team.slots : 0;
    const tasks: (Task | null)[] = Array.from({ length: own }, () => null);
    const share = new Share();
    const rest = new Rest(signal);
    let failure: Error | null = null;
    let stage = -1;

    // Gives the workers what they have room for.
    const fill = (team: Team) => {
      for (const slot of team.order) {
        if (tasks[slot]) continue;
        const task = run.next(slot);
        if (task.kind !== TILE) return;
        tasks[slot] = task;
        team.send(slot, task, run.input(slot, task, team.buffer()));
      }
    };
    const finished = (slot: number, worker: number, { pixels, partial }: Computed) => {
      const task = tasks[slot];
      if (!task || signal.aborted) return;
      tasks[slot] = null;
      run.finishTile(slot, pixels, partial);
      tellLines(work, run.takeLines());
      if (shows(work, task.stage)) tellTile(work, task, worker + 1, pixels);
      else team?.reuse(pixels.buffer);
      tellProgress(work, task.stage);
    };
    const here = (task: Task) => {
      if (task.stage !== stage) {
        stage = task.stage;
        team?.begin(stage, run.merged());
        share.begin(task, stages[stage].cost);
      }
      if (team && share.pays) fill(team);
      const began = performance.now();
      run.compute(own);
      share.add(task, performance.now() - began);
      if (shows(work, task.stage)) tellTile(work, task, 1, run.output(own, task));
      run.finish(own);
      tellLines(work, run.takeLines());
      tellProgress(work, task.stage);
    };

    team?.open(work.options.pipeline, plan.source, {
      finished: (slot, worker, tile) => {
        try {
          finished(slot, worker, tile);
        } catch (thrown) {
          failure = thrown as Error;
        }
        rest.end();
      },
      failed: (error) => {
        failure = new Error(error);
        rest.end();
      },
    });
    try {
      for (;;) {
        if (failure) throw failure;
        if (signal.aborted) throw new Cancelled();
        const task = run.next(own); // the workers are given what is left, so that the last is not waited for idly
        if (task.kind === DONE) return;
        if (task.kind === CODES) await this.readCodes(work, own, task, own + 1);
        if (task.kind === TILE) here(task);
        if (task.kind === WAIT) await rest.untilEnd();
        else if (tasks.some(Boolean) || rest.due) await rest.forMessages();
      }
    } finally {
      team?.close();
      rest.close();
    }
  }

  // The same with workers that take tiles themselves.
  private async computeTogether(work: Work, crew: Crew): Promise<void> {
    const { run, stages, signal } = work;
    const rest = new Rest(signal);
    let failure: Error | null = null;
    const finished = (task: Task, worker: number, { pixels, lines }: Done) => {
      if (signal.aborted) return;
      tellLines(work, lines);
      if (pixels) tellTile(work, task, worker, pixels);
      tellProgress(work, task.stage, hand.hold(() => run.done));
    };
    const shown = stages.map((_, stage) => shows(work, stage));
    const hand = crew.begin(run, shown, {
      finished: (task, worker, done) => {
        try {
          finished(task, worker + 1, done);
        } catch (thrown) {
          failure = thrown as Error;
        }
        rest.end();
      },
      failed: (error) => {
        failure = error;
        rest.end();
      },
    });
    try {
      for (;;) {
        if (failure) throw failure;
        if (signal.aborted) throw new Cancelled();
        const task = hand.next();
        if (task.kind === DONE) break;
        if (task.kind === OVER) await rest.untilEnd(); // one has failed and is about to say so
        if (task.kind === CODES) await this.readCodes(work, crew.slots, task, crew.slots + 1);
        if (task.kind === TILE)
          hand.compute(task, shown[task.stage], (done) => {
            finished(task, 1, done);
            return false;
          });
        if (rest.due) await rest.forMessages();
      }
      while (crew.end() > 0 && !failure) await rest.untilEnd();
      if (failure) throw failure as Error;
    } finally {
      crew.close();
      rest.close();
    }
  }

  // Reads regions until none is left, or until all that are out are done and nobody knows what comes next: `task`, which
  // is in `slot`, and beside it as many as there are readers and slots. The workers tell codes as they read them.
  private async readCodes(work: Work, slot: number, task: Task, slots: number): Promise<void> {
    const { readers } = this;
    const { run, signal } = work;
    const controller = new AbortController(); // one that fails takes the others with it
    const out = new Map<number, Promise<number>>(); // by reader
    const read = async (reader: number, at: number, region: Task): Promise<number> => {
      const { width, height } = region.input;
      const [symbologies, part] = [run.symbologies(at), run.part(at)];
      const pixels = run.input(at, region);
      const picture = { width, height, channels: region.inputChannels, pixels, symbologies, part };
      const found = (codes: Uint8Array) => {
        for (const code of run.foundCodes(at, codes)) tellCode(work, code);
      };
      await readers.read(reader, picture, found, controller.signal);
      run.finishCodes(at);
      tellProgress(work, region.stage);
      return reader;
    };
    const slotOf = (reader: number) => (slot + reader) % slots;
    const abort = () => controller.abort();
    signal.addEventListener('abort', abort);
    try {
      out.set(0, read(0, slot, task));
      for (let reader = 1; reader < Math.min(readers.count, slots); reader++) {
        const next = run.next(slotOf(reader));
        if (next.kind !== CODES) break;
        out.set(reader, read(reader, slotOf(reader), next));
      }
      for (;;) {
        const reader = await Promise.race(out.values());
        out.delete(reader);
        if (out.size === 0) return;
        const next = run.next(slotOf(reader));
        if (next.kind === CODES) out.set(reader, read(reader, slotOf(reader), next));
      }
    } finally {
      signal.removeEventListener('abort', abort);
      abort();
      await Promise.allSettled(out.values());
    }
  }

  private get memory(): number {
    return this.tilecast.module.size;
  }
}

const sum = (weights: Weights) => weights.read + weights.tiles + weights.write;

async function write(
  picture: Picture,
  format: Format,
  quality: number,
  step: (fraction: number) => Promise<void>,
): Promise<Blob> {
  if (format === 'png' && canDeflate) return await encodePng(picture, step);
  await step(0);
  return new Blob([picture.encode(format, quality)], { type: `image/${format}` });
}

function writeResult({ options, meter, weights, signal }: Work, picture: Picture): Promise<Blob> {
  const before = weights.read + weights.tiles;
  let paused = -Infinity;
  return write(picture, options.format, options.quality, async (fraction) => {
    meter.at(before + weights.write * fraction, sum(weights), 'encode', fraction === 0);
    if (performance.now() - paused < PAUSE_MS) return;
    await pause(signal);
    paused = performance.now();
  });
}

async function read(file: Blob): Promise<Uint8Array> {
  try {
    return new Uint8Array(await file.arrayBuffer());
  } catch (thrown) {
    if (thrown instanceof RangeError) throw thrown;
    throw new Error('the file cannot be read; was it moved or changed after it was chosen?');
  }
}

function infoOf({ width, height, channels, tiles, steps }: Stage) {
  return { width, height, channels, tiles, steps };
}

function shows({ stages, options }: Work, stage: number): boolean {
  if (options.want === 'file') return false;
  return stage === stages.length - 1 || (options.preview && stages[stage].channels > 0);
}

// Of an intermediate picture only the channels that are to be looked at.
function visible(pixels: Uint8Array<ArrayBuffer>, all: number, wanted: number): Uint8Array<ArrayBuffer> {
  if (all === wanted) return pixels;
  const some = new Uint8Array((pixels.length / all) * wanted);
  for (let from = 0, to = 0; to < some.length; from += all, to += wanted)
    for (let c = 0; c < wanted; c++) some[to + c] = pixels[from + c];
  return some;
}

function tellTile(work: Work, task: Task, worker: number, all: Uint8Array<ArrayBuffer>): void {
  const { channels } = work.stages[task.stage];
  const pixels = visible(all, task.outputChannels, channels);
  const tile: Tile = { stage: task.stage, ...task.output, channels, pixels, worker };
  work.emit({ type: 'tile', tile }, [pixels.buffer]);
}

// A last stage that computes nothing has no tiles of its own.
function tellWhole(work: Work, picture: Picture, side: number): void {
  const stage = work.stages.length - 1;
  if (!shows(work, stage)) return;
  const { width, height, channels } = picture.shape;
  for (let y = 0; y < height; y += side) {
    for (let x = 0; x < width; x += side) {
      const rect: Rect = { x, y, width: Math.min(side, width - x), height: Math.min(side, height - y) };
      const pixels = picture.cut(rect);
      work.emit({ type: 'tile', tile: { stage, ...rect, channels, pixels, worker: 1 } }, [pixels.buffer]);
    }
  }
}

function tellCode(work: Work, code: Code): void {
  work.emit({ type: 'code', code });
}

function tellLines({ emit }: Work, lines: Line[] | null): void {
  if (lines) emit({ type: 'lines', lines: { from: 0, total: lines.length, lines } });
}

function tellProgress({ run, stages, meter, weights }: Work, stage: number, done = run.done): void {
  meter.at(weights.read + (weights.tiles * done) / run.total, sum(weights), stages[stage].steps);
}

function finish({ stages, meter, weights }: Work): number {
  meter.finish(sum(weights), stages[stages.length - 1].steps);
  return meter.ms;
}
