// The files from which readers of codes are made: fetched when codes are to be read.
import zbarUrl from '@wasm/zbar.wasm?url';
import zxingUrl from 'zxing-wasm/reader/zxing_reader.wasm?url';
import { compile } from './module';
import type { ReaderModules } from './reader';

export async function loadReaders(): Promise<ReaderModules> {
  const [zbar, zxing] = await Promise.all([compile(zbarUrl), compile(zxingUrl).catch(() => null)]);
  return { zbar, zxing };
}
