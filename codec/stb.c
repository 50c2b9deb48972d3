// Decodes every format by stb_image; natively only those without a library of their own. The only file that includes
// stb_image.h.
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "codec/libraries.h"
#include "core/assert.h"

// The memory that stb may allocate for the picture being decoded. It is a known multiple of the pixels, so data that
// inflate to more are refused.
static _Thread_local struct {
    size_t left;
    bool exceeded;
} budget;

// The most that stb needs per pixel: for an interlaced RGBA PNG of 16 bits, with a buffer that grows by doubling.
enum { BYTES_PER_PIXEL = 48, BYTES_PER_FILE_BYTE = 4, MIN_BYTES = 1 << 20 };

static void budget_set(const tc_header *header, size_t size) {
    uint64_t pixels = (uint64_t)header->shape.width * (uint64_t)header->shape.height;
    uint64_t bytes = MIN_BYTES + pixels * BYTES_PER_PIXEL + (uint64_t)size * BYTES_PER_FILE_BYTE;
    budget.left = bytes < SIZE_MAX ? (size_t)bytes : SIZE_MAX;
    budget.exceeded = false;
}

static bool budget_reserve(size_t bytes) {
    if (bytes > budget.left) {
        budget.exceeded = true;
        return false;
    }
    budget.left -= bytes;
    return true;
}

// Zeroed, as stb does not write gaps in damaged pictures, and pixels of an earlier picture must not show there.
static void *stb_alloc(size_t size) {
    return budget_reserve(size) ? calloc(size, 1) : NULL;
}

static void *stb_resize(void *old, size_t old_size, size_t size) {
    if (size > old_size && !budget_reserve(size - old_size)) return NULL;
    uint8_t *grown = realloc(old, size);
    if (grown && size > old_size) memset(grown + old_size, 0, size - old_size);
    return grown;
}

// stb copies 0 bytes from and to NULL, which is undefined behaviour.
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

// The file as a stream, which detects reads beyond its end.
typedef struct stream {
    const uint8_t *bytes;
    size_t size, at;
    bool reached_end;
} stream;

static int stream_read(void *user, char *to, int wanted) {
    stream *s = user;
    TC_ASSERT(s->at <= s->size && wanted >= 0);
    size_t left = s->size - s->at;
    size_t count = left < (size_t)wanted ? left : (size_t)wanted;
    memcpy(to, s->bytes + s->at, count);
    s->at += count;
    // A short read is complete only if stb fills its buffer of 128 bytes ahead.
    if (count == 0 || (count < (size_t)wanted && wanted != 128)) s->reached_end = true;
    return (int)count;
}

static void stream_skip(void *user, int count) {
    stream *s = user;
    if (count < 0) return;
    if ((size_t)count > s->size - s->at) {
        s->reached_end = true;
        s->at = s->size;
    } else
        s->at += (size_t)count;
}

static int stream_eof(void *user) {
    const stream *s = user;
    return s->at >= s->size;
}

bool tc_stb_info(const uint8_t *bytes, size_t size, tc_shape *shape) {
    budget.left = MIN_BYTES;
    return size <= INT_MAX && stbi_info_from_memory(bytes, (int)size, &shape->width, &shape->height, &shape->channels);
}

// Missing blocks of a truncated baseline JPEG are grey, as with libjpeg. stb allocates the planes itself, so they are
// filled when the first block is decoded.
static _Thread_local struct {
    stbi__jpeg *jpeg;
    void (*kernel)(stbi_uc *out, int stride, short data[64]);
} truncated;

static void first_block(stbi_uc *out, int stride, short data[64]) {
    enum { GREY = 128 };
    for (int i = 0; i < truncated.jpeg->s->img_n; i++)
        memset(truncated.jpeg->img_comp[i].data, GREY,
               (size_t)truncated.jpeg->img_comp[i].w2 * (size_t)truncated.jpeg->img_comp[i].h2);
    truncated.jpeg->idct_block_kernel = truncated.kernel;
    truncated.kernel(out, stride, data);
}

// A truncated JPEG, which ends with the data of its last scan. At the end of data stb would decode zero bits until a
// code is invalid, and fail. But it ends a scan without error if a restart marker is due and missing. So the stream
// pretends that one is due (jpeg->todo = 1) after the MCU that needs the byte at `stop`.
typedef struct truncated_stream {
    stream file; // first, so that stream_skip and stream_eof work on it
    size_t stop;
    stbi__jpeg *jpeg;
} truncated_stream;

static int truncated_read(void *user, char *to, int wanted) {
    truncated_stream *s = user;
    if (s->file.at >= s->stop)
        s->jpeg->todo = 1;
    else if ((size_t)wanted > s->stop - s->file.at)
        wanted = (int)(s->stop - s->file.at);
    return stream_read(&s->file, to, wanted);
}

