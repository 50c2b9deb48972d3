// Operations as data: name, parameters, what an operation reads of its input, and the functions that compute it.
//
// Each file in core/ops/, named as its operation is on the wire, defines one `const tc_op TC_OP(<name>)`. The table of
// operations is generated from these files (cmake/operations.cmake). docs/operations.md defines each result.
#ifndef TC_CORE_OP_H
#define TC_CORE_OP_H

#include "core/image.h"
#include "core/kernels/level.h"
#include "core/parallel.h"

enum {
    TC_MAX_PARAMS = 8,
    TC_MAX_CHOICES = 24,
    TC_MAX_LIST = 49,
    TC_MAX_COUNTS = 4,
    TC_MAX_VALUE_TEXT = TC_MAX_LIST * 25 + 1
};

typedef enum tc_param_kind {
    TC_PARAM_INT,
    TC_PARAM_ODD, // an odd integer
    TC_PARAM_REAL,
    TC_PARAM_CHOICE, // one of `choices`; the value is its index
    TC_PARAM_SET,    // comma-separated names out of `choices`, or "all"; the value is a bit mask by index
    TC_PARAM_LIST,   // comma-separated numbers, as many as one of `counts`; the value is the count
} tc_param_kind;

typedef struct tc_param {
    const char *name;  // NULL ends a list of parameters
    const char *title; // for people, e.g. "Kernel size"
    tc_param_kind kind;
    double initial;                      // the default
    double min, max;                     // inclusive; LIST: of each number; unused for CHOICE and SET
    const char *unit;                    // "px", "°", "×" or ""
    const char *choices[TC_MAX_CHOICES]; // NULL-terminated
    int counts[TC_MAX_COUNTS];           // LIST: the lengths allowed, each at most TC_MAX_LIST; 0 ends
    const double *initial_list;          // LIST: the default, `initial` numbers
} tc_param;

// Parameters of the kinds INT, ODD and REAL, and of kind CHOICE. The choices follow the arguments of TC_CHOICE.
#define TC_NUMBER(kind_, name_, title_, initial_, min_, max_, unit_)                                                   \
    {                                                                                                                  \
        .name = (name_), .title = (title_), .kind = TC_PARAM_##kind_, .initial = (initial_), .min = (min_),            \
        .max = (max_), .unit = (unit_)                                                                                 \
    }
#define TC_CHOICE(name_, title_, initial_, ...)                                                                        \
    {                                                                                                                  \
        .name = (name_), .title = (title_), .kind = TC_PARAM_CHOICE, .initial = (initial_), .unit = "", .choices = {   \
            __VA_ARGS__                                                                                                \
        }                                                                                                              \
    }
// Ends a list of parameters.
#define TC_PARAMS_END                                                                                                  \
    { .name = NULL }

// Values of an operation's parameters, in the order of its `params`. At most one of them is a LIST; its numbers are in
// `list`.
typedef struct tc_args {
    double value[TC_MAX_PARAMS];
    double list[TC_MAX_LIST];
} tc_args;

typedef enum tc_group { TC_GROUP_TONE, TC_GROUP_FILTER, TC_GROUP_EDGE, TC_GROUP_GEOMETRY, TC_GROUP_ANALYSIS } tc_group;

typedef enum tc_need {
    TC_NEED_POINT,         // the same pixel; with equal channels `run` may get one tile as input and output
    TC_NEED_NEIGHBOURHOOD, // `radius` pixels on each side, padded with `border` beyond the picture
    TC_NEED_GEOMETRY,      // the rectangle that `source` returns
    TC_NEED_WHOLE,         // the whole picture: scan every tile, merge the partial results, then apply
} tc_need;

// The padding beyond the picture's edge for a neighbourhood. The stage pads, so a kernel reads only pixels.
typedef enum tc_border { TC_BORDER_REFLECT101, TC_BORDER_REPLICATE, TC_BORDER_ZERO, TC_BORDER_MAX } tc_border;

// Who computes the merged result of a whole-picture operation.
typedef enum tc_merge_method {
    TC_MERGE_PARTIALS, // op->merge, from the partial results of all tiles
    TC_MERGE_CODES,    // a code reader outside the core, from the intermediate picture (format: core/codes.h)
} tc_merge_method;

// Whether clients get the merged result as a list as soon as it is there.
typedef enum tc_merged_list {
    TC_LIST_NONE,
    TC_LIST_SEGMENTS, // straight lines (core/segments.h)
} tc_merged_list;

// An operation with its arguments, bound to the shapes it works on. Made by the planner; kernels only read it.
typedef struct tc_step {
    const struct tc_op *op;
    tc_args args;
    tc_shape in;       // the picture that the step reads
    tc_shape out;      // the picture that it writes
    const void *table; // what op->prepare returned, or NULL
} tc_step;

// The partial result of one tile's scan.
typedef struct tc_partial {
    tc_rect rect;
    tc_blob blob;
} tc_partial;

