// Rotation by right angles: transposition in blocks, by vector shuffles where the level has them.
#include "core/kernels/rotate90.h"

#include <string.h>

#include "core/assert.h"
#include "core/kernels/channels.h"
#include "core/kernels/mirror.h"
#include "core/kernels/vector.h"

// The output rows of a block: their cache lines stay in the second-level cache, and the pieces of input rows are long
// enough for the hardware prefetcher.
enum { BLOCK_HEIGHT = 1024 };

// A rectangle of output pixels. Pixel (x, y) is at to + y * stride + x * channels; its source is at
// from + x * right + y * down.
typedef struct block {
    uint8_t *to;
    size_t stride;
    const uint8_t *from;
    ptrdiff_t right, down;
    int width, height;
} block;

static inline void rotate_pixels_of(const block *b, int channels) {
    for (int y = 0; y < b->height; y++) {
        uint8_t *to = b->to + (size_t)y * b->stride;
        const uint8_t *from = b->from + y * b->down;
        for (int x = 0; x < b->width; x++)
            for (int c = 0; c < channels; c++) to[x * channels + c] = from[x * b->right + c];
    }
}

static void rotate_pixels(const block *b, int channels) {
    TC_WITH_CHANNELS(channels, rotate_pixels_of, b);
}

#if TC_LANES
// Transposes n vectors of n elements within each 16 bytes, by log2(n) perfect shuffles.
static inline void transpose8(tc_vec r[16]) {
    for (int round = 0; round < 4; round++) {
        tc_vec t[16];
        for (int i = 0; i < 8; i++) {
            t[2 * i] = v_zip8_each_lo(r[i], r[i + 8]);
            t[2 * i + 1] = v_zip8_each_hi(r[i], r[i + 8]);
        }
        for (int i = 0; i < 16; i++) r[i] = t[i];
    }
}

static inline void transpose16(tc_vec r[8]) {
    for (int round = 0; round < 3; round++) {
        tc_vec t[8];
        for (int i = 0; i < 4; i++) {
            t[2 * i] = v_zip16_each_lo(r[i], r[i + 4]);
            t[2 * i + 1] = v_zip16_each_hi(r[i], r[i + 4]);
        }
        for (int i = 0; i < 8; i++) r[i] = t[i];
    }
}

static inline void transpose32(tc_vec r[4]) {
    for (int round = 0; round < 2; round++) {
        tc_vec t[4];
        for (int i = 0; i < 2; i++) {
            t[2 * i] = v_zip32_each_lo(r[i], r[i + 2]);
            t[2 * i + 1] = v_zip32_each_hi(r[i], r[i + 2]);
        }
        for (int i = 0; i < 4; i++) r[i] = t[i];
    }
}

// The shuffle that widens four pixels of three bytes, which start at byte `lead`, to four bytes each.
static tc_vec widening(int lead) {
    uint8_t order[16];
    for (int i = 0; i < 16; i++) order[i] = (uint8_t)(i % 4 == 3 ? 128 : lead + i / 4 * 3 + i % 4);
    return v_repeat16(order);
}

// The inverse: packs pixels of four bytes to three bytes, at the front of the vector.
static tc_vec narrowing(void) {
    uint8_t order[TC_LANES] = {0};
    for (int i = 0; i < TC_LANES / 4 * 3; i++) order[i] = (uint8_t)(i / 3 * 4 + i % 3);
    return v_load(order);
}

// The size of one transposition: `across` input columns, which become output rows, by `along` input rows.
typedef struct transposer {
    int across, along, lead;
    tc_vec widen, narrow;
} transposer;

static inline transposer transposer_of(int channels, int lead) {
    int across = channels == 1 ? 16 : channels == 2 ? 8 : 4;
    return (transposer){across, TC_LANES / 16 * across, lead, widening(lead), narrowing()};
}

// `from`: the leftmost input column in the input row of the first output pixel. `step`: the distance between the output
// rows of two neighbouring input columns. `exactly`: no byte beyond the pixels may be written.
static inline void transpose_vectors(uint8_t *to, ptrdiff_t step, const uint8_t *from, ptrdiff_t right,
                                     const transposer *t, int channels, bool exactly) {
    tc_vec r[16];
    uint8_t row[TC_LANES];
    for (int i = 0; i < t->across; i++) {
        r[i] = v_load_steps(from - t->lead + i * right, t->across * right);
        if (channels == 3) r[i] = v_shuffle(r[i], t->widen);
    }
    if (channels == 1)
        transpose8(r);
    else if (channels == 2)
        transpose16(r);
    else
        transpose32(r);
    for (int i = 0; i < t->across; i++) {
        if (channels == 3) r[i] = v_permute(r[i], t->narrow);
        v_store(exactly ? row : to + i * step, r[i]);
        if (exactly) memcpy(to + i * step, row, (size_t)(t->along * channels));
    }
}

