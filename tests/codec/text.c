// From payload to text: the rule, and a hash of every character set, which is the same with every C library (tests/wasm
// runs this in node too).
#include <stdint.h>
#include <stdlib.h>

#include "codec/charset.h"
#include "codec/text.h"
#include "tests/check.h"
#include "tests/codec/random.h"

static const uint64_t seed = 20240914;

// The bytes of a literal, which may contain NUL.
#define BYTES(literal) literal, sizeof(literal) - 1

static void check_decoded(const char *bytes, size_t size, int eci, const char *expected, bool is_binary) {
    tc_blob text = {0};
    bool binary;
    uint8_t *copy = malloc(size + !size); // of its exact size, for AddressSanitizer
    if (!copy) abort();
    memcpy(copy, bytes, size);
    CHECK(tc_blob_append(&text, "before", 6) == TC_OK);
    CHECK(tc_text_decode(copy, size, eci, &text, &binary) == TC_OK);
    CHECK(tc_blob_append(&text, "", 1) == TC_OK);
    CHECK(memcmp(text.data, "before", 6) == 0);
    CHECK_TEXT((const char *)text.data + 6, expected);
    CHECK(binary == is_binary);
    tc_blob_clear(&text);
    free(copy);
}

static void check_text(const char *bytes, int eci, const char *expected) {
    check_decoded(bytes, strlen(bytes), eci, expected, false);
}

static void test_no_eci(void) {
    check_text("", -1, "");
    check_text("plain", -1, "plain");
    check_text("Gr\xc3\xbc\xc3\x9f"
               "e \xf0\x9f\x98\x80",
               -1, "Grüße 😀");
    check_text("\xef\xbb\xbfmark", -1, "mark");
    check_text("\xef\xbb\xbf", -1, "");
    check_text("caf\xe9", -1, "café");
    check_text("\xe9l\xe8ve na\xefve", -1, "élève naïve");
    check_text("it\x92s \x93so\x94 \x80 5", -1, "it’s “so” € 5");
    check_text("\xd6L \xa9 2020", -1, "ÖL © 2020");
    check_text("\xed\xa0\x80", -1, "í\xc2\xa0€"); // a surrogate is not valid UTF-8
    check_text("\x93\xfa\x96\x7b", -1, "日本");
    check_text("\x93\xfa", -1, "日");
    check_text("QR\x83\x52\x81\x5b\x83\x68", -1, "QRコード");
    check_text("*\xc3\xde\xbb\xde\xb2\xdd*", -1, "*ﾃﾞｻﾞｲﾝ*");
    check_text("\x82\xa0\x81\x5f", -1, "あ＼");
    check_text("\x87\x8a\x83\x65\x83\x58\x83\x67 \x87\x40", -1, "㈱テスト ①");
    check_text("\xcf\xf0\xe8", 999, "Ïðè"); // an unknown assignment
}

