/// The options that Ceilometer does not have.
enum AerostatOptions {
    static let staleMemoryStats = TypedOption(
        .aerostat, "compute", "stale_memory_stats", OptionType<StaleMemoryStats>.choice, default: "withhold",
        "What becomes of a guest's memory figures that its balloon driver no longer renews. publish is what Ceilometer "
            + "does: a dead driver's last figures for ever.")

    static let statePath = TypedOption(
        .aerostat, "aerostat", "state_path", .path, default: "/var/lib/aerostat",
        "The directory of the outbox: samples wait there until they are delivered, also across restarts.")
    static let outboxMaxBytes = TypedOption(
        .aerostat, "aerostat", "outbox_max_bytes", .byteCount(atLeast: 65536), default: "1G", unit: "bytes",
        "How much may wait for each publisher. Beyond it the oldest is dropped, counted and logged.")
    static let outboxMaxAge = TypedOption(
        .aerostat, "aerostat", "outbox_max_age", .duration(atLeast: 1, orZero: true), default: "604800",
        unit: "seconds", "How long samples may wait before they are dropped; 0: without limit.")
    static let maxSamplesPerRequest = TypedOption(
        .aerostat, "aerostat", "max_samples_per_request", .integer(1...100_000), default: "1000", unit: "samples",
        "How many samples are sent in one HTTP request.")
    static let libvirtTimeout = TypedOption(
        .aerostat, "aerostat", "libvirt_timeout", .duration(atLeast: 0.1), default: "5.0", unit: "seconds",
        "How long a call to libvirt may take before its connection is given up and a new one opened.")
    static let resyncInterval = TypedOption(
        .aerostat, "aerostat", "resync_interval", .duration(atLeast: 10), default: "600", unit: "seconds",
        "How often instances are listed anew in case an event of libvirt was missed.")
    static let statusListen = TypedOption(
        .aerostat, "aerostat", "status_listen", .listenAddress, default: "",
        "Where the agent's own state is served over HTTP; empty: nowhere. Port 0 has the system choose one.")
    static let logLevel = TypedOption(
        .aerostat, "aerostat", "log_level", OptionType<LogLevel>.choice, default: "info",
        "The least severe messages that are logged, on standard error.")

    static let rows = [
        staleMemoryStats.row, statePath.row, outboxMaxBytes.row, outboxMaxAge.row, maxSamplesPerRequest.row,
        libvirtTimeout.row, resyncInterval.row, statusListen.row, logLevel.row,
    ]
}
