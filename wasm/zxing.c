// zxing-cpp in the page: zxing-wasm, a module with a memory of its own that JavaScript calls for this one
// (web/src/engine/local/zxing.ts).
#include "codec/reader.h"

#include <stdlib.h>
#include <string.h>

#include "wasm/page.h"

// Reads a plane of grey pixels for the formats named, with commas between them, and gives each code to
// tc_page_zxing_add with `readings`. 0 on lack of memory.
int TC_IMPORT(page_zxing)(const uint8_t *data, int width, int height, size_t stride, const char *formats,
                          size_t formats_size, unsigned effort, tc_readings *readings);

// What it calls the symbologies: names that it is asked for, and others that it may answer with.
static const struct format {
    const char *wire, *name;
    bool asked;
} formats[] = {
    {"qr", "QRCodeModel2", true},
    {"qr", "QRCodeModel1", true},
    {"qr", "QRCode", false},
    {"ean13", "EAN13", true},
    {"ean8", "EAN8", true},
    {"upca", "UPCA", true},
    {"upce", "UPCE", true},
    {"itf", "ITF", true},
    {"itf", "ITF14", false},
    {"databar", "DataBar", true},
    {"databar", "DataBarOmni", false},
    {"databar", "DataBarStk", false},
    {"databar", "DataBarStkOmni", false},
    {"databar", "DataBarLtd", false},
    {"databar_exp", "DataBarExp", true},
    {"databar_exp", "DataBarExpStk", false},
    {"codabar", "Codabar", true},
    {"code39", "Code39", true},
    {"code39", "Code39Std", false},
    {"code39", "Code39Ext", false},
    {"code93", "Code93", true},
    {"code128", "Code128", true},
};
enum { FORMATS = sizeof formats / sizeof *formats, NAMES_SIZE = 16 * FORMATS };

static int symbology_of(const struct format *format) {
    for (int i = 0; tc_symbologies[i].wire; i++)
        if (strcmp(tc_symbologies[i].wire, format->wire) == 0) return i;
    return -1;
}

// The size of the names.
static size_t name_formats(uint32_t symbologies, char names[static NAMES_SIZE]) {
    size_t size = 0;
    for (int i = 0; i < FORMATS; i++) {
        if (!formats[i].asked || !(symbologies >> symbology_of(&formats[i]) & 1)) continue;
        if (size > 0) names[size++] = ',';
        size_t length = strlen(formats[i].name);
        memcpy(names + size, formats[i].name, length);
        size += length;
    }
    return size;
}

int TC_EXPORT(tc_page_zxing_add)(tc_readings *readings, const char *format, const uint8_t *bytes, size_t size,
                                 const int32_t numbers[5], const double corners[8]) {
    for (int i = 0; i < FORMATS; i++) {
        if (strcmp(formats[i].name, format) != 0) continue;
        tc_reading reading = {.symbology = symbology_of(&formats[i]),
                              .bytes = bytes,
                              .size = size,
                              .eci = numbers[0],
                              .part = numbers[1],
                              .parts = numbers[2],
                              .parity = numbers[3],
                              .lines = numbers[4]};
        for (int corner = 0; corner < 4; corner++) {
            reading.x[corner] = corners[2 * corner];
            reading.y[corner] = corners[2 * corner + 1];
        }
        return tc_readings_add(readings, &reading) == TC_OK;
    }
    return 1; // nobody has asked for it
}

tc_status tc_zxing_read(const tc_plane *plane, uint32_t symbologies, unsigned effort, tc_readings *readings) {
    char names[NAMES_SIZE];
    size_t size = name_formats(symbologies, names);
    if (size == 0) return TC_OK;
    bool done = page_zxing(plane->data, plane->width, plane->height, plane->stride, names, size, effort, readings);
    return done ? TC_OK : TC_ERR_MEMORY;
}
