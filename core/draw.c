// Lines and labels, rasterised in integers.
#include "core/draw.h"

#include "core/arithmetic.h"
#include "core/assert.h"

enum { GLYPH_WIDTH = 5, GLYPH_HEIGHT = 8, ADVANCE = GLYPH_WIDTH + 1, PADDING = 2 }; // in font pixels
enum { BOX_GLYPH = 127 };

// Columns of the characters from ' ' to '~', and the box, left to right; bit 0 is the top row.
static const uint8_t font[BOX_GLYPH - ' ' + 1][GLYPH_WIDTH] = {
    {0x00, 0x00, 0x00, 0x00, 0x00}, {0x00, 0x00, 0x5F, 0x00, 0x00}, {0x00, 0x07, 0x00, 0x07, 0x00}, // space ! "
    {0x14, 0x7F, 0x14, 0x7F, 0x14}, {0x24, 0x2A, 0x7F, 0x2A, 0x12}, {0x23, 0x13, 0x08, 0x64, 0x62}, // # $ %
    {0x36, 0x49, 0x56, 0x20, 0x50}, {0x00, 0x00, 0x07, 0x00, 0x00}, {0x00, 0x1C, 0x22, 0x41, 0x00}, // & ' (
    {0x00, 0x41, 0x22, 0x1C, 0x00}, {0x2A, 0x1C, 0x7F, 0x1C, 0x2A}, {0x08, 0x08, 0x3E, 0x08, 0x08}, // ) * +
    {0x00, 0x80, 0x60, 0x00, 0x00}, {0x08, 0x08, 0x08, 0x08, 0x08}, {0x00, 0x60, 0x60, 0x00, 0x00}, // , - .
    {0x20, 0x10, 0x08, 0x04, 0x02}, {0x3E, 0x51, 0x49, 0x45, 0x3E}, {0x00, 0x42, 0x7F, 0x40, 0x00}, // / 0 1
    {0x42, 0x61, 0x51, 0x49, 0x46}, {0x22, 0x41, 0x49, 0x49, 0x36}, {0x18, 0x14, 0x12, 0x7F, 0x10}, // 2 3 4
    {0x27, 0x45, 0x45, 0x45, 0x39}, {0x3C, 0x4A, 0x49, 0x49, 0x30}, {0x01, 0x71, 0x09, 0x05, 0x03}, // 5 6 7
    {0x36, 0x49, 0x49, 0x49, 0x36}, {0x06, 0x49, 0x49, 0x29, 0x1E}, {0x00, 0x36, 0x36, 0x00, 0x00}, // 8 9 :
    {0x00, 0x80, 0x6C, 0x00, 0x00}, {0x08, 0x14, 0x22, 0x41, 0x00}, {0x14, 0x14, 0x14, 0x14, 0x14}, // ; < =
    {0x00, 0x41, 0x22, 0x14, 0x08}, {0x02, 0x01, 0x51, 0x09, 0x06}, {0x3E, 0x41, 0x5D, 0x55, 0x5E}, // > ? @
    {0x7E, 0x11, 0x11, 0x11, 0x7E}, {0x7F, 0x49, 0x49, 0x49, 0x36}, {0x3E, 0x41, 0x41, 0x41, 0x22}, // A B C
    {0x7F, 0x41, 0x41, 0x22, 0x1C}, {0x7F, 0x49, 0x49, 0x49, 0x41}, {0x7F, 0x09, 0x09, 0x09, 0x01}, // D E F
    {0x3E, 0x41, 0x49, 0x49, 0x7A}, {0x7F, 0x08, 0x08, 0x08, 0x7F}, {0x00, 0x41, 0x7F, 0x41, 0x00}, // G H I
    {0x20, 0x40, 0x41, 0x3F, 0x01}, {0x7F, 0x08, 0x14, 0x22, 0x41}, {0x7F, 0x40, 0x40, 0x40, 0x40}, // J K L
    {0x7F, 0x02, 0x0C, 0x02, 0x7F}, {0x7F, 0x04, 0x08, 0x10, 0x7F}, {0x3E, 0x41, 0x41, 0x41, 0x3E}, // M N O
    {0x7F, 0x09, 0x09, 0x09, 0x06}, {0x3E, 0x41, 0x51, 0x21, 0x5E}, {0x7F, 0x09, 0x19, 0x29, 0x46}, // P Q R
    {0x46, 0x49, 0x49, 0x49, 0x31}, {0x01, 0x01, 0x7F, 0x01, 0x01}, {0x3F, 0x40, 0x40, 0x40, 0x3F}, // S T U
    {0x1F, 0x20, 0x40, 0x20, 0x1F}, {0x3F, 0x40, 0x38, 0x40, 0x3F}, {0x63, 0x14, 0x08, 0x14, 0x63}, // V W X
    {0x07, 0x08, 0x70, 0x08, 0x07}, {0x61, 0x51, 0x49, 0x45, 0x43}, {0x00, 0x7F, 0x41, 0x41, 0x00}, // Y Z [
    {0x02, 0x04, 0x08, 0x10, 0x20}, {0x00, 0x41, 0x41, 0x7F, 0x00}, {0x04, 0x02, 0x01, 0x02, 0x04}, // \ ] ^
    {0x80, 0x80, 0x80, 0x80, 0x80}, {0x00, 0x01, 0x02, 0x04, 0x00}, {0x20, 0x54, 0x54, 0x54, 0x78}, // _ ` a
    {0x7F, 0x48, 0x44, 0x44, 0x38}, {0x38, 0x44, 0x44, 0x44, 0x20}, {0x38, 0x44, 0x44, 0x48, 0x7F}, // b c d
    {0x38, 0x54, 0x54, 0x54, 0x18}, {0x08, 0x7E, 0x09, 0x01, 0x02}, {0x18, 0xA4, 0xA4, 0xA4, 0x7C}, // e f g
    {0x7F, 0x08, 0x04, 0x04, 0x78}, {0x00, 0x44, 0x7D, 0x40, 0x00}, {0x40, 0x80, 0x84, 0x7D, 0x00}, // h i j
    {0x7F, 0x10, 0x28, 0x44, 0x00}, {0x00, 0x41, 0x7F, 0x40, 0x00}, {0x7C, 0x04, 0x18, 0x04, 0x78}, // k l m
    {0x7C, 0x08, 0x04, 0x04, 0x78}, {0x38, 0x44, 0x44, 0x44, 0x38}, {0xFC, 0x24, 0x24, 0x24, 0x18}, // n o p
    {0x18, 0x24, 0x24, 0x24, 0xFC}, {0x7C, 0x08, 0x04, 0x04, 0x08}, {0x48, 0x54, 0x54, 0x54, 0x20}, // q r s
    {0x04, 0x3F, 0x44, 0x40, 0x20}, {0x3C, 0x40, 0x40, 0x20, 0x7C}, {0x1C, 0x20, 0x40, 0x20, 0x1C}, // t u v
    {0x3C, 0x40, 0x30, 0x40, 0x3C}, {0x44, 0x28, 0x10, 0x28, 0x44}, {0x1C, 0xA0, 0xA0, 0xA0, 0x7C}, // w x y
    {0x44, 0x64, 0x54, 0x4C, 0x44}, {0x00, 0x08, 0x36, 0x41, 0x00}, {0x00, 0x00, 0x7F, 0x00, 0x00}, // z { |
    {0x00, 0x41, 0x36, 0x08, 0x00}, {0x08, 0x04, 0x08, 0x10, 0x08}, {0x7F, 0x41, 0x41, 0x41, 0x7F}, // } ~ box
};

