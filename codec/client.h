// The codec process as its owner sees it: started on demand, restarted when it dies, with a deadline for each request.
// Bytes and pixels are handed over in shared memory.
#ifndef TC_CODEC_CLIENT_H
#define TC_CODEC_CLIENT_H

#include "codec/decoder.h"
#include "codec/scanner.h"

typedef struct tc_codec_client tc_codec_client;

// `program`: path of tilecast-codec. Nothing is started yet. NULL on lack of memory.
tc_codec_client *tc_codec_client_new(const char *program, tc_codec_limits limits);
// Ends the process. Harmless on NULL.
void tc_codec_client_destroy(tc_codec_client *client);
// Called about every 50 ms while a request is under way (the caller's heartbeat). A true return gives the request up:
// the process is killed and the request fails with TC_ERR_CANCELLED.
void tc_codec_client_on_wait(tc_codec_client *client, bool (*on_wait)(void *user), void *user);

// Gives shared memory back that is kept for the next picture: when none is to come for a while. The process does so
// with its own by itself.
void tc_codec_client_trim(tc_codec_client *client);

// How long a request may take, and one pass of reading codes: 60 s and 15 s if nothing else is said.
void tc_codec_client_set_timeouts(tc_codec_client *client, int request_ms, int pass_ms);

// As their namesakes in codec.h, done in the codec process. A process that dies or takes too long is
// replaced and the request fails with TC_ERR_CORRUPT and a sentence that says so.
tc_status tc_codec_client_decode(tc_codec_client *client, const uint8_t *bytes, size_t size, tc_image *image,
                                 tc_probe *probe, char *warning, size_t warning_size, tc_error *error);
tc_status tc_codec_client_encode(tc_codec_client *client, const tc_image *image, tc_format format, int quality,
                                 tc_blob *file, tc_error *error);
// `codes` receives what `listener->on_codes` was told while the process worked. A pass on which the process dies, takes
// too long or talks nonsense is begun no more: the process is replaced and does the others. So no reader fails the
// request, but `warning` (may be NULL) then receives a sentence, else "". `listener->should_stop` is asked as a pass
// begins.
tc_status tc_codec_client_read_codes(tc_codec_client *client, const tc_tile *picture, const tc_codes_options *options,
                                     const tc_codes_listener *listener, tc_blob *codes, char *warning,
                                     size_t warning_size, tc_error *error);
// As tc_codec_prescan. What goes wrong is not told: decoding the picture will tell it.
void tc_codec_client_prescan(tc_codec_client *client, const uint8_t *bytes, size_t size, uint32_t symbologies,
                             const tc_codes_listener *listener, tc_probe *probe);
#endif
