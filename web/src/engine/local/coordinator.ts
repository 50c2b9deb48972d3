// Performs one job at a time: holds the picture and its run, computes tiles with a pool of workers unless the picture is
// small, and reports everything to the page.
import type { Format, JobOptions, Pixels, Shape } from '../engine';
import { readCodes } from './code_search';
import { Cancelled, yieldByTimer } from './event_loop';
import { encode, encodeResult } from './encoding';
import { MessageDispatcher } from './message_dispatcher';
import type { MessagePool } from './message_pool';
import { describe, type JobEnd } from './messages';
import type { Picture } from './picture';
import type { Plan, Stage } from './plan';
import { Meter, weigh } from './progress';
import type { ReaderPool } from './reader_pool';
import { SharedDispatcher } from './shared_dispatcher';
import { SharedPool } from './shared_pool';
import type { Task } from './task';
import type { Tilecast } from './tilecast';
import { type Emit, type JobContext, reportEnd, reportPicture, type Work } from './work';

const SMALL_PIXELS = 300_000; // a picture that is done before workers would have started
const MAX_BYTES = 96 << 20; // a coordinator with more memory is replaced

export class Coordinator {
  // `pool` computes beside this worker; a shared pool has the memory of `tilecast`.
  constructor(
    private readonly tilecast: Tilecast,
    private readonly readers: ReaderPool,
    private readonly pool: MessagePool | SharedPool | null,
  ) {}

  // Performs `job`. Never rejects.
  async perform(job: () => Promise<JobEnd>): Promise<JobEnd & { replace: boolean }> {
    const large = () => this.tilecast.module.size > MAX_BYTES;
    try {
      const end = await job();
      return { ...end, replace: large() };
    } catch (thrown) {
      if (thrown instanceof Cancelled) return { type: 'cancelled', replace: large() };
      const { error, crashed } = describe(thrown);
      return { type: 'failed', error, replace: crashed || large() };
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
      return { type: 'encoded', file: await encode(picture, format, quality, () => Promise.resolve()) };
    } finally {
      picture.destroy();
    }
  }

  async run(file: Blob, options: JobOptions, emit: Emit, signal: AbortSignal): Promise<JobEnd> {
    const { tilecast } = this;
    const meter = new Meter((progress) => emit({ type: 'progress', progress }));
    const context = { options, emit, meter, signal };
    tilecast.checkPipeline(options.pipeline);
    const bytes = await read(file);
    const plan = tilecast.plan(options.pipeline, tilecast.probe(bytes));
    let picture: Picture | null = null;
    try {
      meter.report(0, 1, 'decode', true);
      if (plan.stages(0).some(({ steps }) => steps.includes('read_codes'))) this.readers.prepare();
      await yieldByTimer(signal);
      picture = tilecast.decode(bytes);
      const { format, warning } = picture;
      const work = await this.apply(picture, plan, context, format);
      const result = options.want === 'tiles' ? null : await encodeResult(work, picture);
      return { type: 'done', result: { ...picture.shape, file: result, ms: reportEnd(work), warning } };
    } finally {
      picture?.destroy();
      plan.destroy();
    }
  }

  // Replaces the picture by the plan's result. `format`: of the file it was decoded from.
  async apply(picture: Picture, plan: Plan, context: JobContext, format = ''): Promise<Work> {
    const { tilecast } = this;
    const { options, emit } = context;
    const { shape } = picture;
    const pool = shape.width * shape.height > SMALL_PIXELS ? this.pool : null;
    const workers = pool ? pool.size + 1 : 1;
    const tile = options.want === 'file' ? plan.bands(workers) : tilecast.defaultTile(shape);
    const stages = plan.stages(tile);
    const result = stages[stages.length - 1];
    const run = tilecast.run(plan, picture, tile, pool ? pool.slots + 1 : 1);
    try {
      emit({ type: 'picture', picture: { ...shape, format, stages: stages.map(infoOf) } });
      const file = options.want === 'tiles' ? null : options.format;
      const weights = weigh(pixelsOf(shape), run.total, pixelsOf(result), file, workers);
      const work: Work = { ...context, run, stages, weights };
      const codes = (slot: number, task: Task, slots: number) =>
        readCodes(work, this.readers, slot, task, slots);
      if (pool instanceof SharedPool) await new SharedDispatcher(work, pool, codes).compute();
      else await new MessageDispatcher(work, pool, codes).compute(plan.source);
      run.moveResult(picture);
      if (result.empty) reportPicture(work, picture, tile);
      return work;
    } finally {
      run.destroy();
    }
  }
}

const pixelsOf = ({ width, height }: Shape) => width * height;

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
