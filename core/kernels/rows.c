// Row kernels that several operations share: grey, alpha, copies and histograms.
#include "core/kernels/rows.h"

#include <string.h>

#include "core/assert.h"
#include "core/kernels/luma.h"

#if TC_LANES
enum { AHEAD = 4096 };

// The vector bodies need rows of at least TC_LANES pixels.

static void store_pairs(uint8_t *to, tc_vec first, tc_vec second) {
    v_store(to, v_or(v_widen_u8_lo(first), v_shl16(v_widen_u8_lo(second), 8)));
    v_store(to + TC_LANES, v_or(v_widen_u8_hi(first), v_shl16(v_widen_u8_hi(second), 8)));
}

static int luma_vectors(uint8_t *to, const uint8_t *from, int width, int channels) {
    if (width < TC_LANES) return 0;
    tc_vec r, g, b, a;
    if (channels == 3)
        for (int x = 0; x < width; x += TC_LANES) {
            int at = v_start(x, width);
            for (int i = 0; i < 3 * TC_LANES; i += 64) v_prefetch(from + 3 * at + AHEAD + i);
            v_store(to + at, tc_luma_rgb(from + 3 * at));
        }
    else
        for (int x = 0; x < width; x += TC_LANES) {
            int at = v_start(x, width);
            v_load4(from + 4 * at, &r, &g, &b, &a);
            v_store(to + at, tc_luma_planes(r, g, b));
        }
    return width;
}

static int luma_alpha_vectors(uint8_t *to, const uint8_t *from, int width) {
    if (width < TC_LANES) return 0;
    tc_vec r, g, b, a;
    for (int x = 0; x < width; x += TC_LANES) {
        int at = v_start(x, width);
        v_load4(from + 4 * at, &r, &g, &b, &a);
        store_pairs(to + 2 * at, tc_luma_planes(r, g, b), a);
    }
    return width;
}

// Copies with streaming stores. False, having done nothing, where memcpy is as fast.
static bool stream_rows(const tc_tile *out, const uint8_t *from, ptrdiff_t stride) {
    size_t size = tc_row_bytes(out->rect.width, out->channels);
    if (!out->streamed || size < 2 * TC_LANES) return false;
    uint8_t *to = out->data;
    for (int y = 0; y < out->rect.height; y++, to += out->stride, from += stride) {
        size_t i = TC_LANES - (uintptr_t)to % TC_LANES;
        v_store(to, v_load(from));
        for (; i + TC_LANES < size; i += TC_LANES) v_stream(to + i, v_load(from + i));
        v_store(to + size - TC_LANES, v_load(from + size - TC_LANES));
    }
    v_fence();
    return true;
}
#else
static bool stream_rows(const tc_tile *out, const uint8_t *from, ptrdiff_t stride) {
    (void)out, (void)from, (void)stride;
    return false;
}

static int luma_vectors(uint8_t *to, const uint8_t *from, int width, int channels) {
    (void)to, (void)from, (void)width, (void)channels;
    return 0;
}

static int luma_alpha_vectors(uint8_t *to, const uint8_t *from, int width) {
    return luma_vectors(to, from, width, 4);
}
#endif

void tc_row_grey(uint8_t *to, const uint8_t *from, int width, int channels) {
    TC_ASSERT_SLOW(width >= 0 && channels >= 1 && channels <= 4);
    if (channels == 4) {
        for (int x = luma_alpha_vectors(to, from, width); x < width; x++) {
            to[2 * x] = tc_luma(from + 4 * x);
            to[2 * x + 1] = from[4 * x + 3];
        }
    } else if (channels == 3) {
        tc_row_luma(to, from, width, channels);
    } else if (to != from) {
        memcpy(to, from, tc_row_bytes(width, channels));
    }
}

void tc_row_luma(uint8_t *to, const uint8_t *from, int width, int channels) {
    TC_ASSERT_SLOW(width >= 0 && channels >= 1 && channels <= 4);
    if (channels == 1) {
        memcpy(to, from, (size_t)width);
    } else if (channels == 2) {
        for (int x = 0; x < width; x++) to[x] = from[2 * x];
    } else {
        for (int x = luma_vectors(to, from, width, channels); x < width; x++) to[x] = tc_luma(from + channels * x);
    }
}

