/// Options of Ceilometer that are known and good, but whose user expects what will not happen.
enum UnmetExpectations {
    /// What would send the log elsewhere (`oslo_log._options`).
    private static let logDestinations = [
        "log_file", "logfile", "log_dir", "logdir", "log_config_append", "log_config", "use_syslog", "use_journal",
    ]

    /// Truth values of [polling] whose opposite changes what the user gets (`ceilometer.polling.manager`).
    private static let polling: [(key: String, value: Bool, message: String)] = [
        (
            "enable_prometheus_exporter", true,
            "has no effect: this version serves no metrics to Prometheus; see [aerostat] status_listen for its own state"
        ),
        ("enable_notifications", false, "has no effect: samples go to the publishers of pipeline.yaml all the same"),
        ("ignore_disabled_projects", true, "has no effect: instances are polled whatever their project's state is"),
    ]

    /// Paths of [polling] that nothing is read from or written to.
    private static let pollingPaths = [
        ("pollsters_definitions_dirs", "has no effect: only the meters of this agent are polled"),
        ("heartbeat_socket_dir", "has no effect: [aerostat] status_listen tells when the last poll was"),
    ]

    static func warn(_ reader: inout OptionReader) {
        for key in logDestinations {
            let name = OptionName(OptionName.defaultGroup, key)
            guard let text = reader.sources[name]?.text, OptionType<Bool>.boolean.parse(text) != false, !text.isEmpty
            else { continue }
            reader.warn(of: name, "has no effect: the log goes to standard error, and so to the service's journal")
        }
        for (key, value, message) in polling {
            let name = OptionName("polling", key)
            guard let text = reader.sources[name]?.text, OptionType<Bool>.boolean.parse(text) == value else { continue }
            reader.warn(of: name, message)
        }
        for (key, message) in pollingPaths {
            let name = OptionName("polling", key)
            if reader.sources[name]?.text.isEmpty == false { reader.warn(of: name, message) }
        }
        if reader.sources[OptionName(OptionName.defaultGroup, "config_source")]?.text.isEmpty == false {
            reader.warn(
                of: OptionName(OptionName.defaultGroup, "config_source"),
                "has no effect: only files and the environment are read")
        }
    }
}
