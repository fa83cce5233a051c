import Testing

@testable import Configuration

/// Each expectation is what `yaml.safe_load` of PyYAML 6.0 answers.
@Suite struct YAMLScalarTests {
    @Test(
        arguments: [
            ("", "null"), ("~", "null"), ("null", "null"), ("NULL", "null"), ("nUll", "text nUll"),
            ("yes", "bool true"), ("On", "bool true"), ("TRUE", "bool true"), ("no", "bool false"),
            ("OFF", "bool false"),
            ("y", "text y"), ("N", "text N"), ("oN", "text oN"),
            ("0", "int 0"), ("-0", "int 0"), ("+1", "int 1"), ("1_000", "int 1000"), ("6_0", "int 60"),
            ("1__0", "int 10"),
            ("_1", "text _1"), ("017", "int 15"), ("-017", "int -15"), ("0o17", "text 0o17"), ("09", "text 09"),
            ("00", "int 0"), ("0_", "int 0"), ("0x1F", "int 31"), ("-0x1f", "int -31"), ("0x1_F", "int 31"),
            ("0xg", "text 0xg"), ("0b101", "int 5"), ("0b2", "text 0b2"), ("0x-1", "text 0x-1"), ("+-1", "text +-1"),
            ("1:30", "int 90"), ("190:20:30", "int 685230"), ("-1:30", "int -90"), ("1:60", "text 1:60"),
            ("1:-5", "text 1:-5"), ("1:+5", "text 1:+5"), ("01:30", "text 01:30"), ("0:30", "text 0:30"),
            ("1:_5", "text 1:_5"), ("1:030", "text 1:030"), ("0-5", "text 0-5"), ("1-5", "text 1-5"),
            ("1.5", "real 1.5"), ("-1.5", "real -1.5"), ("5.", "real 5.0"), (".5", "real 0.5"), ("+.5", "text +.5"),
            ("-.5", "text -.5"), ("._5", "text ._5"), ("1_0.5_0", "real 10.5"), ("1.5e3", "text 1.5e3"),
            ("1.5e+3", "real 1500.0"), ("1.5E-1", "real 0.15"), ("1e3", "text 1e3"), ("1e+3", "text 1e+3"),
            (".5e+1", "real 5.0"), ("1.5e+", "text 1.5e+"), ("1:30.5", "real 90.5"), ("-1:30.5", "real -90.5"),
            ("0:30.", "real 30.0"), ("1:30.5e+1", "text 1:30.5e+1"), ("1.5:3", "text 1.5:3"), ("1.2.3", "text 1.2.3"),
            (".inf", "real inf"), ("-.INF", "real -inf"), ("+.Inf", "real inf"), (".NaN", "real nan"),
            ("-.nan", "text -.nan"), ("inf", "text inf"), ("nan", "text nan"), (".", "text ."), ("..", "text .."),
            ("-", "text -"), ("+", "text +"), ("127.0.0.1", "text 127.0.0.1"),
            ("99999999999999999999", "text 99999999999999999999"),
        ])
    func plainTextIsTypedAsInPyYAML(text: String, expected: String) {
        let node = YAMLNode(
            location: SourceLocation(file: "f", line: 1, column: 1), content: YAMLScalar.content(ofPlain: text))
        #expect(node.shown == expected)
    }

    @Test(
        arguments: [
            ("'60'", "text 60"), ("\"yes\"", "text yes"), ("|\n  60\n", "text 60\n"), (">\n  a\n  b\n", "text a b\n"),
            ("!!str 60", "text 60"), ("! 60", "text 60"), ("!!int '60'", "int 60"), ("!!bool \"on\"", "bool true"),
        ])
    func quotesAndTagsMakeText(text: String, expected: String) {
        let (node, told) = parseYAML(text)
        #expect(node?.shown == expected, "\(told)")
    }
}
