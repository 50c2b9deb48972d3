// After the build: writes the service worker with the list of files to cache, compresses what the gateway serves, and
// checks the size of the first load.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';

const MAX_FIRST_LOAD = 500_000; // gzip; all files that processing a picture offline needs
const COMPRESSED = /\.(html|js|mjs|css|wasm|json|svg|webmanifest|txt|md)$/;
// Served, but not cached for working offline.
const NOT_CACHED = /(^|\/)(sw\.js|.*\.gz|.*\.br|.*\.map|.*\.md|\.vite\/.*)$/;
// Cached, but not needed for a first picture, which needs one of the two forms of tilecast.wasm.
const EXTRA = /^(samples\/|assets\/zxing|assets\/tilecast_shared)/;

function list(folder, prefix = '') {
  return readdirSync(join(folder, prefix)).flatMap((name) => {
    const path = prefix + name;
    return statSync(join(folder, path)).isDirectory() ? list(folder, `${path}/`) : [path];
  });
}

function writeWorker(folder, source, files) {
  const version = createHash('sha256');
  for (const file of files) version.update(file).update(readFileSync(join(folder, file)));
  const entries = files.map((file) => ({
    url: file === 'index.html' ? './' : `./${file}`,
    hashed: file.startsWith('assets/'),
  }));
  const text = `const PRECACHE = ${JSON.stringify(entries)};\nconst VERSION = '${version.digest('hex').slice(0, 12)}';\n${source}`;
  writeFileSync(join(folder, 'sw.js'), text);
}

export function offline(workerPath) {
  let folder = '';
  return {
    name: 'tilecast-offline',
    apply: 'build',
    configResolved(config) {
      folder = config.build.outDir;
    },
    closeBundle() {
      const cached = list(folder)
        .filter((file) => !NOT_CACHED.test(file))
        .sort();
      writeWorker(folder, readFileSync(workerPath, 'utf8'), cached);
      let first = 0;
      for (const file of [...cached, 'sw.js']) {
        const bytes = readFileSync(join(folder, file));
        const packed = COMPRESSED.test(file) ? gzipSync(bytes, { level: 9 }) : bytes;
        if (COMPRESSED.test(file)) {
          writeFileSync(join(folder, `${file}.gz`), packed);
          writeFileSync(join(folder, `${file}.br`), brotliCompressSync(bytes));
        }
        if (!EXTRA.test(file)) first += packed.length;
      }
      console.log(`first load: ${(first / 1000).toFixed(0)} kB gzip, of at most ${MAX_FIRST_LOAD / 1000} kB`);
      if (first > MAX_FIRST_LOAD) throw new Error('The first load is too large.');
    },
  };
}
