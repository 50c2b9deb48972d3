// Decodes and encodes JPEG by libjpeg-turbo. The only file that includes its headers.
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

#include <jpeglib.h>

#include <jerror.h>

#include "codec/libraries.h"
#include "core/assert.h"

// libjpeg reports errors by a callback that must not return.
typedef struct fault {
    struct jpeg_error_mgr manager; // first, as libjpeg passes a pointer to it
    jmp_buf jump;
    tc_error *error;
    tc_status status;
    tc_damage damage;
} fault;

static void on_error(j_common_ptr info) {
    fault *f = (fault *)info->err;
    char text[JMSG_LENGTH_MAX];
    info->err->format_message(info, text);
    if (info->err->msg_code == JERR_OUT_OF_MEMORY)
        f->status = tc_fail(f->error, TC_ERR_MEMORY, "not enough memory for the JPEG picture");
    else
        f->status = tc_fail(f->error, TC_ERR_CORRUPT, "JPEG picture cannot be read or written: %s", text);
    longjmp(f->jump, 1);
}

static void on_message(j_common_ptr info, int level) {
    fault *f = (fault *)info->err;
    if (level >= 0) return; // a trace message
    switch (info->err->msg_code) {
    case JWRN_JPEG_EOF:
        f->damage = TC_DAMAGE_TRUNCATED;
        break;
    case JWRN_HIT_MARKER:
    case JWRN_HUFF_BAD_CODE:
    case JWRN_ARITH_BAD_CODE:
    case JWRN_MUST_RESYNC:
        if (f->damage == TC_DAMAGE_NONE) f->damage = TC_DAMAGE_CORRUPT;
        break;
    default:
        break; // harmless
    }
}

static void fault_init(fault *f, tc_error *error) {
    jpeg_std_error(&f->manager);
    f->manager.error_exit = on_error;
    f->manager.emit_message = on_message;
    f->error = error;
    f->status = TC_OK;
    f->damage = TC_DAMAGE_NONE;
}

// CMYK to RGB. Adobe's files, which are nearly all CMYK JPEG, hold inverted values.
static void rgb_from_cmyk(uint8_t *to, const uint8_t *from, int width, bool inverted) {
    uint8_t flip = inverted ? 0 : 255;
    for (int x = 0; x < width; x++, to += 3, from += 4)
        for (int c = 0; c < 3; c++) to[c] = (uint8_t)(((from[c] ^ flip) * (from[3] ^ flip) + 127) / 255);
}

static void read_rows(struct jpeg_decompress_struct *info, tc_image *image) {
    bool cmyk = info->out_color_space == JCS_CMYK;
    JSAMPARRAY cmyk_row =
        cmyk ? (*info->mem->alloc_sarray)((j_common_ptr)info, JPOOL_IMAGE, info->output_width * 4, 1) : NULL;
    while (info->output_scanline < info->output_height) {
        uint8_t *to = image->data + info->output_scanline * image->stride;
        JSAMPROW row = cmyk ? cmyk_row[0] : to;
        if (jpeg_read_scanlines(info, &row, 1) == 1 && cmyk)
            rgb_from_cmyk(to, row, image->shape.width, info->saw_Adobe_marker);
    }
}

// Decodes into an image of the expected shape, with sides divided by `reduction` and rounded up.
static tc_status read_picture(const tc_header *header, const uint8_t *bytes, size_t size, unsigned reduction,
                              tc_image *image, tc_damage *damage, tc_error *error) {
    struct jpeg_decompress_struct info;
    fault f;
    info.err = &f.manager;
    fault_init(&f, error);
    if (setjmp(f.jump)) {
        jpeg_destroy_decompress(&info);
        return f.status;
    }
    jpeg_create_decompress(&info);
    // libjpeg fails on a truncated segment behind the last scan.
    jpeg_mem_src(&info, bytes, (unsigned long)(header->truncated ? header->scan_end : size));
    jpeg_read_header(&info, TRUE);
    info.scale_denom = reduction;
    info.out_color_space = info.num_components == 4 ? JCS_CMYK : image->shape.channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_start_decompress(&info);
    if (info.num_components == 4 && image->shape.channels != 3)
        f.status = tc_fail(error, TC_ERR_FORMAT, "a CMYK picture cannot be decoded as grey");
    else if ((int)info.output_width != image->shape.width || (int)info.output_height != image->shape.height)
        f.status = tc_fail(error, TC_ERR_CORRUPT, "JPEG picture is damaged: its headers contradict each other");
    else
        read_rows(&info, image);
    *damage = header->truncated ? TC_DAMAGE_TRUNCATED : f.damage;
    tc_status status = f.status;
    jpeg_destroy_decompress(&info);
    return status;
}

