// The operation catalogue as JSON.
#include "control/catalogue.h"

#include "core/assert.h"
#include "core/op.h"
#include "core/op_table.h"

static const char *need_name(tc_need need) {
    static const char *const names[] = {"point", "neighbourhood", "geometry", "whole"};
    TC_ASSERT((unsigned)need < sizeof names / sizeof *names);
    return names[need];
}

// Numbers as numbers, everything else in the text form.
static void set_default(tc_json *object, const tc_op *op, const tc_param *param) {
    bool number = param->kind == TC_PARAM_INT || param->kind == TC_PARAM_ODD || param->kind == TC_PARAM_REAL;
    if (number) {
        tc_json_set_number(object, "default", param->initial);
        return;
    }
    tc_args args;
    char text[TC_MAX_VALUE_TEXT];
    tc_args_init(&args, op);
    tc_args_print(&args, op, (int)(param - op->params), text, sizeof text);
    tc_json_set_string(object, "default", text);
}

static void add_param(tc_json *params, const tc_op *op, const tc_param *param) {
    tc_json *object = tc_json_add_object(params);
    tc_json_set_string(object, "name", param->name);
    tc_json_set_string(object, "title", param->title);
    tc_json_set_string(object, "kind", tc_param_kind_name(param->kind));
    set_default(object, op, param);
    if (param->kind == TC_PARAM_CHOICE || param->kind == TC_PARAM_SET) {
        tc_json *choices = tc_json_set_array(object, "choices");
        for (int i = 0; i < TC_MAX_CHOICES && param->choices[i]; i++) tc_json_add_string(choices, param->choices[i]);
    } else {
        tc_json_set_number(object, "min", param->min);
        tc_json_set_number(object, "max", param->max);
    }
    if (param->kind == TC_PARAM_LIST) {
        tc_json *counts = tc_json_set_array(object, "counts");
        for (int i = 0; i < TC_MAX_COUNTS && param->counts[i]; i++) tc_json_add_number(counts, param->counts[i]);
    }
    tc_json_set_string(object, "unit", param->unit ? param->unit : "");
}

tc_json *tc_catalogue_to_json(void) {
    tc_json *catalogue = tc_json_new_object();
    tc_json *operations = tc_json_set_array(catalogue, "operations");
    for (int i = 0; tc_op_list()[i]; i++) {
        const tc_op *op = tc_op_list()[i];
        tc_json *object = tc_json_add_object(operations);
        tc_json_set_string(object, "name", op->name);
        tc_json_set_string(object, "title", op->title);
        tc_json_set_string(object, "summary", op->summary);
        tc_json_set_string(object, "group", tc_group_name(op->group));
        tc_json_set_string(object, "need", need_name(op->need));
        tc_json *params = tc_json_set_array(object, "params");
        for (const tc_param *param = op->params; param && param->name; param++) add_param(params, op, param);
    }
    return catalogue;
}
