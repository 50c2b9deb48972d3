import { defineConfig } from 'vite';
import { fileURLToPath } from 'node:url';
import { offline } from './build/offline.js';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const wasm = process.env.TILECAST_WASM_DIR;
if (!wasm)
  throw new Error('TILECAST_WASM_DIR must name the folder of tilecast.mjs, zbar.mjs and operations.json.');

export default defineConfig({
  base: './',
  publicDir: here('../static'),
  resolve: { alias: { '@wasm': wasm } },
  esbuild: { jsx: 'automatic', jsxImportSource: 'preact' },
  worker: { format: 'es' },
  build: {
    outDir: process.env.TILECAST_WEB_DIR ?? here('dist'),
    emptyOutDir: true,
    target: 'es2022',
    // Inlined files would be data: addresses, which the page's policy does not allow.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  plugins: [offline(here('src/sw/worker.js'))],
});
