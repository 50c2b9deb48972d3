// The Unix socket between gateway and pool: JSON messages in CONTROL records (docs/protocol.md).
#ifndef TC_BACKEND_POOL_LINK_H
#define TC_BACKEND_POOL_LINK_H

#include "backend/server.h"
#include "control/json.h"

typedef struct tc_pool_link tc_pool_link;

typedef struct tc_pool_link_hooks {
    void *user;
    void (*message)(void *user, tc_json *message); // valid during the call; the hook may modify it
    // The pool has closed the connection, or sent something that is not a message. It may connect again.
    void (*closed)(void *user);
} tc_pool_link_hooks;

// Listens at `path`; one connection at a time is accepted. NULL with a message on failure.
tc_pool_link *tc_pool_link_new(tc_server *server, const char *path, const tc_pool_link_hooks *hooks, tc_error *error);
void tc_pool_link_destroy(tc_pool_link *link); // without a call of a hook; harmless on NULL
// Queues a message; it is dropped when the pool is not connected. TC_ERR_MEMORY when out of memory,
// also if `message` could not be built completely.
tc_status tc_pool_link_send(tc_pool_link *link, const tc_json *message, tc_error *error);
// Call after the pool process has ended: handles the messages still unread, then closes the connection. May call the
// hook `closed`.
void tc_pool_link_finish(tc_pool_link *link);

#endif
