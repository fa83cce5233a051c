import Configuration

/// Files in memory. A directory is what a file's path passes through.
struct MemoryFiles: FileAccess {
    var files: [String: [UInt8]]
    var unreadable: Set<String> = []
    /// Directories that may not be searched.
    var closed: Set<String> = []
    /// Files that every user can read.
    var exposed: Set<String> = []

    init(_ texts: [String: String]) {
        files = texts.mapValues { Array($0.utf8) }
    }

    func exists(_ path: String) throws(FileAccessError) -> Bool {
        if let closed = closed.first(where: { path.hasPrefix($0 + "/") }) {
            throw FileAccessError(closed, .permissionDenied, remedy: "knock")
        }
        return files[path] != nil || isDirectory(path)
    }

    func exposure(of path: String) -> FileExposure? {
        exposed.contains(path) ? FileExposure(mode: "0644", remedy: "chmod o= \(path)") : nil
    }

    func names(in directory: String) throws(FileAccessError) -> [String] {
        guard isDirectory(directory) else {
            throw FileAccessError(directory, files[directory] == nil ? .notFound : .notDirectory)
        }
        let names = files.keys.filter { $0.hasPrefix(directory + "/") }.map { path in
            String(path.dropFirst(directory.count + 1).prefix { $0 != "/" })
        }
        return Array(Set(names))
    }

    func contents(of path: String, limit: Int) throws(FileAccessError) -> [UInt8] {
        guard !unreadable.contains(path) else { throw FileAccessError(path, .permissionDenied) }
        guard let bytes = files[path] else {
            throw FileAccessError(path, isDirectory(path) ? .notRegular : .notFound)
        }
        guard bytes.count <= limit else { throw FileAccessError(path, .tooLarge(limit: limit)) }
        return bytes
    }

    private func isDirectory(_ path: String) -> Bool {
        files.keys.contains { $0.hasPrefix(path + "/") }
    }
}

extension HostEnvironment {
    /// A host of that name whose user lives in /home/u.
    static func test(_ variables: [String: String] = [:]) -> HostEnvironment {
        HostEnvironment(hostName: "compute-1", home: "/home/u", variables: variables)
    }
}

extension Settings {
    /// What comes of these files, given in this order with `--config-file`.
    static func loaded(_ texts: String..., environment: [String: String] = [:]) -> Loaded {
        var files: [String: String] = [:]
        for (index, text) in texts.enumerated() { files["f\(index)"] = text }
        let request = SettingsRequest(
            sources: texts.indices.map { .file("f\($0)") }, environment: .test(environment))
        return load(request, files: MemoryFiles(files))
    }
}

extension Settings.Loaded {
    /// All that was told, a line each.
    var told: [String] { diagnostics.all.map(\.description) }
}
