// The clients that are connected, and what they ask for: submits, cancels, uploads, and access to durable jobs. Checks
// their messages before a job sees them.
#ifndef TC_BACKEND_CLIENTS_H
#define TC_BACKEND_CLIENTS_H

#include "backend/jobs.h"
#include "backend/number_set.h"

enum { TC_MAX_CLIENTS = 256 };

typedef struct tc_gateway_client tc_gateway_client;

typedef struct tc_gateway_clients_hooks {
    void *user;
    // Builds the message `welcome`, or `pool`; the caller destroys it. NULL when out of memory.
    tc_json *(*describe)(void *user, bool welcome);
} tc_gateway_clients_hooks;

typedef struct tc_gateway_clients {
    tc_gateway_clients_hooks hooks;
    tc_gateway_jobs *jobs;
    int max_idle_s;
    tc_timer *idle;   // set while pictures are being uploaded
    tc_timer *expiry; // set while there are durable jobs without a watcher
    bool idle_set, expiry_set;
    tc_gateway_client *first;
    int count;
} tc_gateway_clients;

// Borrows `jobs`. Uploads of a client that has sent nothing for `max_idle_s` seconds fail. TC_ERR_MEMORY with a
// sentence when out of memory.
tc_status tc_gateway_clients_init(tc_gateway_clients *clients, tc_server *server, tc_gateway_jobs *jobs, int max_idle_s,
                                  const tc_gateway_clients_hooks *hooks, tc_error *error);
void tc_gateway_clients_clear(tc_gateway_clients *clients); // stops the timer; the server closes the clients

// Hooks of the server: a connection opens, and is closed. NULL when out of memory.
tc_session *tc_gateway_clients_open(tc_gateway_clients *clients, tc_peer *peer);
void tc_gateway_clients_close(void *session);

void tc_gateway_clients_announce(tc_gateway_clients *clients); // a `pool` message to all
void tc_gateway_clients_close_all(tc_gateway_clients *clients, int close_code, const char *reason);

#endif
