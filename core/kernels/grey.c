// The shapes of operations whose result or intermediate picture is grey.
#include "core/kernels/grey.h"

#include "core/assert.h"
#include "core/kernels/rows.h"

tc_shape tc_grey_intermediate(const tc_args *args, tc_shape in) {
    TC_ASSERT(in.channels >= 1 && in.channels <= 4);
    (void)args;
    return (tc_shape){in.width, in.height, tc_grey_channels(in.channels)};
}

tc_status tc_grey_shape(const tc_args *args, tc_shape in, tc_shape *out, tc_error *error) {
    (void)error;
    *out = tc_grey_intermediate(args, in);
    return TC_OK;
}
