// The output shape of operations whose result is always in colour.
#include "core/kernels/colour.h"

#include "core/assert.h"

tc_status tc_colour_shape(const tc_args *args, tc_shape in, tc_shape *out, tc_error *error) {
    TC_ASSERT(in.channels >= 1 && in.channels <= 4);
    (void)args;
    (void)error;
    *out = (tc_shape){in.width, in.height, tc_has_alpha(in.channels) ? 4 : 3};
    return TC_OK;
}
