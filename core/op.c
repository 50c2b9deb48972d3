// Arguments of operations: defaults, parsing with checks, and printing.
#include "core/op.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/assert.h"

const char *tc_group_name(tc_group group) {
    static const char *const names[] = {"tone", "filter", "edge", "geometry", "analysis"};
    TC_ASSERT((unsigned)group < sizeof names / sizeof *names);
    return names[group];
}

const char *tc_param_kind_name(tc_param_kind kind) {
    static const char *const names[] = {"int", "odd", "real", "choice", "set", "list"};
    TC_ASSERT((unsigned)kind < sizeof names / sizeof *names);
    return names[kind];
}

void tc_args_init(tc_args *args, const tc_op *op) {
    *args = (tc_args){0};
    for (int i = 0; op->params && op->params[i].name; i++) {
        const tc_param *param = &op->params[i];
        TC_ASSERT(i < TC_MAX_PARAMS);
        args->value[i] = param->initial;
        if (param->kind == TC_PARAM_LIST)
            memcpy(args->list, param->initial_list, (size_t)param->initial * sizeof *args->list);
    }
}

// Appends "a, b, c" to `list`.
static void append_name(char *list, size_t size, const char *name) {
    size_t used = strlen(list);
    snprintf(list + used, size - used, "%s%s", used ? ", " : "", name);
}

static const tc_param *find_param(const tc_op *op, const char *name, int *index) {
    for (int i = 0; op->params && op->params[i].name; i++)
        if (strcmp(op->params[i].name, name) == 0) {
            *index = i;
            return &op->params[i];
        }
    return NULL;
}

static tc_status fail_unknown_param(const tc_op *op, const char *name, tc_error *error) {
    char names[256] = "", shown[TC_QUOTE_SIZE];
    for (int i = 0; op->params && op->params[i].name; i++) append_name(names, sizeof names, op->params[i].name);
    if (!*names)
        return tc_fail(error, TC_ERR_ARGUMENT, "%s: unknown parameter \"%s\"; it takes no parameters", op->name,
                       tc_quote(shown, name));
    return tc_fail(error, TC_ERR_ARGUMENT, "%s: unknown parameter \"%s\"; it takes %s", op->name, tc_quote(shown, name),
                   names);
}

static int find_choice(const tc_param *param, const char *name, size_t size) {
    for (int i = 0; param->choices[i]; i++)
        if (strlen(param->choices[i]) == size && memcmp(param->choices[i], name, size) == 0) return i;
    return -1;
}

static tc_status fail_choice(const tc_op *op, const tc_param *param, const char *value, tc_error *error) {
    char names[320] = "", shown[TC_QUOTE_SIZE];
    if (param->kind == TC_PARAM_SET) append_name(names, sizeof names, "all");
    for (int i = 0; param->choices[i]; i++) append_name(names, sizeof names, param->choices[i]);
    return tc_fail(error, TC_ERR_ARGUMENT, "%s: %s=%s is not allowed; it must be %s of %s", op->name, param->name,
                   tc_quote(shown, value), param->kind == TC_PARAM_SET ? "a comma-separated list" : "one", names);
}

// A plain decimal number that ends at a comma or at the end of the text; `*end` moves past it.
static bool read_number(double *number, const char *text, const char **end) {
    char *stop;
    *number = strtod(text, &stop);
    *end = stop;
    // strtod also accepts "nan", "inf" and hexadecimal numbers.
    size_t size = strspn(text, "0123456789+-.eE");
    return stop != text && stop == text + size && (*stop == 0 || *stop == ',');
}

static tc_status set_number(double *out, const tc_op *op, const tc_param *param, const char *value, tc_error *error) {
    char shown[TC_QUOTE_SIZE];
    const char *end;
    double number;
    bool plain = read_number(&number, value, &end) && *end == 0;
    bool odd = param->kind == TC_PARAM_ODD, whole = odd || param->kind == TC_PARAM_INT;
    if (plain && number >= param->min && number <= param->max && (!whole || number == floor(number)) &&
        (!odd || fmod(number, 2) != 0)) {
        *out = number;
        return TC_OK;
    }
    return tc_fail(error, TC_ERR_ARGUMENT, "%s: %s=%s is not allowed; it must be %s from %g to %g", op->name,
                   param->name, tc_quote(shown, value),
                   odd     ? "an odd number"
                   : whole ? "a whole number"
                           : "a number",
                   param->min, param->max);
}

static tc_status set_choice(double *out, const tc_op *op, const tc_param *param, const char *value, tc_error *error) {
    int index = find_choice(param, value, strlen(value));
    if (index < 0) return fail_choice(op, param, value, error);
    *out = index;
    return TC_OK;
}

static uint32_t all_choices(const tc_param *param) {
    uint32_t mask = 0;
    for (int i = 0; param->choices[i]; i++) mask |= 1u << i;
    return mask;
}

