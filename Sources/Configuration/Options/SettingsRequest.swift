/// What the command line says about configuration files.
public struct SettingsRequest: Sendable {
    /// A `--config-file` or `--config-dir`.
    public enum Source: Sendable, Hashable {
        /// One file; it must exist.
        case file(String)
        /// All `*.conf` of a directory, sorted by name; it must exist.
        case directory(String)
    }

    /// In the order of the command line, in which later ones win.
    public var sources: [Source]
    /// The program whose own files are read besides `ceilometer.conf`: those that `ceilometer-polling` would read, by
    /// default.
    public var program: String
    /// What else counts.
    public var environment: HostEnvironment

    /// A request with those properties.
    public init(sources: [Source], program: String = "ceilometer-polling", environment: HostEnvironment) {
        self.sources = sources
        self.program = program
        self.environment = environment
    }
}
