#include "core/kernels/rotate90.h"

#include <string.h>

#include "core/kernels/mirror.h"
#include "core/kernels/vector.h"

// Output rows that are made together: their lines stay in the second-level cache, and the pieces of input rows are long
// enough to be read ahead.
enum { BLOCK_HEIGHT = 1024 };

// A rectangle of output pixels: (x, y) is at to + y * stride + x * channels and comes from from + x * right + y * down.
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
    switch (channels) {
    case 1:
        rotate_pixels_of(b, 1);
        break;
    case 2:
        rotate_pixels_of(b, 2);
        break;
    case 3:
        rotate_pixels_of(b, 3);
        break;
    default:
        rotate_pixels_of(b, 4);
        break;
    }
}

#if TC_LANES
// Within every 16 bytes: n vectors of n elements transposed, by as many perfect shuffles as n has bits.
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

// From pieces of four pixels of three bytes, `lead` bytes before them, to four of four.
static tc_vec widening(int lead) {
    uint8_t order[16];
    for (int i = 0; i < 16; i++) order[i] = (uint8_t)(i % 4 == 3 ? 128 : lead + i / 4 * 3 + i % 4);
    return v_repeat16(order);
}

// And back, all to the vector's front.
static tc_vec narrowing(void) {
    uint8_t order[TC_LANES] = {0};
    for (int i = 0; i < TC_LANES / 4 * 3; i++) order[i] = (uint8_t)(i / 3 * 4 + i % 3);
    return v_load(order);
}

// The vectors' worth of pixels that a transposition takes: `across` input columns, which become output rows, of `along`
// input rows.
typedef struct transposer {
    int across, along, lead;
    tc_vec widen, narrow;
} transposer;

static inline transposer transposer_of(int channels, int lead) {
    int across = channels == 1 ? 16 : channels == 2 ? 8 : 4;
    return (transposer){across, TC_LANES / 16 * across, lead, widening(lead), narrowing()};
}

// `from`: the leftmost input column in the input row for the first output pixel. `step`: from the output row that this
// column makes to that of the next. `exactly`: no byte may be written beyond the pixels.
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

// Turns a block by a right angle, in groups that overlap at the right and below; false if it is too small. Of three
// channels a group has 12 bytes of the 16 that are read, and TC_LANES / 4 * 3 of the TC_LANES that are written: the
// others read are those after it, or before it where the input ends; those written are written again.
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
            int row = backwards ? top + across - 1 : top; // that the leftmost input column makes
            transpose_vectors(b->to + (size_t)row * b->stride + (ptrdiff_t)column * channels, step,
                              b->from + column * b->right + row * b->down, b->right, at_end ? &late : &early, channels,
                              exactly);
        }
    }
    return true;
}

static bool transpose_block(const block *b, int channels) {
    switch (channels) {
    case 1:
        return transpose_vectors_of(b, 1);
    case 2:
        return transpose_vectors_of(b, 2);
    case 3:
        return transpose_vectors_of(b, 3);
    default:
        return transpose_vectors_of(b, 4);
    }
}
#else
static bool transpose_block(const block *b, int channels) {
    (void)b, (void)channels;
    return false;
}
#endif

// At 0 and 180 degrees.
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
        // No rest of a few rows.
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
