// Calls with the number of channels as a constant, so that loops over the channels of a pixel are unrolled.
#ifndef TC_CORE_KERNELS_CHANNELS_H
#define TC_CORE_KERNELS_CHANNELS_H

// function(arguments …, channels) for 1 to 4 `channels`. The function must be inlined.
#define TC_WITH_CHANNELS(channels, function, ...)                                                                      \
    ((channels) == 1   ? function(__VA_ARGS__, 1)                                                                      \
     : (channels) == 2 ? function(__VA_ARGS__, 2)                                                                      \
     : (channels) == 3 ? function(__VA_ARGS__, 3)                                                                      \
                       : function(__VA_ARGS__, 4))

#endif
