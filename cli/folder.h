// Replaces folders on the command line by the pictures in them.
#ifndef TC_CLI_FOLDER_H
#define TC_CLI_FOLDER_H

#include "cli/options.h"

// Replaces each folder in options->files by the pictures in it and its subfolders, sorted by the bytes of their names.
// A file is a picture if its first bytes are those of a format; a TGA file, which has no signature, must also end in
// .tga. Hidden files and folders are skipped, and symbolic links to folders, which could form a cycle; a folder on the
// command line itself may be a link. A folder that cannot be read or has no pictures stays in the list, with the reason
// in options->faults.
tc_status tc_folder_expand(tc_options *options, tc_error *error);

// Fails with the reason if options->faults has one for this file.
tc_status tc_folder_check(const tc_options *options, int file, tc_error *error);

#endif
