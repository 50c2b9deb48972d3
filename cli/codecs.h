// The codec processes of a command that works on this machine: libraries that read codes run nowhere else. One for each
// thread that needs one, started when it does. Not thread-safe: whoever has threads calls it under a lock.
#ifndef TC_CODECS_H
#define TC_CODECS_H

#include "codec/client.h"

typedef struct tc_codecs tc_codecs;

// NULL on lack of memory.
tc_codecs *tc_codecs_new(void);
// Ends the processes, all of which must have been given back. Harmless on NULL.
void tc_codecs_destroy(tc_codecs *codecs);

// Lends one that nobody else has, until it is given back. NULL on lack of memory.
tc_codec_client *tc_codecs_take(tc_codecs *codecs);
void tc_codecs_give(tc_codecs *codecs, tc_codec_client *client);

#endif
