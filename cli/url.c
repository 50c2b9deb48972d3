// Parses the address of a server.
#include "cli/url.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static tc_status refuse(const char *text, const char *why, tc_error *error) {
    return tc_fail(error, TC_ERR_ARGUMENT,
                   "the server's address '%.200s' %s; it is written ws://HOST:PORT or wss://HOST:PORT", text, why);
}

// Parses the digits from `text` to `end` as a port.
static bool read_port(const char *text, const char *end, int *port) {
    char *stop;
    if (text == end || *text < '0' || *text > '9') return false;
    long value = strtol(text, &stop, 10);
    if (stop != end || value < 1 || value > 65535) return false;
    *port = (int)value;
    return true;
}

tc_status tc_url_parse(tc_url *url, const char *text, tc_error *error) {
    *url = (tc_url){0};
    const char *host;
    if (strncasecmp(text, "ws://", 5) == 0) {
        host = text + 5;
    } else if (strncasecmp(text, "wss://", 6) == 0) {
        host = text + 6;
        url->tls = true;
    } else {
        return refuse(text, "does not begin with ws:// or wss://", error);
    }
    url->port = url->tls ? 443 : 80;
    for (const char *c = host; *c; c++)
        if ((unsigned char)*c <= ' ' || *c == 127 || *c == '#')
            return refuse(text, "contains a character that addresses cannot have", error);

    const char *end = host + strcspn(host, "/?");
    const char *host_end = end;
    const char *colon = memchr(host, ':', (size_t)(end - host));
    if (*host == '[') { // an IPv6 address
        host_end = memchr(host, ']', (size_t)(end - host));
        if (!host_end) return refuse(text, "has no ']' after '['", error);
        colon = host_end + 1 < end ? host_end + 1 : NULL;
        if (colon && *colon != ':') return refuse(text, "has no ':' after ']'", error);
        host++;
    } else if (colon) {
        host_end = colon;
    }
    if (colon && !read_port(colon + 1, end, &url->port))
        return refuse(text, "has no port from 1 to 65535 after ':'", error);
    size_t length = (size_t)(host_end - host);
    if (length == 0) return refuse(text, "has no host", error);
    if (memchr(host, '@', length)) return refuse(text, "contains a user name", error);
    if (length >= sizeof url->host || strlen(end) + 2 > sizeof url->path) return refuse(text, "is too long", error);
    memcpy(url->host, host, length);
    if (*end == 0 || strcmp(end, "/") == 0)
        strcpy(url->path, "/ws");
    else if (*end == '?') {
        url->path[0] = '/';
        strcpy(url->path + 1, end);
    } else
        strcpy(url->path, end);
    return TC_OK;
}
