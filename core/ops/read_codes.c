// Reading QR and bar codes. The reading itself needs a library and is done by whoever drives the run
// (TC_MERGE_CODES); here is what is drawn with the codes found.
#include "core/codes.h"
#include "core/draw.h"
#include "core/op.h"

enum { ARG_SYMBOLOGIES, ARG_DRAW };
enum { DRAW_YES, DRAW_NO };

// The choices are the wire names of tc_symbologies, in the same order.
static const tc_param params[] = {
    {.name = "symbologies",
     .title = "Kinds of code",
     .kind = TC_PARAM_SET,
     .initial = (1 << 17) - 1,
     .unit = "",
     .choices = {"qr", "sqcode", "ean13", "ean8", "upca", "upce", "isbn10", "isbn13", "ean2", "ean5", "itf", "databar",
                 "databar_exp", "codabar", "code39", "code93", "code128"}},
    {.name = "draw",
     .title = "Draw outlines and texts",
     .kind = TC_PARAM_CHOICE,
     .initial = DRAW_YES,
     .unit = "",
     .choices = {"yes", "no"}},
    {.name = NULL},
};

static bool draws(const tc_args *args) {
    return (int)args->value[ARG_DRAW] == DRAW_YES;
}

// Drawing is in green, so a grey picture becomes a coloured one.
static tc_status shape(const tc_args *args, tc_shape in, tc_shape *out, tc_error *error) {
    (void)error;
    *out = in;
    if (draws(args)) out->channels = tc_has_alpha(in.channels) ? 4 : 3;
    return TC_OK;
}

static void colour_row(uint8_t *to, const uint8_t *from, int width, int channels) {
    bool alpha = tc_has_alpha(channels);
    for (int x = 0; x < width; x++, from += channels) {
        for (int c = 0; c < 3; c++) *to++ = from[0];
        if (alpha) *to++ = from[1];
    }
}

static void draw_outline(const tc_code *code, const tc_tile *out) {
    static const uint8_t green[3] = {0, 255, 0};
    for (int i = 0; i < 4; i++) {
        int next = (i + 1) % 4;
        tc_draw_line(out, (tc_point){code->x[i], code->y[i]}, (tc_point){code->x[next], code->y[next]}, green);
    }
}

static void draw_text(const tc_step *step, const tc_code *code, const tc_tile *out) {
    enum { GAP = 3 };
    int left = code->x[0], bottom = code->y[0];
    for (int i = 1; i < 4; i++) {
        if (code->x[i] < left) left = code->x[i];
        if (code->y[i] > bottom) bottom = code->y[i];
    }
    tc_draw_label(out, step->out, (tc_point){left, bottom + GAP}, code->text, code->text_size);
}

static tc_status apply(const tc_step *step, const tc_blob *merged, const tc_tile *in, const tc_tile *out,
                       tc_error *error) {
    int count = merged ? tc_codes_count(merged) : 0;
    if (count < 0) return tc_fail(error, TC_ERR_PROTOCOL, "read_codes: the list of codes does not parse");
    tc_rect rect = out->rect;
    if (in->channels == out->channels)
        tc_tile_copy(out, in);
    else
        for (int y = rect.y; y < rect.y + rect.height; y++)
            colour_row(tc_tile_row(out, y), tc_tile_at(in, rect.x, y), rect.width, in->channels);
    if (!draws(&step->args)) return TC_OK;
    tc_code code;
    for (int i = 0; i < count && tc_codes_read(merged, i, &code); i++) draw_outline(&code, out);
    // The texts come last, so that no outline crosses them.
    for (int i = 0; i < count && tc_codes_read(merged, i, &code); i++) draw_text(step, &code, out);
    return TC_OK;
}

const tc_op TC_OP(read_codes) = {
    .name = "read_codes",
    .title = "Read codes",
    .summary = "Reads QR and bar codes and lists what they say; can draw outlines and texts on the picture.",
    .group = TC_GROUP_ANALYSIS,
    .params = params,
    .need = TC_NEED_WHOLE,
    .merge_method = TC_MERGE_CODES,
    .cost = 8,
    .shape = shape,
    .apply = apply,
};
