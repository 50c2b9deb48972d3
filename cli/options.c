// Parses the command line and prints the help.
#include "cli/options.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/catalogue.h"
#include "core/op_table.h"

enum { ON_RUN = 1 << TC_COMMAND_RUN, ON_CODES = 1 << TC_COMMAND_CODES, ON_OPS = 1 << TC_COMMAND_OPS, ON_NONE = 1 };
enum { ON_BENCH = 1 << TC_COMMAND_BENCH, ON_FILES = ON_RUN | ON_CODES };
enum { ON_ALL = ON_FILES | ON_OPS | ON_BENCH | ON_NONE, MAX_RUNS = 1000 };

typedef struct option {
    const char *name;  // without the dashes
    char letter;       // of the short form, or 0
    const char *value; // what stands for it in the help; NULL: the option takes none
    unsigned commands;
    tc_status (*set)(tc_options *options, const char *value, tc_error *error);
    const char *help; // lines are indented when they are printed
} option;

static const struct {
    const char *name, *synopsis, *summary, *more;
} commands[] = {
    [TC_COMMAND_NONE] = {NULL, "COMMAND [OPTION…] [FILE…]", "Image processing in tiles, here or on a Tilecast server.",
                         ""},
    [TC_COMMAND_RUN] =
        {"run", "[OPTION…] FILE…", "Runs a pipeline of operations on pictures.",
         "FILE is a picture (JPEG, PNG, GIF, BMP, TGA, PSD, HDR or PNM); `-` is standard input. The result of "
         "photo.jpg\n"
         "is written to photo.tilecast.png beside it, that of standard input to standard output, unless -o or\n"
         "--out-dir says where. A file is complete or not there: it is written under a temporary name and renamed.\n"
         "An older file of the same name is replaced; a second result of the same name in one call becomes NAME-2.\n"
         "Codes that read_codes finds are printed as `tilecast codes` prints them. Of the straight lines that `lines`\n"
         "finds, FILE, `lines` and their number are printed; --json lists them.\n"},
    [TC_COMMAND_CODES] =
        {"codes", "[OPTION…] FILE…", "Reads the QR and bar codes of pictures.",
         "FILE is a picture (JPEG, PNG, GIF, BMP, TGA, PSD, HDR or PNM); `-` is standard input; a folder stands for "
         "all\n"
         "pictures in it and in its folders, by name, but for hidden ones and what links to folders lead to. A folder\n"
         "without any picture is an error.\n"
         "\n"
         "Prints a line for each code: FILE, TYPE and TEXT with a tab between them. In names and texts a tab is\n"
         "written \\t, a newline \\n, a carriage return \\r, a backslash \\\\ and any other control character \\xHH.\n"
         "Bytes that are no text are written in hexadecimal, as in 00 ff 3a. A message in several QR codes is one "
         "code\n"
         "when all of them are in the picture. A picture without codes gives no line and is no error.\n"},
    [TC_COMMAND_OPS] = {"ops", "[--json]", "Lists the operations that a pipeline is made of.", ""},
    [TC_COMMAND_BENCH] =
        {"bench", "[OPTION…]", "Measures how long the operations take on this machine.",
         "Each pipeline is run on one picture in memory, again and again; only its kernels are measured, no decoding,\n"
         "encoding or allocating of pictures. Prints the median and the least of the times, and how many megapixels "
         "of\n"
         "the picture the median makes a second.\n"},
};
enum { COMMAND_COUNT = sizeof commands / sizeof *commands };

static tc_status set_help(tc_options *options, const char *value, tc_error *error) {
    (void)value, (void)error;
    options->help = true;
    return TC_OK;
}

static tc_status set_version(tc_options *options, const char *value, tc_error *error) {
    (void)value, (void)error;
    options->version = true;
    return TC_OK;
}

static tc_status set_json(tc_options *options, const char *value, tc_error *error) {
    (void)value, (void)error;
    options->json = true;
    return TC_OK;
}

static tc_status set_pipeline(tc_options *options, const char *value, tc_error *error) {
    return tc_pipeline_parse(&options->pipeline, value, error);
}

