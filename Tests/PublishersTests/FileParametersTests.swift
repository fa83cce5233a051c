import Configuration
import Testing

@testable import Publishers

struct FileParametersTests {
    @Test(arguments: [
        ("file:///tmp/x", false, 0, 0), ("file:///tmp/x?json", true, 0, 0), ("file:///tmp/x?json=0", true, 0, 0),
        ("file:///tmp/x?max_bytes=10&backup_count=3", false, 10, 3), ("file:///tmp/x?max_bytes=10", false, 0, 0),
        ("file:///tmp/x?max_bytes=1&max_bytes=2&backup_count=1", false, 1, 1), ("file:/tmp/x", false, 0, 0),
    ])
    func parameters(_ url: String, _ json: Bool, _ maxBytes: Int, _ backupCount: Int) throws {
        let parameters = try Make.file(url)
        #expect(parameters.path == "/tmp/x")
        #expect(parameters.json == json)
        #expect(parameters.maxBytes == maxBytes)
        #expect(parameters.backupCount == backupCount)
    }

    @Test(arguments: [
        "file://", "file:///", "file:relative", "file:///tmp/x?max_bytes=&backup_count=1",
        "file:///tmp/x?max_bytes=-1&backup_count=1", "file:///tmp/x?max_bytes=1&backup_count=x",
        "file:///tmp/x?max_bytes=1&backup_count=100000000",
    ])
    func errors(_ url: String) {
        let (publisher, diagnostics) = Make.publisher(url)
        #expect(publisher == nil)
        #expect(diagnostics.filter { $0.severity == .error }.count == 1)
    }

    @Test func allErrorsAtOnce() {
        let diagnostics = Make.publisher("file://?max_bytes=x&backup_count=y").diagnostics
        #expect(diagnostics.filter { $0.severity == .error }.count == 3)
    }

    @Test(arguments: [
        ("file:///tmp/x?max_byte=1", "did you mean max_bytes?"), ("file:///tmp/x?max_bytes=1", "without both"),
        ("file://tmp/x/y", "write a third slash"),
    ])
    func doubts(_ url: String, _ text: String) {
        let (publisher, diagnostics) = Make.publisher(url)
        #expect(publisher != nil)
        #expect(diagnostics.contains { $0.severity == .warning && $0.message.contains(text) })
    }
}
