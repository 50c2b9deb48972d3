// EXIF orientation: reads the tag, and rotates and mirrors pictures accordingly.
#ifndef TC_CODEC_ORIENT_H
#define TC_CODEC_ORIENT_H

#include "core/image.h"

// The orientation (1..8) in an EXIF block that begins with its TIFF header ("II*\0" or "MM\0*"); 1 if there is none or
// it is invalid.
int tc_exif_orientation(const uint8_t *exif, size_t size);

// The shape of a picture after `orientation` has been applied: 5..8 swap the sides.
tc_shape tc_orient_shape(tc_shape shape, int orientation);

// Applies the orientation to a picture, in new memory. On TC_ERR_MEMORY it is unchanged.
tc_status tc_orient_image(tc_image *image, int orientation, tc_error *error);

#endif
