#pragma once
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

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

// Swift code may allocate and lock, which a signal handler must not do.
static int signal_notes = -1;

static inline void note_signal(int number) {
    int before = errno;
    unsigned char byte = (unsigned char)number;
    ssize_t count = write(signal_notes, &byte, 1);
    (void)count;
    errno = before;
}

// Has each delivery of a signal write its number, one byte, into a pipe. 0, or an error number.
static inline int note_signal_in(int number, int pipe_end) {
    signal_notes = pipe_end;
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = note_signal;
    action.sa_flags = SA_RESTART;
    sigfillset(&action.sa_mask);
    return sigaction(number, &action, NULL) == 0 ? 0 : errno;
}
