// The parts of the gateway that need neither clients nor a pool: the job queue, the set of job numbers, access, what a
// job sends next, and the spool's folder.
#include "backend/access.h"
#include "backend/job_outbox.h"
#include "backend/job_queue.h"
#include "backend/number_set.h"
#include "backend/spool.h"
#include "tests/check.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

// ---- Queue

static void test_queue_order(void) {
    tc_job_queue queue = {0};
    tc_queue_owner a = {0}, b = {0}, idle = {0};
    tc_job_queue_add_owner(&queue, &a);
    tc_job_queue_add_owner(&queue, &idle);
    tc_job_queue_add_owner(&queue, &b);
    tc_queue_entry entries[5] = {{.owner = &a, .number = 1},
                                 {.owner = &a, .number = 2},
                                 {.owner = &a, .number = 3, .suspect = true},
                                 {.owner = &b, .number = 4},
                                 {.owner = &b, .number = 5}};
    static const int pushed[] = {1, 4, 2, 0, 3}; // 0 and 3 come back from a pool that died
    for (int i = 0; i < 5; i++) tc_job_queue_push(&queue, &entries[pushed[i]]);
    CHECK(queue.count == 5);
    tc_queue_entry *suspect = tc_job_queue_next(&queue, true);
    CHECK(suspect == &entries[2]);
    tc_job_queue_remove(&queue, suspect);
    CHECK(tc_job_queue_next(&queue, true) == NULL);
    static const uint32_t expected[] = {4, 1, 5, 2}; // a was served last
    for (int i = 0; i < 4; i++) {
        tc_queue_entry *entry = tc_job_queue_next(&queue, false);
        CHECK(entry && entry->number == expected[i]);
        tc_job_queue_remove(&queue, entry);
    }
    CHECK(queue.count == 0 && tc_job_queue_next(&queue, false) == NULL);
    tc_job_queue_remove_owner(&queue, &idle);
    tc_job_queue_remove_owner(&queue, &a);
    tc_job_queue_remove_owner(&queue, &b);
    CHECK(!queue.first && !queue.last);
}

// ---- Job numbers

static void test_number_set(void) {
    tc_number_set set = {0};
    enum { COUNT = 2000 };
    static bool used[COUNT + 2];
    srand(3);
    for (int i = 0; i < 20000; i++) {
        uint32_t number = 1 + (uint32_t)rand() % COUNT;
        CHECK(tc_number_set_contains(&set, number) == used[number]);
        if (!used[number]) CHECK(tc_number_set_add(&set, number) == TC_OK);
        used[number] = true;
    }
    for (int i = 1; i < set.count; i++) CHECK(set.ranges[i - 1].last + 1 < set.ranges[i].first);
    tc_number_set_clear(&set);
    CHECK(tc_number_set_add(&set, UINT32_MAX) == TC_OK && tc_number_set_add(&set, UINT32_MAX - 1) == TC_OK);
    CHECK(tc_number_set_add(&set, 1) == TC_OK && set.count == 2);
    for (uint32_t i = 1; set.count < TC_MAX_NUMBER_RANGES; i++) CHECK(tc_number_set_add(&set, 1 + 2 * i) == TC_OK);
    CHECK(tc_number_set_add(&set, 1 << 20) == TC_ERR_LIMIT && !tc_number_set_contains(&set, 1 << 20));
    CHECK(tc_number_set_add(&set, 2) == TC_OK && set.count == TC_MAX_NUMBER_RANGES - 1);
    tc_number_set_clear(&set);
}

// ---- Access

static bool host_allowed(const char *listens_on, const char *host) {
    const tc_access access = {.host = listens_on, .allow_origin = "https://ok.example"};
    return tc_access_host_allowed(&access, &(tc_http_request){.host = host});
}

static bool origin_allowed(const char *host, const char *origin) {
    const tc_access access = {.host = "127.0.0.1", .allow_origin = "https://ok.example"};
    return tc_access_origin_allowed(&access, &(tc_http_request){.host = host, .origin = origin});
}