static tc_status set_server(tc_options *options, const char *value, tc_error *error) {
    options->server = value;
    return tc_url_parse(&options->url, value, error);
}

// Reads a whole decimal number.
static bool read_int(const char *text, int *value) {
    char *stop;
    errno = 0;
    long number = strtol(text, &stop, 10);
    if (stop == text || *stop || errno || number < INT_MIN || number > INT_MAX) return false;
    *value = (int)number;
    return true;
}

static tc_status set_threads(tc_options *options, const char *value, tc_error *error) {
    if (read_int(value, &options->threads) && options->threads >= 1 && options->threads <= TC_MAX_THREADS) return TC_OK;
    return tc_fail(error, TC_ERR_ARGUMENT, "--threads %.40s: a whole number from 1 to %d is allowed", value,
                   TC_MAX_THREADS);
}

static tc_status set_runs(tc_options *options, const char *value, tc_error *error) {
    if (read_int(value, &options->runs) && options->runs >= 1 && options->runs <= MAX_RUNS) return TC_OK;
    return tc_fail(error, TC_ERR_ARGUMENT, "--runs %.40s: a whole number from 1 to %d is allowed", value, MAX_RUNS);
}

static tc_status set_isa(tc_options *options, const char *value, tc_error *error) {
    char names[64] = "";
    for (int isa = 0; isa < TC_ISA_COUNT; isa++) {
        if (!tc_isa_supported((tc_isa)isa)) continue;
        options->isa = (tc_isa)isa;
        if (strcmp(tc_isa_name(options->isa), value) == 0) return TC_OK;
        if (*names) strcat(names, ", ");
        strcat(names, tc_isa_name(options->isa));
    }
    return tc_fail(error, TC_ERR_ARGUMENT, "--isa %.40s: on this machine it may be %s", value, names);
}

static tc_status set_image(tc_options *options, const char *value, tc_error *error) {
    if (!*value) return tc_fail(error, TC_ERR_ARGUMENT, "--image needs the name of a picture, or - for standard input");
    options->image = value;
    return TC_OK;
}

bool tc_options_next_pipeline(const char **list, char *text) {
    const char *from = *list;
    size_t used = 0;
    if (!from) return false;
    for (; *from && *from != ';'; from++) {
        bool space = strchr(" \t\n\r", *from) != NULL;
        if (space && (used == 0 || text[used - 1] == ' ')) continue;
        if (used < TC_MAX_PIPELINE_TEXT - 1) text[used++] = space ? ' ' : *from;
    }
    if (used > 0 && text[used - 1] == ' ') used--;
    text[used] = 0;
    *list = *from ? from + 1 : NULL;
    return true;
}

static tc_status set_ops(tc_options *options, const char *value, tc_error *error) {
    char *text = malloc(TC_MAX_PIPELINE_TEXT);
    tc_status status = text ? TC_OK : tc_fail(error, TC_ERR_MEMORY, "out of memory");
    options->ops = value;
    while (!status && tc_options_next_pipeline(&value, text)) {
        if (*text)
            status = tc_pipeline_parse(&options->pipeline, text, error);
        else
            status = tc_fail(error, TC_ERR_ARGUMENT,
                             "--ops: a pipeline is empty; pipelines with ; between them are "
                             "allowed, as in 'invert; grayscale | canny'");
    }
    free(text);
    return status;
}

// Appends "qr, sqcode, …", or with only commas between them.
static void list_types(char *text, size_t size, uint32_t types, const char *between) {
    size_t used = strlen(text), first = used;
    for (int i = 0; tc_symbologies[i].wire && used < size; i++)
        if (types >> i & 1)
            used +=
                (size_t)snprintf(text + used, size - used, "%s%s", used > first ? between : "", tc_symbologies[i].wire);
}

