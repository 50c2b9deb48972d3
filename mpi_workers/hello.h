// The HELLO message: each rank names its process and host to the other, so that ranks on one machine can watch and wake
// each other.
#ifndef TC_MPI_WORKERS_HELLO_H
#define TC_MPI_WORKERS_HELLO_H

#include "mpi_workers/message.h"

enum { TC_HOST_NAME = 128 }; // bytes with the NUL

typedef struct tc_hello {
    int pid;
    uint64_t start_time; // as tc_process_started_at
    char host[TC_HOST_NAME];
} tc_hello;

// This process.
tc_hello tc_hello_self(void);
// Makes a HELLO message about this process. When out of memory its tail is empty, which tells the receiver that this
// rank cannot start.
tc_message tc_hello_message(void);
// Reads a HELLO message. False when its tail is not one.
bool tc_hello_read(const tc_message *message, tc_hello *hello);
// True when the process is on this host.
bool tc_hello_is_local(const tc_hello *hello);

#endif
