// Frame headers, and little-endian numbers.
#include "core/wire.h"

#include <string.h>

#include "core/assert.h"

void tc_write_u16(uint8_t *p, uint32_t v) {
    p[0] = (uint8_t)v;
    p[1] = (uint8_t)(v >> 8);
}

void tc_write_u32(uint8_t *p, uint32_t v) {
    tc_write_u16(p, v);
    tc_write_u16(p + 2, v >> 16);
}

void tc_write_u64(uint8_t *p, uint64_t v) {
    tc_write_u32(p, (uint32_t)v);
    tc_write_u32(p + 4, (uint32_t)(v >> 32));
}

uint32_t tc_read_u16(const uint8_t *p) {
    return (uint32_t)(p[0] | p[1] << 8);
}
uint32_t tc_read_u32(const uint8_t *p) {
    return tc_read_u16(p) | tc_read_u16(p + 2) << 16;
}
uint64_t tc_read_u64(const uint8_t *p) {
    return tc_read_u32(p) | (uint64_t)tc_read_u32(p + 4) << 32;
}

/* The header, little-endian:
 *   offset  size  field
 *   0       1     type
 *   1       1     TILE: channels; else 0
 *   2       1     TILE: stage; else 0
 *   3       1     0
 *   4       4     job
 *   8       4     payload length
 *   12      4     TILE: worker; else 0
 *   16      4     TILE: x; UPLOAD, FILE: low half of the offset
 *   20      4     TILE: y; UPLOAD, FILE: high half of the offset
 *   24      4     TILE: width; else 0
 *   28      4     TILE: height; else 0
 */
void tc_frame_write(uint8_t header[TC_WIRE_HEADER], const tc_frame *frame) {
    TC_ASSERT((unsigned)frame->type <= TC_FRAME_FILE);
    memset(header, 0, TC_WIRE_HEADER);
    header[0] = (uint8_t)frame->type;
    tc_write_u32(header + 4, frame->job);
    tc_write_u32(header + 8, frame->length);
    if (frame->type != TC_FRAME_TILE) {
        TC_ASSERT(frame->length <= TC_WIRE_MAX_PAYLOAD);
        tc_write_u64(header + 16, frame->offset);
        return;
    }
    TC_ASSERT(!tc_rect_empty(frame->rect));
    TC_ASSERT(tc_rect_contains((tc_rect){0, 0, TC_MAX_SIDE, TC_MAX_SIDE}, frame->rect));
    TC_ASSERT(frame->channels >= 1 && frame->channels <= 4);
    TC_ASSERT(frame->stage >= 0 && frame->stage <= UINT8_MAX && frame->worker >= 0 && frame->worker <= UINT16_MAX);
    header[1] = (uint8_t)frame->channels;
    header[2] = (uint8_t)frame->stage;
    tc_write_u32(header + 12, (uint32_t)frame->worker);
    tc_write_u32(header + 16, (uint32_t)frame->rect.x);
    tc_write_u32(header + 20, (uint32_t)frame->rect.y);
    tc_write_u32(header + 24, (uint32_t)frame->rect.width);
    tc_write_u32(header + 28, (uint32_t)frame->rect.height);
}

static tc_status read_tile(tc_frame *frame, const uint8_t *bytes, tc_error *error) {
    uint32_t worker = tc_read_u32(bytes + 12), x = tc_read_u32(bytes + 16), y = tc_read_u32(bytes + 20);
    uint32_t width = tc_read_u32(bytes + 24), height = tc_read_u32(bytes + 28);
    frame->channels = bytes[1];
    frame->stage = bytes[2];
    if (frame->channels < 1 || frame->channels > 4)
        return tc_fail(error, TC_ERR_PROTOCOL, "a tile with %d channels; 1 to 4 are allowed", frame->channels);
    if (worker > 0xffff)
        return tc_fail(error, TC_ERR_PROTOCOL, "a tile from worker %u; at most 65535 are allowed", worker);
    if (width < 1 || height < 1 || width > TC_MAX_SIDE || height > TC_MAX_SIDE || x > TC_MAX_SIDE - width ||
        y > TC_MAX_SIDE - height)
        return tc_fail(error, TC_ERR_PROTOCOL, "a tile of %u×%u at %u,%u; it must lie within %d×%d pixels", width,
                       height, x, y, TC_MAX_SIDE, TC_MAX_SIDE);
    uint64_t size = (uint64_t)width * height * (uint64_t)frame->channels;
    if (size != frame->length)
        return tc_fail(error, TC_ERR_PROTOCOL, "a tile of %u×%u×%d pixels with %u bytes; it must have %llu", width,
                       height, frame->channels, frame->length, (unsigned long long)size);
    frame->worker = (int)worker;
    frame->rect = (tc_rect){(int)x, (int)y, (int)width, (int)height};
    return TC_OK;
}

tc_status tc_frame_read(tc_frame *frame, const uint8_t *bytes, size_t size, tc_error *error) {
    *frame = (tc_frame){0};
    if (size < TC_WIRE_HEADER)
        return tc_fail(error, TC_ERR_PROTOCOL, "a binary message of %zu bytes; its header alone has %d", size,
                       TC_WIRE_HEADER);
    frame->job = tc_read_u32(bytes + 4);
    frame->length = tc_read_u32(bytes + 8);
    if (bytes[0] > TC_FRAME_FILE || bytes[3] != 0)
        return tc_fail(error, TC_ERR_PROTOCOL, "a binary message of unknown type %u", bytes[0]);
    frame->type = (tc_frame_type)bytes[0];
    if (frame->type == TC_FRAME_TILE) return read_tile(frame, bytes, error);
    if (frame->length > TC_WIRE_MAX_PAYLOAD)
        return tc_fail(error, TC_ERR_PROTOCOL, "a binary message with %u bytes of payload; at most %d are allowed",
                       frame->length, TC_WIRE_MAX_PAYLOAD);
    if (bytes[1] || bytes[2] || tc_read_u32(bytes + 12) || tc_read_u64(bytes + 24))
        return tc_fail(error, TC_ERR_PROTOCOL, "a binary message with a field that its type does not have");
    frame->offset = tc_read_u64(bytes + 16);
    return TC_OK;
}
