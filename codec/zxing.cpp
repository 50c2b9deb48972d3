// Reads codes by zxing-cpp, versions 1.4 to 2.3. The only file that includes its headers.
#define ZX_USE_UTF8
#include <ZXing/ReadBarcode.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <exception>
#include <new>
#include <string>
#include <vector>

#include "codec/assertion.hpp"

extern "C" {
#include "codec/charset.h"
#include "codec/linear.h"
#include "codec/text.h"
}

namespace {

ZXing::BarcodeFormat formatOf(int symbology) {
    const char *name = tc_symbologies[symbology].zxing;
    return name ? ZXing::BarcodeFormatFromString(name) : ZXing::BarcodeFormat::None;
}

ZXing::BarcodeFormats formatsOf(uint32_t symbologies) {
    ZXing::BarcodeFormats formats;
    for (int i = 0; i < TC_SYMBOLOGY_COUNT; i++)
        if (symbologies >> i & 1) formats |= formatOf(i);
    return formats;
}

int symbologyOf(ZXing::BarcodeFormat format) {
    for (int i = 0; i < TC_SYMBOLOGY_COUNT; i++)
        if (tc_symbologies[i].zxing && formatOf(i) == format) return i;
    return -1;
}

// The character set of segments that name none: ISO 8859-1, or what the library guesses.
const char LATIN_1[] = "ISO8859_1", GUESS[] = "";

// The character set of a code that was read with LATIN_1.
int eciOf(const ZXing::Result &result) {
    const ZXing::ByteArray bytes = result.bytes(),
                           designated = result.hasECI() ? result.bytesECI() : ZXing::ByteArray();
    const std::string text = result.text();
    const bool qr = result.format() == ZXing::BarcodeFormat::QRCode;
    const tc_text_source source = {bytes.data(),
                                   bytes.size(),
                                   designated.data(),
                                   designated.size(),
                                   qr ? reinterpret_cast<const uint8_t *>(text.data()) : nullptr,
                                   text.size()};
    return tc_text_eci(&source);
}

// Appends a code that was read with LATIN_1. `guessed` is the same code read with GUESS.
tc_status add(tc_readings *readings, const ZXing::Result &result, const ZXing::Result &guessed) {
    const bool qr = result.format() == ZXing::BarcodeFormat::QRCode;
    const ZXing::ByteArray bytes = result.bytes();
    const int eci = eciOf(result);
    const std::string content = eci == TC_ECI_MIXED ? guessed.text() : std::string(bytes.begin(), bytes.end());
    tc_reading reading = {};
    reading.symbology = symbologyOf(result.format());
    reading.bytes = reinterpret_cast<const uint8_t *>(content.data());
    reading.size = content.size();
    reading.eci = eci == TC_ECI_MIXED ? TC_ECI_UTF8 : eci;
    if (result.isPartOfSequence()) {
        reading.part = result.sequenceIndex();
        reading.parts = result.sequenceSize();
        reading.parity = std::atoi(result.sequenceId().c_str());
    }
    reading.lines = qr ? 0 : result.lineCount();
    for (int i = 0; i < 4; i++) {
        reading.x[i] = result.position()[i].x;
        reading.y[i] = result.position()[i].y;
    }
    return reading.symbology < 0 ? TC_OK : tc_readings_add(readings, &reading);
}

// The options of ReadBarcodes: DecodeHints in zxing-cpp 1.4, ReaderOptions in 2.3.
template <typename T> T optionsOf(ZXing::Results (*)(const ZXing::ImageView &, const T &));
using Options = decltype(optionsOf(ZXing::ReadBarcodes));

// Turns off what 2.3 does by default and 1.4 does not have. The second overload is for 1.4.
template <typename T> auto setNewer(T &hints, unsigned options) -> decltype(hints.setTryInvert(false), void()) {
    hints.setTryInvert((options & TC_READ_INVERTED) != 0).setTryCode39ExtendedMode(false);
    hints.setTextMode(decltype(hints.textMode())::Plain);
}
template <typename T, typename... Rest> void setNewer(T &, Rest...) {}

ZXing::Results readAll(const tc_plane &plane, ZXing::BarcodeFormats formats, unsigned options, unsigned maxCount,
                       const char *charset) {
    Options hints;
    setNewer(hints, options);
    const bool pure = options & TC_READ_PURE, harder = options & TC_READ_TRY_HARDER;
    hints.setFormats(formats).setTryHarder(harder).setTryRotate(harder).setTryDownscale(false);
    hints.setIsPure(pure).setBinarizer(pure ? ZXing::Binarizer::FixedThreshold : ZXing::Binarizer::LocalAverage);
    hints.setMaxNumberOfSymbols(static_cast<uint8_t>(maxCount)).setMinLineCount(TC_ZXING_LINES);
    hints.setCharacterSet(charset);
    const ZXing::ImageView view(plane.data, plane.width, plane.height, ZXing::ImageFormat::Lum,
                                static_cast<int>(plane.stride));
    return ZXing::ReadBarcodes(view, hints);
}

tc_status readMatrix(const tc_plane *plane, ZXing::BarcodeFormats formats, unsigned options, tc_readings *readings) {
    const unsigned maxCount = options & TC_READ_PURE ? 1 : 255;
    const ZXing::Results results = readAll(*plane, formats, options, maxCount, LATIN_1);
    const bool mixed = std::any_of(results.begin(), results.end(),
                                   [](const ZXing::Result &result) { return eciOf(result) == TC_ECI_MIXED; });
    const ZXing::Results guessed = mixed ? readAll(*plane, formats, options, maxCount, GUESS) : results;
    tc_status status = TC_OK;
    for (size_t i = 0; i < results.size() && status == TC_OK; i++)
        if (results[i].isValid()) status = add(readings, results[i], i < guessed.size() ? guessed[i] : results[i]);
    return status;
}

// Fills the quadrilateral of a reading and `margin` pixels around it with white.
void erase(std::vector<uint8_t> &pixels, const tc_plane &plane, const tc_reading &reading, double margin) {
    const double top = std::max(0.0, *std::min_element(reading.y, reading.y + 4) - margin);
    const double bottom = std::min<double>(plane.height - 1, *std::max_element(reading.y, reading.y + 4) + margin);
    for (int y = static_cast<int>(top); y <= static_cast<int>(bottom); y++) {
        double left = plane.width, right = -1;
        for (int i = 0; i < 4; i++) {
            const double x0 = reading.x[i], y0 = reading.y[i], x1 = reading.x[(i + 1) % 4], y1 = reading.y[(i + 1) % 4];
            if (std::min(y0, y1) - margin > y || std::max(y0, y1) + margin < y) continue;
            // The side may enter or leave the rows within the margin.
            for (const double row : {y - margin, static_cast<double>(y), y + margin}) {
                const double fraction = y1 == y0 ? 0 : std::clamp((row - y0) / (y1 - y0), 0.0, 1.0);
                left = std::min({left, x0 + fraction * (x1 - x0), y1 == y0 ? x1 : left});
                right = std::max({right, x0 + fraction * (x1 - x0), y1 == y0 ? x1 : right});
            }
        }
        const int from = static_cast<int>(std::max(0.0, left - margin));
        const int to = static_cast<int>(std::min<double>(plane.width - 1, right + margin));
        uint8_t *row = pixels.data() + static_cast<size_t>(y) * static_cast<size_t>(plane.width);
        if (from <= to) std::fill(row + from, row + to + 1, uint8_t{255});
    }
}

// Reads bar codes one after the other and erases each before the next. If the library looked for several, it would
// compare them, which may fail an assertion of zxing-cpp 1.4 (codec/assertion.hpp).
tc_status readEachLinear(const tc_plane *plane, ZXing::BarcodeFormats formats, unsigned options,
                         tc_readings *readings) {
    enum { MAX_CODES = 24, MARGIN = 2 };
    tc_plane remaining = *plane;
    std::vector<uint8_t> pixels;
    for (int i = 0; i < MAX_CODES; i++) {
        const ZXing::Results results = readAll(remaining, formats, options, 1, GUESS);
        if (results.empty() || !results.front().isValid()) break;
        const int before = readings->count;
        const tc_status status = add(readings, results.front(), results.front());
        if (status != TC_OK) return status;
        if (readings->count == before) break;
        if (pixels.empty()) {
            pixels.resize(static_cast<size_t>(plane->width) * static_cast<size_t>(plane->height));
            for (int y = 0; y < plane->height; y++)
                std::copy_n(plane->data + static_cast<size_t>(y) * plane->stride, plane->width,
                            pixels.data() + static_cast<size_t>(y) * static_cast<size_t>(plane->width));
            remaining = {pixels.data(), plane->width, plane->height, static_cast<size_t>(plane->width)};
        }
        tc_reading whole = readings->items[before];
        tc_linear_locate(plane, &whole);
        erase(pixels, *plane, whole, MARGIN);
    }
    return TC_OK;
}

// If the assertion still fails, as it does for two equal codes side by side, reads two overlapping halves of the
// picture.
tc_status readLinear(const tc_plane *plane, ZXing::BarcodeFormats formats, unsigned options, tc_readings *readings,
                     int depth) {
    enum { MAX_DEPTH = 3, MIN_SIDE = 64 };
    try {
        return readEachLinear(plane, formats, options, readings);
    } catch (const tc::AssertionFailed &) {
        const bool wide = plane->width >= plane->height;
        const int side = wide ? plane->width : plane->height, part = side * 5 / 8;
        tc_status status = TC_OK;
        for (const int start : {0, side - part}) {
            if (status != TC_OK || depth == MAX_DEPTH || side < MIN_SIDE) break;
            const int x = wide ? start : 0, y = wide ? 0 : start, before = readings->count;
            const tc_plane half = {plane->data + static_cast<size_t>(y) * plane->stride + x, wide ? part : plane->width,
                                   wide ? plane->height : part, plane->stride};
            status = readLinear(&half, formats, options, readings, depth + 1);
            for (int i = before; i < readings->count; i++)
                for (int k = 0; k < 4; k++) {
                    readings->items[i].x[k] += x;
                    readings->items[i].y[k] += y;
                }
        }
        return status;
    }
}

tc_status read(const tc_plane *plane, ZXing::BarcodeFormats formats, unsigned options, tc_readings *readings) {
    ZXing::BarcodeFormats matrix, linear;
    for (const ZXing::BarcodeFormat format : formats)
        (format == ZXing::BarcodeFormat::QRCode ? matrix : linear) |= format;
    tc_status status = matrix.empty() ? TC_OK : readMatrix(plane, matrix, options, readings);
    return status == TC_OK && !linear.empty() ? readLinear(plane, linear, options, readings, 0) : status;
}

} // namespace

tc_status tc_zxing_read(const tc_plane *plane, uint32_t symbologies, unsigned options, tc_readings *readings) {
    const ZXing::BarcodeFormats formats = formatsOf(symbologies);
    if (formats.empty()) return TC_OK;
    const tc::AssertionsThrow guard;
    try {
        return read(plane, formats, options, readings);
    } catch (const std::bad_alloc &) {
        return TC_ERR_MEMORY;
    } catch (const std::exception &) {
        return TC_OK;
    }
}
