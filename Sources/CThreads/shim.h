#pragma once
#include <sys/prctl.h>

// pthread_setname_np needs _GNU_SOURCE and prctl is variadic, so Swift sees neither.
static inline void name_current_thread(const char *name) {
    (void)prctl(PR_SET_NAME, name, 0, 0, 0);
}

// Of Swift's runtime (Concurrency.h): what is given each part of a task that no actor or executor of its own runs, in
// place of the runtime's pool. A function in Swift's own calling convention, of the part and of the pool's function.
extern void *swift_task_enqueueGlobal_hook;

static inline void enqueue_tasks_with(void *function) {
    swift_task_enqueueGlobal_hook = function;
}