static stbi_uc *load_with_stop(const tc_header *header, truncated_stream *s, int *x, int *y) {
    stbi_io_callbacks callbacks = {truncated_read, stream_skip, stream_eof};
    stbi__context context;
    int channels;
    s->jpeg = stb_alloc(sizeof *s->jpeg);
    if (!s->jpeg) return stbi__errpuc("outofmem", "");
    stbi__start_callbacks(&context, &callbacks, s);
    s->jpeg->s = &context;
    stbi__setup_jpeg(s->jpeg);
    truncated.jpeg = s->jpeg;
    truncated.kernel = s->jpeg->idct_block_kernel;
    // In a progressive picture missing coefficients are zero, which is grey.
    if (!header->progressive) s->jpeg->idct_block_kernel = first_block;
    stbi_uc *pixels = load_jpeg_image(s->jpeg, x, y, &channels, header->shape.channels);
    free(s->jpeg);
    return pixels;
}

static stbi_uc *load_truncated_jpeg(const tc_header *header, const uint8_t *bytes, int *x, int *y) {
    static const uint8_t end_of_image[] = {0xff, 0xd9};
    // Zeros for the last, incomplete MCU. stb reads 4 bytes ahead.
    enum { MAX_MCU_BYTES = 4096, AHEAD = 4 };
    size_t end = header->scan_end + MAX_MCU_BYTES;
    uint8_t *ended = calloc(end + sizeof end_of_image, 1);
    if (!ended) return stbi__errpuc("outofmem", "");
    memcpy(ended, bytes, header->scan_end);
    memcpy(ended + end, end_of_image, sizeof end_of_image);
    truncated_stream s = {{ended, end + sizeof end_of_image, 0, false}, header->scan_end + AHEAD, NULL};
    stbi_uc *pixels = load_with_stop(header, &s, x, y);
    free(ended);
    return pixels;
}

// The reason that stb gives, unless it is about another format that stb has tried.
static const char *reason_of(tc_format format) {
    const char *reason = stbi_failure_reason();
    if (!reason || (strcmp(reason, "bad png sig") == 0 && format != TC_FORMAT_PNG) ||
        (strcmp(reason, "no SOI") == 0 && format != TC_FORMAT_JPEG))
        return "its data are invalid";
    return reason;
}

static tc_status fail(const tc_header *header, bool reached_end, tc_error *error) {
    const char *format = tc_format_name(header->format), *reason = reason_of(header->format);
    if (budget.exceeded)
        return tc_fail(error, TC_ERR_LIMIT, "%s picture is damaged: its data hold far more than its %d×%d pixels",
                       format, header->shape.width, header->shape.height);
    if (strcmp(reason, "outofmem") == 0)
        return tc_fail(error, TC_ERR_MEMORY, "not enough memory for the %s picture", format);
    if (reached_end) return tc_fail(error, TC_ERR_CORRUPT, "%s file is cut off: its picture is not complete", format);
    return tc_fail(error, TC_ERR_CORRUPT, "%s picture cannot be read: %s", format, reason);
}

tc_status tc_decode_stb(const tc_header *header, const uint8_t *bytes, size_t size, tc_image *image, tc_damage *damage,
                        tc_error *error) {
    TC_ASSERT(header->shape.channels >= 1 && header->shape.channels <= 4);
    static const stbi_io_callbacks callbacks = {stream_read, stream_skip, stream_eof};
    stream s = {bytes, size, 0, false};
    int x = 0, y = 0, channels, wanted = header->shape.channels;
    stbi_uc *pixels;
    if (size > INT_MAX / 2) return tc_fail(error, TC_ERR_LIMIT, "file has more than 1 GB");
    budget_set(header, size);
    if (header->format == TC_FORMAT_JPEG && header->truncated)
        pixels = load_truncated_jpeg(header, bytes, &x, &y);
    else if (header->format == TC_FORMAT_JPEG || header->format == TC_FORMAT_PNG)
        pixels = stbi_load_from_memory(bytes, (int)size, &x, &y, &channels, wanted); // speed
    else
        pixels = stbi_load_from_callbacks(&callbacks, &s, &x, &y, &channels, wanted);
    if (!pixels) return fail(header, s.reached_end, error);
    *image = (tc_image){pixels, tc_row_bytes(x, wanted), {x, y, wanted}};
    *damage = header->truncated || s.reached_end ? TC_DAMAGE_TRUNCATED : TC_DAMAGE_NONE;
    if (x != header->shape.width || y != header->shape.height)
        return tc_fail(error, TC_ERR_CORRUPT, "%s picture is damaged: its headers contradict each other",
                       tc_format_name(header->format));
    return TC_OK;
}
