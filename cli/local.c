// Runs jobs on a thread pool. Each job reads, decodes, processes and encodes one picture; several run at a time.
#include "cli/local.h"

#include <stdlib.h>
#include <string.h>

#include "cli/codecs.h"
#include "cli/folder.h"
#include "cli/input.h"
#include "cli/output.h"
#include "codec/encoder.h"
#include "control/line_batch.h"
#include "core/assert.h"
#include "system/assert.h"
#include "threads/run_driver.h"

// At most MAX_JOBS pictures are in memory, and MAX_PIXEL_BYTES of pixels unless a single picture needs more.
enum { MAX_JOBS = 16, MAX_PIXEL_BYTES = 400 << 20, PROGRESS_MS = 50 };

// In the phases READING, DECODING and ENDING, only the thread that entered the phase uses the job.
typedef enum phase {
    PHASE_READING,
    PHASE_READ, // waiting for memory, or failed
    PHASE_DECODING,
    PHASE_RUNNING,
    PHASE_ENDING
} phase;

typedef struct job {
    struct batch *batch;
    phase phase;
    int file;       // index in the list of files
    tc_blob bytes;  // the file's, until it is decoded
    tc_plan plan;   // from PHASE_READ on
    int64_t memory; // upper bound of its pixels, in bytes
    tc_run run;
    tc_run_driver driver; // driver.error is the job's error in every phase
    tc_blob reported;     // codes that have been reported
    double progress_ms;   // when progress was last reported
    char warning[320];
} job;

typedef struct batch {
    const tc_options *options;
    char **outputs;
    tc_report *report;
    tc_codecs *codecs;
    int threads, max_jobs;
    tc_thread_pool pool;
    // Protected by the pool's lock, as is `report`.
    int next_file, job_count;
    job *jobs[MAX_JOBS]; // oldest first
    bool out_of_memory;
} batch;

static bool has_failed(const job *j) {
    return j->driver.error.status != TC_OK;
}

static int64_t shape_bytes(tc_shape shape) {
    return (int64_t)shape.width * shape.height * shape.channels;
}

// The bytes of the pictures that a stage reads and writes, for the stage with the most.
static int64_t plan_bytes(const tc_plan *plan) {
    int64_t most = 0;
    for (int i = 0; i < plan->stage_count; i++) {
        int64_t bytes = shape_bytes(plan->stages[i].in) + shape_bytes(plan->stages[i].out);
        if (!plan->stages[i].scan || !plan->stages[i].scan->op->retains_input)
            bytes += shape_bytes(plan->stages[i].retained);
        if (bytes > most) most = bytes;
    }
    return most;
}

// Reads the file, probes its header and makes the plan.
static tc_status read_file(job *j, tc_error *error) {
    const tc_options *options = j->batch->options;
    tc_status status = tc_folder_check(options, j->file, error);
    if (!status) status = tc_input_load(options->files[j->file], tc_codec_default_limits.max_bytes, &j->bytes, error);
    tc_probe probe = {0};
    if (!status) status = tc_codec_probe(j->bytes.data, j->bytes.size, &tc_codec_default_limits, &probe, error);
    if (!status)
        status = tc_plan_init(&j->plan, &options->pipeline, probe.shape, tc_codec_default_limits.max_pixels, error);
    if (!status) j->memory = plan_bytes(&j->plan);
    return status;
}

static tc_status decode(job *j, tc_error *error) {
    TC_ASSERT(j->bytes.data && j->plan.source.width > 0);
    const batch *b = j->batch;
    tc_image image = {0};
    tc_probe probe;
    tc_status status = tc_codec_decode(j->bytes.data, j->bytes.size, &tc_codec_default_limits, &image, &probe,
                                       j->warning, sizeof j->warning, error);
    tc_blob_clear(&j->bytes);
    if (!status && memcmp(&image.shape, &j->plan.source, sizeof image.shape) != 0)
        status = tc_fail(error, TC_ERR_CORRUPT, "the picture differs from what its header says");
    int tile = b->options->tile == TC_TILE_AUTO ? tc_run_default_bands(&j->plan, b->threads) : b->options->tile;
    if (!status) status = tc_run_init(&j->run, &j->plan, &image, tile, error);
    tc_image_clear(&image);
    return status;
}

static tc_status write_result(const job *j, tc_error *error) {
    const tc_options *options = j->batch->options;
    const char *path = j->batch->outputs[j->file];
    if (!path) return TC_OK;
    tc_blob file = {0};
    tc_output output = {.fd = -1};
    tc_status status = tc_codec_encode(tc_run_result(&j->run), options->format, options->quality, &file, error);
    if (!status) status = tc_output_open(&output, path, error);
    if (!status) status = tc_output_write(&output, file.data, file.size, error);
    if (!status) status = tc_output_commit(&output, error);
    tc_output_discard(&output);
    tc_blob_clear(&file);
    return status;
}

