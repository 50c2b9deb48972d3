// Linked in place of zxing-cpp: a library that crashes on every picture.
#include <signal.h>

#include "codec/reader.h"

tc_status tc_zxing_read(const tc_plane *plane, uint32_t symbologies, unsigned options, tc_readings *readings) {
    (void)plane, (void)symbologies, (void)options, (void)readings;
    signal(SIGSEGV, SIG_DFL); // without a sanitizer's report
    raise(SIGSEGV);
    return TC_OK;
}
