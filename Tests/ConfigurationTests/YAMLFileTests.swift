import Testing

@testable import Configuration

@Suite struct YAMLFileTests {
    @Test(
        arguments: [
            ("", "null"), ("# only a comment\n", "null"), ("---\n...\n", "null"), ("a: b", "{a:text b}"),
            ("\u{FEFF}a: b\n", "{a:text b}"), ("a: 1\r\nb:\r\n  - x\r\n", "{a:int 1,b:[text x]}"),
            ("{a: [1, 'x'], b: {}}", "{a:[int 1,text x],b:{}}"), ("a:\n- b\n- c: d\n", "{a:[text b,{c:text d}]}"),
            ("1: a\nyes: b\n~: c\n", "{1:text a,yes:text b,~:text c}"), ("é: 日本\n", "{é:text 日本}"),
            ("a: http://h/?b=1&c=*#d\n", "{a:text http://h/?b=1&c=*#d}"),
            (
                "a: 'http://h/?b=1&c=*' # *all* & &more, [*x : y]\nb: [\"*\", '!x']\n? c\n: d\n",
                "{a:text http://h/?b=1&c=*,b:[text *,text !x],c:text d}"
            ),
            ("a: |\n  &x [*x] : *x\nb: \"? *x : &x\"\n", "{a:text &x [*x] : *x\n,b:text ? *x : &x}"),
            ("a: it's *fine* & &ok\nb: *\"\n", "nothing"),
            ("a: &x [1]\nb: *x\nc: {d: *x, e: [*x]}\n", "{a:[int 1],b:[int 1],c:{d:[int 1],e:[[int 1]]}}"),
            ("a: &x {b: 1, c: 2}\nd: {<<: *x, b: 3}\n", "{a:{b:int 1,c:int 2},d:{b:int 3,c:int 2}}"),
            (
                "a: &x {b: 1}\ny: &y {b: 2, c: 3}\nd:\n  <<: [*x, *y]\n",
                "{a:{b:int 1},y:{b:int 2,c:int 3},d:{b:int 1,c:int 3}}"
            ),
            ("'<<': 1\n", "{<<:int 1}"), ("a: &x 1\na2: &x 2\nb: *x\n", "{a:int 1,a2:int 2,b:int 2}"),
        ])
    func valuesAreThoseOfPyYAML(text: String, expected: String) {
        let (node, told) = parseYAML(text)
        #expect((node?.shown ?? "nothing") == expected, "\(told)")
        #expect(told.isEmpty == (node != nil))
    }

    @Test func valuesKnowTheirPlaces() throws {
        let (node, _) = parseYAML("a: 1\r\n# x\r\nbé:\r\n  - 'q'\r\n  - {c: d}\r\n")
        let list = try #require(node?["bé"])
        #expect(node?["a"]?.location.description == "f.yaml:1:4")
        guard case .sequence(let elements) = list.content else {
            Issue.record("no list")
            return
        }
        #expect(elements.map(\.location.description) == ["f.yaml:4:5", "f.yaml:5:5"])
        #expect(elements[1]["c"]?.location.description == "f.yaml:5:9")
    }

    @Test(
        arguments: [
            (
                "a: [b",
                "f.yaml:1:6: error: did not find expected ',' or ']' (while parsing a flow sequence that"
            ),
            ("a: {b: 1\nc: 2\n", "f.yaml:2:2: error: did not find expected ',' or '}'"),
            ("a: 'b\nc: d\n", "f.yaml:3:1: error: found unexpected end of stream"),
            ("a: 1\n b: 2\n", "f.yaml:2:3: error: mapping values are not allowed in this context"),
            ("a:\n  - b\n - c\n", "f.yaml:3:2: error: did not find expected key (while parsing a block mapping"),
            ("a:\n\tb: 1\n", "f.yaml:2:1: error: found character that cannot start any token"),
            ("a: @b\n", "f.yaml:1:4: error: found character that cannot start any token"),
            ("a: b\r\nc: ]\r\n", "f.yaml:2:4: error: did not find expected node content"),
            ("a: [*]\n", "f.yaml:1:6: error: \"*\" begins an alias here; expected quotes"),
            ("a: *b\n", "f.yaml:1:4: error: this alias has no anchor before it"),
            ("a: &b [*b]\n", "f.yaml:1:8: error: this alias has no anchor before it"),
            ("a: 1\n---\nb: 1\n", "f.yaml:2:1: error: a second document begins here"),
            (
                "a: !!python/object:os.system x\n",
                "f.yaml:1:4: error: the tag 'tag:yaml.org,2002:python/object:os.system' is unknown"
            ),
            ("a: !mine [b]\n", "f.yaml:1:4: error: the tag '!mine' is unknown"),
            ("a: !mine {b: c}\n", "f.yaml:1:4: error: the tag '!mine' is unknown"),
            ("a: !<http://u:geheim@h/> b\n", "f.yaml:1:4: error: the tag 'http://…' is unknown"),
            ("[a]: b\n", "f.yaml:1:1: error: an alias, a list or a mapping is used as a key"),
            ("? {a: b}\n: c\n", "f.yaml:1:3: error: an alias, a list or a mapping is used as a key"),
            ("a: &x b\n*x : c\n", "f.yaml:2:1: error: an alias, a list or a mapping is used as a key"),
            ("a: {<<: b}\n", "f.yaml:1:9: error: << is followed by text; expected a mapping"),
            ("a: {<<: [{b: c}, 5]}\n", "f.yaml:1:18: error: << merges a whole number; expected mappings"),
            ("a: b\n\u{1}\n", "f.yaml:2:1: error: a control character stands here"),
            ("a: b\nc: d\u{7F}\n", "f.yaml:2:5: error: a control character stands here"),
            ("a: \u{9B}31m\n", "f.yaml:1:4: error: a control character stands here"),
            ("a: \u{FFFE}\n", "f.yaml:1:4: error: a control character stands here"),
        ])
    func errorsNameThePlace(text: String, expected: String) {
        let (node, told) = parseYAML(text)
        #expect(node == nil)
        #expect(told.count == 1)
        #expect(told.first?.hasPrefix(expected) == true, "\(told)")
    }

    @Test func binaryFilesAreNoYAML() {
        for bytes in [[0x7F, 0x45, 0x4C, 0x46, 0], [0xFF, 0xFE, 0x61, 0], [0x61, 0xC3], [0], [0x1F, 0x8B, 8, 0]] {
            let (node, told) = parseYAML(bytes.map { UInt8($0) })
            #expect(node == nil)
            #expect(told.count == 1 && told[0].contains("expected a YAML file"), "\(told)")
        }
    }

    @Test func fileOfTheLargestSizeIsReadAndNoLarger() {
        let comment = "# \(String(repeating: "x", count: YAMLFile.maximumSize - 7))\na: 1"
        #expect(comment.utf8.count == YAMLFile.maximumSize)
        #expect(parseYAML(comment).node?.shown == "{a:int 1}")
        let (node, told) = parseYAML(comment + "\n")
        #expect(node == nil)
        #expect(told == ["f.yaml:1:1: error: the file has 4194305 bytes; expected a YAML file of at most 4194304"])
    }

    @Test func valuesAreCounted() {
        let most = YAMLFile.maximumNodes - 1
        #expect(parseYAML(String(repeating: "- a\n", count: most)).node != nil)
        let (node, told) = parseYAML(String(repeating: "- a\n", count: most + 1))
        #expect(node == nil)
        #expect(
            told == ["f.yaml:100000:3: error: the file holds more than 100000 values once its aliases are followed"])
    }
}
