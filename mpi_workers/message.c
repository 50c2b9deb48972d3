// Encodes and checks message headers; allocates payloads.
#include "mpi_workers/message.h"

#include "core/assert.h"
#include "core/wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAGIC = 0x5443, MAX_TEXT_TAIL = 64 << 10 };

static bool rect_is_valid(tc_rect rect) {
    return rect.x >= 0 && rect.y >= 0 && rect.width >= 0 && rect.height >= 0 && rect.width <= TC_MAX_SIDE &&
           rect.height <= TC_MAX_SIDE && rect.x <= TC_MAX_SIDE - rect.width && rect.y <= TC_MAX_SIDE - rect.height;
}

// What the main part of a message is.
typedef enum main_part { MAIN_NONE, MAIN_BYTES, MAIN_IN, MAIN_OUT } main_part;

static const main_part main_parts[TC_MSG_COUNT] = {
    [TC_MSG_START_JOB] = MAIN_BYTES, [TC_MSG_MERGED] = MAIN_BYTES,  [TC_MSG_CODES] = MAIN_BYTES,
    [TC_MSG_FILE] = MAIN_BYTES,      [TC_MSG_LINES] = MAIN_BYTES,   [TC_MSG_GRANT_CORES] = MAIN_BYTES,
    [TC_MSG_TILE] = MAIN_IN,         [TC_MSG_READ_CODES] = MAIN_IN, [TC_MSG_ENCODE] = MAIN_IN,
    [TC_MSG_PING] = MAIN_IN,         [TC_MSG_SOURCE] = MAIN_IN,     [TC_MSG_RESULT] = MAIN_OUT,
    [TC_MSG_CLIENT_TILE] = MAIN_OUT,
};

static bool kind_is_valid(tc_message_kind kind) {
    return kind > TC_MSG_NONE && kind < TC_MSG_COUNT;
}

static bool sizes_are_valid(const tc_message *message) {
    if (message->tail > message->size || message->size > SIZE_MAX / 2) return false;
    if (message->tail > MAX_TEXT_TAIL && message->kind != TC_MSG_RESULT) return false;
    size_t main_size = tc_message_main_size(message), pixels;
    tc_rect rect = main_parts[message->kind] == MAIN_OUT ? message->out : message->in;
    switch (main_parts[message->kind]) {
    case MAIN_NONE:
        return main_size == 0;
    case MAIN_BYTES:
        return true;
    case MAIN_IN:
    case MAIN_OUT:
        break;
    }
    if (tc_rect_empty(rect) || message->channels < 1 || message->channels > TC_MAX_CHANNELS) return false;
    return tc_packed_size(rect.width, rect.height, message->channels, &pixels) && pixels == main_size;
}

void tc_message_free_payload(tc_message *message) {
    free(message->payload);
    message->payload = NULL;
    message->size = message->tail = 0;
}

void tc_message_clear(tc_message *message) {
    free(message->payload);
    *message = (tc_message){0};
}

static void put_rect(uint8_t *p, tc_rect rect) {
    tc_write_u32(p, (uint32_t)rect.x);
    tc_write_u32(p + 4, (uint32_t)rect.y);
    tc_write_u32(p + 8, (uint32_t)rect.width);
    tc_write_u32(p + 12, (uint32_t)rect.height);
}

static tc_rect get_rect(const uint8_t *p) {
    return (tc_rect){(int)tc_read_u32(p), (int)tc_read_u32(p + 4), (int)tc_read_u32(p + 8), (int)tc_read_u32(p + 12)};
}

/* The header, little-endian:
 *   offset  size  field
 *   0       2     0x5443
 *   2       2     kind
 *   4       4     job
 *   8       4     task
 *   12      2     stage
 *   14      2     channels
 *   16      8     payload bytes
 *   24      8     of these, tail bytes
 *   32      16    rectangle `in`: x y width height. SOURCE, HEADER, PICTURE, PLAN, ENCODE, PING: the picture.
 *                 READ_CODES: the region
 *   48      16    rectangle `out`. TILE: the tile wanted. RESULT, CLIENT_TILE: the tile sent
 *   64      4     want, symbologies, phase, status, codes_follow or worker
 *   68      2     format
 *   70      2     quality
 *   72      4     tile_side, signed, or is_part
 *   76      4     client_job
 *   80      8     min_gain or done
 *   88      8     total or worker_count
 */
void tc_message_write(uint8_t header[TC_MESSAGE_HEADER], const tc_message *message) {
    TC_ASSERT(kind_is_valid(message->kind));
    TC_ASSERT(rect_is_valid(message->in) && rect_is_valid(message->out));
    TC_ASSERT(sizes_are_valid(message));
    TC_ASSERT(message->stage >= 0 && message->stage <= UINT16_MAX);
    memset(header, 0, TC_MESSAGE_HEADER);
    tc_write_u16(header, MAGIC);
    tc_write_u16(header + 2, message->kind);
    tc_write_u32(header + 4, message->job);
    tc_write_u32(header + 8, message->task);
    tc_write_u16(header + 12, (uint32_t)message->stage);
    tc_write_u16(header + 14, (uint32_t)message->channels);
    tc_write_u64(header + 16, message->size);
    tc_write_u64(header + 24, message->tail);
    put_rect(header + 32, message->in);
    put_rect(header + 48, message->out);
    tc_write_u32(header + 64, message->option);
    tc_write_u16(header + 68, message->format);
    tc_write_u16(header + 70, (uint32_t)message->quality);
    tc_write_u32(header + 72, (uint32_t)message->tile_side);
    tc_write_u32(header + 76, message->client_job);
    tc_write_u64(header + 80, message->min_gain);
    tc_write_u64(header + 88, message->total);
}

