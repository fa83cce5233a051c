import Configuration
import Glibc
import TestServers
import Testing
import Transfer

@testable import Publishers

struct HTTPParametersTests {
    @Test func defaults() throws {
        let parameters = try Make.http("http://collector/")
        #expect(parameters.timeout == .seconds(5))
        #expect(parameters.maxRetries == 2)
        #expect(parameters.batch)
        #expect(parameters.tls == TLSSettings())
        #expect(parameters.credentials == nil)
    }

    @Test func everyParameter() throws {
        let url =
            "https://u:p@h/p?timeout=1_0&max_retries=%200%20&batch=No&verify_ssl=/ca.pem&clientcert=/c&clientkey=/k"
        let parameters = try Make.http(url + "&raw_only=1")
        #expect(parameters.target == "https://h/p")
        #expect(parameters.timeout == .seconds(10))
        #expect(parameters.maxRetries == 0)
        #expect(!parameters.batch)
        let tls = TLSSettings(trust: .authorities(path: "/ca.pem"), clientCertificate: "/c", clientKey: "/k")
        #expect(parameters.tls == tls)
        #expect(parameters.credentials == BasicCredentials(user: "u", password: "p"))
    }

    @Test(arguments: [
        ("verify_ssl=true", TLSSettings.Trust.system), ("verify_ssl=", .system), ("verify_ssl=ON", .system),
        ("verify_ssl=False", .anyone), ("verify_ssl=0", .anyone), ("verify_ssl=n", .anyone),
        ("verify_ssl=/etc/ca.pem", .authorities(path: "/etc/ca.pem")), ("verify_ssl=0&verify_ssl=1", .system),
    ])
    func verification(_ query: String, _ trust: TLSSettings.Trust) throws {
        #expect(try Make.http("https://h/?\(query)").tls.trust == trust)
    }

    @Test(arguments: [
        ("timeout=0", 5), ("timeout=-1", 5), ("timeout=86401", 5), ("timeout=1.5", 5), ("timeout=9&timeout=7", 7),
        ("timeout=", 5), ("timeout=+7", 7), ("timeout=%2B7", 7), ("timeout=99999999999999999999", 5),
    ])
    func timeout(_ query: String, _ seconds: Int) throws {
        #expect(try Make.http("http://h/?\(query)").timeout == .seconds(seconds))
    }

    @Test(arguments: [
        ("http://h", "http://h"), ("HTTP://h/", "http://h/"), ("http://h:/x", "http://h/x"),
        ("http://u@h:1/x#frag", "http://h:1/x"), ("http://h/a b/é", "http://h/a%20b/%C3%A9"),
        ("http://h/%7ea%2fb%zz%", "http://h/~a%2Fb%25zz%25"), ("http://[::1]:80/x", "http://[::1]:80/x"),
        ("http://h?q=1", "http://h?q=1"), ("http://h/?b=2&a=1&b=3&flag&e=", "http://h/?b=2&b=3&a=1"),
        ("http://h/?q=a%26b+c~", "http://h/?q=a%26b+c~"), ("http://h/?a=1;b=2", "http://h/?a=1%3Bb%3D2"),
        ("http://h/?q=%ff", "http://h/?q=%EF%BF%BD"),
    ])
    func target(_ url: String, _ target: String) throws {
        #expect(try Make.http(url).target == target)
    }

    @Test(arguments: [
        ("http://h", "http://h:80/"), ("https://H/x", "https://h:443/x"), ("http://h:80/", "http://h:80/"),
        ("http://u:p@h/x?timeout=9&q=1&batch=0", "http://h:80/x?q=1#batch=false"),
        ("http://h/x?token=1", "http://h:80/x?token=***"),
    ])
    func identity(_ url: String, _ identity: String) throws {
        #expect(try Make.http(url).identity == identity)
    }

    @Test(arguments: [
        ("https://h/?verify_ssl=/absent/ca.pem", "verify_ssl=/absent/ca.pem"),
        ("https://h/?clientcert=/absent/c.pem", "clientcert=/absent/c.pem"),
        ("https://h/?clientkey=/dev/null", "clientcert"), ("http://h/?verify_ssl=0", "https://"),
        ("http://h/?max_retrys=1", "did you mean max_retries?"), ("http://h/?time_out=1", "did you mean timeout?"),
    ])
    func doubts(_ url: String, _ text: String) {
        #expect(Make.publisher(url).publisher != nil)
        var files = PublisherFiles()
        let diagnostics = files.read(for: url, at: Make.place)
        #expect(diagnostics.count == 1)
        #expect(diagnostics.first?.severity == .warning)
        #expect(diagnostics.first?.message.contains(text) == true)
    }

    /// A FIFO would block whoever opens it.
    @Test func filesThatAreNone() throws {
        let folder = try TemporaryFolder()
        let fifo = folder.path("fifo")
        try #require(mkfifo(fifo, 0o600) == 0)
        for parameters in ["verify_ssl=\(fifo)", "clientcert=\(fifo)", "clientcert=\(folder.path(""))"] {
            var files = PublisherFiles()
            let told = files.read(for: "https://h/?\(parameters)", at: Make.place)
            #expect(told.map(\.severity) == [.error])
            #expect(told.first?.message.contains("is no regular file") == true)
        }
        var files = PublisherFiles()
        #expect(files.read(for: "https://h/?verify_ssl=\(folder.path(""))", at: Make.place).isEmpty)
        #expect(files.read(for: "https://h/?verify_ssl=/none", at: Make.place).map(\.severity) == [.warning])
    }
}
