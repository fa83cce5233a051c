import Foundation
import Glibc
import Testing

@testable import Configuration

@Suite struct OptionLocalFilesTests {
    private func withDirectory(_ body: (String) throws -> Void) throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "aerostat-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let outcome = Result { try body(directory.path(percentEncoded: false)) }
        try FileManager.default.removeItem(at: directory)
        try outcome.get()
    }

    @Test func filesAreReadAndListed() throws {
        try withDirectory { directory in
            let bytes = (0..<200_000).map { UInt8($0 % 251) }
            try Data(bytes).write(to: URL(filePath: "\(directory)/a.conf"))
            try FileManager.default.createSymbolicLink(
                atPath: "\(directory)/b.conf", withDestinationPath: "\(directory)/a.conf")
            let files = LocalFiles()
            #expect(try files.contents(of: "\(directory)/b.conf", limit: 200_000) == bytes)
            #expect(try Set(files.names(in: directory)) == ["a.conf", "b.conf"])
            for (name, isThere) in [("a.conf", true), ("", true), ("c", false), ("a.conf/c", false)] {
                #expect(try files.exists("\(directory)/\(name)") == isThere, "\(name)")
            }
        }
    }

    @Test func errorsSayWhatIsWrong() throws {
        try withDirectory { directory in
            let path = "\(directory)/a"
            try Data(count: 11).write(to: URL(filePath: path))
            let files = LocalFiles()
            func reason(_ body: () throws(FileAccessError) -> Void) -> FileAccessError.Reason? {
                do { try body() } catch { return error.reason }
                return nil
            }
            #expect(
                reason { () throws(FileAccessError) in _ = try files.contents(of: path, limit: 10) }
                    == .tooLarge(limit: 10))
            #expect(
                reason { () throws(FileAccessError) in _ = try files.contents(of: directory, limit: 10) } == .notRegular
            )
            #expect(
                reason { () throws(FileAccessError) in _ = try files.contents(of: path + "x", limit: 10) } == .notFound)
            #expect(
                reason { () throws(FileAccessError) in _ = try files.contents(of: path + "/x", limit: 10) }
                    == .notDirectory)
            #expect(reason { () throws(FileAccessError) in _ = try files.names(in: path) } == .notDirectory)
            #expect(reason { () throws(FileAccessError) in _ = try files.names(in: path + "x") } == .notFound)
            #expect(
                reason { () throws(FileAccessError) in _ = try files.contents(of: "/dev/zero", limit: 10) }
                    == .notRegular)
        }
    }

    @Test(.timeLimit(.minutes(1))) func aPipeIsRefusedWithoutWaiting() throws {
        try withDirectory { directory in
            let path = "\(directory)/pipe"
            try #require(mkfifo(path, 0o600) == 0)
            #expect(throws: FileAccessError(path, .notRegular)) { try LocalFiles().contents(of: path, limit: 10) }
        }
    }

    /// What may not be looked at may well be there.
    @Test(.enabled(if: geteuid() == 0, "only root can be somebody else"))
    func aDirectoryThatMayNotBeSearchedIsAnErrorThatNamesIt() throws {
        try withDirectory { directory in
            let closed = "\(directory)/closed"
            try FileManager.default.createDirectory(atPath: "\(closed)/deep", withIntermediateDirectories: true)
            try Data().write(to: URL(filePath: "\(closed)/deep/f"))
            try FileManager.default.createSymbolicLink(
                atPath: "\(directory)/link", withDestinationPath: "\(closed)/deep/f")
            try #require(chown(closed, 0, 65533) == 0 && chmod(closed, 0o750) == 0)
            func denied(_ path: String) -> FileAccessError? {
                // Of this thread alone, until the end of this function. Swift's module of glibc has no setfsuid.
                let become = dlsym(nil, "setfsuid").map {
                    unsafeBitCast($0, to: (@convention(c) (uid_t) -> Int32).self)
                }
                _ = become?(65534)
                defer { _ = become?(0) }
                do {
                    _ = try LocalFiles().exists(path)
                    return nil
                } catch { return error }
            }
            for path in ["\(closed)/deep/f", "\(closed)/gone"] {
                let error = try #require(denied(path))
                #expect(error.path == closed && error.reason == .permissionDenied)
                #expect(error.description.contains("usermod -aG \(LocalUser.groupName(65533)) "), "\(error)")
            }
            #expect(denied("\(directory)/link")?.path == "\(directory)/link")
            #expect(denied("\(directory)/gone") == nil)
        }
    }

    @Test func aFileIsExposedOnlyIfItsDirectoriesAreOpen() throws {
        try withDirectory { directory in
            let path = "\(directory)/f"
            try Data().write(to: URL(filePath: path))
            for (mode, folder, isExposed) in [
                (0o644, 0o755, true), (0o666, 0o711, true), (0o640, 0o755, false), (0o644, 0o750, false),
            ] as [(mode_t, mode_t, Bool)] {
                try #require(chmod(path, mode) == 0 && chmod(directory, folder) == 0)
                let exposure = LocalFiles().exposure(of: path)
                #expect((exposure != nil) == isExposed, "\(String(mode, radix: 8)) in \(String(folder, radix: 8))")
                if let exposure { #expect(exposure.mode == "0" + String(mode, radix: 8)) }
            }
            #expect(LocalFiles().exposure(of: directory) == nil && LocalFiles().exposure(of: "\(directory)/g") == nil)
        }
    }

    @Test func aFileOfOursIsReplacedAndNoLinkFollowed() throws {
        try withDirectory { directory in
            let (path, others) = ("\(directory)/f", "\(directory)/others")
            try Data("others".utf8).write(to: URL(filePath: others))
            for link in [path, "\(path).new"] {
                try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: others)
            }
            try LocalFiles().replace(path, with: Array("ours".utf8))
            #expect(try String(contentsOfFile: others, encoding: .utf8) == "others")
            #expect(try LocalFiles().contents(of: path, limit: 10) == Array("ours".utf8))
            var status = stat()
            #expect(lstat(path, &status) == 0 && status.st_mode == S_IFREG | 0o600)
            #expect(try Set(LocalFiles().names(in: directory)) == ["f", "others"])
        }
    }

    @Test func noErrorShowsSwiftsWords() {
        let reasons: [FileAccessError.Reason] = [
            .notFound, .permissionDenied, .notRegular, .notDirectory, .tooLarge(limit: 5), .system("Is odd"),
        ]
        for reason in reasons {
            let text = FileAccessError("/p", reason).description
            #expect(text.hasPrefix("/p: "))
            #expect(!text.contains { "(\"".contains($0) } && !text.contains("limit"), "\(text)")
        }
    }

    @Test func thisMachineHasANameAndAHome() {
        let environment = HostEnvironment.current()
        #expect(!environment.hostName.isEmpty)
        #expect(environment.home?.hasPrefix("/") == true)
        #expect(environment.variables["PATH"] != nil)
    }
}