static void report_progress(job *j, bool always) {
    tc_report *report = j->batch->report;
    double elapsed = tc_report_elapsed(report, j->file), done, total;
    if (!always && elapsed - j->progress_ms < PROGRESS_MS) return;
    tc_run_progress(&j->run, &done, &total);
    if (!always && done >= total) return; // end_job reports the last step
    j->progress_ms = elapsed;
    tc_report_progress(report, j->file, done, total, done > 0 ? elapsed * (total - done) / done : -1);
}

static tc_status on_codes_found(void *user, const tc_blob *codes, tc_error *error) {
    job *j = user;
    tc_blob fresh = {0};
    tc_code code;
    tc_status status = tc_codes_merge(&j->reported, codes, &fresh, error); // the prescan may have reported some
    for (int i = 0; tc_codes_read(&fresh, i, &code); i++) tc_report_code(j->batch->report, j->file, &code);
    tc_blob_clear(&fresh);
    return status;
}

static tc_status on_segments_found(void *user, const tc_blob *segments, tc_error *error) {
    (void)error;
    const job *j = user;
    tc_line_batch lines;
    int from = 0;
    do {
        from = tc_line_batch_read(&lines, segments, from);
        tc_report_lines(j->batch->report, j->file, &lines);
    } while (from > 0);
    return TC_OK;
}

static void on_task_finished(void *user, const tc_task *task, int thread) {
    job *j = user;
    if (!task->codes && task->stage_index == j->plan.stage_count - 1)
        tc_report_tile(j->batch->report, j->file, task->out.rect, thread);
    report_progress(j, false);
}

static tc_status on_read_codes(void *user, const tc_task *task, tc_codes_sink *sink, tc_error *error) {
    job *j = user;
    batch *b = j->batch;
    const tc_codes_options options = {.symbologies = tc_step_symbologies(task->step), .is_part = task->is_part};
    const tc_codes_listener listener = {.on_codes = tc_codes_sink_add, .user = sink};
    tc_blob codes = {0};
    char warning[sizeof j->warning];
    tc_codec_client *codec = tc_codecs_acquire(b->codecs, error);
    if (!codec) return error->status;
    tc_status status =
        tc_codec_client_read_codes(codec, &task->in, &options, &listener, &codes, warning, sizeof warning, error);
    tc_codecs_release(b->codecs, codec);
    tc_blob_clear(&codes);
    tc_thread_pool_lock(&b->pool);
    if (!j->warning[0]) memcpy(j->warning, warning, sizeof warning);
    tc_thread_pool_unlock(&b->pool);
    return status;
}

static const tc_run_handler run_handler = {
    .segments_found = on_segments_found,
    .read_codes = on_read_codes,
    .codes_found = on_codes_found,
    .task_finished = on_task_finished,
};

// The functions below are called with the pool's lock held, release it during long work, and return with it held.

static void read_job(job *j) {
    batch *b = j->batch;
    tc_error error = {0};
    tc_report_start(b->report, j->file);
    tc_thread_pool_unlock(&b->pool);
    tc_status status = read_file(j, &error);
    tc_thread_pool_lock(&b->pool);
    if (status) tc_run_driver_fail(&j->driver, &error);
    j->phase = PHASE_READ;
}

static void on_prescan_codes(void *user, const tc_blob *codes) {
    job *j = user;
    tc_error error;
    tc_thread_pool_lock(&j->batch->pool);
    on_codes_found(j, codes, &error); // a code that fails here is found again by the run
    tc_thread_pool_unlock(&j->batch->pool);
}

// If the pipeline begins with read_codes and events are printed, a quick search reports codes before the picture is
// decoded.
static void prescan(job *j) {
    batch *b = j->batch;
    const tc_codes_listener listener = {.on_codes = on_prescan_codes, .user = j};
    const tc_step *first = j->plan.step_count > 0 ? &j->plan.steps[0] : NULL;
    if (!b->options->json || !first || first->op->merge_method != TC_MERGE_CODES) return;
    tc_error error;
    tc_codec_client *codec = tc_codecs_acquire(b->codecs, &error);
    if (!codec) return;
    tc_probe probe;
    tc_thread_pool_unlock(&b->pool);
    tc_codec_client_prescan(codec, j->bytes.data, j->bytes.size, tc_step_symbologies(first), &listener, &probe);
    tc_thread_pool_lock(&b->pool);
    tc_codecs_release(b->codecs, codec);
}

static void decode_job(job *j) {
    batch *b = j->batch;
    tc_error error = {0};
    TC_ASSERT(j->phase == PHASE_READ && !has_failed(j));
    j->phase = PHASE_DECODING;
    prescan(j);
    tc_thread_pool_unlock(&b->pool);
    tc_status status = decode(j, &error);
    tc_thread_pool_lock(&b->pool);
    if (status)
        tc_run_driver_fail(&j->driver, &error);
    else
        tc_run_driver_init(&j->driver, &j->run, &b->pool, &run_handler, j, (uint32_t)j->file + 1);
    j->phase = status ? PHASE_READ : PHASE_RUNNING;
}

