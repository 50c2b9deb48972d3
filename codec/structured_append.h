// Structured append (ISO/IEC 18004, 8): one message in a series of 2 to 16 QR codes. Each symbol holds its position,
// the number of symbols and a parity byte of the message. The parity identifies the series; it is not verified, as
// encoders compute it from the message before they choose a character set.
#ifndef TC_CODEC_STRUCTURED_APPEND_H
#define TC_CODEC_STRUCTURED_APPEND_H

#include "codec/reader.h"

// Looks for the complete series that readings[index] belongs to. Returns the number of its parts and writes the index
// of each reading to `order`; 0 if the reading is not part of a series or a part is missing. Of several readings of the
// same part the first is used. If they differ, two series share one parity and cannot be separated: 0. A parity of -1
// (unknown) matches any.
int tc_structured_append_find(const tc_readings *readings, int index, int order[TC_MAX_CODE_PARTS]);

// Joins a series that tc_structured_append_find has found: the concatenated bytes in the one character set that parts
// name, or as UTF-8 if they name several. The corners are the bounding box of all parts. `joined` borrows its bytes
// from the empty `bytes`, which the caller clears, also after TC_ERR_MEMORY.
tc_status tc_structured_append_join(const tc_readings *readings, const int order[], int parts, tc_blob *bytes,
                                    tc_reading *joined);

#endif