static void paint(uint8_t *pixel, int channels, const uint8_t rgb[3]) {
    for (int c = 0; c < 3; c++) pixel[c] = rgb[c];
    if (channels == 4) pixel[3] = 255;
}

static bool is_drawable(tc_point p) {
    const int most = TC_DRAW_MAX_COORDINATE;
    return p.x >= -most && p.x <= most && p.y >= -most && p.y <= most;
}

static int64_t square_root(int64_t v) {
    int64_t root = 0;
    for (int64_t bit = (int64_t)1 << 31; bit > 0; bit >>= 1)
        if ((root + bit) * (root + bit) <= v) root += bit;
    return root;
}

// A line in half pixels, in which pixel centres are integers.
typedef struct line {
    int64_t x, y, dx, dy, square; // start, direction, squared length
    int64_t max_cross;            // |cross product| of the pixels that are less than a pixel away, at most
} line;

static bool covers(const line *l, int64_t x, int64_t y) {
    x -= l->x;
    y -= l->y;
    int64_t along = x * l->dx + y * l->dy;
    if (along <= 0) return x * x + y * y < 4;
    if (along > l->square) return (x - l->dx) * (x - l->dx) + (y - l->dy) * (y - l->dy) < 4;
    int64_t cross = x * l->dy - y * l->dx;
    return (cross < 0 ? -cross : cross) <= l->max_cross;
}

