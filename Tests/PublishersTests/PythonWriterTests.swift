import Telemetry
import Testing

@testable import Publishers

struct PythonWriterTests {
    private func repr(_ value: MetadataValue) -> String {
        var writer = PythonWriter()
        writer.value(value)
        return writer.text
    }

    /// Each pair as `python3 -c 'print(repr(…))'` has it.
    @Test(arguments: [
        ("", "''"), ("a", "'a'"), ("it's", "\"it's\""), ("\"", "'\"'"), ("'\"", "'\\'\"'"), ("a\\b", "'a\\\\b'"),
        ("\n\r\t", "'\\n\\r\\t'"), ("\u{0}\u{1F}\u{7F}", "'\\x00\\x1f\\x7f'"),
        ("\u{85}\u{A0}\u{AD}", "'\\x85\\xa0\\xad'"),
        ("é😀", "'é😀'"), ("\u{200B}\u{2028}\u{FEFF}", "'\\u200b\\u2028\\ufeff'"), ("\u{E000}", "'\\ue000'"),
        ("\u{E0001}", "'\\U000e0001'"), ("e\u{301}", "'e\u{301}'"), ("\r\n", "'\\r\\n'"),
    ])
    func strings(_ text: String, _ expected: String) {
        #expect(repr(.string(text)) == expected)
    }

    @Test(arguments: [
        (MetadataValue.null, "None"), (.bool(true), "True"), (.bool(false), "False"), (.integer(-7), "-7"),
        (.real(0.1), "0.1"), (.real(1e16), "1e+16"), (.real(2048), "2048.0"), (.array([]), "[]"), (.object([]), "{}"),
        (.array([.integer(1), .null]), "[1, None]"),
        (.object([.init("a", .integer(1)), .init("b'", .object([]))]), "{'a': 1, \"b'\": {}}"),
    ])
    func values(_ value: MetadataValue, _ expected: String) {
        #expect(repr(value) == expected)
    }

    @Test func sampleIsOneLine() {
        var writer = PythonWriter()
        writer.sample(Make.sample(1, volume: .real(0.5), metadata: [.init("a", .string("x\ny"))]))
        #expect(
            writer.text == """
                {'name': 'memory.usage', 'type': 'gauge', 'unit': 'MiB', 'volume': 0.5, 'user_id': None, \
                'user_name': None, 'project_id': None, 'project_name': None, 'resource_id': 'r-1', \
                'timestamp': '1970-01-01T00:16:41', 'resource_metadata': {'a': 'x\\ny'}, 'source': 'openstack', \
                'id': '00000000-0000-1000-0000-000000000001', 'monotonic_time': None}
                """)
    }
}
