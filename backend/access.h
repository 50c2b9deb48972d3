// Which requests are allowed: by the host name that they ask for and by the origin of the page that sends them.
#ifndef TC_BACKEND_ACCESS_H
#define TC_BACKEND_ACCESS_H

#include <stdbool.h>

#include "backend/http.h"

typedef struct tc_access {
    const char *host;         // address that the server listens on
    const char *allow_origin; // one more origin whose pages may connect, e.g. "https://example.org"; NULL: none
} tc_access;

// A server that listens on a loopback address is reached only under a name of this machine, or the host of
// `allow_origin`. Another name that resolves to this machine belongs to a stranger, whose pages the browser would take
// for ours (DNS rebinding).
bool tc_access_host_allowed(const tc_access *access, const tc_http_request *request);
// Pages of this server may open a WebSocket, those of `allow_origin`, and programs, which send no origin.
bool tc_access_origin_allowed(const tc_access *access, const tc_http_request *request);
// Whether the request offers the WebSocket subprotocol `name`.
bool tc_access_offers(const tc_http_request *request, const char *name);

#endif
