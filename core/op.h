// Operations as data: what each is called, which parameters it takes, what it needs of its input, how it computes.
//
// One file per operation in core/ops/, named as the operation is on the wire, defines one `const tc_op tc_op_<name>`.
// The table is generated from the files present (cmake/operations.cmake). What each must compute is defined in
// docs/operations.md by an OpenCV expression.
#ifndef TC_OP_H
#define TC_OP_H

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
    TC_PARAM_CHOICE, // one of `choices`; its value is the index
    TC_PARAM_SET,    // comma-separated names out of `choices`, or "all"; its value is a bit mask by index
    TC_PARAM_LIST,   // comma-separated numbers, as many as one of `counts`; its value is how many, they stand in `list`
} tc_param_kind;

typedef struct tc_param {
    const char *name;  // NULL ends a list
    const char *title; // for people, e.g. "Kernel size"
    tc_param_kind kind;
    double initial;                      // the default
    double min, max;                     // inclusive; of each number of a LIST; unused for CHOICE and SET
    const char *unit;                    // "px", "°", "×" or ""
    const char *choices[TC_MAX_CHOICES]; // NULL-terminated
    int counts[TC_MAX_COUNTS];           // LIST: the lengths allowed, 0 ends; each at most TC_MAX_LIST
    const double *initial_list;          // LIST: the default, `initial` numbers
} tc_param;

// Values of an operation's parameters, in the order of its `params`; at most one of them is a LIST.
typedef struct tc_args {
    double value[TC_MAX_PARAMS];
    double list[TC_MAX_LIST];
} tc_args;

typedef enum tc_group { TC_GROUP_TONE, TC_GROUP_FILTER, TC_GROUP_EDGE, TC_GROUP_GEOMETRY, TC_GROUP_ANALYSIS } tc_group;

typedef enum tc_need {
    TC_NEED_POINT,         // the same pixel; `run` may get the same pixels as input and output if channels are equal
    TC_NEED_NEIGHBOURHOOD, // `radius` pixels on each side, `border` beyond the picture
    TC_NEED_GEOMETRY,      // the rectangle that `source` names
    TC_NEED_WHOLE,         // scan every tile, merge the partial results, then apply
} tc_need;

// What stands beyond the picture's edge for a neighbourhood; the planner pads tiles with it.
typedef enum tc_border { TC_BORDER_REFLECT101, TC_BORDER_REPLICATE, TC_BORDER_ZERO, TC_BORDER_MAX } tc_border;

// How the merge of a whole-picture operation is made.
typedef enum tc_merge_method {
    TC_MERGE_PARTIALS, // op->merge folds the partial results of all tiles
    TC_MERGE_CODES, // somebody with a code reader reads the whole intermediate picture (core/codes.h holds the format)
} tc_merge_method;

// What the merged result of a whole-picture operation is to those who asked for the picture.
typedef enum tc_merged_list {
    TC_LIST_NONE,
    TC_LIST_SEGMENTS, // a list of straight lines (core/segments.h), told them as soon as it is there
} tc_merged_list;

