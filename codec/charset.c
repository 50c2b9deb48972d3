// Splits a payload into characters, and decodes them by iconv or by tables here.
#include "codec/charset.h"

#include "core/assert.h"
#include "core/utf8.h"

#include <errno.h>
#include <iconv.h>

// The length of the character at `p`, where `left` > 0 bytes are left; 0 if the character set has none there. A
// function that decodes the character itself, because iconv's tables differ, sets `*code_point`.
typedef size_t char_length(const uint8_t *p, size_t left, uint32_t *code_point);

static bool within(uint32_t value, uint32_t first, uint32_t last) {
    return value >= first && value <= last;
}

// Any byte. iconv refuses bytes without a character.
static size_t byte_length(const uint8_t *p, size_t left, uint32_t *code_point) {
    (void)p, (void)left, (void)code_point;
    return 1;
}

// ISO/IEC 8859 reserves 80 to 9f for control functions.
static size_t iso_8859_length(const uint8_t *p, size_t left, uint32_t *code_point) {
    (void)left, (void)code_point;
    return within(*p, 0x80, 0x9f) ? 0 : 1;
}

// One code unit. iconv refuses unpaired surrogates.
static size_t utf16_length(const uint8_t *p, size_t left, uint32_t *code_point) {
    (void)p, (void)code_point;
    return left >= 2 ? 2 : 0;
}
static size_t utf32_length(const uint8_t *p, size_t left, uint32_t *code_point) {
    (void)p, (void)code_point;
    return left >= 4 ? 4 : 0;
}

// NEC's extension of JIS X 0208: row 13, the pairs from 87 40. 0 if there is no character.
static uint32_t nec_row_13(uint8_t trail) {
    static const uint16_t signs[] = {
        0x3349, 0x3314, 0x3322, 0x334d, 0x3318, 0x3327, 0x3303, 0x3336, 0x3351, 0x3357, 0x330d, 0x3326, 0x3323,
        0x332b, 0x334a, 0x333b, 0x339c, 0x339d, 0x339e, 0x338e, 0x338f, 0x33c4, 0x33a1, 0,      0,      0,
        0,      0,      0,      0,      0,      0x337b, 0,      0x301d, 0x301f, 0x2116, 0x33cd, 0x2121, 0x32a4,
        0x32a5, 0x32a6, 0x32a7, 0x32a8, 0x3231, 0x3232, 0x3239, 0x337e, 0x337d, 0x337c, 0x2252, 0x2261, 0x222b,
        0x222e, 0x2211, 0x221a, 0x22a5, 0x2220, 0x221f, 0x22bf, 0x2235, 0x2229, 0x222a};
    enum { FIRST = 0x40, ROMAN = 0x54, SIGNS = 0x5f };
    if (within(trail, FIRST, FIRST + 19)) return 0x2460u + trail - FIRST; // ① to ⑳
    if (within(trail, ROMAN, ROMAN + 9)) return 0x2160u + trail - ROMAN;  // Ⅰ to Ⅹ
    return within(trail, SIGNS, SIGNS + sizeof signs / sizeof *signs - 1) ? signs[trail - SIGNS] : 0;
}

// JIS X 0201 with backslash and tilde as in ASCII and Windows-31J, and the 94 × 94 characters of JIS X 0208.
static size_t shift_jis_length(const uint8_t *p, size_t left, uint32_t *code_point) {
    *code_point = *p;
    if (*p < 0x80) return 1;
    *code_point = 0xff61u + *p - 0xa1u;
    if (within(*p, 0xa1, 0xdf)) return 1;
    if (!within(*p, 0x81, 0x9f) && !within(*p, 0xe0, 0xea)) return 0;
    if (left < 2 || !within(p[1], 0x40, 0xfc) || p[1] == 0x7f) return 0;
    *code_point = 0;
    if (*p == 0x87) return (*code_point = nec_row_13(p[1])) ? 2 : 0;
    if (*p == 0x81 && p[1] == 0x5f) *code_point = 0xff3c; // the C libraries map this pair differently
    return 2;
}

// The pairs of the standard: symbols, and two levels of ideographs.
static size_t big5_length(const uint8_t *p, size_t left, uint32_t *code_point) {
    (void)code_point;
    if (*p < 0x80) return 1;
    if (left < 2) return 0;
    uint32_t pair = (uint32_t)*p << 8 | p[1];
    return within(pair, 0xa140, 0xa3bf) || within(pair, 0xa440, 0xc67e) || within(pair, 0xc940, 0xf9d5) ? 2 : 0;
}

// KS X 1001, and the other syllables, which precede it up to c6 52.
static size_t euc_kr_length(const uint8_t *p, size_t left, uint32_t *code_point) {
    (void)code_point;
    if (*p < 0x80) return 1;
    if (left < 2 || p[1] < 0x41) return 0;
    return p[1] >= 0xa1 || *p < 0xc7 ? 2 : 0;
}

// Pairs, without those that GB 18030-2005 and -2022 map differently. Four-byte characters below the surrogates, without
// one of that kind, and those of planes 1 to 16, which are numbered consecutively.
static size_t gb18030_length(const uint8_t *p, size_t left, uint32_t *code_point) {
    if (*p < 0x80) return 1;
    if (left < 2) return 0;
    if (within(p[1], 0x40, 0xfe)) {
        uint32_t pair = (uint32_t)*p << 8 | p[1];
        return within(pair, 0xa6d9, 0xa6f3) || pair == 0xa8bc || *p >= 0xfe ? 0 : 2;
    }
    if (left < 4 || !within(p[1], 0x30, 0x39) || !within(p[2], 0x81, 0xfe) || !within(p[3], 0x30, 0x39)) return 0;
    uint32_t four = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
    if (within(four, 0x81308130, 0x8336c738) && four != 0x8135f437) return 4;
    if (!within(four, 0x90308130, 0xe3329a35)) return 0;
    *code_point = 0x10000u + (((p[0] - 0x90u) * 10 + p[1] - 0x30u) * 126 + p[2] - 0x81u) * 10 + p[3] - 0x30u;
    return 4;
}