static tc_status set_type(tc_options *options, const char *value, tc_error *error) {
    char all[256] = "";
    options->types = 0;
    for (const char *name = value; name; name = strchr(name, ',') ? strchr(name, ',') + 1 : NULL) {
        size_t length = strcspn(name, ",");
        uint32_t type = 0;
        for (int i = 0; tc_symbologies[i].wire; i++)
            if (strlen(tc_symbologies[i].wire) == length && memcmp(tc_symbologies[i].wire, name, length) == 0)
                type = UINT32_C(1) << i;
        options->types |= type;
        if (type) continue;
        list_types(all, sizeof all, UINT32_MAX, ", ");
        return tc_fail(error, TC_ERR_ARGUMENT, "--type %.60s: allowed are, with commas between them, %s", value, all);
    }
    return TC_OK;
}

static tc_status set_tile(tc_options *options, const char *value, tc_error *error) {
    if (read_int(value, &options->tile) && (options->tile == 0 || (options->tile >= 16 && options->tile <= 4096)))
        return TC_OK;
    return tc_fail(error, TC_ERR_ARGUMENT, "--tile %.40s: a side from 16 to 4096, or 0 for one tile, is allowed",
                   value);
}

static tc_status set_quality(tc_options *options, const char *value, tc_error *error) {
    if (read_int(value, &options->quality) && options->quality >= 1 && options->quality <= 100) return TC_OK;
    return tc_fail(error, TC_ERR_ARGUMENT, "--quality %.40s: a whole number from 1 to 100 is allowed", value);
}

static bool can_write(tc_format format) {
    return format == TC_FORMAT_PNG || format == TC_FORMAT_JPEG;
}

static tc_status set_format(tc_options *options, const char *value, tc_error *error) {
    options->format = tc_format_find(value);
    if (can_write(options->format)) return TC_OK;
    return tc_fail(error, TC_ERR_ARGUMENT, "--format %.40s: png and jpeg are allowed", value);
}

static tc_status set_out(tc_options *options, const char *value, tc_error *error) {
    if (!*value) return tc_fail(error, TC_ERR_ARGUMENT, "-o needs the name of a file, or - for standard output");
    options->out = value;
    return TC_OK;
}

static tc_status set_out_dir(tc_options *options, const char *value, tc_error *error) {
    if (!*value) return tc_fail(error, TC_ERR_ARGUMENT, "--out-dir needs the name of a folder");
    options->out_dir = value;
    return TC_OK;
}

static const option option_table[] = {
    {"pipeline", 'p', "TEXT", ON_RUN, set_pipeline,
     "operations with | between them, each with its parameters, as in\n"
     "'gaussian_blur ksize=5 | canny low=100 high=200'; without it, or with an\n"
     "empty TEXT, the picture is only encoded anew"},
    {"server", 's', "URL", ON_FILES, set_server,
     "run on the Tilecast server at ws://HOST:PORT or wss://HOST:PORT, several\n"
     "pictures at once; without it the work is done in this process"},
    {"threads", 't', "N", ON_FILES, set_threads,
     "threads of this process, 1 to 256 (default: one per core); with --server\n"
     "it has no effect"},
    {"threads", 't', "N", ON_BENCH, set_threads, "threads that work on the picture, 1 to 256 (default: one per core)"},
    {"image", 0, "FILE", ON_BENCH, set_image, "the picture (default: one of 4000 × 3000 pixels in RGB is made)"},
    {"ops", 0, "LIST", ON_BENCH, set_ops,
     "pipelines with ; between them, as in 'invert; grayscale | canny' (default:\n"
     "each operation with its default parameters, but read_codes, whose time is\n"
     "that of the reader of codes)"},
    {"isa", 0, "NAME", ON_BENCH, set_isa,
     "the instruction set: scalar, avx2 or avx512, if the processor has it\n"
     "(default: the best, or what TILECAST_ISA says)"},
    {"runs", 0, "N", ON_BENCH, set_runs, "measured runs of each pipeline, 1 to 1000 (default: 5)"},
    {"tile", 0, "N", ON_FILES, set_tile,
     "side of a tile, 16 to 4096, or 0 for one tile (default: by the picture's\n"
     "size); the result does not depend on it"},
    {"type", 0, "LIST", ON_CODES, set_type,
     "only codes of these types, as in qr,ean13; the help of run lists them, as\n"
     "read_codes' symbologies (default: all)"},
    {"output", 'o', "FILE", ON_RUN, set_out,
     "where the result of a single picture goes, in the format that the name ends\n"
     "in (.png, .jpg, .jpeg) unless --format is given; - is standard output"},
    {"out-dir", 'd', "DIR", ON_RUN, set_out_dir,
     "folder for the results, made if it is missing; each keeps its picture's\n"
     "name, ending by format; never replaces a picture of the same call"},
    {"format", 'f', "png|jpeg", ON_RUN, set_format, "format of the results (default: by -o, else png)"},
    {"quality", 'q', "N", ON_RUN, set_quality, "quality of JPEG results, 1 to 100 (default: 90)"},
    {"json", 'j', NULL, ON_FILES | ON_OPS | ON_BENCH, set_json, NULL},
    {"help", 'h', NULL, ON_ALL, set_help, "this help"},
    {"version", 0, NULL, ON_NONE, set_version, "the version"},
};
enum { OPTION_COUNT = sizeof option_table / sizeof *option_table };

