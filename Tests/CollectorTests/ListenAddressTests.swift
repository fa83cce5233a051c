import Testing

@testable import collector

@Suite struct ListenAddressTests {
    @Test(arguments: ["127.0.0.1:0", "0.0.0.0:8080", "[::1]:443"])
    func addressesAreReadAsTheyAreWritten(text: String) {
        #expect(ListenAddress(argument: text)?.description == text)
    }

    @Test func localhostIsLoopback() {
        #expect(ListenAddress(argument: "localhost:80")?.description == "127.0.0.1:80")
    }

    @Test(arguments: ["", "8080", ":8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "::1:80", "example.org:80"])
    func everythingElseIsRefused(text: String) {
        #expect(ListenAddress(argument: text) == nil)
    }

    @Test func aStatusEndpointIsAnHTTPURLOfAnAddress() {
        let endpoint = StatusEndpoint(argument: "http://127.0.0.1:8765/status")
        #expect(endpoint?.address.description == "127.0.0.1:8765")
        #expect(endpoint?.path == "/status")
        #expect(StatusEndpoint(argument: "http://127.0.0.1:8765")?.path == "/status")
        #expect(StatusEndpoint(argument: "http://127.0.0.1/")?.address.port == 80)
        #expect(StatusEndpoint(argument: "http://[::1]:8765/s")?.address.description == "[::1]:8765")
        #expect(StatusEndpoint(argument: "https://127.0.0.1:1/status") == nil)
        #expect(StatusEndpoint(argument: "127.0.0.1:8765") == nil)
    }
}
