// Finds the file of a path, its content type and its compressed form.
#include "backend/pages.h"

#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/assert.h"

static const struct {
    const char *ending, *type;
} types[] = {
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".mjs", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".json", "application/json"},
    {".map", "application/json"},
    {".webmanifest", "application/manifest+json"},
    {".wasm", "application/wasm"}, // the browser compiles it while it loads only with this type
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".jpg", "image/jpeg"},
    {".jpeg", "image/jpeg"},
    {".gif", "image/gif"},
    {".webp", "image/webp"},
    {".bmp", "image/bmp"},
    {".ico", "image/x-icon"},
    {".txt", "text/plain; charset=utf-8"},
    {".md", "text/plain; charset=utf-8"},
    {".woff2", "font/woff2"},
};

static const char *type_of(const char *path) {
    size_t length = strlen(path);
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        size_t n = strlen(types[i].ending);
        if (length >= n && strcmp(path + length - n, types[i].ending) == 0) return types[i].type;
    }
    return "application/octet-stream";
}

// Plain names between the slashes: no hidden files, no parent folders.
static bool is_safe(const char *path) {
    if (path[0] != '/' || strchr(path, '\\')) return false;
    for (const char *p = path; *p; p++)
        if (p[0] == '/' && (p[1] == '.' || p[1] == '/')) return false;
    return true;
}

// Whether a list such as `gzip, deflate, br;q=0.5` has the name with a quality above 0.
static bool accepts(const char *list, const char *name) {
    size_t n = strlen(name);
    while (*list) {
        list += strspn(list, " ,\t");
        size_t length = strcspn(list, ",");
        if (strncmp(list, name, n) == 0 && strchr(" ;,\t", list[n])) {
            char item[64];
            snprintf(item, sizeof item, "%.*s", (int)length, list);
            const char *quality = strstr(item, "q=");
            return !quality || strtod(quality + 2, NULL) > 0;
        }
        list += length;
    }
    return false;
}

static bool open_file(const char *folder, const char *path, const char *ending, struct stat *info, int *fd) {
    TC_ASSERT(path[0] == '/');
    char full[PATH_MAX];
    if (snprintf(full, sizeof full, "%s%s%s", folder, path, ending) >= (int)sizeof full) return false;
    *fd = open(full, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (*fd < 0) return false;
    if (fstat(*fd, info) == 0 && S_ISREG(info->st_mode)) return true;
    close(*fd);
    return false;
}

// Fills the reply with the file in the first form that exists and that the client accepts. False when there is none.
static bool reply_file(const char *folder, const char *path, const tc_http_request *request, tc_http_reply *reply) {
    static const struct {
        const char *ending;
        const char *encoding;
    } forms[] = {{".br", "br"}, {".gz", "gzip"}, {"", NULL}};
    struct stat info;
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        if (forms[i].encoding && !accepts(request->accept_encoding, forms[i].encoding)) continue;
        int fd;
        if (!open_file(folder, path, forms[i].ending, &info, &fd)) continue;
        *reply = (tc_http_reply){.status = 200,
                                 .type = type_of(path),
                                 .file = fd,
                                 .size = (size_t)info.st_size,
                                 .encoding = forms[i].encoding};
        // Names in /assets/ have a hash of the content; other files are revalidated each time.
        reply->cache = strstr(path, "/assets/") ? "public, max-age=31536000, immutable" : "no-cache";
        snprintf(reply->etag, sizeof reply->etag, "\"%llx-%llx%s\"",
                 (unsigned long long)info.st_mtim.tv_sec * 1000000000 + (unsigned long long)info.st_mtim.tv_nsec,
                 (unsigned long long)info.st_size, forms[i].ending);
        return true;
    }
    return false;
}

void tc_pages_reply(const char *const folders[], const tc_http_request *request, tc_http_reply *reply) {
    const char *path = strcmp(request->path, "/") == 0 ? "/index.html" : request->path;
    bool found = false;
    for (int i = 0; is_safe(path) && folders[i] && !found; i++) found = reply_file(folders[i], path, request, reply);
    if (!found) {
        bool root = strcmp(request->path, "/") == 0;
        *reply = tc_http_reply_text(root ? 503 : 404, "text/plain; charset=utf-8",
                                    root ? "The page has not been built; ./run.sh --build builds it.\n"
                                         : "There is nothing at this address.\n");
        return;
    }
    if (strstr(request->if_none_match, reply->etag)) {
        close(reply->file);
        reply->file = -1;
        reply->size = 0;
        reply->status = 304;
    }
}
