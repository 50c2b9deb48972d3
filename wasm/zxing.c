// zxing-cpp in the page: zxing-wasm, a module with a memory of its own that JavaScript calls for this one
// (web/src/engine/local/zxing.ts).
#include "wasm/zxing.h"

#include <stdlib.h>
#include <string.h>

#include "codec/charset.h"
#include "codec/reader.h"
#include "codec/text.h"
#include "core/assert.h"
#include "wasm/export.h"

// Reads a plane of grey pixels for `formats`, names with commas between them, and calls tc_page_zxing_add for each code
// with `batch`. Bar codes need `lines` scan lines that agree. `guess`: segments that name no
// character set are in one that the library guesses; else they are in ISO 8859-1. 0 when out of memory.
int TC_IMPORT(page_zxing)(const uint8_t *data, int width, int height, size_t stride, const char *formats,
                          size_t formats_size, unsigned effort, int lines, bool guess, tc_page_zxing_batch *batch);

struct tc_page_zxing_batch {
    tc_readings readings;
    int guessed; // results of the second call so far; -1 during the first
    bool mixed;  // one reading or more has TC_ECI_MIXED
};

// Its names of the symbologies: those that a request may contain, and others that only a result may have.
static const struct format {
    const char *wire, *name;
    bool requested;
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

// Writes the names of the formats to be read. Returns their size.
static size_t name_formats(uint32_t symbologies, char names[static NAMES_SIZE]) {
    size_t size = 0;
    for (int i = 0; i < FORMATS; i++) {
        if (!formats[i].requested || !(symbologies >> tc_symbology_find_wire(formats[i].wire) & 1)) continue;
        if (size > 0) names[size++] = ',';
        size_t length = strlen(formats[i].name);
        TC_ASSERT(size + length < NAMES_SIZE);
        memcpy(names + size, formats[i].name, length);
        size += length;
    }
    return size;
}

static const struct format *find_format(const char *name) {
    for (int i = 0; i < FORMATS; i++)
        if (strcmp(formats[i].name, name) == 0) return &formats[i];
    return NULL;
}

enum { PART, PARTS, PARITY, LINES, BYTES_SIZE, DESIGNATED_SIZE, TEXT_SIZE }; // in `numbers`

// One code of the first call.
static bool add(tc_page_zxing_batch *batch, const struct format *format, const int32_t numbers[],
                const double corners[8], const uint8_t *bytes) {
    const uint8_t *designated = bytes + numbers[BYTES_SIZE], *text = designated + numbers[DESIGNATED_SIZE];
    const bool qr = strcmp(format->wire, "qr") == 0;
    const tc_text_source source = {.bytes = bytes,
                                   .size = (size_t)numbers[BYTES_SIZE],
                                   .designated = designated,
                                   .designated_size = (size_t)numbers[DESIGNATED_SIZE],
                                   .latin1 = qr ? text : NULL,
                                   .latin1_size = (size_t)numbers[TEXT_SIZE]};
    tc_reading reading = {.symbology = tc_symbology_find_wire(format->wire),
                          .bytes = bytes,
                          .size = source.size,
                          .eci = tc_text_eci(&source),
                          .part = numbers[PART],
                          .parts = numbers[PARTS],
                          .parity = numbers[PARITY],
                          .lines = numbers[LINES] < TC_ZXING_LINES ? numbers[LINES] : TC_ZXING_LINES};
    for (int corner = 0; corner < 4; corner++) {
        reading.x[corner] = corners[2 * corner];
        reading.y[corner] = corners[2 * corner + 1];
    }
    batch->mixed |= reading.eci == TC_ECI_MIXED;
    return tc_readings_add(&batch->readings, &reading) == TC_OK;
}

// The second call returns the same codes in the same order: the text of those that are mixed replaces their bytes.
static bool replace(tc_page_zxing_batch *batch, const int32_t numbers[], const uint8_t *bytes) {
    if (batch->guessed >= batch->readings.count) return true;
    tc_reading *reading = &batch->readings.items[batch->guessed++];
    if (reading->eci != TC_ECI_MIXED) return true;
    const uint8_t *text = bytes + numbers[BYTES_SIZE] + numbers[DESIGNATED_SIZE];
    reading->eci = TC_ECI_UTF8;
    return tc_readings_set_bytes(reading, text, (size_t)numbers[TEXT_SIZE]) == TC_OK;
}

int TC_EXPORT(tc_page_zxing_add)(tc_page_zxing_batch *batch, const char *name, const int32_t numbers[7],
                                 const double corners[8], const uint8_t *bytes) {
    const struct format *format = find_format(name);
    if (!format) return 1; // not requested
    return batch->guessed < 0 ? add(batch, format, numbers, corners, bytes) : replace(batch, numbers, bytes);
}

// Moves the batch's readings to the end of the list.
static tc_status append(tc_readings *readings, const tc_page_zxing_batch *batch) {
    tc_status status = TC_OK;
    for (int i = 0; i < batch->readings.count && status == TC_OK; i++)
        status = tc_readings_add(readings, &batch->readings.items[i]);
    return status;
}

tc_status tc_zxing_read(const tc_plane *plane, uint32_t symbologies, unsigned effort, tc_readings *readings) {
    char names[NAMES_SIZE];
    size_t size = name_formats(symbologies, names);
    tc_page_zxing_batch batch = {.guessed = -1};
    if (size == 0) return TC_OK;
    bool done = page_zxing(plane->data, plane->width, plane->height, plane->stride, names, size, effort, TC_ZXING_LINES,
                           false, &batch);
    if (done && batch.mixed) {
        batch.guessed = 0;
        done = page_zxing(plane->data, plane->width, plane->height, plane->stride, names, size, effort, TC_ZXING_LINES,
                          true, &batch);
    }
    tc_status status = done ? append(readings, &batch) : TC_ERR_MEMORY;
    tc_readings_clear(&batch.readings);
    return status;
}
