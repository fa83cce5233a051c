import Foundation
import Testing

@testable import Configuration

/// The files that are written from the option table. To write them anew, run the tests with AEROSTAT_WRITE_REFERENCE=1.
@Suite struct OptionReferenceTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    @Test(arguments: [
        ("docs/configuration.md", OptionReference.markdown()),
        ("etc/aerostat/ceilometer.conf", OptionReference.sampleFile()),
    ])
    func theFileIsTheTable(path: String, expected: String) throws {
        let file = Self.root.appending(path: path)
        if ProcessInfo.processInfo.environment["AEROSTAT_WRITE_REFERENCE"] != nil {
            try Data(expected.utf8).write(to: file)
        }
        #expect(try String(contentsOf: file, encoding: .utf8) == expected)
    }

    @Test func theSampleFileIsValidAndChangesNothing() {
        let path = Self.root.appending(path: "etc/aerostat/ceilometer.conf").path(percentEncoded: false)
        let loaded = Settings.load(SettingsRequest(sources: [.file(path)], environment: .test()))
        #expect(loaded.told == [])
        #expect(loaded.files.contains(path))
        #expect(loaded.settings?.host == "compute-1")
    }

    /// The defaults in the file are the defaults of the program.
    @Test func theSampleFileWithoutItsCommentMarksIsTheDefault() throws {
        let text = try String(contentsOf: Self.root.appending(path: "etc/aerostat/ceilometer.conf"), encoding: .utf8)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let active = lines.map { line in
            line.hasPrefix("#") && !line.hasPrefix("# ") && !line.hasPrefix("#host") ? line.dropFirst() : line
        }
        let loaded = Settings.loaded(active.joined(separator: "\n"))
        #expect(loaded.told == [])
        let document = IniParser.parse(Array(active.joined(separator: "\n").utf8), file: "f").document
        for option in OptionTable.used where option.defaultValue != nil {
            let found = document.assignments.filter { OptionName($0.section, $0.key) == option.name }
            #expect(found.map(\.value) == [option.defaultValue], "\(option.name)")
        }
        #expect(lines.filter { $0 == "#host =" }.count == 1)
        #expect(lines.allSatisfy { $0.count <= 100 })
    }

    @Test func theReferenceNamesEveryOption() {
        let text = OptionReference.markdown()
        for option in OptionTable.used { #expect(text.contains("| `\(option.name.key)`"), "\(option.name)") }
        for group in AcceptedOptions.groups { #expect(text.contains("`[\(group)]`")) }
        #expect(text.contains("`transport_url`"))
    }
}
