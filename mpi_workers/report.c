#include "mpi_workers/report.h"

#include "control/code.h"
#include "control/line_batch.h"
#include "mpi_workers/bell.h"
#include "mpi_workers/tiling.h"

#include <math.h>
#include <string.h>

enum { PROGRESS_MS = 50, PROGRESS_TOTAL = 10000 };

static tc_json *new_message(const char *type, uint32_t job) {
    tc_json *message = tc_json_new_object();
    tc_json_set_string(message, "type", type);
    tc_json_set_number(message, "job", job);
    return message;
}

static void set_shape(tc_json *object, tc_shape shape) {
    tc_json_set_number(object, "width", shape.width);
    tc_json_set_number(object, "height", shape.height);
    tc_json_set_number(object, "channels", shape.channels);
}

void tc_report_picture(tc_link *link, const tc_job *job) {
    tc_json *message = new_message("picture", job->request.job);
    tc_json_set_string(message, "format", tc_format_wire(job->format));
    set_shape(message, job->plan.source);
    tc_json_set_number(message, "tile", job->side);
    tc_json *stages = tc_json_set_array(message, "stages");
    for (int i = 0; i < job->plan.stage_count; i++) {
        const tc_stage *stage = &job->plan.stages[i];
        bool last = i == job->plan.stage_count - 1;
        char steps[256];
        tc_job_step_name(job, i, steps, sizeof steps);
        tc_json *item = tc_json_add_object(stages);
        set_shape(item, (tc_shape){stage->out.width, stage->out.height, tc_tiling_channels(&job->plan, i)});
        tc_json_set_number(item, "tiles",
                           tc_stage_is_empty(stage) && !last ? 0 : tc_stage_tile_count(stage, job->side));
        tc_json_set_string(item, "steps", steps);
    }
    tc_link_send(link, message);
}

void tc_report_progress(tc_link *link, tc_job *job, bool now) {
    tc_progress *p = &job->progress;
    int64_t time = tc_now_ms();
    if (!now && (time - p->told < PROGRESS_MS || p->fraction <= p->told_fraction)) return;
    p->told = time;
    p->told_fraction = p->fraction;
    char name[256] = "decode";
    if (job->step == TC_PHASE_ENCODE)
        strcpy(name, "encode");
    else if (job->step == TC_PHASE_RUN)
        tc_job_step_name(job, job->stage, name, sizeof name);
    tc_json *message = new_message("progress", job->request.job);
    tc_json_set_number(message, "done", floor(p->fraction * PROGRESS_TOTAL));
    tc_json_set_number(message, "total", PROGRESS_TOTAL);
    tc_json_set_string(message, "step", name);
    int64_t eta = p->eta < 0 ? -1 : p->eta - (time - p->changed);
    tc_json_set_number(message, "eta_ms", p->eta >= 0 && eta < 0 ? 0 : (double)eta);
    tc_link_send(link, message);
}

void tc_report_codes(tc_link *link, const tc_job *job, const tc_blob *codes) {
    tc_code code;
    for (int i = 0; tc_codes_read(codes, i, &code); i++) {
        tc_json *message = new_message("code", job->request.job);
        tc_json_set_code(message, "code_type", &code);
        tc_link_send(link, message);
    }
}

void tc_report_lines(tc_link *link, const tc_job *job, int stage, const tc_blob *segments) {
    tc_line_batch lines;
    int from = 0;
    do {
        from = tc_line_batch_read(&lines, segments, from);
        tc_json *message = new_message("lines", job->request.job);
        tc_json_set_number(message, "stage", stage);
        tc_json_set_line_batch(message, &lines);
        tc_link_send(link, message);
    } while (from > 0);
}

tc_status tc_report_tile(tc_link *link, tc_job *job, int stage, tc_rect rect, int channels, const uint8_t *pixels,
                         int worker, tc_error *error) {
    uint64_t offset, length;
    tc_frame frame = {.type = TC_FRAME_TILE,
                      .job = job->request.job,
                      .length = (uint32_t)(tc_row_bytes(rect.width, channels) * (size_t)rect.height),
                      .rect = rect,
                      .channels = channels,
                      .stage = stage,
                      .worker = worker};
    tc_status status = tc_tilefile_append(&job->file, job->tiles, &frame, pixels, &offset, &length, error);
    if (status != TC_OK) return status;
    tc_json *message = new_message("tile", job->request.job);
    tc_json_set_number(message, "offset", (double)offset);
    tc_json_set_number(message, "length", (double)length);
    tc_json_set_bool(message, "preview", stage != job->plan.stage_count - 1);
    tc_link_send(link, message);
    return TC_OK;
}

void tc_report_done(tc_link *link, tc_job *job) {
    job->progress.fraction = 1;
    job->progress.eta = 0;
    tc_report_progress(link, job, true);
    tc_json *message = new_message("done", job->request.job);
    set_shape(message, job->plan.result);
    tc_json_set_string(message, "format", tc_format_wire(job->request.format));
    tc_json_set_number(message, "bytes", (double)job->bytes);
    tc_json_set_number(message, "ms", (double)(tc_now_ms() - job->progress.began));
    tc_json_set_string(message, "warning", job->warning);
    tc_link_send(link, message);
}

void tc_report_failed(tc_link *link, uint32_t job, const tc_error *error) {
    tc_json *message = new_message("failed", job);
    tc_json_set_string(message, "status", tc_status_name(error->status));
    tc_json_set_string(message, "error", error->text);
    tc_link_send(link, message);
}

void tc_report_cancelled(tc_link *link, uint32_t job) {
    tc_link_send(link, new_message("cancelled", job));
}

void tc_report_lost(tc_link *link, int rank, uint32_t job) {
    tc_json *message = new_message("rank", job);
    tc_json_set_number(message, "rank", rank);
    tc_json_set_string(message, "state", "lost");
    tc_link_send(link, message);
}

void tc_report_pong(tc_link *link, double id, bool ok, double ms) {
    tc_json *message = tc_json_new_object();
    tc_json_set_string(message, "type", "pong");
    tc_json_set_number(message, "id", id);
    tc_json_set_bool(message, "ok", ok);
    tc_json_set_number(message, "ms", ms);
    tc_link_send(link, message);
}
