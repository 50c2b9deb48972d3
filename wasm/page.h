// The functions of tilecast.wasm that the page calls (web/src/engine/local/module.ts is their only caller), and of
// zbar.wasm those of codes.c. One instance of a module belongs to one Web Worker; nothing here is re-entrant.
//
// The page passes addresses in the module's memory, which it gets from tc_page_alloc, and numbers that JavaScript has
// (double where 32 bits do not do). A function that fails says so by its value, and tc_page_error then gives the
// sentence, tc_page_status the status. The page checks nothing: what it passes comes from its own code, or, as a file
// or a pipeline, is checked here.
#ifndef TC_PAGE_H
#define TC_PAGE_H

#include "codec/decoder.h"
#include "codec/reader.h"
#include "core/run.h"
#include "wasm/export.h"

// The last failure of this instance (memory.c).
extern tc_error tc_page_fault;

int tc_page_status(void);
const char *tc_page_error(void);
void *tc_page_alloc(size_t size); // NULL on lack of memory, told as a failure
void tc_page_free(void *memory);

// A picture and what the codec says about it (picture.c).
typedef struct tc_page_picture {
    tc_image image;
    tc_probe probe;
    char warning[320];
} tc_page_picture;

// Reads a file's header: 1 and `shape` {width, height, channels}, or 0.
int tc_page_probe(const uint8_t *bytes, size_t size, int32_t shape[3]);
// Each gives a picture, or NULL; the page ends it with tc_page_picture_destroy.
tc_page_picture *tc_page_picture_decode(const uint8_t *bytes, size_t size);
tc_page_picture *tc_page_picture_new(int width, int height, int channels); // zeroed
void tc_page_picture_destroy(tc_page_picture *picture);
void tc_page_picture_shape(const tc_page_picture *picture, int32_t shape[3]);
uint8_t *tc_page_picture_pixels(const tc_page_picture *picture);    // rows tightly packed
const char *tc_page_picture_format(const tc_page_picture *picture); // "" for one that was not decoded
const char *tc_page_picture_warning(const tc_page_picture *picture);
// The encoded picture, or NULL. The page ends it with tc_page_blob_destroy.
tc_blob *tc_page_picture_encode(const tc_page_picture *picture, const char *format, int quality);
// Filters `rows` rows from `y` as PNG wants them, each with its filter's number before it (filter.c): 1, or 0 on
// failure.
int tc_page_picture_filter(const tc_page_picture *picture, int y, int rows, uint8_t *to);
const uint8_t *tc_page_blob_data(const tc_blob *blob);
size_t tc_page_blob_size(const tc_blob *blob);
void tc_page_blob_destroy(tc_blob *blob);

// A pipeline planned for a source picture (plan.c).
typedef struct tc_page_plan {
    tc_pipeline pipeline;
    tc_plan plan;
} tc_page_plan;

// Checks a pipeline's text alone: 1, or 0.
int tc_page_pipeline_check(const char *text);
// NULL on failure; the page ends it with tc_page_plan_destroy.
tc_page_plan *tc_page_plan_new(const char *pipeline, int width, int height, int channels);
void tc_page_plan_destroy(tc_page_plan *plan);
int tc_page_plan_stage_count(const tc_page_plan *plan);
// Fills `stage`: width, height, channels of its output, how many of these are viewable, tiles of side `tile`, 1 if it
// computes nothing, and the expected picoseconds for a pixel.
void tc_page_plan_stage(const tc_page_plan *plan, int index, int tile, int32_t stage[7]);
// The stage's operations, e.g. "gaussian_blur, canny"; valid until the next call.
const char *tc_page_plan_steps(const tc_page_plan *plan, int index);
// As tc_run_default_bands, but higher where a worker would have too little to do for the messages about a band.
int tc_page_plan_bands(const tc_page_plan *plan, int workers);
int tc_page_default_tile(int width, int height);
// Computes one tile: `rects` holds x, y, width, height of the input rectangle that `in` holds tightly packed, then of
// the output rectangle that goes to `out`. `merged` (may be NULL) is the stage's. Gives the tile's partial result,
// which may be empty, or NULL. The page ends it with tc_page_blob_destroy.
tc_blob *tc_page_tile(const tc_page_plan *plan, int stage, const int32_t rects[8], uint8_t *in, uint8_t *out,
                      uint8_t *merged, size_t merged_size);

// A run (core/run.h), for which the page carries tiles to and from its workers (run.c).
typedef struct tc_page_run tc_page_run;

