// The text in a HELLO message: "pid start-time host".
#include "mpi_workers/hello.h"

#include "core/assert.h"
#include "mpi_workers/process.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

tc_hello tc_hello_self(void) {
    tc_hello self = {.pid = (int)getpid(), .start_time = tc_process_started_at(getpid())};
    gethostname(self.host, sizeof self.host - 1);
    return self;
}

tc_message tc_hello_message(void) {
    char text[TC_HOST_NAME + 64];
    tc_hello self = tc_hello_self();
    int length = snprintf(text, sizeof text, "%d %llu %s", self.pid, (unsigned long long)self.start_time, self.host);
    tc_message message = {.kind = TC_MSG_HELLO};
    tc_message_alloc(&message, 0, text, (size_t)length);
    return message;
}

bool tc_hello_read(const tc_message *message, tc_hello *hello) {
    char text[TC_HOST_NAME + 64];
    unsigned long long start_time;
    TC_ASSERT(message->kind == TC_MSG_HELLO);
    *hello = (tc_hello){0};
    tc_message_text(message, text, sizeof text);
    // Written by tc_hello_message above. NOLINTNEXTLINE(cert-err34-c)
    if (sscanf(text, "%d %llu %127s", &hello->pid, &start_time, hello->host) != 3) return false;
    hello->start_time = start_time;
    return true;
}

bool tc_hello_is_local(const tc_hello *hello) {
    return strcmp(hello->host, tc_hello_self().host) == 0;
}