static const char json_help_files[] = "print events, one JSON object a line, each with \"event\" and \"file\":\n"
                                      "progress (done, total, eta_ms, -1: unknown), tile (x, y, width, height,\n"
                                      "worker), code (type, text, bytes in base64 if it is no text, how it was read,\n"
                                      "points), lines (lines: [[x1, y1, x2, y2], …], a part\n"
                                      "of `total` that begins with number `from`), done (out, width, height, ms,\n"
                                      "warning), failed (error); with --server the tiles travel too, which costs\n"
                                      "bandwidth";
static const char json_help_ops[] = "print the catalogue as one JSON object, as GET /api/v1/operations gives it";
static const char json_help_bench[] = "print a JSON object a line for each pipeline: pipeline, isa, threads,\n"
                                      "ms_median, ms_min";
static const char *const json_help[] = {
    [TC_COMMAND_RUN] = json_help_files,
    [TC_COMMAND_CODES] = json_help_files,
    [TC_COMMAND_OPS] = json_help_ops,
    [TC_COMMAND_BENCH] = json_help_bench,
};

// "--pipeline, --server, …": the options of a command, for messages.
static void list_options(tc_command command, char *text, size_t size) {
    size_t used = 0;
    text[0] = 0;
    for (int i = 0; i < OPTION_COUNT && used < size; i++)
        if (option_table[i].commands & (1u << command))
            used += (size_t)snprintf(text + used, size - used, "%s--%s", used ? ", " : "", option_table[i].name);
}

static tc_status fail_unknown(tc_command command, const char *argument, tc_error *error) {
    char allowed[256];
    list_options(command, allowed, sizeof allowed);
    return tc_fail(error, TC_ERR_ARGUMENT, "unknown option %.60s; %s%s takes %s", argument,
                   command ? "tilecast " : "tilecast", command ? commands[command].name : "", allowed);
}

// Finds the option that `argument` names. `value` receives what stands behind its '=' or letter, or NULL.
static const option *find_option(tc_command command, const char *argument, const char **value) {
    *value = NULL;
    for (int i = 0; i < OPTION_COUNT; i++) {
        const option *o = &option_table[i];
        if (!(o->commands & (1u << command))) continue;
        if (argument[1] != '-') {
            if (argument[1] != o->letter) continue;
            if (argument[2] && !o->value) continue;
            if (argument[2]) *value = argument + 2;
            return o;
        }
        size_t length = strlen(o->name);
        if (strncmp(argument + 2, o->name, length) != 0) continue;
        if (argument[2 + length] == '=') *value = argument + 3 + length;
        if (argument[2 + length] == 0 || *value) return o;
    }
    return NULL;
}

static tc_status set_command(tc_options *options, const char *name, tc_error *error) {
    for (int i = 1; i < COMMAND_COUNT; i++) {
        if (strcmp(name, commands[i].name) != 0) continue;
        options->command = (tc_command)i;
        return TC_OK;
    }
    return tc_fail(error, TC_ERR_ARGUMENT, "there is no command '%.60s'; the commands are run, codes, ops and bench",
                   name);
}

