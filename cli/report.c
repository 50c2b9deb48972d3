// Reports progress, results and failures, as text or as JSON lines.
#include "cli/report.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "control/code.h"
#include "control/json.h"
#include "control/line_batch.h"

enum { DRAW_MS = 100, BAR_WIDTH = 24 };

typedef struct file_state {
    double start_ms, fraction, eta_ms;
    bool ended;
    tc_blob codes; // until the file has ended, so that they stand in the order of reading
    tc_blob held;  // lines that wait until the files before have ended
} file_state;

struct tc_report {
    const tc_options *options;
    bool bar, drawn, bad;
    int ended, first; // files that have ended; the first that has not
    double start_ms, drawn_ms, fractions;
    file_state *files;
};

static double now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

tc_report *tc_report_new(const tc_options *options) {
    tc_report *report = calloc(1, sizeof *report);
    file_state *files = calloc((size_t)options->file_count + 1, sizeof *files);
    if (!report || !files) {
        free(report);
        free(files);
        return NULL;
    }
    *report = (tc_report){.options = options, .files = files, .bar = isatty(STDERR_FILENO), .start_ms = now_ms()};
    return report;
}

static void erase_bar(tc_report *report) {
    if (report->drawn) fputs("\r\033[K", stderr);
    report->drawn = false;
}

void tc_report_destroy(tc_report *report) {
    if (!report) return;
    erase_bar(report);
    for (int i = 0; i < report->options->file_count; i++) {
        tc_blob_clear(&report->files[i].codes);
        tc_blob_clear(&report->files[i].held);
    }
    free(report->files);
    free(report);
}

// Appends `text` as it may stand in a line: control characters are spelled out, those of Unicode's second set too,
// since terminals obey them.
static void append_escaped(tc_blob *line, const char *text, size_t size) {
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)text[i];
        char spelled[8] = {(char)c};
        if (c == '\t' || c == '\n' || c == '\r' || c == '\\')
            snprintf(spelled, sizeof spelled, "\\%c", c == '\t' ? 't' : c == '\n' ? 'n' : c == '\r' ? 'r' : '\\');
        else if (c == 0)
            strcpy(spelled, "\xe2\x90\x80"); // U+2400, as in JSON
        else if (c < 32 || c == 127)
            snprintf(spelled, sizeof spelled, "\\x%02x", c);
        else if (c == 0xc2 && i + 1 < size && (text[i + 1] & 0xe0) == 0x80)
            snprintf(spelled, sizeof spelled, "\\x%02x", (unsigned char)text[++i]);
        tc_blob_append(line, spelled, strlen(spelled));
    }
}

// Prints "tilecast: FILE: KIND SENTENCE".
static void print_sentence(tc_report *report, int file, const char *kind, const char *sentence) {
    tc_blob line = {0};
    append_escaped(&line, report->options->files[file], strlen(report->options->files[file]));
    tc_blob_append(&line, ": ", 2);
    tc_blob_append(&line, kind, strlen(kind));
    append_escaped(&line, sentence, strlen(sentence));
    erase_bar(report);
    fprintf(stderr, "tilecast: %.*s\n", (int)line.size, (const char *)line.data);
    tc_blob_clear(&line);
}

static tc_json *new_event(const tc_report *report, const char *event, int file) {
    tc_json *json = tc_json_new_object();
    tc_json_set_string(json, "event", event);
    tc_json_set_string(json, "file", report->options->files[file]);
    return json;
}

static void print_event(tc_report *report, tc_json *event) {
    char *text = tc_json_print(event);
    tc_json_destroy(event);
    erase_bar(report);
    if (!text || puts(text) < 0 || fflush(stdout) != 0) report->bad = true;
    free(text);
}

// The file's name without its folders, at most `columns` bytes, never cut inside a character.
static int bar_name(const char *file, int columns, const char **name) {
    const char *slash = strrchr(file, '/');
    *name = slash ? slash + 1 : file;
    int length = (int)strlen(*name);
    if (length <= columns) return length;
    length = columns > 0 ? columns : 0;
    while (length > 0 && ((unsigned char)(*name)[length] & 0xc0) == 0x80) length--;
    return length;
}