static const struct charset {
    int eci;
    const char *name; // iconv's
    char_length *next;
} charsets[] = {
    {0, "CP437", byte_length},
    {1, "WINDOWS-1252", byte_length},
    {2, "CP437", byte_length},
    {3, "WINDOWS-1252", byte_length},
    {4, "ISO-8859-2", iso_8859_length},
    {5, "ISO-8859-3", iso_8859_length},
    {6, "ISO-8859-4", iso_8859_length},
    {7, "ISO-8859-5", iso_8859_length},
    {8, "ISO-8859-6", iso_8859_length},
    {9, "ISO-8859-7", iso_8859_length},
    {10, "ISO-8859-8", iso_8859_length},
    {11, "ISO-8859-9", iso_8859_length},
    {12, "ISO-8859-10", iso_8859_length},
    {13, "ISO-8859-11", iso_8859_length},
    {15, "ISO-8859-13", iso_8859_length},
    {16, "ISO-8859-14", iso_8859_length},
    {17, "ISO-8859-15", iso_8859_length},
    {18, "ISO-8859-16", iso_8859_length},
    {TC_ECI_SHIFT_JIS, "SHIFT_JIS", shift_jis_length},
    {21, "WINDOWS-1250", byte_length},
    {22, "WINDOWS-1251", byte_length},
    {TC_ECI_WINDOWS_1252, "WINDOWS-1252", byte_length},
    {24, "WINDOWS-1256", byte_length},
    {25, "UTF-16BE", utf16_length},
    {27, "US-ASCII", byte_length},
    {28, "BIG5", big5_length},
    {29, "GB18030", gb18030_length}, // GB 2312
    {30, "CP949", euc_kr_length},
    {31, "GB18030", gb18030_length}, // GBK
    {32, "GB18030", gb18030_length},
    {33, "UTF-16LE", utf16_length},
    {34, "UTF-32BE", utf32_length},
    {35, "UTF-32LE", utf32_length},
};

static const struct charset *find_charset(int eci) {
    for (size_t i = 0; i < sizeof charsets / sizeof *charsets; i++)
        if (charsets[i].eci == eci) return &charsets[i];
    return NULL;
}

static tc_status append_code_point(tc_blob *text, uint32_t c) {
    TC_ASSERT(c < 0x110000);
    uint8_t p[4];
    size_t size = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = size; i-- > 1; c >>= 6) p[i] = (uint8_t)(0x80 | (c & 0x3f));
    p[0] = (uint8_t)(size == 1 ? c : (0xf0u << (4 - size) & 0xff) | c);
    return tc_blob_append(text, p, size);
}

// Converts all bytes by iconv; `*done` is false if it refuses some.
static tc_status append_converted(iconv_t converter, const uint8_t *bytes, size_t size, tc_blob *text, bool *done) {
    char *in = (char *)(uintptr_t)bytes; // iconv's interface is not const-correct
    tc_status status = TC_OK;
    while (size > 0 && *done && status == TC_OK) {
        char buffer[256], *out = buffer;
        size_t free_bytes = sizeof buffer;
        *done = iconv(converter, &in, &size, &out, &free_bytes) != (size_t)-1 || errno == E2BIG;
        status = tc_blob_append(text, buffer, sizeof buffer - free_bytes);
    }
    return status;
}

// Converts character by character. A run of characters for iconv is passed to it at once.
static tc_status convert_all(const struct charset *set, iconv_t converter, const uint8_t *bytes, size_t size,
                             tc_blob *text, bool *done) {
    tc_status status = TC_OK;
    size_t first = 0; // of the run for iconv
    *done = true;
    for (size_t at = 0; at < size && *done && status == TC_OK;) {
        uint32_t code_point = 0;
        size_t length = set->next(bytes + at, size - at, &code_point);
        bool decoded = code_point != 0;
        *done = length > 0;
        if (*done && decoded) status = append_converted(converter, bytes + first, at - first, text, done);
        if (*done && decoded && status == TC_OK) status = append_code_point(text, code_point);
        at += length;
        if (decoded) first = at;
    }
    return *done && status == TC_OK ? append_converted(converter, bytes + first, size - first, text, done) : status;
}

tc_status tc_charset_convert(int eci, const uint8_t *bytes, size_t size, tc_blob *text, bool *done) {
    const struct charset *set = find_charset(eci);
    TC_ASSERT(bytes || size == 0);
    size_t before = text->size;
    *done = eci == TC_ECI_UTF8 && tc_utf8_valid((const char *)bytes, size);
    if (*done) return tc_blob_append(text, bytes, size);
    iconv_t converter = set ? iconv_open("UTF-8", set->name) : (iconv_t)-1;
    if (converter == (iconv_t)-1) return set && errno == ENOMEM ? TC_ERR_MEMORY : TC_OK;
    tc_status status = convert_all(set, converter, bytes, size, text, done);
    iconv_close(converter);
    if (!*done || status != TC_OK) text->size = before;
    return status;
}
