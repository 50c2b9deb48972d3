// Events, lines, sentences and the progress bar.
#include "cli/report.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "control/code.h"
#include "control/json.h"
#include "core/assert.h"
#include "system/clock.h"

enum { DRAW_MS = 100, BAR_WIDTH = 24 };

typedef struct file_state {
    double start_ms, fraction, eta_ms;
    bool ended;
    tc_blob codes;   // until the file has ended, to be sorted
    tc_blob pending; // lines, until the files before this one have ended
} file_state;

struct tc_report {
    const tc_options *options;
    bool has_bar, drawn, failed, out_of_memory;
    int ended, first; // files that have ended; the first that has not
    double start_ms, drawn_ms, fractions;
    file_state *files;
};

static double now_ms(void) {
    return (double)tc_clock_us() / 1000;
}

// The state of a file that has not ended.
static file_state *state_of(tc_report *report, int file) {
    TC_ASSERT(file >= 0 && file < report->options->file_count && !report->files[file].ended);
    return &report->files[file];
}

tc_report *tc_report_new(const tc_options *options) {
    tc_report *report = calloc(1, sizeof *report);
    file_state *files = calloc((size_t)options->file_count + 1, sizeof *files);
    if (!report || !files) {
        free(report);
        free(files);
        return NULL;
    }
    *report = (tc_report){.options = options, .files = files, .has_bar = isatty(STDERR_FILENO), .start_ms = now_ms()};
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
        tc_blob_clear(&report->files[i].pending);
    }
    free(report->files);
    free(report);
}

// Something cannot be printed for lack of memory: one sentence for all.
static void fail_memory(tc_report *report) {
    report->failed = true;
    if (report->out_of_memory) return;
    report->out_of_memory = true;
    erase_bar(report);
    fputs("tilecast: out of memory\n", stderr);
}

enum { MAX_ESCAPED = 8 };

// Escapes the character at `text`, of at most `size` bytes, for a line of text: control characters, also those of
// Unicode's second set, since terminals obey them. Returns the bytes of `text` used.
static size_t escape(const char *text, size_t size, char escaped[static MAX_ESCAPED]) {
    unsigned char c = (unsigned char)text[0];
    if (c == '\t' || c == '\n' || c == '\r' || c == '\\') {
        snprintf(escaped, MAX_ESCAPED, "\\%c", c == '\t' ? 't' : c == '\n' ? 'n' : c == '\r' ? 'r' : '\\');
    } else if (c == 0) {
        strcpy(escaped, "\xe2\x90\x80"); // U+2400, as in JSON
    } else if (c < 32 || c == 127) {
        snprintf(escaped, MAX_ESCAPED, "\\x%02x", c);
    } else if (c == 0xc2 && size > 1 && (text[1] & 0xe0) == 0x80) {
        snprintf(escaped, MAX_ESCAPED, "\\x%02x", (unsigned char)text[1]);
        return 2;
    } else {
        escaped[0] = (char)c;
        escaped[1] = 0;
    }
    return 1;
}

static void print_escaped(const char *text, size_t size) {
    char escaped[MAX_ESCAPED], line[512];
    size_t used = 0;
    for (size_t i = 0; i < size;) {
        i += escape(text + i, size - i, escaped);
        memcpy(line + used, escaped, strlen(escaped));
        used += strlen(escaped);
        if (used > sizeof line - MAX_ESCAPED || i == size) {
            fwrite(line, 1, used, stderr);
            used = 0;
        }
    }
}

static tc_status append_escaped(tc_blob *line, const char *text, size_t size) {
    char escaped[MAX_ESCAPED];
    tc_status status = TC_OK;
    for (size_t i = 0; i < size && !status;) {
        i += escape(text + i, size - i, escaped);
        status = tc_blob_append(line, escaped, strlen(escaped));
    }
    return status;
}

// Prints "tilecast: FILE: KIND SENTENCE".
static void print_sentence(tc_report *report, int file, const char *kind, const char *sentence) {
    const char *name = report->options->files[file];
    erase_bar(report);
    fputs("tilecast: ", stderr);
    print_escaped(name, strlen(name));
    fprintf(stderr, ": %s", kind);
    print_escaped(sentence, strlen(sentence));
    fputc('\n', stderr);
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
    if (!text)
        fail_memory(report);
    else if (puts(text) < 0 || fflush(stdout) != 0)
        report->failed = true;
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
    if (!report->has_bar || now - report->drawn_ms < DRAW_MS) return;
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
    fprintf(stderr, "\r\033[K[%s] %3d %%%s%s ", bar, (int)(fraction * 100), counter, left);
    print_escaped(name, (size_t)length);
    fflush(stderr);
    report->drawn = true;
}

void tc_report_start(tc_report *report, int file) {
    file_state *state = state_of(report, file);
    state->start_ms = now_ms();
    state->eta_ms = -1;
    draw_bar(report, file);
}

