import Fuzzing
import Testing

@testable import Configuration

/// Any bytes are settings or have an error with a place; and no secret is told.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct INIFuzzTests {
    /// A file in memory.
    private struct OneFile: FileAccess {
        let bytes: [UInt8]

        func exists(_ path: String) -> Bool { path == "c.conf" }
        func names(in directory: String) throws(FileAccessError) -> [String] {
            throw FileAccessError(directory, .notFound)
        }
        func contents(of path: String, limit: Int) throws(FileAccessError) -> [UInt8] { bytes }
    }

    private static let dictionary = FuzzDictionary(
        OptionTable.used.map(\.name.key) + OptionTable.used.compactMap(\.defaultValue)
            + Set(OptionTable.used.map { "[\($0.name.group)]\n" }).sorted() + [
                "=", ":", "#", ";", "[", "]", "\"", "'", "$", "$$", "${", "}", "$host", "${host}", "$polling.cfg_file",
                "$publisher.telemetry_secret", "$transport_url", "$log_dir", "${DEFAULT.host}", "\n  ", "\n\t", ",",
                "transport_url = ", "[keystone_authtoken]\n", "auth_section = x\n", "password",
                "rabbit://u:S3cretS3cret@h",
                "hunter2hunter2", "@", "://", "true", "on", "debug", "127.0.0.1:1", "[::1]:0", "10GiB", "1h", "\\",
                "\\$",
                "telemetry_secret = ", "log_file = x\n",
            ],
        nesting: [("[", "]"), ("${", "}"), ("$host", ""), ("\n ", ""), ("\"", "\"")])

    private static func load(_ bytes: [UInt8]) throws -> Trial {
        let request = SettingsRequest(
            sources: [.file("c.conf")], environment: HostEnvironment(hostName: "compute-1", home: nil))
        let loaded = Settings.load(request, files: OneFile(bytes: bytes))
        let told = FileDiagnostics(all: loaded.diagnostics.all, file: "c.conf")
        // An option that is required or whose default is no good has no place.
        try told.check(against: bytes, isRead: loaded.settings != nil, needsLocation: false)
        try demand(
            Settings.load(request, files: OneFile(bytes: bytes)).diagnostics.all == told.all, "the same again")

        let (document, errors) = IniParser.parse(bytes, file: "c.conf")
        try FileDiagnostics(all: errors.all, file: "c.conf").check(against: bytes, isRead: errors.all.isEmpty)
        let text = String(decoding: bytes, as: UTF8.self)
        for secret in secrets(of: document) where text.ranges(of: secret).count == 1 {
            for diagnostic in told.all {
                try demand(!diagnostic.description.contains(secret), "no secret \(secret): \(diagnostic)")
            }
        }
        return Trial(isAccepted: loaded.settings != nil, trait: "\(errors.all.count > 0) \(told.trait)")
    }

    /// Values that must not be told: those of secret options, and passwords in URLs. Only those of which there
    /// is no doubt: a mutation may make an option's name a password.
    private static func secrets(of document: IniDocument) -> [String] {
        document.assignments.flatMap { assignment -> [String] in
            var secrets: [String] = []
            if case .used(let option) = OptionTable.entry(OptionName(assignment.section, assignment.key)),
                option.isSecret
            {
                secrets.append(assignment.value)
            }
            if let match = assignment.value.firstMatch(of: /:\/\/[^\s:\/@]*:([^\s:\/@]+)@/) {
                secrets.append(String(match.1))
            }
            return secrets.filter { secret in
                secret.isOneLine && ["hunter2", "S3cret"].contains { secret.contains($0) }
            }
        }
    }

    @Test func settings() async throws {
        let corpus = try Corpus.folder("ini")
        for input in corpus.inputs { try input.expect(try Self.load(input.bytes)) }
        try await Fuzzer(
            "ini", corpus: corpus, dictionary: Self.dictionary, budget: FuzzBudget(tries: 450, minutes: 2)
        ).run { try Self.load($0) }
    }
}