static void test_eci(void) {
    check_text("\x80\x84\xe1\xf1", 0, "Çäß±");
    check_text("\x9b\xab", 2, "¢½");
    check_text("Stra\xdf"
               "e",
               1, "Straße");
    check_text("\xc3\xbc", 3, "Ã¼"); // valid UTF-8, but declared as Latin-1
    check_text("\x93so\x94", 3, "“so”");
    check_text("\x93\xfa\x96\x7b", 3, "“ú–{");
    check_text("P\xf8\xedli\xb9", 4, "Příliš");
    check_text("\xa1\xf5\xf8\xfe", 5, "Ħġĝŝ");
    check_text("\xbe\xf0", 6, "žđ");
    check_text("\xbf\xe0\xd8\xd2\xd5\xe2", 7, "Привет");
    check_text("\xe5\xd1\xcd\xc8\xc7", 8, "مرحبا");
    check_text("\xc5\xeb\xeb\xe7\xed", 9, "Ελλην");
    check_text("\xf9\xec\xe5\xed", 10, "שלום");
    check_text("\xfd\xfe\xf0", 11, "ışğ");
    check_text("\xb9\xe0\xbe", 12, "đāū");
    check_text("\xca\xc7\xd1\xca\xb4\xd5", 13, "สวัสดี");
    check_text("\xf0\xee\xfe", 15, "šīž");
    check_text("\xd0\xfe\xa5", 16, "Ŵŷċ");
    check_text("\xa4 \xbd", 17, "€ œ");
    check_text("\xaa\xfe", 18, "Șț");
    check_text("\x93\xfa\x96\x7b", 20, "日本");
    check_text("a\\b~\xb1", 20, "a\\b~ｱ");
    check_text("\x8c\xb9\x9c\x9f", 21, "Śąśź");
    check_text("\xcf\xf0\xe8", 22, "При");
    check_text("\x80\x99", 23, "€™");
    check_text("\xd3\xe1\xc7\xe3", 24, "سلام");
    check_decoded(BYTES("\x00\x41\x20\xac\xd8\x3d\xde\x00"), 25, "A€😀", false);
    check_decoded(BYTES("\xfe\xff\x00\x41"), 25, "A", false);
    check_text("Gr\xc3\xbc\xc3\x9f", 26, "Grüß");
    check_text("\xef\xbb\xbfmark", 26, "mark");
    check_text("ASCII~\\", 27, "ASCII~\\");
    check_text("\xa4\xa4\xa4\xe5", 28, "中文");
    check_text("\xd6\xd0\xce\xc4", 29, "中文");
    check_text("\xc7\xd1\xb1\xdb \x8c\x63", 30, "한글 똠");
    check_text("\x81\x40\xd6\xd0", 31, "丂中");
    check_text("\xd6\xd0 \x94\x39\xfc\x36 \x81\x30\x8b\x38", 32, "中 😀 Ā");
    check_decoded(BYTES("\x41\x00\xac\x20"), 33, "A€", false);
    check_decoded(BYTES("\x00\x01\xf6\x00"), 34, "😀", false);
    check_decoded(BYTES("\x00\xf6\x01\x00"), 35, "😀", false);
}

// Bytes that are invalid in the declared character set are decoded as if none was declared.
static void test_wrong_eci(void) {
    check_text("caf\xe9", 26, "café");
    check_text("\xc3\xbc", 27, "ü");
    check_text("\x83\x52\x81\x5b\x83\x68", 26, "コード");
    check_text("\xff\xfe", 20, "ÿþ");
    check_text("\x93so\x94", 9, "“so”"); // not characters in ISO 8859
    check_text("\xd8\x3d\x41", 25, "Ø=A");
    check_text("\xc7\xf9 \xff", 30, "Çù ÿ");
}

static void test_binary(void) {
    check_decoded(BYTES("\x00\xff\x3a"), -1, "00 ff 3a", true);
    check_decoded(BYTES("\x00"), -1, "00", true);
    check_decoded(BYTES("text\x00more"), -1, "74 65 78 74 00 6d 6f 72 65", true);
    check_decoded(BYTES("text\x1b[0m"), -1, "74 65 78 74 1b 5b 30 6d", true);
    check_decoded(BYTES("\x7f"), -1, "7f", true);
    check_decoded(BYTES("abc"), TC_ECI_BINARY, "61 62 63", true);
    check_decoded(BYTES(""), TC_ECI_BINARY, "", false);
    check_decoded(BYTES("\xc3\xbc\x01"), -1, "c3 bc 01", true);
    check_decoded(BYTES("\xe9\x01"), -1, "e9 01", true);
    // A code that names a character set is text, control characters or not.
    check_decoded(BYTES("\xc3\xbc\x01"), 26, "ü\x01", false);
    check_decoded(BYTES("\xe9\x01"), 3, "é\x01", false);
    check_decoded(BYTES("\x00\x01\x00\x41"), 25, "\x01\x41", false);
    check_decoded(BYTES("\xe9\x01"), 26, "e9 01", true);        // invalid in the declared one
    check_decoded(BYTES("\xff\x81\x8d"), -1, "ff 81 8d", true); // invalid in all of them
    // The separators of data standards are text.
    check_decoded(BYTES("0109506000134352\x1d"
                        "10ABC\x1d"
                        "21456"),
                  -1,
                  "0109506000134352\x1d"
                  "10ABC\x1d"
                  "21456",
                  false);
    check_decoded(BYTES("[)>\x1e"
                        "06\x1d"
                        "17V123\x1d"
                        "1PABC\x1e\x04"),
                  -1,
                  "[)>\x1e"
                  "06\x1d"
                  "17V123\x1d"
                  "1PABC\x1e\x04",
                  false);
    check_decoded(BYTES("[)>\x1e"
                        "03\x1c\x1d\x1fx\x1e\x04"),
                  -1,
                  "[)>\x1e"
                  "03\x1c\x1d\x1fx\x1e\x04",
                  false);
    check_decoded(BYTES("a\tb\r\nc\fd"), -1, "a\tb\r\nc\fd", false);
    for (int c = 0; c < 0x80; c++) {
        const char byte[] = {(char)c, 0};
        char spelled[8];
        bool binary = c == 127 || (c < 32 && (c == 0 || !strchr("\t\n\f\r\x04\x1c\x1d\x1e\x1f", c)));
        snprintf(spelled, sizeof spelled, "%02x", (unsigned char)c);
        check_decoded(byte, 1, -1, binary ? spelled : byte, binary);
    }
}

