/// Where configuration files are looked for (`oslo_config.cfg.find_config_files`, `ConfigOpts.find_file`).
public struct FileSearch: Sendable {
    private static let project = "ceilometer"

    /// The directories in which `find` looks, in order.
    public let directories: [String]
    /// The files that are read for the request, in order; later ones win.
    let sources: [SettingsRequest.Source]
    private let files: any FileAccess

    init(_ request: SettingsRequest, files: any FileAccess) {
        let standard = Self.standardDirectories(request.environment)
        func first(_ name: String) -> String? {
            standard.map { Self.join($0, name) }.first(where: files.exists)
        }
        let names = [Self.project, request.program]
        let given = request.sources.map { $0.expanded(home: request.environment.home) }

        // Each kind of source is looked for unless one of that kind is given, and read before those that are.
        var found: [SettingsRequest.Source] = []
        if !given.contains(where: \.isFile) { found += names.compactMap { first("\($0).conf") }.map { .file($0) } }
        if given.allSatisfy(\.isFile) { found += names.compactMap { first("\($0).conf.d") }.map { .directory($0) } }

        self.files = files
        sources = found + given
        let besideFiles = sources.filter(\.isFile).reversed().map { Self.parent(of: $0.path) }
        directories = given.filter { !$0.isFile }.map(\.path) + besideFiles + standard
    }

    /// The path of the file that `polling.yaml` or the like stands for: that path itself, else the first that the
    /// directories have. `nil` if there is none.
    public func find(_ path: String) -> String? {
        if files.exists(path) { return path }
        guard !path.hasPrefix("/") else { return nil }
        return directories.map { Self.join($0, path) }.first(where: files.exists)
    }

    private static func standardDirectories(_ environment: HostEnvironment) -> [String] {
        let home = environment.home.map { [join($0, ".\(project)"), $0] } ?? []
        let snaps = ["SNAP_COMMON", "SNAP"].compactMap { environment.variables[$0] }.filter { !$0.isEmpty }
        return home + ["/etc/\(project)", "/etc"] + snaps.map { join($0, "etc/\(project)") }
    }

    static func join(_ directory: String, _ name: String) -> String {
        directory.hasSuffix("/") ? directory + name : "\(directory)/\(name)"
    }

    private static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}

extension SettingsRequest.Source {
    fileprivate var isFile: Bool {
        if case .file = self { true } else { false }
    }

    fileprivate var path: String {
        switch self {
        case .file(let path), .directory(let path): path
        }
    }

    /// With the home directory for a `~` in front, which a shell leaves alone in `--config-file=~/x`.
    fileprivate func expanded(home: String?) -> Self {
        guard let home, path == "~" || path.hasPrefix("~/") else { return self }
        let path = home + path.dropFirst()
        return isFile ? .file(path) : .directory(path)
    }
}
