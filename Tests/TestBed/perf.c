// perf.c - performance events that can be enabled and not be read, to be preloaded (LD_PRELOAD) into libvirtd: where the
// hardware or the container has none, or a counter is in error, `perf` fails for one domain.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/syscall.h>

static void *next(const char *name) {
    void *found = dlsym(RTLD_NEXT, name);
    if (!found) abort();
    return found;
}

// A directory in place of the event: reading it fails with EISDIR.
long syscall(long number, ...) {
    if (number == SYS_perf_event_open) return open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    va_list list;
    long a[6];
    va_start(list, number);
    for (int i = 0; i < 6; i++) a[i] = va_arg(list, long);
    va_end(list);
    long (*real)(long, ...) = next("syscall");
    return real(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

int ioctl(int file, unsigned long request, ...) {
    if (request == PERF_EVENT_IOC_ENABLE || request == PERF_EVENT_IOC_DISABLE) return 0;
    va_list list;
    va_start(list, request);
    void *argument = va_arg(list, void *);
    va_end(list);
    int (*real)(int, unsigned long, ...) = next("ioctl");
    return real(file, request, argument);
}
