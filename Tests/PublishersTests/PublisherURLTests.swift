import Testing
import Transfer

@testable import Publishers

struct PublisherURLTests {
    @Test func parts() throws {
        let url = try PublisherURL("HTTPS://us%3Aer:pa%40s:s@Host:8443/a/b?x=1&y=?#frag?z")
        #expect(url.scheme == "https")
        #expect(url.credentials == BasicCredentials(user: "us:er", password: "pa@s:s"))
        #expect(url.host == "Host")
        #expect(url.port == 8443)
        #expect(url.path == "/a/b")
        #expect(url.query == "x=1&y=?")
    }

    @Test(arguments: [
        ("http://h", "h", nil, ""), ("http://h:0/", "h", 0, "/"), ("http://h:65535", "h", 65_535, ""),
        ("http://[::1]", "[::1]", nil, ""), ("http://[fe80::1]:80/x", "[fe80::1]", 80, "/x"),
        ("http:///x", "", nil, "/x"),
        ("test://", "", nil, ""), ("file:///a", "", nil, "/a"), ("http://a@b@h/", "h", nil, "/"),
    ])
    func places(_ text: String, _ host: String, _ port: Int?, _ path: String) throws {
        let url = try PublisherURL(text)
        #expect(url.host == host)
        #expect(url.port == port)
        #expect(url.path == path)
    }

    @Test(arguments: [
        ("", PublisherURLError.noScheme), ("host/path", .noScheme), ("://h", .noScheme), ("1http://h", .noScheme),
        ("ht tp://h", .noScheme), ("http://h:abc/", .badPort), ("http://h:65536/", .badPort),
        ("http://h:-1/", .badPort),
        ("http://h:1:2/", .badPort), ("http://h h/", .badHost), ("http://<h>/", .badHost), ("http://[h/", .badHost),
        ("http://[h]/", .badHost), ("http://h/\n", .controlCharacter), ("http://h/\u{7F}", .controlCharacter),
        ("http://u:%00@h/", .controlCharacter), ("http://u:pa/ss@h/", .badPort),
    ])
    func errors(_ text: String, _ error: PublisherURLError) {
        #expect(throws: error) { try PublisherURL(text) }
    }

    @Test func descriptionIsRedacted() throws {
        #expect("\(try PublisherURL("http://u:hunter2@h/?token=hunter2"))" == "http://u:***@h/?token=***")
    }

    @Test func anyTextIsSurvived() {
        var random = SystemRandomNumberGenerator()
        let alphabet = Array("htp:/@?#[]%=&.é 0")
        for _ in 0..<20_000 {
            let text = String(
                (0..<Int.random(in: 0...20, using: &random)).map { _ in
                    alphabet[Int.random(in: 0..<alphabet.count, using: &random)]
                })
            _ = PublisherFactory.validate("http://" + text, at: nil)
            _ = PublisherFactory.validate(text, at: nil)
            #expect(!PublisherFactory.redacted("http://u:hunter2@" + text).contains("hunter2"))
        }
    }
}
