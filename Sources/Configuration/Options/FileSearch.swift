/// Where configuration files are looked for (`oslo_config.cfg.find_config_files`, `ConfigOpts.find_file`).
public struct FileSearch: Sendable {
    private static let project = "ceilometer"

    /// The directories in which `find` looks, in order.
    public let directories: [String]
    /// The files that are read for the request, in order; later ones win.
    let sources: [SettingsRequest.Source]
    /// What kept the search for ceilometer.conf from a directory: which files are read without it is a guess.
    let obstacles: [FileAccessError]
    private let files: any FileAccess
    /// The user's own directories. HOME is often another user's, after `runuser` or `sudo`: then they count for nothing.
    private let home: [String]

    init(_ request: SettingsRequest, files: any FileAccess) {
        let home = Self.homeDirectories(request.environment)
        let standard = home + Self.standardDirectories(request.environment)
        var obstacles: [FileAccessError] = []
        func first(_ name: String) -> String? {
            do throws(FileAccessError) {
                return try Self.first(name, in: standard, home: home, files)
            } catch {
                if !obstacles.contains(error) { obstacles.append(error) }
                return nil
            }
        }
        let names = [Self.project, request.program]
        let given = request.sources.map { $0.expanded(home: request.environment.home) }

        // Each kind of source is looked for unless one of that kind is given, and read before those that are.
        var found: [SettingsRequest.Source] = []
        if !given.contains(where: \.isFile) { found += names.compactMap { first("\($0).conf") }.map { .file($0) } }
        if given.allSatisfy(\.isFile) { found += names.compactMap { first("\($0).conf.d") }.map { .directory($0) } }

        self.files = files
        self.home = home
        self.obstacles = obstacles
        sources = found + given
        let besideFiles = sources.filter(\.isFile).reversed().map { PathText.parent(of: $0.path) }
        directories = given.filter { !$0.isFile }.map(\.path) + besideFiles + standard
    }

    /// The path of the file that `polling.yaml` or the like stands for: that path itself, else the first that the
    /// directories have. `nil` if there is none. Throws if a directory that comes before it may not be searched.
    public func find(_ path: String) throws(FileAccessError) -> String? {
        guard !path.hasPrefix("/") else { return try files.exists(path) ? path : nil }
        // Of a name alone, the working directory is tried first. It may be one that this user cannot search.
        if Self.isThere(path, files) { return path }
        return try Self.first(path, in: directories, home: home, files)
    }

    /// Where `find` looks for a name, as a message lists it.
    public func places(of name: String) -> String {
        var shown: Set<String> = []
        return directories.filter { shown.insert($0).inserted }.map { directory in
            do throws(FileAccessError) {
                _ = try files.exists(Self.join(directory, name))
                return directory
            } catch {
                return "\(directory) (permission denied)"
            }
        }.joined(separator: ", ")
    }

    private static func first(
        _ name: String, in directories: [String], home: [String], _ files: any FileAccess
    ) throws(FileAccessError) -> String? {
        for directory in directories {
            let path = join(directory, name)
            if home.contains(directory) ? isThere(path, files) : try files.exists(path) { return path }
        }
        return nil
    }

    /// As Python's `os.path.exists`: what may not be looked at is not there.
    private static func isThere(_ path: String, _ files: any FileAccess) -> Bool {
        do throws(FileAccessError) { return try files.exists(path) } catch { return false }
    }

    private static func homeDirectories(_ environment: HostEnvironment) -> [String] {
        environment.home.map { [join($0, ".\(project)"), $0] } ?? []
    }

    private static func standardDirectories(_ environment: HostEnvironment) -> [String] {
        let snaps = ["SNAP_COMMON", "SNAP"].compactMap { environment.variables[$0] }.filter { !$0.isEmpty }
        return ["/etc/\(project)", "/etc"] + snaps.map { join($0, "etc/\(project)") }
    }

    static func join(_ directory: String, _ name: String) -> String {
        directory.hasSuffix("/") ? directory + name : "\(directory)/\(name)"
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