static void draw_bar(tc_report *report, int file) {
    double now = now_ms();
    if (!report->bar || now - report->drawn_ms < DRAW_MS) return;
    report->drawn_ms = now;
    int count = report->options->file_count;
    double fraction = (report->ended + report->fractions) / count;
    double eta =
        count == 1 ? report->files[file].eta_ms : (now - report->start_ms) * (1 - fraction) / (fraction + 1e-9);
    struct winsize window = {0};
    int columns = ioctl(STDERR_FILENO, TIOCGWINSZ, &window) == 0 && window.ws_col ? window.ws_col : 80;

    char bar[BAR_WIDTH + 1], counter[32] = "", left[32] = "";
    int full = (int)(fraction * BAR_WIDTH);
    for (int i = 0; i < BAR_WIDTH; i++) bar[i] = i < full ? '#' : '.';
    bar[BAR_WIDTH] = 0;
    if (count > 1) snprintf(counter, sizeof counter, " %d/%d", report->ended, count);
    if (eta >= 0 && eta < 360e6) {
        int seconds = (int)(eta / 1000 + 0.5);
        snprintf(left, sizeof left, " %d:%02d left", seconds / 60, seconds % 60);
    }
    int used = BAR_WIDTH + 8 + (int)strlen(counter) + (int)strlen(left);
    const char *name;
    int length = bar_name(report->options->files[file], columns - used - 2, &name);
    tc_blob safe = {0};
    append_escaped(&safe, name, (size_t)length);
    fprintf(stderr, "\r\033[K[%s] %3d %%%s%s %.*s", bar, (int)(fraction * 100), counter, left, (int)safe.size,
            safe.data ? (const char *)safe.data : "");
    fflush(stderr);
    tc_blob_clear(&safe);
    report->drawn = true;
}

void tc_report_start(tc_report *report, int file) {
    report->files[file].start_ms = now_ms();
    report->files[file].eta_ms = -1;
    draw_bar(report, file);
}

double tc_report_elapsed(const tc_report *report, int file) {
    return now_ms() - report->files[file].start_ms;
}

void tc_report_progress(tc_report *report, int file, double done, double total, double eta_ms) {
    file_state *state = &report->files[file];
    double fraction = total > 0 ? done / total : 0;
    report->fractions += fraction - state->fraction;
    state->fraction = fraction;
    state->eta_ms = eta_ms;
    if (report->options->json) {
        tc_json *event = new_event(report, "progress", file);
        tc_json_set_number(event, "done", done);
        tc_json_set_number(event, "total", total);
        tc_json_set_number(event, "eta_ms", eta_ms < 0 ? -1 : (double)(int64_t)(eta_ms + 0.5));
        print_event(report, event);
    }
    draw_bar(report, file);
}

void tc_report_tile(tc_report *report, int file, tc_rect rect, int worker) {
    // Those of `codes` are of a picture that nobody asked for.
    if (!report->options->json || report->options->command == TC_COMMAND_CODES) return;
    tc_json *event = new_event(report, "tile", file);
    tc_json_set_number(event, "x", rect.x);
    tc_json_set_number(event, "y", rect.y);
    tc_json_set_number(event, "width", rect.width);
    tc_json_set_number(event, "height", rect.height);
    tc_json_set_number(event, "worker", worker);
    print_event(report, event);
}

static void print_held(tc_report *report, tc_blob *held) {
    if (held->size == 0) return;
    erase_bar(report);
    if (fwrite(held->data, 1, held->size, stdout) != held->size || fflush(stdout) != 0) report->bad = true;
    tc_blob_clear(held);
}

static void print_code_event(tc_report *report, int file, const tc_code *code) {
    tc_json *event = new_event(report, "code", file);
    tc_json_set_code(event, "type", code);
    print_event(report, event);
}

static void hold_code_line(tc_report *report, int file, const tc_code *code) {
    const char *name = report->options->files[file];
    tc_blob *held = &report->files[file].held;
    append_escaped(held, name, strlen(name));
    tc_blob_append(held, "\t", 1);
    append_escaped(held, code->type, strlen(code->type));
    tc_blob_append(held, "\t", 1);
    append_escaped(held, code->text, code->text_size);
    tc_blob_append(held, "\n", 1);
}