double tc_report_elapsed(const tc_report *report, int file) {
    return now_ms() - report->files[file].start_ms;
}

void tc_report_progress(tc_report *report, int file, double done, double total, double eta_ms) {
    file_state *state = state_of(report, file);
    TC_ASSERT(done >= 0 && done <= total);
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
    // The result of `codes` is not printed.
    if (!report->options->json || report->options->command == TC_COMMAND_CODES) return;
    tc_json *event = new_event(report, "tile", file);
    tc_json_set_number(event, "x", rect.x);
    tc_json_set_number(event, "y", rect.y);
    tc_json_set_number(event, "width", rect.width);
    tc_json_set_number(event, "height", rect.height);
    tc_json_set_number(event, "worker", worker);
    print_event(report, event);
}

static void print_pending(tc_report *report, tc_blob *pending) {
    if (pending->size == 0) return;
    erase_bar(report);
    if (fwrite(pending->data, 1, pending->size, stdout) != pending->size || fflush(stdout) != 0) report->failed = true;
    tc_blob_clear(pending);
}

// Appends a line of three columns, with tabs between them. Without memory for it the line is missing.
static void add_line(tc_report *report, int file, const char *type, const char *text, size_t text_size) {
    const char *name = report->options->files[file];
    tc_blob *pending = &state_of(report, file)->pending;
    size_t size_before = pending->size;
    tc_status status = append_escaped(pending, name, strlen(name));
    if (!status) status = tc_blob_append(pending, "\t", 1);
    if (!status) status = append_escaped(pending, type, strlen(type));
    if (!status) status = tc_blob_append(pending, "\t", 1);
    if (!status) status = append_escaped(pending, text, text_size);
    if (!status) status = tc_blob_append(pending, "\n", 1);
    if (!status) return;
    pending->size = size_before;
    fail_memory(report);
}

static void print_code_event(tc_report *report, int file, const tc_code *code) {
    tc_json *event = new_event(report, "code", file);
    tc_json_set_code(event, "type", code);
    print_event(report, event);
}

void tc_report_code(tc_report *report, int file, const tc_code *code) {
    const tc_options *options = report->options;
    if (options->json) {
        print_code_event(report, file, code);
        return;
    }
    if (options->out && strcmp(options->out, "-") == 0) return; // standard output is the picture
    tc_code listed = *code;
    listed.symbology = tc_symbology_find_type(code->type);
    tc_blob *codes = &state_of(report, file)->codes, one = {0};
    tc_error error = {0};
    bool fits = tc_codes_count(codes) < TC_MAX_CODES && tc_codes_write(&one, &listed, &error) == TC_OK;
    if (error.status == TC_ERR_MEMORY || (fits && tc_codes_merge(codes, &one, NULL, &error) != TC_OK))
        fail_memory(report);
    else if (!fits) // a type of another version's server, or one code too many: printed before the sorted ones
        add_line(report, file, code->type, code->text, code->text_size);
    tc_blob_clear(&one);
}

// Turns the codes of a file into lines.
static void add_code_lines(tc_report *report, int file) {
    tc_blob *codes = &state_of(report, file)->codes;
    tc_error error;
    tc_code code;
    if (tc_codes_sort(codes, &error) != TC_OK) fail_memory(report);
    for (int i = 0; tc_codes_read(codes, i, &code); i++) add_line(report, file, code.type, code.text, code.text_size);
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
    char count[16];
    snprintf(count, sizeof count, "%d", lines->total);
    add_line(report, file, "lines", count, strlen(count));
    if (file == report->first) print_pending(report, &state_of(report, file)->pending);
}

// Counts the file as ended and prints the pending lines.
static void end_file(tc_report *report, int file) {
    file_state *state = state_of(report, file);
    add_code_lines(report, file);
    report->fractions -= state->fraction;
    state->fraction = 0;
    state->ended = true;
    report->ended++;
    for (; report->first < report->options->file_count; report->first++) {
        print_pending(report, &report->files[report->first].pending);
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
    } else if (report->has_bar && out && strcmp(out, "-") != 0) {
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
    report->failed = true;
    print_sentence(report, file, "", error);
    print_failed_event(report, file, error);
    end_file(report, file);
}

void tc_report_notice(tc_report *report, const char *sentence) {
    erase_bar(report);
    fputs("tilecast: ", stderr);
    print_escaped(sentence, strlen(sentence)); // a server may have written it
    fputc('\n', stderr);
}

void tc_report_fault(tc_report *report, const char *error) {
    report->failed = true;
    tc_report_notice(report, error);
    for (int i = 0; i < report->options->file_count; i++)
        if (!report->files[i].ended) print_failed_event(report, i, error);
}

bool tc_report_good(tc_report *report) {
    if (fflush(stdout) != 0 || ferror(stdout)) report->failed = true;
    return !report->failed;
}
