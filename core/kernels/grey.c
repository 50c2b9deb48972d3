#include "core/kernels/grey.h"

#include "core/kernels/rows.h"

tc_shape tc_grey_mid(const tc_args *args, tc_shape in) {
    (void)args;
    return (tc_shape){in.width, in.height, tc_grey_channels(in.channels)};
}

tc_status tc_grey_shape(const tc_args *args, tc_shape in, tc_shape *out, tc_error *error) {
    (void)error;
    *out = tc_grey_mid(args, in);
    return TC_OK;
}
