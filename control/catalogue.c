// The operation table and codes as JSON.
#include "control/value.h"

static const char *need_name(tc_need need) {
    static const char *const names[] = {"point", "neighbourhood", "geometry", "whole"};
    return names[need];
}

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

tc_json *tc_control_operations(void) {
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

// RFC 4648, section 4.
static void set_base64(tc_json *object, const char *name, const uint8_t *bytes, size_t size) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char text[(TC_MAX_CODE_BYTES + 2) / 3 * 4 + 1], *to = text;
    for (size_t i = 0; i < size; i += 3) {
        size_t left = size - i;
        uint32_t three = (uint32_t)bytes[i] << 16 | (left > 1 ? (uint32_t)bytes[i + 1] << 8 : 0) |
                         (left > 2 ? (uint32_t)bytes[i + 2] : 0);
        *to++ = digits[three >> 18];
        *to++ = digits[three >> 12 & 63];
        *to++ = left > 1 ? digits[three >> 6 & 63] : '=';
        *to++ = left > 2 ? digits[three & 63] : '=';
    }
    *to = 0;
    tc_json_set_string(object, name, text);
}

void tc_control_set_code(tc_json *message, const char *type_name, const tc_code *code) {
    tc_json_set_string(message, type_name, code->type);
    tc_json_set_text(message, "text", code->text, code->text_size);
    if (code->bytes) set_base64(message, "bytes", code->bytes, code->bytes_size);
    tc_json_set_string(message, "how", code->how ? code->how : "");
    tc_json *points = tc_json_set_array(message, "points");
    for (int i = 0; i < 4; i++) {
        tc_json *point = tc_json_add_array(points);
        tc_json_add_number(point, code->x[i]);
        tc_json_add_number(point, code->y[i]);
    }
}
