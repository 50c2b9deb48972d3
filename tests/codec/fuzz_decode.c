// libFuzzer: any bytes as a picture file, probed and decoded; fuzz-decode-page has the page's decoders.
#include "codec/decoder.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    static const tc_codec_limits limits = {1 << 18, 1 << 20};
    tc_image image;
    tc_probe probe;
    tc_error error;
    char warning[128];
    if (tc_codec_decode(bytes, size, &limits, &image, &probe, warning, sizeof warning, &error) == TC_OK)
        tc_image_clear(&image);
    return 0;
}
