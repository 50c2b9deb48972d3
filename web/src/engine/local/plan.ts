// A pipeline planned for one shape of picture: its stages.
import type { Shape, StageInfo } from '../engine';
import type { TilecastModule } from './exports';

export interface Stage extends StageInfo {
  allChannels: number; // of its tiles; the first `channels` of them are shown
  empty: boolean; // computes nothing
  cost: number; // expected ns per pixel in one worker
}

export class Plan {
  // `address`: a plan of the module's, which `destroy` frees.
  constructor(
    private readonly module: TilecastModule,
    readonly address: number,
    readonly source: Shape,
  ) {}

  // A tile size for results that are not shown tile by tile: bands as wide as the picture. Negative, as `stages` and a
  // run accept it.
  bands(workers: number): number {
    return this.module.exports.tc_page_plan_bands(this.address, workers);
  }

  // The stages with tiles of side `tile`, or bands.
  stages(tile: number): Stage[] {
    const count = this.module.exports.tc_page_plan_stage_count(this.address);
    return Array.from({ length: count }, (_, index) => this.#stage(index, tile, index === count - 1));
  }

  #stage(index: number, tile: number, last: boolean): Stage {
    const { module } = this;
    const [width, height, allChannels, previewChannels, tiles, empty, picoseconds] = module.numbers(7, (to) =>
      module.exports.tc_page_plan_stage(this.address, index, tile, to),
    );
    return {
      width,
      height,
      channels: last ? allChannels : previewChannels,
      tiles: empty && !last ? 0 : tiles,
      steps: module.text(module.exports.tc_page_plan_steps(this.address, index)),
      allChannels,
      empty: empty !== 0,
      cost: picoseconds / 1000,
    };
  }

  destroy(): void {
    this.module.exports.tc_page_plan_destroy(this.address);
  }
}
