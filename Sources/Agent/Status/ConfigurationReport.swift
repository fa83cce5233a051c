import Glibc
import Configuration
public import Telemetry

/// Which configuration the agent runs on, and what became of the last reload: for the status page.
public struct ConfigurationReport: Sendable {
    /// A file that was read.
    struct File: Sendable {
        let path: String
        /// When it was written last; `nil` if that cannot be found out.
        let modified: Timestamp?
    }

    /// What came of a reload.
    public struct Reload: Sendable {
        let at: Timestamp
        /// Why the configuration does not run; empty if it does.
        let errors: [String]

        /// A reload that came to its end at that time.
        public init(at: Timestamp, errors: [String] = []) {
            self.at = at
            self.errors = errors
        }
    }

    let loadedAt: Timestamp
    let files: [File]
    /// `nil` if there was none since the start.
    public var lastReload: Reload?

    /// How many errors of a reload are kept.
    private static let kept = 50

    /// A report of a configuration that was read at that time. Looks at its files, and so blocks.
    public init(_ configuration: AgentConfiguration, loadedAt: Timestamp) {
        self.init(files: configuration.files, loadedAt: loadedAt)
    }

    /// A report of a configuration from those files.
    init(files: [String], loadedAt: Timestamp) {
        self.loadedAt = loadedAt
        self.files = files.map { path in
            var status = stat()
            guard stat(path, &status) == 0 else { return File(path: path, modified: nil) }
            let time = status.st_mtim
            return File(
                path: path,
                modified: Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000))
        }
    }

    /// What is wrong; `nil` if the configuration is the one that the last reload read.
    var problem: String? {
        guard let reload = lastReload, let first = reload.errors.first else { return nil }
        let more = reload.errors.count > 1 ? " (and \(reload.errors.count - 1) more)" : ""
        return
            "the reload of \(reload.at)Z failed, the agent runs on the configuration of \(loadedAt)Z: \(first)\(more); "
            + "correct it and reload again"
    }

    /// For `/status`.
    var json: MetadataValue {
        .object([
            .init("loaded_at", .string("\(loadedAt)Z")),
            .init(
                "files",
                .array(
                    files.map { file in
                        .object([
                            .init("path", .string(file.path)),
                            .init("modified_at", .text(file.modified.map { "\($0)Z" })),
                        ])
                    })),
            .init(
                "last_reload",
                lastReload.map { reload in
                    .object([
                        .init("at", .string("\(reload.at)Z")),
                        .init("ok", .bool(reload.errors.isEmpty)),
                        .init("errors", .array(reload.errors.prefix(Self.kept).map { .string($0) })),
                    ])
                } ?? .null),
        ])
    }
}
