// Measures how long a pipeline's kernels take on a picture. The plan is made, and the pictures of all stages are
// allocated and touched, before the clock starts; then tiles and merges are timed, with the threads and the scheduling
// of `tilecast run`. Used by `tilecast bench` and by bench/kernels.
#ifndef TC_CLI_MEASURE_H
#define TC_CLI_MEASURE_H

#include "codec/scanner.h"
#include "core/isa.h"
#include "core/run.h"

// Reads the codes of a picture, like tc_codec_read_codes. Called from several threads at once.
typedef tc_status tc_measure_codes(void *user, const tc_tile *picture, const tc_codes_options *options, tc_blob *codes,
                                   tc_error *error);

typedef struct tc_measure {
    tc_plan plan;
    tc_image source;         // borrowed
    tc_image *pictures;      // of each stage's output; `data` NULL where the stage is empty
    tc_image result;         // a view of the last one, or of the source; borrowed
    tc_measure_codes *codes; // NULL: read_codes finds nothing and takes no time
    void *user;              // for `codes`; set it after tc_measure_init
    int tile, threads;
} tc_measure;

// Prepares `pipeline` at the level `isa`, which must be supported, on `source`, which must outlive the measurement.
// `max_pixels` is as for tc_plan_init. The caller ends it with tc_measure_clear, also after a failure.
tc_status tc_measure_init(tc_measure *measure, const tc_pipeline *pipeline, tc_isa isa, const tc_image *source,
                          int threads, int64_t max_pixels, tc_measure_codes *codes, tc_error *error);
// Runs it once and writes the time to *ms. measure->result is valid until the next run.
tc_status tc_measure_run(tc_measure *measure, double *ms, tc_error *error);
void tc_measure_clear(tc_measure *measure);

#endif