// The capacity of the largest QR code, and twice the size that a blob of codes allows.
static void test_long(void) {
    enum { QR_MOST = 2953 };
    static uint8_t bytes[2 * TC_MAX_CODE_TEXT];
    uint64_t state = seed;
    tc_blob text = {0};
    bool binary;
    for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (uint8_t)random_next(&state);
    CHECK(tc_text_decode(bytes, QR_MOST, -1, &text, &binary) == TC_OK);
    CHECK(binary && text.size == 3 * QR_MOST - 1);
    char *at = (char *)text.data;
    bool same = tc_blob_append(&text, "", 1) == TC_OK;
    at = (char *)text.data;
    for (int i = 0; i < QR_MOST; i++) same &= strtol(at, &at, 16) == bytes[i];
    CHECK(same && *at == 0);
    text.size = 0;
    CHECK(tc_text_decode(bytes, sizeof bytes, -1, &text, &binary) == TC_OK);
    CHECK(binary && text.size == TC_MAX_CODE_TEXT && memcmp(text.data + text.size - 3, "…", 3) == 0);
    for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (uint8_t)(i % 2 ? 0xa9 : 0xc3); // é
    for (int shift = 0; shift < 2; shift++) {
        if (shift) bytes[0] = 'x', bytes[1] = 'y';
        text.size = 0;
        CHECK(tc_text_decode(bytes + shift, sizeof bytes - 2 - (size_t)shift, -1, &text, &binary) == TC_OK);
        CHECK(!binary && text.size <= TC_MAX_CODE_TEXT && text.size > TC_MAX_CODE_TEXT - 2);
        CHECK(tc_blob_append(&text, "", 1) == TC_OK);
        CHECK(strcmp((char *)text.data + text.size - 6, "é…") == 0);
    }
    tc_blob_clear(&text);
}

typedef struct table {
    uint64_t hash;
    int known;
} table;

static void hash_character(table *t, int eci, const uint8_t *bytes, size_t size) {
    static tc_blob text;
    bool done;
    text.size = 0;
    CHECK(tc_charset_convert(eci, bytes, size, &text, &done) == TC_OK);
    CHECK(done || text.size == 0);
    t->known += done;
    t->hash = (t->hash ^ (uint64_t)done) * UINT64_C(0x100000001b3);
    for (size_t i = 0; i < text.size; i++) t->hash = (t->hash ^ text.data[i]) * UINT64_C(0x100000001b3);
}

