// The list of hosts for mpirun: this machine first, one line for each host, and sentences about wrong lines.
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mpi_workers/host_list.h"
#include "tests/check.h"

static char folder[] = "/tmp/tilecast-hosts-XXXXXX";
static char from[64], to[64], made[4096];
static tc_error error;

// The list that is made of a hostfile; NULL, with the error in `error`, if it is refused.
static const char *list_of(const char *text) {
    FILE *file = fopen(from, "w");
    if (!file || fputs(text, file) < 0 || fclose(file) != 0) abort();
    unlink(to);
    tc_host_list list = {0};
    if (tc_host_list_read(&list, from, &error) != TC_OK) return NULL;
    tc_status status = tc_host_list_write(&list, to, &error);
    tc_host_list_clear(&list);
    if (status != TC_OK) return NULL;
    file = fopen(to, "r");
    if (!file) abort();
    made[fread(made, 1, sizeof made - 1, file)] = 0;
    fclose(file);
    return made;
}

static void check_list(const char *text, const char *expected) {
    const char *list = list_of(text);
    CHECK(list && strcmp(list, expected) == 0);
}

static void check_refused(const char *text, const char *says) {
    CHECK(!list_of(text));
    CHECK(strstr(error.text, from) && strstr(error.text, says));
}

int main(void) {
    if (!mkdtemp(folder)) return 2;
    snprintf(from, sizeof from, "%s/hostfile", folder);
    snprintf(to, sizeof to, "%s/list", folder);
    check_list("a\nb slots=2\n", "localhost slots=1\na slots=1\nb slots=2\n");
    check_list("# comment\n\n  b\tslots=2 max_slots=4 # comment\r\nb\nuser@c slots=3",
               "localhost slots=1\nb slots=3\nuser@c slots=3\n");
    check_list("a\nlocalhost slots=2\n127.0.0.1\n::1\n", "localhost slots=5\na slots=1\n");
    char own[256] = "", text[300];
    gethostname(own, sizeof own - 1);
    snprintf(text, sizeof text, "%s slots=2\n", own);
    check_list(text, "localhost slots=3\n");
    check_refused("", "names no host");
    check_refused("# none\n", "names no host");
    check_refused("a\nb slots=0\n", "line 2: 'slots=0'");
    check_refused("a slots=x\n", "slots=N is allowed");
    check_refused("a slots=\n", "slots=N is allowed");
    check_refused("a s=2\n", "'s=2' after a");
    check_refused("a b\n", "'b' after a");
    check_refused("slots=2\n", "not the name of a host");
    check_refused("a slots=4096\na\n", "more than 4096 slots");
    unlink(from);
    tc_host_list none = {0};
    CHECK(tc_host_list_read(&none, from, &error) == TC_ERR_IO && strstr(error.text, "cannot be opened"));
    unlink(to);
    rmdir(folder);
    return check_result();
}