static bool is_folder(const char *path) {
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

static tc_status check_files(const tc_options *options, tc_error *error) {
    if (options->command == TC_COMMAND_OPS || options->command == TC_COMMAND_BENCH) {
        if (options->file_count == 0) return TC_OK;
        return tc_fail(error, TC_ERR_ARGUMENT, "tilecast %s takes no files%s, but got '%.200s'",
                       commands[options->command].name, options->command == TC_COMMAND_BENCH ? " but --image FILE" : "",
                       options->files[0]);
    }
    if (options->file_count == 0)
        return tc_fail(error, TC_ERR_ARGUMENT, "no FILE is given; tilecast %s takes one or more pictures",
                       commands[options->command].name);
    int inputs = 0;
    for (int i = 0; i < options->file_count; i++) inputs += strcmp(options->files[i], "-") == 0;
    if (inputs > 1) return tc_fail(error, TC_ERR_ARGUMENT, "standard input (-) can be given only once");
    return TC_OK;
}

// Where results go, and in which format.
static tc_status check_output(tc_options *options, tc_error *error) {
    const char *out = options->out;
    if (out && options->out_dir)
        return tc_fail(error, TC_ERR_ARGUMENT, "-o and --out-dir are given; only one of them is allowed");
    if (out && options->file_count > 1)
        return tc_fail(error, TC_ERR_ARGUMENT, "-o takes the result of one picture, but %d are given; use --out-dir",
                       options->file_count);
    bool to_stdout = out ? strcmp(out, "-") == 0
                         : options->file_count == 1 && !options->out_dir && strcmp(options->files[0], "-") == 0;
    if (to_stdout) options->out = out = "-";
    if (to_stdout && options->json)
        return tc_fail(error, TC_ERR_ARGUMENT,
                       "--json and the picture cannot both go to standard output; give -o FILE");
    if (to_stdout && isatty(STDOUT_FILENO))
        return tc_fail(error, TC_ERR_ARGUMENT, "the picture would go to this terminal; give -o FILE");
    if (out && !to_stdout && is_folder(out))
        return tc_fail(error, TC_ERR_ARGUMENT, "-o %.200s: that is a folder; use --out-dir", out);
    if (options->format) return TC_OK;
    options->format = TC_FORMAT_PNG;
    if (!out || to_stdout) return TC_OK;
    const char *slash = strrchr(out, '/');
    const char *dot = strrchr(slash ? slash : out, '.');
    if (!dot || strncmp(out, "/dev/", 5) == 0) return TC_OK;
    char ending[16] = "";
    for (size_t i = 0; i + 1 < sizeof ending && dot[1 + i]; i++)
        ending[i] = (char)(dot[1 + i] >= 'A' && dot[1 + i] <= 'Z' ? dot[1 + i] + 32 : dot[1 + i]);
    options->format = tc_format_find(ending);
    if (can_write(options->format)) return TC_OK;
    return tc_fail(error, TC_ERR_ARGUMENT, "-o %.200s: the name may end in .png, .jpg or .jpeg; else give --format",
                   out);
}

// The pipeline of `codes`: the picture that comes back is the smallest there is, since nobody looks at it.
static tc_status make_codes_pipeline(tc_options *options, tc_error *error) {
    char text[512] = "read_codes draw=no";
    if (options->types) {
        strcat(text, " symbologies=");
        list_types(text, sizeof text, options->types, ",");
    }
    strcat(text, " | crop width=1 height=1");
    return tc_pipeline_parse(&options->pipeline, text, error);
}

// One argument, and its value if that is the next one.
static tc_status take_argument(tc_options *options, int argc, char **argv, int *index, tc_error *error) {
    const char *argument = argv[*index], *value;
    const option *o = find_option(options->command, argument, &value);
    if (!o) return fail_unknown(options->command, argument, error);
    if (!o->value && value)
        return tc_fail(error, TC_ERR_ARGUMENT, "--%s takes no value, but got '%.60s'", o->name, value);
    if (o->value && !value) {
        if (*index + 1 >= argc) return tc_fail(error, TC_ERR_ARGUMENT, "--%s needs a value: %s", o->name, o->value);
        value = argv[++*index];
    }
    return o->set(options, value, error);
}

static tc_status check(tc_options *options, tc_error *error) {
    if (options->help || options->version) return TC_OK;
    if (options->command == TC_COMMAND_NONE)
        return tc_fail(error, TC_ERR_ARGUMENT,
                       "no command is given; the commands are run, codes, ops and bench, and --help explains them");
    tc_status status = check_files(options, error);
    if (!status && options->command == TC_COMMAND_CODES) status = make_codes_pipeline(options, error);
    if (!status && options->command == TC_COMMAND_RUN) status = check_output(options, error);
    return status;
}

tc_status tc_options_parse(tc_options *options, int argc, char **argv, tc_error *error) {
    *options = (tc_options){.tile = TC_TILE_AUTO, .quality = 90, .isa = tc_isa_current(), .runs = 5};
    options->files = calloc((size_t)argc + 1, sizeof *options->files);
    if (!options->files) return tc_fail(error, TC_ERR_MEMORY, "out of memory");
    bool only_files = false;
    for (int i = 1; i < argc; i++) {
        tc_status status = TC_OK;
        if (only_files || argv[i][0] != '-' || argv[i][1] == 0) {
            if (options->command == TC_COMMAND_NONE)
                status = set_command(options, argv[i], error);
            else
                options->files[options->file_count++] = argv[i];
        } else if (strcmp(argv[i], "--") == 0) {
            only_files = true;
        } else {
            status = take_argument(options, argc, argv, &i, error);
        }
        if (status) return status;
    }
    return check(options, error);
}

void tc_options_clear(tc_options *options) {
    for (int i = 0; options->faults && i < options->file_count; i++) {
        free(options->files[i]);
        free(options->faults[i]);
    }
    free(options->faults);
    free(options->files);
    *options = (tc_options){0};
}

// Prints `text` with every line but the first indented.
static void print_indented(const char *text, int indent, FILE *to) {
    for (; *text; text++) {
        fputc(*text, to);
        if (*text == '\n') fprintf(to, "%*s", indent, "");
    }
    fputc('\n', to);
}

static void print_options(tc_command command, FILE *to) {
    fprintf(to, "\nOptions\n");
    for (int i = 0; i < OPTION_COUNT; i++) {
        const option *o = &option_table[i];
        if (!(o->commands & (1u << command))) continue;
        char form[40];
        if (o->letter)
            snprintf(form, sizeof form, "-%c, --%s%s%s", o->letter, o->name, o->value ? " " : "",
                     o->value ? o->value : "");
        else
            snprintf(form, sizeof form, "    --%s%s%s", o->name, o->value ? " " : "", o->value ? o->value : "");
        const char *help = o->help ? o->help : json_help[command];
        fprintf(to, "  %-24s ", form);
        if (strlen(form) > 24) fprintf(to, "\n%27s", "");
        print_indented(help, 27, to);
    }
}

void tc_options_print_help(tc_command command, FILE *to) {
    fprintf(to, "Usage: tilecast %s%s%s\n%s\n", command ? commands[command].name : "", command ? " " : "",
            commands[command].synopsis, commands[command].summary);
    if (commands[command].more[0]) fprintf(to, "\n%s", commands[command].more);
    if (command == TC_COMMAND_NONE) {
        fprintf(to, "\nCommands\n");
        for (int i = 1; i < COMMAND_COUNT; i++) fprintf(to, "  %-24s %s\n", commands[i].name, commands[i].summary);
    }
    print_options(command, to);
    if (command == TC_COMMAND_RUN) {
        fprintf(to, "\nOperations\n");
        for (int i = 0; tc_op_list()[i]; i++) tc_catalogue_print_operation(tc_op_list()[i], to);
    }
    if (command == TC_COMMAND_NONE)
        fprintf(to, "\n`tilecast COMMAND --help` says more about a command; that of run lists the operations.\n");
    fprintf(to, "\nExit status: 0 when all is done, 1 when something failed, 2 when the call is wrong.\n");
}
