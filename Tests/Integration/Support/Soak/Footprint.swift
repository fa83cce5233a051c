import Foundation

/// What a process takes of its host at a moment.
struct Footprint: Sendable {
    let at: ContinuousClock.Instant
    /// Its proportional share of memory, in KiB.
    let memory: Int
    let threads: Int
    let files: Int
    /// How many open files there are of each kind: `socket`, `pipe`, `anon_inode`, or a file's name.
    let kinds: [String: Int]
    /// What lies in its state directory, in KiB.
    let disk: Int

    /// Looks at a process and its directory; `nil` if it has just ended.
    init?(of process: pid_t, directory: String) throws {
        let folder = "/proc/\(process)"
        do {
            memory = try Self.field("Pss:", of: "\(folder)/smaps_rollup")
            threads = try Self.field("Threads:", of: "\(folder)/status")
            let open = try FileManager.default.contentsOfDirectory(atPath: "\(folder)/fd")
            files = open.count
            kinds = Dictionary(
                open.compactMap { Self.kind(of: "\(folder)/fd/\($0)") }.map { ($0, 1) }, uniquingKeysWith: +)
        } catch  where !FileManager.default.fileExists(atPath: "\(folder)/fd/0") {
            return nil
        }
        disk = try FileManager.default.contentsOfDirectory(atPath: directory).reduce(0) { sum, name in
            guard name != StateDisk.filler else { return sum }
            do {
                let size = try FileManager.default.attributesOfItem(atPath: "\(directory)/\(name)")[.size]
                return sum + (size as? Int ?? 0) / 1024
            } catch CocoaError.fileReadNoSuchFile {
                // SQLite removes its journals when it likes.
                return sum
            }
        }
        at = .now
    }

    /// What a descriptor is open on; `nil` if it has been closed since the folder was read.
    private static func kind(of link: String) -> String? {
        guard let target = try? FileManager.default.destinationOfSymbolicLink(atPath: link) else { return nil }
        if target.hasPrefix("/") { return target.split(separator: "/").last.map(String.init) ?? target }
        let colon = target.firstIndex(of: ":") ?? target.endIndex
        // `socket:[123]` is one of many; `anon_inode:[eventfd]` names its kind behind the colon.
        return target.hasPrefix("anon_inode") ? target : String(target[..<colon])
    }

    private static func field(_ name: String, of file: String) throws -> Int {
        let text = try String(contentsOfFile: file, encoding: .utf8)
        guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix(name) }),
            let value = line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap({ Int($0) })
        else { throw CommandError(description: "\(file) has no \(name)") }
        return value
    }
}
