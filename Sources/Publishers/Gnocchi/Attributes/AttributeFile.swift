import Glibc
import Threads

/// Keeps an `AttributeMemory` in a file of the state directory. Apart from the outbox's database, since it may be lost:
/// without it, or with one that is damaged, every resource is updated once more, and nothing else happens.
///
/// The file is written anew beside the old one and renamed, and ends in a checksum: after a crash it is the old one, the
/// new one, or none. Its name is the publisher's, hashed.
struct AttributeFile: Sendable {
    let path: String
    /// One write after the other: all would write the same new file.
    private let thread = WorkThread(named: "attributes")

    private static let mark = Array("aerostat attributes 1\n".utf8)
    private static let entry = 24

    init(directory: String, identity: String) {
        path = "\(directory)/gnocchi-attributes-\(String(StableHash.of(identity.utf8), radix: 16))"
    }

    /// Why the file could not be written.
    struct Failure: Error, Hashable, CustomStringConvertible {
        let description: String
    }

    /// The memory in the file; an empty one if there is none that can be used.
    func load() async -> AttributeMemory {
        await thread.run { Self.decode(contents()) ?? AttributeMemory() }
    }

    /// Writes the memory. Throws if the disk does not take it.
    func save(_ memory: AttributeMemory) async throws(Failure) {
        let bytes = Self.encode(memory)
        if let failure = await thread.run({ write(bytes) }) { throw failure }
    }

    static func encode(_ memory: AttributeMemory) -> [UInt8] {
        var bytes = mark
        bytes.reserveCapacity(mark.count + memory.entries.count * entry + 8)
        for (key, entry) in memory.entries {
            append(key, to: &bytes)
            append(entry.attributes, to: &bytes)
            append(UInt64(entry.interval), to: &bytes)
        }
        append(StableHash.of(bytes), to: &bytes)
        return bytes
    }

    static func decode(_ bytes: [UInt8]) -> AttributeMemory? {
        guard bytes.starts(with: mark), bytes.count >= mark.count + 8, (bytes.count - mark.count - 8) % entry == 0,
            StableHash.of(bytes.dropLast(8)) == number(bytes, at: bytes.count - 8)
        else { return nil }
        let kept = stride(from: mark.count, to: bytes.count - 8, by: entry).map { start in
            (
                key: number(bytes, at: start), attributes: number(bytes, at: start + 8),
                interval: UInt32(truncatingIfNeeded: number(bytes, at: start + 16))
            )
        }
        return AttributeMemory(kept: kept)
    }

    private static func append(_ number: UInt64, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
    }

    private static func number(_ bytes: [UInt8], at start: Int) -> UInt64 {
        (0..<8).reduce(0) { $0 | UInt64(bytes[start + $1]) << UInt64(8 * $1) }
    }

    private func contents() -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return [] }
        defer { close(descriptor) }
        let limit = Self.mark.count + AttributeMemory.capacity * Self.entry + 8
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while bytes.count <= limit {
            let count = read(descriptor, &chunk, chunk.count)
            guard count > 0 else { break }
            bytes += chunk[..<count]
        }
        return bytes
    }

    private func write(_ bytes: [UInt8]) -> Failure? {
        let new = "\(path).new"
        let descriptor = open(new, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return failure("open", new) }
        var isWritten = true
        var rest = bytes[...]
        while isWritten, !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 { rest = rest.dropFirst(count) } else { isWritten = false }
        }
        isWritten = isWritten && fsync(descriptor) == 0
        let problem = isWritten ? nil : failure("write", new)
        close(descriptor)
        if let problem { return problem }
        return rename(new, path) == 0 ? nil : failure("rename", new)
    }

    private func failure(_ action: String, _ path: String) -> Failure {
        Failure(description: "cannot \(action) \(path): \(String(cString: strerror(errno)))")
    }
}
