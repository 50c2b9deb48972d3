// Points and vectors in the plane.
#ifndef TC_CODEC_VECTOR_H
#define TC_CODEC_VECTOR_H

#include <math.h>

typedef struct tc_vector {
    double x, y;
} tc_vector;

static inline tc_vector tc_vector_add(tc_vector a, tc_vector b) {
    return (tc_vector){a.x + b.x, a.y + b.y};
}
static inline tc_vector tc_vector_subtract(tc_vector a, tc_vector b) {
    return (tc_vector){a.x - b.x, a.y - b.y};
}
static inline tc_vector tc_vector_scale(tc_vector a, double factor) {
    return (tc_vector){a.x * factor, a.y * factor};
}
static inline double tc_vector_length(tc_vector a) {
    return hypot(a.x, a.y);
}

#endif
