#include "codec/codec.h"

#include <string.h>
#include <strings.h>

const tc_codec_limits tc_codec_default_limits = {INT64_C(120000000), (size_t)256 << 20};

static const struct {
    const char *name, *wire;
} formats[] = {
    [TC_FORMAT_UNKNOWN] = {"unknown", "unknown"},
    [TC_FORMAT_JPEG] = {"JPEG", "jpeg"},
    [TC_FORMAT_PNG] = {"PNG", "png"},
    [TC_FORMAT_GIF] = {"GIF", "gif"},
    [TC_FORMAT_BMP] = {"BMP", "bmp"},
    [TC_FORMAT_TGA] = {"TGA", "tga"},
    [TC_FORMAT_PSD] = {"PSD", "psd"},
    [TC_FORMAT_HDR] = {"HDR", "hdr"},
    [TC_FORMAT_PNM] = {"PPM/PGM", "pnm"},
};
enum { FORMAT_COUNT = sizeof formats / sizeof *formats };

static tc_format known(tc_format format) {
    return (unsigned)format < FORMAT_COUNT ? format : TC_FORMAT_UNKNOWN;
}

const char *tc_format_name(tc_format format) {
    return formats[known(format)].name;
}

const char *tc_format_wire(tc_format format) {
    return formats[known(format)].wire;
}

tc_format tc_format_find(const char *wire) {
    if (strcasecmp(wire, "jpg") == 0) return TC_FORMAT_JPEG;
    for (int i = TC_FORMAT_UNKNOWN + 1; i < FORMAT_COUNT; i++)
        if (strcasecmp(formats[i].wire, wire) == 0) return (tc_format)i;
    return TC_FORMAT_UNKNOWN;
}
