// Marks a function that the page calls: exported from the module under its own name.
#ifndef TC_EXPORT_H
#define TC_EXPORT_H

#define TC_EXPORT(name) __attribute__((export_name(#name), used)) name

#endif