// The line's x at a height within it, rounded towards the start; at most a pixel off.
static int64_t x_at(const line *l, int64_t y) {
    y = y < l->y ? l->y : y > l->y + l->dy ? l->y + l->dy : y;
    return l->dy == 0 ? l->x : l->x + l->dx * (y - l->y) / l->dy;
}

// The columns of row y that can be covered, a few more than needed.
static void row_range(const line *l, int y, int *from, int *to) {
    int64_t a = x_at(l, 2 * (int64_t)y - 1), b = x_at(l, 2 * (int64_t)y + 3);
    if (l->dy == 0) b = l->x + l->dx;
    *from = (int)((a < b ? a : b) / 2) - 3;
    *to = (int)((a < b ? b : a) / 2) + 3;
}

void tc_draw_line(const tc_tile *tile, tc_point a, tc_point b, const uint8_t rgb[3]) {
    TC_ASSERT(tile->channels == 3 || tile->channels == 4);
    TC_ASSERT(is_drawable(a) && is_drawable(b));
    if (b.y < a.y) {
        tc_point first = b;
        b = a;
        a = first;
    }
    line l = {2 * (int64_t)a.x, 2 * (int64_t)a.y, 2 * ((int64_t)b.x - a.x), 2 * ((int64_t)b.y - a.y), 0, 0};
    l.square = l.dx * l.dx + l.dy * l.dy;
    // Less than 2 half pixels away: |cross| < 2 √square, that is at most √(4 square - 1).
    l.max_cross = l.square > 0 ? square_root(4 * l.square - 1) : 0;
    int y0 = tc_max_int(a.y - 2, tile->rect.y), y1 = tc_min_int(b.y + 2, tile->rect.y + tile->rect.height);
    for (int y = y0; y < y1; y++) {
        int x0, x1;
        row_range(&l, y, &x0, &x1);
        x0 = tc_max_int(x0, tile->rect.x);
        x1 = tc_min_int(x1, tile->rect.x + tile->rect.width);
        for (int x = x0; x < x1; x++)
            if (covers(&l, 2 * (int64_t)x + 1, 2 * (int64_t)y + 1)) paint(tc_tile_at(tile, x, y), tile->channels, rgb);
    }
}

