import Testing

@testable import Transfer

struct EnvironmentProxyTests {
    private func proxy(_ url: String, _ environment: [String: String]) -> EnvironmentProxy? {
        EnvironmentProxy(for: url) { environment[$0] }
    }

    @Test func theVariableOfTheScheme() {
        let both = ["http_proxy": "http://a:1", "https_proxy": "b:2", "HTTP_PROXY": "http://never:1"]
        #expect(proxy("http://h/", both)?.host == "a")
        #expect(proxy("https://h/", both)?.host == "b")
        #expect(proxy("https://h/", both)?.variable == "https_proxy")
        #expect(proxy("http://h/", ["HTTP_PROXY": "http://never:1"]) == nil)
        #expect(proxy("https://h/", ["ALL_PROXY": "socks5://[::1]:3"])?.host == "::1")
        #expect(proxy("http://h/", [:]) == nil)
        // To libcurl an empty variable is none.
        #expect(proxy("http://h/", both.merging(["no_proxy": "", "NO_PROXY": "h"]) { $1 }) == nil)
    }

    /// libcurl quotes the URL of a proxy that it cannot read.
    @Test(arguments: [
        "http://user:hunter2@h:99999", "foo://user:hunter2@h:1", "http://user:hunter2/x@h:1", "user:hunter2@[::1",
    ])
    func libcurlsTextShowsNoPassword(_ proxy: String) {
        let text = EnvironmentProxy.redacted("Unsupported proxy syntax in '\(proxy)': Bad") {
            $0 == "all_proxy" ? proxy : nil
        }
        #expect(!text.contains("hunter2"))
        #expect(text.hasPrefix("Unsupported proxy syntax in '") && text.hasSuffix("': Bad"))
    }

    @Test(arguments: [
        ("h.example.org", true), ("*", true), ("example.org", true), (".example.org", true), ("a, example.org", true),
        ("xample.org", false), ("other", false), ("10.0.0.0/8", true),
    ])
    func exceptions(_ list: String, _ isExcepted: Bool) {
        let environment = ["http_proxy": "http://a:1", "no_proxy": list]
        #expect((proxy("http://u@H.example.org:80/x", environment) == nil) == isExcepted)
    }
}
