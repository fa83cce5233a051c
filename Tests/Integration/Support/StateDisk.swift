import Foundation

/// A small file system of a test's own, which only root may mount.
struct StateDisk {
    let path: String
    private let image: String?

    /// The name of the file that fills it.
    static let filler = "filler"

    /// A tmpfs of 2 MiB, or so many.
    static func memory(at path: String, mebibytes: Int = 2) async throws -> StateDisk {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try await command("mount", "-t", "tmpfs", "-o", "size=\(mebibytes)m,mode=700", "tmpfs", path)
        return StateDisk(path: path, image: nil)
    }

    /// An ext4 in a file, over a loop device. It turns read-only when it finds an error, as those of hosts do.
    static func ext4(at path: String, image: String) async throws -> StateDisk {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        _ = FileManager.default.createFile(atPath: image, contents: nil)
        try await command("truncate", "-s", "16M", image)
        try await command("/usr/sbin/mkfs.ext4", "-q", "-O", "^has_journal", image)
        let disk = StateDisk(path: path, image: image)
        try await disk.mount(image)
        return disk
    }

    private static func command(_ words: String...) async throws {
        let result = try await run("/usr/bin/env", words)
        guard result.status == 0 else {
            throw CommandError(
                description: "\(words.joined(separator: " ")): status \(result.status): \(result.errors); this test "
                    + "mounts file systems: run it as root, in a container with CAP_SYS_ADMIN and loop devices")
        }
    }

    private func mount(_ image: String) async throws {
        try await Self.command("mount", "-o", "loop,errors=remount-ro", image, path)
    }

    /// Takes it away, also from those who have files of it open.
    func unmount() async throws { try await Self.command("umount", "-l", path) }

    /// Takes all that is left of it.
    func fill() throws {
        let filler = "\(path)/\(Self.filler)"
        _ = FileManager.default.createFile(atPath: filler, contents: nil)
        let file = try FileHandle(forWritingTo: URL(filePath: filler))
        var size = 65_536
        while size > 0 {
            do { try file.write(contentsOf: [UInt8](repeating: 0, count: size)) } catch { size /= 2 }
        }
        try file.close()
    }

    /// Gives back what `fill` took.
    func empty() throws { try FileManager.default.removeItem(atPath: "\(path)/\(Self.filler)") }

    /// Makes a tmpfs read-only, or writable again. Refused while a file of it is open for writing.
    func remount(_ mode: String) async throws { try await Self.command("mount", "-o", "remount,\(mode)", path) }

    /// Has an ext4 find an error: everything that is open on it is read-only from now on.
    func failReadOnly() async throws {
        guard let image else { throw CommandError(description: "\(path) is no ext4") }
        let result = try await run("/usr/bin/env", ["losetup", "--noheadings", "--output", "NAME", "-j", image])
        let device = result.output.trimmingCharacters(in: .whitespacesAndNewlines)
        guard !device.isEmpty else { throw CommandError(description: "\(image) has no loop device") }
        let trigger = "/sys/fs/ext4/\(URL(filePath: device).lastPathComponent)/trigger_fs_error"
        try Data("a test\n".utf8).write(to: URL(filePath: trigger))
    }

    /// What an operator does then: takes the file system away, checks it, and mounts it again. The image is copied, as
    /// the old one lives on as long as somebody has files of it open.
    func mend() async throws {
        guard let image else { throw CommandError(description: "\(path) is no ext4") }
        try await unmount()
        let copy = "\(image)-mended"
        try await Self.command("cp", image, copy)
        let result = try await run("/usr/bin/env", ["/usr/sbin/e2fsck", "-fy", copy])
        // 1: it had errors, and they were mended.
        guard result.status <= 1 else { throw CommandError(description: "e2fsck: \(result.output)\(result.errors)") }
        try await mount(copy)
    }
}