void tc_report_code(tc_report *report, int file, const tc_code *code) {
    const tc_options *options = report->options;
    tc_code kept = *code;
    tc_error error;
    if (options->json) {
        print_code_event(report, file, code);
        return;
    }
    if (options->out && strcmp(options->out, "-") == 0) return; // standard output is the picture
    kept.symbology = tc_symbology_find_type(code->type);
    tc_blob *codes = &report->files[file].codes, one = {0};
    // What the list cannot hold, a kind of another version's server or one code too many, takes no place in the order.
    if (tc_codes_count(codes) == TC_MAX_CODES || tc_codes_write(&one, &kept, &error) != TC_OK)
        hold_code_line(report, file, code);
    else if (tc_codes_merge(codes, &one, NULL, &error) != TC_OK)
        report->bad = true;
    tc_blob_clear(&one);
}

// Makes lines of the codes that were read in a file.
static void hold_codes(tc_report *report, int file) {
    tc_blob *codes = &report->files[file].codes;
    tc_error error;
    tc_code code;
    if (tc_codes_sort(codes, &error) != TC_OK) report->bad = true;
    for (int i = 0; tc_codes_read(codes, i, &code); i++) hold_code_line(report, file, &code);
    tc_blob_clear(codes);
}

void tc_report_lines(tc_report *report, int file, const tc_line_batch *lines) {
    const tc_options *options = report->options;
    if (options->json) {
        tc_json *event = new_event(report, "lines", file);
        tc_json_set_line_batch(event, lines);
        print_event(report, event);
        return;
    }
    if (lines->from > 0 || (options->out && strcmp(options->out, "-") == 0)) return;
    tc_blob *held = &report->files[file].held;
    char count[32];
    append_escaped(held, options->files[file], strlen(options->files[file]));
    snprintf(count, sizeof count, "\tlines\t%d\n", lines->total);
    tc_blob_append(held, count, strlen(count));
    if (file == report->first) print_held(report, held);
}

// Counts the file as ended and prints the lines that waited for it.
static void end_file(tc_report *report, int file) {
    file_state *state = &report->files[file];
    hold_codes(report, file);
    report->fractions -= state->fraction;
    state->fraction = 0;
    state->ended = true;
    report->ended++;
    for (; report->first < report->options->file_count; report->first++) {
        print_held(report, &report->files[report->first].held);
        if (!report->files[report->first].ended) break;
    }
    if (report->ended < report->options->file_count) draw_bar(report, file);
}

void tc_report_done(tc_report *report, int file, const char *out, tc_shape shape, const char *warning) {
    double ms = tc_report_elapsed(report, file);
    if (warning && *warning) print_sentence(report, file, "warning: ", warning);
    if (report->options->json) {
        tc_json *event = new_event(report, "done", file);
        if (out) tc_json_set_string(event, "out", out);
        tc_json_set_number(event, "width", shape.width);
        tc_json_set_number(event, "height", shape.height);
        tc_json_set_number(event, "ms", (double)(int64_t)(ms * 10) / 10);
        tc_json_set_string(event, "warning", warning ? warning : "");
        print_event(report, event);
    } else if (report->bar && out && strcmp(out, "-") != 0) {
        erase_bar(report);
        fprintf(stderr, "%s: %d x %d, %.2f s\n", out, shape.width, shape.height, ms / 1000);
    }
    end_file(report, file);
}

static void print_failed_event(tc_report *report, int file, const char *error) {
    if (!report->options->json) return;
    tc_json *event = new_event(report, "failed", file);
    tc_json_set_string(event, "error", error);
    print_event(report, event);
}

void tc_report_failed(tc_report *report, int file, const char *error) {
    report->bad = true;
    print_sentence(report, file, "", error);
    print_failed_event(report, file, error);
    end_file(report, file);
}

void tc_report_fault(tc_report *report, const char *error) {
    report->bad = true;
    tc_blob line = {0}; // a server may have written it
    append_escaped(&line, error, strlen(error));
    erase_bar(report);
    fprintf(stderr, "tilecast: %.*s\n", (int)line.size, (const char *)line.data);
    tc_blob_clear(&line);
    for (int i = 0; i < report->options->file_count; i++)
        if (!report->files[i].ended) print_failed_event(report, i, error);
}

bool tc_report_good(tc_report *report) {
    if (fflush(stdout) != 0 || ferror(stdout)) report->bad = true;
    return !report->bad;
}
