// Orientation, limits, encoding and decoding, and files truncated at every length.
#include <stdlib.h>

#include "codec/decoder.h"
#include "codec/encoder.h"
#include "codec/orient.h"
#include "tests/check.h"
#include "tests/codec/random.h"

static const uint64_t seed = 20240914;

// The 3×2 picture 123/456, after each orientation, row by row (EXIF 2.3, tag 0x0112).
static void test_orientation(void) {
    static const char *const upright[] = {"",       "123456", "321654", "654321", "456123",
                                          "142536", "415263", "635241", "362514"};
    for (int channels = 1; channels <= 4; channels++)
        for (int orientation = 1; orientation <= 8; orientation++) {
            tc_image image;
            CHECK(tc_image_init(&image, (tc_shape){3, 2, channels}, NULL) == TC_OK);
            for (int i = 0; i < 6; i++) memset(image.data + i * channels, '1' + i, (size_t)channels);
            CHECK(tc_orient_image(&image, orientation, NULL) == TC_OK);
            CHECK(image.shape.width == (orientation < 5 ? 3 : 2) && image.shape.height == (orientation < 5 ? 2 : 3));
            bool same = true;
            for (int i = 0; i < 6 * channels; i++) same &= image.data[i] == upright[orientation][i / channels];
            CHECK(same);
            tc_image_clear(&image);
        }
}

static void test_exif(void) {
    static const uint8_t little[] = {'I', 'I', 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0};
    static const uint8_t big[] = {'M', 'M', 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 4, 0, 0, 0, 1, 0, 0, 0, 8};
    CHECK(tc_exif_orientation(little, sizeof little) == 6);
    CHECK(tc_exif_orientation(big, sizeof big) == 8);
    for (size_t size = 0; size < sizeof little; size++) {
        uint8_t *cut = malloc(size + 1); // of its exact size, for AddressSanitizer
        memcpy(cut, little, size);
        CHECK(tc_exif_orientation(cut, size) == 1);
        free(cut);
    }
    uint8_t odd[sizeof little];
    memcpy(odd, little, sizeof odd);
    odd[18] = 9;
    CHECK(tc_exif_orientation(odd, sizeof odd) == 1);
    memset(odd + 4, 0xff, 4);
    CHECK(tc_exif_orientation(odd, sizeof odd) == 1);
}

static bool same_pixels(const tc_image *a, const tc_image *b) {
    if (memcmp(&a->shape, &b->shape, sizeof a->shape) != 0) return false;
    size_t row = tc_row_bytes(a->shape.width, a->shape.channels);
    for (int y = 0; y < a->shape.height; y++)
        if (memcmp(a->data + (size_t)y * a->stride, b->data + (size_t)y * b->stride, row) != 0) return false;
    return true;
}

static tc_image decoded(const tc_blob *file) {
    tc_image image;
    tc_probe probe, header;
    tc_error error = {0};
    char warning[200];
    const tc_codec_limits *limits = &tc_codec_default_limits;
    CHECK(tc_codec_decode(file->data, file->size, limits, &image, &probe, warning, sizeof warning, &error) == TC_OK);
    CHECK_TEXT(error.text, "");
    CHECK_TEXT(warning, "");
    CHECK(tc_codec_probe(file->data, file->size, limits, &header, &error) == TC_OK);
    CHECK(memcmp(&header, &probe, sizeof probe) == 0);
    CHECK(memcmp(&header.shape, &image.shape, sizeof image.shape) == 0);
    return image;
}

static void test_png_there_and_back(void) {
    static const int sizes[][2] = {{1, 1}, {1, 37}, {37, 1}, {3, 2}, {64, 64}, {257, 129}};
    uint64_t state = seed;
    for (int channels = 1; channels <= 4; channels++)
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            tc_image image = random_image(sizes[i][0], sizes[i][1], channels, &state);
            tc_blob file = {0};
            CHECK(tc_codec_encode(&image, TC_FORMAT_PNG, 0, &file, NULL) == TC_OK);
            tc_image back = decoded(&file);
            CHECK(same_pixels(&image, &back));
            tc_blob_clear(&file);
            tc_image_clear(&image);
            tc_image_clear(&back);
        }
}

// A gradient, which JPEG preserves nearly; with alpha half of it is transparent.
static tc_image slope(int channels) {
    tc_image image;
    if (tc_image_init(&image, (tc_shape){65, 33, channels}, NULL) != TC_OK) abort();
    for (int y = 0; y < 33; y++)
        for (int x = 0; x < 65; x++) {
            uint8_t *p = image.data + (size_t)y * image.stride + (size_t)(x * channels);
            for (int c = 0; c < channels; c++) p[c] = (uint8_t)(3 * x + y);
            if (tc_has_alpha(channels)) p[channels - 1] = x < 32 ? 0 : 255;
        }
    return image;
}

static void test_jpeg_there_and_back(void) {
    for (int channels = 1; channels <= 4; channels++)
        for (int quality = 80; quality <= 100; quality += 10) {
            tc_image image = slope(channels);
            tc_blob file = {0};
            CHECK(tc_codec_encode(&image, TC_FORMAT_JPEG, quality, &file, NULL) == TC_OK);
            tc_image back = decoded(&file);
            // stb writes grey as colour.
            CHECK(back.shape.channels == tc_colour_channels(channels) || back.shape.channels == 3);
            // Not near the edge of the transparent half, where JPEG rings.
            int most = 0, colours = back.shape.channels;
            for (int y = 0; y < 33; y++)
                for (int x = 0; x < 65; x++) {
                    if (tc_has_alpha(channels) && x >= 16 && x < 48) continue;
                    int want = tc_has_alpha(channels) && x < 32 ? 255 : 3 * x + y;
                    int have = back.data[(size_t)y * back.stride + (size_t)(x * colours)];
                    if (abs(want - have) > most) most = abs(want - have);
                }
            CHECK(most <= 12);
            tc_blob_clear(&file);
            tc_image_clear(&image);
            tc_image_clear(&back);
        }
}

