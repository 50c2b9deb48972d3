// The header of every binary frame: WebSocket binary messages, records of a job's tile file, and the stream between
// gateway and pool.
#ifndef TC_CORE_WIRE_H
#define TC_CORE_WIRE_H

#include "core/image.h"

enum { TC_WIRE_HEADER = 32, TC_WIRE_MAX_PAYLOAD = 64 << 20 };

typedef enum tc_frame_type {
    TC_FRAME_CONTROL = 0, // a JSON text; only between gateway and pool, where there are no text messages
    TC_FRAME_UPLOAD = 1,  // client to server: bytes of the picture file at `offset`
    TC_FRAME_TILE = 2,    // server to client: pixels of one tile
    TC_FRAME_FILE = 3,    // server to client: bytes of the result file at `offset`
} tc_frame_type;

typedef struct tc_frame {
    tc_frame_type type;
    uint32_t job;
    uint32_t length; // payload bytes that follow the header
    uint64_t offset; // UPLOAD, FILE
    tc_rect rect;    // TILE: in pixels of the stage's output picture
    int channels;    // TILE: 1..4, see image.h
    int stage;       // TILE: index of the stage; the last stage gives the result, the others previews
    int worker;      // TILE: the worker that computed it, from 1; 0: unknown
} tc_frame;

// Writes the header. The fields must be in range.
void tc_frame_write(uint8_t header[TC_WIRE_HEADER], const tc_frame *frame);
// Reads a header from `size` bytes and checks that every field is in range and a tile's length equals its pixels. It
// does not read the payload: the caller compares frame->length with what follows.
tc_status tc_frame_read(tc_frame *frame, const uint8_t *bytes, size_t size, tc_error *error);

// Write and read little-endian numbers of 2, 4 and 8 bytes.
void tc_write_u16(uint8_t *p, uint32_t v);
void tc_write_u32(uint8_t *p, uint32_t v);
void tc_write_u64(uint8_t *p, uint64_t v);
uint32_t tc_read_u16(const uint8_t *p);
uint32_t tc_read_u32(const uint8_t *p);
uint64_t tc_read_u64(const uint8_t *p);

#endif
