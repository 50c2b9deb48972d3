// The Unix socket between gateway and pool: JSON messages in CONTROL records (docs/protocol.md).
#ifndef TC_LINK_H
#define TC_LINK_H

#include "backend/server.h"
#include "control/json.h"

typedef struct tc_link tc_link;

typedef struct tc_link_hooks {
    void *user;
    void (*message)(void *user, const tc_json *message);
    void (*closed)(void *user); // the other side is gone, or sent what is no message; a new one may connect
} tc_link_hooks;

// Listens at `path`. One connection at a time is taken. NULL with a message on failure.
tc_link *tc_link_new(tc_server *server, const char *path, const tc_link_hooks *hooks, tc_error *error);
void tc_link_destroy(tc_link *link); // harmless on NULL; no hook is called
// Queues a message; dropped when nobody is connected.
void tc_link_send(tc_link *link, const tc_json *message);
void tc_link_drop(tc_link *link);
// The pool has ended: hands on what it still said, then drops the connection.
void tc_link_finish(tc_link *link); // ends the connection, if there is one, without a call of `closed`

#endif
