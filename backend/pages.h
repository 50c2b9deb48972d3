// Files of the page, from the folders given.
#ifndef TC_PAGES_H
#define TC_PAGES_H

#include "backend/server.h"

// Answers a GET or HEAD from the first of `folders` (NULL-terminated) that has the file; 404 if none has.
void tc_pages_reply(const char *const folders[], const tc_http_request *request, tc_http_reply *reply);

#endif
