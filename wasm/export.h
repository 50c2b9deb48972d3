#ifndef TC_EXPORT_H
#define TC_EXPORT_H

// Marks a function that the page calls: exported from the module under its own name.
#define TC_EXPORT(name) __attribute__((export_name(#name), used)) name
// Marks a function that the page gives the module (imports.js lists them).
#define TC_IMPORT(name) __attribute__((import_module("page"), import_name(#name))) name

#endif
