import Foundation
import Glibc
import TestServers
import Testing

@testable import Publishers

struct RotatingFileTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func file(_ maxBytes: Int = 0, _ backupCount: Int = 0) -> RotatingFile {
        RotatingFile(path: folder.path("f"), maxBytes: maxBytes, backupCount: backupCount)
    }

    private func append(_ text: String, _ file: RotatingFile) throws {
        try file.append(Array(text.utf8))
    }

    private func contents() throws -> [String: String] {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
        return try Dictionary(
            uniqueKeysWithValues: names.map { ($0, try String(contentsOfFile: folder.path($0), encoding: .utf8)) })
    }

    @Test func withoutLimitsOneFileGrows() throws {
        for _ in 0..<3 { try append("12345\n", file()) }
        try append("12345\n", file(5, 0))
        try append("12345\n", file(0, 5))
        #expect(try contents() == ["f": String(repeating: "12345\n", count: 5)])
    }

    @Test func aLineThatReachesTheLimitGoesIntoANewFile() throws {
        // 6 + 6 bytes reach 12.
        for line in ["aaaaa\n", "bbbbb\n"] { try append(line, file(13, 2)) }
        #expect(try contents() == ["f": "aaaaa\nbbbbb\n"])
        try append("ccccc\n", file(18, 2))
        #expect(try contents() == ["f": "ccccc\n", "f.1": "aaaaa\nbbbbb\n"])
    }

    @Test func oldestIsDropped() throws {
        try append("a\nb\nc\nd\ne\n", file(2, 3))
        #expect(try contents() == ["f": "e\n", "f.1": "d\n", "f.2": "c\n", "f.3": "b\n"])
    }

    @Test func gapsInTheSeriesDoNoHarm() throws {
        for name in ["f", "f.2"] { try "old\n".write(toFile: folder.path(name), atomically: true, encoding: .utf8) }
        try append("a\n", file(2, 4))
        #expect(try contents() == ["f": "a\n", "f.1": "old\n", "f.3": "old\n"])
    }

    @Test func aLineLongerThanTheLimitLeavesNoEmptyFile() throws {
        for line in ["aaaaaaaaaa\n", "bbbbbbbbbb\n"] { try append(line, file(5, 2)) }
        #expect(try contents() == ["f": "bbbbbbbbbb\n", "f.1": "aaaaaaaaaa\n"])
    }

    @Test func aFileThatIsMovedAwayIsBegunAnew() throws {
        try append("a\n", file())
        try FileManager.default.moveItem(atPath: folder.path("f"), toPath: folder.path("moved"))
        try append("b\n", file())
        #expect(try contents() == ["f": "b\n", "moved": "a\n"])
    }

    /// The link was moved in the place of what it points to, and the new file was open to everybody.
    @Test func aRotationKeepsLinksAndModes() throws {
        try FileManager.default.createDirectory(atPath: folder.path("data"), withIntermediateDirectories: false)
        try "a\n".write(toFile: folder.path("data/real"), atomically: false, encoding: .utf8)
        try #require(chmod(folder.path("data/real"), 0o640) == 0)
        try FileManager.default.createSymbolicLink(atPath: folder.path("f"), withDestinationPath: "data/real")
        try append("b\n", file(2, 1))
        try append("c\n", file(2, 1))
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: folder.path("f")) == "data/real")
        #expect(try String(contentsOfFile: folder.path("data/real"), encoding: .utf8) == "c\n")
        #expect(try String(contentsOfFile: folder.path("data/real.1"), encoding: .utf8) == "b\n")
        var status = stat()
        #expect(stat(folder.path("f"), &status) == 0 && status.st_mode & 0o777 == 0o640)
    }

    @Test func aFullDiskLeavesNoHalfLine() throws {
        // /dev/full takes the place of a full disk: every write fails with ENOSPC.
        try FileManager.default.createSymbolicLink(atPath: folder.path("f"), withDestinationPath: "/dev/full")
        let failure = #expect(throws: RotatingFile.Failure.self) { try append("a\n", file(1, 1)) }
        #expect(failure?.description == "cannot write to \(folder.path("f")): No space left on device")
    }

    @Test func aRotationThatFailsChangesNothing() throws {
        // A directory in the place of the backup makes the rotation fail.
        try append("a\n", file())
        try FileManager.default.createDirectory(atPath: folder.path("f.1/x"), withIntermediateDirectories: true)
        #expect(throws: RotatingFile.Failure.self) { try append("b\n", file(2, 1)) }
        #expect(try String(contentsOfFile: folder.path("f"), encoding: .utf8) == "a\n")
    }

    @Test func aPipeThatNobodyReadsDoesNotBlock() throws {
        #expect(mkfifo(folder.path("f"), 0o600) == 0)
        let failure = #expect(throws: RotatingFile.Failure.self) { try append("a\n", file()) }
        #expect(failure?.description.hasPrefix("cannot open") == true)
    }
}
