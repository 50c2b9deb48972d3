// Fetches and compiles the modules of a reader. Without zxing-wasm, zbar reads alone.
import zbarUrl from '@wasm/zbar.wasm?url';
import zxingUrl from 'zxing-wasm/reader/zxing_reader.wasm?url';
import { compile } from './module';
import type { ReaderModules } from './reader';

export async function loadReaderModules(): Promise<ReaderModules> {
  const [zbar, zxing] = await Promise.all([compile(zbarUrl), compile(zxingUrl).catch(() => null)]);
  return { zbar, zxing };
}