static void test_encode_refuses(void) {
    tc_image image = slope(3);
    tc_blob file = {0};
    tc_error error = {0};
    CHECK(tc_codec_encode(&image, TC_FORMAT_JPEG, 0, &file, &error) == TC_ERR_ARGUMENT);
    CHECK_TEXT(error.text, "quality is 0; 1 to 100 is allowed");
    CHECK(tc_codec_encode(&image, TC_FORMAT_GIF, 90, &file, &error) == TC_ERR_ARGUMENT);
    CHECK_TEXT(error.text, "format \"gif\" cannot be written; png and jpeg can");
    CHECK(file.size == 0);
    tc_image_clear(&image);
}

static void test_limits(void) {
    tc_image image = slope(1);
    tc_blob file = {0};
    tc_probe probe;
    tc_error error = {0};
    CHECK(tc_codec_encode(&image, TC_FORMAT_PNG, 0, &file, NULL) == TC_OK);
    tc_codec_limits limits = {65 * 33, file.size};
    CHECK(tc_codec_probe(file.data, file.size, &limits, &probe, &error) == TC_OK);
    limits.max_pixels--;
    CHECK(tc_codec_probe(file.data, file.size, &limits, &probe, &error) == TC_ERR_LIMIT);
    CHECK_TEXT(error.text, "picture is 65×33 = 0.002145 megapixels; at most 0.002144 megapixels are allowed");
    limits = (tc_codec_limits){1000000, file.size - 1};
    CHECK(tc_codec_probe(file.data, file.size, &limits, &probe, &error) == TC_ERR_LIMIT);
    CHECK(strstr(error.text, "at most") != NULL);
    tc_blob_clear(&file);
    tc_image_clear(&image);
}

static void test_formats(void) {
    for (int format = TC_FORMAT_JPEG; format <= TC_FORMAT_PNM; format++)
        CHECK(tc_format_find(tc_format_wire((tc_format)format)) == (tc_format)format);
    CHECK(tc_format_find("jpg") == TC_FORMAT_JPEG && tc_format_find("JPEG") == TC_FORMAT_JPEG);
    CHECK(tc_format_find("webp") == TC_FORMAT_UNKNOWN && tc_format_find("unknown") == TC_FORMAT_UNKNOWN);
    CHECK_TEXT(tc_format_name(TC_FORMAT_PNM), "PPM/PGM");
}

// A truncated file is refused or decoded; a truncated JPEG never without a warning.
static void test_cut_everywhere(tc_format format) {
    uint64_t state = seed;
    tc_image image = random_image(19, 13, 3, &state);
    tc_blob file = {0};
    CHECK(tc_codec_encode(&image, format, 85, &file, NULL) == TC_OK);
    for (size_t size = 0; size < file.size; size++) {
        uint8_t *cut = malloc(size + !size);
        tc_image back;
        tc_probe probe;
        tc_error error = {0};
        char warning[200];
        memcpy(cut, file.data, size);
        tc_status status =
            tc_codec_decode(cut, size, &tc_codec_default_limits, &back, &probe, warning, sizeof warning, &error);
        CHECK(status == TC_OK ? warning[0] != 0 && format == TC_FORMAT_JPEG : error.text[0] != 0 && !back.data);
        tc_image_clear(&back);
        free(cut);
    }
    tc_blob_clear(&file);
    tc_image_clear(&image);
}

// With any wrong byte, the message about a JPEG says JPEG.
static void test_damaged_everywhere(void) {
    static const uint8_t wrong[] = {0x00, 0x55, 0xff};
    uint64_t state = seed;
    tc_image image = random_image(19, 13, 3, &state);
    tc_blob file = {0};
    int refused = 0;
    CHECK(tc_codec_encode(&image, TC_FORMAT_JPEG, 85, &file, NULL) == TC_OK);
    for (size_t at = 3; at < file.size; at++)
        for (size_t i = 0; i < sizeof wrong; i++) {
            uint8_t kept = file.data[at];
            tc_image back;
            tc_probe probe;
            tc_error error = {0};
            file.data[at] = wrong[i];
            if (tc_codec_decode(file.data, file.size, &tc_codec_default_limits, &back, &probe, NULL, 0, &error) ==
                TC_OK)
                tc_image_clear(&back);
            else {
                refused++;
                if (error.status != TC_ERR_LIMIT) CHECK(strstr(error.text, "JPEG") != NULL);
                CHECK(!strstr(error.text, "png") && !strstr(error.text, "SOI"));
            }
            file.data[at] = kept;
        }
    CHECK(refused > 100);
    tc_blob_clear(&file);
    tc_image_clear(&image);
}

int main(void) {
    printf("seed %llu\n", (unsigned long long)seed);
    test_orientation();
    test_exif();
    test_png_there_and_back();
    test_jpeg_there_and_back();
    test_encode_refuses();
    test_limits();
    test_formats();
    test_cut_everywhere(TC_FORMAT_JPEG);
    test_cut_everywhere(TC_FORMAT_PNG);
    test_damaged_everywhere();
    return check_result();
}
