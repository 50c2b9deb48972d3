// Chooses what a client of a job is sent next.
#include "backend/job_outbox.h"

#include <stdlib.h>
#include <string.h>

#include "core/assert.h"

void tc_job_outbox_init(tc_job_outbox *outbox, void *job, uint32_t number, const tc_job_log *log) {
    TC_ASSERT(number > 0 && log);
    *outbox = (tc_job_outbox){.job = job, .number = number, .log = log, .tiles.fd = -1, .file.fd = -1};
}

void tc_job_outbox_clear(tc_job_outbox *outbox) {
    tc_job_outbox_drop_results(outbox);
    *outbox = (tc_job_outbox){.tiles.fd = -1, .file.fd = -1};
}

void tc_job_outbox_drop_results(tc_job_outbox *outbox) {
    tc_file_cursor_clear(&outbox->tiles);
    tc_file_cursor_clear(&outbox->file);
}

// ---- Control messages out

static tc_json *new_message(const tc_job_outbox *outbox, const char *type) {
    tc_json *message = tc_json_new_object();
    tc_json_set_string(message, "type", type);
    tc_json_set_number(message, "job", outbox->number);
    return message;
}

static char *print(tc_json *message) {
    char *text = tc_json_print(message);
    tc_json_destroy(message);
    return text;
}

static char *print_accepted(const tc_job_outbox *outbox) {
    tc_json *message = new_message(outbox, "accepted");
    tc_json_set_string(message, "id", outbox->log->id);
    if (outbox->log->durable) tc_json_set_string(message, "secret", outbox->log->secret);
    return print(message);
}

static char *print_attached(const tc_job_outbox *outbox) {
    tc_json *message = new_message(outbox, "attached");
    tc_json_set_number(message, "offset", (double)outbox->log->files->uploaded);
    return print(message);
}

static char *print_credit(const tc_job_outbox *outbox) {
    tc_json *message = new_message(outbox, "credit");
    tc_json_set_number(message, "offset", (double)outbox->log->credit);
    return print(message);
}

// The next code or part of lines. What cannot be read is left out; then the job fails.
static char *print_found(tc_job_outbox *outbox) {
    tc_error error;
    char *stored = tc_job_log_read_found(outbox->log, &outbox->found_position, &error);
    char *text = stored ? tc_job_log_address(stored, outbox->number) : NULL;
    free(stored);
    if (!stored && error.status == TC_ERR_IO) outbox->unreadable = true;
    return text;
}

static bool has_found(const tc_job_outbox *outbox) {
    return outbox->found_position < outbox->log->found_size && !outbox->unreadable;
}

bool tc_job_outbox_pop_control(tc_job_outbox *outbox, char **text) {
    const tc_job_log *log = outbox->log;
    TC_ASSERT(outbox->found_position <= log->found_size);
    if (outbox->send_accepted) {
        outbox->send_accepted = false;
        *text = print_accepted(outbox);
    } else if (outbox->send_attached) {
        outbox->send_attached = false;
        *text = print_attached(outbox);
    } else if (outbox->send_credit && !log->ended) {
        outbox->send_credit = false;
        *text = print_credit(outbox);
    } else if (log->picture && outbox->pictures != log->pictures) {
        outbox->pictures = log->pictures;
        *text = tc_job_log_address(log->picture, outbox->number);
    } else if (has_found(outbox) && ((*text = print_found(outbox)) || !outbox->unreadable)) {
        return true;
    } else if (log->progress && outbox->progresses != log->progresses) {
        outbox->progresses = log->progresses;
        *text = tc_job_log_address(log->progress, outbox->number);
    } else {
        return false;
    }
    return true;
}

// ---- Frames out

static bool read_tile_header(const tc_file_cursor *tiles, uint8_t header[TC_WIRE_HEADER], tc_frame *frame) {
    uint64_t remaining = tc_file_cursor_remaining(tiles);
    return remaining >= TC_WIRE_HEADER && tc_file_cursor_peek(tiles, header, TC_WIRE_HEADER) &&
           tc_frame_read(frame, header, TC_WIRE_HEADER, NULL) == TC_OK && frame->type == TC_FRAME_TILE &&
           frame->length <= remaining - TC_WIRE_HEADER;
}

static tc_outbox_next next_tile(tc_job_outbox *outbox, uint8_t header[TC_WIRE_HEADER], size_t *size) {
    TC_ASSERT(outbox->number > 0);
    tc_file_cursor *tiles = &outbox->tiles;
    for (int skipped = 0; skipped < TC_MAX_SKIPPED_PREVIEWS; skipped++) {
        uint64_t remaining = tc_file_cursor_remaining(tiles);
        if (remaining == 0) return TC_OUTBOX_NOTHING;
        tc_frame frame;
        if (!read_tile_header(tiles, header, &frame)) return TC_OUTBOX_UNREADABLE;
        tc_file_cursor_skip(tiles, TC_WIRE_HEADER);
        *size = frame.length;
        // A preview is of no use once the result is complete.
        bool preview = frame.stage < outbox->log->last_stage;
        if (!preview || (remaining <= TC_PREVIEW_BACKLOG && !outbox->log->ended)) {
            tc_write_u32(header + 4, outbox->number); // the pool's tile file has the gateway's number
            return TC_OUTBOX_FRAME;
        }
        tc_file_cursor_skip(tiles, frame.length);
    }
    return TC_OUTBOX_SKIPPED;
}

tc_outbox_next tc_job_outbox_next_frame(tc_job_outbox *outbox, uint8_t header[TC_WIRE_HEADER], tc_file_cursor **payload,
                                        size_t *size) {
    if (outbox->unreadable) { // once: the job fails then
        outbox->unreadable = false;
        outbox->found_position = outbox->log->found_size;
        return TC_OUTBOX_UNREADABLE;
    }
    *payload = &outbox->tiles;
    tc_outbox_next next = next_tile(outbox, header, size);
    if (next != TC_OUTBOX_NOTHING) return next;
    *payload = &outbox->file;
    uint64_t remaining = tc_file_cursor_remaining(&outbox->file);
    if (remaining == 0) return outbox->log->ended && !outbox->end_sent ? TC_OUTBOX_END : TC_OUTBOX_NOTHING;
    *size = remaining < TC_MAX_FILE_FRAME ? (size_t)remaining : TC_MAX_FILE_FRAME;
    tc_frame_write(header, &(tc_frame){.type = TC_FRAME_FILE,
                                       .job = outbox->number,
                                       .length = (uint32_t)*size,
                                       .offset = outbox->file.position});
    return TC_OUTBOX_FRAME;
}

void tc_job_outbox_skip_tiles(tc_job_outbox *outbox, int stage, int x, int y) {
    tc_file_cursor at = outbox->tiles; // borrows the descriptor
    uint8_t header[TC_WIRE_HEADER];
    tc_frame frame;
    while (read_tile_header(&at, header, &frame)) {
        tc_file_cursor_skip(&at, TC_WIRE_HEADER + (uint64_t)frame.length);
        if (frame.stage != stage || frame.rect.x != x || frame.rect.y != y) continue;
        outbox->tiles.position = at.position;
        return;
    }
}
