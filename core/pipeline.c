// Parses and prints the text form of pipelines.
#include "core/pipeline.h"

#include <stdio.h>
#include <string.h>

#include "core/assert.h"
#include "core/op_table.h"

static tc_status fail_unknown_op(const char *name, tc_error *error) {
    char list[512] = "", shown[TC_QUOTE_SIZE];
    size_t used = 0;
    for (int i = 0; tc_op_list()[i] && used < sizeof list - 1; i++)
        used += (size_t)snprintf(list + used, sizeof list - used, "%s%s", i ? ", " : "", tc_op_list()[i]->name);
    return tc_fail(error, TC_ERR_ARGUMENT, "unknown operation \"%s\"; the operations are %s", tc_quote(shown, name),
                   list);
}

tc_status tc_pipeline_add(tc_pipeline *pipeline, const char *name, tc_args **args, tc_error *error) {
    TC_ASSERT(pipeline->count >= 0 && pipeline->count <= TC_MAX_STEPS);
    const tc_op *op = tc_op_find(name);
    if (!op) return fail_unknown_op(name, error);
    if (pipeline->count == TC_MAX_STEPS)
        return tc_fail(error, TC_ERR_ARGUMENT, "a pipeline of more than %d operations is not allowed", TC_MAX_STEPS);
    pipeline->steps[pipeline->count].op = op;
    tc_args *added = &pipeline->steps[pipeline->count++].args;
    tc_args_init(added, op);
    if (args) *args = added;
    return TC_OK;
}

tc_status tc_pipeline_check(const tc_pipeline *pipeline, tc_error *error) {
    for (int i = 0; i < pipeline->count; i++) {
        const tc_op *op = pipeline->steps[i].op;
        tc_status status = op->check ? op->check(&pipeline->steps[i].args, error) : TC_OK;
        if (status != TC_OK) return status;
    }
    return TC_OK;
}

#define SPACES " \t\r\n"

// Copies the next word of `*text` to `word`, of TC_MAX_PIPELINE_TEXT bytes, and moves past it; '|' is a word of its
// own. False at the end.
static bool next_word(const char **text, char *word) {
    const char *p = *text + strspn(*text, SPACES);
    size_t size = *p == '|' ? 1 : strcspn(p, SPACES "|");
    TC_ASSERT(size < TC_MAX_PIPELINE_TEXT);
    memcpy(word, p, size);
    word[size] = 0;
    *text = p + size;
    return size > 0;
}

// Sets one argument from the word `name=value`; `set` has a bit for each parameter set before.
static tc_status parse_arg(tc_args *args, const tc_op *op, char *word, uint32_t *set, tc_error *error) {
    char *value = strchr(word, '=');
    if (!value)
        return tc_fail(error, TC_ERR_ARGUMENT,
                       "%s: \"%.40s\" is not understood; write name=value, and | between operations", op->name, word);
    *value++ = 0;
    tc_status status = tc_args_set(args, op, word, value, error);
    if (status != TC_OK) return status;
    for (int i = 0; op->params[i].name; i++)
        if (strcmp(op->params[i].name, word) == 0) {
            if (*set >> i & 1) return tc_fail(error, TC_ERR_ARGUMENT, "%s: %s is given twice", op->name, word);
            *set |= 1u << i;
        }
    return TC_OK;
}

static tc_status parse_words(tc_pipeline *pipeline, const char *text, tc_error *error) {
    char word[TC_MAX_PIPELINE_TEXT];
    bool want_op = true;
    uint32_t set = 0;
    tc_args *args = NULL;
    tc_status status = TC_OK;
    while (status == TC_OK && next_word(&text, word)) {
        bool separator = strcmp(word, "|") == 0;
        if (separator && want_op)
            return tc_fail(error, TC_ERR_ARGUMENT,
                           "the pipeline has an empty step; write operations with | between them");
        if (separator) {
            want_op = true;
        } else if (want_op) {
            status = tc_pipeline_add(pipeline, word, &args, error);
            want_op = false;
            set = 0;
        } else {
            status = parse_arg(args, pipeline->steps[pipeline->count - 1].op, word, &set, error);
        }
    }
    if (status == TC_OK && want_op && pipeline->count)
        return tc_fail(error, TC_ERR_ARGUMENT, "the pipeline ends with |; write operations with | between them");
    return status == TC_OK ? tc_pipeline_check(pipeline, error) : status;
}

tc_status tc_pipeline_parse(tc_pipeline *pipeline, const char *text, tc_error *error) {
    *pipeline = (tc_pipeline){0};
    size_t size = strlen(text);
    if (size >= TC_MAX_PIPELINE_TEXT)
        return tc_fail(error, TC_ERR_ARGUMENT, "a pipeline of %zu characters; at most %d are allowed", size,
                       TC_MAX_PIPELINE_TEXT - 1);
    tc_status status = parse_words(pipeline, text, error);
    if (status != TC_OK) pipeline->count = 0;
    return status;
}

bool tc_pipeline_print(const tc_pipeline *pipeline, char *text, size_t size) {
    char value[TC_MAX_VALUE_TEXT];
    size_t used = 0;
    if (size) *text = 0;
    for (int i = 0; i < pipeline->count; i++) {
        const tc_op *op = pipeline->steps[i].op;
        used += (size_t)snprintf(text + used, size - used, "%s%s", i ? " | " : "", op->name);
        if (used >= size) return false;
        for (int p = 0; op->params && op->params[p].name; p++) {
            tc_args_print(&pipeline->steps[i].args, op, p, value, sizeof value);
            used += (size_t)snprintf(text + used, size - used, " %s=%s", op->params[p].name, value);
            if (used >= size) return false;
        }
    }
    return true;
}
