import Foundation
import Glibc
import Testing

/// What `record` does with what stands at the path that it is given.
@Suite struct RecordCommandTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try RunningAgent.configure(
            folder, uri: "test:///default", url: "test://",
            settings: "[aerostat]\nstate_path = \(folder.path("state"))\n")
    }

    private func record(_ path: String) async throws -> Finished {
        try await run(try TestBed.aerostat, ["record", "--config-file", folder.path("ceilometer.conf"), path])
    }

    private func status(_ name: String) throws -> stat {
        var status = stat()
        try #require(lstat(folder.path(name), &status) == 0)
        return status
    }

    private func isRecording(_ name: String) throws -> Bool {
        try String(contentsOfFile: folder.path(name), encoding: .utf8).hasPrefix("{\"cycles\":[")
    }

    private func leftovers() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasPrefix(".") }
    }

    @Test func aFileIsReplacedAndKeepsItsMode() async throws {
        try folder.write("r.json", "old")
        try #require(chmod(folder.path("r.json"), 0o600) == 0)
        let before = try status("r.json")
        let result = try await record(folder.path("r.json"))
        #expect(result.status == 0, "\(result.errors)")
        let after = try status("r.json")
        #expect(try isRecording("r.json"))
        #expect(after.st_mode == before.st_mode && after.st_uid == before.st_uid && after.st_gid == before.st_gid)
        #expect(after.st_ino != before.st_ino, "as a whole")
        #expect(try leftovers().isEmpty)
        #expect(result.errors.contains("1 poll, 1 domain in "))
    }

    @Test(.enabled(if: geteuid() == 0, "only root can give files away")) func theOwnerIsKept() async throws {
        try folder.write("r.json", "old")
        try #require(chown(folder.path("r.json"), 65534, 65533) == 0)
        #expect(try await record(folder.path("r.json")).status == 0)
        let after = try status("r.json")
        #expect(try isRecording("r.json"))
        #expect(after.st_uid == 65534 && after.st_gid == 65533)
    }

    @Test func aLinkIsFollowed() async throws {
        try folder.write("real.json", "old")
        for (link, target) in [("link", "real.json"), ("hanging", "new.json")] {
            try FileManager.default.createSymbolicLink(atPath: folder.path(link), withDestinationPath: target)
            let result = try await record(folder.path(link))
            #expect(result.status == 0, "\(result.errors)")
            #expect(try FileManager.default.destinationOfSymbolicLink(atPath: folder.path(link)) == target)
            #expect(try isRecording(target))
        }
        #expect(try leftovers().isEmpty)
    }

    @Test func aPipeIsWrittenInto() async throws {
        try #require(mkfifo(folder.path("pipe"), 0o600) == 0)
        let reader = try ChildProcess(
            "/bin/cat", [folder.path("pipe")], environment: [:], output: folder.path("read"), errors: folder.path("err")
        )
        let result = try await record(folder.path("pipe"))
        #expect(result.status == 0, "\(result.errors)")
        try await eventually("the reader ends", within: 60) { !reader.isRunning }
        #expect(try isRecording("read"))
        #expect(try status("pipe").st_mode == S_IFIFO | 0o600)
    }

    /// As root, `record /dev/null` took /dev/null from the host. This one is the test's own.
    @Test(.enabled(if: geteuid() == 0, "only root can make a device")) func aDeviceIsWrittenInto() async throws {
        let null = dev_t(1 << 8 | 3)
        guard mknod(folder.path("null"), S_IFCHR | 0o666, null) == 0 else {
            // A container may forbid devices.
            try #require(errno == EPERM)
            return
        }
        let before = try status("null")
        let result = try await record(folder.path("null"))
        // Where the file system is mounted without devices, it cannot be opened; it stays all the same.
        #expect(result.status == 0 || result.errors.contains("ermission denied"), "\(result.errors)")
        let after = try status("null")
        #expect(after.st_ino == before.st_ino && after.st_rdev == null && after.st_mode == before.st_mode)
        #expect(try leftovers().isEmpty)
    }

    /// A link of the test's own stands for /dev/stdout: a command that replaces links must not take the host's.
    @Test(arguments: ["-", "stdout", "/proc/self/fd/1"]) func standardOutputIsWrittenTo(path: String) async throws {
        try FileManager.default.createSymbolicLink(
            atPath: folder.path("stdout"), withDestinationPath: "/proc/self/fd/1")
        // The output is a file to which is appended; what stands there before must stay.
        try folder.write("log", "first\n")
        let process = try ChildProcess(
            try TestBed.aerostat,
            [
                "record", "--config-file", folder.path("ceilometer.conf"),
                path == "stdout" ? folder.path("stdout") : path,
            ], environment: [:], output: folder.path("log"), errors: folder.path("err"))
        try await eventually("record ends", within: 60) { !process.isRunning }
        #expect(process.status == 0)
        let text = try String(contentsOfFile: folder.path("log"), encoding: .utf8)
        #expect(text.hasPrefix("first\n{\"cycles\":["), "\(text.prefix(40))")
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: folder.path("stdout")) == "/proc/self/fd/1")
    }

    @Test func whatCannotBeWrittenSaysWhy() async throws {
        try FileManager.default.createDirectory(atPath: folder.path("d"), withIntermediateDirectories: false)
        for (name, words) in [
            ("d", "it is a directory; name a file in it"),
            ("gone/r.json", "there is no directory \(folder.path("gone"))"),
            ("ceilometer.conf/r.json", "there is no directory"),
        ] {
            let result = try await record(folder.path(name))
            #expect(result.status == 1)
            #expect(result.errors.contains("\(folder.path(name)): \(words)"), "\(result.errors)")
            #expect(!result.errors.contains("operation") && !result.errors.contains("NSCocoa"), "\(result.errors)")
        }
    }
}
