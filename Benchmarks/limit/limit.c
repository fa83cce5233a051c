/*
 * limit.c - the least that polling a host's instances through libvirt can cost: every so many seconds one bulk call,
 * and as many bytes as an agent would send written to a file with one write. Nothing is made of the statistics.
 *
 * Usage: limit URI SECONDS BYTES FILE GROUP...
 *   GROUP  state, cpu, balloon, vcpu, interface, block, perf
 *
 * It ends when it is told to, or with status 1 when a call fails. Compile:
 *   gcc -O2 -o limit limit.c -lvirt
 */
#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <fcntl.h>
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const struct {
    const char *name;
    unsigned int flag;
} groups[] = {
    {"state", VIR_DOMAIN_STATS_STATE},         {"cpu", VIR_DOMAIN_STATS_CPU_TOTAL},
    {"balloon", VIR_DOMAIN_STATS_BALLOON},     {"vcpu", VIR_DOMAIN_STATS_VCPU},
    {"interface", VIR_DOMAIN_STATS_INTERFACE}, {"block", VIR_DOMAIN_STATS_BLOCK},
    {"perf", VIR_DOMAIN_STATS_PERF},
};

static unsigned int flag_of(const char *name)
{
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++)
        if (strcmp(groups[i].name, name) == 0)
            return groups[i].flag;
    fprintf(stderr, "limit: no group is called '%s'\n", name);
    exit(2);
}

static void fail(const char *what, const char *why)
{
    fprintf(stderr, "limit: %s: %s\n", what, why);
    exit(1);
}

static void silent(void *data, virErrorPtr error)
{
    (void)data;
    (void)error;
}

int main(int count, char **arguments)
{
    if (count < 6) {
        fprintf(stderr, "usage: limit URI SECONDS BYTES FILE GROUP...\n");
        return 2;
    }
    long seconds = strtol(arguments[2], NULL, 10);
    size_t size = strtoul(arguments[3], NULL, 10);
    unsigned int wanted = 0;
    for (int i = 5; i < count; i++)
        wanted |= flag_of(arguments[i]);

    virSetErrorFunc(NULL, silent);
    virConnectPtr connection = virConnectOpenReadOnly(arguments[1]);
    if (!connection)
        fail(arguments[1], virGetLastErrorMessage());
    int file = open(arguments[4], O_WRONLY | O_CREAT | O_TRUNC, 0644);
    char *bytes = calloc(1, size + 1);
    if (file < 0 || !bytes)
        fail(arguments[4], strerror(errno));

    struct timespec due;
    clock_gettime(CLOCK_MONOTONIC, &due);
    for (;;) {
        virDomainStatsRecordPtr *records = NULL;
        if (virConnectGetAllDomainStats(connection, wanted, &records, VIR_CONNECT_GET_ALL_DOMAINS_STATS_NOWAIT) < 0)
            fail("virConnectGetAllDomainStats", virGetLastErrorMessage());
        virDomainStatsRecordListFree(records);
        if (pwrite(file, bytes, size, 0) != (ssize_t)size)
            fail(arguments[4], strerror(errno));
        due.tv_sec += seconds;
        while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL) == EINTR)
            ;
    }
}