tc_status tc_decode_jpeg(const tc_header *header, const uint8_t *bytes, size_t size, tc_image *image, tc_damage *damage,
                         tc_error *error) {
    TC_ASSERT(header->format == TC_FORMAT_JPEG && !image->data);
    tc_status status = tc_image_init(image, header->shape, error);
    return status == TC_OK ? read_picture(header, bytes, size, 1, image, damage, error) : status;
}

tc_status tc_reduce_jpeg(const tc_header *header, const uint8_t *bytes, size_t size, int reduction, tc_image *image,
                         tc_error *error) {
    TC_ASSERT(reduction == 1 || reduction == 2 || reduction == 4 || reduction == 8);
    tc_damage damage;
    tc_shape shape = {(header->shape.width + reduction - 1) / reduction,
                      (header->shape.height + reduction - 1) / reduction, 1};
    tc_status status = tc_image_init(image, shape, error);
    return status == TC_OK ? read_picture(header, bytes, size, (unsigned)reduction, image, &damage, error) : status;
}

static void write_rows(struct jpeg_compress_struct *info, const tc_image *image) {
    while (info->next_scanline < info->image_height) {
        JSAMPROW row = image->data + info->next_scanline * image->stride;
        jpeg_write_scanlines(info, &row, 1);
    }
}

static void configure(struct jpeg_compress_struct *info, const tc_image *image, int quality) {
    info->image_width = (JDIMENSION)image->shape.width;
    info->image_height = (JDIMENSION)image->shape.height;
    info->input_components = image->shape.channels;
    info->in_color_space = image->shape.channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_set_defaults(info);
    jpeg_set_quality(info, quality, TRUE);
    // Of the luma, relative to the chroma at 1 × 1.
    info->comp_info[0].h_samp_factor = info->comp_info[0].v_samp_factor = quality < 90 ? 2 : 1;
}

// The encoded file, allocated by libjpeg. The caller frees it, also after a failure.
typedef struct output {
    unsigned char *bytes;
    unsigned long size;
} output;

static tc_status compress(const tc_image *image, int quality, output *out, tc_error *error) {
    struct jpeg_compress_struct info;
    fault f;
    info.err = &f.manager;
    fault_init(&f, error);
    if (setjmp(f.jump) == 0) {
        jpeg_create_compress(&info);
        jpeg_mem_dest(&info, &out->bytes, &out->size);
        configure(&info, image, quality);
        jpeg_start_compress(&info, TRUE);
        write_rows(&info, image);
        jpeg_finish_compress(&info);
    }
    jpeg_destroy_compress(&info);
    return f.status;
}

tc_status tc_encode_jpeg(const tc_image *image, int quality, tc_blob *file, tc_error *error) {
    TC_ASSERT((image->shape.channels == 1 || image->shape.channels == 3) && quality >= 1 && quality <= 100);
    output out = {NULL, 0};
    if (image->shape.width > JPEG_MAX_DIMENSION || image->shape.height > JPEG_MAX_DIMENSION)
        return tc_fail(error, TC_ERR_LIMIT, "picture is %d×%d; a JPEG file can have at most %ld pixels on each side",
                       image->shape.width, image->shape.height, (long)JPEG_MAX_DIMENSION);
    tc_status status = compress(image, quality, &out, error);
    if (status == TC_OK && tc_blob_append(file, out.bytes, out.size) != TC_OK)
        status = tc_fail(error, TC_ERR_MEMORY, "not enough memory for the JPEG file");
    free(out.bytes);
    return status;
}