static void test_access(void) {
    static const char *const good[] = {"",      "localhost", "LocalHost:80", "a.localhost", "127.0.0.1:8080",
                                       "[::1]", "[::1]:80",  "ok.example"};
    static const char *const bad[] = {"?",           "[",           "[]",    "[::1",        ":80",
                                      "localhost.x", "127.0.0.1.x", "[::2]", "x.ok.example"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) CHECK(host_allowed("127.0.0.1", good[i]));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        CHECK(!host_allowed("127.0.0.1", bad[i]));
        CHECK(!host_allowed("::1", bad[i]));
        CHECK(host_allowed("0.0.0.0", bad[i]));
    }
    CHECK(origin_allowed("a:80", "") && origin_allowed("a:80", "http://a:80") && origin_allowed("a", "https://A"));
    CHECK(origin_allowed("a", "https://ok.example"));
    CHECK(!origin_allowed("a:80", "http://a") && !origin_allowed("a", "null") && !origin_allowed("a", "file://a"));
    CHECK(!origin_allowed("", "http://") && !origin_allowed("?", "?"));
    CHECK(tc_access_offers(&(tc_http_request){.protocols = "chat, x.v1"}, "x.v1"));
    CHECK(!tc_access_offers(&(tc_http_request){.protocols = "x.v11, ax.v1"}, "x.v1"));
}

// ---- What a job sends next

static void append_tile(tc_file_cursor *tiles, int stage, int side) {
    uint8_t header[TC_WIRE_HEADER];
    uint32_t size = (uint32_t)(side * side);
    tc_frame_write(header, &(tc_frame){.type = TC_FRAME_TILE,
                                       .job = 77,
                                       .length = size,
                                       .rect = {0, 0, side, side},
                                       .channels = 1,
                                       .stage = stage});
    uint8_t *pixels = calloc(1, size);
    CHECK(pwrite(tiles->fd, header, sizeof header, (off_t)tiles->end) == sizeof header);
    CHECK(pwrite(tiles->fd, pixels, size, (off_t)tiles->end + TC_WIRE_HEADER) == (ssize_t)size);
    free(pixels);
    tiles->end += TC_WIRE_HEADER + size;
}

static int open_temporary(void) {
    char path[] = "/tmp/tilecast-outbox-XXXXXX";
    int fd = mkstemp(path);
    unlink(path);
    return fd;
}

// The stage of the next frame that is a tile, with its payload passed over; -1 for another result, in `*next`.
static int next_stage(tc_job_outbox *outbox, tc_outbox_next *next) {
    uint8_t header[TC_WIRE_HEADER];
    tc_file_cursor *payload;
    size_t size;
    tc_frame frame;
    do *next = tc_job_outbox_next_frame(outbox, header, &payload, &size);
    while (*next == TC_OUTBOX_SKIPPED);
    if (*next != TC_OUTBOX_FRAME) return -1;
    CHECK(tc_frame_read(&frame, header, sizeof header, NULL) == TC_OK && frame.job == 5 && frame.length == size);
    tc_file_cursor_skip(payload, size);
    return frame.type == TC_FRAME_TILE ? frame.stage : 100;
}

// A job whose files are in a spool of its own.
typedef struct stored {
    char folder[32];
    tc_spool spool;
    tc_job_files files;
    tc_job_log log;
} stored;

static void stored_init(stored *job) {
    snprintf(job->folder, sizeof job->folder, "/tmp/tilecast-log-XXXXXX");
    CHECK(mkdtemp(job->folder) != NULL);
    job->spool = (tc_spool){.max = 1 << 20};
    snprintf(job->spool.folder, sizeof job->spool.folder, "%s", job->folder);
    snprintf(job->spool.jobs, sizeof job->spool.jobs, "%s", job->folder);
    tc_job_files_init(&job->files, &job->spool, 3);
    tc_job_log_init(&job->log, &job->files);
    memcpy(job->log.id, "0123456789abcdef", TC_JOB_ID);
}