tc_status tc_message_read(tc_message *message, const uint8_t header[TC_MESSAGE_HEADER], tc_error *error) {
    *message = (tc_message){
        .kind = (tc_message_kind)tc_read_u16(header + 2),
        .job = tc_read_u32(header + 4),
        .task = tc_read_u32(header + 8),
        .stage = (int)tc_read_u16(header + 12),
        .channels = (int)tc_read_u16(header + 14),
        .size = tc_read_u64(header + 16),
        .tail = tc_read_u64(header + 24),
        .in = get_rect(header + 32),
        .out = get_rect(header + 48),
        .option = tc_read_u32(header + 64),
        .format = (tc_format)tc_read_u16(header + 68),
        .quality = (int)tc_read_u16(header + 70),
        .tile_side = (int)tc_read_u32(header + 72),
        .client_job = tc_read_u32(header + 76),
        .min_gain = tc_read_u64(header + 80),
        .total = tc_read_u64(header + 88),
    };
    if (tc_read_u16(header) != MAGIC || !kind_is_valid(message->kind))
        return tc_fail(error, TC_ERR_PROTOCOL, "unknown message kind %d", (int)message->kind);
    if (!rect_is_valid(message->in) || !rect_is_valid(message->out) || !sizes_are_valid(message))
        return tc_fail(error, TC_ERR_PROTOCOL, "the header of a message of kind %d with %zu bytes is inconsistent",
                       (int)message->kind, message->size);
    return TC_OK;
}

tc_status tc_message_alloc(tc_message *message, size_t main_size, const void *tail, size_t tail_size) {
    TC_ASSERT(!message->payload);
    TC_ASSERT(tail || tail_size == 0);
    message->size = message->tail = 0;
    message->payload = malloc(main_size + tail_size + 1);
    if (!message->payload) return TC_ERR_MEMORY;
    if (tail_size) memcpy(message->payload + main_size, tail, tail_size);
    message->size = main_size + tail_size;
    message->tail = tail_size;
    return TC_OK;
}

tc_status tc_message_copy(tc_message *message, const void *main, size_t main_size, tc_error *error) {
    TC_ASSERT(main || main_size == 0);
    if (tc_message_alloc(message, main_size, NULL, 0) != TC_OK)
        return tc_fail(error, TC_ERR_MEMORY, "not enough memory for a message of %zu bytes", main_size);
    if (main_size) memcpy(message->payload, main, main_size);
    return TC_OK;
}

static void pack_row(uint8_t *to, const uint8_t *from, int width, int channels, int from_channels) {
    if (channels == from_channels) {
        memcpy(to, from, tc_row_bytes(width, channels));
        return;
    }
    for (int x = 0; x < width; x++, to += channels, from += from_channels) memcpy(to, from, (size_t)channels);
}

tc_status tc_message_pack(tc_message *message, const tc_tile *tile, int channels, const void *tail, size_t tail_size) {
    size_t size;
    tc_rect rect = tile->rect;
    TC_ASSERT(channels >= 1 && channels <= tile->channels);
    TC_ASSERT(!tc_rect_empty(rect) && tile->stride >= tc_row_bytes(rect.width, tile->channels));
    if (!tc_packed_size(rect.width, rect.height, channels, &size)) return TC_ERR_MEMORY;
    if (tc_message_alloc(message, size, tail, tail_size) != TC_OK) return TC_ERR_MEMORY;
    message->channels = channels;
    tc_tile packed = tc_message_tile(message, rect);
    for (int y = rect.y; y < rect.y + rect.height; y++)
        pack_row(tc_tile_row(&packed, y), tc_tile_row(tile, y), rect.width, channels, tile->channels);
    return TC_OK;
}

tc_status tc_message_attach_image(tc_message *message, tc_image *image, const void *tail, size_t tail_size) {
    tc_rect rect = tc_shape_rect(image->shape);
    size_t size = tc_row_bytes(rect.width, image->shape.channels) * (size_t)rect.height;
    tc_status status = TC_OK;
    TC_ASSERT(!message->payload);
    TC_ASSERT(image->data && image->stride >= tc_row_bytes(rect.width, image->shape.channels));
    message->in = rect;
    message->channels = image->shape.channels;
    uint8_t *data = image->stride * (size_t)rect.height == size ? realloc(image->data, size + tail_size) : NULL;
    if (data) {
        *image = (tc_image){0};
        if (tail_size) memcpy(data + size, tail, tail_size);
        message->payload = data;
        message->size = size + tail_size;
        message->tail = tail_size;
    } else {
        tc_tile tile = tc_image_view(image, rect);
        status = tc_message_pack(message, &tile, tile.channels, tail, tail_size);
    }
    tc_image_clear(image);
    return status;
}

tc_image tc_message_detach_image(tc_message *message) {
    TC_ASSERT(message->payload && main_parts[message->kind] == MAIN_IN);
    tc_image image = {message->payload,
                      tc_row_bytes(message->in.width, message->channels),
                      {message->in.width, message->in.height, message->channels}};
    message->payload = NULL;
    message->size = message->tail = 0;
    return image;
}

tc_tile tc_message_tile(const tc_message *message, tc_rect rect) {
    TC_ASSERT(message->payload);
    TC_ASSERT(tc_row_bytes(rect.width, message->channels) * (size_t)rect.height <= tc_message_main_size(message));
    return (tc_tile){message->payload, tc_row_bytes(rect.width, message->channels), rect, message->channels, false};
}

void tc_message_text(const tc_message *message, char *text, size_t size) {
    TC_ASSERT(size > 0 && message->tail <= message->size);
    snprintf(text, size, "%.*s", (int)message->tail,
             message->payload ? (const char *)message->payload + tc_message_main_size(message) : "");
}
