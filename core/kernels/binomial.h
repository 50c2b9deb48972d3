// Gaussian blur with the binomial kernels, as OpenCV uses for kernel sizes 3 and 5 with sigma 0: (1 2 1)/4 and (1 4 6 4
// 1)/16. Sums over both axes fit 16 bits, so only the last step rounds.
#ifndef TC_CORE_KERNELS_BINOMIAL_H
#define TC_CORE_KERNELS_BINOMIAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/kernels/level.h"

#define tc_binomial3_row TC_AT_LEVEL(tc_binomial3_row)
#define tc_binomial5_row TC_AT_LEVEL(tc_binomial5_row)

// Writes `count` bytes of a blurred row. `from` points at the input sample at the centre of the first neighbourhood;
// rows are `stride` bytes apart, horizontal neighbours `step` bytes (`step` is the number of channels). `sums` is
// scratch memory for count + 2 * step (3 samples) or count + 4 * step (5 samples) numbers.
void tc_binomial3_row(uint8_t *to, const uint8_t *from, ptrdiff_t stride, int count, int step, uint16_t *sums);
void tc_binomial5_row(uint8_t *to, const uint8_t *from, ptrdiff_t stride, int count, int step, uint16_t *sums);

#endif
