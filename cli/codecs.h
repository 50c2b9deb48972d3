// The codec processes of a call without a server, one for each thread that reads codes at the same time. Code readers
// run in a process of their own because they parse untrusted pictures. Thread-safe.
#ifndef TC_CLI_CODECS_H
#define TC_CLI_CODECS_H

#include "codec/client.h"

typedef struct tc_codecs tc_codecs;

// Processes are started when they are first used. NULL when out of memory.
tc_codecs *tc_codecs_new(void);
// Ends the processes, all of which must have been released. Harmless on NULL.
void tc_codecs_destroy(tc_codecs *codecs);

// A client for the exclusive use of the caller until tc_codecs_release. NULL when out of memory.
tc_codec_client *tc_codecs_acquire(tc_codecs *codecs, tc_error *error);
void tc_codecs_release(tc_codecs *codecs, tc_codec_client *client);

#endif
