import Testing

@testable import Configuration

@Suite struct YAMLDuplicatesTests {
    @Test func bothPlacesOfEachDuplicateAreTold() {
        let (node, told) = parseYAML(
            """
            a: 1
            b:
              c: 1
              'd': 2
              c: 3
              "d": {e: 1, f: 2, e: 3}
            a: 2
            a: 3
            """)
        #expect(node == nil)
        let expected = [
            ("5:3", "c", "line 3, column 3"), ("6:3", "d", "line 4, column 3"), ("6:21", "e", "line 6, column 9"),
            ("7:1", "a", "line 1, column 1"), ("8:1", "a", "line 7, column 1"),
        ]
        #expect(
            Set(told)
                == Set(
                    expected.map {
                        "f.yaml:\($0): error: the key '\($1)' stands twice in one mapping, first in \($2); expected it once"
                    }))
    }

    @Test(
        arguments: [
            ("a: 1\r\nb: 2\r\na: 3\r\n", 3, 1, 1), ("é: 1\nü: 2\né: 3\n", 3, 1, 1), ("a: 1\u{2028}a: 2\n", 2, 1, 1),
            ("\"*\": 1\n# &\n\"*\": 2\n", 3, 1, 1), ("x: &x {y: 1}\nz:\n  <<: *x\n  <<: *x\n", 4, 3, 3),
            ("{a: 1, b: 2, a: 3}", 1, 14, 1),
        ])
    func placesAreExact(text: String, line: Int, column: Int, first: Int) {
        let (node, told) = parseYAML(text)
        #expect(node == nil)
        #expect(told.count == 1)
        #expect(told.first?.hasPrefix("f.yaml:\(line):\(column): error: the key ") == true, "\(told)")
        #expect(told.first?.contains("first in line \(first),") == true, "\(told)")
    }

    @Test(arguments: [
        "'': 1\n'': 2\n", "\"\\x61\": 1\n\"\\x61\": 2\n", "&x a: 1\n&y a: 2\n", "!!str a: 1\n!!str a: 2\n",
    ])
    func keysThatCannotBeReplacedAreToldWithOnePlace(text: String) {
        let (node, told) = parseYAML(text)
        #expect(node == nil)
        #expect(told.count == 1)
        #expect(told.first?.contains(":1:1: error: the key ") == true, "\(told)")
        #expect(told.first?.contains("stands here and again in the same mapping") == true, "\(told)")
    }

    @Test func passwordsStaySecret() {
        for text in [
            "http://u:geheim@h/: 1\nhttp://u:geheim@h/: 2\n", "'http://u:geheim@h/': 1\n'http://u:geheim@h/': 2\n",
        ] {
            let (_, told) = parseYAML(text)
            #expect(told.count == 1)
            #expect(told.first?.contains("the key 'http://…' stands twice") == true, "\(told)")
        }
    }

    @Test func manyDuplicatesEnd() {
        let (node, told) = parseYAML(String(repeating: "a: 1\n", count: 2000))
        #expect(node == nil)
        #expect(!told.isEmpty && told.count < 30)
        let large = parseYAML(String(repeating: "k: 1\n", count: YAMLFile.maximumSize / 5))
        #expect(
            large.told == ["f.yaml:1:1: error: the key 'k' stands here and again in the same mapping; expected it once"]
        )
    }

    @Test func privateUseCharactersArePlainText() {
        #expect(parseYAML("\u{E000}: \u{F8FF}\na: &x ['*', *x2]\n").node == nil)
        #expect(
            parseYAML("\u{E000}: \u{E001}\na: &x b\nc: [*x, '*']\n").node?.shown
                == "{\u{E000}:text \u{E001},a:text b,c:[text b,text *]}")
        var all = String.UnicodeScalarView()
        for value in 0xE000...0xF8FF as ClosedRange<UInt32> {
            if let scalar = Unicode.Scalar(value) { all.append(scalar) }
        }
        #expect(parseYAML("a: \(String(all))\n").told.count == 1)
    }
}
