// zxing-cpp as it comes, for QR codes and bar codes.
#include "bench/codes_alone.h"

#define ZX_USE_UTF8 1 // Result::text() is UTF-8
#include <ZXing/ReadBarcode.h>

#include <algorithm>
#include <exception>
#include <string>

// As zbar spells it: GS1's element strings without brackets, and with the (01) that DataBar stands for.
static std::string text_of(const ZXing::Result &result) {
    std::string text = result.text();
    if (result.format() == ZXing::BarcodeFormat::DataBar) return "01" + text;
    if (result.format() == ZXing::BarcodeFormat::DataBarExpanded)
        text.erase(std::remove_if(text.begin(), text.end(), [](char c) { return c == '(' || c == ')'; }), text.end());
    return text;
}

bool read_with_zxing(const unsigned char *grey, int width, int height) try {
    using namespace ZXing;
    DecodeHints hints;
    hints.setFormats(BarcodeFormat::QRCode | BarcodeFormat::LinearCodes);
    for (const Result &result : ReadBarcodes(ImageView(grey, width, height, ImageFormat::Lum), hints)) {
        std::string text = text_of(result);
        print_code(ToString(result.format()), text.data(), text.size());
    }
    return true;
} catch (const std::exception &) {
    return false;
}
