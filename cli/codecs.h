// The codec processes of a command that works on this machine: the libraries that read codes run nowhere else. There is
// one for each thread that reads codes at the same time. Thread-safe.
#ifndef TC_CLI_CODECS_H
#define TC_CLI_CODECS_H

#include "codec/client.h"

typedef struct tc_codecs tc_codecs;

// Starts no process yet. NULL on lack of memory.
tc_codecs *tc_codecs_new(void);
// Ends the processes, all of which must have been released. Harmless on NULL.
void tc_codecs_destroy(tc_codecs *codecs);

// A client for the caller alone until tc_codecs_release. NULL on lack of memory, with a sentence.
tc_codec_client *tc_codecs_acquire(tc_codecs *codecs, tc_error *error);
void tc_codecs_release(tc_codecs *codecs, tc_codec_client *client);

#endif
