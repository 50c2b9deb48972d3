// Character sets by iconv, which the C library brings natively (glibc) as in the page (musl). Where the two differ the
// rule is spelled out here: Shift-JIS is restricted to what both know alike, JIS X 0201 and the 94 × 94 of JIS X 0208.
#include "codec/text.h"

#include "core/utf8.h"

#include <errno.h>
#include <iconv.h>
#include <string.h>

enum { UTF8_MAX = 4, ECI_BINARY = 899 };

static tc_status append_code_point(tc_blob *text, uint32_t c) {
    uint8_t p[UTF8_MAX];
    if (c < 0x80) {
        p[0] = (uint8_t)c;
        return tc_blob_append(text, p, 1);
    }
    if (c < 0x800) {
        p[0] = (uint8_t)(0xc0 | c >> 6);
        p[1] = (uint8_t)(0x80 | (c & 0x3f));
        return tc_blob_append(text, p, 2);
    }
    p[0] = (uint8_t)(0xe0 | c >> 12); // no table below goes beyond U+FFFF
    p[1] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
    p[2] = (uint8_t)(0x80 | (c & 0x3f));
    return tc_blob_append(text, p, 3);
}

// Extended Channel Interpretations, AIM ITS/04-023. Bytes in a character set that is not listed, or that iconv does
// not know, are judged by content.
static const struct {
    int eci;
    const char *name;
} ecis[] = {
    {0, "CP437"},         {1, "ISO-8859-1"},    {2, "CP437"},         {3, "ISO-8859-1"},   {4, "ISO-8859-2"},
    {5, "ISO-8859-3"},    {6, "ISO-8859-4"},    {7, "ISO-8859-5"},    {8, "ISO-8859-6"},   {9, "ISO-8859-7"},
    {10, "ISO-8859-8"},   {11, "ISO-8859-9"},   {12, "ISO-8859-10"},  {13, "ISO-8859-11"}, {15, "ISO-8859-13"},
    {16, "ISO-8859-14"},  {17, "ISO-8859-15"},  {18, "ISO-8859-16"},  {20, "SHIFT_JIS"},   {21, "WINDOWS-1250"},
    {22, "WINDOWS-1251"}, {23, "WINDOWS-1252"}, {24, "WINDOWS-1256"}, {25, "UTF-16BE"},    {28, "BIG5"},
    {29, "GB18030"},      {30, "EUC-KR"},
};

static const char *eci_name(int eci) {
    for (size_t i = 0; i < sizeof ecis / sizeof *ecis; i++)
        if (ecis[i].eci == eci) return ecis[i].name;
    return NULL;
}

// Converts all bytes or none. `*done` tells which.
static tc_status convert(const char *from, const uint8_t *bytes, size_t size, tc_blob *text, bool *done) {
    size_t before = text->size, left = size;
    char *in = (char *)(uintptr_t)bytes; // iconv's interface is not const-correct
    iconv_t converter = iconv_open("UTF-8", from);
    *done = converter != (iconv_t)-1;
    if (!*done) return TC_OK;
    while (left > 0 && *done) {
        char buffer[256], *out = buffer;
        size_t room = sizeof buffer;
        *done = iconv(converter, &in, &left, &out, &room) != (size_t)-1 || errno == E2BIG;
        if (tc_blob_append(text, buffer, sizeof buffer - room) != TC_OK) {
            iconv_close(converter);
            return TC_ERR_MEMORY;
        }
    }
    iconv_close(converter);
    if (!*done) text->size = before;
    return TC_OK;
}

static bool is_kana_byte(uint8_t c) { // JIS X 0201, half-width katakana
    return c >= 0xa1 && c <= 0xdf;
}
static bool is_lead(uint8_t c) {
    return (c >= 0x81 && c <= 0x9f) || (c >= 0xe0 && c <= 0xea);
}
static bool is_trail(uint8_t c) {
    return c >= 0x40 && c <= 0xfc && c != 0x7f;
}

// Whether bytes that could be Shift-JIS are meant so. Accented Latin letters form pairs that are rare kanji, and
// typographic quotes before a letter form common ones, but only single ones: Japanese has two characters in a row,
// the first of them a kana, a sign or a kanji of level 1, or nothing else at all, or three half-width kana and no kanji
// of level 2 alone.
static bool looks_japanese(const uint8_t *p, size_t size) {
    enum { LEVEL_2 = 0x98, KANA_IN_A_ROW = 3 };
    bool found = false, only = true, common = false, rare = false, after_common = false;
    int kana = 0;
    for (size_t i = 0; i < size;) {
        if (is_lead(p[i])) {
            if (size - i < 2 || !is_trail(p[i + 1])) return false;
            found |= after_common;
            after_common = p[i] < LEVEL_2;
            common |= after_common;
            rare |= !after_common;
            kana = 0;
            i += 2;
            continue;
        }
        after_common = false;
        kana = is_kana_byte(p[i]) ? kana + 1 : 0;
        found |= kana >= KANA_IN_A_ROW;
        if (p[i] >= 0x80 && !is_kana_byte(p[i])) return false;
        if (p[i] < 0x80) only = false;
        i++;
    }
    return common ? found || only : found && !rare;
}

