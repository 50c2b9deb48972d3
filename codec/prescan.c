// The prescan of a large JPEG.
#include "codec/prescan.h"

#include "codec/libraries.h"
#include "codec/orient.h"
#include "core/assert.h"
#include "core/pyramid.h"

enum { MAX_HALVINGS = 3 };

typedef struct prescan {
    const tc_codes_listener *listener;
    const tc_image *grey; // the reduced picture
    double scale_x, scale_y;
    tc_error *error;
    tc_status status;
} prescan;

// Maps codes to the full picture, refines their corners and passes them on.
static void forward_codes(void *user, const tc_blob *codes) {
    prescan *p = user;
    tc_blob found = {0};
    if (p->status != TC_OK) return;
    if (tc_blob_append(&found, codes->data, codes->size) != TC_OK)
        p->status = tc_fail(p->error, TC_ERR_MEMORY, "not enough memory for codes");
    if (p->status == TC_OK) p->status = tc_codes_transform(&found, 0, 0, p->scale_x, p->scale_y, p->error);
    if (p->status == TC_OK) p->status = tc_codes_refine(&found, p->grey, p->scale_x, p->scale_y, 2, p->error);
    if (p->status == TC_OK) p->listener->on_codes(p->listener->user, &found);
    tc_blob_clear(&found);
}

static tc_status scan_reduced(const tc_image *grey, tc_shape picture, uint32_t symbologies,
                              const tc_codes_listener *listener, tc_error *error) {
    prescan p = {listener, grey, (double)picture.width / grey->shape.width, (double)picture.height / grey->shape.height,
                 error,    TC_OK};
    const tc_codes_options options = {.symbologies = symbologies, .skip_passes = ~UINT64_C(1), .is_part = true};
    const tc_codes_listener mapping = {.on_codes = forward_codes, .user = &p};
    tc_tile view = tc_image_view(grey, tc_shape_rect(grey->shape));
    tc_blob codes = {0};
    tc_status status = tc_codec_read_codes(&view, &options, &mapping, &codes, error);
    tc_blob_clear(&codes);
    return status == TC_OK ? p.status : status;
}

tc_status tc_codec_prescan(const uint8_t *bytes, size_t size, const tc_codec_limits *limits, uint32_t symbologies,
                           const tc_codes_listener *listener, tc_probe *probe, tc_error *error) {
    TC_ASSERT(listener && listener->on_codes);
    tc_header header;
    tc_image grey = {0};
    tc_status status = tc_codec_probe(bytes, size, limits, probe, error);
    if (status != TC_OK || probe->format != TC_FORMAT_JPEG) return status;
    int level = 0;
    for (tc_shape shape = probe->shape;
         (int64_t)shape.width * shape.height > TC_PYRAMID_TOP_PIXELS && level < MAX_HALVINGS; level++)
        shape = tc_pyramid_level_shape(probe->shape, level + 1);
    if (level == 0) return TC_OK;
    status = tc_header_read(&header, bytes, size, error);
    if (status == TC_OK) status = tc_reduce_jpeg(&header, bytes, size, 1 << level, &grey, error);
    if (status == TC_OK) status = tc_orient_image(&grey, header.orientation, error);
    if (status == TC_OK) status = scan_reduced(&grey, probe->shape, symbologies, listener, error);
    tc_image_clear(&grey);
    return status;
}
