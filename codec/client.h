// The client of the codec process: starts it on demand, restarts it when it dies, and gives each request a timeout.
// Files and pixels are handed over in shared memory. A client is used by one thread at a time.
#ifndef TC_CODEC_CLIENT_H
#define TC_CODEC_CLIENT_H

#include "codec/decoder.h"
#include "codec/scanner.h"

typedef struct tc_codec_client tc_codec_client;

// `program`: path of tilecast-codec, copied. No process is started yet. NULL if memory runs out.
tc_codec_client *tc_codec_client_new(const char *program, tc_codec_limits limits);
// Ends the process and frees the client. NULL is allowed.
void tc_codec_client_destroy(tc_codec_client *client);

// Sets a function that is called about every 50 ms while a request is being processed, e.g. to send heartbeats. If it
// returns true, the process is killed and the request fails with TC_ERR_CANCELLED. NULL: none.
void tc_codec_client_on_wait(tc_codec_client *client, bool (*on_wait)(void *user), void *user);

// Sets the timeouts of a request and of one pass of reading codes, in milliseconds. 0, the default: by the picture's
// size; 3 s for a small one, at most 80 s for a request and 15 s for a pass.
void tc_codec_client_set_timeouts(tc_codec_client *client, int request_ms, int pass_ms);

// Returns the shared memory, which is retained for the next picture, to the system. Call it when no picture is expected
// for some seconds. The process trims its own memory after 5 s without a request.
void tc_codec_client_trim(tc_codec_client *client);

// As tc_codec_decode and tc_codec_encode, in the codec process. If the process dies, times out or sends an invalid
// reply, the request is repeated once in another process; if that fails, too, the request fails with TC_ERR_CORRUPT.
// TC_ERR_UNAVAILABLE if no process can be started.
tc_status tc_codec_client_decode(tc_codec_client *client, const uint8_t *bytes, size_t size, tc_image *image,
                                 tc_probe *probe, char *warning, size_t warning_size, tc_error *error);
tc_status tc_codec_client_encode(tc_codec_client *client, const tc_image *image, tc_format format, int quality,
                                 tc_blob *file, tc_error *error);

// As tc_codec_read_codes, in the codec process. A pass in which the process dies, times out or sends an invalid reply
// is skipped, and another process runs the others. So a faulty reader does not fail the request; `warning` (may be
// NULL, else `warning_size` bytes) then receives a sentence, else "". `listener->should_stop` is called when a pass
// begins.
tc_status tc_codec_client_read_codes(tc_codec_client *client, const tc_tile *picture, const tc_codes_options *options,
                                     const tc_codes_listener *listener, tc_blob *codes, char *warning,
                                     size_t warning_size, tc_error *error);

// As tc_codec_prescan, in the codec process, for at most 2 s. Errors are not reported: decoding the picture reports
// them.
void tc_codec_client_prescan(tc_codec_client *client, const uint8_t *bytes, size_t size, uint32_t symbologies,
                             const tc_codes_listener *listener, tc_probe *probe);

#endif
