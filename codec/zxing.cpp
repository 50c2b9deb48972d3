// Codes by zxing-cpp. The only file that includes its headers.
#define ZX_USE_UTF8
#include <ZXing/ReadBarcode.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <new>
#include <string>
#include <vector>

#include "codec/assertion.hpp"

extern "C" {
#include "codec/bars.h"
#include "codec/charset.h"
#include "codec/text.h"
}

namespace {

struct Name {
    ZXing::BarcodeFormat format;
    const char *wire; // as in tc_symbologies
};
const Name names[] = {
    {ZXing::BarcodeFormat::QRCode, "qr"},       {ZXing::BarcodeFormat::EAN13, "ean13"},
    {ZXing::BarcodeFormat::EAN8, "ean8"},       {ZXing::BarcodeFormat::UPCA, "upca"},
    {ZXing::BarcodeFormat::UPCE, "upce"},       {ZXing::BarcodeFormat::ITF, "itf"},
    {ZXing::BarcodeFormat::DataBar, "databar"}, {ZXing::BarcodeFormat::DataBarExpanded, "databar_exp"},
    {ZXing::BarcodeFormat::Codabar, "codabar"}, {ZXing::BarcodeFormat::Code39, "code39"},
    {ZXing::BarcodeFormat::Code93, "code93"},   {ZXing::BarcodeFormat::Code128, "code128"},
};

int indexOf(const char *wire) {
    for (int i = 0; tc_symbologies[i].wire; i++)
        if (std::strcmp(tc_symbologies[i].wire, wire) == 0) return i;
    return -1;
}

ZXing::BarcodeFormats formatsOf(uint32_t symbologies) {
    ZXing::BarcodeFormats formats;
    for (const Name &name : names)
        if (symbologies >> indexOf(name.wire) & 1) formats |= name.format;
    return formats;
}

int symbologyOf(ZXing::BarcodeFormat format) {
    for (const Name &name : names)
        if (name.format == format) return indexOf(name.wire);
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

// `guessed` is the same code as it was read with GUESS.
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
template <typename T> auto setNewer(T &options, unsigned effort) -> decltype(options.setTryInvert(false), void()) {
    options.setTryInvert((effort & TC_READ_INVERTED) != 0).setTryCode39ExtendedMode(false);
    options.setTextMode(decltype(options.textMode())::Plain);
}
template <typename T, typename... Rest> void setNewer(T &, Rest...) {}

ZXing::Results readAll(const tc_plane &plane, ZXing::BarcodeFormats formats, unsigned effort, unsigned most,
                       const char *charset) {
    Options hints;
    setNewer(hints, effort);
    const bool clean = effort & TC_READ_CLEAN, harder = effort & TC_READ_HARDER;
    hints.setFormats(formats).setTryHarder(harder).setTryRotate(harder).setTryDownscale(false);
    hints.setIsPure(clean).setBinarizer(clean ? ZXing::Binarizer::FixedThreshold : ZXing::Binarizer::LocalAverage);
    hints.setMaxNumberOfSymbols(static_cast<uint8_t>(most)).setMinLineCount(TC_ZXING_LINES);
    hints.setCharacterSet(charset);
    const ZXing::ImageView view(plane.data, plane.width, plane.height, ZXing::ImageFormat::Lum,
                                static_cast<int>(plane.stride));
    return ZXing::ReadBarcodes(view, hints);
}

tc_status readSquares(const tc_plane *plane, ZXing::BarcodeFormats formats, unsigned effort, tc_readings *readings) {
    const unsigned most = effort & TC_READ_CLEAN ? 1 : 255;
    const ZXing::Results results = readAll(*plane, formats, effort, most, LATIN_1);
    const bool mixed = std::any_of(results.begin(), results.end(),
                                   [](const ZXing::Result &result) { return eciOf(result) == TC_ECI_MIXED; });
    const ZXing::Results guessed = mixed ? readAll(*plane, formats, effort, most, GUESS) : results;
    tc_status status = TC_OK;
    for (size_t i = 0; i < results.size() && status == TC_OK; i++)
        if (results[i].isValid()) status = add(readings, results[i], i < guessed.size() ? guessed[i] : results[i]);
    return status;
}

// Paints the quad of a reading, and `margin` pixels around it, white.
void cover(std::vector<uint8_t> &pixels, const tc_plane &plane, const tc_reading &reading, double margin) {
    const double top = std::max(0.0, *std::min_element(reading.y, reading.y + 4) - margin);
    const double bottom = std::min<double>(plane.height - 1, *std::max_element(reading.y, reading.y + 4) + margin);
    for (int y = static_cast<int>(top); y <= static_cast<int>(bottom); y++) {
        double left = plane.width, right = -1;
        for (int i = 0; i < 4; i++) {
            const double x0 = reading.x[i], y0 = reading.y[i], x1 = reading.x[(i + 1) % 4], y1 = reading.y[(i + 1) % 4];
            if (std::min(y0, y1) - margin > y || std::max(y0, y1) + margin < y) continue;
            // Where the side enters and leaves the rows that lie within the margin.
            for (const double row : {y - margin, static_cast<double>(y), y + margin}) {
                const double part = y1 == y0 ? 0 : std::clamp((row - y0) / (y1 - y0), 0.0, 1.0);
                left = std::min({left, x0 + part * (x1 - x0), y1 == y0 ? x1 : left});
                right = std::max({right, x0 + part * (x1 - x0), y1 == y0 ? x1 : right});
            }
        }
        const int from = static_cast<int>(std::max(0.0, left - margin));
        const int to = static_cast<int>(std::min<double>(plane.width - 1, right + margin));
        uint8_t *row = pixels.data() + static_cast<size_t>(y) * static_cast<size_t>(plane.width);
        if (from <= to) std::fill(row + from, row + to + 1, uint8_t{255});
    }
}

// Bar codes one after the other, each painted over before the next is looked for: of several at once, each would be
// compared with the others.
tc_status readEachBar(const tc_plane *plane, ZXing::BarcodeFormats formats, unsigned effort, tc_readings *readings) {
    enum { MOST = 24, MARGIN = 2 };
    tc_plane rest = *plane;
    std::vector<uint8_t> pixels;
    for (int i = 0; i < MOST; i++) {
        const ZXing::Results results = readAll(rest, formats, effort, 1, GUESS);
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
            rest = {pixels.data(), plane->width, plane->height, static_cast<size_t>(plane->width)};
        }
        tc_reading whole = readings->items[before];
        tc_bars_place(plane, &whole);
        cover(pixels, *plane, whole, MARGIN);
    }
    return TC_OK;
}

// The same in a picture on which the library trips, as it does where two equal ones lie side by side: each half alone,
// with a part of the other.
tc_status readBars(const tc_plane *plane, ZXing::BarcodeFormats formats, unsigned effort, tc_readings *readings,
                   int depth) {
    enum { DEPTH = 3, LEAST = 64 };
    try {
        return readEachBar(plane, formats, effort, readings);
    } catch (const tc::AssertionFailed &) {
        const bool wide = plane->width >= plane->height;
        const int side = wide ? plane->width : plane->height, part = side * 5 / 8;
        tc_status status = TC_OK;
        for (const int start : {0, side - part}) {
            if (status != TC_OK || depth == DEPTH || side < LEAST) break;
            const int x = wide ? start : 0, y = wide ? 0 : start, before = readings->count;
            const tc_plane half = {plane->data + static_cast<size_t>(y) * plane->stride + x, wide ? part : plane->width,
                                   wide ? plane->height : part, plane->stride};
            status = readBars(&half, formats, effort, readings, depth + 1);
            for (int i = before; i < readings->count; i++)
                for (int k = 0; k < 4; k++) {
                    readings->items[i].x[k] += x;
                    readings->items[i].y[k] += y;
                }
        }
        return status;
    }
}

tc_status read(const tc_plane *plane, ZXing::BarcodeFormats formats, unsigned effort, tc_readings *readings) {
    ZXing::BarcodeFormats squares, bars;
    for (const ZXing::BarcodeFormat format : formats)
        (format == ZXing::BarcodeFormat::QRCode ? squares : bars) |= format;
    tc_status status = squares.empty() ? TC_OK : readSquares(plane, squares, effort, readings);
    return status == TC_OK && !bars.empty() ? readBars(plane, bars, effort, readings, 0) : status;
}

} // namespace

tc_status tc_zxing_read(const tc_plane *plane, uint32_t symbologies, unsigned effort, tc_readings *readings) {
    const ZXing::BarcodeFormats formats = formatsOf(symbologies);
    if (formats.empty()) return TC_OK;
    const tc::AssertionsThrow guard;
    try {
        return read(plane, formats, effort, readings);
    } catch (const std::bad_alloc &) {
        return TC_ERR_MEMORY;
    } catch (const std::exception &) {
        return TC_OK;
    }
}
