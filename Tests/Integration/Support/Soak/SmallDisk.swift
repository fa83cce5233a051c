import Foundation

/// A disk of few MiB (a tmpfs) for a state directory, that a test can fill and free.
final class SmallDisk: Sendable {
    /// The name of the file that fills it.
    static let ballast = "ballast"

    let path: String

    /// Mounts one at a path, which is made.
    init(at path: String, mebibytes: Int) async throws {
        self.path = path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try await Self.command("/bin/mount", ["-t", "tmpfs", "-o", "size=\(mebibytes)m", "tmpfs", path])
    }

    /// Writes until nothing fits any more.
    func fill() throws {
        let file = "\(path)/\(Self.ballast)"
        guard FileManager.default.createFile(atPath: file, contents: nil),
            let handle = FileHandle(forWritingAtPath: file)
        else { throw CommandError(description: "\(file) cannot be made") }
        defer { handle.closeFile() }
        // In pages at last, or a little would be left.
        for size in [1_048_576, 4096] {
            let block = Data(count: size)
            while true {
                do { try handle.write(contentsOf: block) } catch CocoaError.fileWriteOutOfSpace { break }
            }
        }
    }

    func free() throws { try FileManager.default.removeItem(atPath: "\(path)/\(Self.ballast)") }

    /// Unmounts it.
    func remove() async throws { try await Self.command("/bin/umount", ["-l", path]) }

    private static func command(_ executable: String, _ arguments: [String]) async throws {
        let result = try await run(executable, arguments)
        guard result.status == 0 else { throw CommandError(description: "\(executable): \(result.errors)") }
    }
}
