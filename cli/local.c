#include "cli/local.h"

#include <stdlib.h>
#include <string.h>

#include "cli/codecs.h"
#include "cli/file.h"
#include "cli/folder.h"
#include "codec/encoder.h"
#include "core/run.h"
#include "threads/thread_pool.h"

// Pictures in flight at once, and the bytes of their pixels together unless a single one has more.
enum { MAX_FLIGHTS = 16, MAX_FLIGHT_BYTES = 400 << 20, PROGRESS_MS = 50 };

// A picture that is being worked on. Every phase but RUNNING and READ belongs to the one thread that entered it.
typedef enum phase { PHASE_READING, PHASE_READ, PHASE_DECODING, PHASE_RUNNING, PHASE_ENDING } phase;

typedef struct flight {
    phase phase;
    int file;       // index in the list of files
    tc_blob bytes;  // the file's, until it is decoded
    tc_plan plan;   // from when the file has been read
    int64_t pixels; // bytes of pixels that it needs at most
    tc_run run;
    int tasks;    // handed out to threads
    tc_blob told; // codes
    bool failed;
    tc_error error;
    double reported_ms; // when progress was last told
    char warning[320];
} flight;

typedef struct engine {
    const tc_options *options;
    char **names;
    tc_report *report;
    tc_thread_pool *pool;
    tc_codecs *codecs;
    int threads, next_file, flight_limit, flight_count;
    flight *flights[MAX_FLIGHTS]; // oldest first
    bool out_of_memory;
} engine;

static void fail_flight(flight *f, const tc_error *error) {
    if (!f->failed) f->error = *error;
    f->failed = true;
}

static int64_t shape_bytes(tc_shape shape) {
    return (int64_t)shape.width * shape.height * shape.channels;
}

// Bytes of the two pictures that a stage reads and writes, of the stage with the largest.
static int64_t plan_bytes(const tc_plan *plan) {
    int64_t most = 0;
    for (int i = 0; i < plan->stage_count; i++) {
        int64_t bytes = shape_bytes(plan->stages[i].in) + shape_bytes(plan->stages[i].out);
        if (!plan->stages[i].scan || !plan->stages[i].scan->op->keeps) bytes += shape_bytes(plan->stages[i].kept);
        if (bytes > most) most = bytes;
    }
    return most;
}

// The value of read_codes' parameter.
static uint32_t wanted_symbologies(const tc_step *step) {
    for (int i = 0; step->op->params && step->op->params[i].name; i++)
        if (strcmp(step->op->params[i].name, "symbologies") == 0) return (uint32_t)step->args.value[i];
    return UINT32_MAX;
}

// Reads the file and its header, and plans.
static tc_status read_file(const engine *e, flight *f, tc_error *error) {
    tc_input input;
    tc_status status = tc_folder_check(e->options, f->file, error);
    if (!status) status = tc_input_open(&input, e->options->files[f->file], tc_codec_default_limits.max_bytes, error);
    if (status) return status;
    f->bytes.size = (size_t)input.size;
    f->bytes.data = malloc(f->bytes.size + 1);
    if (!f->bytes.data)
        status = tc_fail(error, TC_ERR_MEMORY, "not enough memory for the file");
    else
        status = tc_input_read(&input, 0, f->bytes.data, f->bytes.size, error);
    tc_input_close(&input);
    tc_probe probe = {0};
    if (!status) status = tc_codec_probe(f->bytes.data, f->bytes.size, &tc_codec_default_limits, &probe, error);
    if (!status)
        status = tc_plan_init(&f->plan, &e->options->pipeline, probe.shape, tc_codec_default_limits.max_pixels, error);
    if (!status) f->pixels = plan_bytes(&f->plan);
    return status;
}

static tc_status decode(const engine *e, flight *f, tc_error *error) {
    tc_image image = {0};
    tc_probe probe;
    tc_status status = tc_codec_decode(f->bytes.data, f->bytes.size, &tc_codec_default_limits, &image, &probe,
                                       f->warning, sizeof f->warning, error);
    tc_blob_clear(&f->bytes);
    if (!status && memcmp(&image.shape, &f->plan.source, sizeof image.shape) != 0)
        status = tc_fail(error, TC_ERR_CORRUPT, "the picture is not what its header says");
    int tile = e->options->tile == TC_TILE_AUTO ? tc_run_default_bands(&f->plan, e->threads) : e->options->tile;
    if (!status) status = tc_run_init(&f->run, &f->plan, &image, tile, error);
    tc_image_clear(&image);
    return status;
}

static tc_status write_result(const engine *e, const flight *f, tc_error *error) {
    const char *name = e->names[f->file];
    if (!name) return TC_OK;
    tc_blob file = {0};
    tc_output output = {.fd = -1};
    tc_status status = tc_codec_encode(tc_run_result(&f->run), e->options->format, e->options->quality, &file, error);
    if (!status) status = tc_output_open(&output, name, error);
    if (!status) status = tc_output_write(&output, file.data, file.size, error);
    if (!status) status = tc_output_commit(&output, error);
    tc_output_discard(&output);
    tc_blob_clear(&file);
    return status;
}

