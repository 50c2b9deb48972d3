// PNG's filters (its specification, clause 9): each byte minus a prediction from its neighbours. The browser's own
// deflate compresses the result.
#include "wasm/filter.h"

#include <stdlib.h>
#include <string.h>

#include "core/assert.h"
#include "wasm/export.h"
#include "wasm/fault.h"

enum { NONE, SUB, UP, AVERAGE, PAETH, FILTERS };

static inline int distance(int a, int b) {
    return a > b ? a - b : b - a;
}

// The one of left, above and above left that is nearest to left + above - above left.
static inline uint8_t paeth(uint8_t left, uint8_t above, uint8_t corner) {
    int to_left = distance(above, corner), to_above = distance(left, corner);
    int to_corner = distance(left + above, 2 * corner);
    if (to_left <= to_above && to_left <= to_corner) return left;
    return to_above <= to_corner ? above : corner;
}

static inline uint8_t predict(int filter, uint8_t left, uint8_t above, uint8_t corner) {
    switch (filter) {
    case SUB:
        return left;
    case UP:
        return above;
    case AVERAGE:
        return (uint8_t)((left + above) / 2);
    case PAETH:
        return paeth(left, above, corner);
    default:
        return 0;
    }
}

// Filters one row of `size` bytes, `step` for each pixel. Returns the sum of the differences' absolute values.
static inline uint32_t filter_row(int filter, const uint8_t *row, const uint8_t *above, size_t size, size_t step,
                                  uint8_t *to) {
    uint32_t sum = 0;
    for (size_t i = 0; i < step; i++) to[i] = (uint8_t)(row[i] - predict(filter, 0, above[i], 0));
    for (size_t i = step; i < size; i++)
        to[i] = (uint8_t)(row[i] - predict(filter, row[i - step], above[i], above[i - step]));
    for (size_t i = 0; i < size; i++) sum += to[i] < 128 ? to[i] : 256u - to[i];
    return sum;
}

// Writes the filter's number and the filtered row to `to`, with the filter whose sum of differences is smallest.
// `trial` has room for a row.
static void filter_best(const uint8_t *row, const uint8_t *above, size_t size, size_t step, uint8_t *trial,
                        uint8_t *to) {
    // Constant arguments, for the compiler to specialize each loop.
    uint32_t sums[FILTERS] = {
        filter_row(NONE, row, above, size, step, trial),   filter_row(SUB, row, above, size, step, trial),
        filter_row(UP, row, above, size, step, trial),     filter_row(AVERAGE, row, above, size, step, trial),
        filter_row(PAETH, row, above, size, step, to + 1),
    };
    int best = PAETH;
    for (int i = 0; i < PAETH; i++)
        if (sums[i] < sums[best]) best = i;
    to[0] = (uint8_t)best;
    if (best != PAETH) filter_row(best, row, above, size, step, to + 1);
}

int TC_EXPORT(tc_page_picture_filter)(const tc_page_picture *picture, int y, int rows, uint8_t *to) {
    const tc_image *image = &picture->image;
    TC_ASSERT(y >= 0 && rows >= 0 && y <= image->shape.height - rows);
    size_t size = tc_row_bytes(image->shape.width, image->shape.channels);
    uint8_t *trial = calloc(2, size), *zeros = trial + size;
    if (!trial) {
        tc_page_fail_memory("the file");
        return 0;
    }
    for (int i = y; i < y + rows; i++, to += size + 1) {
        const uint8_t *row = image->data + (size_t)i * image->stride;
        filter_best(row, i > 0 ? row - image->stride : zeros, size, (size_t)image->shape.channels, trial, to);
    }
    free(trial);
    return 1;
}