// Transposes a block in groups of pixels; the last groups at the right and at the bottom overlap their neighbours.
// False if the block is too small. With three channels, a group needs 12 bytes but reads 16: the other four come after
// the group (`early`), or before it at the end of the input (`late`). It writes TC_LANES bytes, of which only
// TC_LANES / 4 * 3 are its own; the next group overwrites the others.
static inline bool transpose_vectors_of(const block *b, int channels) {
    const transposer early = transposer_of(channels, 0), late = transposer_of(channels, 4);
    const int across = early.across, along = early.along, slack = channels == 3 ? 2 : 0;
    const int excess = channels == 3 ? TC_LANES / 12 + 1 : 0;
    if (b->height < across + slack || b->width < along) return false;
    bool backwards = b->down < 0;
    ptrdiff_t step = backwards ? -(ptrdiff_t)b->stride : (ptrdiff_t)b->stride;
    for (int x = 0; x < b->width; x += along) {
        int column = x + along <= b->width ? x : b->width - along;
        bool exactly = column + along + excess > b->width;
        for (int y = 0; y < b->height; y += across) {
            int top = y + across <= b->height ? y : b->height - across;
            bool at_end = backwards ? top < slack : top + across + slack > b->height;
            int row = backwards ? top + across - 1 : top; // of the output, for the leftmost input column
            transpose_vectors(b->to + (size_t)row * b->stride + (ptrdiff_t)column * channels, step,
                              b->from + column * b->right + row * b->down, b->right, at_end ? &late : &early, channels,
                              exactly);
        }
    }
    return true;
}

static bool transpose_block(const block *b, int channels) {
    return TC_WITH_CHANNELS(channels, transpose_vectors_of, b);
}
#else
static bool transpose_block(const block *b, int channels) {
    (void)b, (void)channels;
    return false;
}
#endif

// 0° and 180°.
static void copy_rows(const block *b, int channels) {
    size_t size = tc_row_bytes(b->width, channels);
    for (int y = 0; y < b->height; y++) {
        uint8_t *to = b->to + (size_t)y * b->stride;
        const uint8_t *from = b->from + y * b->down;
        if (b->right > 0)
            memcpy(to, from, size);
        else
            tc_row_mirror(to, from + (b->width - 1) * b->right, b->width, channels);
    }
}

static void rotate_rows(const block *b, int channels) {
    for (int y = 0; y < b->height; y += BLOCK_HEIGHT) {
        // Equal heights, so that no block of a few rows is left over.
        int height = b->height - y < 2 * BLOCK_HEIGHT ? b->height - y : BLOCK_HEIGHT;
        block part = *b;
        part.to += (size_t)y * b->stride;
        part.from += y * b->down;
        part.height = height;
        if (!transpose_block(&part, channels)) rotate_pixels(&part, channels);
        if (height > BLOCK_HEIGHT) break;
    }
}

void tc_rotate90_tile(const tc_rotate90 *rotation, const tc_tile *in, const tc_tile *out) {
    TC_ASSERT(in->channels == out->channels);
    TC_ASSERT(tc_rect_contains(in->rect, tc_rotate90_source(rotation, out->rect)));
    tc_rect rect = out->rect;
    ptrdiff_t pixel = in->channels, stride = (ptrdiff_t)in->stride;
    block b = {.to = out->data,
               .stride = out->stride,
               .from = tc_tile_at(in, rotation->x + rotation->xx * rect.x + rotation->xy * rect.y,
                                  rotation->y + rotation->yx * rect.x + rotation->yy * rect.y),
               .right = rotation->xx * pixel + rotation->yx * stride,
               .down = rotation->xy * pixel + rotation->yy * stride,
               .width = rect.width,
               .height = rect.height};
    if (rotation->xx)
        copy_rows(&b, in->channels);
    else
        rotate_rows(&b, in->channels);
}
