// A client of a Tilecast server (docs/protocol.md): several jobs over one connection. When the connection is lost, it
// is made again, and durable jobs go on. Not thread-safe; handlers are only called from tc_client_service.
#ifndef TC_CLI_CLIENT_H
#define TC_CLI_CLIENT_H

#include "cli/url.h"
#include "control/json.h"
#include "control/request.h"
#include "core/wire.h"

typedef struct tc_client tc_client;

// The server's limits, from its `welcome` message.
typedef struct tc_client_limits {
    uint64_t file_bytes;
    int64_t pixels;
    size_t chunk_bytes;
    int jobs, workers;
} tc_client_limits;

// The callbacks of a job. All but `read` and `end` may be NULL.
typedef struct tc_client_handler {
    // Reads `size` bytes of the file from `offset` on. On failure the job is cancelled and ends with this error.
    tc_status (*read)(void *user, uint64_t offset, void *bytes, size_t size, tc_error *error);
    // The last byte of the file has been handed to the socket.
    void (*uploaded)(void *user);
    // A message of the job: accepted, picture, progress, code or lines.
    void (*message)(void *user, const char *type, const tc_json *message);
    // A tile has been received; its pixels are dropped.
    void (*tile)(void *user, const tc_frame *frame);
    // Bytes of the result file, in order, also over several connections. `offset` returns to 0 if the file is sent
    // again. On failure the job is cancelled and ends with this error.
    tc_status (*file)(void *user, uint64_t offset, const uint8_t *bytes, size_t size, tc_error *error);
    // The job has ended; called once. `done` is the server's message on success, else NULL, and `error` is the reason.
    void (*end)(void *user, const tc_json *done, const char *error);
} tc_client_handler;

// Connects and waits for `welcome`. NULL on failure. The caller ends it with tc_client_destroy.
tc_client *tc_client_new(const tc_url *url, tc_error *error);
// For how long a lost connection is tried again, in milliseconds; 0, the default: not at all. `notice` (may be NULL)
// gets a sentence when a connection was lost, and when there is one again.
void tc_client_set_retry(tc_client *client, int retry_ms, void (*notice)(void *user, const char *sentence), void *user);
// Jobs that have not ended are dropped without a call of `end`, and cancelled by the server. Harmless on NULL.
void tc_client_destroy(tc_client *client);
tc_client_limits tc_client_get_limits(const tc_client *client);
// Submits a job; request->job is ignored, the client numbers its jobs. `handler` and `user` must live until `end`.
tc_status tc_client_submit(tc_client *client, const tc_request *request, const tc_client_handler *handler, void *user,
                           tc_error *error);
// Waits for the next event and calls the handlers. When the connection is lost and cannot be made again, every job ends
// and this fails.
tc_status tc_client_service(tc_client *client, tc_error *error);

#endif
