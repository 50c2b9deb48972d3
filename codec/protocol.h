// What a codec client and its process say to each other, as records of a SOCK_SEQPACKET pair: a request, then its
// reply; before the reply of DECODE and CODES, notes about what happens meanwhile. Both are of the same build. The
// bytes of files and pixels lie in two shared memory files, one for each direction, from offset 0; pixels are tightly
// packed.
//
// The client trusts nothing in a reply or note: the process has parsed a stranger's bytes.
#ifndef TC_CODEC_PROTOCOL_H
#define TC_CODEC_PROTOCOL_H

#include "codec/decoder.h"
#include "codec/scanner.h"

// File descriptors that the process is started with.
enum { TC_CODEC_FD_SOCKET = 3, TC_CODEC_FD_IN = 4, TC_CODEC_FD_OUT = 5 };

typedef enum tc_codec_request_kind {
    TC_CODEC_REQUEST_DECODE,
    TC_CODEC_REQUEST_ENCODE,
    TC_CODEC_REQUEST_CODES,
    TC_CODEC_REQUEST_PRESCAN, // tc_codec_prescan
} tc_codec_request_kind;

typedef struct tc_codec_request {
    tc_codec_request_kind kind;
    size_t size;            // bytes in the memory file IN
    tc_codec_limits limits; // DECODE, GLANCE
    tc_shape shape;         // ENCODE, CODES: of the pixels
    tc_format format;       // ENCODE
    int quality;            // ENCODE
    tc_codes_options codes; // CODES; GLANCE: symbologies
} tc_codec_request;

typedef enum tc_codec_reply_kind {
    TC_CODEC_REPLY_END,   // of the request
    TC_CODEC_REPLY_CHUNK, // a note of DECODE: `size` bytes lie in OUT already, of pixels as in `probe`; more are to
                          // come
    TC_CODEC_REPLY_PASS,  // a note: this pass begins
    TC_CODEC_REPLY_CODES, // a note: codes have been found; they follow in the record, as a blob (core/codes.h)
} tc_codec_reply_kind;

typedef struct tc_codec_reply {
    tc_codec_reply_kind kind;
    int pass;       // PASS
    tc_error error; // TC_OK, or what went wrong
    size_t size;    // bytes in the memory file OUT
    tc_probe probe; // DECODE, in its notes too: also of the pixels; GLANCE, in its notes too: what the header says
    char warning[256];
} tc_codec_reply;

// Bytes that follow in a record, at most: more than any one code has.
enum { TC_CODEC_MAX_PAYLOAD = 32 << 10 };
// Bytes of a part of a decoded picture.
enum { TC_CODEC_CHUNK_BYTES = 4 << 20 };

#endif
