// Normalises the payload of bar codes, which the libraries return in different forms: GS1 element strings (GS1 General
// Specifications, 7.8) without brackets and with their application identifiers; a UPC-A as its twelve digits.
#ifndef TC_CODEC_GS1_H
#define TC_CODEC_GS1_H

#include "core/image.h"

// Appends the normalised payload to `payload`, which the caller clears, also after TC_ERR_MEMORY. `wire` is the
// symbology's name (tc_symbologies).
tc_status tc_gs1_normalize(const char *wire, const uint8_t *bytes, size_t size, tc_blob *payload);

#endif
