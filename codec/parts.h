// Structured append (ISO/IEC 18004, 8): one message in a series of up to 16 QR codes. Each says which part it is, of
// how many, and the parity byte of the message, which tells series apart. It is not held against the parts: encoders
// compute it from other bytes than those that are read, before they have chosen a character set.
#ifndef TC_CODEC_PARTS_H
#define TC_CODEC_PARTS_H

#include "codec/reader.h"

// Whether the whole series is there of which readings[of] is a part: gives the number of parts, with the index of each
// in `order`, or 0. Several readings of one part are one when they say the same, and the first of them counts; when
// they do not, two series are mixed up, which nobody can tell apart, and there is none. A parity that is not known (-1)
// may be any.
int tc_parts_find(const tc_readings *readings, int of, int order[TC_MAX_CODE_PARTS]);

// Joins a series that tc_parts_find has found: the bytes one behind the other, in the one character set that parts
// name, or as UTF-8 when they name several; the corners are the box around all of them. `joined` borrows its bytes from
// the empty `bytes`, which the caller clears.
tc_status tc_parts_join(const tc_readings *readings, const int order[], int parts, tc_blob *bytes, tc_reading *joined);

#endif