void tc_draw_thin_line(const tc_tile *tile, tc_point a, tc_point b, const uint8_t rgb[3]) {
    TC_ASSERT(tile->channels == 3 || tile->channels == 4);
    TC_ASSERT(is_drawable(a) && is_drawable(b));
    if (b.x < a.x) {
        tc_point first = b;
        b = a;
        a = first;
    }
    tc_rect rect = tile->rect;
    int64_t dx = (int64_t)b.x - a.x, dy = (int64_t)b.y - a.y, height = dy < 0 ? -dy : dy;
    bool steep = height > dx;
    int64_t major = steep ? height : dx, minor = steep ? dx : height, down = dy < 0 ? -1 : 1;
    // Steps along the longer axis that lie within the tile.
    int64_t first = !steep ? rect.x - a.x : down > 0 ? rect.y - a.y : a.y - (rect.y + rect.height - 1);
    int64_t last = first + (steep ? rect.height : rect.width) - 1;
    if (first < 0) first = 0;
    if (last > major) last = major;
    // After i steps the line is floor((2 minor i + major - 1) / (2 major)) pixels across.
    int64_t step = 2 * minor, whole = major > 0 ? 2 * major : 1;
    int64_t across = (step * first + major - (major > 0)) / whole,
            remainder = step * first + major - 1 - across * whole;
    for (int64_t i = first; i <= last; i++, remainder += step) {
        if (remainder >= whole) {
            remainder -= whole;
            across++;
        }
        int64_t x = a.x + (steep ? across : i), y = a.y + down * (steep ? i : across);
        if (x >= rect.x && x < rect.x + rect.width && y >= rect.y && y < rect.y + rect.height)
            paint(tc_tile_at(tile, (int)x, (int)y), tile->channels, rgb);
    }
}

// The glyph of the character that starts at text[*at], which moves on to the next one.
static const uint8_t *next_glyph(const char *text, size_t size, size_t *at) {
    unsigned char lead = (unsigned char)text[(*at)++];
    while (lead >= 0x80 && *at < size && ((unsigned char)text[*at] & 0xC0) == 0x80) (*at)++;
    return font[lead >= ' ' && lead < BOX_GLYPH ? lead - ' ' : BOX_GLYPH - ' '];
}

static void fill_rect(const tc_tile *tile, tc_rect rect, const uint8_t rgb[3]) {
    rect = tc_rect_intersect(rect, tile->rect);
    for (int y = rect.y; y < rect.y + rect.height; y++)
        for (int x = rect.x; x < rect.x + rect.width; x++) paint(tc_tile_at(tile, x, y), tile->channels, rgb);
}

static void draw_glyph(const tc_tile *tile, const uint8_t *columns, int x, int y, int scale) {
    static const uint8_t black[3] = {0, 0, 0};
    for (int column = 0; column < GLYPH_WIDTH; column++)
        for (int row = 0; row < GLYPH_HEIGHT; row++)
            if (columns[column] >> row & 1)
                fill_rect(tile, (tc_rect){x + column * scale, y + row * scale, scale, scale}, black);
}

// Screen pixels per font pixel: letters about a 25th of the picture's shorter side.
static int font_scale(tc_shape picture) {
    return tc_max_int(1, tc_min_int(picture.width, picture.height) / 200);
}

void tc_draw_label(const tc_tile *tile, tc_shape picture, tc_point at, const char *text, size_t size) {
    TC_ASSERT(tile->channels == 3 || tile->channels == 4);
    TC_ASSERT(tc_rect_contains(tc_shape_rect(picture), tile->rect));
    static const uint8_t white[3] = {255, 255, 255};
    int scale = font_scale(picture), fit = (picture.width / scale - 2 * PADDING + 1) / ADVANCE, shown = 0;
    for (size_t i = 0; i < size && shown < fit; shown++) next_glyph(text, size, &i);
    if (shown == 0) return;
    tc_rect box = {at.x, at.y, (shown * ADVANCE - 1 + 2 * PADDING) * scale, (GLYPH_HEIGHT + 2 * PADDING) * scale};
    box.x = tc_max_int(0, tc_min_int(box.x, picture.width - box.width));
    box.y = tc_max_int(0, tc_min_int(box.y, picture.height - box.height));
    if (tc_rect_empty(tc_rect_intersect(box, tile->rect))) return;
    fill_rect(tile, box, white);
    size_t next = 0;
    for (int i = 0; i < shown; i++)
        draw_glyph(tile, next_glyph(text, size, &next), box.x + (PADDING + i * ADVANCE) * scale,
                   box.y + PADDING * scale, scale);
}
