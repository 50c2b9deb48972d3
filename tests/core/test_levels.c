// Every operation at every level of this processor against the scalar one, on random sizes, places and strides: the
// same pixels and partial results, no byte written outside the rows, an unchanged input.
#include <stdlib.h>

#include "core/isa.h"
#include "core/op_table.h"
#include "core/plan.h"
#include "tests/check.h"

enum { ROUNDS = 200, MAX_SIDE = 300, GUARD = 0xA7 };

static uint32_t state;

// xorshift32
static int below(int n) {
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return (int)(state % (uint32_t)n);
}

// A tile in a heap block of its own: `lead` bytes, then rows `gap` bytes apart, and nothing after the last, so that a
// sanitizer detects every access beyond it.
typedef struct block {
    uint8_t *memory;
    size_t size;
    tc_tile tile;
} block;

static block block_new(tc_rect rect, int channels, size_t lead, size_t gap) {
    size_t row = tc_row_bytes(rect.width, channels), stride = row + gap;
    block b = {.size = lead + stride * (size_t)(rect.height - 1) + row};
    b.memory = malloc(b.size);
    if (!b.memory) abort();
    memset(b.memory, GUARD, b.size);
    b.tile = (tc_tile){b.memory + lead, stride, rect, channels, below(2)};
    return b;
}

static bool guards_are_whole(const block *b) {
    size_t row = tc_row_bytes(b->tile.rect.width, b->tile.channels), lead = (size_t)(b->tile.data - b->memory);
    for (size_t i = 0; i < b->size; i++)
        if ((i < lead || (i - lead) % b->tile.stride >= row) && b->memory[i] != GUARD) return false;
    return true;
}

static void fill(const tc_tile *tile) {
    int kind = below(4), ramp = below(5) + 1;
    for (int y = tile->rect.y; y < tile->rect.y + tile->rect.height; y++) {
        uint8_t *row = tc_tile_row(tile, y);
        for (int i = 0; i < tile->rect.width * tile->channels; i++)
            row[i] = (uint8_t)(kind == 0   ? below(256)
                               : kind == 1 ? below(2) * 255
                               : kind == 2 ? 100 + below(9)
                                           : (i + y) * ramp + below(3));
    }
}

// Random arguments in text form, within the parameters' ranges; small numbers more often than large ones.
static void append_value(char *text, size_t size, const tc_param *p) {
    size_t used = strlen(text);
    double low = p->min, high = below(3) ? p->min + 12 : p->max;
    if (high > p->max) high = p->max;
    if (p->kind == TC_PARAM_CHOICE || p->kind == TC_PARAM_SET) {
        int count = 0;
        while (count < TC_MAX_CHOICES && p->choices[count]) count++;
        snprintf(text + used, size - used, " %s=%s", p->name, p->choices[below(count)]);
    } else if (p->kind == TC_PARAM_LIST) {
        int count = p->counts[below(p->counts[1] ? 2 : 1)];
        used += (size_t)snprintf(text + used, size - used, " %s=", p->name);
        for (int i = 0; i < count; i++)
            used += (size_t)snprintf(text + used, size - used, "%s%d", i ? "," : "", below(9) - 4);
    } else if (p->kind == TC_PARAM_REAL) {
        snprintf(text + used, size - used, " %s=%.3f", p->name, low + (high - low) * below(1001) / 1000);
    } else {
        int value = (int)low + below((int)(high - low) + 1);
        if (p->kind == TC_PARAM_ODD && value % 2 == 0) value++;
        snprintf(text + used, size - used, " %s=%d", p->name, value);
    }
}

