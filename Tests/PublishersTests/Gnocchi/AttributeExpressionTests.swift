import Fuzzing
import Telemetry
import Testing

@testable import Publishers

@Suite struct AttributeExpressionTests {
    private static let document = """
        {"a": {"b": {"c": 1, "x y": 2}, "n": null, "l": [{"v": "p"}, {"v": "q"}, 7], "s": "text", "t": true, "f": 1.5},
         "b": {"c": 3}, "c": "top", "user": "u"}
        """

    /// As python-jsonpath-rw finds them.
    @Test func valuesAreThoseOfTheReference() throws {
        let document = try OrderedJSON.parse(Array(Self.document.utf8))
        let paths = try GnocchiGolden().paths
        #expect(paths.count > 20)
        for (path, expected) in paths {
            let value = try AttributeExpression(path).value(in: document) ?? .null
            #expect(value.sorted == expected.sorted, "\(path)")
        }
    }

    @Test(arguments: [
        ("", 0), ("a.", 2), ("a|", 2), (".a", 0), ("(a", 2), ("a)", 1), ("a b", 2), ("a[", 2), ("a[x]", 2), ("9a", 0),
        ("a..b", 2), ("`this`", 0), ("a[?(@.x)]", 2), ("'x", 0), ("a[0", 3), ("a]", 1),
    ])
    func problemsHaveTheirPlace(_ text: String, _ offset: Int) {
        #expect {
            try AttributeExpression(text)
        } throws: { error in
            (error as? AttributePath.Problem)?.offset == offset
        }
    }

    @Test func isBounded() {
        let deep = String(repeating: "(", count: 100_000)
        #expect(throws: AttributePath.Problem.self) { try AttributeExpression(deep) }
        let nested = String(repeating: "(", count: 400) + "a" + String(repeating: ")", count: 400)
        #expect(throws: AttributePath.Problem.self) { try AttributeExpression(nested) }
    }

    @Test func knowsWhatItBeginsWith() throws {
        #expect(try AttributeExpression("resource_metadata.a|b").firstFields == ["resource_metadata"])
        #expect(try AttributeExpression("(a.b)|($.c)").firstFields == ["a", "c"])
        #expect(try AttributeExpression("$").firstFields == nil)
        #expect(try AttributeExpression("*.a").firstFields == nil)
    }

    /// Whatever the text is, it is an expression or has a problem at a place in it.
    @Test(arguments: 0..<300) func anyText(seed: Int) throws {
        var random = SplitMix(seed: seed)
        let parts = [
            "a", "b-c", ".", "|", "(", ")", "[", "]", "0", "-1", "*", "'", "\"", "$", ",", " ", "é", "`", "\u{0}",
        ]
        let text = (0..<Int.random(in: 0...24, using: &random)).map { _ in parts.randomElement(using: &random) ?? "" }
            .joined()
        let document = try OrderedJSON.parse(Array(Self.document.utf8))
        do throws(AttributePath.Problem) {
            _ = try AttributeExpression(text).value(in: document)
        } catch {
            #expect((0...text.unicodeScalars.count).contains(error.offset), "\(text)")
            #expect(!error.reason.isEmpty)
        }
    }
}