// `*done` is false, and nothing appended, when a pair has no character.
static tc_status convert_shift_jis(const uint8_t *p, size_t size, tc_blob *text, bool *done) {
    size_t before = text->size;
    tc_status status = TC_OK;
    *done = true;
    for (size_t i = 0; i < size && status == TC_OK && *done;) {
        if (is_lead(p[i])) {
            if (p[i] == 0x81 && p[i + 1] == 0x5f)
                status = append_code_point(text, 0xff3c); // the one pair that libraries map differently
            else
                status = convert("SHIFT_JIS", p + i, 2, text, done);
            i += 2;
        } else {
            status = append_code_point(text, is_kana_byte(p[i]) ? 0xff61u + p[i] - 0xa1u : p[i]);
            i++;
        }
    }
    if (!*done) text->size = before;
    return status;
}

// Latin-1 as the web means it: windows-1252, whose five gaps are control characters.
static tc_status convert_latin(const uint8_t *p, size_t size, tc_blob *text) {
    static const uint16_t c1[32] = {0x20ac, 0x81,   0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021,
                                    0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8d,   0x017d, 0x8f,
                                    0x90,   0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
                                    0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x9d,   0x017e, 0x0178};
    tc_status status = TC_OK;
    for (size_t i = 0; i < size && status == TC_OK; i++)
        status = append_code_point(text, p[i] >= 0x80 && p[i] < 0xa0 ? c1[p[i] - 0x80] : p[i]);
    return status;
}

// Control characters that texts in codes have: white space, and the separators of ISO/IEC 15434 (EOT, FS, GS, RS, US),
// of which GS1 uses GS.
static bool is_control(uint8_t c) {
    static const uint32_t usual = 1u << '\t' | 1u << '\n' | 1u << '\f' | 1u << '\r' | 1u << 4 | 0xfu << 28;
    return c == 127 || (c < 32 && !(usual >> c & 1));
}

static bool holds_controls(const uint8_t *text, size_t size) {
    for (size_t i = 0; i < size; i++)
        if (is_control(text[i])) return true;
    return false;
}

static tc_status decode_text(const uint8_t *bytes, size_t size, int eci, tc_blob *text) {
    static const uint8_t mark[] = {0xef, 0xbb, 0xbf};
    bool done = false;
    tc_status status = TC_OK;
    if (tc_utf8_valid((const char *)bytes, size)) {
        bool marked = size >= sizeof mark && memcmp(bytes, mark, sizeof mark) == 0;
        return tc_blob_append(text, bytes + (marked ? sizeof mark : 0), size - (marked ? sizeof mark : 0));
    }
    if (eci_name(eci)) status = convert(eci_name(eci), bytes, size, text, &done);
    if (status == TC_OK && !done && looks_japanese(bytes, size)) status = convert_shift_jis(bytes, size, text, &done);
    if (status == TC_OK && !done) status = convert_latin(bytes, size, text);
    return status;
}

static tc_status spell(const uint8_t *bytes, size_t size, tc_blob *text) {
    static const char digits[] = "0123456789abcdef";
    tc_status status = TC_OK;
    for (size_t i = 0; i < size && status == TC_OK; i++) {
        const char spelled[] = {' ', digits[bytes[i] >> 4], digits[bytes[i] & 15]};
        status = tc_blob_append(text, spelled + (i == 0), sizeof spelled - (i == 0));
    }
    return status;
}

// Cuts what a blob of codes cannot hold (several QR codes joined into one), between two characters.
static void shorten(tc_blob *text, size_t before) {
    static const char ellipsis[] = "…";
    enum { ELLIPSIS = sizeof ellipsis - 1 };
    if (text->size - before <= TC_MAX_CODE_TEXT) return;
    size_t size = before + TC_MAX_CODE_TEXT - ELLIPSIS;
    while ((text->data[size] & 0xc0) == 0x80) size--;
    memcpy(text->data + size, ellipsis, ELLIPSIS);
    text->size = size + ELLIPSIS;
}

tc_status tc_text_decode(const uint8_t *bytes, size_t size, int eci, tc_blob *text, bool *binary) {
    size_t before = text->size;
    tc_status status = TC_OK;
    *binary = false;
    if (size == 0) return TC_OK;
    *binary = eci == ECI_BINARY;
    if (!*binary) status = decode_text(bytes, size, eci, text);
    if (status == TC_OK && !*binary) *binary = holds_controls(text->data + before, text->size - before);
    if (status == TC_OK && *binary) {
        text->size = before;
        status = spell(bytes, size, text);
    }
    if (status == TC_OK) shorten(text, before);
    return status;
}
