// A WebSocket address: ws://HOST[:PORT][/PATH] or wss://…
#ifndef TC_CLI_URL_H
#define TC_CLI_URL_H

#include "core/status.h"

#include <stdbool.h>

typedef struct tc_url {
    bool tls;
    int port;
    char host[256];  // name or address, an IPv6 address without its brackets
    char path[1024]; // begins with '/'; "/ws" if the address has none
} tc_url;

// TC_ERR_ARGUMENT: `text` is not such an address.
tc_status tc_url_parse(tc_url *url, const char *text, tc_error *error);

#endif
