// Reads codes with one library alone, as it comes, for bench/codes: `codes-alone zbar|zxing FILE...`. Pictures are
// decoded as the product decodes them. Prints lines: `code TAB kind TAB text in hexadecimal` for each code, then
// `done TAB ms for decoding TAB ms for reading`, or `failed TAB sentence`.
#include "bench/codes_alone.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zbar.h>

#include "cli/input.h"
#include "codec/decoder.h"
#include "system/clock.h"

static double now_ms(void) {
    return (double)tc_clock_us() / 1000;
}

void print_code(const char *kind, const void *text, size_t size) {
    printf("code\t%s\t", kind);
    for (size_t i = 0; i < size; i++) printf("%02x", ((const unsigned char *)text)[i]);
    printf("\n");
}

bool read_with_zbar(const unsigned char *grey, int width, int height) {
    zbar_image_scanner_t *scanner = zbar_image_scanner_create();
    zbar_image_t *image = zbar_image_create();
    bool good = scanner && image;
    if (good) {
        zbar_image_scanner_set_config(scanner, ZBAR_NONE, ZBAR_CFG_ENABLE, 1);
        zbar_image_set_format(image, zbar_fourcc('Y', '8', '0', '0'));
        zbar_image_set_size(image, (unsigned)width, (unsigned)height);
        zbar_image_set_data(image, grey, (unsigned long)width * (unsigned long)height, NULL);
        good = zbar_scan_image(scanner, image) >= 0;
    }
    const zbar_symbol_t *symbol = good ? zbar_image_first_symbol(image) : NULL;
    for (; symbol; symbol = zbar_symbol_next(symbol))
        print_code(zbar_get_symbol_name(zbar_symbol_get_type(symbol)), zbar_symbol_get_data(symbol),
                   zbar_symbol_get_data_length(symbol));
    if (image) zbar_image_destroy(image);
    if (scanner) zbar_image_scanner_destroy(scanner);
    return good;
}

// Luma (ITU-R BT.601); transparent pixels lie on white. The caller frees it.
static unsigned char *grey_plane(const tc_image *image) {
    int width = image->shape.width, height = image->shape.height, channels = image->shape.channels;
    unsigned char *plane = malloc((size_t)width * (size_t)height), *to = plane;
    for (int y = 0; plane && y < height; y++) {
        const uint8_t *from = image->data + (size_t)y * image->stride;
        for (int x = 0; x < width; x++, from += channels) {
            int grey = channels >= 3 ? (from[0] * 77 + from[1] * 150 + from[2] * 29 + 128) >> 8 : from[0];
            int alpha = tc_has_alpha(channels) ? from[channels - 1] : 255;
            *to++ = (unsigned char)((grey * alpha + 255 * (255 - alpha) + 127) / 255);
        }
    }
    return plane;
}

static bool load(const char *name, tc_image *image, tc_error *error) {
    tc_blob bytes;
    tc_probe probe;
    char warning[256];
    tc_status status = tc_input_load(name, tc_codec_default_limits.max_bytes, &bytes, error);
    if (!status)
        status = tc_codec_decode(bytes.data, bytes.size, &tc_codec_default_limits, image, &probe, warning,
                                 sizeof warning, error);
    tc_blob_clear(&bytes);
    return status == TC_OK;
}

static void read_file(const char *name, code_reader *reader) {
    tc_image image = {0};
    tc_error error = {0};
    double start = now_ms();
    if (!load(name, &image, &error)) {
        printf("failed\t%s\n", error.text);
        return;
    }
    double decoded = now_ms();
    unsigned char *grey = grey_plane(&image);
    if (grey && reader(grey, image.shape.width, image.shape.height))
        printf("done\t%.3f\t%.3f\n", decoded - start, now_ms() - decoded);
    else
        printf("failed\tthe reader ran out of memory\n");
    free(grey);
    tc_image_clear(&image);
}

int main(int count, char **arguments) {
    const char *name = count > 1 ? arguments[1] : "";
    code_reader *reader = strcmp(name, "zbar") == 0    ? read_with_zbar
                          : strcmp(name, "zxing") == 0 ? read_with_zxing
                                                       : NULL;
    if (!reader) {
        fprintf(stderr, "codes-alone: the first argument is zbar or zxing, further ones are pictures\n");
        return 2;
    }
    for (int i = 2; i < count; i++) {
        read_file(arguments[i], reader);
        fflush(stdout); // what was read stays when the next picture crashes the reader
    }
    return 0;
}
