// Chooses what a job sends next.
#include "backend/job_outbox.h"

#include <stdlib.h>
#include <string.h>

#include "core/assert.h"

void tc_job_outbox_init(tc_job_outbox *outbox, void *job, uint32_t number, const char id[TC_JOB_ID]) {
    *outbox = (tc_job_outbox){.job = job, .number = number, .tiles.fd = -1, .file.fd = -1};
    memcpy(outbox->id, id, TC_JOB_ID);
}

void tc_job_outbox_clear(tc_job_outbox *outbox) {
    tc_job_outbox_drop_results(outbox);
    for (int i = outbox->found_sent; i < outbox->found_count; i++) free(outbox->found[i]);
    free(outbox->found);
    free(outbox->picture);
    free(outbox->progress);
    free(outbox->end);
    *outbox = (tc_job_outbox){.tiles.fd = -1, .file.fd = -1};
}

void tc_job_outbox_drop_results(tc_job_outbox *outbox) {
    tc_file_cursor_clear(&outbox->tiles);
    tc_file_cursor_clear(&outbox->file);
}

// ---- In

static tc_status fail_memory(tc_error *error) {
    return tc_fail(error, TC_ERR_MEMORY, "the server is out of memory; try again later");
}

static tc_status replace_text(char **text, const tc_json *message, tc_error *error) {
    free(*text);
    *text = tc_json_print(message);
    return *text ? TC_OK : fail_memory(error);
}

tc_status tc_job_outbox_set_picture(tc_job_outbox *outbox, const tc_json *message, tc_error *error) {
    TC_ASSERT(!outbox->ended);
    return replace_text(&outbox->picture, message, error);
}

tc_status tc_job_outbox_set_progress(tc_job_outbox *outbox, const tc_json *message, tc_error *error) {
    TC_ASSERT(!outbox->ended);
    return replace_text(&outbox->progress, message, error);
}

tc_status tc_job_outbox_push_found(tc_job_outbox *outbox, char *text, tc_error *error) {
    TC_ASSERT(!outbox->ended && outbox->found_sent <= outbox->found_count);
    char **grown = text ? realloc(outbox->found, (size_t)(outbox->found_count + 1) * sizeof *grown) : NULL;
    if (!grown) {
        free(text);
        return fail_memory(error);
    }
    outbox->found = grown;
    grown[outbox->found_count++] = text;
    outbox->found_bytes += strlen(text);
    return TC_OK;
}

void tc_job_outbox_set_end(tc_job_outbox *outbox, const tc_json *message, bool deliver) {
    outbox->ended = true;
    outbox->send_credit = false;
    free(outbox->end); // a result that cannot be read turns `done` into `failed`
    outbox->end = tc_json_print(message);
    if (deliver) return;
    tc_job_outbox_drop_results(outbox);
    free(outbox->progress);
    outbox->progress = NULL;
}

// ---- Control messages out

static char *print_accepted(const tc_job_outbox *outbox) {
    tc_json *message = tc_json_new_object();
    tc_json_set_string(message, "type", "accepted");
    tc_json_set_number(message, "job", outbox->number);
    tc_json_set_string(message, "id", outbox->id);
    char *text = tc_json_print(message);
    tc_json_destroy(message);
    return text;
}

static char *print_credit(const tc_job_outbox *outbox) {
    tc_json *message = tc_json_new_object();
    tc_json_set_string(message, "type", "credit");
    tc_json_set_number(message, "job", outbox->number);
    tc_json_set_number(message, "offset", (double)outbox->credit);
    char *text = tc_json_print(message);
    tc_json_destroy(message);
    return text;
}

static bool pop_text(char **from, char **text) {
    if (!*from) return false;
    *text = *from;
    *from = NULL;
    return true;
}

static bool pop_found(tc_job_outbox *outbox, char **text) {
    if (outbox->found_sent == outbox->found_count) return false;
    *text = outbox->found[outbox->found_sent++];
    size_t size = strlen(*text);
    TC_ASSERT(size <= outbox->found_bytes);
    outbox->found_bytes -= size;
    return true;
}

bool tc_job_outbox_pop_control(tc_job_outbox *outbox, char **text) {
    if (outbox->send_accepted) {
        outbox->send_accepted = false;
        *text = print_accepted(outbox);
        return true;
    }
    if (outbox->send_credit) {
        outbox->send_credit = false;
        *text = print_credit(outbox);
        return true;
    }
    return pop_text(&outbox->picture, text) || pop_found(outbox, text) || pop_text(&outbox->progress, text);
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
        bool preview = frame.stage < outbox->last_stage;
        if (!preview || (remaining <= TC_PREVIEW_BACKLOG && !outbox->ended)) {
            tc_write_u32(header + 4, outbox->number); // the pool's tile file has the gateway's number
            return TC_OUTBOX_FRAME;
        }
        tc_file_cursor_skip(tiles, frame.length);
    }
    return TC_OUTBOX_SKIPPED;
}

tc_outbox_next tc_job_outbox_next_frame(tc_job_outbox *outbox, uint8_t header[TC_WIRE_HEADER], tc_file_cursor **payload,
                                        size_t *size) {
    *payload = &outbox->tiles;
    tc_outbox_next next = next_tile(outbox, header, size);
    if (next != TC_OUTBOX_NOTHING) return next;
    *payload = &outbox->file;
    uint64_t remaining = tc_file_cursor_remaining(&outbox->file);
    if (remaining == 0) return outbox->ended ? TC_OUTBOX_END : TC_OUTBOX_NOTHING;
    *size = remaining < TC_MAX_FILE_FRAME ? (size_t)remaining : TC_MAX_FILE_FRAME;
    tc_frame_write(header, &(tc_frame){.type = TC_FRAME_FILE,
                                       .job = outbox->number,
                                       .length = (uint32_t)*size,
                                       .offset = outbox->file.position});
    return TC_OUTBOX_FRAME;
}
