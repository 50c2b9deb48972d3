// Builds the JSON messages to the gateway.
#include "mpi_workers/sched_report.h"

#include "control/code.h"
#include "control/line_batch.h"
#include "mpi_workers/tiling.h"
#include "system/clock.h"

#include <math.h>
#include <string.h>

enum { PROGRESS_MS = 50, PROGRESS_TOTAL = 10000 };

static tc_json *new_message(const char *type, uint32_t job) {
    tc_json *message = tc_json_new_object();
    tc_json_set_string(message, "type", type);
    tc_json_set_number(message, "job", job);
    return message;
}

// Sends a message with so many members. False when out of memory, also while the message was built.
static bool send(tc_sched_link *link, tc_json *message, int members) {
    int count = 0;
    for (const tc_json *member = tc_json_first(message); member; member = tc_json_next(member)) count++;
    TC_ASSERT(count <= members);
    if (count == members) return tc_sched_link_send(link, message);
    tc_json_destroy(message);
    return false;
}

// Sends a message without which the job cannot go on. After a lost one the job gets no other.
static void send_for_job(tc_sched_link *link, tc_sched_job *job, tc_json *message, int members) {
    if (job->report_lost)
        tc_json_destroy(message);
    else
        job->report_lost = !send(link, message, members);
}

// Sends a message without which the gateway would wait forever: if it is lost, the pool starts again.
static void send_essential(tc_sched_link *link, tc_json *message, int members) {
    if (!send(link, message, members)) tc_sched_link_close(link, "not enough memory for a message");
}

static void set_shape(tc_json *object, tc_shape shape) {
    tc_json_set_number(object, "width", shape.width);
    tc_json_set_number(object, "height", shape.height);
    tc_json_set_number(object, "channels", shape.channels);
}

static void add_rank(tc_json *ranks, int number, const tc_hello *process) {
    tc_json *rank = tc_json_add_object(ranks);
    tc_json_set_number(rank, "rank", number);
    tc_json_set_number(rank, "pid", process->pid);
    tc_json_set_string(rank, "host", process->host);
}

void tc_sched_report_hello(tc_sched_link *link, const tc_sched_workers *workers) {
    tc_json *message = tc_json_new_object();
    tc_json_set_string(message, "type", "hello");
    tc_json *ranks = tc_json_set_array(message, "ranks");
    tc_hello self = tc_hello_self();
    add_rank(ranks, 0, &self);
    for (int i = 1; i < workers->size; i++)
        if (workers->ranks[i].state == TC_SCHED_WORKER_UP) add_rank(ranks, i, &workers->ranks[i].process);
    send_essential(link, message, 2);
}

void tc_sched_report_picture(tc_sched_link *link, tc_sched_job *job) {
    TC_ASSERT(job->planned);
    tc_json *message = new_message("picture", job->request.job);
    tc_json_set_string(message, "format", tc_format_wire(job->format));
    set_shape(message, job->plan.source);
    tc_json_set_number(message, "tile", job->tile_side);
    tc_json *stages = tc_json_set_array(message, "stages");
    for (int i = 0; i < job->plan.stage_count; i++) {
        const tc_stage *stage = &job->plan.stages[i];
        bool last = i == job->plan.stage_count - 1;
        char steps[256];
        tc_sched_job_step_names(job, i, steps, sizeof steps);
        tc_json *item = tc_json_add_object(stages);
        set_shape(item, (tc_shape){stage->out.width, stage->out.height, tc_tiling_sent_channels(&job->plan, i)});
        tc_json_set_number(item, "tiles",
                           tc_stage_is_empty(stage) && !last ? 0 : tc_stage_tile_count(stage, job->tile_side));
        tc_json_set_string(item, "steps", steps);
    }
    if (tc_json_count(stages) < job->plan.stage_count) job->report_lost = true;
    send_for_job(link, job, message, 8);
}

void tc_sched_report_progress(tc_sched_link *link, tc_sched_job *job, bool now) {
    tc_sched_progress *p = &job->progress;
    TC_ASSERT(p->fraction >= 0 && p->fraction <= 1);
    int64_t time = tc_clock_ms();
    if (!now && (time - p->reported_ms < PROGRESS_MS || p->fraction <= p->reported_fraction)) return;
    p->reported_ms = time;
    p->reported_fraction = p->fraction;
    char name[256] = "decode";
    if (job->phase == TC_PROGRESS_ENCODE)
        strcpy(name, "encode");
    else if (job->phase == TC_PROGRESS_RUN)
        tc_sched_job_step_names(job, job->stage, name, sizeof name);
    tc_json *message = new_message("progress", job->request.job);
    tc_json_set_number(message, "done", floor(p->fraction * PROGRESS_TOTAL));
    tc_json_set_number(message, "total", PROGRESS_TOTAL);
    tc_json_set_string(message, "step", name);
    int64_t eta = p->eta_ms < 0 ? -1 : p->eta_ms - (time - p->changed_ms);
    tc_json_set_number(message, "eta_ms", p->eta_ms >= 0 && eta < 0 ? 0 : (double)eta);
    send(link, message, 6); // the next one replaces a lost one
}

