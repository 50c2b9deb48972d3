// Sampling of a grey picture between its pixels.
#ifndef TC_CODEC_SAMPLER_H
#define TC_CODEC_SAMPLER_H

#include <stdbool.h>

#include "codec/plane.h"
#include "codec/vector.h"

typedef struct tc_sampler {
    const tc_plane *plane; // borrowed
    bool inverted;         // for codes that are light on dark: samples are 255 minus grey
} tc_sampler;

// Bilinear; the centre of pixel (0, 0) is at (0.5, 0.5). Points outside the picture have the grey of its border.
double tc_sampler_at(const tc_sampler *sampler, tc_vector at);

#endif
