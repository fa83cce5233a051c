import Testing

@testable import Configuration

@Suite struct OptionTemplateTests {
    @Test(
        arguments: [
            ("$host", [.reference("host")]), ("${host}", [.reference("host")]),
            ("a${h}b", [.text("a"), .reference("h"), .text("b")]),
            ("$a$b", [.reference("a"), .reference("b")]), ("$host-x", [.reference("host"), .text("-x")]),
            ("$g.x.y", [.reference("g.x.y")]), ("$host.", [.reference("host.")]), ("$_x1", [.reference("_x1")]),
            ("$HOST", [.reference("HOST")]), ("$$host", [.text("$host")]), ("\\$host", [.text("$host")]),
            ("\\\\$host", [.text("\\$host")]), ("\\$$host", [.text("$"), .reference("host")]),
            ("$$$host", [.text("$"), .reference("host")]), ("$\\$x", [.text("$"), .reference("x")]),
            ("$1", [.text("$1")]),
            ("a$", [.text("a$")]), ("$ x", [.text("$ x")]), ("${", [.text("${")]), ("${}", [.text("${}")]),
            ("${1}", [.text("${1}")]), ("${host", [.text("${host")]), ("${a b}", [.text("${a b}")]),
            ("é$h", [.text("é"), .reference("h")]), ("$é", [.text("$é")]), ("", []), ("\\n", [.text("\\n")]),
        ] as [(String, [OptionTemplate.Part])])
    func partsAreThoseOfPythonsTemplate(text: String, parts: [OptionTemplate.Part]) {
        #expect(OptionTemplate(text).parts == parts)
    }
}
