import Testing

@testable import Publishers

struct JSONArrayTests {
    private func elements(_ text: String) -> [String]? {
        let bytes = Array(text.utf8)
        return JSONArray.elements(of: bytes)?.map { String(decoding: bytes[$0], as: UTF8.self) }
    }

    @Test(arguments: [
        ("[]", []), (" [ ] ", []), ("[1]", ["1"]), ("[1, 2]", ["1", "2"]), (" [\n1 ,\t2 ] \r\n", ["1", "2"]),
        ("[{\"a\": [1, 2]}, [3, {}], \"],[\"]", ["{\"a\": [1, 2]}", "[3, {}]", "\"],[\""]),
        ("[\"\\\"\", \"\\\\\", \"é\"]", ["\"\\\"\"", "\"\\\\\"", "\"é\""]),
    ])
    func found(_ text: String, _ expected: [String]) {
        #expect(elements(text) == expected)
    }

    @Test(arguments: ["", " ", "1", "{}", "[", "[1", "[1,", "[1,]", "[,]", "[\"", "[\"\\", "[\"a]", "[{]", "[]x", "]"])
    func refused(_ text: String) {
        #expect(elements(text) == nil)
    }

    @Test func anyBytesAreSurvived() {
        var random = SystemRandomNumberGenerator()
        let alphabet = Array("[]{},\"\\ 1a\n".utf8)
        for _ in 0..<20_000 {
            let bytes = (0..<Int.random(in: 0...16, using: &random)).map { _ in
                alphabet[Int.random(in: 0..<alphabet.count, using: &random)]
            }
            for range in JSONArray.elements(of: bytes) ?? [] { #expect(!range.isEmpty) }
        }
    }
}
