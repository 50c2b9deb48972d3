// One spelling for what libraries spell differently: GS1 element strings (GS1 General Specifications, 7.8) without
// brackets, each with its application identifier; a UPC-A as its twelve digits.
#ifndef TC_CODEC_GS1_H
#define TC_CODEC_GS1_H

#include "codec/reader.h"

// Appends the payload of a bar code as it is to be spelled. `wire` is the symbology's name (tc_symbologies).
tc_status tc_gs1_spell(const char *wire, const uint8_t *bytes, size_t size, tc_blob *spelled);

#endif
