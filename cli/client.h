// The client's side of docs/protocol.md: several jobs on one connection. One thread; handlers are called from
// tc_client_service only.
#ifndef TC_CLI_CLIENT_H
#define TC_CLI_CLIENT_H

#include "cli/url.h"
#include "control/json.h"
#include "control/request.h"
#include "core/wire.h"

typedef struct tc_client tc_client;

// What the server allows and is, as it said in `welcome`.
typedef struct tc_client_limits {
    uint64_t file_bytes;
    int64_t pixels;
    size_t chunk_bytes;
    int jobs, workers;
} tc_client_limits;

// What a job's owner does. Any but `read` and `end` may be NULL.
typedef struct tc_client_handler {
    // Gives `size` bytes of the file from `offset`. On failure the job is cancelled and ends with this error.
    tc_status (*read)(void *user, uint64_t offset, void *bytes, size_t size, tc_error *error);
    // The last byte of the file is on its way.
    void (*uploaded)(void *user);
    // accepted, picture, progress, code.
    void (*message)(void *user, const char *type, const tc_json *message);
    // A tile has arrived; its pixels are not kept.
    void (*tile)(void *user, const tc_frame *frame);
    // Bytes of the result file, in order from `offset`; it begins again at 0 when the server had to. On failure the
    // job is cancelled and ends with this error.
    tc_status (*file)(void *user, uint64_t offset, const uint8_t *bytes, size_t size, tc_error *error);
    // The job is over, called once: `done` is the message when it is done, else NULL and `error` says why.
    void (*end)(void *user, const tc_json *done, const char *error);
} tc_client_handler;

// Connects and waits for `welcome`. NULL and a sentence on failure. The caller ends it with tc_client_destroy.
tc_client *tc_client_new(const tc_url *url, tc_error *error);
// Jobs that are not over are forgotten without a call of `end`. Harmless on NULL.
void tc_client_destroy(tc_client *client);
tc_client_limits tc_client_get_limits(const tc_client *client);
// Asks for a job; request->job is filled in here. `handler` and `user` must live until `end`.
tc_status tc_client_submit(tc_client *client, const tc_request *request, const tc_client_handler *handler, void *user,
                           tc_error *error);
// Waits for what happens next and calls the handlers. When the connection is lost every job ends, and this fails.
tc_status tc_client_service(tc_client *client, tc_error *error);

#endif
