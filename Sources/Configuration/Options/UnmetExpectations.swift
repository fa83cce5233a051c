/// Options of Ceilometer that are known and good, but whose user expects what will not happen.
enum UnmetExpectations {
    /// What would send the log elsewhere (`oslo_log._options`).
    private static let logDestinations = [
        "log_file", "logfile", "log_dir", "logdir", "log_config_append", "log_config", "use_syslog", "use_journal",
    ]

    static func warn(_ reader: inout OptionReader) {
        for key in logDestinations {
            let name = OptionName(OptionName.defaultGroup, key)
            guard let text = reader.sources[name]?.text, OptionType<Bool>.boolean.parse(text) != false, !text.isEmpty
            else { continue }
            reader.warn(of: name, "has no effect: the log goes to standard error, and so to the service's journal")
        }
        if reader.sources[OptionName(OptionName.defaultGroup, "config_source")]?.text.isEmpty == false {
            reader.warn(
                of: OptionName(OptionName.defaultGroup, "config_source"),
                "has no effect: only files and the environment are read")
        }
    }
}
