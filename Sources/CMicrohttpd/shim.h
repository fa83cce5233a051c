#pragma once
#include <microhttpd.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>

// What a server is started with. MHD_start_daemon is variadic, which Swift cannot call.
struct mhd_settings {
    int listener;                 // a socket that listens and does not block
    size_t request_memory;        // bytes of a request's head, and of the answer's
    unsigned int connections;     // open at a time
    unsigned int idle_seconds;    // without traffic, until a connection is closed
    void *context;                // the first argument of all callbacks
    MHD_AccessHandlerCallback handle;
    MHD_RequestCompletedCallback completed;
    MHD_NotifyConnectionCallback connection;
};

// libmicrohttpd calls this on its thread. Without a free descriptor, accept fails. If it has no connection, it then tries
// again at once, for ever: this pause keeps it from taking all of a core.
static void mhd_log(void *context, const char *format, va_list arguments) {
    (void)context;
    (void)arguments;
    if (strstr(format, "resource limit") == NULL) return;
    const struct timespec pause = {0, 100 * 1000 * 1000};
    nanosleep(&pause, NULL);
}

// With MHD_USE_AUTO in place of EPOLL it would take poll(2). ITC is what MHD_quiesce_daemon needs.
static inline struct MHD_Daemon *mhd_start(const struct mhd_settings *settings) {
    return MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ITC | MHD_USE_ERROR_LOG, 0, NULL, NULL, settings->handle, settings->context,
        // First, as it is for what the other options log.
        MHD_OPTION_EXTERNAL_LOGGER, mhd_log, NULL,
        MHD_OPTION_LISTEN_SOCKET, settings->listener,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, settings->request_memory,
        MHD_OPTION_CONNECTION_LIMIT, settings->connections,
        MHD_OPTION_CONNECTION_TIMEOUT, settings->idle_seconds,
        MHD_OPTION_NOTIFY_COMPLETED, settings->completed, settings->context,
        MHD_OPTION_NOTIFY_CONNECTION, settings->connection, settings->context,
        MHD_OPTION_END);
}

// The connection's socket, or -1.
static inline int mhd_socket(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    return info == NULL ? -1 : info->connect_fd;
}

// The number that a connection was given when it began.
static inline void *mhd_socket_context(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info == NULL ? NULL : info->socket_context;
}

// A field of a request's head, or NULL.
static inline const char *mhd_field(struct MHD_Connection *connection, const char *name) {
    return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

static inline _Bool mhd_is_opened(enum MHD_ConnectionNotificationCode code) {
    return code == MHD_CONNECTION_NOTIFY_STARTED;
}

// How Swift sees these depends on the library's version.
static const enum MHD_Result mhd_yes = MHD_YES;
static const enum MHD_Result mhd_no = MHD_NO;
static const ssize_t mhd_end_with_error = MHD_CONTENT_READER_END_WITH_ERROR;