// Runs the first stage of the operation at one level on the same input.
static tc_status run_level(tc_isa isa, int index, const tc_args *args, tc_shape shape, const tc_tile *in, tc_rect rect,
                           block *out, tc_blob *partial, tc_error *error) {
    tc_pipeline pipeline = {.count = 1};
    pipeline.steps[0].op = tc_isa_ops(isa)[index];
    pipeline.steps[0].args = *args;
    tc_plan plan;
    tc_status status = tc_plan_init(&plan, &pipeline, shape, 4000000, error);
    if (status == TC_OK) {
        const tc_stage *stage = &plan.stages[0];
        rect = tc_rect_intersect(rect, tc_shape_rect(stage->out));
        if (tc_rect_empty(rect)) rect = (tc_rect){0, 0, 1, 1};
        tc_rect source = tc_stage_source(stage, rect);
        *out = block_new(rect, stage->out.channels, (size_t)below(70), (size_t)below(70));
        block from = block_new(source, shape.channels, (size_t)below(70), (size_t)below(70));
        tc_tile part = {tc_tile_at(in, source.x, source.y), in->stride, source, in->channels, false};
        tc_tile_copy(&from.tile, &part);
        status = tc_stage_run(stage, NULL, &from.tile, &out->tile, partial, error);
        CHECK(guards_are_whole(out));
        CHECK(guards_are_whole(&from));
        for (int y = source.y; y < source.y + source.height; y++)
            CHECK(memcmp(tc_tile_row(&from.tile, y), tc_tile_row(&part, y),
                         tc_row_bytes(source.width, shape.channels)) == 0);
        free(from.memory);
    }
    tc_plan_clear(&plan);
    return status;
}

static bool equal_pixels(const tc_tile *a, const tc_tile *b) {
    for (int y = a->rect.y; y < a->rect.y + a->rect.height; y++)
        if (memcmp(tc_tile_row(a, y), tc_tile_row(b, y), tc_row_bytes(a->rect.width, a->channels)) != 0) return false;
    return true;
}

static void test_round(int index) {
    const tc_op *op = tc_isa_ops(TC_ISA_SCALAR)[index];
    char text[2048];
    tc_error error = {0};
    tc_pipeline pipeline;
    snprintf(text, sizeof text, "%s", op->name);
    for (int i = 0; op->params && op->params[i].name; i++)
        if (below(4)) append_value(text, sizeof text, &op->params[i]);
    tc_status parsed = tc_pipeline_parse(&pipeline, text, &error);
    CHECK(parsed == TC_OK);
    if (parsed != TC_OK) {
        fprintf(stderr, "%s: %s\n", text, error.text);
        return;
    }
    int side = below(3) ? 40 : MAX_SIDE;
    tc_shape shape = {1 + below(side), 1 + below(side), 1 + below(4)};
    block in = block_new(tc_shape_rect(shape), shape.channels, 0, 0);
    fill(&in.tile);
    int x = below(shape.width), y = below(shape.height);
    tc_rect rect = {x, y, 1 + below(shape.width - x), 1 + below(shape.height - y)};
    block want = {0};
    tc_blob partial = {0};
    tc_status status =
        run_level(TC_ISA_SCALAR, index, &pipeline.steps[0].args, shape, &in.tile, rect, &want, &partial, &error);
    for (tc_isa isa = TC_ISA_AVX2; isa < TC_ISA_COUNT; isa++) {
        if (!tc_isa_supported(isa)) continue;
        block got = {0};
        tc_blob other = {0};
        int failed = check_failed;
        CHECK(run_level(isa, index, &pipeline.steps[0].args, shape, &in.tile, rect, &got, &other, &error) == status);
        CHECK(status != TC_OK || equal_pixels(&got.tile, &want.tile));
        CHECK(partial.size == other.size && (partial.size == 0 || memcmp(partial.data, other.data, other.size) == 0));
        if (check_failed > failed)
            fprintf(stderr, "  %s: %s on %dx%dx%d at %d,%d %dx%d\n", tc_isa_name(isa), text, shape.width, shape.height,
                    shape.channels, rect.x, rect.y, rect.width, rect.height);
        free(got.memory);
        tc_blob_clear(&other);
    }
    free(want.memory);
    tc_blob_clear(&partial);
    free(in.memory);
}

int main(int argc, char **argv) {
    state = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) | 1 : 20250131;
    printf("seed %u\n", state);
    for (int i = 0; i < tc_op_count(); i++)
        for (int round = 0; round < ROUNDS; round++) test_round(i);
    return check_result();
}