static void stored_clear(stored *job) {
    tc_job_log_clear(&job->log);
    tc_job_files_clear(&job->files);
    CHECK(job->spool.used == 0);
    CHECK(rmdir(job->folder) == 0);
}

static void test_outbox_frames(void) {
    stored job;
    stored_init(&job);
    tc_job_outbox outbox;
    tc_outbox_next next;
    tc_job_outbox_init(&outbox, NULL, 5, &job.log);
    CHECK(next_stage(&outbox, &next) == -1 && next == TC_OUTBOX_NOTHING);
    job.log.last_stage = 1;
    outbox.tiles.fd = open_temporary();
    append_tile(&outbox.tiles, 0, 16);
    append_tile(&outbox.tiles, 1, 16);
    CHECK(next_stage(&outbox, &next) == 0 && next_stage(&outbox, &next) == 1);
    for (int i = 0; i < 300; i++) append_tile(&outbox.tiles, 0, 200); // 12 MB of previews that the client has not read
    append_tile(&outbox.tiles, 1, 16);
    int previews = 0, stage;
    while ((stage = next_stage(&outbox, &next)) == 0) previews++;
    CHECK(stage == 1 && previews > 90 && previews < 110);
    append_tile(&outbox.tiles, 0, 16);
    outbox.file = (tc_file_cursor){.fd = open_temporary(), .end = TC_MAX_FILE_FRAME + 1};
    tc_json *message = tc_json_new_object();
    tc_json_set_string(message, "type", "done");
    tc_job_log_set_end(&job.log, message);
    CHECK(next_stage(&outbox, &next) == 100 && outbox.file.position == TC_MAX_FILE_FRAME); // without the preview
    CHECK(next_stage(&outbox, &next) == 100);
    CHECK(next_stage(&outbox, &next) == -1 && next == TC_OUTBOX_END);
    CHECK_TEXT(job.log.end, "{\"type\":\"done\"}");
    outbox.end_sent = true;
    CHECK(next_stage(&outbox, &next) == -1 && next == TC_OUTBOX_NOTHING);
    tc_json_destroy(message);
    tc_job_outbox_clear(&outbox);

    tc_job_outbox_init(&outbox, NULL, 5, &job.log);
    outbox.tiles = (tc_file_cursor){.fd = open_temporary(), .end = 10};
    CHECK(next_stage(&outbox, &next) == -1 && next == TC_OUTBOX_UNREADABLE);
    tc_job_outbox_clear(&outbox);
    stored_clear(&job);
}

// A client that has a tile goes on behind it.
static void test_outbox_resume(void) {
    stored job;
    stored_init(&job);
    tc_job_outbox outbox;
    tc_job_outbox_init(&outbox, NULL, 5, &job.log);
    outbox.tiles.fd = open_temporary();
    append_tile(&outbox.tiles, 0, 16);
    append_tile(&outbox.tiles, 1, 16);
    append_tile(&outbox.tiles, 2, 16);
    tc_job_outbox_skip_tiles(&outbox, 3, 0, 0);
    CHECK(outbox.tiles.position == 0);
    tc_job_outbox_skip_tiles(&outbox, 1, 0, 16);
    CHECK(outbox.tiles.position == 0);
    tc_job_outbox_skip_tiles(&outbox, 1, 0, 0);
    CHECK(outbox.tiles.position == 2 * (TC_WIRE_HEADER + 256));
    tc_job_outbox_clear(&outbox);
    stored_clear(&job);
}

static void check_messages(tc_job_outbox *outbox, const char *const *expected) {
    char *text;
    for (; *expected; expected++) {
        CHECK(tc_job_outbox_pop_control(outbox, &text));
        CHECK_TEXT(text, *expected);
        free(text);
    }
    CHECK(!tc_job_outbox_pop_control(outbox, &text));
}