// Every byte, every pair from 80 00 on, and some four-byte characters, in every character set. Python's codecs give the
// same hashes.
static void test_tables(void) {
    static const struct {
        int eci, known;
        uint64_t hash;
    } expected[] = {
        {0, 256, UINT64_C(0x0c5f4f398871de2b)},    {3, 251, UINT64_C(0xb1b7f8a6b58891c3)},
        {4, 224, UINT64_C(0x79a1f15fe1c94a6e)},    {5, 217, UINT64_C(0x625c71cc0db959e1)},
        {6, 224, UINT64_C(0xe9ebc0b8bdfce70d)},    {7, 224, UINT64_C(0xc72d2a0d0959c74b)},
        {8, 179, UINT64_C(0xaa12d3c73e6b2cfa)},    {9, 221, UINT64_C(0x369f647672fd15ad)},
        {10, 188, UINT64_C(0x8091d0bea2bd0b9b)},   {11, 224, UINT64_C(0xf3fcb47c9165dfc2)},
        {12, 224, UINT64_C(0x55a7bc9a2f1849ef)},   {13, 216, UINT64_C(0x77c9048164212dff)},
        {15, 224, UINT64_C(0x249e6574546494f3)},   {16, 224, UINT64_C(0xdfb24b77bd7e2c99)},
        {17, 224, UINT64_C(0xd50d0eed0657d36e)},   {18, 224, UINT64_C(0x2e43f2f5b8e38c98)},
        {20, 19186, UINT64_C(0x0602a207cc8e19e0)}, {21, 251, UINT64_C(0xd009257d15ab4cba)},
        {22, 255, UINT64_C(0xb808c456af401042)},   {24, 256, UINT64_C(0x4b389b8b9b41cb59)},
        {25, 30720, UINT64_C(0x354fe3947784c825)}, {27, 128, UINT64_C(0x17879e2c5bcbb7a5)},
        {28, 13589, UINT64_C(0xdf0feab9ff284757)}, {30, 17176, UINT64_C(0x4b44f6370a2aa247)},
        {32, 82438, UINT64_C(0xdd477d49a8ac8745)}, {33, 31744, UINT64_C(0x912b878b4aec4a25)},
    };
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        int eci = expected[i].eci;
        table t = {UINT64_C(0xcbf29ce484222325), 0};
        bool single = eci < TC_ECI_SHIFT_JIS || (eci >= 21 && eci <= 24) || eci == 27;
        for (int a = 0; a < 256; a++) hash_character(&t, eci, (const uint8_t[]){(uint8_t)a}, 1);
        for (int a = 0; a < 0x8000 && !single; a++)
            hash_character(&t, eci, (const uint8_t[]){(uint8_t)(0x80 | a >> 8), (uint8_t)a}, 2);
        for (uint32_t four = 0x80308130; eci == 32 && four < 0xfe40ff40; four += 10007)
            hash_character(&t, eci,
                           (const uint8_t[]){(uint8_t)(four >> 24), (uint8_t)(0x30 + (four >> 16) % 11),
                                             (uint8_t)(four >> 8), (uint8_t)(0x30 + four % 11)},
                           4);
        printf("ECI %d: %d characters, %016llx\n", eci, t.known, (unsigned long long)t.hash);
        CHECK(t.known == expected[i].known && t.hash == expected[i].hash);
    }
}

static int eci_of(const char *bytes, const char *designated, const char *latin1) {
    const tc_text_source source = {(const uint8_t *)bytes, strlen(bytes),           (const uint8_t *)designated,
                                   strlen(designated),     (const uint8_t *)latin1, latin1 ? strlen(latin1) : 0};
    return tc_text_eci(&source);
}

// The character set that a symbol's designators and its segments' modes name.
static void test_source(void) {
    CHECK(eci_of("", "", NULL) == TC_ECI_NONE);
    CHECK(eci_of("a\xe4", "", NULL) == TC_ECI_NONE);
    CHECK(eci_of("a\xe4", "", "a\xc3\xa4") == TC_ECI_NONE);
    CHECK(eci_of("a\xe4", "", "a\xc3") == TC_ECI_MIXED);
    CHECK(eci_of("a\xe4", "",
                 "a\xc3\xa4"
                 "b") == TC_ECI_MIXED);
    CHECK(eci_of("\x93\x5f", "", "\xe7\x82\xb9") == TC_ECI_MIXED); // kanji mode
    CHECK(eci_of("a", "]Q2\\000026a", "a") == TC_ECI_UTF8);
    CHECK(eci_of("a", "]Q2\\000026a", "b") == TC_ECI_UTF8);
    CHECK(eci_of("\\000003", "]Q2\\000026\\\\000003", NULL) == TC_ECI_UTF8); // a backslash in the data
    CHECK(eci_of("ab", "]Q2\\000026a\\000026b", NULL) == TC_ECI_UTF8);
    CHECK(eci_of("ab", "]Q2\\000026a\\000003b", NULL) == TC_ECI_MIXED);
    CHECK(eci_of("abc", "]Q2\\000026a\\000003b\\000899c", NULL) == TC_ECI_BINARY);
    CHECK(eci_of("a", "]Q2\\00002", NULL) == TC_ECI_NONE);
    CHECK(eci_of("a", "]Q2\\00002x\\", NULL) == TC_ECI_NONE);
}

int main(void) {
    printf("seed %llu\n", (unsigned long long)seed);
    test_source();
    test_no_eci();
    test_eci();
    test_wrong_eci();
    test_binary();
    test_long();
    test_tables();
    return check_result();
}
