// How functions of a WebAssembly module are exported and imported.
#ifndef TC_WASM_EXPORT_H
#define TC_WASM_EXPORT_H

#ifdef __wasm__
// A function that the page calls: exported from the module under its own name.
#define TC_EXPORT(name) __attribute__((export_name(#name), used)) name
// A function that the page supplies to the module (imports.js lists them).
#define TC_IMPORT(name) __attribute__((import_module("page"), import_name(#name))) name
#else // tests of the modules' C
#define TC_EXPORT(name) name
#define TC_IMPORT(name) name
#endif

#endif
