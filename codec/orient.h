// EXIF orientation: reading the one tag, and turning pixels upright.
#ifndef TC_CODEC_ORIENT_H
#define TC_CODEC_ORIENT_H

#include "core/image.h"

// The orientation (1..8) in a block of EXIF data that begins with its TIFF header ("II*\0" or "MM\0*"); 1 when there is
// none, or none that makes sense.
int tc_exif_orientation(const uint8_t *exif, size_t size);

// The shape after `orientation` has been applied.
tc_shape tc_orient_shape(tc_shape shape, int orientation);

// Turns the picture upright; on failure it is unchanged.
tc_status tc_orient_image(tc_image *image, int orientation, tc_error *error);

#endif
