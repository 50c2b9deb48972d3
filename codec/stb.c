// Every format by stb_image; natively only those that have no library of their own here. The only file that includes
// stb_image.h.
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "codec/libraries.h"

// What the picture being decoded may allocate, in all. A picture needs a known multiple of its pixels; data that
// inflate to more are refused when they pass it.
static _Thread_local struct {
    size_t left;
    bool passed;
} budget;

// Bytes per pixel that stb's decoders need at most: PNG of 16 bits, interlaced, in RGBA, with a doubling buffer.
enum { BYTES_PER_PIXEL = 48, BYTES_PER_FILE_BYTE = 4, BYTES_AT_LEAST = 1 << 20 };

static void budget_set(const tc_header *header, size_t size) {
    uint64_t pixels = (uint64_t)header->shape.width * (uint64_t)header->shape.height;
    uint64_t bytes = BYTES_AT_LEAST + pixels * BYTES_PER_PIXEL + (uint64_t)size * BYTES_PER_FILE_BYTE;
    budget.left = bytes < SIZE_MAX ? (size_t)bytes : SIZE_MAX;
    budget.passed = false;
}

static bool budget_take(size_t bytes) {
    if (bytes > budget.left) {
        budget.passed = true;
        return false;
    }
    budget.left -= bytes;
    return true;
}

// Zeroed: stb leaves gaps of damaged pictures unwritten, and nobody's earlier pixels may show there.
static void *stb_alloc(size_t size) {
    return budget_take(size) ? calloc(size, 1) : NULL;
}

static void *stb_resize(void *old, size_t old_size, size_t size) {
    if (size > old_size && !budget_take(size - old_size)) return NULL;
    uint8_t *grown = realloc(old, size);
    if (grown && size > old_size) memset(grown + old_size, 0, size - old_size);
    return grown;
}

// stb copies 0 bytes from and to NULL, which C does not allow.
static inline void *copy_bytes(void *to, const void *from, size_t size) {
    return size > 0 ? memcpy(to, from, size) : to;
}

#define STBI_MALLOC(size) stb_alloc(size)
#define STBI_REALLOC_SIZED(old, old_size, size) stb_resize(old, old_size, size)
#define STBI_FREE(memory) free(memory)
#define STBI_ASSERT(condition) ((void)(condition))
#define STBI_NO_STDIO
#define STBI_NO_LINEAR
#define STBI_NO_PIC
#define STBI_MAX_DIMENSIONS TC_MAX_SIDE
#define STB_IMAGE_STATIC
#define STB_IMAGE_IMPLEMENTATION
#define memcpy(to, from, size) copy_bytes(to, from, size)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wsign-compare"
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wunused-but-set-variable"
#include "stb/stb_image.h"
#undef memcpy
#pragma GCC diagnostic pop

// The file as a stream, so that reading beyond its end shows.
typedef struct stream {
    const uint8_t *bytes;
    size_t size, at;
    bool passed_end;
} stream;

static int stream_read(void *user, char *to, int wanted) {
    stream *s = user;
    size_t left = s->size - s->at;
    size_t count = left < (size_t)wanted ? left : (size_t)wanted;
    memcpy(to, s->bytes + s->at, count);
    s->at += count;
    // stb fills its buffer of 128 bytes ahead; only then a part is enough.
    if (count == 0 || (count < (size_t)wanted && wanted != 128)) s->passed_end = true;
    return (int)count;
}

static void stream_skip(void *user, int count) {
    stream *s = user;
    if (count < 0) return;
    if ((size_t)count > s->size - s->at) {
        s->passed_end = true;
        s->at = s->size;
    } else
        s->at += (size_t)count;
}

static int stream_eof(void *user) {
    const stream *s = user;
    return s->at >= s->size;
}

bool tc_stb_info(const uint8_t *bytes, size_t size, tc_shape *shape) {
    budget.left = BYTES_AT_LEAST;
    return size <= INT_MAX && stbi_info_from_memory(bytes, (int)size, &shape->width, &shape->height, &shape->channels);
}

// Grey shows where a cut baseline JPEG has no blocks, as with libjpeg. stb allocates the planes itself, so that they
// can be filled only when their first block comes.
static _Thread_local struct {
    stbi__jpeg *jpeg;
    void (*kernel)(stbi_uc *out, int stride, short data[64]);
} cut;

static void first_block(stbi_uc *out, int stride, short data[64]) {
    enum { GREY = 128 };
    for (int i = 0; i < cut.jpeg->s->img_n; i++)
        memset(cut.jpeg->img_comp[i].data, GREY, (size_t)cut.jpeg->img_comp[i].w2 * (size_t)cut.jpeg->img_comp[i].h2);
    cut.jpeg->idct_block_kernel = cut.kernel;
    cut.kernel(out, stride, data);
}

// A cut JPEG, ended where the data of its last scan do. There stb would go on, take zero bits for blocks and give up
// when one is impossible. But it leaves a scan quietly where a restart marker is due and none comes, and that is made
// to be so once all the data have been used up: after the group of blocks that needs the byte at `stop`.
typedef struct cut_stream {
    stream file; // first: its skip and eof serve here too
    size_t stop;
    stbi__jpeg *jpeg;
} cut_stream;

