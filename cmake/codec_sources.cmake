# The source files of codec/. The file that is linked chooses the decoders and encoders, without #ifdef: jpeg.c and png.c
# (libjpeg-turbo, libspng) natively, stb_formats.c and stb_encode.c (stb) in the page's module. Both need BUILD/generated on the include path (stb/stb_image.h, stb/stb_image_write.h by cmake/fetch_stb.sh).
set(TILECAST_CODEC_COMMON_SOURCES
  ${CMAKE_SOURCE_DIR}/codec/format.c
  ${CMAKE_SOURCE_DIR}/codec/header_reader.c
  ${CMAKE_SOURCE_DIR}/codec/header_jpeg.c
  ${CMAKE_SOURCE_DIR}/codec/header_png.c
  ${CMAKE_SOURCE_DIR}/codec/png_chunks.c
  ${CMAKE_SOURCE_DIR}/codec/header_other.c
  ${CMAKE_SOURCE_DIR}/codec/orient.c
  ${CMAKE_SOURCE_DIR}/codec/decoder.c
  ${CMAKE_SOURCE_DIR}/codec/encoder.c
  ${CMAKE_SOURCE_DIR}/codec/stb.c)

# The page's module: probe, decode and encode.
set(TILECAST_CODEC_WASM_SOURCES
  ${TILECAST_CODEC_COMMON_SOURCES}
  ${CMAKE_SOURCE_DIR}/codec/stb_formats.c
  ${CMAKE_SOURCE_DIR}/codec/stb_encode.c)

# Reading codes; links zbar and needs iconv. zxing-cpp is called by zxing.cpp natively, and by wasm/zxing.c in the page.
foreach(file scanner pass pass_table candidates evidence structured_append gs1 text charset reader zbar plane sampler quad
    homography qr finder_pattern finder_quad sampling_grid module_matrix bar_region linear)
  list(APPEND TILECAST_CODES_SOURCES ${CMAKE_SOURCE_DIR}/codec/${file}.c)
endforeach()
set(TILECAST_CODES_WASM_SOURCES ${TILECAST_CODES_SOURCES} ${CMAKE_SOURCE_DIR}/wasm/zxing.c)

# How stb.c is compiled natively. For some damaged pictures stb reads uninitialised variables on the stack; old contents
# must not reach pixels, so they are set to zero (older clang: to a pattern). It also casts PSD colours beyond 0..255 to
# bytes.
include(CheckCCompilerFlag)
check_c_compiler_flag(-ftrivial-auto-var-init=zero HAVE_AUTO_VAR_INIT_ZERO)
if(HAVE_AUTO_VAR_INIT_ZERO)
  set(TILECAST_STB_OPTIONS -ftrivial-auto-var-init=zero -fno-sanitize=float-cast-overflow)
else()
  set(TILECAST_STB_OPTIONS -ftrivial-auto-var-init=pattern -fno-sanitize=float-cast-overflow)
endif()
