// faults.c - faults of the host that cannot be had otherwise, to be preloaded (LD_PRELOAD) into a process under test.
//
// AEROSTAT_FAULTS names a directory. A fault lasts as long as its file is there:
//   resolver  getaddrinfo of the name that the file holds does not return, but fails with EAI_AGAIN once the file is gone
//   clock     the wall clock is ahead by the seconds that the file holds (negative: behind)
//   fsync     fsync and fdatasync do not return
//   mount     files whose path begins with what the file holds cannot be opened or looked at: it does not return
//   threads   no thread can be started (EAGAIN)
// The process can still be ended: what hangs, hangs in sleeps.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static int fault(const char *name, char *content, size_t size) {
    const char *directory = getenv("AEROSTAT_FAULTS");
    if (!directory) return 0;
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    int before = errno;
    long file = syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        errno = before;
        return 0;
    }
    long got = syscall(SYS_read, (int)file, content, size - 1);
    syscall(SYS_close, (int)file);
    content[got < 0 ? 0 : got] = 0;
    content[strcspn(content, "\n")] = 0;
    errno = before;
    return 1;
}

static void pause_shortly(void) {
    struct timespec pause = {0, 10 * 1000 * 1000};
    nanosleep(&pause, NULL);
}

static void *next(const char *name) {
    void *found = dlsym(RTLD_NEXT, name);
    if (!found) abort();
    return found;
}

int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **result) {
    char name[256];
    int has_hung = 0;
    while (node && fault("resolver", name, sizeof name) && !strcmp(name, node)) {
        has_hung = 1;
        pause_shortly();
    }
    if (has_hung) return EAI_AGAIN;
    int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **) = next("getaddrinfo");
    return real(node, service, hints, result);
}

static void hang_while(const char *name) {
    char content[16];
    while (fault(name, content, sizeof content)) pause_shortly();
}

int fsync(int file) {
    hang_while("fsync");
    int (*real)(int) = next("fsync");
    return real(file);
}

int fdatasync(int file) {
    hang_while("fsync");
    int (*real)(int) = next("fdatasync");
    return real(file);
}

static void hang_below(const char *path) {
    char mount[4096];
    while (path && fault("mount", mount, sizeof mount) && *mount && !strncmp(path, mount, strlen(mount)))
        pause_shortly();
}

// open and its kin take a mode if they create.
#define OPEN(NAME)                                                            \
    int NAME(const char *path, int flags, ...) {                              \
        va_list rest;                                                         \
        va_start(rest, flags);                                                \
        mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0; \
        va_end(rest);                                                         \
        hang_below(path);                                                     \
        return openat(AT_FDCWD, path, flags, mode);                           \
    }

OPEN(open)
OPEN(open64)

#define ON_PATH(TYPE, NAME, PARAMETERS, ARGUMENTS)  \
    TYPE NAME PARAMETERS {                          \
        hang_below(path);                           \
        TYPE(*real) PARAMETERS = next(#NAME);       \
        return real ARGUMENTS;                      \
    }

ON_PATH(FILE *, fopen, (const char *path, const char *mode), (path, mode))
ON_PATH(FILE *, fopen64, (const char *path, const char *mode), (path, mode))
ON_PATH(int, stat, (const char *path, struct stat *status), (path, status))
ON_PATH(int, stat64, (const char *path, struct stat64 *status), (path, status))
ON_PATH(int, access, (const char *path, int mode), (path, mode))

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *), void *argument) {
    char content[16];
    if (fault("threads", content, sizeof content)) return EAGAIN;
    int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *) = next("pthread_create");
    return real(thread, attributes, start, argument);
}

static long long ahead(void) {
    char content[32];
    return fault("clock", content, sizeof content) ? atoll(content) : 0;
}

int clock_gettime(clockid_t clock, struct timespec *time) {
    long result = syscall(SYS_clock_gettime, clock, time);
    if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) time->tv_sec += ahead();
    return (int)result;
}

int gettimeofday(struct timeval *time, void *zone) {
    long result = syscall(SYS_gettimeofday, time, zone);
    if (result == 0) time->tv_sec += ahead();
    return (int)result;
}

time_t time(time_t *where) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (where) *where = now.tv_sec;
    return now.tv_sec;
}