static void destroy_job(job *j) {
    batch *b = j->batch;
    int at = 0;
    while (at < b->job_count && b->jobs[at] != j) at++;
    TC_ASSERT(at < b->job_count);
    b->job_count--;
    for (; at < b->job_count; at++) b->jobs[at] = b->jobs[at + 1];
    tc_run_clear(&j->run);
    tc_plan_clear(&j->plan);
    tc_blob_clear(&j->bytes);
    tc_blob_clear(&j->reported);
    free(j);
}

// Writes the result and reports the job's end.
static void end_job(job *j) {
    batch *b = j->batch;
    tc_error error = {0};
    TC_ASSERT(j->driver.tasks == 0);
    j->phase = PHASE_ENDING;
    if (!has_failed(j)) {
        tc_thread_pool_unlock(&b->pool);
        tc_status status = write_result(j, &error);
        tc_thread_pool_lock(&b->pool);
        if (status) tc_run_driver_fail(&j->driver, &error);
    }
    if (has_failed(j)) {
        tc_report_failed(b->report, j->file, j->driver.error.text);
    } else {
        const char *output = b->outputs[j->file];
        report_progress(j, true);
        tc_report_done(b->report, j->file, output, output ? j->plan.result : j->plan.source, j->warning);
    }
    destroy_job(j);
}

// True when the picture, which has been read, can be decoded beside those that are in memory.
static bool fits(const job *j) {
    const batch *b = j->batch;
    int64_t used = 0;
    for (int i = 0; i < b->job_count; i++)
        if (b->jobs[i]->phase >= PHASE_DECODING) used += b->jobs[i]->memory;
    return used == 0 || used + j->memory <= MAX_PIXEL_BYTES;
}

// Does the next part of a job. False: this thread can do nothing for it now.
static bool poll_job(job *j, int thread) {
    TC_ASSERT(thread >= 1 && thread <= j->batch->threads);
    tc_assert_set_job((uint32_t)j->file + 1);
    if (j->phase == PHASE_READ && has_failed(j)) {
        end_job(j);
        return true;
    }
    if (j->phase == PHASE_READ && fits(j)) {
        decode_job(j);
        return true;
    }
    if (j->phase != PHASE_RUNNING) return false;
    tc_poll_result result = tc_run_driver_poll(&j->driver, thread, true);
    if (result == TC_POLL_DONE) end_job(j);
    return result != TC_POLL_IDLE;
}

// Reads the next file, unless the maximum number of jobs is reached or a job waits for memory.
static bool start_job(batch *b) {
    if (b->next_file == b->options->file_count || b->job_count == b->max_jobs) return false;
    for (int i = 0; i < b->job_count; i++)
        if (b->jobs[i]->phase <= PHASE_READ) return false;
    job *j = calloc(1, sizeof *j);
    if (!j) {
        b->out_of_memory = true;
        b->next_file = b->options->file_count;
        return true;
    }
    TC_ASSERT(b->job_count < b->max_jobs);
    j->batch = b;
    j->file = b->next_file++;
    b->jobs[b->job_count++] = j;
    tc_assert_set_job((uint32_t)j->file + 1);
    read_job(j);
    return true;
}

static tc_poll_result poll_batch(tc_thread_pool *pool, void *context, int thread) {
    (void)pool;
    batch *b = context;
    if (b->job_count == 0 && b->next_file == b->options->file_count) return TC_POLL_DONE;
    for (int i = 0; i < b->job_count; i++)
        if (poll_job(b->jobs[i], thread)) return TC_POLL_WORKED;
    return start_job(b) ? TC_POLL_WORKED : TC_POLL_IDLE;
}

tc_status tc_local_run(const tc_options *options, char **outputs, tc_report *report, tc_error *error) {
    TC_ASSERT(!options->server && options->file_count > 0);
    int threads = options->threads ? options->threads : tc_thread_pool_cores();
    batch b = {.options = options, .outputs = outputs, .report = report, .threads = threads};
    b.max_jobs = threads < MAX_JOBS ? threads : MAX_JOBS;
    b.codecs = tc_codecs_new();
    if (!b.codecs) return tc_fail(error, TC_ERR_MEMORY, "out of memory");
    tc_thread_pool_init(&b.pool, poll_batch, &b);
    tc_thread_pool_run(&b.pool, threads);
    tc_thread_pool_clear(&b.pool);
    tc_codecs_destroy(b.codecs);
    return b.out_of_memory ? tc_fail(error, TC_ERR_MEMORY, "out of memory") : TC_OK;
}