static int cut_read(void *user, char *to, int wanted) {
    cut_stream *s = user;
    if (s->file.at >= s->stop)
        s->jpeg->todo = 1;
    else if ((size_t)wanted > s->stop - s->file.at)
        wanted = (int)(s->stop - s->file.at);
    return stream_read(&s->file, to, wanted);
}

static stbi_uc *load_stopping(const tc_header *header, cut_stream *s, int *x, int *y) {
    stbi_io_callbacks callbacks = {cut_read, stream_skip, stream_eof};
    stbi__context context;
    int channels;
    s->jpeg = stb_alloc(sizeof *s->jpeg);
    if (!s->jpeg) return stbi__errpuc("outofmem", "");
    stbi__start_callbacks(&context, &callbacks, s);
    s->jpeg->s = &context;
    stbi__setup_jpeg(s->jpeg);
    cut.jpeg = s->jpeg;
    cut.kernel = s->jpeg->idct_block_kernel;
    // A progressive picture is made of its coefficients, which are zero, that is grey.
    if (!header->progressive) s->jpeg->idct_block_kernel = first_block;
    stbi_uc *pixels = load_jpeg_image(s->jpeg, x, y, &channels, header->shape.channels);
    free(s->jpeg);
    return pixels;
}

static stbi_uc *load_cut_jpeg(const tc_header *header, const uint8_t *bytes, int *x, int *y) {
    static const uint8_t end_of_image[] = {0xff, 0xd9};
    // Zeros for the group at the end, of which a part is missing. stb reads 4 bytes ahead.
    enum { LONGEST_GROUP = 4096, AHEAD = 4 };
    size_t end = header->scan_end + LONGEST_GROUP;
    uint8_t *ended = calloc(end + sizeof end_of_image, 1);
    if (!ended) return stbi__errpuc("outofmem", "");
    memcpy(ended, bytes, header->scan_end);
    memcpy(ended + end, end_of_image, sizeof end_of_image);
    cut_stream s = {{ended, end + sizeof end_of_image, 0, false}, header->scan_end + AHEAD, NULL};
    stbi_uc *pixels = load_stopping(header, &s, x, y);
    free(ended);
    return pixels;
}

// stb says why it could not read a file; or, where it has no words, why it took the file for none of another format.
static const char *reason_of(tc_format format) {
    const char *reason = stbi_failure_reason();
    if (!reason || (strcmp(reason, "bad png sig") == 0 && format != TC_FORMAT_PNG) ||
        (strcmp(reason, "no SOI") == 0 && format != TC_FORMAT_JPEG))
        return "its data make no sense";
    return reason;
}

static tc_status fail(const tc_header *header, bool passed_end, tc_error *error) {
    const char *format = tc_format_name(header->format), *reason = reason_of(header->format);
    if (budget.passed)
        return tc_fail(error, TC_ERR_LIMIT, "%s picture is damaged: its data hold far more than its %d×%d pixels",
                       format, header->shape.width, header->shape.height);
    if (strcmp(reason, "outofmem") == 0)
        return tc_fail(error, TC_ERR_MEMORY, "not enough memory for the %s picture", format);
    if (passed_end) return tc_fail(error, TC_ERR_CORRUPT, "%s file is cut off: its picture is not complete", format);
    return tc_fail(error, TC_ERR_CORRUPT, "%s picture cannot be read: %s", format, reason);
}

tc_status tc_decode_stb(const tc_header *header, const uint8_t *bytes, size_t size, tc_image *image, tc_damage *damage,
                        tc_error *error) {
    static const stbi_io_callbacks callbacks = {stream_read, stream_skip, stream_eof};
    stream s = {bytes, size, 0, false};
    int x = 0, y = 0, channels, wanted = header->shape.channels;
    stbi_uc *pixels;
    if (size > INT_MAX / 2) return tc_fail(error, TC_ERR_LIMIT, "file has more than 1 GB");
    budget_set(header, size);
    if (header->format == TC_FORMAT_JPEG && header->truncated)
        pixels = load_cut_jpeg(header, bytes, &x, &y);
    else if (header->format == TC_FORMAT_JPEG || header->format == TC_FORMAT_PNG)
        pixels = stbi_load_from_memory(bytes, (int)size, &x, &y, &channels, wanted); // speed
    else
        pixels = stbi_load_from_callbacks(&callbacks, &s, &x, &y, &channels, wanted);
    if (!pixels) return fail(header, s.passed_end, error);
    *image = (tc_image){pixels, tc_row_bytes(x, wanted), {x, y, wanted}};
    *damage = header->truncated || s.passed_end ? TC_DAMAGE_CUT : TC_DAMAGE_NONE;
    if (x != header->shape.width || y != header->shape.height)
        return tc_fail(error, TC_ERR_CORRUPT, "%s picture is damaged: its headers contradict each other",
                       tc_format_name(header->format));
    return TC_OK;
}
