import Foundation
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
            #expect(files.exists("\(directory)/a.conf") && files.exists(directory))
            #expect(!files.exists("\(directory)/c"))
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

    @Test func thisMachineHasANameAndAHome() {
        let environment = HostEnvironment.current()
        #expect(!environment.hostName.isEmpty)
        #expect(environment.home?.hasPrefix("/") == true)
        #expect(environment.variables["PATH"] != nil)
    }
}
