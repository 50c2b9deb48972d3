// Blobs of codes (core/codes.h), read by tilecast.wasm.
import type { Code } from '../engine';
import type { TilecastModule } from './exports';

export function readCodeBlob(module: TilecastModule, blob: Uint8Array): Code[] {
  const codes: Code[] = [];
  module.with(blob, (at) => {
    for (let found = true; found;) {
      const corners = module.numbers(8, (to) => {
        found = module.exports.tc_page_code(at, blob.length, codes.length, to) !== 0;
      });
      if (found) codes.push(currentCode(module, corners));
    }
  });
  return codes;
}

// The code that tc_page_code has just read.
function currentCode(module: TilecastModule, corners: Int32Array): Code {
  const { exports } = module;
  const bytes = exports.tc_page_code_bytes_size();
  return {
    type: module.text(exports.tc_page_code_type()),
    text: module.text(exports.tc_page_code_text(), exports.tc_page_code_text_size()),
    bytes: bytes > 0 ? module.copy(exports.tc_page_code_bytes(), bytes) : null,
    method: module.text(exports.tc_page_code_pass()),
    points: [0, 2, 4, 6].map((at) => [corners[at], corners[at + 1]]),
  };
}
