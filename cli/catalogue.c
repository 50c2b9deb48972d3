// Prints the operation table: for `ops`, and as part of the help.
#include "cli/catalogue.h"

#include <stdlib.h>

#include "control/catalogue.h"
#include "control/json.h"
#include "core/op_table.h"

// Prints the values that a parameter may have, e.g. "1..99 px, odd", "binary|otsu" or "9 or 25 numbers, -1..1,
// separated by commas".
static void print_allowed(const tc_param *param, FILE *to) {
    if (param->kind == TC_PARAM_LIST) {
        char counts[64];
        tc_param_print_counts(param, counts, sizeof counts);
        fprintf(to, "%s numbers, %g..%g, separated by commas", counts, param->min, param->max);
        return;
    }
    if (param->kind != TC_PARAM_CHOICE && param->kind != TC_PARAM_SET) {
        const char *unit = param->unit ? param->unit : "";
        fprintf(to, "%g..%g%s%s%s", param->min, param->max, *unit ? " " : "", unit,
                param->kind == TC_PARAM_ODD ? ", odd" : "");
        return;
    }
    bool set = param->kind == TC_PARAM_SET;
    if (set) fputs("all, or some of ", to);
    for (int i = 0; i < TC_MAX_CHOICES && param->choices[i]; i++)
        fprintf(to, "%s%s", i == 0 ? "" : set ? "," : "|", param->choices[i]);
}

void tc_catalogue_print_operation(const tc_op *op, FILE *to) {
    fprintf(to, "  %-24s %s\n", op->name, op->summary);
    tc_args args;
    tc_args_init(&args, op);
    for (int i = 0; op->params && op->params[i].name; i++) {
        char value[TC_MAX_VALUE_TEXT], form[TC_MAX_VALUE_TEXT + 64];
        tc_args_print(&args, op, i, value, sizeof value);
        snprintf(form, sizeof form, "%s=%s", op->params[i].name, value);
        fprintf(to, "    %-22s %s: ", form, op->params[i].title);
        print_allowed(&op->params[i], to);
        fputc('\n', to);
    }
}

static tc_status print_json(tc_error *error) {
    tc_json *catalogue = tc_catalogue_to_json();
    char *text = catalogue ? tc_json_print(catalogue) : NULL;
    tc_json_destroy(catalogue);
    if (!text) return tc_fail(error, TC_ERR_MEMORY, "out of memory");
    puts(text);
    free(text);
    return TC_OK;
}

static void print_groups(void) {
    for (tc_group group = TC_GROUP_TONE; group <= TC_GROUP_ANALYSIS; group++) {
        bool titled = false;
        for (int i = 0; tc_op_list()[i]; i++) {
            if (tc_op_list()[i]->group != group) continue;
            if (!titled) printf("%s\n", tc_group_name(group));
            titled = true;
            tc_catalogue_print_operation(tc_op_list()[i], stdout);
        }
    }
}

tc_status tc_catalogue_print(bool json, tc_error *error) {
    tc_status status = TC_OK;
    if (json)
        status = print_json(error);
    else
        print_groups();
    if (!status && (fflush(stdout) != 0 || ferror(stdout)))
        status = tc_fail(error, TC_ERR_IO, "standard output cannot be written");
    return status;
}
