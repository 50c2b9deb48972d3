// libFuzzer: any bytes as a JPEG that is decoded at reduced size and oriented.
#include "codec/header_reader.h"
#include "codec/libraries.h"
#include "codec/orient.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    static const tc_codec_limits limits = {1 << 18, 1 << 20};
    tc_header header;
    tc_error error;
    if (size > limits.max_bytes || tc_header_read(&header, bytes, size, &error) != TC_OK) return 0;
    if (header.format != TC_FORMAT_JPEG || tc_header_check(&header, &limits, &error) != TC_OK) return 0;
    for (int reduction = 1; reduction <= 8; reduction *= 2) {
        tc_image image = {0};
        tc_status status = tc_reduce_jpeg(&header, bytes, size, reduction, &image, &error);
        if (status == TC_OK) tc_orient_image(&image, header.orientation, &error);
        tc_image_clear(&image);
    }
    return 0;
}