void tc_sched_report_codes(tc_sched_link *link, tc_sched_job *job, const tc_blob *codes) {
    tc_code code;
    for (int i = 0; tc_codes_read(codes, i, &code); i++) {
        tc_json *message = new_message("code", job->request.job);
        tc_json_set_code(message, "code_type", &code);
        send_for_job(link, job, message, code.bytes ? 7 : 6);
    }
}

void tc_sched_report_lines(tc_sched_link *link, tc_sched_job *job, int stage, const tc_blob *segments) {
    tc_line_batch lines;
    int from = 0;
    do {
        from = tc_line_batch_read(&lines, segments, from);
        tc_json *message = new_message("lines", job->request.job);
        tc_json_set_number(message, "stage", stage);
        tc_json_set_line_batch(message, &lines);
        send_for_job(link, job, message, 6);
    } while (from > 0);
}

tc_status tc_sched_report_tile(tc_sched_link *link, tc_sched_job *job, int stage, tc_rect rect, int channels,
                               const uint8_t *pixels, int worker, tc_error *error) {
    uint64_t offset, length;
    TC_ASSERT(stage >= 0 && stage < job->plan.stage_count);
    TC_ASSERT(job->want & TC_WANT_TILES);
    tc_frame frame = {.type = TC_FRAME_TILE,
                      .job = job->request.job,
                      .length = (uint32_t)(tc_row_bytes(rect.width, channels) * (size_t)rect.height),
                      .rect = rect,
                      .channels = channels,
                      .stage = stage,
                      .worker = worker};
    tc_status status = tc_tile_file_append(&job->tile_file, job->tiles_path, &frame, pixels, &offset, &length, error);
    if (status != TC_OK) return status;
    tc_json *message = new_message("tile", job->request.job);
    tc_json_set_number(message, "offset", (double)offset);
    tc_json_set_number(message, "length", (double)length);
    tc_json_set_bool(message, "preview", stage != job->plan.stage_count - 1);
    send_for_job(link, job, message, 5);
    return TC_OK;
}

void tc_sched_report_done(tc_sched_link *link, tc_sched_job *job) {
    TC_ASSERT(job->planned);
    job->progress.fraction = 1;
    job->progress.eta_ms = 0;
    tc_sched_report_progress(link, job, true);
    tc_json *message = new_message("done", job->request.job);
    set_shape(message, job->plan.result);
    tc_json_set_string(message, "format", tc_format_wire(job->request.format));
    tc_json_set_number(message, "bytes", (double)job->result_bytes);
    tc_json_set_number(message, "ms", (double)(tc_clock_ms() - job->progress.began_ms));
    tc_json_set_string(message, "warning", job->warning);
    send_essential(link, message, 9);
}

void tc_sched_report_failed(tc_sched_link *link, uint32_t job, const tc_error *error) {
    TC_ASSERT(error->status != TC_OK);
    tc_json *message = new_message("failed", job);
    tc_json_set_string(message, "status", tc_status_name(error->status));
    tc_json_set_string(message, "error", error->text);
    send_essential(link, message, 4);
}

void tc_sched_report_cancelled(tc_sched_link *link, uint32_t job) {
    send_essential(link, new_message("cancelled", job), 2);
}

void tc_sched_report_lost(tc_sched_link *link, int rank, uint32_t job) {
    tc_json *message = new_message("rank", job);
    tc_json_set_number(message, "rank", rank);
    tc_json_set_string(message, "state", "lost");
    send_essential(link, message, 4);
}

void tc_sched_report_pong(tc_sched_link *link, double id, bool ok, double ms) {
    tc_json *message = tc_json_new_object();
    tc_json_set_string(message, "type", "pong");
    tc_json_set_number(message, "id", id);
    tc_json_set_bool(message, "ok", ok);
    tc_json_set_number(message, "ms", ms);
    send_essential(link, message, 4);
}

void tc_sched_report_alive(tc_sched_link *link) {
    tc_json *message = tc_json_new_object();
    tc_json_set_string(message, "type", "alive");
    send(link, message, 1);
}
