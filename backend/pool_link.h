// The Unix socket between gateway and pool: JSON messages in CONTROL records (docs/protocol.md).
#ifndef TC_BACKEND_POOL_LINK_H
#define TC_BACKEND_POOL_LINK_H

#include "backend/server.h"
#include "control/json.h"

typedef struct tc_pool_link tc_pool_link;

typedef struct tc_pool_link_hooks {
    void *user;
    void (*message)(void *user, tc_json *message); // which the hook may change
    // The pool has closed the connection, or sent something that is not a message. It may connect again.
    void (*closed)(void *user);
} tc_pool_link_hooks;

// Listens at `path`; one connection at a time is accepted. NULL with a message on failure.
tc_pool_link *tc_pool_link_new(tc_server *server, const char *path, const tc_pool_link_hooks *hooks, tc_error *error);
void tc_pool_link_destroy(tc_pool_link *link); // without a call of a hook; harmless on NULL
// Queues a message; it is dropped when the pool is not connected. TC_ERR_MEMORY with a sentence on lack of memory, also
// when `message` is incomplete because of that.
tc_status tc_pool_link_send(tc_pool_link *link, const tc_json *message, tc_error *error);
// The pool has ended: handles the messages that it sent before, then closes the connection.
void tc_pool_link_finish(tc_pool_link *link);

#endif