// Takes over the picture's pixels; the picture stays to be destroyed. Borrows `plan`. `slots`: tasks that may be out at
// once. NULL on failure; the page ends it with tc_page_run_destroy.
tc_page_run *tc_page_run_new(const tc_page_plan *plan, tc_page_picture *picture, int tile, int slots);
void tc_page_run_destroy(tc_page_run *run);
void tc_page_run_lend(tc_page_run *run, const tc_parallel *parallel); // for its merges; not for the page
// Hands out a task into a free slot and gives its tc_task_kind. For a tile or codes `task` receives stage, x, y, width,
// height of the input, x, y, width, height of the output, tile, channels of the input, channels of the output; then
// where the input's pixels stand: their address and the bytes from one row to the next; then the same of the output.
int tc_page_run_next(tc_page_run *run, int slot, int32_t task[16]);
void tc_page_run_return(tc_page_run *run, int slot); // the slot's task is to be handed out again
// What the current stage begins with. May be NULL and 0.
const uint8_t *tc_page_run_merged(const tc_page_run *run);
size_t tc_page_run_merged_size(const tc_page_run *run);
// For a slot's task for codes: whether it is of a part of a picture, and the symbologies asked for.
int tc_page_run_part(const tc_page_run *run, int slot);
uint32_t tc_page_run_symbologies(const tc_page_run *run, int slot);
// Computes the slot's tile here: 1, or 0 on failure. It is still to be finished.
int tc_page_run_compute(tc_page_run *run, int slot);
// Each finishes the slot's task and gives 1, or 0 on failure: a tile that was computed here; one whose pixels the page
// has put in their place, with its partial result; one whose codes are read.
int tc_page_run_finish(tc_page_run *run, int slot);
int tc_page_run_finish_tile(tc_page_run *run, int slot, const uint8_t *partial, size_t size);
int tc_page_run_finish_codes(tc_page_run *run, int slot);
// Codes that the slot's task has read: gives those that are new, with corners in the picture, or NULL on failure. The
// page ends the blob with tc_page_blob_destroy.
tc_blob *tc_page_run_found_codes(tc_page_run *run, int slot, const uint8_t *codes, size_t size);
// The straight lines that the merge before has found: how many, told once; -1 when it was of something else. Then,
// before another tile is finished, tc_page_run_lines copies them: x1, y1, x2, y2 of each.
int tc_page_run_take_lines(tc_page_run *run);
void tc_page_run_lines(const tc_page_run *run, int32_t *to);
double tc_page_run_done(const tc_page_run *run);
double tc_page_run_total(const tc_page_run *run);
// The result moves into `picture`, which receives the run's pixels: 1, or 0 before the run is done.
int tc_page_run_take_result(tc_page_run *run, tc_page_picture *picture);

// In tilecast_shared.wasm (pool.c): instances of the module that have one memory work on one run. The first instance
// begins and ends, one job at a time. An instance has `run` to itself, but for the tile that it computes, between
// tc_page_threads_lock and tc_page_threads_unlock, or in the first one's case when the others wait for it to read
// codes. Only the first one's stack is there from the beginning: others are given memory for it, by emcc's
// stackRestore.
void tc_page_threads_lock(void);
void tc_page_threads_unlock(void); // others that wait in tc_page_threads_next look again
void tc_page_threads_begin(int job, tc_page_run *run);
// As tc_page_run_next, but sleeps until there is a task, or TC_PAGE_OVER: the job has ended or was stopped. Only the
// first instance gets codes, and then the others sleep until its next turn. A tile is followed by
// tc_page_threads_finish.
int tc_page_threads_next(int job, int slot, int first, int32_t task[16]);
enum { TC_PAGE_OVER = TC_TASK_DONE + 1 };
void tc_page_threads_finish(int told); // 1 when the first instance was sent a message about the tile
// There is nothing more to be handed out. `crashed`: an instance is lost, and with it whatever it was doing.
void tc_page_threads_stop(int crashed);
int tc_page_threads_end(void); // waits until no instance has a tile, and gives the number of messages

// A code out of a blob of codes (run.c): 1 and its corners x0 y0 … y3, or 0 when there is none. The others tell about
// it while the blob is there; there are no bytes for a text.
int tc_page_code(const uint8_t *codes, size_t size, int index, int32_t points[8]);
const char *tc_page_code_type(void);
const char *tc_page_code_how(void);
const uint8_t *tc_page_code_bytes(void);
size_t tc_page_code_bytes_size(void);
const char *tc_page_code_text(void);
size_t tc_page_code_text_size(void);

// In zbar.wasm (codes.c): the blob of the codes in a picture, or NULL; ended with tc_page_blob_destroy. `part` and
// `skip` as in tc_codes_options. It imports functions that are told and asked on the way as tc_codes_listener's are.
tc_blob *tc_page_read_codes(uint8_t *pixels, int width, int height, int channels, uint32_t symbologies, int part,
                            double skip);
// In zbar.wasm (zxing.c), for the import page_zxing: adds one code to the batch. `format` is its symbology as
// zxing-wasm names it; `numbers` holds its part, parts and parity (structured append; 0 for none), the scan lines that
// agreed, and the sizes of its bytes, its bytes with ECI designators and its text, which follow each other in `bytes`;
// `corners` holds x0 y0 … y3. Returns 0 on lack of memory.
typedef struct tc_page_zxing_batch tc_page_zxing_batch;
int tc_page_zxing_add(tc_page_zxing_batch *batch, const char *format, const int32_t numbers[7], const double corners[8],
                      const uint8_t *bytes);

#endif
