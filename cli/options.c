// Parses the command line and prints the help.
#include "cli/options.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/catalogue.h"
#include "core/op_table.h"

enum { ON_RUN = 1 << TC_COMMAND_RUN, ON_CODES = 1 << TC_COMMAND_CODES, ON_OPS = 1 << TC_COMMAND_OPS, ON_NONE = 1 };
enum { ON_BENCH = 1 << TC_COMMAND_BENCH, ON_FILES = ON_RUN | ON_CODES };
enum { ON_ALL = ON_FILES | ON_OPS | ON_BENCH | ON_NONE, MAX_RUNS = 1000, MAX_RETRY = 86400 };

typedef struct option_row {
    const char *name;  // without the dashes
    char letter;       // of the short form, or 0
    const char *value; // placeholder for the value in the help; NULL: the option takes no value
    unsigned commands;
    tc_status (*set)(tc_options *options, const char *value, tc_error *error);
    const char *help; // lines are indented when they are printed
} option_row;

static const struct {
    const char *name, *synopsis, *summary, *more;
} commands[] = {
    [TC_COMMAND_NONE] = {NULL, "COMMAND [OPTION…] [FILE…]", "Image processing in tiles, here or on a Tilecast server.",
                         ""},
    [TC_COMMAND_RUN] =
        {"run", "[OPTION…] FILE…", "Runs a pipeline of operations on pictures.",
         "FILE is a picture (JPEG, PNG, GIF, BMP, TGA, PSD, HDR or PNM); `-` is standard input. The result of "
         "photo.jpg\n"
         "is written to photo.tilecast.png beside it, that of standard input to standard output, unless -o or "
         "--out-dir\n"
         "is given. Results are written under a temporary name and then renamed, so a file is complete or absent. An\n"
         "existing file is replaced; a second result of the same name in one call becomes NAME-2.\n"
         "Codes that read_codes finds are printed as by `tilecast codes`. For the straight lines that `lines` finds, "
         "a\n"
         "line with FILE, `lines` and their number is printed; --json lists them.\n"},
    [TC_COMMAND_CODES] =
        {"codes", "[OPTION…] FILE…", "Reads the QR and bar codes of pictures.",
         "FILE is a picture (JPEG, PNG, GIF, BMP, TGA, PSD, HDR or PNM), `-` is standard input, and a folder stands "
         "for\n"
         "all pictures in it and its subfolders, sorted by name, except hidden ones. Symbolic links to folders are "
         "not\n"
         "followed. A folder without pictures is an error.\n"
         "\n"
         "Prints a line for each code: FILE, TYPE and TEXT, separated by tabs. In names and texts a tab is written as\n"
         "\\t, a newline as \\n, a carriage return as \\r, a backslash as \\\\ and any other control character as "
         "\\xHH.\n"
         "Bytes that are not text are written in hexadecimal, as in 00 ff 3a. A message that is split over several QR\n"
         "codes is printed as one code if all of them are in the picture. A picture without codes prints nothing and "
         "is\n"
         "not an error.\n"},
    [TC_COMMAND_OPS] = {"ops", "[--json]", "Lists the operations.", ""},
    [TC_COMMAND_BENCH] =
        {"bench", "[OPTION…]", "Measures how long the operations take on this machine.",
         "Each pipeline is run several times on one picture in memory. Only the kernels are timed, not decoding,\n"
         "encoding or memory allocation. Prints the median and the minimum of the times, and the picture's megapixels\n"
         "per second at the median.\n"},
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

static tc_status set_retry(tc_options *options, const char *value, tc_error *error) {
    if (read_int(value, &options->retry) && options->retry >= 0 && options->retry <= MAX_RETRY) return TC_OK;
    return tc_fail(error, TC_ERR_ARGUMENT, "--retry %.40s: a whole number of seconds from 0 to %d is allowed", value,
                   MAX_RETRY);
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
            status = tc_fail(
                error, TC_ERR_ARGUMENT,
                "--ops: a pipeline is empty; allowed are pipelines separated by ;, as in 'invert; grayscale | canny'");
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
        return tc_fail(error, TC_ERR_ARGUMENT, "--type %.60s: allowed are, separated by commas, %s", value, all);
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

static const option_row option_table[] = {
    {"pipeline", 'p', "TEXT", ON_RUN, set_pipeline,
     "operations separated by |, each with its parameters, as in\n"
     "'gaussian_blur ksize=5 | canny low=100 high=200'; without it, the picture is\n"
     "only encoded again"},
    {"server", 's', "URL", ON_FILES, set_server,
     "run on the Tilecast server at ws://HOST:PORT or wss://HOST:PORT, several\n"
     "pictures at a time; without it, the work is done in this process"},
    {"retry", 0, "SECONDS", ON_FILES, set_retry,
     "how long a lost connection to the server is tried again, 0 to 86400\n"
     "(default: 600); its jobs go on meanwhile"},
    {"threads", 't', "N", ON_FILES, set_threads,
     "threads of this process, 1 to 256 (default: one per core); no effect with\n"
     "--server"},
    {"threads", 't', "N", ON_BENCH, set_threads, "threads, 1 to 256 (default: one per core)"},
    {"image", 0, "FILE", ON_BENCH, set_image, "the picture (default: a generated one of 4000 × 3000 pixels in RGB)"},
    {"ops", 0, "LIST", ON_BENCH, set_ops,
     "pipelines separated by ;, as in 'invert; grayscale | canny' (default: each\n"
     "operation with its default parameters, except read_codes, which measures\n"
     "the code reader)"},
    {"isa", 0, "NAME", ON_BENCH, set_isa,
     "the instruction set: scalar, avx2 or avx512, if the processor has it\n"
     "(default: $TILECAST_ISA, else the best)"},
    {"runs", 0, "N", ON_BENCH, set_runs, "measured runs of each pipeline, 1 to 1000 (default: 5)"},
    {"tile", 0, "N", ON_FILES, set_tile,
     "side of a tile, 16 to 4096, or 0 for one tile (default: by the picture's\n"
     "size); the result does not depend on it"},
    {"type", 0, "LIST", ON_CODES, set_type,
     "only codes of these types, as in qr,ean13 (default: all); `tilecast ops`\n"
     "lists them as read_codes' symbologies"},
    {"output", 'o', "FILE", ON_RUN, set_out,
     "path of the result of a single picture; unless --format is given, its\n"
     "extension (.png, .jpg, .jpeg) selects the format; - is standard output"},
    {"out-dir", 'd', "DIR", ON_RUN, set_out_dir,
     "folder for the results, created if it is missing; each result has its\n"
     "picture's name with the extension of its format; never replaces a picture\n"
     "of the same call"},
    {"format", 'f', "png|jpeg", ON_RUN, set_format, "format of the results (default: by -o, else png)"},
    {"quality", 'q', "N", ON_RUN, set_quality, "quality of JPEG results, 1 to 100 (default: 90)"},
    {"json", 'j', NULL, ON_FILES | ON_OPS | ON_BENCH, set_json, NULL},
    {"help", 'h', NULL, ON_ALL, set_help, "this help"},
    {"version", 0, NULL, ON_NONE, set_version, "the version"},
};
enum { OPTION_COUNT = sizeof option_table / sizeof *option_table };

static const char json_help_files[] = "print events, one JSON object per line, each with \"event\" and \"file\":\n"
                                      "progress (done, total, eta_ms, -1: unknown), tile (x, y, width, height,\n"
                                      "worker), code (type, text, bytes in base64 if they are not text, how it was\n"
                                      "read, points), lines (lines: [[x1, y1, x2, y2], …]; `from` is the number of\n"
                                      "the first of them, `total` that of all), done (out, width, height, ms,\n"
                                      "warning), failed (error); with --server this transfers the tiles, too";
static const char json_help_ops[] = "print the catalogue as one JSON object, like GET /api/v1/operations";
static const char json_help_bench[] = "print a JSON object per line for each pipeline: pipeline, isa, threads,\n"
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

// The options of a command for getopt_long. Each is identified by its letter, or by LONG_ONLY plus its row.
enum { LONG_ONLY = 256 };

typedef struct getopt_tables {
    char letters[2 * OPTION_COUNT + 3];
    struct option names[OPTION_COUNT + 1];
} getopt_tables;

static void make_getopt_tables(tc_command command, getopt_tables *tables) {
    char *letter = tables->letters;
    struct option *name = tables->names;
    *letter++ = '-'; // files are returned in order, as values of an option 1
    *letter++ = ':'; // a missing value is returned as ':'
    for (int i = 0; i < OPTION_COUNT; i++) {
        const option_row *o = &option_table[i];
        if (!(o->commands & (1u << command))) continue;
        *name++ = (struct option){o->name, o->value ? required_argument : no_argument, NULL,
                                  o->letter ? o->letter : LONG_ONLY + i};
        if (!o->letter) continue;
        *letter++ = o->letter;
        if (o->value) *letter++ = ':';
    }
    *letter = 0;
    *name = (struct option){0};
}

static const option_row *find_option(tc_command command, int id) {
    for (int i = 0; i < OPTION_COUNT; i++)
        if ((option_table[i].commands & (1u << command)) &&
            (id < LONG_ONLY ? option_table[i].letter == id : id == LONG_ONLY + i))
            return &option_table[i];
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

// The pipeline of `codes`: its result is not used, so it is cropped to one pixel.
static tc_status make_codes_pipeline(tc_options *options, tc_error *error) {
    char text[512] = "read_codes draw=no";
    if (options->types) {
        strcat(text, " symbologies=");
        list_types(text, sizeof text, options->types, ",");
    }
    strcat(text, " | crop width=1 height=1");
    return tc_pipeline_parse(&options->pipeline, text, error);
}

// Sets the option that getopt_long has read from `argument`, by what it returned.
static tc_status set_option(tc_options *options, int returned, const char *argument, tc_error *error) {
    bool is_long = argument[1] == '-', good = returned != '?' && returned != ':';
    const option_row *o = find_option(options->command, good ? returned : optopt);
    size_t length = is_long ? strcspn(argument + 2, "=") : 0;
    // getopt_long also takes an unambiguous prefix of a name, which a later version could make ambiguous.
    bool is_prefix = o && is_long && (length != strlen(o->name) || strncmp(argument + 2, o->name, length) != 0);
    if (!o || is_prefix || (returned == '?' && !is_long)) return fail_unknown(options->command, argument, error);
    if (returned == '?')
        return tc_fail(error, TC_ERR_ARGUMENT, "--%s takes no value, but got '%.60s'", o->name, argument + 3 + length);
    if (returned == ':') return tc_fail(error, TC_ERR_ARGUMENT, "--%s needs a value: %s", o->name, o->value);
    return o->set(options, optarg, error);
}

// Adds a file; the first argument that is no option is the command.
static tc_status add_argument(tc_options *options, char *argument, tc_error *error) {
    if (options->command == TC_COMMAND_NONE) return set_command(options, argument, error);
    options->files[options->file_count++] = argument;
    return TC_OK;
}

static tc_status parse_arguments(tc_options *options, int argc, char **argv, tc_error *error) {
    tc_status status = TC_OK;
    optind = 0; // starts anew
    opterr = 0;
    for (int at = 1; !status && at < argc; at = optind) {
        getopt_tables tables; // of the command, if it is known by now
        make_getopt_tables(options->command, &tables);
        // NOLINTNEXTLINE(concurrency-mt-unsafe): before any thread is started
        int returned = getopt_long(argc, argv, tables.letters, tables.names, NULL);
        if (returned == -1) break;
        status = returned == 1 ? add_argument(options, optarg, error) : set_option(options, returned, argv[at], error);
    }
    for (; !status && optind < argc; optind++) status = add_argument(options, argv[optind], error); // behind "--"
    return status;
}

static tc_status check(tc_options *options, tc_error *error) {
    if (options->help || options->version) return TC_OK;
    if (options->command == TC_COMMAND_NONE)
        return tc_fail(error, TC_ERR_ARGUMENT,
                       "no command is given; the commands are run, codes, ops and bench (see --help)");
    tc_status status = check_files(options, error);
    if (!status && options->command == TC_COMMAND_CODES) status = make_codes_pipeline(options, error);
    if (!status && options->command == TC_COMMAND_RUN) status = check_output(options, error);
    return status;
}

tc_status tc_options_parse(tc_options *options, int argc, char **argv, tc_error *error) {
    *options = (tc_options){.tile = TC_TILE_AUTO, .quality = 90, .retry = 600, .isa = tc_isa_current(), .runs = 5};
    options->files = calloc((size_t)argc + 1, sizeof *options->files);
    if (!options->files) return tc_fail(error, TC_ERR_MEMORY, "out of memory");
    tc_status status = parse_arguments(options, argc, argv, error);
    return status ? status : check(options, error);
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
        const option_row *o = &option_table[i];
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
        fprintf(to, "\n`tilecast COMMAND --help` explains a command; that of run lists the operations.\n");
    fprintf(to, "\nExit status: 0 if everything succeeded, 1 if something failed, 2 if the command line is wrong.\n");
}
