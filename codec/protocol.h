// The protocol between a codec client and its process, which are of the same build: records of a SOCK_SEQPACKET pair.
// The client sends a request, the process answers with a reply; before the reply of DECODE, CODES and PRESCAN it may
// send notes. Files and pixels are in two shared memory files, one per direction, from offset 0; pixels are tightly
// packed.
//
// The client validates every field of a reply or note: the process has parsed untrusted bytes.
#ifndef TC_CODEC_PROTOCOL_H
#define TC_CODEC_PROTOCOL_H

#include "codec/decoder.h"
#include "codec/scanner.h"

// File descriptors that the process is started with: the socket, and the memory files towards the process and back.
enum { TC_CODEC_FD_SOCKET = 3, TC_CODEC_FD_IN = 4, TC_CODEC_FD_OUT = 5 };

typedef enum tc_codec_request_kind {
    TC_CODEC_REQUEST_DECODE,
    TC_CODEC_REQUEST_ENCODE,
    TC_CODEC_REQUEST_CODES,
    TC_CODEC_REQUEST_PRESCAN,
} tc_codec_request_kind;

typedef struct tc_codec_request {
    tc_codec_request_kind kind;
    size_t size;            // bytes in the memory file IN
    tc_codec_limits limits; // DECODE, PRESCAN
    tc_shape shape;         // ENCODE, CODES: of the pixels
    tc_format format;       // ENCODE
    int quality;            // ENCODE
    tc_codes_options codes; // CODES; PRESCAN uses only the symbologies
} tc_codec_request;

typedef enum tc_codec_reply_kind {
    TC_CODEC_REPLY_END,    // the reply that ends a request
    TC_CODEC_REPLY_HEADER, // note of DECODE: the header has been read, and `probe` is what it says
    TC_CODEC_REPLY_CHUNK,  // note of DECODE: the first `size` bytes of the pixels are in OUT; more follow
    TC_CODEC_REPLY_PASS,   // note of CODES: a pass begins
    TC_CODEC_REPLY_CODES,  // note of CODES and PRESCAN: new codes, a blob (core/codes.h) that follows in the record
} tc_codec_reply_kind;

typedef struct tc_codec_reply {
    tc_codec_reply_kind kind;
    int pass;       // PASS
    tc_error error; // END: TC_OK, or why the request failed
    size_t size;    // END, CHUNK: bytes in the memory file OUT
    tc_probe probe; // of DECODE and PRESCAN, in notes too: the header
    char warning[256];
} tc_codec_reply;

// The largest blob of codes in a record: more than any single code has.
enum { TC_CODEC_MAX_PAYLOAD = 32 << 10 };
// Bytes of pixels that DECODE copies between two notes.
enum { TC_CODEC_CHUNK_BYTES = 4 << 20 };

#endif
