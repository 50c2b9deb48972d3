// zbar.wasm as an object: reads the codes of a picture.
import { type CommonExports, Module } from './module';

interface ZbarExports extends CommonExports {
  tc_page_read_codes(
    pixels: number,
    width: number,
    height: number,
    channels: number,
    symbologies: number,
  ): number;
}

export class Reader {
  private constructor(readonly module: Module<ZbarExports>) {}

  static async open(module: WebAssembly.Module): Promise<Reader> {
    return new Reader(await Module.open<ZbarExports>(module));
  }

  // The blob of codes (core/codes.h).
  read(pixels: Uint8Array, width: number, height: number, channels: number, symbologies: number): Uint8Array {
    const { module } = this;
    const blob = module.with(pixels, (at) =>
      module.exports.tc_page_read_codes(at, width, height, channels, symbologies),
    );
    return module.takeBlob(module.check(blob));
  }
}
