/// The options that Ceilometer does not have.
enum AerostatOptions {
    static let staleMemoryStats = TypedOption(
        .aerostat, "compute", "stale_memory_stats", OptionType<StaleMemoryStats>.choice, default: "withhold",
        "What becomes of a guest's memory figures that its balloon driver no longer renews. publish is what Ceilometer "
            + "does: a dead driver's last figures for ever.")

    static let rootDiskSize = TypedOption(
        .aerostat, "compute", "root_disk_size", OptionType<RootDiskSizeChoice>.choice, default: "ceilometer",
        "What disk.root.size and root_gb are. ceilometer: the flavor's disk less its ephemeral disk, as Ceilometer "
            + "computes it; negative for a flavor with a larger ephemeral disk. flavor: the flavor's disk, which in Nova is "
            + "the root disk alone.")

    static let unmanagedDomains = TypedOption(
        .aerostat, "compute", "unmanaged_domains", .boolean, default: "false",
        "Poll domains without Nova's metadata, too: for people who run KVM without OpenStack. Their name is the domain's "
            + "title or name, their sizes are the domain's, their flavor is called unmanaged.")
    static let unmanagedProjectID = TypedOption(
        .aerostat, "compute", "unmanaged_project_id", .string, default: "",
        "The project_id of the samples of domains without Nova's metadata; empty: null.")
    static let unmanagedUserID = TypedOption(
        .aerostat, "compute", "unmanaged_user_id", .string, default: "",
        "The user_id of the samples of domains without Nova's metadata; empty: null.")

    static let statePath = TypedOption(
        .aerostat, "aerostat", "state_path", .path, default: "/var/lib/aerostat",
        "The directory of the outbox: samples wait there until they are delivered, also across restarts.")
    static let outboxMaxBytes = TypedOption(
        .aerostat, "aerostat", "outbox_max_bytes", .byteCount(atLeast: 65536), default: "1G", unit: "bytes",
        "How much may wait in the queue of each publisher, as it is on disk: compressed. As much again may be kept of what "
            + "the receiver rejected. Beyond it the oldest samples are dropped first, and the log says how many.")
    static let outboxMaxAge = TypedOption(
        .aerostat, "aerostat", "outbox_max_age", .duration(atLeast: 1, orZero: true), default: "604800",
        unit: "seconds",
        "How long samples may wait in the queue of each publisher; 0: without limit. Beyond it they are dropped, the "
            + "oldest first, and the log says how many.")
    static let maxSamplesPerRequest = TypedOption(
        .aerostat, "aerostat", "max_samples_per_request", .integer(1...100_000), default: "1000", unit: "samples",
        "How many samples are sent in one HTTP request.")
    static let libvirtTimeout = TypedOption(
        .aerostat, "aerostat", "libvirt_timeout", .duration(atLeast: 0.1), default: "5.0", unit: "seconds",
        "How long a call to libvirt may take; one that overruns costs that cycle. A guest that hangs is noticed within half a "
            + "second, and costs only its own samples.")
    static let resyncInterval = TypedOption(
        .aerostat, "aerostat", "resync_interval", .duration(atLeast: 1), default: "600", unit: "seconds",
        "How often what libvirt knows of each instance is fetched anew, in case an event of libvirt was missed.")
    static let statusListen = TypedOption(
        .aerostat, "aerostat", "status_listen", .listenAddress, default: "",
        "Where the agent's own state is served over HTTP; empty: nowhere. Port 0 has the system choose one.")
    static let logLevel = TypedOption(
        .aerostat, "aerostat", "log_level", OptionType<LogLevel>.choice, default: "info",
        "The least severe messages that are logged, on standard error.")

    static let rows = [
        staleMemoryStats.row, rootDiskSize.row, unmanagedDomains.row, unmanagedProjectID.row, unmanagedUserID.row,
        statePath.row, outboxMaxBytes.row, outboxMaxAge.row, maxSamplesPerRequest.row,
        libvirtTimeout.row, resyncInterval.row, statusListen.row, logLevel.row,
    ]
}
