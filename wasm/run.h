// A run (core/run.h) whose tasks the page hands to its workers, or computes itself.
#ifndef TC_WASM_RUN_H
#define TC_WASM_RUN_H

#include "core/run.h"
#include "wasm/picture.h"
#include "wasm/plan.h"

typedef struct tc_page_run tc_page_run;

enum { TC_PAGE_TASK_NUMBERS = 16 };

// Moves the picture's pixels into the run; `picture` itself remains owned by the caller. Borrows `plan`. `slots`: how
// many tasks can be handed out at the same time. NULL and a fault on failure. The page ends it with
// tc_page_run_destroy.
tc_page_run *tc_page_run_new(const tc_page_plan *plan, tc_page_picture *picture, int tile, int slots);
void tc_page_run_destroy(tc_page_run *run); // harmless on NULL
// Not for the page: threads for the run's merges.
void tc_page_run_set_parallel(tc_page_run *run, const tc_parallel *parallel);
// Hands out a task into a free slot and returns its tc_task_kind. For a tile or codes `task` receives stage; x, y,
// width, height of the input; x, y, width, height of the output; tile; channels of the input; channels of the output;
// the address of the input's pixels and the bytes from one row to the next; the same of the output.
int tc_page_run_next(tc_page_run *run, int slot, int32_t task[TC_PAGE_TASK_NUMBERS]);
// The slot's task will be handed out again.
void tc_page_run_requeue(tc_page_run *run, int slot);
// The merged result that the current stage reads. May be NULL and 0.
const uint8_t *tc_page_run_merged(const tc_page_run *run);
size_t tc_page_run_merged_size(const tc_page_run *run);
// Of a slot's task for codes: 1 if it is about a part of a picture, and the symbologies to read.
int tc_page_run_part(const tc_page_run *run, int slot);
uint32_t tc_page_run_symbologies(const tc_page_run *run, int slot);
// Computes the slot's tile here: 1, or 0 and a fault. tc_page_run_finish follows.
int tc_page_run_compute(tc_page_run *run, int slot);
// Each finishes the slot's task, and returns 1, or 0 and a fault: a tile that was computed here; a tile whose pixels
// the page has copied to the task's output, with its partial result; a task for codes.
int tc_page_run_finish(tc_page_run *run, int slot);
int tc_page_run_finish_tile(tc_page_run *run, int slot, const uint8_t *partial, size_t size);
int tc_page_run_finish_codes(tc_page_run *run, int slot);
// Adds codes that the slot's task has read. Returns those that are new, with corners in pixels of the picture, or NULL
// and a fault. The page ends the blob with tc_page_blob_destroy.
tc_blob *tc_page_run_add_codes(tc_page_run *run, int slot, const uint8_t *codes, size_t size);
// The number of straight lines of a merge that has ended since the last call; -1 if there was none. Until another tile
// is finished, tc_page_run_lines copies them: x1, y1, x2, y2 of each.
int tc_page_run_pop_lines(tc_page_run *run);
void tc_page_run_lines(const tc_page_run *run, int32_t *to);
double tc_page_run_done(const tc_page_run *run); // of tc_page_run_total
double tc_page_run_total(const tc_page_run *run);
// Moves the result into `picture`: 1, or 0 and a fault before the run is done.
int tc_page_run_move_result(tc_page_run *run, tc_page_picture *picture);

#endif