// An operation with its arguments, bound to the shapes it works on. Made by the planner, read-only for kernels.
typedef struct tc_step {
    const struct tc_op *op;
    tc_args args;
    tc_shape in;       // the picture that this step reads
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
    const tc_param *params; // NULL-name-terminated; NULL for none
    tc_need need;
    tc_border border;
    tc_merge_method merge_method;
    bool grid_bound;            // WHOLE: `apply` must be called with the very rectangles that `scan` saw
    bool square_tiles;          // WHOLE: partial results grow with a tile's sides, so tiles should be square
    tc_merged_list merged_list; // WHOLE, TC_MERGE_PARTIALS
    double cost; // measured scalar time per output pixel in ns, RGB, default parameters; weighs the progress
    // The operation goes on with this one, on its result and with the same arguments; it is in no table. NULL: no.
    const struct tc_op *next_op;
    // WHOLE with `then`: the picture that it reads is retained for the last operation that it goes on with. `apply` of
    // that one reads it in place of the intermediate picture, which so need not carry it along; its `shape` and
    // tc_step.in are about it, too.
    bool retains_input;

    // Overrides `need` for some arguments (a fixed threshold is a point, Otsu's needs the whole picture). NULL: `need`.
    tc_need (*need_of)(const tc_args *args);
    // The result's shape. NULL: the input's shape. May refuse arguments that do not fit the picture.
    tc_status (*shape)(const tc_args *args, tc_shape in, tc_shape *out, tc_error *error);
    // Refuses arguments that are each in range but do not fit together. NULL: nothing to refuse.
    tc_status (*check)(const tc_args *args, tc_error *error);
    // NEIGHBOURHOOD, and the scan of WHOLE: pixels needed on each side. NULL: 0.
    int (*radius)(const tc_args *args);
    // GEOMETRY: the input rectangle, inside the input picture, that the output rectangle `out` is made from.
    tc_rect (*source)(const tc_step *step, tc_rect out);
    // Builds constant tables from args and shapes (kernel weights, look-up tables), one heap block that the planner
    // frees with free(). NULL on lack of memory. Must give the same bytes on every machine.
    void *(*prepare)(const tc_step *step);
    // Computes out->rect. `in` covers what it needs: for NEIGHBOURHOOD out->rect grown by the radius, already padded
    // beyond the picture's edges; for GEOMETRY `source`; else out->rect. Never for WHOLE.
    void (*run)(const tc_step *step, const tc_tile *in, const tc_tile *out);

    // POINT, and the apply of WHOLE: where every colour sample goes through one table and alpha stays, fills it, so
    // that the planner can compose it with its neighbours' (`merged` as for apply, else NULL). False: it is no such
    // case, or `merged` does not parse; then `run` or `apply` is called. TC_MAP_OPERATION sets all three for a POINT.
    bool (*map)(const tc_step *step, const tc_blob *merged, uint8_t map[256]);
    // Sends the samples of `in` through `map`; `in` and `out` may be the same pixels. Set together with `map`.
    void (*map_tile)(const tc_tile *in, const tc_tile *out, const uint8_t map[256]);

    // WHOLE only. The intermediate picture that `scan` writes; NULL: as the input. Its first channels are a
    // viewable picture, shown as a preview until the result is there: `preview_channels` of them (0: all).
    tc_shape (*intermediate_shape)(const tc_args *args, tc_shape in);
    int preview_channels;
    // Writes the intermediate pixels of intermediate->rect, and the tile's partial result into the empty `partial`.
    // NULL: the intermediate picture is the input and there are no partials.
    tc_status (*scan)(const tc_step *step, const tc_tile *in, const tc_tile *intermediate, tc_blob *partial,
                      tc_error *error);
    // Folds all tiles' partial results (row-major order) into the empty `merged`; `parallel` may help. With
    // TC_MERGE_CODES: NULL.
    tc_status (*merge)(const tc_step *step, const tc_partial *partials, int count, const tc_parallel *parallel,
                       tc_blob *merged, tc_error *error);
    // Computes out->rect from the same rectangle of the intermediate picture and the merged result.
    // `merged` has been checked by nobody: refuse what does not parse.
    tc_status (*apply)(const tc_step *step, const tc_blob *merged, const tc_tile *intermediate, const tc_tile *out,
                       tc_error *error);
} tc_op;

static inline tc_need tc_op_need(const tc_op *op, const tc_args *args) {
    return op->need_of ? op->need_of(args) : op->need;
}

// The operations at the current level (core/isa.h), sorted by name, NULL-terminated.
const tc_op *const *tc_op_list(void);
int tc_op_count(void);
const tc_op *tc_op_find(const char *name); // NULL if there is none
// The group's name on the wire: "tone", "filter", "edge", "geometry", "analysis".
const char *tc_group_name(tc_group group);
const char *tc_param_kind_name(tc_param_kind kind); // "int", "odd", "real", "choice", "set", "list"
// Writes how many numbers a LIST may have, e.g. "9, 25 or 49".
void tc_param_print_counts(const tc_param *param, char *text, size_t size);

// Fills in the defaults.
void tc_args_init(tc_args *args, const tc_op *op);
// Parses and checks one value given as text, as in `ksize=5`. The message names operation, parameter, value and what
// is allowed.
tc_status tc_args_set(tc_args *args, const tc_op *op, const char *name, const char *value, tc_error *error);
// Writes the value as tc_args_set reads it. `size` of TC_MAX_VALUE_TEXT always suffices.
void tc_args_print(const tc_args *args, const tc_op *op, int param, char *text, size_t size);

// The parameter `symbologies` of a step that reads codes, bits in the order of tc_symbologies (core/codes.h); all bits
// if the operation has no such parameter.
uint32_t tc_step_symbologies(const tc_step *step);

#endif
