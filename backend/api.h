// The HTTP API: the operation catalogue, the status, the health check and the page's files, and whether a WebSocket may
// be opened.
#ifndef TC_BACKEND_API_H
#define TC_BACKEND_API_H

#include "backend/access.h"
#include "backend/pool.h"

enum { TC_MAX_HEALTH_CHECKS = 64, TC_HEALTH_TIMEOUT_MS = 5000 };

#define TC_SUBPROTOCOL "tilecast.v1" // of the WebSocket

// A health check that waits for a worker.
typedef struct tc_health_check {
    tc_exchange *exchange; // NULL: free
    uint32_t id;
    int64_t started_us;
} tc_health_check;

typedef struct tc_api_hooks {
    void *user;
    tc_json *(*status)(void *user); // the caller destroys it; NULL when out of memory
    bool (*is_full)(void *user);    // no more clients are accepted
} tc_api_hooks;

typedef struct tc_api {
    tc_api_hooks hooks;
    tc_access access;
    const char *folders[3]; // of files that are served; NULL ends
    tc_pool *pool;
    tc_timer *timer; // set while there are health checks
    tc_health_check checks[TC_MAX_HEALTH_CHECKS];
    uint32_t last_id;
} tc_api;

// Borrows the strings of `access`, the folders (`extra_folder` may be NULL) and `pool`. TC_ERR_MEMORY with a sentence
// when out of memory.
tc_status tc_api_init(tc_api *api, tc_server *server, tc_pool *pool, const tc_access *access, const char *folder,
                      const char *extra_folder, const tc_api_hooks *hooks, tc_error *error);
void tc_api_clear(tc_api *api); // harmless on a zeroed record

// Hooks of the HTTP server; `api` is a tc_api.
void tc_api_request(void *api, tc_exchange *exchange, const tc_http_request *request, tc_http_reply *reply);
void tc_api_upgrade(void *api, const tc_http_request *request, tc_http_reply *reply);
void tc_api_gone(void *api, tc_exchange *exchange);

void tc_api_pong(tc_api *api, const tc_json *message); // the pool has answered a health check

#endif