static void report_progress(engine *e, flight *f, bool always) {
    double elapsed = tc_report_elapsed(e->report, f->file), done, total;
    if (!always && elapsed - f->reported_ms < PROGRESS_MS) return;
    tc_run_progress(&f->run, &done, &total);
    if (!always && done >= total) return; // told when the result is there
    f->reported_ms = elapsed;
    tc_report_progress(e->report, f->file, done, total, done > 0 ? elapsed * (total - done) / done : -1);
}

// Those that have been told are not told again.
static tc_status report_codes(engine *e, flight *f, const tc_blob *codes, tc_error *error) {
    tc_blob fresh = {0};
    tc_code code;
    tc_status status = tc_codes_merge(&f->told, codes, &fresh, error);
    for (int i = 0; tc_codes_read(&fresh, i, &code); i++) tc_report_code(e->report, f->file, &code);
    tc_blob_clear(&fresh);
    return status;
}

static void report_lines(engine *e, const flight *f, const tc_blob *segments) {
    tc_line_batch lines;
    int from = 0;
    do {
        from = tc_line_batch_read(&lines, segments, from);
        tc_report_lines(e->report, f->file, &lines);
    } while (from > 0);
}

// Every function below is called with the lock held, gives it up while it works, and returns with it held.

static void do_read(engine *e, flight *f) {
    tc_error error = {0};
    tc_report_start(e->report, f->file);
    tc_thread_pool_unlock(e->pool);
    tc_status status = read_file(e, f, &error);
    tc_thread_pool_lock(e->pool);
    if (status) fail_flight(f, &error);
    f->phase = PHASE_READ;
}

// Where codes go that are being read without the lock.
typedef struct reading {
    engine *engine;
    flight *flight;
    const tc_task *task;
    tc_status status;
    tc_error error;
} reading;

static void take_glanced(void *user, const tc_blob *codes) {
    reading *r = user;
    tc_thread_pool_lock(r->engine->pool);
    if (!r->status) r->status = report_codes(r->engine, r->flight, codes, &r->error);
    tc_thread_pool_unlock(r->engine->pool);
}

// When somebody listens and the pipeline begins with reading codes, those that can be seen at once are told before the
// picture is decoded.
static void take_glance(engine *e, flight *f) {
    reading r = {.engine = e, .flight = f};
    const tc_codes_listener listener = {.on_codes = take_glanced, .user = &r};
    const tc_step *first = f->plan.step_count > 0 ? &f->plan.steps[0] : NULL;
    if (!e->options->json || !first || first->op->merge_by != TC_MERGE_CODES) return;
    tc_codec_client *codec = tc_codecs_take(e->codecs);
    if (!codec) return;
    tc_probe probe;
    tc_thread_pool_unlock(e->pool);
    tc_codec_client_prescan(codec, f->bytes.data, f->bytes.size, wanted_symbologies(first), &listener, &probe);
    tc_thread_pool_lock(e->pool);
    tc_codecs_give(e->codecs, codec);
}

static void do_decode(engine *e, flight *f) {
    tc_error error = {0};
    f->phase = PHASE_DECODING;
    take_glance(e, f);
    tc_thread_pool_unlock(e->pool);
    tc_status status = decode(e, f, &error);
    tc_thread_pool_lock(e->pool);
    if (status) fail_flight(f, &error);
    f->phase = PHASE_RUNNING;
}

static void do_tile(engine *e, flight *f, const tc_task *task, int worker) {
    tc_error error = {0};
    f->tasks++;
    tc_status status = tc_thread_pool_tile(e->pool, &f->run, task, &error);
    f->tasks--;
    if (status) fail_flight(f, &error);
    if (f->failed) return;
    const tc_blob *segments = tc_run_take_segments(&f->run);
    if (segments) report_lines(e, f, segments);
    if (task->stage_index == f->plan.stage_count - 1) tc_report_tile(e->report, f->file, task->out.rect, worker);
    report_progress(e, f, false);
}

static void take_codes(void *user, const tc_blob *codes) {
    reading *r = user;
    tc_blob found = {0}, fresh = {0};
    if (r->status) return;
    tc_thread_pool_lock(r->engine->pool);
    r->status = tc_blob_append(&found, codes->data, codes->size);
    if (!r->status) r->status = tc_run_found_codes(&r->flight->run, r->task, &found, &fresh, &r->error);
    if (!r->status) r->status = report_codes(r->engine, r->flight, &fresh, &r->error);
    tc_thread_pool_unlock(r->engine->pool);
    tc_blob_clear(&found);
    tc_blob_clear(&fresh);
}

