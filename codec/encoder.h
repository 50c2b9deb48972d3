// Encoding of pictures as PNG or JPEG.
#ifndef TC_CODEC_ENCODER_H
#define TC_CODEC_ENCODER_H

#include "codec/format.h"
#include "core/image.h"

// Encodes as PNG (lossless; `quality` is ignored) or JPEG (`quality` 1..100; chroma subsampling 4:2:0 below 90, else
// 4:4:4; alpha is composited over white). Appends to `file`, which the caller clears, also after a failure. Fails with
// TC_ERR_ARGUMENT for another format or quality, and with TC_ERR_LIMIT if the format cannot hold the size.
tc_status tc_codec_encode(const tc_image *image, tc_format format, int quality, tc_blob *file, tc_error *error);

#endif
