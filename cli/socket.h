// A WebSocket connection to a server: messages out, messages in. The only file that knows libwebsockets here.
// One thread; nothing blocks but tc_socket_open and tc_socket_service.
#ifndef TC_CLI_SOCKET_H
#define TC_CLI_SOCKET_H

#include <stddef.h>
#include <stdint.h>

#include "cli/url.h"

typedef struct tc_socket tc_socket;

typedef struct tc_socket_handler {
    // A whole text message; `text` is not NUL-terminated.
    void (*text)(void *user, const char *text, size_t size);
    // A piece of a binary message, in order.
    void (*binary)(void *user, const uint8_t *bytes, size_t size, bool first, bool last);
    // The next message to send, at most `capacity` bytes, its kind in `binary`. 0: nothing until
    // tc_socket_want_write is called again.
    size_t (*write)(void *user, uint8_t *buffer, size_t capacity, bool *binary);
} tc_socket_handler;

enum { TC_SOCKET_MESSAGE = (256 << 10) + 32 }; // bytes of a message to send, at most

// Connects and waits at most 10 s for the handshake. NULL and a sentence that names the address on failure.
// The caller ends it with tc_socket_close.
tc_socket *tc_socket_open(const tc_url *url, const char *subprotocol, const tc_socket_handler *handler, void *user,
                          tc_error *error);
void tc_socket_close(tc_socket *socket);
// There is something to send.
void tc_socket_want_write(tc_socket *socket);
// Waits for what happens next, `limit_ms` at most (0: for ever), and calls the handler for it. Fails when the
// connection is no longer there; the sentence says why as far as that is known. A server that does not answer pings
// for 30 s counts as gone.
tc_status tc_socket_service(tc_socket *socket, int limit_ms, tc_error *error);

// What a base64 text in a message stands for: the bytes go to `to`, and their number is returned; 0 when the text is
// none, or stands for more than `room` bytes.
size_t tc_socket_base64(const char *text, uint8_t *to, size_t room);

#endif
