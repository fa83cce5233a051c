import Testing
import Transfer

struct RedactedURLTests {
    @Test(arguments: [
        ("http://host/x", "http://host/x"),
        ("http://host:80/x@y?q=1", "http://host:80/x@y?q=1"),
        ("http://[::1]:80/x@y", "http://[::1]:80/x@y"),
        ("http://[::1]/x@y", "http://[::1]/x@y"),
        ("http://user@host/x", "http://user@host/x"),
        ("http://user:hunter2@host:1/x?q=1#f", "http://user:***@host:1/x?q=1#f"),
        ("http://user:@host/", "http://user:***@host/"),
        ("http://user:hunter2@more@host/x", "http://user:***@host/x"),
        ("http://user:hunter2/more@host/x", "http://***@host/x"),
        ("http://user:hunter2?more@host/x", "http://***@host/x"),
        ("http://user:hunter2#more@host/x", "http://***@host/x"),
        ("user:hunter2@host", "user:***@host"),
        ("http://h/x?token=hunter2&q=1", "http://h/x?token=***&q=1"),
        ("http://h/x?q=1&X-Api_Key=hunter2&access_token=hunter2#f", "http://h/x?q=1&X-Api_Key=***&access_token=***#f"),
        ("http://h/x?key=hunter2&monkey=1&clientkey=/path", "http://h/x?key=***&monkey=1&clientkey=/path"),
        ("http://h/x?token", "http://h/x?token"),
        ("//user:hunter2@host/x", "//user:***@host/x"), ("//host/x", "//host/x"),
        ("http:user:hunter2@h/", "http:***@h/"), ("http:user:hunter2@h/://", "http:***@h/://"),
        ("user:hunter2@h://", "user:***@h://"), ("http:/user:hunter2@h/://", "***@h/://"),
        ("http:user:hunter2/x@h://", "***@h://"), ("gnocchi+http:user:hunter2@h://", "gnocchi+http:***@h://"),
        (
            "http://h/x?x-session=hunter2&access=hunter2&authCode=hunter2",
            "http://h/x?x-session=***&access=***&authCode=***"
        ),
        ("http://h/x?accessory=1&keyboard=1&sessions=1", "http://h/x?accessory=1&keyboard=1&sessions=1"),
        ("", ""), ("://", "://"), ("?", "?"),
    ])
    func redacted(_ url: String, _ expected: String) {
        #expect(RedactedURL(url).description == expected)
    }
}
