// A first look for codes, in a picture that is only decoded as far as it takes to see the large ones.
#include "codec/prescan.h"
#include "codec/libraries.h"
#include "codec/orient.h"
#include "core/search.h"

enum { MOST_HALVINGS = 3 };

typedef struct glance {
    const tc_codes_listener *listener;
    const tc_image *grey; // the reduced picture
    double scale_x, scale_y;
    tc_error *error;
    tc_status status;
} glance;

static void take_codes(void *user, const tc_blob *codes) {
    glance *g = user;
    tc_blob found = {0};
    if (g->status != TC_OK) return;
    if (tc_blob_append(&found, codes->data, codes->size) != TC_OK)
        g->status = tc_fail(g->error, TC_ERR_MEMORY, "not enough memory for codes");
    if (g->status == TC_OK) g->status = tc_codes_move(&found, 0, 0, g->scale_x, g->scale_y, g->error);
    if (g->status == TC_OK) g->status = tc_codes_refine(&found, g->grey, g->scale_x, g->scale_y, 2, g->error);
    if (g->status == TC_OK) g->listener->on_codes(g->listener->user, &found);
    tc_blob_clear(&found);
}

static tc_status look(const tc_image *grey, tc_shape picture, uint32_t symbologies, const tc_codes_listener *listener,
                      tc_error *error) {
    glance g = {listener, grey, (double)picture.width / grey->shape.width, (double)picture.height / grey->shape.height,
                error,    TC_OK};
    const tc_codes_options options = {.symbologies = symbologies, .skip_passes = ~UINT64_C(1), .is_part = true};
    const tc_codes_listener own = {.on_codes = take_codes, .user = &g};
    tc_tile view = tc_image_view(grey, tc_shape_rect(grey->shape));
    tc_blob codes = {0};
    tc_status status = tc_codec_read_codes(&view, &options, &own, &codes, error);
    tc_blob_clear(&codes);
    return status == TC_OK ? g.status : status;
}

tc_status tc_codec_prescan(const uint8_t *bytes, size_t size, const tc_codec_limits *limits, uint32_t symbologies,
                           const tc_codes_listener *listener, tc_probe *probe, tc_error *error) {
    tc_header header;
    tc_image grey = {0};
    tc_status status = tc_codec_probe(bytes, size, limits, probe, error);
    if (status != TC_OK || probe->format != TC_FORMAT_JPEG) return status;
    int level = 0;
    for (tc_shape shape = probe->shape; (int64_t)shape.width * shape.height > TC_SEARCH_WHOLE && level < MOST_HALVINGS;
         level++)
        shape = tc_search_level(probe->shape, level + 1);
    if (level == 0) return TC_OK;
    status = tc_header_read(&header, bytes, size, error);
    if (status == TC_OK) status = tc_reduce_jpeg(&header, bytes, size, 1 << level, &grey, error);
    if (status == TC_OK) status = tc_orient_image(&grey, header.orientation, error);
    if (status == TC_OK) status = look(&grey, probe->shape, symbologies, listener, error);
    tc_image_clear(&grey);
    return status;
}