typedef struct tc_op {
    const char *name, *title, *summary;
    tc_group group;
    const tc_param *params; // ended by a NULL name; NULL for none
    tc_need need;
    tc_border border;
    tc_merge_method merge_method;
    bool grid_bound;            // WHOLE: `apply` must get the same rectangles as `scan`
    bool square_tiles;          // WHOLE: partial results grow with a tile's sides, so tiles should be square
    tc_merged_list merged_list; // WHOLE with TC_MERGE_PARTIALS
    double cost;                // measured scalar ns per output pixel, RGB, default parameters; weighs the progress
    // The next operation of a chain, or NULL. It reads this one's result, has the same arguments, and is in no table.
    const struct tc_op *next_op;
    // WHOLE with `next_op`, set in the first operation of a chain: its input is retained for the chain's last
    // operation. The last operation's `apply` reads the retained input instead of the intermediate picture, and its
    // `shape` and tc_step.in refer to the retained input, too.
    bool retains_input;

    // Overrides `need` for some arguments (a fixed threshold is a point, Otsu's needs the whole picture). NULL: `need`.
    tc_need (*need_of)(const tc_args *args);
    // The result's shape. NULL: the input's shape. May refuse arguments that do not fit the picture.
    tc_status (*shape)(const tc_args *args, tc_shape in, tc_shape *out, tc_error *error);
    // Refuses arguments that are each in range but contradict each other. NULL: nothing to refuse.
    tc_status (*check)(const tc_args *args, tc_error *error);
    // NEIGHBOURHOOD, and the scan of WHOLE: pixels needed on each side. NULL: 0.
    int (*radius)(const tc_args *args);
    // GEOMETRY: the rectangle inside the input picture from which the output rectangle `out` is computed.
    tc_rect (*source)(const tc_step *step, tc_rect out);
    // Builds constant tables from args and shapes (kernel weights, look-up tables) in one heap block, which the planner
    // frees with free(). NULL when out of memory. Must give the same bytes on every machine.
    void *(*prepare)(const tc_step *step);
    // Computes out->rect. `in` covers, for NEIGHBOURHOOD, out->rect grown by the radius, padded beyond the picture's
    // edges; for GEOMETRY, `source`; else out->rect. Not for WHOLE.
    void (*run)(const tc_step *step, const tc_tile *in, const tc_tile *out);

    // POINT, and the apply of WHOLE, when every colour sample goes through one look-up table and alpha is unchanged:
    // fills the table, so that the stage can compose it with those of neighbouring steps. `merged` as for apply, else
    // NULL. False when the arguments need more than a table or `merged` does not parse; then `run` or `apply` is
    // called. TC_MAP_OPERATION sets all three for a POINT.
    bool (*map)(const tc_step *step, const tc_blob *merged, uint8_t map[256]);
    // Looks up the samples of `in` in `map`; `in` and `out` may be the same pixels. Set together with `map`.
    void (*map_tile)(const tc_tile *in, const tc_tile *out, const uint8_t map[256]);

    // WHOLE only. The shape of the intermediate picture that `scan` writes; NULL: the input's shape.
    tc_shape (*intermediate_shape)(const tc_args *args, tc_shape in);
    // So many first channels of the intermediate picture are a viewable picture, shown as a preview; 0: all.
    int preview_channels;
    // Writes the pixels of intermediate->rect, and the tile's partial result into the empty `partial`.
    // NULL: the intermediate picture is the input and there are no partial results.
    tc_status (*scan)(const tc_step *step, const tc_tile *in, const tc_tile *intermediate, tc_blob *partial,
                      tc_error *error);
    // Combines the partial results of all tiles (row by row) into the empty `merged`; `parallel` may be NULL.
    // NULL with TC_MERGE_CODES.
    tc_status (*merge)(const tc_step *step, const tc_partial *partials, int count, const tc_parallel *parallel,
                       tc_blob *merged, tc_error *error);
    // Computes out->rect from the same rectangle of the intermediate picture and the merged result, which may come from
    // another process: refuses one that does not parse.
    tc_status (*apply)(const tc_step *step, const tc_blob *merged, const tc_tile *intermediate, const tc_tile *out,
                       tc_error *error);
} tc_op;

static inline tc_need tc_op_need(const tc_op *op, const tc_args *args) {
    return op->need_of ? op->need_of(args) : op->need;
}

// The group's name in the catalogue: "tone", "filter", "edge", "geometry", "analysis".
const char *tc_group_name(tc_group group);
const char *tc_param_kind_name(tc_param_kind kind); // "int", "odd", "real", "choice", "set", "list"
// Writes how many numbers a LIST may have, e.g. "9, 25 or 49".
void tc_param_print_counts(const tc_param *param, char *text, size_t size);

// Fills in the defaults of the operation's parameters.
void tc_args_init(tc_args *args, const tc_op *op);
// Parses and checks one value given as text, as in `ksize=5`. Refuses unknown names and values out of range; the
// message names the operation, the parameter, the value and what is allowed.
tc_status tc_args_set(tc_args *args, const tc_op *op, const char *name, const char *value, tc_error *error);
// Writes the value of parameter number `param` as tc_args_set reads it. A `size` of TC_MAX_VALUE_TEXT always suffices.
void tc_args_print(const tc_args *args, const tc_op *op, int param, char *text, size_t size);

// The parameter `symbologies` of a step that reads codes, bits in the order of tc_symbologies (core/codes.h); all bits
// if the operation has no such parameter.
uint32_t tc_step_symbologies(const tc_step *step);

#endif
