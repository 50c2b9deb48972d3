// A codec process that has been taken over. The first byte of the "picture" selects the invalid reply.
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "codec/protocol.h"

static void lie(int kind, tc_codec_reply *reply) {
    reply->probe = (tc_probe){TC_FORMAT_PNG, {10, 10, 3}, 1};
    reply->size = 300; // which have not been written
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

// Invalid chunks of a picture, before `reply`.
static void lie_about_chunks(int kind, tc_codec_reply *reply) {
    tc_codec_reply chunk = *reply;
    chunk.kind = TC_CODEC_REPLY_CHUNK;
    chunk.size = 100;
    uint8_t pixels[300] = {0};
    if (kind < 6 || kind > 10 || pwrite(TC_CODEC_FD_OUT, pixels, sizeof pixels, 0) != sizeof pixels) return;
    if (kind == 6) chunk.size = 300; // a chunk with all bytes
    if (kind == 7) chunk.probe.shape.height = 70000;
    send(TC_CODEC_FD_SOCKET, &chunk, sizeof chunk, MSG_NOSIGNAL);
    if (kind == 8) send(TC_CODEC_FD_SOCKET, &chunk, sizeof chunk, MSG_NOSIGNAL); // without new bytes
    if (kind == 9) reply->probe.shape = (tc_shape){30, 10, 1};
    if (kind == 10) reply->kind = TC_CODEC_REPLY_PASS;
}

// Invalid replies about codes. False if the process must end then.
static bool lie_about_codes(int kind) {
    struct {
        tc_codec_reply reply;
        uint8_t payload[TC_CODEC_MAX_PAYLOAD + 1];
    } record;
    memset(&record, 0, sizeof record);
    tc_codec_reply *reply = &record.reply;
    size_t payload_size = 0;
    reply->kind = TC_CODEC_REPLY_CODES; // kind 0: without codes
    switch (kind) {
    case 1:
        payload_size = 4; // an empty list
        break;
    case 2:
        memset(record.payload, 0xff, payload_size = 100);
        break;
    case 3:
        record.payload[0] = 1;
        payload_size = sizeof record.payload;
        break;
    case 4:
        reply->kind = (tc_codec_reply_kind)77;
        break;
    case 5:
        reply->kind = TC_CODEC_REPLY_PASS;
        reply->pass = -1;
        break;
    case 6:
        reply->kind = TC_CODEC_REPLY_PASS;
        reply->pass = 64;
        break;
    case 7:
        return send(TC_CODEC_FD_SOCKET, reply, 9, MSG_NOSIGNAL) == 9;
    case 8: // notes without end
        reply->kind = TC_CODEC_REPLY_PASS;
        while (send(TC_CODEC_FD_SOCKET, reply, sizeof *reply, MSG_NOSIGNAL) == sizeof *reply) {
        }
        return false;
    default:
        break;
    }
    return send(TC_CODEC_FD_SOCKET, &record, sizeof *reply + payload_size, MSG_NOSIGNAL) > 0;
}

// A code of a picture of an impossible size.
static bool lie_about_prescan(void) {
    struct {
        tc_codec_reply reply;
        uint8_t code[50];
    } record;
    memset(&record, 0, sizeof record);
    record.reply.kind = TC_CODEC_REPLY_CODES;
    record.reply.probe = (tc_probe){TC_FORMAT_JPEG, {1 << 20, 5, 3}, 1};
    record.code[0] = 1; // an empty text in a list of one
    return send(TC_CODEC_FD_SOCKET, &record, sizeof record.reply + sizeof record.code, MSG_NOSIGNAL) > 0;
}

// Invalid notes about the header, before `reply`.
static void lie_about_header(int kind, const tc_codec_reply *reply) {
    tc_codec_reply header = *reply;
    header.kind = TC_CODEC_REPLY_HEADER;
    if (kind < 11 || kind > 13) return;
    if (kind == 11) header.probe.shape.width = 100000;
    send(TC_CODEC_FD_SOCKET, &header, sizeof header, MSG_NOSIGNAL);
    if (kind == 12) send(TC_CODEC_FD_SOCKET, &header, sizeof header, MSG_NOSIGNAL);
    if (kind == 13) sleep(60); // forever, to the client
}

int main(void) {
    enum { HANG_UP = 5 };
    tc_codec_request request;
    tc_codec_reply reply;
    uint8_t kind = 0;
    while (recv(TC_CODEC_FD_SOCKET, &request, sizeof request, 0) == sizeof request) {
        if (request.kind == TC_CODEC_REQUEST_PRESCAN && lie_about_prescan()) continue;
        if (request.kind == TC_CODEC_REQUEST_CODES && pread(TC_CODEC_FD_IN, &kind, 1, 0) == 1) {
            if (lie_about_codes(kind)) continue;
            return 0;
        }
        memset(&reply, 0, sizeof reply);
        if (pread(TC_CODEC_FD_IN, &kind, 1, 0) != 1 || kind == HANG_UP) return 0;
        lie(kind, &reply);
        lie_about_header(kind, &reply);
        lie_about_chunks(kind, &reply);
        if (send(TC_CODEC_FD_SOCKET, &reply, sizeof reply, MSG_NOSIGNAL) != sizeof reply) return 0;
    }
    return 0;
}
