// Chooses the character set of a payload and decodes it.
#include "codec/text.h"

#include "codec/charset.h"
#include "core/assert.h"

#include <string.h>

static bool is_kana_byte(uint8_t c) { // JIS X 0201, half-width katakana
    return c >= 0xa1 && c <= 0xdf;
}
static bool is_lead(uint8_t c) {
    return (c >= 0x81 && c <= 0x9f) || (c >= 0xe0 && c <= 0xea);
}
static bool is_trail(uint8_t c) {
    return c >= 0x40 && c <= 0xfc && c != 0x7f;
}

// Whether bytes that are valid Shift-JIS are probably Japanese. In windows-1252, accented letters form pairs that are
// rare kanji (level 2), and a typographic quote before a letter forms a single common one (kana, sign or level 1). So
// Japanese needs two double-byte characters in a row of which the first is common, or nothing but common characters, or
// three half-width kana in a row without rare kanji.
static bool looks_japanese(const uint8_t *p, size_t size) {
    enum { LEVEL_2 = 0x98, KANA_IN_A_ROW = 3 };
    bool run = false, only_japanese = true, common = false, rare = false, after_common = false;
    int kana = 0;
    for (size_t i = 0; i < size;) {
        if (is_lead(p[i])) {
            if (size - i < 2 || !is_trail(p[i + 1])) return false;
            run |= after_common;
            after_common = p[i] < LEVEL_2;
            common |= after_common;
            rare |= !after_common;
            kana = 0;
            i += 2;
            continue;
        }
        after_common = false;
        kana = is_kana_byte(p[i]) ? kana + 1 : 0;
        run |= kana >= KANA_IN_A_ROW;
        if (p[i] >= 0x80 && !is_kana_byte(p[i])) return false;
        if (p[i] < 0x80) only_japanese = false;
        i++;
    }
    return common ? run || only_japanese : run && !rare;
}

// Control characters other than those that texts in codes have (codec/text.h).
static bool is_control(uint8_t c) {
    static const uint32_t allowed = 1u << '\t' | 1u << '\n' | 1u << '\f' | 1u << '\r' | 1u << 4 | 0xfu << 28;
    return c == 127 || (c < 32 && !(allowed >> c & 1));
}

static bool has_controls(const uint8_t *text, size_t size) {
    for (size_t i = 0; i < size; i++)
        if (is_control(text[i])) return true;
    return false;
}

// Tries the character sets in order. `*named`: the one that the code names could decode the bytes; `*done`: one could.
static tc_status decode(const uint8_t *bytes, size_t size, int eci, tc_blob *text, bool *named, bool *done) {
    tc_status status = tc_charset_convert(eci, bytes, size, text, done);
    *named = *done;
    if (status == TC_OK && !*done) status = tc_charset_convert(TC_ECI_UTF8, bytes, size, text, done);
    if (status == TC_OK && !*done && looks_japanese(bytes, size))
        status = tc_charset_convert(TC_ECI_SHIFT_JIS, bytes, size, text, done);
    if (status == TC_OK && !*done) status = tc_charset_convert(TC_ECI_WINDOWS_1252, bytes, size, text, done);
    return status;
}

// Removes a byte order mark.
static void strip_bom(tc_blob *text, size_t before) {
    TC_ASSERT(text->size >= before);
    static const uint8_t mark[] = {0xef, 0xbb, 0xbf};
    if (text->size - before < sizeof mark || memcmp(text->data + before, mark, sizeof mark) != 0) return;
    text->size -= sizeof mark;
    memmove(text->data + before, text->data + before + sizeof mark, text->size - before);
}

static tc_status append_hex(const uint8_t *bytes, size_t size, tc_blob *text) {
    static const char digits[] = "0123456789abcdef";
    tc_status status = TC_OK;
    for (size_t i = 0; i < size && status == TC_OK; i++) {
        const char hex[] = {' ', digits[bytes[i] >> 4], digits[bytes[i] & 15]};
        status = tc_blob_append(text, hex + (i == 0), sizeof hex - (i == 0));
    }
    return status;
}

// Cuts what a blob of codes cannot hold (a structured append series) between two characters.
static void truncate_text(tc_blob *text, size_t before) {
    TC_ASSERT(text->size >= before);
    static const char ellipsis[] = "…";
    enum { ELLIPSIS = sizeof ellipsis - 1 };
    if (text->size - before <= TC_MAX_CODE_TEXT) return;
    size_t size = before + TC_MAX_CODE_TEXT - ELLIPSIS;
    while ((text->data[size] & 0xc0) == 0x80) size--;
    memcpy(text->data + size, ellipsis, ELLIPSIS);
    text->size = size + ELLIPSIS;
}

// A decimal number of six digits; -1 if it is none.
static int parse_designator(const uint8_t *p, size_t left) {
    enum { DIGITS = 6 };
    int number = 0;
    if (left < DIGITS) return -1;
    for (int i = 0; i < DIGITS; i++) {
        if (p[i] < '0' || p[i] > '9') return -1;
        number = 10 * number + p[i] - '0';
    }
    return number;
}

static int designated_eci(const uint8_t *p, size_t size) {
    int eci = TC_ECI_NONE;
    for (size_t i = 0; i + 1 < size; i++) {
        if (p[i] != '\\') continue;
        i++; // a second backslash is data
        int named = p[i] == '\\' ? -1 : parse_designator(p + i, size - i);
        if (named == TC_ECI_BINARY) return TC_ECI_BINARY;
        if (named >= 0) eci = eci == TC_ECI_NONE || eci == named ? named : TC_ECI_MIXED;
    }
    return eci;
}

// Whether the UTF-8 text is what ISO 8859-1 makes of the bytes.
static bool is_latin1(const uint8_t *text, size_t text_size, const uint8_t *bytes, size_t size) {
    size_t at = 0;
    for (size_t i = 0; i < size; i++) {
        bool two = bytes[i] >= 0x80;
        if (text_size - at < (two ? 2 : 1)) return false;
        if (two && text[at++] != (0xc0 | bytes[i] >> 6)) return false;
        if (text[at++] != (two ? (0x80 | (bytes[i] & 0x3f)) : bytes[i])) return false;
    }
    return at == text_size;
}

int tc_text_eci(const tc_text_source *source) {
    TC_ASSERT(source->bytes || source->size == 0);
    TC_ASSERT(source->designated || source->designated_size == 0);
    if (source->designated_size > 0) return designated_eci(source->designated, source->designated_size);
    if (!source->latin1 || is_latin1(source->latin1, source->latin1_size, source->bytes, source->size))
        return TC_ECI_NONE;
    return TC_ECI_MIXED;
}

tc_status tc_text_decode(const uint8_t *bytes, size_t size, int eci, tc_blob *text, bool *binary) {
    size_t before = text->size;
    bool done = false, named = false;
    TC_ASSERT(bytes || size == 0);
    tc_status status = TC_OK;
    *binary = false;
    if (size == 0) return TC_OK;
    if (eci != TC_ECI_BINARY) status = decode(bytes, size, eci, text, &named, &done);
    *binary = !done || (!named && has_controls(text->data + before, text->size - before));
    if (status == TC_OK && *binary) {
        text->size = before;
        status = append_hex(bytes, size, text);
    }
    if (status != TC_OK) return status;
    if (!*binary) strip_bom(text, before);
    truncate_text(text, before);
    return TC_OK;
}