void tc_row_set_grey(uint8_t *to, const uint8_t *grey, int width, int channels) {
    TC_ASSERT_SLOW(channels == 1 || channels == 2);
    if (channels == 1)
        memcpy(to, grey, (size_t)width);
    else
        for (int x = 0; x < width; x++) to[2 * x] = grey[x];
}

void tc_row_copy_alpha(uint8_t *to, int to_channels, const uint8_t *from, int from_channels, int width) {
    TC_ASSERT_SLOW(!tc_has_alpha(to_channels) || tc_has_alpha(from_channels));
    if (!tc_has_alpha(to_channels)) return;
    to += to_channels - 1;
    from += from_channels - 1;
    for (int x = 0; x < width; x++) to[x * to_channels] = from[x * from_channels];
}

void tc_rows_copy(const tc_tile *out, const uint8_t *from, ptrdiff_t stride) {
    TC_ASSERT_SLOW(out->rect.width > 0 && out->rect.height > 0);
    if (stream_rows(out, from, stride)) return;
    for (int y = 0; y < out->rect.height; y++, from += stride)
        memcpy(out->data + (size_t)y * out->stride, from, tc_row_bytes(out->rect.width, out->channels));
}

// Eight samples of one channel.
static inline void count_eight(tc_row_counts *counts, const uint8_t *from) {
    uint64_t eight; // the byte order does not matter
    memcpy(&eight, from, 8);
    for (int k = 0; k < 8; k++) counts->part[k % TC_COUNT_PARTS][eight >> 8 * k & 255]++;
}

void tc_row_count(tc_row_counts *counts, const uint8_t *from, int width, int channels) {
    TC_ASSERT_SLOW(width >= 0 && channels >= 1 && channels <= 4);
    if (tc_has_alpha(channels)) {
        for (int x = 0; x < width; x++, from += channels)
            for (int c = 0; c < channels - 1; c++) counts->part[(x + c) % TC_COUNT_PARTS][from[c]]++;
        return;
    }
    size_t size = tc_row_bytes(width, channels), i = 0;
    for (; i + 8 <= size; i += 8) count_eight(counts, from + i);
    for (; i < size; i++) counts->part[0][from[i]]++;
}

#if TC_LANES > 16
// Counting lags this many bytes behind the stores, so that it reads from the cache and not from the store buffer.
enum { BEHIND = 256 };

// Of RGB; returns the number of pixels done. Counting is bound by stores, the grey by multiplications and memory.
// Interleaved vector by vector, the processor overlaps them. In WebAssembly the interleaved loop is slower.
static int count_grey_vectors(tc_row_counts *counts, uint8_t *to, const uint8_t *from, int width) {
    int x = 0, done = 0;
    for (; x + TC_LANES <= width; x += TC_LANES) {
        for (int i = 0; i < 3 * TC_LANES; i += 64) v_prefetch(from + 3 * x + AHEAD + i);
        v_store(to + x, tc_luma_rgb(from + 3 * x));
        if (x < BEHIND) continue;
        for (int end = done + TC_LANES; done < end; done += 8) count_eight(counts, to + done);
    }
    for (; done < x; done += 8) count_eight(counts, to + done);
    return x;
}
#else
static int count_grey_vectors(tc_row_counts *counts, uint8_t *to, const uint8_t *from, int width) {
    (void)counts, (void)to, (void)from, (void)width;
    return 0;
}
#endif

void tc_row_count_grey(tc_row_counts *counts, uint8_t *to, const uint8_t *from, int width, int channels) {
    TC_ASSERT_SLOW(width >= 0 && channels >= 1 && channels <= 4);
    int x = channels == 3 ? count_grey_vectors(counts, to, from, width) : 0, grey_channels = tc_grey_channels(channels);
    tc_row_grey(to + grey_channels * x, from + channels * x, width - x, channels);
    tc_row_count(counts, to + grey_channels * x, width - x, grey_channels);
}
