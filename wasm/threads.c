// In tilecast_shared.wasm: several instances, each in a Web Worker of its own with a stack of its own, in one memory.
// They work on one run as the command line's threads do (threads/thread_pool.c), one at a time as far as its state is
// concerned.
#include "wasm/page.h"

// A mutex: free, held, or held with others asleep for it (Drepper, "Futexes are tricky", 2011, mutex2).
enum { FREE, HELD, WANTED };

static int32_t heap; // the mutex of malloc

// Work in parts (core/parallel.h), as long as somebody waits for it.
typedef struct share {
    struct share *next;
    tc_parallel_body *part;
    void *context;
    int count, begun, ended;
} share;

static struct {
    int32_t mutex;
    int32_t changes, waiting; // those that wait do so for another change
    int32_t inside;           // instances that have a tile
    int told;                 // messages about tiles
    int job;                  // 0: none
    bool stopped, reading;    // reading: the first instance is at codes, the others wait
    bool crashed;             // one of them, which may never end a part that it has begun
    tc_page_run *run;
    share *shares;
} pool;

// Sleeping is for functions of their own, in which nothing is in a register: V8's baseline compiler (11.3) loses what a
// function has there while it waits.
static __attribute__((noinline)) void sleep_for_heap(void) {
    while (__atomic_exchange_n(&heap, WANTED, __ATOMIC_SEQ_CST) != FREE)
        __builtin_wasm_memory_atomic_wait32(&heap, WANTED, -1);
}

static __attribute__((noinline)) void sleep_for_pool(void) {
    while (__atomic_exchange_n(&pool.mutex, WANTED, __ATOMIC_SEQ_CST) != FREE)
        __builtin_wasm_memory_atomic_wait32(&pool.mutex, WANTED, -1);
}

static void lock(int32_t *mutex, void (*sleep)(void)) {
    int32_t was = FREE;
    if (!__atomic_compare_exchange_n(mutex, &was, HELD, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) sleep();
}

static void unlock(int32_t *mutex) {
    if (__atomic_exchange_n(mutex, FREE, __ATOMIC_SEQ_CST) == WANTED) __builtin_wasm_memory_atomic_notify(mutex, 1);
}

// The C library is made for one thread; of it only this is used by several. The linker sends all calls here (--wrap).
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void __real_free(void *memory);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);
void __wrap_free(void *memory);

void *__wrap_malloc(size_t size) {
    lock(&heap, sleep_for_heap);
    void *memory = __real_malloc(size);
    unlock(&heap);
    return memory;
}

void *__wrap_calloc(size_t count, size_t size) {
    lock(&heap, sleep_for_heap);
    void *memory = __real_calloc(count, size);
    unlock(&heap);
    return memory;
}

void *__wrap_realloc(void *memory, size_t size) {
    lock(&heap, sleep_for_heap);
    memory = __real_realloc(memory, size);
    unlock(&heap);
    return memory;
}

void __wrap_free(void *memory) {
    lock(&heap, sleep_for_heap);
    __real_free(memory);
    unlock(&heap);
}

void TC_EXPORT(tc_page_threads_lock)(void) {
    lock(&pool.mutex, sleep_for_pool);
}

static void wake(void) {
    if (pool.waiting == 0) return;
    __atomic_add_fetch(&pool.changes, 1, __ATOMIC_SEQ_CST);
    __builtin_wasm_memory_atomic_notify(&pool.changes, UINT32_MAX);
}

void TC_EXPORT(tc_page_threads_unlock)(void) {
    wake();
    unlock(&pool.mutex);
}

static __attribute__((noinline)) void wait_for_change(void) {
    int32_t seen = pool.changes;
    pool.waiting++;
    unlock(&pool.mutex);
    __builtin_wasm_memory_atomic_wait32(&pool.changes, seen, -1);
    lock(&pool.mutex, sleep_for_pool);
    pool.waiting--;
}

static void do_part(share *share) {
    int index = share->begun++;
    unlock(&pool.mutex);
    share->part(share->context, index);
    lock(&pool.mutex, sleep_for_pool);
    share->ended++;
    if (share->ended == share->count) wake();
}

// With the lock: does a part that is there to be done. False: there is none.
static bool help(void) {
    share *share = pool.shares;
    while (share && share->begun == share->count) share = share->next;
    if (share) do_part(share);
    return share;
}

static void each_part(void *user, int count, tc_parallel_body *part, void *context) {
    (void)user;
    share mine = {.next = pool.shares, .part = part, .context = context, .count = count};
    pool.shares = &mine;
    wake();
    while (mine.begun < count) do_part(&mine);
    while (mine.ended < count && !pool.crashed) wait_for_change();
    share **link = &pool.shares;
    while (*link != &mine) link = &(*link)->next;
    *link = mine.next;
}

static const tc_parallel parallel = {each_part, NULL};

void TC_EXPORT(tc_page_threads_begin)(int job, tc_page_run *run) {
    tc_page_threads_lock();
    pool.job = job;
    pool.run = run;
    pool.stopped = pool.reading = false;
    pool.told = 0;
    tc_page_run_lend(run, &parallel);
    tc_page_threads_unlock();
}

void TC_EXPORT(tc_page_threads_stop)(int crashed) {
    tc_page_threads_lock();
    pool.stopped = true;
    pool.crashed = pool.crashed || crashed;
    tc_page_threads_unlock();
}

int TC_EXPORT(tc_page_threads_end)(void) {
    tc_page_threads_lock();
    pool.job = 0;
    tc_page_threads_unlock();
    lock(&pool.mutex, sleep_for_pool);
    while (pool.inside > 0) wait_for_change();
    int told = pool.told;
    unlock(&pool.mutex);
    return told;
}

// With the lock: the next task of the slot, however long it takes until there is one.
static int take(int job, int slot, bool first, int32_t task[16]) {
    if (first) pool.reading = false;
    for (;; wait_for_change()) {
        while (help()) continue;
        if (pool.job != job || pool.stopped) return TC_PAGE_OVER;
        if (pool.reading && !first) continue;
        int kind = tc_page_run_next(pool.run, slot, task);
        if (kind == TC_TASK_CODES && !first)
            tc_page_run_return(pool.run, slot);
        else if (kind != TC_TASK_WAIT)
            return kind;
    }
}

int TC_EXPORT(tc_page_threads_next)(int job, int slot, int first, int32_t task[16]) {
    tc_page_threads_lock();
    int kind = take(job, slot, first, task);
    pool.reading = pool.reading || kind == TC_TASK_CODES;
    if (kind == TC_TASK_TILE) pool.inside++;
    tc_page_threads_unlock();
    return kind;
}

void TC_EXPORT(tc_page_threads_finish)(int told) {
    tc_page_threads_lock();
    pool.inside--;
    pool.told += told;
    tc_page_threads_unlock();
}
