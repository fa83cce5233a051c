import Testing

@testable import Configuration

@Suite struct OptionTypeTests {
    @Test(
        arguments: [
            ("true", true), ("TRUE", true), ("1", true), ("On", true), ("yes", true), ("false", false), ("0", false),
            ("off", false), ("No", false), ("", nil), ("t", nil), ("2", nil), (" true", nil), ("enabled", nil),
        ] as [(String, Bool?)])
    func booleans(text: String, expected: Bool?) {
        #expect(OptionType<Bool>.boolean.parse(text) == expected)
    }

    @Test(
        arguments: [
            ("0", 0), ("+5", 5), ("-3", -3), (" 7 ", 7), ("1_000", 1000), ("007", 7), ("", nil), ("_1", nil),
            ("1_", nil),
            ("1__0", nil), ("0x10", nil), ("1e3", nil), ("1.0", nil), ("+-1", nil), ("- 1", nil), ("one", nil),
            ("+", nil),
            ("99999999999999999999", .max), ("-99999999999999999999", .min),
        ] as [(String, Int?)])
    func integers(text: String, expected: Int?) {
        #expect(OptionType<Int>.integer(.min ... .max).parse(text) == expected)
    }

    @Test func integersKeepTheirRange() {
        let type = OptionType<Int>.integer(1...100)
        #expect(["0", "1", "100", "101", "99999999999999999999"].map(type.parse) == [nil, 1, 100, nil, nil])
        #expect(type.expectation == "an integer from 1 to 100")
        #expect(OptionType<Int>.integer(0 ... .max).expectation == "an integer, at least 0")
    }

    @Test(
        arguments: [
            ("65536", 65536), ("64K", 65536), ("64k", 65536), ("1 M", 1 << 20), ("2G", 2 << 30), ("1T", 1 << 40),
            ("1_024K", 1 << 20), ("", nil), ("65535", nil), ("63K", nil), ("1P", nil), ("1.5G", nil), ("-1G", nil),
            ("G", nil), ("1GB", nil), ("9000000T", nil), ("9223372036854775807", .max),
        ] as [(String, Int?)])
    func byteCounts(text: String, expected: Int?) {
        #expect(OptionType<Int>.byteCount(atLeast: 65536).parse(text) == expected)
    }

    @Test(
        arguments: [
            ("10", .seconds(10)), ("10s", .seconds(10)), ("0.5m", .seconds(30)), ("2 h", .seconds(7200)),
            ("7d", .seconds(604800)), ("1e2", .seconds(100)), ("+60", .seconds(60)), ("0", .zero), ("", nil),
            ("9.9", nil),
            ("-10", nil), ("inf", nil), ("nan", nil), ("0x20", nil), ("1w", nil), ("10S", nil), ("1e99", nil),
            ("40000d", nil), ("1 0", nil),
        ] as [(String, Duration?)])
    func durations(text: String, expected: Duration?) {
        #expect(OptionType<Duration>.duration(atLeast: 10, orZero: true).parse(text) == expected)
    }

    @Test func aDurationMayHaveAFractionAndNoZero() {
        let type = OptionType<Duration>.duration(atLeast: 0.1)
        #expect(["0.1", ".25", "0", "0.09"].map(type.parse) == [.milliseconds(100), .milliseconds(250), nil, nil])
        #expect(type.format(.milliseconds(250)) == "0.25")
        #expect(type.format(.seconds(600)) == "600")
    }

    @Test(arguments: [
        ("a,b", ["a", "b"]), (" a , b ,", ["a", "b"]), ("a,,b", ["a", "", "b"]), ("", []), (",", []),
        (",,a", ["", "", "a"]), ("\"a,b\",c", ["\"a", "b\"", "c"]), ("a\nb", ["a\nb"]), ("[a,b]", ["[a", "b]"]),
        ("a\n,b", ["a", "b"]), (" ", []),
    ])
    func lists(text: String, expected: [String]) {
        #expect(OptionType<[String]>.list.parse(text) == expected)
    }

    @Test func textsInReferencesArePythons() {
        #expect(OptionType<[String]>.list.format(["a", "b'"]) == "['a', 'b\\'']")
        #expect(OptionType<[String]>.list.format([]) == "[]")
        #expect(OptionType<Bool>.boolean.format(true) == "True")
    }

    @Test(
        arguments: [
            ("a", "a"), ("host.example.org.", "host.example.org"), ("1.2.3.4", "1.2.3.4"), ("::1", "::1"), ("1a", "1a"),
            (String(repeating: "a", count: 63), String(repeating: "a", count: 63)), ("", nil), ("a_b", nil),
            ("1.2.3", nil),
            ("-a", nil), ("a-", nil), (String(repeating: "a", count: 64), nil), ("256.1.1.1", nil), ("a.1", nil),
            ("a..b", nil), (".", nil), ("a b", nil), ("é", nil), ("fe80::1%eth0", nil),
        ] as [(String, String?)])
    func hostAddresses(text: String, expected: String?) {
        #expect(OptionType<String>.hostAddress.parse(text) == expected)
    }

    @Test(
        arguments: [
            ("127.0.0.1:9102", ListenAddress(host: "127.0.0.1", port: 9102)),
            ("[::1]:0", ListenAddress(host: "::1", port: 0)),
            ("localhost:65535", ListenAddress(host: "localhost", port: 65535)), ("", nil), (" ", nil),
        ] as [(String, ListenAddress?)])
    func listenAddresses(text: String, expected: ListenAddress?) {
        #expect(OptionType<ListenAddress?>.listenAddress.parse(text) == .some(expected))
    }

    @Test(arguments: [
        ":80", "9102", "localhost", "localhost:", "localhost:65536", "localhost:-1", "localhost:+1", "::1:80", "[::1]",
        "[localhost]:80", "a b:80", "http://localhost:80", "*:80",
    ])
    func otherAddressesAreRefused(text: String) {
        #expect(OptionType<ListenAddress?>.listenAddress.parse(text) == .none)
    }

    @Test func choicesAreExact() {
        let type = OptionType<LibvirtType>.choice
        #expect(type.parse("qemu") == .qemu)
        #expect(type.parse("QEMU") == nil)
        #expect(type.expectation == "one of kvm, lxc, qemu, parallels")
    }
}
