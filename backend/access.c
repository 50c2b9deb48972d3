// Compares host names and origins, without regard to upper and lower case.
#include "backend/access.h"

#include <string.h>
#include <strings.h>

#include "core/assert.h"

static bool is_local_name(const char *name, size_t n) {
    static const char suffix[] = ".localhost";
    size_t suffix_size = sizeof suffix - 1;
    TC_ASSERT(n <= strlen(name));
    if (n >= 2 && name[0] == '[' && name[n - 1] == ']') name++, n -= 2;
    if (n == suffix_size - 1 && strncasecmp(name, suffix + 1, n) == 0) return true;
    if (n > suffix_size && strncasecmp(name + n - suffix_size, suffix, suffix_size) == 0) return true;
    if (n == 3 && strncmp(name, "::1", n) == 0) return true;
    return n > 4 && strncmp(name, "127.", 4) == 0 && strspn(name, "0123456789.") >= n;
}

// Bytes of the name in `name:port` or `[address]:port`.
static size_t name_size(const char *host) {
    if (host[0] != '[') return strcspn(host, ":");
    size_t n = strcspn(host, "]");
    return host[n] ? n + 1 : n;
}

bool tc_access_host_allowed(const tc_access *access, const tc_http_request *request) {
    const char *host = request->host;
    if (!host[0] || !is_local_name(access->host, strlen(access->host))) return true;
    const char *allowed = access->allow_origin ? strstr(access->allow_origin, "://") : NULL;
    if (allowed && strcasecmp(allowed + 3, host) == 0) return true;
    return is_local_name(host, name_size(host));
}

bool tc_access_origin_allowed(const tc_access *access, const tc_http_request *request) {
    const char *origin = request->origin;
    if (!origin[0]) return true;
    if (access->allow_origin && strcasecmp(origin, access->allow_origin) == 0) return true;
    const char *host = strstr(origin, "://");
    bool web = strncasecmp(origin, "http://", 7) == 0 || strncasecmp(origin, "https://", 8) == 0;
    return web && request->host[0] && strcasecmp(host + 3, request->host) == 0;
}

bool tc_access_offers(const tc_http_request *request, const char *name) {
    size_t n = strlen(name);
    TC_ASSERT(n > 0);
    for (const char *list = request->protocols; *list; list += strcspn(list, ",")) {
        list += strspn(list, " ,\t");
        if (strncmp(list, name, n) == 0 && strchr(" ,\t", list[n])) return true;
    }
    return false;
}
