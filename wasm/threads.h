// In tilecast_shared.wasm: several instances in one memory, each in a Web Worker of its own and with a stack of its
// own, compute one run. The first instance begins and ends it, one job at a time, and alone reads codes. An instance
// may use the run only between tc_page_threads_lock and tc_page_threads_unlock, except to compute its tile. Only the
// first instance's stack exists from the beginning: the page allocates the others and sets them with emcc's
// stackRestore.
#ifndef TC_WASM_THREADS_H
#define TC_WASM_THREADS_H

#include "wasm/run.h"

enum { TC_PAGE_OVER = TC_TASK_DONE + 1 };

void tc_page_threads_lock(void);
void tc_page_threads_unlock(void); // instances that wait in tc_page_threads_next try again
void tc_page_threads_begin(int job, tc_page_run *run);
// As tc_page_run_next, but blocks until there is a task. TC_PAGE_OVER: the job has ended or was stopped. While the
// first instance has a task for codes, that is until it calls this again, the others block. tc_page_threads_finish
// follows the work on a tile. `first`: 1 in the first instance.
int tc_page_threads_next(int job, int slot, int first, int32_t task[TC_PAGE_TASK_NUMBERS]);
// `sent`: 1 if the first instance was sent a message about the tile.
void tc_page_threads_finish(int sent);
// Hands out no more tasks of this job. `crashed`: an instance was lost, with the tile or iteration that it had begun.
void tc_page_threads_stop(int crashed);
// Waits until no instance computes a tile. Returns the number of messages that were sent about tiles of the job.
int tc_page_threads_end(void);

#endif
