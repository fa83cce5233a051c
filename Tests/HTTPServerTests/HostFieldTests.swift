import Testing

@testable import HTTPServer

/// Whom a request may ask for.
struct HostFieldTests {
    private func isAllowed(_ field: String) -> Bool { HostField.isAllowed(field) { $0 == "compute-1" } }

    @Test(arguments: [
        "127.0.0.1", "127.0.0.1:8765", "10.0.0.7:", "[::1]", "[::1]:8765", "[fe80::1%eth0]:80", "[::ffff:10.0.0.7]",
        "localhost",
        "LocalHost:8765", "localhost.", "compute-1", "COMPUTE-1:8765", "compute-1.:1",
    ])
    func thisHost(_ field: String) { #expect(isAllowed(field)) }

    /// A browser sends the name of the page that asks, whatever its name was made to resolve to.
    @Test(arguments: [
        "", ":", ":8765", "evil.example", "evil.example:8765", "localhost.evil.example", "127.0.0.1.evil.example",
        "compute-1.evil.example",
        "127.0.0.1:evil.example", "[::1]evil.example", "[::1", "[evil.example]", "::1", "127.0.0.1, evil.example",
        "127.0.0.1@evil.example",
        " 127.0.0.1", "0x7f.1", "[127.0.0.1]", "localhost:80:evil.example", "user@localhost", "127.0.0.1:80a",
    ])
    func anotherHost(_ field: String) { #expect(!isAllowed(field)) }
}
