// A codec process that has been taken over: the first byte of the "picture" says which nonsense it answers.
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "codec/message.h"

static void lie(int kind, tc_reply *reply) {
    reply->probe = (tc_probe){TC_FORMAT_PNG, {10, 10, 3}, 1};
    reply->size = 300; // which nobody wrote
    switch (kind) {
    case 1:
        reply->probe.shape.width = 100000;
        break;
    case 2:
        reply->probe.shape.channels = 7;
        break;
    case 3:
        reply->size = SIZE_MAX;
        break;
    case 4:
        reply->probe.orientation = 0;
        break;
    default:
        break;
    }
}

int main(void) {
    enum { HANG_UP = 5 };
    tc_request request;
    tc_reply reply;
    uint8_t kind = 0;
    while (recv(TC_MESSAGE_SOCKET, &request, sizeof request, 0) == sizeof request) {
        memset(&reply, 0, sizeof reply);
        if (pread(TC_MESSAGE_IN, &kind, 1, 0) != 1 || kind == HANG_UP) return 0;
        lie(kind, &reply);
        if (send(TC_MESSAGE_SOCKET, &reply, sizeof reply, MSG_NOSIGNAL) != sizeof reply) return 0;
    }
    return 0;
}
