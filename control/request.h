// The `submit` message: what a client asks for one picture.
#ifndef TC_CONTROL_REQUEST_H
#define TC_CONTROL_REQUEST_H

#include "codec/format.h"
#include "control/json.h"
#include "core/pipeline.h"

enum { TC_REQUEST_SECRET = 33 }; // bytes of a secret, 32 hexadecimal digits, with the final 0

typedef struct tc_request {
    uint32_t job;
    char name[256]; // file name, for messages only
    uint64_t size;  // of the uploaded file, in bytes
    tc_pipeline pipeline;
    bool want_tiles, want_file, want_preview;
    bool durable;                   // the job outlives the client's connection
    char secret[TC_REQUEST_SECRET]; // durable: chosen by the client; "": by the server
    tc_format format;               // of the result file: PNG or JPEG
    int quality;                    // of a JPEG, 1..100
    int tile;                       // tile side, 16..4096; 0: one tile; -1: the server chooses
} tc_request;

// Reads and checks a `submit` message. Fails with one sentence that names the member and what is allowed.
tc_status tc_request_from_json(const tc_json *message, tc_request *request, tc_error *error);
// The `submit` message of a request, destroyed by the caller; NULL if memory runs out.
tc_json *tc_request_to_json(const tc_request *request);

#endif
