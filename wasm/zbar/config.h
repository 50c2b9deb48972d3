// What zbar's configure script would find out for WebAssembly, with the symbologies that Debian's library has.
#ifndef TC_ZBAR_CONFIG_H
#define TC_ZBAR_CONFIG_H

#define ENABLE_CODABAR 1
#define ENABLE_CODE128 1
#define ENABLE_CODE39 1
#define ENABLE_CODE93 1
#define ENABLE_DATABAR 1
#define ENABLE_EAN 1
#define ENABLE_I25 1
#define ENABLE_PDF417 0
#define ENABLE_QRCODE 1
#define ENABLE_SQCODE 1

#define HAVE_ERRNO_H 1
#define HAVE_INTTYPES_H 1
#define HAVE_SYS_TIME_H 1
#define HAVE_UNISTD_H 1
#define NO_STATS 1

// zbar_version's answer; nobody asks.
#define ZBAR_VERSION_MAJOR 0
#define ZBAR_VERSION_MINOR 23
#define ZBAR_VERSION_PATCH 0

#endif
