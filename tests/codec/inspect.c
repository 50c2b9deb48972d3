// Decodes each file named on the command line and prints a line: name, status, format, width×height×channels,
// orientation, a hash of the pixels, and the warning or error. With --pam FILE OUT it writes the pixels of one as PAM.
// With --codes it prints a line for each code instead: name, type, x,y of the four corners, text (with \\ \n \r \t \0
// escaped).
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "codec/decoder.h"
#include "codec/scanner.h"

static uint8_t *read_file(const char *path, size_t *size) {
    FILE *file = fopen(path, "rb");
    if (!file) {
        perror(path);
        exit(2);
    }
    uint8_t *bytes = NULL, buffer[65536];
    size_t count;
    *size = 0;
    while ((count = fread(buffer, 1, sizeof buffer, file)) > 0) {
        bytes = realloc(bytes, *size + count); // exact, so that AddressSanitizer sees every byte beyond it
        if (!bytes) abort();
        memcpy(bytes + *size, buffer, count);
        *size += count;
    }
    fclose(file);
    return bytes;
}

static const char *file_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

// FNV-1a of 64 bits.
static uint64_t hash_of(const tc_image *image) {
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    size_t row = tc_row_bytes(image->shape.width, image->shape.channels);
    for (int y = 0; y < image->shape.height; y++)
        for (size_t i = 0; i < row; i++) hash = (hash ^ image->data[(size_t)y * image->stride + i]) * 0x100000001b3;
    return hash;
}

static bool write_pam(const tc_image *image, const char *path) {
    static const char *const types[] = {"", "GRAYSCALE", "GRAYSCALE_ALPHA", "RGB", "RGB_ALPHA"};
    FILE *file = fopen(path, "wb");
    if (!file) return false;
    tc_shape shape = image->shape;
    fprintf(file, "P7\nWIDTH %d\nHEIGHT %d\nDEPTH %d\nMAXVAL 255\nTUPLTYPE %s\nENDHDR\n", shape.width, shape.height,
            shape.channels, types[shape.channels]);
    for (int y = 0; y < shape.height; y++)
        fwrite(image->data + (size_t)y * image->stride, tc_row_bytes(shape.width, shape.channels), 1, file);
    return fclose(file) == 0;
}

static int inspect(const char *path, const char *pam) {
    tc_image image;
    tc_probe probe;
    tc_error error = {0};
    char warning[256];
    size_t size;
    uint8_t *bytes = read_file(path, &size);
    clock_t begin = clock();
    tc_status status =
        tc_codec_decode(bytes, size, &tc_codec_default_limits, &image, &probe, warning, sizeof warning, &error);
    long ms = (long)((clock() - begin) * 1000 / CLOCKS_PER_SEC);
    const char *name = file_name(path);
    if (status == TC_OK)
        printf("%s\tok\t%s\t%dx%dx%d\t%d\t%016" PRIx64 "\t%s", name, tc_format_wire(probe.format), image.shape.width,
               image.shape.height, image.shape.channels, probe.orientation, hash_of(&image), warning);
    else
        printf("%s\t%s\t\t\t\t\t%s", name, tc_status_name(status), error.text);
    if (getenv("TIMES")) printf("\t%ld", ms);
    putchar('\n');
    bool written = !pam || (status == TC_OK && write_pam(&image, pam));
    tc_image_clear(&image);
    free(bytes);
    return written ? 0 : 1;
}

static void print_escaped(const char *text, size_t size) {
    static const char codes[] = "\\\n\r\t", letters[] = "\\nrt0";
    for (size_t i = 0; i < size; i++) {
        const char *special = memchr(codes, text[i], sizeof codes); // NUL too
        if (special)
            printf("\\%c", letters[special - codes]);
        else
            putchar(text[i]);
    }
}

static int print_codes(const char *path) {
    tc_image image;
    tc_probe probe;
    tc_error error = {0};
    tc_blob codes = {0};
    tc_code code;
    size_t size;
    uint8_t *bytes = read_file(path, &size);
    tc_status status = tc_codec_decode(bytes, size, &tc_codec_default_limits, &image, &probe, NULL, 0, &error);
    free(bytes);
    if (status == TC_OK) {
        tc_tile picture = tc_image_view(&image, tc_shape_rect(image.shape));
        const tc_codes_options options = {.symbologies = ~UINT32_C(0)};
        status = tc_codec_read_codes(&picture, &options, NULL, &codes, &error);
    }
    tc_image_clear(&image);
    if (status != TC_OK) fprintf(stderr, "%s: %s\n", path, error.text);
    for (int i = 0; tc_codes_read(&codes, i, &code); i++) {
        printf("%s\t%s\t", file_name(path), code.type);
        for (int corner = 0; corner < 4; corner++) printf("%s%d,%d", corner ? " " : "", code.x[corner], code.y[corner]);
        putchar('\t');
        print_escaped(code.text, code.text_size);
        putchar('\n');
    }
    tc_blob_clear(&codes);
    return status == TC_OK ? 0 : 1;
}

int main(int argc, char **argv) {
    if (argc >= 2 && strcmp(argv[1], "--codes") == 0) {
        int failed = 0;
        for (int i = 2; i < argc; i++) failed |= print_codes(argv[i]);
        return failed;
    }
    if (argc == 4 && strcmp(argv[1], "--pam") == 0) return inspect(argv[2], argv[3]);
    for (int i = 1; i < argc; i++)
        if (inspect(argv[i], NULL) != 0) return 1;
    return 0;
}
