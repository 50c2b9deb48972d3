// The files of the page, served from folders.
#ifndef TC_BACKEND_PAGES_H
#define TC_BACKEND_PAGES_H

#include "backend/http.h"

// Answers a GET or HEAD request with the file from the first of `folders` (NULL ends) that has it, compressed if such a
// file stands beside it and the client accepts it; 404 if none has it.
void tc_pages_reply(const char *const folders[], const tc_http_request *request, tc_http_reply *reply);

#endif