static tc_status set_set(double *out, const tc_op *op, const tc_param *param, const char *value, tc_error *error) {
    uint32_t mask = 0;
    for (const char *name = value;; name++) {
        size_t size = strcspn(name, ",");
        int index = find_choice(param, name, size);
        if (size == 3 && memcmp(name, "all", 3) == 0)
            mask |= all_choices(param);
        else if (index >= 0)
            mask |= 1u << index;
        else
            return fail_choice(op, param, value, error);
        name += size;
        if (!*name) break;
    }
    *out = mask;
    return TC_OK;
}

void tc_param_print_counts(const tc_param *param, char *text, size_t size) {
    *text = 0;
    for (int i = 0; i < TC_MAX_COUNTS && param->counts[i]; i++) {
        size_t used = strlen(text);
        bool last = i == TC_MAX_COUNTS - 1 || !param->counts[i + 1];
        snprintf(text + used, size - used, "%s%d", i == 0 ? "" : last ? " or " : ", ", param->counts[i]);
    }
}

static tc_status set_list(tc_args *args, double *count_out, const tc_op *op, const tc_param *param, const char *value,
                          tc_error *error) {
    double list[TC_MAX_LIST];
    int count = 0;
    char counts[64], shown[TC_QUOTE_SIZE];
    tc_param_print_counts(param, counts, sizeof counts);
    for (const char *next = value; next; next = *next == ',' ? next + 1 : NULL) {
        double number;
        const char *start = next;
        if (!read_number(&number, start, &next) || number < param->min || number > param->max)
            return tc_fail(error, TC_ERR_ARGUMENT,
                           "%s: number %d of %s=%s is not allowed; it must be %s numbers from %g to %g with commas "
                           "between them",
                           op->name, count + 1, param->name, tc_quote(shown, value), counts, param->min, param->max);
        if (count < TC_MAX_LIST) list[count] = number;
        count++;
    }
    bool allowed = false;
    for (int i = 0; i < TC_MAX_COUNTS && param->counts[i]; i++) allowed |= param->counts[i] == count;
    if (!allowed)
        return tc_fail(error, TC_ERR_ARGUMENT, "%s: %s has %d numbers; it must have %s", op->name, param->name, count,
                       counts);
    memcpy(args->list, list, (size_t)count * sizeof *list);
    *count_out = count;
    return TC_OK;
}

tc_status tc_args_set(tc_args *args, const tc_op *op, const char *name, const char *value, tc_error *error) {
    int index;
    const tc_param *param = find_param(op, name, &index);
    if (!param) return fail_unknown_param(op, name, error);
    double *out = &args->value[index];
    switch (param->kind) {
    case TC_PARAM_CHOICE:
        return set_choice(out, op, param, value, error);
    case TC_PARAM_SET:
        return set_set(out, op, param, value, error);
    case TC_PARAM_LIST:
        return set_list(args, out, op, param, value, error);
    default:
        return set_number(out, op, param, value, error);
    }
}

static void print_number(double value, char *text, size_t size) {
    snprintf(text, size, "%.15g", value);
    if (strtod(text, NULL) != value) snprintf(text, size, "%.17g", value);
}

void tc_args_print(const tc_args *args, const tc_op *op, int param, char *text, size_t size) {
    const tc_param *p = &op->params[param];
    TC_ASSERT(param >= 0 && param < TC_MAX_PARAMS && p->name && size > 0);
    double value = args->value[param];
    if (p->kind == TC_PARAM_CHOICE) {
        TC_ASSERT(value >= 0 && value < TC_MAX_CHOICES && p->choices[(int)value]);
        snprintf(text, size, "%s", p->choices[(int)value]);
    } else if (p->kind == TC_PARAM_SET) {
        uint32_t mask = (uint32_t)value;
        *text = 0;
        if (mask == all_choices(p))
            append_name(text, size, "all");
        else
            for (int i = 0; p->choices[i]; i++)
                if (mask >> i & 1) {
                    size_t used = strlen(text);
                    snprintf(text + used, size - used, "%s%s", used ? "," : "", p->choices[i]);
                }
    } else if (p->kind == TC_PARAM_LIST) {
        TC_ASSERT(value >= 0 && value <= TC_MAX_LIST);
        *text = 0;
        for (int i = 0; i < (int)value; i++) {
            char number[32];
            size_t used = strlen(text);
            print_number(args->list[i], number, sizeof number);
            snprintf(text + used, size - used, "%s%s", i ? "," : "", number);
        }
    } else {
        print_number(value, text, size);
    }
}

uint32_t tc_step_symbologies(const tc_step *step) {
    for (int i = 0; step->op->params && step->op->params[i].name; i++)
        if (strcmp(step->op->params[i].name, "symbologies") == 0) return (uint32_t)step->args.value[i];
    return UINT32_MAX;
}
