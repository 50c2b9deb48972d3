// Keeps jobs in SQLite. The only file that includes its header.
#include "backend/store.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/assert.h"
#include "system/errno_text.h"

enum { BUSY_MS = 2000 };

// Without synchronisation with the disk: the kernel has what a killed process has written. AUTOINCREMENT never gives a
// number twice, so a file of an earlier job cannot be taken for one of a later job.
static const char schema[] = "PRAGMA locking_mode=EXCLUSIVE;"
                             "PRAGMA journal_mode=WAL;"
                             "PRAGMA synchronous=OFF;"
                             "CREATE TABLE IF NOT EXISTS jobs(number INTEGER PRIMARY KEY AUTOINCREMENT,"
                             " id TEXT NOT NULL, secret TEXT NOT NULL, request TEXT NOT NULL, state INTEGER NOT NULL,"
                             " attempt INTEGER NOT NULL, done INTEGER NOT NULL, picture TEXT, end TEXT);";

typedef enum statement { INSERT, UPDATE, DELETE, VISIT, LAST, STATEMENTS } statement;

static const char *const texts[STATEMENTS] = {
    [INSERT] = "INSERT INTO jobs(number, id, secret, request, state, attempt, done) VALUES(?1, ?2, ?3, ?4, ?5, 0, 0)",
    [UPDATE] = "UPDATE jobs SET state = ?2, attempt = ?3, done = ?4, picture = ?5, end = ?6 WHERE number = ?1",
    [DELETE] = "DELETE FROM jobs WHERE number = ?1",
    [VISIT] = "SELECT * FROM jobs WHERE number > ?1 ORDER BY number LIMIT 1", // the columns as in the schema
    [LAST] = "SELECT seq FROM sqlite_sequence WHERE name = 'jobs'"};

struct tc_store {
    sqlite3 *database;
    sqlite3_stmt *statements[STATEMENTS];
};

// ---- Opening

static tc_status fail(const tc_store *store, tc_error *error) {
    int code = store->database ? sqlite3_errcode(store->database) : SQLITE_NOMEM;
    if (code == SQLITE_NOMEM)
        return tc_fail(error, TC_ERR_MEMORY, "out of memory while the server stores a job; try again later");
    return tc_fail(error, TC_ERR_IO, "the server cannot store a job: %s", sqlite3_errmsg(store->database));
}

static tc_status make_folders(const char *folder, tc_error *error) {
    char path[4096];
    int size = snprintf(path, sizeof path, "%s", folder);
    if (size <= 0 || size >= (int)sizeof path)
        return tc_fail(error, TC_ERR_ARGUMENT, "the path of the store is too long");
    for (char *at = path + 1;; at++) {
        char separator = *at;
        if (separator && separator != '/') continue;
        *at = 0;
        if (mkdir(path, 0700) != 0 && errno != EEXIST)
            return tc_fail(error, TC_ERR_IO, "cannot make the folder %s of the store: %s", path, tc_errno_text(errno));
        if (!separator) return TC_OK;
        *at = separator;
    }
}

static tc_status open_database(tc_store *store, const char *path, tc_error *error) {
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    int code = sqlite3_open_v2(path, &store->database, flags, NULL);
    if (code == SQLITE_OK) code = sqlite3_busy_timeout(store->database, BUSY_MS);
    if (code == SQLITE_OK) code = sqlite3_exec(store->database, schema, NULL, NULL, NULL);
    for (int i = 0; i < STATEMENTS && code == SQLITE_OK; i++)
        code =
            sqlite3_prepare_v3(store->database, texts[i], -1, SQLITE_PREPARE_PERSISTENT, &store->statements[i], NULL);
    if (code == SQLITE_OK) return TC_OK;
    if (code == SQLITE_BUSY)
        return tc_fail(error, TC_ERR_UNAVAILABLE,
                       "another tilecastd uses the store %s; give one of them another --store", path);
    return tc_fail(error, TC_ERR_IO, "cannot open the store %s: %s", path,
                   store->database ? sqlite3_errmsg(store->database) : "out of memory");
}

