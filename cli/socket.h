// A WebSocket connection to a server. Only its source file includes libwebsockets. Not thread-safe; only tc_socket_open
// and tc_socket_service block.
#ifndef TC_CLI_SOCKET_H
#define TC_CLI_SOCKET_H

#include <stddef.h>
#include <stdint.h>

#include "cli/url.h"

typedef struct tc_socket tc_socket;

typedef struct tc_socket_handler {
    // A whole text message; `text` is not NUL-terminated.
    void (*text)(void *user, const char *text, size_t size);
    // A fragment of a binary message, in order.
    void (*binary)(void *user, const uint8_t *bytes, size_t size, bool first, bool last);
    // Writes the next message to send, of at most `capacity` bytes, to `buffer` and its kind to *binary. Returns its
    // size, or 0 if there is none until tc_socket_want_write is called again.
    size_t (*write)(void *user, uint8_t *buffer, size_t capacity, bool *binary);
} tc_socket_handler;

enum { TC_SOCKET_MESSAGE = (256 << 10) + 32 }; // maximum bytes of a message to send

// Connects and waits at most 10 s for the handshake. NULL on failure, with an error that names the address. The caller
// ends it with tc_socket_close.
tc_socket *tc_socket_open(const tc_url *url, const char *subprotocol, const tc_socket_handler *handler, void *user,
                          tc_error *error);
void tc_socket_close(tc_socket *socket);
// Requests a call of handler->write.
void tc_socket_want_write(tc_socket *socket);
// Waits for the next event, at most `limit_ms` (0: without limit), and calls the handler. Fails when the connection is
// lost, with the reason as far as it is known. A server that does not answer pings for 9 s counts as lost.
tc_status tc_socket_service(tc_socket *socket, int limit_ms, tc_error *error);

// Decodes base64 to at most `room` bytes of `to`. Returns their number; 0 if the text is not base64 or too long.
size_t tc_socket_base64(const char *text, uint8_t *to, size_t room);

#endif
