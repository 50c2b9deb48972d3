// Folders on the command line stand for the pictures in them.
#ifndef TC_CLI_FOLDER_H
#define TC_CLI_FOLDER_H

#include "cli/options.h"

// Puts the pictures of each folder of options->files in its place: those of its folders too, by name, in the order of
// bytes. Only the names are kept in memory. A picture is what begins like one; a TGA, which has no mark, also ends in
// .tga. Hidden names are passed over, and links to folders, so that no link can lead in a circle; a folder that is
// itself named on the command line may be a link. What cannot be looked into, and a folder without any picture, stays
// in the list as something that cannot be read.
tc_status tc_folder_expand(tc_options *options, tc_error *error);

// Fails, with the reason, for what the list has only to say that it cannot be read.
tc_status tc_folder_check(const tc_options *options, int file, tc_error *error);

#endif
