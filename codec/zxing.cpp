// Codes by zxing-cpp. The only file that includes its headers.
#define ZX_USE_UTF8
#include <ZXing/ReadBarcode.h>

#include <cstdlib>
#include <cstring>
#include <exception>
#include <new>
#include <string>
#include <utility>

extern "C" {
#include "codec/reader.h"
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

// The character set named by the first ECI, as zxing-cpp writes it: "]Q1\000026…".
int eciOf(const ZXing::Result &result) {
    if (!result.hasECI()) return -1;
    const ZXing::ByteArray bytes = result.bytesECI();
    const std::string text(bytes.begin(), bytes.end());
    const size_t at = text.find('\\');
    if (at == std::string::npos || at + 7 > text.size()) return -1;
    return std::atoi(text.substr(at + 1, 6).c_str());
}

// What the code holds, and in which character set. Segments that say by their mode what they are (kanji, hanzi) leave
// no trace in the bytes; they show in that the text is another than Latin-1 would be.
std::pair<std::string, int> contentOf(const ZXing::Result &result) {
    const ZXing::ByteArray &raw = result.bytes();
    const std::string bytes(raw.begin(), raw.end());
    const int eci = eciOf(result);
    if (eci >= 0 || result.format() != ZXing::BarcodeFormat::QRCode) return {bytes, eci};
    ZXing::Result plain = result;
    std::string latin;
    for (const unsigned char c : bytes)
        if (c < 0x80)
            latin += static_cast<char>(c);
        else
            latin.append({static_cast<char>(0xc0 | c >> 6), static_cast<char>(0x80 | (c & 0x3f))});
    if (plain.setCharacterSet("ISO8859_1").text() == latin) return {bytes, -1};
    return {result.text(), 26}; // UTF-8
}

std::pair<std::string, int> payloadOf(const ZXing::Result &result) {
    auto content = contentOf(result);
    // Twelve digits, as it is printed and as zbar gives it.
    if (result.format() == ZXing::BarcodeFormat::UPCA && content.first.size() == 13) content.first.erase(0, 1);
    return content;
}

tc_status add(tc_readings *readings, const ZXing::Result &result) {
    const auto content = payloadOf(result);
    tc_reading reading = {};
    reading.symbology = symbologyOf(result.format());
    reading.bytes = reinterpret_cast<const uint8_t *>(content.first.data());
    reading.size = content.first.size();
    reading.eci = content.second;
    if (result.isPartOfSequence()) {
        reading.part = result.sequenceIndex();
        reading.parts = result.sequenceSize();
        reading.parity = std::atoi(result.sequenceId().c_str());
    }
    reading.lines = result.format() == ZXing::BarcodeFormat::QRCode ? 0 : result.lineCount();
    for (int i = 0; i < 4; i++) {
        reading.x[i] = result.position()[i].x;
        reading.y[i] = result.position()[i].y;
    }
    return reading.symbology < 0 ? TC_OK : tc_readings_add(readings, &reading);
}

tc_status read(const tc_plane *plane, ZXing::BarcodeFormats formats, unsigned effort, tc_readings *readings) {
    ZXing::DecodeHints hints;
    const bool clean = effort & TC_READ_CLEAN, harder = effort & TC_READ_HARDER;
    hints.setFormats(formats).setTryHarder(harder).setTryRotate(harder).setTryDownscale(false);
    hints.setIsPure(clean).setBinarizer(clean ? ZXing::Binarizer::FixedThreshold : ZXing::Binarizer::LocalAverage);
    hints.setMaxNumberOfSymbols(clean ? 1 : 0xff);
    const ZXing::ImageView view(plane->data, plane->width, plane->height, ZXing::ImageFormat::Lum,
                                static_cast<int>(plane->stride));
    for (const ZXing::Result &result : ZXing::ReadBarcodes(view, hints)) {
        const tc_status status = result.isValid() ? add(readings, result) : TC_OK;
        if (status != TC_OK) return status;
    }
    return TC_OK;
}

} // namespace

tc_status tc_zxing_read(const tc_plane *plane, uint32_t symbologies, unsigned effort, tc_readings *readings) {
    const ZXing::BarcodeFormats formats = formatsOf(symbologies);
    if (formats.empty()) return TC_OK;
    try {
        return read(plane, formats, effort, readings);
    } catch (const std::bad_alloc &) {
        return TC_ERR_MEMORY;
    } catch (const std::exception &) {
        return TC_OK;
    }
}
