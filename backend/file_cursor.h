// A position in a file that is being sent while it still grows.
#ifndef TC_BACKEND_FILE_CURSOR_H
#define TC_BACKEND_FILE_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct tc_file_cursor {
    int fd;            // -1: no file
    uint64_t position; // next byte
    uint64_t end;      // bytes before it are in the file
} tc_file_cursor;

// Closes the file, if there is one.
void tc_file_cursor_clear(tc_file_cursor *cursor);
// Bytes between the position and the end; 0 without a file.
uint64_t tc_file_cursor_remaining(const tc_file_cursor *cursor);
// Copies the next `size` bytes, at most the remaining ones, without moving. False when the file cannot be read.
bool tc_file_cursor_peek(const tc_file_cursor *cursor, uint8_t *bytes, size_t size);
void tc_file_cursor_skip(tc_file_cursor *cursor, uint64_t size); // at most the remaining bytes
// Moves the next `size` bytes, at most the remaining ones, to `part`, which gets a descriptor of its own, so that it
// outlives the cursor. False, with nothing changed, when there is no descriptor left.
bool tc_file_cursor_split(tc_file_cursor *cursor, uint64_t size, tc_file_cursor *part);

#endif
