import Testing

@testable import Publishers

/// Each expectation as Python's `urlencode(parse_qs(text), doseq=True)` has it.
struct QueryStringTests {
    @Test(arguments: [
        ("", ""), ("a=1", "a=1"), ("a=1&b=2&a=3", "a=1&a=3&b=2"), ("a=&b", ""), ("&&a=1&", "a=1"), ("a=b=c", "a=b%3Dc"),
        ("q=b%20r", "q=b+r"), ("q=b+r", "q=b+r"), ("q=%2B", "q=%2B"), ("q=é", "q=%C3%A9"), ("%61=1", "a=1"),
        ("q=~._-/", "q=~._-%2F"), ("q=%", "q=%25"), ("=1", "=1"), ("q=%c3", "q=%EF%BF%BD"),
    ])
    func encoded(_ text: String, _ expected: String) {
        #expect(QueryString(text).encoded == expected)
    }

    @Test func take() {
        var query = QueryString("a=1&b=2&a=3")
        #expect(query.take("a") == ["1", "3"])
        #expect(query.take("a").isEmpty)
        #expect(query.encoded == "b=2")
    }

    @Test func blankValues() {
        var query = QueryString("json&a=&b=1", keepingBlankValues: true)
        #expect(query.take("json") == [""])
        #expect(query.take("a") == [""])
        #expect(query.encoded == "b=1")
    }

    @Test(arguments: [
        ("1", 1), (" 12 ", 12), ("+5", 5), ("-5", -5), ("1_000", 1000), ("", nil), ("_1", nil), ("1_", nil),
        ("1__0", nil),
        ("1.0", nil), ("0x10", nil), ("1 2", nil), ("99999999999999999999", nil),
    ])
    func integers(_ text: String, _ expected: Int?) {
        #expect(ParameterReader.integer(text) == expected)
    }

    @Test(arguments: [
        ("true", true), (" Yes ", true), ("ON", true), ("1", true), ("t", true), ("y", true), ("no", false),
        ("Off", false),
        ("0", false), ("f", false), ("N", false), ("false", false), ("", nil), ("maybe", nil), ("/ca.pem", nil),
    ])
    func booleans(_ text: String, _ expected: Bool?) {
        #expect(BooleanWord.value(text) == expected)
    }
}