static void do_codes(engine *e, flight *f, const tc_task *task) {
    reading r = {.engine = e, .flight = f, .task = task, .error = {TC_ERR_MEMORY, "not enough memory for codes"}};
    tc_blob codes = {0};
    tc_error error = {0};
    const tc_codes_options options = {.symbologies = wanted_symbologies(task->step), .is_part = task->part};
    const tc_codes_listener listener = {.on_codes = take_codes, .user = &r};
    tc_codec_client *codec = tc_codecs_take(e->codecs);
    if (!codec) {
        fail_flight(f, &r.error);
        return;
    }
    char warning[sizeof f->warning];
    f->tasks++;
    tc_thread_pool_unlock(e->pool);
    tc_status status =
        tc_codec_client_read_codes(codec, &task->in, &options, &listener, &codes, warning, sizeof warning, &error);
    tc_thread_pool_lock(e->pool);
    tc_codecs_give(e->codecs, codec);
    f->tasks--;
    tc_blob_clear(&codes);
    if (!f->warning[0]) memcpy(f->warning, warning, sizeof warning);
    if (!status && r.status) {
        status = r.status;
        error = r.error;
    }
    if (!status) status = tc_run_finish_codes(&f->run, task, &error);
    if (status) fail_flight(f, &error);
    if (!f->failed) report_progress(e, f, false);
}

// Writes the result, reports the end and forgets the picture.
static void do_end(engine *e, flight *f) {
    tc_error error = {0};
    f->phase = PHASE_ENDING;
    if (!f->failed) {
        tc_thread_pool_unlock(e->pool);
        tc_status status = write_result(e, f, &error);
        tc_thread_pool_lock(e->pool);
        if (status) fail_flight(f, &error);
    }
    if (f->failed) {
        tc_report_failed(e->report, f->file, f->error.text);
    } else {
        bool kept = e->names[f->file] != NULL;
        report_progress(e, f, true);
        tc_report_done(e->report, f->file, e->names[f->file], kept ? f->plan.result : f->plan.source, f->warning);
    }
    int at = 0;
    while (e->flights[at] != f) at++;
    e->flight_count--;
    memmove(e->flights + at, e->flights + at + 1, (size_t)(e->flight_count - at) * sizeof *e->flights);
    tc_run_clear(&f->run);
    tc_plan_clear(&f->plan);
    tc_blob_clear(&f->bytes);
    tc_blob_clear(&f->told);
    free(f);
}

// True when the picture, which has been read, may be decoded beside those that are in memory.
static bool fits(const engine *e, const flight *f) {
    int64_t taken = 0;
    for (int i = 0; i < e->flight_count; i++)
        if (e->flights[i]->phase >= PHASE_DECODING) taken += e->flights[i]->pixels;
    return taken == 0 || taken + f->pixels <= MAX_FLIGHT_BYTES;
}

// Does what this picture has to do next, if anything. False when it has nothing for this thread now.
static bool serve(engine *e, flight *f, int worker) {
    tc_task task;
    if (f->phase == PHASE_READ && (f->failed || fits(e, f))) {
        if (f->failed)
            do_end(e, f);
        else
            do_decode(e, f);
        return true;
    }
    if (f->phase != PHASE_RUNNING) return false;
    if (f->failed) {
        if (f->tasks > 0) return false;
        do_end(e, f);
        return true;
    }
    switch (tc_run_next(&f->run, &task)) {
    case TC_TASK_TILE:
        do_tile(e, f, &task, worker);
        return true;
    case TC_TASK_CODES:
        do_codes(e, f, &task);
        return true;
    case TC_TASK_DONE:
        do_end(e, f);
        return true;
    case TC_TASK_WAIT:
        break;
    }
    return false;
}

// Takes the next file, unless enough are in flight or one already waits for memory.
static bool take_file(engine *e) {
    if (e->next_file == e->options->file_count || e->flight_count == e->flight_limit) return false;
    for (int i = 0; i < e->flight_count; i++)
        if (e->flights[i]->phase <= PHASE_READ) return false;
    flight *f = calloc(1, sizeof *f);
    if (!f) {
        e->out_of_memory = true;
        e->next_file = e->options->file_count;
        return true;
    }
    f->file = e->next_file++;
    e->flights[e->flight_count++] = f;
    do_read(e, f);
    return true;
}

static tc_poll_result take_turn(tc_thread_pool *pool, void *context, int worker) {
    engine *e = context;
    e->pool = pool;
    if (tc_thread_pool_help(pool)) return TC_POLL_WORKED;
    if (e->flight_count == 0 && e->next_file == e->options->file_count) return TC_POLL_DONE;
    for (int i = 0; i < e->flight_count; i++)
        if (serve(e, e->flights[i], worker)) return TC_POLL_WORKED;
    return take_file(e) ? TC_POLL_WORKED : TC_POLL_IDLE;
}

tc_status tc_local_run(const tc_options *options, char **names, tc_report *report, tc_error *error) {
    int threads = options->threads ? options->threads : tc_thread_pool_cores();
    engine e = {.options = options, .names = names, .report = report, .threads = threads};
    e.flight_limit = threads < MAX_FLIGHTS ? threads : MAX_FLIGHTS;
    e.codecs = tc_codecs_new();
    if (!e.codecs) return tc_fail(error, TC_ERR_MEMORY, "out of memory");
    tc_thread_pool_run(threads, take_turn, &e);
    tc_codecs_destroy(e.codecs);
    return e.out_of_memory ? tc_fail(error, TC_ERR_MEMORY, "out of memory") : TC_OK;
}