static void test_outbox_messages(void) {
    stored job;
    stored_init(&job);
    tc_job_log *log = &job.log;
    tc_job_outbox outbox;
    tc_error error;
    tc_job_outbox_init(&outbox, NULL, 5, log);
    tc_json *message = tc_json_new_object();
    tc_json_set_number(message, "n", 1);
    CHECK(tc_job_log_set_progress(log, message, &error) == TC_OK);
    tc_json_set_number(message, "n", 2);
    CHECK(tc_job_log_set_progress(log, message, &error) == TC_OK);
    CHECK(tc_job_log_push_found(log, "{\"a\":1}", &error) == TC_OK);
    CHECK(tc_job_log_push_found(log, "{}", &error) == TC_OK);
    CHECK(tc_job_log_set_picture(log, message, &error) == TC_OK);
    outbox.send_accepted = outbox.send_credit = true;
    log->credit = 1234;
    static const char *const first[] = {"{\"type\":\"accepted\",\"job\":5,\"id\":\"0123456789abcdef\"}",
                                        "{\"type\":\"credit\",\"job\":5,\"offset\":1234}",
                                        "{\"job\":5,\"n\":2}",
                                        "{\"job\":5,\"a\":1}",
                                        "{\"job\":5}",
                                        "{\"job\":5,\"n\":2}",
                                        NULL};
    check_messages(&outbox, first);
    CHECK(tc_job_log_push_found(log, "{\"c\":3}", &error) == TC_OK);
    static const char *const more[] = {"{\"job\":5,\"c\":3}", NULL};
    check_messages(&outbox, more);
    // A second client that has the first two of what was found.
    tc_job_outbox second;
    tc_job_outbox_init(&second, NULL, 7, log);
    second.send_attached = true;
    second.found_position = tc_job_log_skip_found(log, 2);
    static const char *const attached[] = {"{\"type\":\"attached\",\"job\":7,\"offset\":0}", "{\"job\":7,\"n\":2}",
                                           "{\"job\":7,\"c\":3}", "{\"job\":7,\"n\":2}", NULL};
    check_messages(&second, attached);
    CHECK(tc_job_log_skip_found(log, 100) == log->found_size);
    tc_json_destroy(message);
    tc_job_outbox_clear(&second);
    tc_job_outbox_clear(&outbox);
    stored_clear(&job);
}

// ---- Spool

// Makes and removes spools. False when one was removed by another process, or left behind.
static bool use_spools(const char *base, int count) {
    bool good = true;
    for (int i = 0; i < count && good; i++) {
        tc_spool spool;
        tc_error error;
        struct stat info;
        good = tc_spool_init(&spool, base, 1, &error) == TC_OK;
        if (!good) fprintf(stderr, "%s\n", error.text);
        if (!good) break;
        good = stat(spool.folder, &info) == 0 && (!spool.memory[0] || stat(spool.memory, &info) == 0);
        tc_spool_clear(&spool);
    }
    return good;
}

// Gateways that start at the same time do not remove each other's folders.
static void test_spools_at_once(void) {
    enum { PROCESSES = 8, COUNT = 200 };
    char base[] = "/tmp/tilecast-test-XXXXXX";
    CHECK(mkdtemp(base) != NULL);
    for (int i = 0; i < PROCESSES; i++)
        if (fork() == 0) _exit(use_spools(base, COUNT) ? 0 : 1);
    for (int i = 0; i < PROCESSES; i++) {
        int status = -1;
        CHECK(wait(&status) > 0 && status == 0);
    }
    CHECK(rmdir(base) == 0);
}

int main(void) {
    test_queue_order();
    test_number_set();
    test_access();
    test_outbox_frames();
    test_outbox_resume();
    test_outbox_messages();
    test_spools_at_once();
    return check_result();
}