tc_store *tc_store_open(const char *folder, tc_error *error) {
    TC_ASSERT(folder && folder[0]);
    char path[4096 + 16];
    if (make_folders(folder, error)) return NULL;
    snprintf(path, sizeof path, "%s/jobs.db", folder);
    tc_store *store = calloc(1, sizeof *store);
    if (!store) {
        tc_fail(error, TC_ERR_MEMORY, "out of memory while starting");
        return NULL;
    }
    if (!open_database(store, path, error)) return store;
    tc_store_close(store);
    return NULL;
}

void tc_store_close(tc_store *store) {
    if (!store) return;
    for (int i = 0; i < STATEMENTS; i++) sqlite3_finalize(store->statements[i]);
    sqlite3_close(store->database);
    free(store);
}

// ---- Statements

// The statement with its first parameter. The others are NULL.
static sqlite3_stmt *begin(tc_store *store, statement which, uint32_t number) {
    sqlite3_stmt *s = store->statements[which];
    sqlite3_reset(s);
    sqlite3_clear_bindings(s);
    sqlite3_bind_int64(s, 1, number);
    return s;
}

static bool bind_text(sqlite3_stmt *s, int index, const char *text) {
    return sqlite3_bind_text(s, index, text, -1, SQLITE_STATIC) == SQLITE_OK; // NULL binds NULL
}

static tc_status run(tc_store *store, sqlite3_stmt *s, bool bound, tc_error *error) {
    tc_status status = bound && sqlite3_step(s) == SQLITE_DONE ? TC_OK : fail(store, error);
    sqlite3_reset(s);
    sqlite3_clear_bindings(s);
    return status;
}

tc_status tc_store_insert(tc_store *store, const tc_stored_job *job, tc_error *error) {
    TC_ASSERT(job->number > 0 && job->id && job->secret && job->request);
    sqlite3_stmt *s = begin(store, INSERT, job->number);
    bool bound = bind_text(s, 2, job->id) && bind_text(s, 3, job->secret) && bind_text(s, 4, job->request) &&
                 sqlite3_bind_int(s, 5, (int)job->state) == SQLITE_OK;
    return run(store, s, bound, error);
}

tc_status tc_store_update(tc_store *store, const tc_stored_job *job, tc_error *error) {
    TC_ASSERT(job->number > 0 && job->attempt >= 0);
    sqlite3_stmt *s = begin(store, UPDATE, job->number);
    bool bound = sqlite3_bind_int(s, 2, (int)job->state) == SQLITE_OK &&
                 sqlite3_bind_int(s, 3, job->attempt) == SQLITE_OK && sqlite3_bind_int(s, 4, job->done) == SQLITE_OK &&
                 bind_text(s, 5, job->picture) && bind_text(s, 6, job->end);
    return run(store, s, bound, error);
}

tc_status tc_store_delete(tc_store *store, uint32_t number, tc_error *error) {
    TC_ASSERT(number > 0);
    return run(store, begin(store, DELETE, number), true, error);
}

// ---- Reading

static const char *text_of(sqlite3_stmt *s, int column) {
    return (const char *)sqlite3_column_text(s, column);
}

tc_status tc_store_visit(tc_store *store, void (*visit)(void *user, const tc_stored_job *job), void *user,
                         tc_error *error) {
    uint32_t number = 0;
    for (;;) {
        sqlite3_stmt *s = begin(store, VISIT, number);
        int code = sqlite3_step(s);
        if (code == SQLITE_ROW) {
            tc_stored_job job = {.number = number = (uint32_t)sqlite3_column_int64(s, 0),
                                 .id = text_of(s, 1),
                                 .secret = text_of(s, 2),
                                 .request = text_of(s, 3),
                                 .state = (tc_stored_state)sqlite3_column_int(s, 4),
                                 .attempt = sqlite3_column_int(s, 5),
                                 .done = sqlite3_column_int(s, 6) != 0,
                                 .picture = text_of(s, 7),
                                 .end = text_of(s, 8)};
            visit(user, &job);
        }
        sqlite3_reset(s);
        if (code == SQLITE_DONE) return TC_OK;
        if (code != SQLITE_ROW) return fail(store, error);
    }
}

uint32_t tc_store_last_number(tc_store *store) {
    sqlite3_stmt *s = store->statements[LAST];
    uint32_t number = sqlite3_step(s) == SQLITE_ROW ? (uint32_t)sqlite3_column_int64(s, 0) : 0;
    sqlite3_reset(s);
    return number;
}
