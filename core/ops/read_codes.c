// Draws the codes found in a picture. The caller of the run reads them with a code reader (TC_MERGE_CODES).
#include "core/assert.h"
#include "core/codes.h"
#include "core/draw.h"
#include "core/kernels/colour.h"
#include "core/op.h"

enum { ARG_SYMBOLOGIES, ARG_DRAW };
enum { DRAW_YES, DRAW_NO };

#define WIRE_NAME(id, wire, ...) wire,
static const tc_param params[] = {
    {.name = "symbologies",
     .title = "Kinds of code",
     .kind = TC_PARAM_SET,
     .initial = TC_ALL_SYMBOLOGIES,
     .unit = "",
     .choices = {TC_SYMBOLOGIES(WIRE_NAME)}},
    TC_CHOICE("draw", "Draw outlines and texts", DRAW_YES, "yes", "no"),
    TC_PARAMS_END,
};

static bool draws(const tc_args *args) {
    return (int)args->value[ARG_DRAW] == DRAW_YES;
}

// Outlines are green, so a grey picture becomes RGB.
static tc_status shape(const tc_args *args, tc_shape in, tc_shape *out, tc_error *error) {
    *out = in;
    return draws(args) ? tc_colour_shape(args, in, out, error) : TC_OK;
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
    TC_ASSERT_SLOW(code->text[code->text_size] == 0);
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
    tc_colour_tile(in, out);
    if (!draws(&step->args)) return TC_OK;
    tc_code code;
    for (int i = 0; i < count && tc_codes_read(merged, i, &code); i++) draw_outline(&code, out);
    // Labels after all outlines, so that no outline crosses a label.
    for (int i = 0; i < count && tc_codes_read(merged, i, &code); i++) draw_text(step, &code, out);
    return TC_OK;
}

const tc_op TC_OP(read_codes) = {
    .name = "read_codes",
    .title = "Read codes",
    .summary = "Reads QR codes and bar codes and lists their texts; can draw outlines and texts on the picture.",
    .group = TC_GROUP_ANALYSIS,
    .params = params,
    .need = TC_NEED_WHOLE,
    .merge_method = TC_MERGE_CODES,
    .cost = 8,
    .shape = shape,
    .apply = apply,
};
