# zbar from its source code, for the page's module and for fuzzing: TILECAST_ZBAR_SOURCES, and TILECAST_ZBAR_FLAGS to
# compile them with (C11 with GNU extensions).
set(zbar_folder ${CMAKE_BINARY_DIR}/generated/zbar)
execute_process(COMMAND ${CMAKE_SOURCE_DIR}/cmake/fetch_zbar.sh ${zbar_folder}
  RESULT_VARIABLE failed ERROR_VARIABLE message)
if(failed)
  message(FATAL_ERROR "${message}")
endif()
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/cmake/fetch_zbar.sh)

set(TILECAST_ZBAR_SOURCES)
foreach(file config decoder error image img_scanner misc refcnt scanner sqcode symbol convert
    decoder/codabar decoder/code128 decoder/code39 decoder/code93 decoder/databar decoder/ean decoder/i25
    decoder/qr_finder decoder/sq_finder
    qrcode/bch15_5 qrcode/binarize qrcode/isaac qrcode/qrdec qrcode/qrdectxt qrcode/rs qrcode/util)
  list(APPEND TILECAST_ZBAR_SOURCES ${zbar_folder}/zbar/${file}.c)
endforeach()
set(TILECAST_ZBAR_FLAGS -w -I${CMAKE_SOURCE_DIR}/wasm/zbar -I${zbar_folder}/include -I${zbar_folder}/zbar)
