import Testing

@testable import Configuration

/// Files that would cost a naive reader more time, memory or stack than there is.
@Suite struct YAMLBombTests {
    /// 2 to the 40th values, if followed.
    private static let bomb: String = {
        var text = "a0: &a0 [x]\n"
        for level in 1...40 { text += "a\(level): &a\(level) [*a\(level - 1), *a\(level - 1)]\n" }
        return text
    }()

    @Test(
        arguments: [
            "b: *a40\n", "b: [*a40]\n", "<<: *a40\n", "? *a40\n", "? *a40\n: 1\n", "?\n  *a40\n: 1\n", "*a40 : 1\n",
            "? # c\n  *a40\n: 1\n", "? [*a40]\n: 1\n", "? - *a40\n: 1\n", "? {k: *a40}\n: 1\n", "? &z *a40\n: 1\n",
            "? !!seq\n  *a40\n: 1\n", "z: {*a40}\n", "z: {*a40 : 1}\n", "z: {*a40: 1}\n", "z: {*a40\n : 1}\n",
            "z: {? *a40\n : 1}\n", "z: [*a40 : 1]\n", "z: [*a40: 1]\n", "z: [*a40:b]\n", "z: [? *a40 : 1]\n",
            "z: [[*a40] : 1]\n", "z: [{k: *a40} : 1]\n", "z: {[*a40]: 1}\n", "z: it's\n? *a40\n: 'b'\n",
            "z: 'a # b' # it's\n? # \"\n *a40\n: b\n", "z: \"a\\\"\"\n? *a40\n: \"\"\n", "z: a#'\n*a40 : b'\n",
            "z: |\n  '\n? *a40\n: '\n", "z: ['q' , {\"k\": 1, ? !!str\n *a40 : 1}]\n",
            "z: &z { ? *a40 : 1, ? *a40 : 1 }\n", "? *a40\n? *a40\n", "? *a40\r\n: 1\r\n", "? a\n: ? *a40\n",
            "- *a40 : 1\n",
        ])
    func aliasesNeverExplode(text: String) {
        let (node, told) = parseYAML(Self.bomb + text)
        #expect(node == nil)
        #expect(told.count == 1)
        #expect(told.first?.contains(": error: ") == true)
    }

    @Test func mergesAreLinear() {
        var text = "a0: &a0 {k: v}\n"
        for level in 1...40 { text += "a\(level): &a\(level) {<<: [*a\(level - 1), *a\(level - 1)], k\(level): v}\n" }
        #expect(parseYAML(text).told.count == 1)
        var wide = "a: &a {k: v, l: w}\nb:\n"
        for index in 0..<10_000 { wide += "- {<<: *a, m\(index): 1}\n" }
        #expect(parseYAML(wide).node != nil)
    }

    @Test func nestingIsLimited() {
        let depth = YAMLFile.maximumDepth
        #expect(parseYAML(String(repeating: "[", count: depth) + String(repeating: "]", count: depth)).node != nil)
        let (node, told) = parseYAML(
            String(repeating: "[", count: depth + 1) + String(repeating: "]", count: depth + 1))
        #expect(node == nil)
        #expect(told == ["f.yaml:1:65: error: values are nested more than 64 deep; expected a flatter file"])
    }

    /// These tests run on threads of the cooperative pool, whose stacks are small.
    @Test(arguments: [100, 900, 5000, 200_000])
    func deepNestingNeedsNoStackOfTheCaller(depth: Int) {
        let lines = min(depth, 1900)
        let texts = [
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth),
            String(repeating: "[", count: depth), String(repeating: "{a: ", count: depth),
            String(repeating: "- ", count: depth) + "a", String(repeating: "? ", count: depth) + "a",
            String(repeating: "[&a ", count: depth) + "'*'",
            (0..<lines).map { String(repeating: " ", count: $0) + "a:\n" }.joined(),
            (0..<lines).map { String(repeating: " ", count: $0) + "a:\n" + String(repeating: " ", count: $0) + "-\n" }
                .joined(),
        ]
        for text in texts {
            let (node, told) = parseYAML(text)
            #expect(node == nil)
            #expect(!told.isEmpty && told.count < 3, "\(told)")
        }
    }

    @Test func tellsOnceOfDepth() {
        let deep = String(repeating: "[", count: 70) + String(repeating: "]", count: 70)
        #expect(parseYAML("[\(deep), \(deep), \(deep)]").told.count == 1)
    }
}
