// Calls a function with a constant number of channels, so that the compiler unrolls the loops over channels.
#ifndef TC_CORE_KERNELS_CHANNELS_H
#define TC_CORE_KERNELS_CHANNELS_H

// Calls function(arguments …, channels); `channels` is 1 to 4. The function must be inlined.
#define TC_WITH_CHANNELS(channels, function, ...)                                                                      \
    ((channels) == 1   ? function(__VA_ARGS__, 1)                                                                      \
     : (channels) == 2 ? function(__VA_ARGS__, 2)                                                                      \
     : (channels) == 3 ? function(__VA_ARGS__, 3)                                                                      \
                       : function(__VA_ARGS__, 4))

#endif
