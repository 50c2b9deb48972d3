// zxing-cpp as it comes, for QR codes and bar codes.
#include "bench/codes_alone.h"

#define ZX_USE_UTF8 1 // Result::text() is UTF-8
#include <ZXing/ReadBarcode.h>

#include <algorithm>
#include <exception>
#include <string>

// The options of ReadBarcodes: DecodeHints in zxing-cpp 1.4, ReaderOptions in 2.3.
template <typename T> T options_of(ZXing::Results (*)(const ZXing::ImageView &, const T &));
using Options = decltype(options_of(ZXing::ReadBarcodes));

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
    Options options;
    options.setFormats(BarcodeFormat::QRCode | BarcodeFormat::LinearCodes);
    for (const Result &result : ReadBarcodes(ImageView(grey, width, height, ImageFormat::Lum), options)) {
        const std::string text = text_of(result), format = ToString(result.format());
        print_code(format.c_str(), text.data(), text.size());
    }
    return true;
} catch (const std::exception &) {
    return false;
}
