// An instance of tilecast.wasm: makes pictures, plans and runs. Each is freed by its `destroy`, a run before its plan.
import type { Code, Shape } from '../engine';
import { readCodeBlob } from './code_blob';
import type { TilecastExports, TilecastModule } from './exports';
import { Module, type Shared } from './module';
import { Picture } from './picture';
import { Plan } from './plan';
import { Run } from './run';
import { bytesOf } from './task';
import { Tiler } from './tiler';

export class Tilecast {
  private constructor(readonly module: TilecastModule) {}

  // `shared`: for tilecast_shared.wasm.
  static async open(module: WebAssembly.Module, shared: Shared | null = null): Promise<Tilecast> {
    return new Tilecast(await Module.open<TilecastExports>(module, {}, shared));
  }

  // The shape that the file's header states.
  probe(bytes: Uint8Array): Shape {
    const { module } = this;
    return module.with(bytes, (at) => {
      const [width, height, channels] = module.numbers(3, (to) =>
        module.check(module.exports.tc_page_probe(at, bytes.length, to)),
      );
      return { width, height, channels };
    });
  }

  decode(bytes: Uint8Array): Picture {
    const { module } = this;
    const decode = (at: number) => module.exports.tc_page_picture_decode(at, bytes.length);
    return new Picture(module, module.check(module.with(bytes, decode)));
  }

  // A picture with a copy of `pixels`.
  picture(shape: Shape, pixels?: Uint8Array): Picture {
    const { module } = this;
    const address = module.exports.tc_page_picture_new(shape.width, shape.height, shape.channels);
    const picture = new Picture(module, module.check(address));
    if (pixels) module.bytes.set(pixels.subarray(0, bytesOf(shape, shape.channels)), picture.pixelAddress);
    return picture;
  }

  // Throws a Fault if the text is no pipeline.
  checkPipeline(text: string): void {
    this.module.withText(text, (at) => this.module.check(this.module.exports.tc_page_pipeline_check(at)));
  }

  plan(pipeline: string, source: Shape): Plan {
    const { module } = this;
    const address = module.withText(pipeline, (at) =>
      module.exports.tc_page_plan_new(at, source.width, source.height, source.channels),
    );
    return new Plan(module, module.check(address), source);
  }

  tiler(pipeline: string, source: Shape): Tiler {
    return new Tiler(this.module, this.plan(pipeline, source));
  }

  // Moves the picture's pixels into the run. `slots`: tasks that may be under way at once.
  run(plan: Plan, picture: Picture, tile: number, slots: number): Run {
    const { module } = this;
    const address = module.exports.tc_page_run_new(plan.address, picture.address, tile, slots);
    return new Run(module, module.check(address));
  }

  // A run that another instance has made in the same memory.
  runAt(address: number): Run {
    return new Run(this.module, address);
  }

  defaultTile(shape: Shape): number {
    return this.module.exports.tc_page_default_tile(shape.width, shape.height);
  }

  codes(blob: Uint8Array): Code[] {
    return readCodeBlob(this.module, blob);
  }
}
