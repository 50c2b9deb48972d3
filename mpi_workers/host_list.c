// Parses hostfiles, and writes mpirun's.
#include "mpi_workers/host_list.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "core/assert.h"
#include "system/errno_text.h"

enum { MAX_HOSTS = 4096, MAX_SLOTS = 4096 };

// True if `text` is an IP address of this machine.
static bool is_own_address(const char *text) {
    uint8_t wanted[sizeof(struct in6_addr)];
    int family = inet_pton(AF_INET, text, wanted) == 1    ? AF_INET
                 : inet_pton(AF_INET6, text, wanted) == 1 ? AF_INET6
                                                          : 0;
    struct ifaddrs *interfaces = NULL;
    if (!family || getifaddrs(&interfaces) != 0) return false;
    bool found = false;
    for (struct ifaddrs *i = interfaces; i && !found; i = i->ifa_next) {
        if (!i->ifa_addr || i->ifa_addr->sa_family != family) continue;
        const void *address = family == AF_INET ? (void *)&((struct sockaddr_in *)(void *)i->ifa_addr)->sin_addr
                                                : (void *)&((struct sockaddr_in6 *)(void *)i->ifa_addr)->sin6_addr;
        found = memcmp(address, wanted, family == AF_INET ? sizeof(struct in_addr) : sizeof(struct in6_addr)) == 0;
    }
    freeifaddrs(interfaces);
    return found;
}

static bool is_this_machine(const char *name) {
    char own[TC_HOST_LIST_NAME] = "";
    gethostname(own, sizeof own - 1);
    const char *user = strchr(name, '@');
    if (user) name = user + 1;
    size_t label = strcspn(own, ".");
    return strcasecmp(name, "localhost") == 0 || strcasecmp(name, own) == 0 ||
           (strlen(name) == label && strncasecmp(name, own, label) == 0) || is_own_address(name);
}

tc_status tc_host_list_push(tc_host_list *list, const char *name, int slots, tc_error *error) {
    TC_ASSERT(strlen(name) < TC_HOST_LIST_NAME && slots >= 0);
    if (list->count == list->capacity) {
        int capacity = list->capacity ? 2 * list->capacity : 16;
        tc_listed_host *hosts = realloc(list->hosts, (size_t)capacity * sizeof *hosts);
        if (!hosts) return tc_fail(error, TC_ERR_MEMORY, "out of memory");
        list->hosts = hosts;
        list->capacity = capacity;
    }
    tc_listed_host *host = &list->hosts[list->count++];
    host->slots = slots;
    snprintf(host->name, sizeof host->name, "%s", name);
    return TC_OK;
}

void tc_host_list_clear(tc_host_list *list) {
    free(list->hosts);
    *list = (tc_host_list){0};
}

int tc_host_list_slots(const tc_host_list *list) {
    int slots = 0;
    for (int i = 0; i < list->count; i++) slots += list->hosts[i].slots;
    return slots;
}

bool tc_host_list_equals(const tc_host_list *a, const tc_host_list *b) {
    bool equal = a->count == b->count;
    for (int i = 0; equal && i < a->count; i++)
        equal = strcmp(a->hosts[i].name, b->hosts[i].name) == 0 && a->hosts[i].slots == b->hosts[i].slots;
    return equal;
}

static tc_status add(tc_host_list *list, const char *name, int slots, tc_error *error) {
    TC_ASSERT(list->count >= 1);
    int at = 0;
    if (!is_this_machine(name))
        for (at = 1; at < list->count && strcmp(list->hosts[at].name, name) != 0;) at++;
    if (at == MAX_HOSTS) return tc_fail(error, TC_ERR_LIMIT, "it has more than %d hosts", MAX_HOSTS - 1);
    if (at == list->count && tc_host_list_push(list, name, 0, error)) return error->status;
    int sum = list->hosts[at].slots += slots;
    return sum <= MAX_SLOTS ? TC_OK : tc_fail(error, TC_ERR_LIMIT, "%.100s has more than %d slots", name, MAX_SLOTS);
}

// Parses "HOST [slots=N] [max_slots=N] [# comment]".
static tc_status parse_line(tc_host_list *list, char *line, tc_error *error) {
    static const char space[] = " \t\r\n";
    line[strcspn(line, "#")] = 0;
    char *remaining, *name = strtok_r(line, space, &remaining);
    if (!name) return TC_OK;
    if (strlen(name) >= TC_HOST_LIST_NAME || strchr(name, '=') || name[0] == '-')
        return tc_fail(error, TC_ERR_ARGUMENT, "'%.100s' is not the name of a host", name);
    long slots = 1;
    for (char *word; (word = strtok_r(NULL, space, &remaining));) {
        char *end;
        if (strncmp(word, "max_slots=", 10) == 0 || strncmp(word, "max-slots=", 10) == 0) continue;
        const char *value = strncmp(word, "slots=", 6) == 0 ? word + 6 : NULL;
        slots = value ? strtol(value, &end, 10) : 0;
        if (!value || end == value || *end || slots < 1 || slots > MAX_SLOTS)
            return tc_fail(error, TC_ERR_ARGUMENT, "'%.100s' after %.100s; slots=N is allowed, with N from 1 to %d",
                           word, name, MAX_SLOTS);
    }
    return add(list, name, (int)slots, error);
}

static tc_status read_lines(tc_host_list *list, FILE *file, tc_error *error) {
    char line[1024];
    tc_status status = TC_OK;
    for (int number = 1; status == TC_OK && fgets(line, sizeof line, file); number++) {
        tc_error why = {0};
        if (!strchr(line, '\n') && strlen(line) == sizeof line - 1)
            status = tc_fail(&why, TC_ERR_LIMIT, "it is longer than %zu characters", sizeof line - 2);
        else
            status = parse_line(list, line, &why);
        if (status) tc_fail(error, status, "line %d: %s", number, why.text);
    }
    if (status == TC_OK && ferror(file)) return tc_fail(error, TC_ERR_IO, "cannot be read");
    if (status == TC_OK && list->count == 1 && list->hosts[0].slots == 0)
        return tc_fail(error, TC_ERR_ARGUMENT, "it names no host");
    return status;
}

tc_status tc_host_list_read(tc_host_list *list, const char *hostfile, tc_error *error) {
    TC_ASSERT(list->count == 0 && hostfile);
    FILE *file = fopen(hostfile, "r");
    if (!file)
        return tc_fail(error, TC_ERR_IO, "the hostfile %.200s cannot be opened: %s", hostfile, tc_errno_text(errno));
    tc_error why = {0};
    tc_status status = tc_host_list_push(list, "localhost", 0, &why);
    if (status == TC_OK) status = read_lines(list, file, &why);
    fclose(file);
    if (status == TC_OK) return TC_OK;
    tc_host_list_clear(list);
    return tc_fail(error, status, "the hostfile %.200s: %s", hostfile, why.text);
}

tc_status tc_host_list_write(const tc_host_list *list, const char *to, tc_error *error) {
    TC_ASSERT(list->count >= 1 && to);
    FILE *file = fopen(to, "w");
    bool good = file != NULL;
    for (int i = 0; good && i < list->count; i++)
        good = fprintf(file, "%s slots=%d\n", list->hosts[i].name, list->hosts[i].slots + (i == 0)) > 0;
    int code = errno;
    if (file && fclose(file) != 0) good = false;
    return good ? TC_OK : tc_fail(error, TC_ERR_IO, "the list of hosts cannot be written: %s", tc_errno_text(code));
}
