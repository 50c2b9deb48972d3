// In zbar.wasm: reads the codes of a picture. It imports the functions of a tc_codes_listener (codec/scanner.h) from
// the page (web/src/engine/local/reader.ts).
#ifndef TC_WASM_CODES_H
#define TC_WASM_CODES_H

#include "core/image.h"

// Reads the codes in packed pixels of 1 to 4 channels. `part` and `skip`: is_part and skip_passes of tc_codes_options.
// Returns the blob of the codes, or NULL and a fault. The page ends it with tc_page_blob_destroy.
tc_blob *tc_page_read_codes(uint8_t *pixels, int width, int height, int channels, uint32_t symbologies, int part,
                            double skip);

#endif
